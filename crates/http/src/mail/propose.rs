//! `GET /api/v1/conversations/{id}/mail`: what an answer by mail would be.

use axum::extract::State;
use plugboard_domain::{
    channel::ChannelKind,
    desk::Inbox,
    ids::ConversationId,
    mail::{Mail, MailAddress, RecipientRole},
};
use plugboard_protocol::mail::ReplyProposal;
use serde_json::Value;

use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::visible,
    extract::{Json, Path},
    responses::ReadErrors,
    wire::People,
};

/// Mails that are looked through for whom to answer.
pub(crate) const LOOKED_AT: usize = 50;

/// Characters of what would be quoted that are shown.
const QUOTED_CHARS_MAX: usize = 4_000;

/// Recipients, subject and quotation that an answer would have if nothing else is said.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/mail", tag = "mail", params(("id" = String, Path)),
    responses((status = 200, description = "The proposal", body = ReplyProposal), ReadErrors)
)]
pub(crate) async fn propose_reply(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<ReplyProposal>, ApiError> {
    let conversation = visible(&app, &caller, &id).await?.conversation;
    let desk = app.engine.desk();
    let inbox = desk
        .inbox(conversation.inbox_id)
        .filter(|it| it.channel == ChannelKind::Email)
        .ok_or_else(|| ApiError::not_found("mail"))?;
    let store = app.engine.store();
    let thread = store.mail_thread(conversation.id, LOOKED_AT).await?;
    let proposal = propose(&app, conversation.id, &thread).await?;
    let quoted = match thread.first() {
        Some(newest) => store.messages_by_id(vec![newest.message_id]).await?,
        None => Vec::new(),
    };
    let quoted = quoted.into_iter().next();
    let people = People {
        desk: &desk,
        viewer: caller.viewer(&app),
    };
    Ok(Json(ReplyProposal {
        from: people.one(&own(inbox)),
        to: people.all(&proposal.to),
        cc: people.all(&proposal.cc),
        subject: proposal.subject,
        quotes: quoted.as_ref().map(|it| it.row.id.to_string()),
        quoted_text: quoted.map(|it| it.row.text.chars().take(QUOTED_CHARS_MAX).collect()),
        signature: text(inbox, "signature").unwrap_or_default(),
        undo_seconds: inbox
            .settings
            .get("undo_seconds")
            .and_then(Value::as_u64)
            .and_then(|it| u32::try_from(it).ok())
            .unwrap_or(10),
    }))
}

/// Whom an answer goes to, and what it is called.
pub(crate) struct Proposal {
    pub(crate) to: Vec<MailAddress>,
    pub(crate) cc: Vec<MailAddress>,
    pub(crate) subject: String,
}

/// Answers everybody who takes part in the newest mail, but for the desk itself.
pub(crate) async fn propose(
    app: &App,
    id: ConversationId,
    thread: &[Mail],
) -> Result<Proposal, ApiError> {
    let desk = app.engine.desk();
    let ours: Vec<String> = desk
        .inboxes()
        .filter_map(|it| it.mail_address())
        .map(str::to_lowercase)
        .collect();
    let theirs = |it: &&MailAddress| !ours.contains(&it.address.to_lowercase());
    let is_ours = |it: &&Mail| !it.recipients.is_empty();
    let came = thread
        .iter()
        .find(|it| !is_ours(it) && it.from.as_ref().is_some_and(|it| theirs(&it)));
    let (to, cc) = match (came, thread.iter().find(is_ours)) {
        (Some(mail), _) => {
            let wanted: Vec<_> = mail.reply_to.iter().filter(theirs).cloned().collect();
            let to = if wanted.is_empty() {
                mail.from.iter().cloned().collect()
            } else {
                wanted
            };
            let others = mail.to.iter().chain(&mail.cc).filter(theirs);
            (to, others.cloned().collect())
        }
        (None, Some(mail)) => {
            let of = |role| {
                let all = mail.recipients.iter().filter(move |it| it.role == role);
                all.map(|it| it.to.clone()).collect()
            };
            (of(RecipientRole::To), of(RecipientRole::Cc))
        }
        (None, None) => {
            let reply_to = app.engine.store().reply_to(id).await?;
            let to = reply_to.address.map(|it| MailAddress {
                name: None,
                address: it.value,
            });
            (to.into_iter().collect(), Vec::new())
        }
    };
    let to: Vec<MailAddress> = to;
    let mut once: Vec<String> = to.iter().map(|it| it.address.to_lowercase()).collect();
    let mut cc: Vec<MailAddress> = cc;
    cc.retain(|it| {
        let address = it.address.to_lowercase();
        let fresh = !once.contains(&address);
        once.push(address);
        fresh
    });
    let named = thread.iter().find_map(|it| it.subject.as_deref());
    Ok(Proposal {
        to,
        cc,
        subject: answer_to(named.unwrap_or_default()),
    })
}

/// The subject of an answer: one `Re:` however long it goes back and forth, and a word of answering in another language stays.
fn answer_to(subject: &str) -> String {
    let subject = subject.trim();
    let small = subject.to_lowercase();
    let answers = [
        "re:",
        "re\u{ff1a}",
        "aw:",
        "sv:",
        "\u{56de}\u{590d}:",
        "\u{56de}\u{590d}\u{ff1a}",
        "\u{7b54}\u{590d}:",
        "\u{7b54}\u{590d}\u{ff1a}",
        "\u{56de}\u{8986}:",
        "\u{56de}\u{8986}\u{ff1a}",
    ];
    if answers.iter().any(|it| small.starts_with(it)) {
        subject.to_owned()
    } else {
        format!("Re: {subject}").trim_end().to_owned()
    }
}

fn own(inbox: &Inbox) -> MailAddress {
    MailAddress {
        name: text(inbox, "from_name").or_else(|| Some(inbox.name.clone())),
        address: inbox.mail_address().unwrap_or_default().to_owned(),
    }
}

fn text(inbox: &Inbox, name: &str) -> Option<String> {
    let value = inbox.settings.get(name)?.as_str()?;
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::answer_to;

    #[test]
    fn answers_keep_one_prefix() {
        assert_eq!(answer_to("Broken lamp"), "Re: Broken lamp");
        assert_eq!(answer_to("RE: Broken lamp"), "RE: Broken lamp");
        assert_eq!(
            answer_to("\u{56de}\u{590d}\u{ff1a}\u{6362}\u{8d27}"),
            "\u{56de}\u{590d}\u{ff1a}\u{6362}\u{8d27}"
        );
        assert_eq!(answer_to(""), "Re:");
    }
}
