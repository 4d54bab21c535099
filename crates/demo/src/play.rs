//! Plays the scenes of a week in order of time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use plugboard_domain::{
    Command, Envelope, Principal, Timestamp,
    command::{Receive, Sender, inbox_scope},
    contact::{Address, IdentityKind, Profile},
    conversation::{ConversationCommand, StatusRequest},
    ids::{AgentId, ContactId, ConversationId, InboxId},
    message::{MessageDraft, MessageKind},
};
use plugboard_engine::{Engine, EngineError, ManualClock};

use crate::{
    CONVERSATIONS, DemoRecording, calls,
    scenes::{self, CUSTOMERS_EN, CUSTOMERS_ZH, Ending, Line, SCENES, Scene, Site},
    setup::Demo,
};

/// How far back the week reaches.
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// A quarter of an hour before the present nothing is played any more.
const QUIET: Duration = Duration::from_secs(900);

pub(crate) fn start_of_week(now: Timestamp) -> Timestamp {
    now - WEEK - Duration::from_secs(3_600)
}

/// Conversations that wait for the newcomer, begun in the last minutes.
const FRESH: usize = 6;

/// One thing that happens at a time.
struct Step {
    at: Timestamp,
    /// Which conversation of the week.
    nth: usize,
    what: What,
}

enum What {
    Say(Line),
    Label,
    Assign,
    End(Ending),
}

pub(crate) async fn week(
    engine: &Engine,
    clock: &ManualClock,
    demo: &Demo,
    now: Timestamp,
    progress: impl Fn(usize, usize),
) -> Result<Vec<DemoRecording>, EngineError> {
    let mut steps: Vec<Step> = (0..CONVERSATIONS)
        .flat_map(|nth| script(nth, now))
        .collect();
    steps.sort_by_key(|step| (step.at, step.nth));
    let mut begun: Vec<Option<(ConversationId, ContactId)>> = vec![None; CONVERSATIONS];
    let mut played = 0;
    let mut recordings = None;
    for step in steps {
        if recordings.is_none() && step.at >= calls::begin(now) {
            recordings = Some(calls::play(engine, clock, demo, now).await?);
        }
        clock.set(step.at);
        if let Some((id, contact)) = begun[step.nth] {
            act(engine, demo, id, contact, &step).await?;
        } else {
            begun[step.nth] = Some(begin(engine, demo, &step).await?);
            played += 1;
            progress(played, CONVERSATIONS);
        }
    }
    Ok(recordings.unwrap_or_default())
}

/// What happens in one conversation, and when. Chance is a hash of its number: every desk gets the same week.
fn script(nth: usize, now: Timestamp) -> Vec<Step> {
    let scene = scene(nth);
    // Conversations are spread evenly, the last of them in the present hour.
    let share =
        u64::try_from(nth).unwrap_or(0) * (WEEK.as_secs() - QUIET.as_secs()) / CONVERSATIONS as u64;
    let fresh = CONVERSATIONS - nth <= FRESH;
    let begins = if fresh {
        now - Duration::from_secs((CONVERSATIONS - nth) as u64 * 40)
    } else {
        now - WEEK + Duration::from_secs(share + chance(nth, 1, 900))
    };
    let mut at = begins;
    let mut steps = Vec::new();
    for (line_nth, line) in scene.lines.iter().enumerate() {
        if line_nth > 0 {
            // Answers come fast, mostly; some keep a customer waiting past the promise.
            let slow = chance(nth, 7, 10) == 0;
            let pause = if slow {
                240 + chance(nth, 20 + line_nth, 900)
            } else {
                15 + chance(nth, 20 + line_nth, 90)
            };
            at += Duration::from_secs(pause);
        }
        steps.push(Step {
            at,
            nth,
            what: What::Say(*line),
        });
        if line_nth == 0 {
            steps.push(Step {
                at: at + Duration::from_secs(5),
                nth,
                what: What::Assign,
            });
            steps.push(Step {
                at: at + Duration::from_secs(9),
                nth,
                what: What::Label,
            });
        }
    }
    let recent = nth * 10 >= CONVERSATIONS * 9;
    let ending = if recent && chance(nth, 3, 4) != 0 {
        Ending::Open
    } else {
        scene.ending
    };
    steps.push(Step {
        at: at + Duration::from_secs(60),
        nth,
        what: What::End(ending),
    });
    if fresh {
        // The newest are still without an answer, so that there is work to be done and clocks run.
        steps.retain(|step| matches!(step.what, What::Say(Line::Customer(_)) | What::Label));
        steps.truncate(2);
    }
    steps.retain(|step| step.at < now);
    steps
}

