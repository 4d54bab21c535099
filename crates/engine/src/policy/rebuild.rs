//! Inputs of decisions, put together again from their traces, so that a decision can be made once more.
//!
//! A trace holds ids, labels and numbers as they were. What is personal is there by reference and hash: it is read from its
//! rows, and is the same only when its hash is. Whatever is gone or has changed since is named; nothing is guessed. At the end
//! the input is written down as traces are, and has to be what was written down then.

use plugboard_domain::{
    conversation::Status,
    decision::DecisionTrace,
    ids::{ConversationId, MessageId},
};
use plugboard_store::{SharedStore, StoreError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    ASKED, Candidate, ContactFacts, EscalationInput, Queue, RoutingInput, TEXT_BYTES_MAX, TeamView,
    TextFact, Work, WorkFacts, hash,
};

/// An input cannot be put together again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RebuildError {
    /// What is gone, or has changed since, in words.
    #[error("inputs are gone: {}", .0.join("; "))]
    Gone(Vec<String>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Rebuilt<T> = Result<T, RebuildError>;

fn gone(what: impl Into<String>) -> RebuildError {
    RebuildError::Gone(vec![what.into()])
}

/// One value of a trace.
fn read<T: DeserializeOwned>(kept: &Value, key: &str) -> Rebuilt<T> {
    let value = kept.get(key).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|_| gone(format!("the trace does not say {key}")))
}

impl RoutingInput {
    /// What a routing policy was asked then.
    pub async fn rebuild(store: &SharedStore, trace: &DecisionTrace) -> Rebuilt<Self> {
        let kept = &trace.inputs;
        let work = work(kept)?;
        let queue = match (work.team, kept.get("queue").and_then(Value::as_str)) {
            (Some(team), Some(name)) => Some(Queue {
                team,
                name: name.to_owned(),
                method: read(kept, "method")?,
            }),
            _ => None,
        };
        let (facts, teams) = match kept.get("facts") {
            None => (None, Vec::new()),
            Some(facts) => (
                Some(work_facts(store, work.conversation_id, facts).await?),
                list(kept, "teams", team)?,
            ),
        };
        let input = Self {
            facts,
            queue,
            candidates: list(kept, "candidates", candidate)?,
            teams: teams.into(),
            now: read(kept, "now")?,
            work,
        };
        same(&input.to_json(), kept)?;
        Ok(input)
    }
}

impl EscalationInput {
    /// What an escalation policy was asked then.
    pub async fn rebuild(store: &SharedStore, trace: &DecisionTrace) -> Rebuilt<Self> {
        let kept = &trace.inputs;
        let work = work(kept)?;
        let facts = kept.get("facts").cloned().unwrap_or_default();
        let input = Self {
            facts: work_facts(store, work.conversation_id, &facts).await?,
            trigger: read(kept, "trigger")?,
            detail: read(kept, "detail")?,
            history: read(kept, "history")?,
            level: read(kept, "level")?,
            managers: read(kept, "managers")?,
            now: read(kept, "now")?,
            work,
        };
        same(&input.to_json(), kept)?;
        Ok(input)
    }
}

/// The whole, written down again, has to be what was written down: what this version cannot read is not replayed as if it
/// were not there.
fn same(now: &Value, kept: &Value) -> Rebuilt<()> {
    let mut kept = kept.clone();
    if let Some(kept) = kept.as_object_mut() {
        kept.remove(ASKED);
    }
    if *now == kept {
        Ok(())
    } else {
        Err(gone(
            "the trace was written by another version of Plugboard, which kept less",
        ))
    }
}

fn work(kept: &Value) -> Rebuilt<Work> {
    let status: Status = read(kept, "status")?;
    Ok(Work {
        conversation_id: read(kept, "conversation")?,
        inbox_id: read(kept, "inbox")?,
        channel: read(kept, "channel")?,
        shop_id: read(kept, "shop")?,
        status,
        stage: read(kept, "stage")?,
        priority: read(kept, "priority")?,
        tags: read(kept, "tags")?,
        team: read(kept, "team")?,
        assignee: read(kept, "assignee")?,
        required_skills: read(kept, "required_skills")?,
        queued_since: read(kept, "queued_since")?,
        voice: kept.get("voice").is_some(),
    })
}

fn list<T>(kept: &Value, key: &str, one: impl Fn(&Value) -> Rebuilt<T>) -> Rebuilt<Vec<T>> {
    let all = kept.get(key).and_then(Value::as_array);
    let all = all.ok_or_else(|| gone(format!("the trace does not say {key}")))?;
    all.iter().map(one).collect()
}

fn candidate(kept: &Value) -> Rebuilt<Candidate> {
    Ok(Candidate {
        agent: read(kept, "agent")?,
        name: read(kept, "name")?,
        skills: read(kept, "skills")?,
        availability: read(kept, "availability")?,
        in_scope: read(kept, "in_scope")?,
        capacity: read(kept, "capacity")?,
        load: read(kept, "load")?,
        last_routed_at: read(kept, "last_routed_at")?,
        passed: read(kept, "passed")?,
    })
}

fn team(kept: &Value) -> Rebuilt<TeamView> {
    Ok(TeamView {
        team: read(kept, "team")?,
        name: read(kept, "name")?,
        online: read(kept, "online")?,
        free: read(kept, "free")?,
    })
}

/// What was known of the conversation: what is personal only when it is still the same.
async fn work_facts(store: &SharedStore, id: ConversationId, kept: &Value) -> Rebuilt<WorkFacts> {
    let mut lost = Vec::new();
    let text = match kept.get("text") {
        None | Some(Value::Null) => None,
        Some(text) => {
            let (id, sha256): (_, String) = (read(text, "message_id")?, read(text, "sha256")?);
            let found = text_of(store, id, &sha256).await?;
            if found.is_none() {
                lost.push("the message is gone, or says something else now".to_owned());
            }
            found
        }
    };
    let was = kept.get("contact").cloned().unwrap_or_default();
    let rows = store.work_facts(id).await?;
    let contact = rows.map(|it| ContactFacts::of(it.contact)).filter(|it| {
        was.get("sha256").and_then(Value::as_str) == Some(&it.hash())
            && read(&was, "id").is_ok_and(|id: plugboard_domain::ids::ContactId| id == it.id)
    });
    if contact.is_none() {
        lost.push("what is known of the contact has changed since, or is gone".to_owned());
    }
    match contact {
        Some(contact) if lost.is_empty() => Ok(WorkFacts {
            text,
            contact,
            previous_agent: read(kept, "previous_agent")?,
            answered_at: read(kept, "answered_at")?,
            opened_at: read(kept, "opened_at")?,
            waiting_since: read(kept, "waiting_since")?,
            message_count: read(kept, "message_count")?,
            hops: read(kept, "hops")?,
            pins: read(kept, "pins")?,
        }),
        _ => Err(RebuildError::Gone(lost)),
    }
}

/// A message as it was: what it says now, or said before it was edited.
async fn text_of(
    store: &SharedStore,
    message_id: MessageId,
    sha256: &str,
) -> Result<Option<TextFact>, StoreError> {
    let now = store.messages_by_id(vec![message_id]).await?;
    let before = store.earlier_texts(message_id).await?;
    let texts = now.into_iter().map(|it| it.row.text);
    let mut texts = texts.chain(before.into_iter().map(|(text, _)| text));
    Ok(texts.find_map(|mut text| {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        (hash(text.as_bytes()) == sha256).then_some(TextFact { message_id, text })
    }))
}
