//! Mailboxes.

use plugboard_channel::mailbox::{self as inside, Flow, Health, Side, State, Step, Tried, Trouble};
use plugboard_domain::Timestamp;
use plugboard_protocol::{
    Time,
    mail::{
        MailFolder, MailboxFlow, MailboxHealth, MailboxReport, MailboxSide, MailboxState,
        MailboxStep, MailboxStepKind, MailboxTrouble,
    },
    time,
};

fn at(it: Option<Timestamp>) -> Option<Time> {
    it.map(time)
}

/// How a mailbox is as a whole: the worse of both ways.
pub fn worse(it: &Health) -> State {
    let outgoing = it.outgoing.as_ref().map_or(State::Ok, |it| it.state);
    it.incoming.state.max(outgoing)
}

/// How a mailbox fares; what servers said only when `whole`.
pub fn mailbox_health(it: &Health, whole: bool) -> MailboxHealth {
    MailboxHealth {
        inbox_id: it.inbox_id.to_string(),
        state: state(worse(it)),
        incoming: flow(&it.incoming, whole),
        outgoing: it.outgoing.as_ref().map(|it| flow(it, whole)),
        folders: it.folders.iter().map(folder).collect(),
        quarantined: it.quarantined,
        queued: it.queued,
        oldest_queued_at: at(it.oldest_queued_at),
    }
}

fn folder(it: &inside::Folder) -> MailFolder {
    MailFolder {
        name: it.name.clone(),
        live: it.live,
        checked_at: at(it.checked_at),
        behind: it.behind,
        last_mail_at: at(it.last_mail_at),
    }
}

fn flow(it: &Flow, whole: bool) -> MailboxFlow {
    MailboxFlow {
        state: state(it.state),
        since: time(it.since),
        last_ok_at: at(it.last_ok_at),
        trouble: it.trouble.map(trouble),
        detail: it.detail.clone().filter(|_| whole),
        next_try_at: at(it.next_try_at),
    }
}

/// What trying a mailbox found.
pub fn mailbox_report(steps: &[Tried]) -> MailboxReport {
    let step = |it: &Tried| MailboxStep {
        side: side(it.side),
        step: step_kind(it.step),
        trouble: it.trouble.map(trouble),
        detail: it.detail.clone(),
        took_ms: it.took_ms,
    };
    MailboxReport {
        ok: steps.iter().all(|it| it.trouble.is_none()),
        steps: steps.iter().map(step).collect(),
    }
}

fn state(it: State) -> MailboxState {
    match it {
        State::Ok => MailboxState::Ok,
        State::Starting => MailboxState::Starting,
        State::Troubled => MailboxState::Troubled,
        State::Stopped => MailboxState::Stopped,
    }
}

fn side(it: Side) -> MailboxSide {
    match it {
        Side::Imap => MailboxSide::Imap,
        Side::Lmtp => MailboxSide::Lmtp,
        Side::Smtp => MailboxSide::Smtp,
        Side::Oauth => MailboxSide::Oauth,
    }
}

fn step_kind(it: Step) -> MailboxStepKind {
    match it {
        Step::Resolve => MailboxStepKind::Resolve,
        Step::Connect => MailboxStepKind::Connect,
        Step::Tls => MailboxStepKind::Tls,
        Step::Greeting => MailboxStepKind::Greeting,
        Step::SignIn => MailboxStepKind::SignIn,
        Step::Folders => MailboxStepKind::Folders,
        Step::Origin => MailboxStepKind::Origin,
        Step::Idle => MailboxStepKind::Idle,
        Step::Sender => MailboxStepKind::Sender,
        Step::Token => MailboxStepKind::Token,
        Step::Listen => MailboxStepKind::Listen,
    }
}

fn trouble(it: Trouble) -> MailboxTrouble {
    match it {
        Trouble::UnknownHost => MailboxTrouble::UnknownHost,
        Trouble::Refused => MailboxTrouble::Refused,
        Trouble::Timeout => MailboxTrouble::Timeout,
        Trouble::Broken => MailboxTrouble::Broken,
        Trouble::WrongProtocol => MailboxTrouble::WrongProtocol,
        Trouble::Certificate => MailboxTrouble::Certificate,
        Trouble::NoEncryption => MailboxTrouble::NoEncryption,
        Trouble::WrongPassword => MailboxTrouble::WrongPassword,
        Trouble::AppPasswordNeeded => MailboxTrouble::AppPasswordNeeded,
        Trouble::OauthNeeded => MailboxTrouble::OauthNeeded,
        Trouble::LeaveNeeded => MailboxTrouble::LeaveNeeded,
        Trouble::Disabled => MailboxTrouble::Disabled,
        Trouble::Throttled => MailboxTrouble::Throttled,
        Trouble::NoFolder => MailboxTrouble::NoFolder,
        Trouble::SenderRefused => MailboxTrouble::SenderRefused,
        Trouble::Full => MailboxTrouble::Full,
        Trouble::NotListening => MailboxTrouble::NotListening,
        Trouble::Other => MailboxTrouble::Other,
    }
}
