//! Mail: taken in once, never passed over, answered by machines once a day, and ours until it leaves.

use std::time::Duration;

use plugboard_domain::{
    Command, Envelope, Event, Principal, Rejection,
    access::Role,
    channel::ChannelKind,
    command::Sender,
    contact::{Address, IdentityKind, Profile},
    conversation::{Conversation, ConversationCommand, Status, StatusRequest, Waiting},
    desk::{Entity, Inbox, InboxPolicy},
    ids::{AgentId, ConversationId, InboxId, MessageId},
    mail::{
        BeginFolder, BeginMail, FolderCursor, Mail, MailAddress, MailDraft, MailMark, MailPlace,
        MailReport, MoveMail, NoteUid, ReadAgain, RecipientState, ReportedFate, Stir, TakeMail,
        UidFate, WriteMail,
    },
    message::{Delivery, MessageKind, Undelivered},
    outbox::{Attempt, JobState, delivery_id},
};
use plugboard_engine::{EngineError, Outcome};
use plugboard_store::Stretch;
use serde_json::json;

use crate::desk::Desk;

struct Post {
    desk: Desk,
    inbox: InboxId,
    agent: AgentId,
}

fn who(address: &str) -> MailAddress {
    MailAddress {
        name: None,
        address: address.into(),
    }
}

impl Post {
    async fn open() -> Self {
        Self::open_with(
            json!({ "address": "help@shop.example" }),
            InboxPolicy::default(),
        )
        .await
    }

    async fn open_with(settings: serde_json::Value, policy: InboxPolicy) -> Self {
        let desk = Desk::open().await;
        let agent = desk.agent("Li", Role::Agent).await;
        let inbox = desk.engine.mint();
        let serde_json::Value::Object(settings) = settings else {
            panic!("settings are an object");
        };
        desk.save(Entity::Inbox(Inbox {
            id: inbox,
            name: "Mail".into(),
            channel: ChannelKind::Email,
            shop_id: None,
            team_id: None,
            policy,
            settings,
            created_at: desk.engine.now(),
        }))
        .await;
        Self { desk, inbox, agent }
    }

    /// A mail with this `Message-ID` from somebody.
    fn mail(&self, from: &str, rfc_id: &str) -> TakeMail {
        let draft = self.desk.draft("Where is it?");
        let mut mail = Mail::new(draft.id, self.inbox);
        mail.rfc_id = Some(rfc_id.into());
        mail.from = Some(who(from));
        TakeMail {
            inbox_id: self.inbox,
            from: Sender::Address {
                address: Address {
                    kind: IdentityKind::Email,
                    scope: String::new(),
                    value: from.into(),
                },
                verified: false,
                profile: Profile::default(),
            },
            draft,
            files: vec![],
            mail,
            fingerprint: format!("print of {rfc_id}"),
            place: MailPlace::New,
            conversation_id: self.desk.engine.mint(),
            stir: Stir::Live,
            report: None,
            own: false,
            mark: None,
        }
    }

    async fn take(&self, mail: TakeMail) -> Outcome {
        self.desk
            .system(Command::TakeMail(Box::new(mail)))
            .await
            .unwrap()
    }

    async fn conversation(&self, id: ConversationId) -> Conversation {
        let found = self.desk.engine.store().conversation(id, None).await;
        found.unwrap().unwrap().conversation
    }

    async fn count(&self, id: ConversationId, kind: MessageKind) -> usize {
        let all = self
            .desk
            .engine
            .store()
            .messages(id, Stretch::Newest, 100)
            .await
            .unwrap();
        all.iter().filter(|it| it.row.kind == kind).count()
    }

    async fn cursor(&self) -> Option<FolderCursor> {
        let store = self.desk.engine.store();
        store.mail_folder(self.inbox, "INBOX".into()).await.unwrap()
    }

    async fn reply(&self, id: ConversationId, mail: MailDraft) -> Outcome {
        let write = WriteMail {
            send_at: None,
            conversation_id: id,
            draft: self.desk.draft("On its way."),
            seen_seq: None,
            mail,
        };
        let command = Command::WriteMail(Box::new(write));
        let envelope = Envelope::new(Principal::Agent(self.agent), command);
        self.desk.engine.execute(envelope).await.unwrap()
    }

    async fn mail_of(&self, id: MessageId) -> Mail {
        let found = self.desk.engine.store().mails(vec![id]).await.unwrap();
        found.into_iter().next().unwrap()
    }

