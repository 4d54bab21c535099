//! Calls of the demo: one that was answered and promised another, one whose caller left a message, one that was missed.
//!
//! The line is played, as a trunk would report. What was said is given to whoever keeps recordings.

use std::time::Duration;

use plugboard_domain::{
    Command, Envelope, Principal, Timestamp,
    call::{CallCommand, CallFact, Direction, EndCause, EndWord, EndedBy, LegKind, Ring},
    ids::{AgentId, CallId},
};
use plugboard_engine::{Engine, EngineError, ManualClock};

use crate::{DemoRecording, setup::Demo};

/// What is said, in telephone sound (A-law, 8 kHz); made by `scripts/demo-voices.sh`.
const HELLO: &[u8] = include_bytes!("../voices/agent1.al");
const BROKEN: &[u8] = include_bytes!("../voices/caller1.al");
const SORRY: &[u8] = include_bytes!("../voices/agent2.al");
const THANKS: &[u8] = include_bytes!("../voices/caller2.al");
const MESSAGE: &[u8] = include_bytes!("../voices/voicemail.al");

/// Samples in a second.
const RATE: usize = 8_000;

/// Silence in A-law.
const SILENCE: u8 = 0xd5;

/// When the calls begin, before the present: after the week's conversations, before those that wait for the newcomer.
const BEGIN: Duration = Duration::from_secs(14 * 60);

/// When the first call comes in.
pub(crate) fn begin(now: Timestamp) -> Timestamp {
    now - BEGIN
}

/// Who says what, one after the other.
fn said(turns: &[(bool, &[u8])]) -> (Vec<u8>, Vec<u8>) {
    let (mut caller, mut agent) = (Vec::new(), Vec::new());
    for (theirs, voice) in turns {
        let (speaks, listens) = if *theirs {
            (&mut caller, &mut agent)
        } else {
            (&mut agent, &mut caller)
        };
        speaks.extend_from_slice(voice);
        let length = speaks.len() + RATE / 3;
        speaks.resize(length, SILENCE);
        listens.resize(length, SILENCE);
    }
    (caller, agent)
}

fn lasting(samples: usize) -> Duration {
    Duration::from_millis((samples * 1_000 / RATE) as u64)
}

/// Plays the calls up to five minutes before `now`.
pub(crate) async fn play(
    engine: &Engine,
    clock: &ManualClock,
    demo: &Demo,
    now: Timestamp,
) -> Result<Vec<DemoRecording>, EngineError> {
    let line = Line {
        engine,
        clock,
        demo,
    };
    clock.set(begin(now));
    let turns = [
        (false, HELLO),
        (true, BROKEN),
        (false, SORRY),
        (true, THANKS),
    ];
    let (caller, agent) = said(&turns);
    let answered = line.answered(&caller, now).await?;
    let mut recordings = vec![DemoRecording {
        call: answered,
        caller,
        agent,
    }];
    line.pause(60);
    let missed = line.rings("13900139007", None).await?;
    line.pause(63);
    line.ends(missed, EndWord::Cancelled).await?;
    line.pause(60);
    let (caller, agent) = said(&[(true, MESSAGE)]);
    let message = line.rings("13700137042", Some("林女士")).await?;
    line.pause(41);
    line.says(message, CallFact::VoicemailStarted).await?;
    line.says(message, CallFact::RecordingStarted).await?;
    clock.advance(lasting(caller.len()));
    line.ends(message, EndWord::Normal).await?;
    recordings.push(DemoRecording {
        call: message,
        caller,
        agent,
    });
    Ok(recordings)
}

struct Line<'a> {
    engine: &'a Engine,
    clock: &'a ManualClock,
    demo: &'a Demo,
}

impl Line<'_> {
    fn pause(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A call that an agent takes, talks in and writes up; the caller is to be called again at the present.
    async fn answered(&self, caller: &[u8], now: Timestamp) -> Result<CallId, EngineError> {
        let agent = self.demo.members[1].id;
        let id = self.rings("13800138026", Some("吴先生")).await?;
        self.pause(9);
        self.joined(id, LegKind::Browser, Some(agent)).await?;
        self.says(id, CallFact::Answered).await?;
        self.says(id, CallFact::RecordingStarted).await?;
        self.clock.advance(lasting(caller.len()));
        self.ends(id, EndWord::Normal).await?;
        self.pause(12);
        let command = CallCommand::WrapUp {
            code: Some("resend".into()),
            note: Some("一盒龙井破损，补发一盒；寄出后回电告知单号。".into()),
            follow_up_at: Some(now - Duration::from_secs(60)),
        };
        self.ask(Principal::Agent(agent), id, command).await?;
        Ok(id)
    }

    async fn rings(&self, from: &str, name: Option<&str>) -> Result<CallId, EngineError> {
        let id: CallId = self.engine.mint();
        let ring = Ring {
            id,
            inbox_id: self.demo.hotline,
            provider: "sip".into(),
            provider_call_id: id.to_string(),
            direction: Direction::Inbound,
            from: from.into(),
            to: "+8657188990011".into(),
            name: name.map(str::to_owned),
            conversation_id: self.engine.mint(),
            message_id: self.engine.mint(),
        };
        let envelope = Envelope::new(Principal::System("demo"), Command::Ring(Box::new(ring)));
        self.engine.execute(envelope).await?;
        self.joined(id, LegKind::Trunk, None).await?;
        self.says(id, CallFact::Queued { team_id: None }).await?;
        Ok(id)
    }

    async fn joined(
        &self,
        id: CallId,
        kind: LegKind,
        agent_id: Option<AgentId>,
    ) -> Result<(), EngineError> {
        let leg_id = self.engine.mint();
        let fact = CallFact::LegJoined {
            leg_id,
            kind,
            agent_id,
        };
        self.says(id, fact).await
    }

    async fn ends(&self, id: CallId, word: EndWord) -> Result<(), EngineError> {
        let by = EndedBy::Caller;
        let cause = EndCause::of(word);
        self.says(id, CallFact::Ended { by, cause }).await
    }

    async fn says(&self, id: CallId, fact: CallFact) -> Result<(), EngineError> {
        self.ask(Principal::System("demo"), id, CallCommand::Advance(fact))
            .await
    }

    async fn ask(
        &self,
        principal: Principal,
        id: CallId,
        command: CallCommand,
    ) -> Result<(), EngineError> {
        self.engine
            .execute(Envelope::new(principal, (id, command)))
            .await?;
        Ok(())
    }
}
