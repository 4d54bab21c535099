//! Calls that are handed on: at once and after a word, to agents, teams and numbers.

use plugboard_domain::{
    call::{Call, CallCommand, CallState, LegKind, TransferKind, TransferState, TransferTo},
    ids::{AgentId, CallId},
};
use plugboard_phone_media::{g711::Law, tone::loudness};
use serde_json::json;

use crate::{
    browser::Browser,
    calls::{AGENT, CALLER, OTHER, is_tone, state},
    exchange::Exchange,
    telephone::Telephone,
};

const NUMBER: &str = "+8613800138009";

/// A call that somebody talks in.
struct Talk {
    desk: Exchange,
    caller: Telephone,
    call: CallId,
    agent: AgentId,
    browser: Browser,
}

impl Talk {
    async fn begin(agents: usize, trunk: u16) -> Self {
        let desk = Exchange::open(agents, json!({}), trunk).await;
        let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
        let (agent, call) = desk.rings().await;
        let browser = Browser::connect(&desk.host, agent, AGENT).await;
        desk.by(agent, call, CallCommand::Accept).await;
        desk.call("both talk", state(CallState::Active)).await;
        browser.hears().await;
        Self {
            desk,
            caller,
            call,
            agent,
            browser,
        }
    }

    fn other(&self) -> AgentId {
        let mut others = self.desk.agents.iter().filter(|it| **it != self.agent);
        *others.next().unwrap()
    }

    fn team(&self) -> plugboard_domain::ids::TeamId {
        let desk = self.desk.engine.desk();
        desk.teams().next().unwrap().id
    }

    async fn transfer(&self, kind: TransferKind, to: TransferTo) {
        let note = Some("order 4711".to_owned());
        let command = CallCommand::Transfer { kind, to, note };
        self.desk.by(self.agent, self.call, command).await;
    }

    async fn transfer_is(&self, wanted: TransferState) -> Call {
        let is = |it: &Call| it.transfer.is_some_and(|it| it.state == wanted);
        self.desk.call("the transfer is so far", is).await
    }

    /// The caller and this one hear each other, and whoever handed the call on hears nothing.
    async fn is_with(&self, heard: &Browser) {
        self.caller.hears().await;
        assert!(is_tone(&self.caller.hears().await, OTHER));
        heard.hears().await;
        assert!(is_tone(&heard.hears().await, CALLER));
        self.is_alone().await;
    }

    async fn is_alone(&self) {
        self.browser.count();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(self.browser.count() < 1_000, "they hear nothing any more");
    }