async fn begin(
    engine: &Engine,
    demo: &Demo,
    step: &Step,
) -> Result<(ConversationId, ContactId), EngineError> {
    let scene = scene(step.nth);
    let What::Say(Line::Customer(text)) = step.what else {
        unreachable!("every scene begins with the customer");
    };
    let inbox_id = inbox(demo, scene);
    let names = if scene.chinese {
        CUSTOMERS_ZH
    } else {
        CUSTOMERS_EN
    };
    let customer = customer(step.nth);
    let (name, mailbox) = names[customer % names.len()];
    let profile = Profile {
        name: Some(name.to_owned()),
        email: Some(format!("{mailbox}{customer}@example.com")),
        phone: Some(if scene.chinese {
            format!("138{:08}", 10_000_000 + customer * 7_919)
        } else {
            format!("+44 7700 9{:05}", customer * 83)
        }),
        locale: Some(if scene.chinese { "zh-CN" } else { "en" }.to_owned()),
        note: None,
        tags: tags(scene.chinese, customer),
        attributes: Some(known(customer)),
    };
    let value = format!(
        "demo-{}-{customer}",
        if scene.chinese { "zh" } else { "en" }
    );
    let address = Address {
        kind: IdentityKind::Visitor,
        scope: inbox_scope(inbox_id),
        value,
    };
    let command = Command::Receive(Receive {
        inbox_id,
        from: Sender::Address {
            address,
            verified: false,
            profile,
        },
        draft: draft(engine, &fill(text, step.nth)),
        external_id: None,
        conversation_id: engine.mint(),
    });
    let outcome = engine
        .execute(Envelope::new(Principal::System("demo"), command))
        .await?;
    let both = outcome.conversation_id.zip(outcome.contact_id);
    Ok(both.expect("receiving always names the conversation and the contact"))
}

async fn act(
    engine: &Engine,
    demo: &Demo,
    id: ConversationId,
    contact: ContactId,
    step: &Step,
) -> Result<(), EngineError> {
    let scene = scene(step.nth);
    let agent = agent(demo, scene, step.nth);
    let by_agent =
        |command: ConversationCommand| Envelope::new(Principal::Agent(agent), (id, command));
    let envelope = match &step.what {
        What::Say(Line::Customer(text)) => {
            let command = Command::Receive(Receive {
                inbox_id: inbox(demo, scene),
                from: Sender::Known(contact),
                draft: draft(engine, &fill(text, step.nth)),
                external_id: None,
                conversation_id: engine.mint(),
            });
            Envelope::new(Principal::System("demo"), command)
        }
        What::Say(Line::Agent(text)) => {
            let draft = draft(engine, &fill(text, step.nth));
            by_agent(ConversationCommand::Post {
                kind: MessageKind::Outbound,
                draft,
                seen_seq: None,
            })
        }
        What::Say(Line::Note(text)) => {
            let draft = draft(engine, &fill(text, step.nth));
            by_agent(ConversationCommand::Post {
                kind: MessageKind::Note,
                draft,
                seen_seq: None,
            })
        }
        What::Assign => {
            let team = if scene.aftersale {
                demo.aftersale
            } else {
                demo.presale
            };
            by_agent(ConversationCommand::Assign {
                agent: Some(agent),
                team: Some(team),
            })
        }
        What::Label => {
            engine
                .execute(by_agent(ConversationCommand::SetStage(Some(scene.stage))))
                .await?;
            engine
                .execute(by_agent(ConversationCommand::SetPriority(scene.priority)))
                .await?;
            let add: BTreeSet<String> = scene.tags.iter().map(|tag| (*tag).to_owned()).collect();
            by_agent(ConversationCommand::Tag {
                add,
                remove: BTreeSet::new(),
            })
        }
        What::End(Ending::Open) => return Ok(()),
        What::End(Ending::Resolved(disposition)) => {
            let disposition = Some((*disposition).to_owned());
            by_agent(ConversationCommand::SetStatus(StatusRequest::Resolve {
                disposition,
            }))
        }
        What::End(Ending::Snoozed(hours)) => {
            let until = engine.now() + Duration::from_secs(hours * 3_600);
            by_agent(ConversationCommand::SetStatus(StatusRequest::Snooze {
                until,
            }))
        }
    };
    engine.execute(envelope).await?;
    Ok(())
}