    async fn delivery(&self, id: MessageId) -> Delivery {
        let store = self.desk.engine.store();
        let found = store.messages_by_id(vec![id]).await.unwrap();
        found[0].row.delivery.clone().unwrap()
    }
}

fn mark(uid: u32, after: u32) -> MailMark {
    MailMark {
        folder: "INBOX".into(),
        uid_validity: 7,
        uid,
        after,
    }
}

#[tokio::test]
async fn mail_is_taken_once_and_the_cursor_moves_with_it() {
    let post = Post::open().await;
    let begin = BeginFolder {
        inbox_id: post.inbox,
        folder: "INBOX".into(),
        cursor: FolderCursor {
            uid_validity: 7,
            last_uid: 3,
        },
    };
    post.desk.system(Command::BeginFolder(begin)).await.unwrap();
    let mut first = post.mail("zhang@example.cn", "a@example.cn");
    first.mark = Some(mark(4, 3));
    let taken = post.take(first.clone()).await;
    assert!(!taken.repeated);
    assert_eq!(post.cursor().await.unwrap().last_uid, 4);
    // The same mail from another folder, or after the numbers of this one changed.
    first.draft = post.desk.draft("Where is it?");
    first.mark = Some(mark(9, 4));
    let again = post.take(first).await;
    assert!(again.repeated);
    assert_eq!(again.conversation_id, taken.conversation_id);
    assert_eq!(post.cursor().await.unwrap().last_uid, 9);
    let id = taken.conversation_id.unwrap();
    assert_eq!(post.count(id, MessageKind::Inbound).await, 1);
}

#[tokio::test]
async fn mail_that_could_not_be_taken_is_not_passed_over_by_the_next() {
    let post = Post::open().await;
    let begin = BeginFolder {
        inbox_id: post.inbox,
        folder: "INBOX".into(),
        cursor: FolderCursor {
            uid_validity: 7,
            last_uid: 0,
        },
    };
    post.desk.system(Command::BeginFolder(begin)).await.unwrap();
    // 1 makes no sense and is refused; 2 is behind it in the same batch.
    let mut broken = post.mail("zhang@example.cn", "a@example.cn");
    broken.draft.text = String::new();
    broken.mark = Some(mark(1, 0));
    let mut sound = post.mail("zhang@example.cn", "b@example.cn");
    sound.mark = Some(mark(2, 1));
    let refused = post.desk.system(Command::TakeMail(Box::new(broken))).await;
    assert!(matches!(
        refused,
        Err(EngineError::Rejected(Rejection::Invalid(_)))
    ));
    post.take(sound).await;
    assert_eq!(post.cursor().await.unwrap().last_uid, 0);
    let store = post.desk.engine.store();
    let uids = async || {
        store
            .mail_uids(post.inbox, "INBOX".into(), 7)
            .await
            .unwrap()
    };
    assert_eq!(uids().await.get(&2), Some(&UidFate::Taken));
    let note = |uid, after, fate| {
        Command::NoteUid(NoteUid {
            inbox_id: post.inbox,
            mark: mark(uid, after),
            fate,
        })
    };
    post.desk
        .system(note(1, 0, UidFate::Trying(1)))
        .await
        .unwrap();
    assert_eq!(
        post.cursor().await.unwrap().last_uid,
        0,
        "it is tried again"
    );
    post.desk
        .system(note(1, 0, UidFate::Quarantined))
        .await
        .unwrap();
    post.desk.system(note(2, 1, UidFate::Taken)).await.unwrap();
    assert_eq!(post.cursor().await.unwrap().last_uid, 2);
    let left = uids().await;
    assert_eq!(
        left.get(&1),
        Some(&UidFate::Quarantined),
        "what was set aside stays known"
    );
    assert_eq!(left.get(&2), None, "the cursor says the rest");
}

#[tokio::test]
async fn machines_answer_each_other_once_a_day() {
    let settings = json!({ "address": "help@shop.example", "auto_reply": "We got it." });
    let post = Post::open_with(settings, InboxPolicy::default()).await;
    let mut answered = 0;
    for nth in 0..5 {
        let taken = post
            .take(post.mail("robot@example.cn", &format!("{nth}@r")))
            .await;
        let id = taken.conversation_id.unwrap();
        answered += post.count(id, MessageKind::Outbound).await;
    }
    assert_eq!(answered, 1);
    post.desk.clock.advance(Duration::from_secs(24 * 60 * 60));
    let taken = post.take(post.mail("robot@example.cn", "next@r")).await;
    let id = taken.conversation_id.unwrap();
    assert_eq!(post.count(id, MessageKind::Outbound).await, 1);
}

