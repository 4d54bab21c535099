//! Supervisors in calls of others: who hears whom, and that leaving ends nothing.

use plugboard_domain::{
    call::{Call, CallCommand, CallState, EndedBy, LegKind, ListenMode},
    ids::{AgentId, CallId},
};
use plugboard_phone_media::{g711::Law, tone::share};
use serde_json::json;

use crate::{
    browser::Browser,
    calls::{AGENT, CALLER, OTHER, is_tone, state},
    exchange::Exchange,
    telephone::Telephone,
};

/// A call that somebody talks in, and somebody else who may hear it.
struct Heard {
    desk: Exchange,
    caller: Telephone,
    call: CallId,
    agent: Browser,
    boss: Browser,
    boss_id: AgentId,
}

impl Heard {
    async fn begin() -> Self {
        let desk = Exchange::open(2, json!({}), 5_060).await;
        let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
        let (agent_id, call) = desk.rings().await;
        let boss_id = *desk.agents.iter().find(|it| **it != agent_id).unwrap();
        let agent = Browser::connect(&desk.host, agent_id, AGENT).await;
        let boss = Browser::connect(&desk.host, boss_id, OTHER).await;
        desk.by(agent_id, call, CallCommand::Accept).await;
        desk.call("both talk", state(CallState::Active)).await;
        Self {
            desk,
            caller,
            call,
            agent,
            boss,
            boss_id,
        }
    }

    async fn listen(&self, mode: ListenMode) {
        let command = CallCommand::Listen { mode };
        self.desk.by(self.boss_id, self.call, command).await;
        let listens = |it: &Call| {
            let mine = |leg: &plugboard_domain::call::Leg| {
                leg.kind == LegKind::Listener && leg.left_at.is_none()
            };
            it.legs.iter().any(mine) && it.listening.iter().any(|it| it.mode == mode)
        };
        self.desk.call("their end is there", listens).await;
        // What was on its way before.
        self.boss.hears().await;
    }

    /// What the caller, the agent and the supervisor hear of the others: which tones are there.
    async fn sounds(&self) -> [[bool; 3]; 3] {
        let tones = |samples: Vec<i16>| [CALLER, AGENT, OTHER].map(|it| share(&samples, it) > 0.2);
        self.caller.hears().await;
        [
            tones(self.caller.hears().await),
            tones(self.agent.hears().await),
            tones(self.boss.hears().await),
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_is_heard_by_nobody_who_whispers_by_the_agent_and_who_barges_in_by_both() {
    let it = Heard::begin().await;
    let both = [true, true, false];
    it.listen(ListenMode::Listen).await;
    let heard = it.sounds().await;
    assert_eq!(heard, [[false, true, false], [true, false, false], both]);
    it.listen(ListenMode::Whisper).await;
    let heard = it.sounds().await;
    assert_eq!(heard, [[false, true, false], [true, false, true], both]);
    // Three who talk: each hears the other two.
    it.listen(ListenMode::Barge).await;
    let heard = it.sounds().await;
    assert_eq!(heard, [[false, true, true], [true, false, true], both]);
    it.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_is_gone_and_the_two_go_on() {
    let it = Heard::begin().await;
    for (mode, leave) in [
        (ListenMode::Listen, CallCommand::Leave),
        (ListenMode::Whisper, CallCommand::Leave),
        (ListenMode::Barge, CallCommand::Leave),
        (ListenMode::Barge, CallCommand::HangUp),
    ] {
        it.listen(mode).await;
        it.desk.by(it.boss_id, it.call, leave).await;
        let left = |call: &Call| {
            let mut ends = call.legs.iter().filter(|it| it.kind == LegKind::Listener);
            call.listening.is_empty() && ends.all(|it| it.left_at.is_some())
        };
        let call = it.desk.call("they have left", left).await;
        assert_eq!(call.state, CallState::Active);
        it.caller.hears().await;
        assert!(is_tone(&it.caller.hears().await, AGENT));
        assert!(is_tone(&it.agent.hears().await, CALLER));
        it.boss.count();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(it.boss.count() < 1_000, "they hear nothing any more");
    }
    it.caller.hang_up().await;
    let over = it.desk.call("it is over", Call::is_over).await;
    assert_eq!(over.ended_by, Some(EndedBy::Caller));
    it.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_and_leaves_at_once_is_not_in_the_call() {
    let it = Heard::begin().await;
    for _ in 0..5 {
        let mode = ListenMode::Barge;
        it.desk
            .by(it.boss_id, it.call, CallCommand::Listen { mode })
            .await;
        it.desk.by(it.boss_id, it.call, CallCommand::Leave).await;
    }
    let gone = |call: &Call| {
        let ends = call.legs.iter().filter(|it| it.kind == LegKind::Listener);
        ends.clone().count() == 5 && ends.clone().all(|it| it.left_at.is_some())
    };
    it.desk.call("each end has left", gone).await;
    it.caller.hears().await;
    assert!(is_tone(&it.caller.hears().await, AGENT));
    it.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_listens_and_closes_the_page_is_not_in_the_call_any_more() {
    let it = Heard::begin().await;
    it.listen(ListenMode::Listen).await;
    drop(it.boss);
    let left = |call: &Call| call.listening.is_empty() && !call.is_heard_by(it.boss_id);
    let call = it.desk.call("they are not waited for", left).await;
    assert_eq!(call.state, CallState::Active);
    it.caller.hears().await;
    assert!(is_tone(&it.caller.hears().await, AGENT));
    assert!(is_tone(&it.agent.hears().await, CALLER));
    it.desk.close().await;
}