    async fn over(self) {
        self.caller.hang_up().await;
        self.desk.call("it is over", Call::is_over).await;
        crate::until("the line is free", || async {
            (self.desk.host.calls() == 0).then_some(())
        })
        .await;
        self.desk.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_handed_to_an_agent_or_a_team_at_once_and_the_caller_hears_music_until_then() {
    for to_team in [false, true] {
        let talk = Talk::begin(2, 5_060).await;
        let other = talk.other();
        let second = Browser::connect(&talk.desk.host, other, OTHER).await;
        let to = if to_team {
            TransferTo::Team(talk.team())
        } else {
            TransferTo::Agent(other)
        };
        talk.transfer(TransferKind::Blind, to).await;
        let (rung, _) = talk.desk.rings().await;
        assert_eq!(rung, other);
        talk.caller.hears().await;
        let waiting = talk.caller.hears().await;
        assert!(loudness(&waiting) > 500.0 && !is_tone(&waiting, AGENT));
        talk.is_alone().await;
        talk.desk.by(other, talk.call, CallCommand::Accept).await;
        let call = talk.transfer_is(TransferState::Completed).await;
        assert_eq!(call.agent_id, Some(other));
        assert_eq!(
            call.writing[0].agent_id, talk.agent,
            "who handed it on writes it up"
        );
        talk.is_with(&second).await;
        talk.over().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_handed_to_a_team_after_a_word_by_leaving_the_two_alone() {
    let talk = Talk::begin(2, 5_060).await;
    let other = talk.other();
    let second = Browser::connect(&talk.desk.host, other, OTHER).await;
    let to = TransferTo::Team(talk.team());
    talk.transfer(TransferKind::Warm, to).await;
    let (rung, _) = talk.desk.rings().await;
    assert_eq!(rung, other);
    talk.desk.by(other, talk.call, CallCommand::Accept).await;
    talk.transfer_is(TransferState::Talking).await;
    second.hears().await;
    assert!(is_tone(&second.hears().await, AGENT), "they speak first");
    talk.desk
        .by(talk.agent, talk.call, CallCommand::Leave)
        .await;
    talk.transfer_is(TransferState::Completed).await;
    talk.is_with(&second).await;
    talk.over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_other_declines_or_gives_back_is_the_first_agents_again() {
    let talk = Talk::begin(2, 5_060).await;
    let other = talk.other();
    let second = Browser::connect(&talk.desk.host, other, OTHER).await;
    for answer in [CallCommand::Decline, CallCommand::Accept] {
        let to = TransferTo::Agent(other);
        talk.transfer(TransferKind::Warm, to).await;
        talk.desk.rings().await;
        let takes = matches!(answer, CallCommand::Accept);
        talk.desk.by(other, talk.call, answer).await;
        if takes {
            talk.transfer_is(TransferState::Talking).await;
            talk.desk.by(other, talk.call, CallCommand::Leave).await;
        }
        let call = talk.transfer_is(TransferState::Failed).await;
        assert_eq!(call.agent_id, Some(talk.agent));
        talk.caller.hears().await;
        assert!(is_tone(&talk.caller.hears().await, AGENT));
        second.count();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(second.count() < 1_000);
    }
    talk.over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_handed_to_a_number_at_once_and_goes_on_without_the_desk() {
    let called = Telephone::wait(OTHER).await;
    let talk = Talk::begin(1, called.port).await;
    let to = TransferTo::Number(NUMBER.into());
    talk.transfer(TransferKind::Blind, to).await;
    let call = talk.transfer_is(TransferState::Completed).await;
    assert_eq!((call.state, call.agent_id), (CallState::Active, None));
    assert_eq!(call.writing[0].agent_id, talk.agent);
    assert!(call.legs.iter().any(|it| it.kind == LegKind::External));
    talk.caller.hears().await;
    assert!(is_tone(&talk.caller.hears().await, OTHER));
    assert!(is_tone(&called.hears().await, CALLER));
    talk.is_alone().await;
    called.hang_up().await;
    talk.caller.is_over().await;
    talk.desk.call("it is over", Call::is_over).await;
    talk.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_asked_first_and_gets_the_call_or_not() {
    for completes in [false, true] {
        let called = Telephone::wait(OTHER).await;
        let talk = Talk::begin(1, called.port).await;
        let to = TransferTo::Number(NUMBER.into());
        talk.transfer(TransferKind::Warm, to).await;
        talk.transfer_is(TransferState::Talking).await;
        talk.browser.hears().await;
        assert!(is_tone(&talk.browser.hears().await, OTHER));
        assert!(is_tone(&called.hears().await, AGENT));
        if completes {
            talk.desk
                .by(talk.agent, talk.call, CallCommand::CompleteTransfer)
                .await;
            talk.transfer_is(TransferState::Completed).await;
            talk.caller.hears().await;
            assert!(is_tone(&talk.caller.hears().await, OTHER));
            talk.is_alone().await;
            talk.over().await;
            called.is_over().await;
        } else {
            talk.desk
                .by(talk.agent, talk.call, CallCommand::CancelTransfer)
                .await;
            called.is_over().await;
            talk.caller.hears().await;
            assert!(is_tone(&talk.caller.hears().await, AGENT));
            talk.over().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_who_listens_stays_when_a_transfer_is_taken_back() {
    let talk = Talk::begin(3, 5_060).await;
    let other = talk.other();
    let boss = *talk
        .desk
        .agents
        .iter()
        .find(|it| **it != talk.agent && **it != other)
        .unwrap();
    let ears = Browser::connect(&talk.desk.host, boss, OTHER).await;
    let mode = plugboard_domain::call::ListenMode::Listen;
    talk.desk
        .by(boss, talk.call, CallCommand::Listen { mode })
        .await;
    ears.hears().await;
    talk.transfer(TransferKind::Warm, TransferTo::Agent(other))
        .await;
    talk.desk
        .by(talk.agent, talk.call, CallCommand::CancelTransfer)
        .await;
    talk.transfer_is(TransferState::Cancelled).await;
    talk.caller.hears().await;
    assert!(is_tone(&talk.caller.hears().await, AGENT));
    ears.hears().await;
    assert!(loudness(&ears.hears().await) > 500.0, "they still hear it");
    talk.over().await;
}