#[tokio::test]
async fn what_a_machine_wrote_starts_and_reopens_nothing() {
    let settings = json!({ "address": "help@shop.example", "auto_reply": "We got it." });
    let post = Post::open_with(settings, InboxPolicy::default()).await;
    let mut newsletter = post.mail("news@example.cn", "n@r");
    newsletter.stir = Stir::Automatic;
    let id = post.take(newsletter).await.conversation_id.unwrap();
    let state = post.conversation(id).await;
    assert!(matches!(state.status, Status::Resolved { .. }));
    assert_eq!(state.waiting, Waiting::Nobody);
    assert_eq!(post.count(id, MessageKind::Outbound).await, 0);

    let id = post
        .take(post.mail("a@b.cn", "first@r"))
        .await
        .conversation_id
        .unwrap();
    let resolve = ConversationCommand::SetStatus(StatusRequest::Resolve { disposition: None });
    post.desk.by(post.agent, id, resolve).await.unwrap();
    let mut away = post.mail("a@b.cn", "away@r");
    away.stir = Stir::Automatic;
    away.place = MailPlace::Into(id);
    assert_eq!(post.take(away).await.conversation_id, Some(id));
    assert!(matches!(
        post.conversation(id).await.status,
        Status::Resolved { .. }
    ));
    let mut person = post.mail("a@b.cn", "person@r");
    person.place = MailPlace::Into(id);
    assert_eq!(post.take(person).await.conversation_id, Some(id));
    assert_eq!(post.conversation(id).await.status, Status::Open);
}

#[tokio::test]
async fn report_marks_the_mail_that_it_is_about_and_becomes_no_message() {
    let post = Post::open().await;
    let id = post
        .take(post.mail("a@b.cn", "first@r"))
        .await
        .conversation_id
        .unwrap();
    let draft = MailDraft {
        to: vec![who("a@b.cn"), who("c@b.cn")],
        ..MailDraft::default()
    };
    let sent = post.reply(id, draft).await.message.unwrap().id;
    let rfc_id = post.mail_of(sent).await.rfc_id.unwrap();
    assert_eq!(rfc_id, format!("{sent}@shop.example"));
    let mut bounce = post.mail("mailer-daemon@b.cn", "bounce@b.cn");
    bounce.stir = Stir::Automatic;
    bounce.report = Some(MailReport {
        about: vec!["unknown@x".into(), rfc_id],
        fates: vec![ReportedFate {
            address: Some("C@b.cn".into()),
            state: RecipientState::Failed,
            status: Some("5.1.1".into()),
        }],
    });
    let taken = post.take(bounce.clone()).await;
    assert_eq!(taken.message, None);
    let states: Vec<_> = post
        .mail_of(sent)
        .await
        .recipients
        .iter()
        .map(|it| it.state)
        .collect();
    assert_eq!(states, [RecipientState::Queued, RecipientState::Failed]);
    let Delivery::Failed { reason, .. } = post.delivery(sent).await else {
        panic!("it did not fail");
    };
    assert_eq!(reason, "5.1.1 reported for 1 of 2 recipients");
    // Of a mail that nobody knows, the report itself is what there is to see.
    bounce.report.as_mut().unwrap().about = vec!["else@where".into()];
    bounce.fingerprint = "another".into();
    bounce.mail.rfc_id = Some("another@b.cn".into());
    let id = post.take(bounce).await.conversation_id.unwrap();
    assert!(matches!(
        post.conversation(id).await.status,
        Status::Resolved { .. }
    ));
}