fn scene(nth: usize) -> &'static Scene {
    &SCENES[nth % SCENES.len()]
}

/// Whose conversation it is: mostly somebody new, sometimes a customer whose earlier one is done with.
fn customer(nth: usize) -> usize {
    let done = |earlier: &usize| {
        let (before, after) = (scene(*earlier), scene(nth));
        (before.site, before.chinese) == (after.site, after.chinese)
            && matches!(before.ending, Ending::Resolved(_))
            && earlier % SCENES.len() != nth % SCENES.len()
    };
    if nth < 120 || chance(nth, 31, 4) != 0 {
        return nth;
    }
    (nth - 120..nth - 60).find(done).unwrap_or(nth)
}

/// What the demo team calls some of its customers.
fn tags(chinese: bool, customer: usize) -> Option<BTreeSet<String>> {
    let tag = match (customer % 5, chinese) {
        (0, _) => "VIP",
        (1, true) => "老客户",
        (1, false) => "regular",
        _ => return None,
    };
    Some([tag.to_owned()].into())
}

/// What the demo shops know about each customer.
fn known(customer: usize) -> BTreeMap<String, String> {
    let orders = 1 + customer % 9;
    let value = orders * 79 + customer % 50;
    BTreeMap::from([
        ("orders".to_owned(), orders.to_string()),
        ("lifetime_value".to_owned(), value.to_string()),
    ])
}

fn inbox(demo: &Demo, scene: &Scene) -> InboxId {
    match scene.site {
        Site::Tea => demo.tea_inbox,
        Site::Outdoor => demo.outdoor_inbox,
    }
}

fn agent(demo: &Demo, scene: &Scene, nth: usize) -> AgentId {
    let able: Vec<_> = demo
        .members
        .iter()
        .filter(|member| member.chinese == scene.chinese)
        .collect();
    able[usize::try_from(chance(nth, 13, able.len() as u64)).unwrap_or(0)].id
}

fn draft(engine: &Engine, text: &str) -> MessageDraft {
    MessageDraft {
        id: engine.mint(),
        text: text.to_owned(),
        attachments: vec![],
        client_id: None,
    }
}

/// Puts order numbers, products and prices into a line.
fn fill(text: &str, nth: usize) -> String {
    let scene = scene(nth);
    let products = match (scene.site, scene.chinese) {
        (Site::Tea, true) => scenes::TEAS_ZH,
        (Site::Tea, false) => scenes::TEAS_EN,
        (Site::Outdoor, true) => scenes::GEAR_ZH,
        (Site::Outdoor, false) => scenes::GEAR_EN,
    };
    let pick = |salt, below: usize| usize::try_from(chance(nth, salt, below as u64)).unwrap_or(0);
    let prefix = if scene.site == Site::Tea { "SL" } else { "NT" };
    text.replace(
        "{order}",
        &format!("{prefix}2026{:06}", 110_000 + chance(nth, 17, 9_999)),
    )
    .replace("{product}", products[pick(19, products.len())])
    .replace("{price}", &(58 + chance(nth, 23, 40) * 10).to_string())
    .replace(
        "{waybill}",
        &format!("SF{:010}", 1_000_000_000 + chance(nth, 29, 899_999_999)),
    )
}

/// A number below `below` that looks random and is always the same.
fn chance(nth: usize, salt: usize, below: u64) -> u64 {
    let mut mixed = (nth as u64) << 32 | salt as u64;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % below.max(1)
}