#[tokio::test]
async fn mail_can_be_taken_back_until_it_leaves() {
    let post = Post::open().await;
    let id = post
        .take(post.mail("a@b.cn", "first@r"))
        .await
        .conversation_id
        .unwrap();
    let sent = post
        .reply(id, MailDraft::default())
        .await
        .message
        .unwrap()
        .id;
    assert!(matches!(
        post.conversation(id).await.waiting,
        Waiting::Contact { .. }
    ));
    let recall = |message_id| {
        let command = Command::RecallMessage { message_id };
        post.desk
            .engine
            .execute(Envelope::new(Principal::Agent(post.agent), command))
    };
    recall(sent).await.unwrap();
    let recalled = Delivery::Failed {
        reason: "taken back before it left".into(),
        cause: Undelivered::Recalled,
    };
    assert_eq!(post.delivery(sent).await, recalled);
    assert!(matches!(
        post.conversation(id).await.waiting,
        Waiting::Agent { .. }
    ));
    let entry = post
        .desk
        .engine
        .store()
        .outbox_entry(delivery_id(sent))
        .await
        .unwrap();
    assert_eq!(entry, None);
    assert!(recall(sent).await.is_err(), "it is taken back already");
    // And one that has left.
    let sent = post
        .reply(id, MailDraft::default())
        .await
        .message
        .unwrap()
        .id;
    post.desk.clock.advance(Duration::from_secs(11));
    assert!(recall(sent).await.is_err());
}

#[tokio::test]
async fn agent_writes_first() {
    let post = Post::open().await;
    let conversation_id = post.desk.engine.mint();
    let mut draft = post.desk.draft("Your parcel was damaged; we send another.");
    draft.client_id = Some("once".into());
    let begin = BeginMail {
        inbox_id: post.inbox,
        conversation_id,
        draft,
        mail: MailDraft {
            to: vec![who("New.Customer@b.cn")],
            subject: Some("Your order".into()),
            ..MailDraft::default()
        },
    };
    let run = |begin: BeginMail| {
        let command = Command::BeginMail(Box::new(begin));
        post.desk
            .engine
            .execute(Envelope::new(Principal::Agent(post.agent), command))
    };
    let begun = run(begin.clone()).await.unwrap();
    let state = post.conversation(conversation_id).await;
    assert!(matches!(state.waiting, Waiting::Contact { .. }));
    assert_eq!(state.assignment.agent(), Some(post.agent));
    let entry = delivery_id(begun.message.unwrap().id);
    let entry = post
        .desk
        .engine
        .store()
        .outbox_entry(entry)
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(entry.state, JobState::Pending { .. }));
    let again = run(BeginMail {
        conversation_id: post.desk.engine.mint(),
        ..begin.clone()
    })
    .await;
    assert!(again.unwrap().repeated);
    let nobody = BeginMail {
        mail: MailDraft::default(),
        ..begin
    };
    assert!(run(nobody).await.is_err());
}

#[tokio::test]
async fn copy_of_what_we_sent_is_no_message() {
    let post = Post::open().await;
    let id = post
        .take(post.mail("a@b.cn", "first@r"))
        .await
        .conversation_id
        .unwrap();
    let sent = post
        .reply(id, MailDraft::default())
        .await
        .message
        .unwrap()
        .id;
    let rfc_id = post.mail_of(sent).await.rfc_id.unwrap();
    let mut copy = post.mail("help@shop.example", &rfc_id);
    copy.own = true;
    let taken = post.take(copy).await;
    assert_eq!(taken.conversation_id, None);
    let mut forged = post.mail("stranger@evil.example", &rfc_id);
    forged.fingerprint = "forged".into();
    assert!(
        post.take(forged).await.conversation_id.is_some(),
        "nobody else's mail is dropped"
    );
}

#[tokio::test]
async fn address_that_was_proved_is_not_believed_without_proof() {
    let post = Post::open().await;
    let proved = |mut mail: TakeMail| {
        if let Sender::Address { verified, .. } = &mut mail.from {
            *verified = true;
        }
        mail
    };
    let contact = post
        .take(proved(post.mail("vip@b.cn", "1@r")))
        .await
        .contact_id;
    assert_eq!(
        post.take(proved(post.mail("vip@b.cn", "2@r")))
            .await
            .contact_id,
        contact
    );
    let spoofed = post.take(post.mail("vip@b.cn", "3@r")).await.contact_id;
    assert_ne!(spoofed, contact);
    assert_eq!(
        post.take(post.mail("vip@b.cn", "4@r")).await.contact_id,
        spoofed
    );
}

#[tokio::test]
async fn mail_older_than_the_inbox_is_silent() {
    let settings = json!({ "address": "help@shop.example", "auto_reply": "We got it." });
    let post = Post::open_with(settings, InboxPolicy::default()).await;
    let mut old = post.mail("a@b.cn", "old@r");
    old.stir = Stir::Backfill;
    let id = post.take(old).await.conversation_id.unwrap();
    let state = post.conversation(id).await;
    assert!(matches!(state.status, Status::Resolved { .. }));
    assert_eq!(post.count(id, MessageKind::Outbound).await, 0);
    let mut next = post.mail("a@b.cn", "new@r");
    next.place = MailPlace::Into(id);
    assert_eq!(post.take(next).await.conversation_id, Some(id));
    assert_eq!(post.conversation(id).await.status, Status::Open);
}

#[tokio::test]
async fn where_the_last_mail_was_moved_away_nobody_waits_any_more() {
    let settings = json!({ "address": "help@shop.example", "auto_reply": "We got it.", "closed_reply": "new" });
    let post = Post::open_with(settings, InboxPolicy::default()).await;
    let boss = post.desk.agent("Wang", Role::Administrator).await;
    let put = async |message_id, place| {
        let mut take = post.mail("a@b.cn", "moved@r");
        (take.place, take.own, take.fingerprint) = (place, true, String::new());
        let id = take.draft.id;
        let command = Command::MoveMail(Box::new(MoveMail { message_id, take }));
        let envelope = Envelope::new(Principal::Agent(boss), command);
        let outcome = post.desk.engine.execute(envelope).await.unwrap();
        (id, outcome.conversation_id.unwrap())
    };
    let mail = post.mail("a@b.cn", "first@r");
    let first = mail.draft.id;
    let id = post.take(mail).await.conversation_id.unwrap();
    assert_eq!(
        post.count(id, MessageKind::Outbound).await,
        1,
        "the desk answered"
    );
    let (moved, own) = put(first, MailPlace::New).await;
    let left = post.conversation(id).await;
    assert!(left.is_emptied() && matches!(left.status, Status::Resolved { .. }));
    assert_eq!(left.waiting, Waiting::Nobody);
    assert_eq!(post.conversation(own).await.status, Status::Open);
    // A person puts it back, where an answer would begin a new one.
    let (back, there) = put(moved, MailPlace::Put(id)).await;
    assert_eq!(there, id);
    let again = post.conversation(id).await;
    assert!(!again.is_emptied() && again.status == Status::Open);
    // What somebody noted down is something that is left.
    let note = ConversationCommand::Post {
        kind: MessageKind::Note,
        draft: post.desk.draft("She calls tomorrow."),
        seen_seq: None,
    };
    post.desk.by(post.agent, id, note).await.unwrap();
    put(back, MailPlace::New).await;
    let noted = post.conversation(id).await;
    assert!(!noted.is_emptied() && noted.status == Status::Open);
}

#[tokio::test]
async fn what_agents_write_elsewhere_is_an_answer_and_does_not_leave_again() {
    let post = Post::open().await;
    let taken = post.take(post.mail("a@b.cn", "first@r")).await;
    let id = taken.conversation_id.unwrap();
    let mut answer = post.mail("help@shop.example", "laptop@r");
    answer.stir = Stir::Sent;
    answer.own = true;
    answer.mail.to = vec![who("a@b.cn")];
    answer.place = MailPlace::Into(id);
    let message_id = answer.draft.id;
    let again = answer.clone();
    assert_eq!(post.take(answer).await.conversation_id, Some(id));
    assert!(post.take(again).await.repeated);
    assert_eq!(post.count(id, MessageKind::Outbound).await, 1);
    assert_eq!(post.delivery(message_id).await, Delivery::Sent);
    assert!(matches!(
        post.conversation(id).await.waiting,
        Waiting::Contact { .. }
    ));
    let left = post.desk.engine.store();
    let left = left.outbox_entry(delivery_id(message_id)).await.unwrap();
    assert_eq!(left, None, "it has left already");
    let mail = post.mail_of(message_id).await;
    assert_eq!(mail.recipients[0].state, RecipientState::Sent);
    // Somebody new is written to: a conversation begins, in which we wait.
    let mut first = post.mail("help@shop.example", "other@r");
    first.stir = Stir::Sent;
    first.own = true;
    first.mail.to = vec![who("new@b.cn")];
    let other = post.take(first).await.conversation_id.unwrap();
    assert_ne!(other, id);
    assert_eq!(post.count(other, MessageKind::Inbound).await, 0);
}

#[tokio::test]
async fn try_that_comes_to_nothing_is_told() {
    let post = Post::open().await;
    let taken = post.take(post.mail("a@b.cn", "first@r")).await;
    let id = taken.conversation_id.unwrap();
    let sent = post.reply(id, MailDraft::default()).await;
    let sent = sent.message.unwrap().id;
    let told = |event: &Event| matches!(event, Event::DeliveryChanged { message_id, delivery: Delivery::Queued } if *message_id == sent);
    assert_eq!(post.desk.count(told).await, 0);
    let attempt = Command::RecordAttempt {
        id: delivery_id(sent),
        round: 0,
        attempt: Attempt::Deferred {
            error: "451 not now".into(),
            after_secs: Some(60),
        },
    };
    post.desk.system(attempt).await.unwrap();
    assert_eq!(post.desk.count(told).await, 1);
    assert_eq!(post.delivery(sent).await, Delivery::Queued);
}

#[tokio::test]
async fn mail_that_waits_for_its_time_keeps_what_it_has_besides_its_text() {
    let post = Post::open().await;
    let mut sent = Vec::new();
    for writes_first in [false, true] {
        let from = format!("{writes_first}@b.cn");
        let rfc_id = format!("{writes_first}@r");
        let taken = post.take(post.mail(&from, &rfc_id)).await;
        let id = taken.conversation_id.unwrap();
        let write = WriteMail {
            conversation_id: id,
            draft: post.desk.draft("Tomorrow."),
            seen_seq: None,
            mail: MailDraft {
                to: vec![who(&from)],
                cc: vec![who("boss@b.cn")],
                subject: Some("The offer".into()),
                html: Some("aa".repeat(32)),
                ..MailDraft::default()
            },
            send_at: Some(post.desk.engine.now() + Duration::from_secs(60)),
        };
        let message_id = write.draft.id;
        let command = Command::WriteMail(Box::new(write));
        let envelope = Envelope::new(Principal::Agent(post.agent), command);
        post.desk.engine.execute(envelope).await.unwrap();
        assert_eq!(post.count(id, MessageKind::Outbound).await, 0);
        if writes_first {
            let mut more = post.mail(&from, "more@r");
            more.place = MailPlace::Into(id);
            post.take(more).await;
        }
        sent.push((id, message_id));
    }
    let desk = post.desk.restart().await;
    let post = Post { desk, ..post };
    post.desk.clock.advance(Duration::from_secs(61));
    let left = |it: &Conversation| it.scheduled.is_empty();
    post.desk.until(sent[0].0, left).await;
    let mail = post.mail_of(sent[0].1).await;
    assert_eq!(mail.subject.as_deref(), Some("The offer"));
    assert_eq!(mail.recipients.len(), 2);
    assert!(mail.html.is_some());
    assert_eq!(post.count(sent[1].0, MessageKind::Outbound).await, 0);
}

#[tokio::test]
async fn a_mail_read_again_says_what_it_says_now_and_is_where_it_was() {
    let post = Post::open().await;
    let inspector = post.desk.agent("Qian", Role::QualityInspector).await;
    let mail = post.mail("a@b.cn", "1@r");
    let (message_id, known) = (mail.draft.id, mail.mail.clone());
    let id = post.take(mail).await.conversation_id.unwrap();
    let run = async |by, text: &str| {
        let mut read = known.clone();
        read.subject = Some("Again".into());
        read.from = Some(who("stranger@b.cn"));
        read.why_here = Some("elsewhere".into());
        let command = Command::ReadMailAgain(Box::new(ReadAgain {
            message_id,
            text: text.into(),
            mail: read,
            names: vec![],
            contact_name: None,
        }));
        let envelope = Envelope::new(Principal::Agent(by), command);
        post.desk.engine.execute(envelope).await
    };
    let store = post.desk.engine.store();
    let before = store.mails(vec![message_id]).await.unwrap().remove(0);
    assert!(run(inspector, "Where is my order?").await.is_err());
    let outcome = run(post.agent, "Where is my order?").await.unwrap();
    assert!(!outcome.repeated);
    let shown = store.messages(id, Stretch::Newest, 10).await.unwrap();
    let shown = shown.iter().find(|it| it.row.id == message_id).unwrap();
    assert_eq!(shown.row.text, "Where is my order?");
    assert_eq!(shown.amended, None, "nobody changed it");
    let earlier = store.earlier_texts(message_id).await.unwrap();
    assert_eq!(earlier[0].0, "Where is it?");
    let after = store.mails(vec![message_id]).await.unwrap().remove(0);
    assert_eq!(after.subject.as_deref(), Some("Again"));
    assert_eq!((after.from, after.why_here), (before.from, before.why_here));
    // The same once more is nothing new.
    let outcome = run(post.agent, "Where is my order?").await.unwrap();
    assert!(outcome.repeated);
}
