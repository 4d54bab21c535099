//! What callers hear and do while nobody talks with them: announcements, the menu, the queue, their message.

use plugboard_domain::{
    call::{
        CallFact, ClosedThen, EndCause, EndWord, EndedBy, LegQuality, MenuTarget, QueueAnnounce,
        expected_minutes,
    },
    ids::TeamId,
};
use plugboard_store::{CallFilter, CallStand};
use tokio::time::Instant;
use tracing::debug;

use super::{Call, Stage, keys::KeyBy};
use crate::{
    announce::{Say, Sound, joined},
    sound::{Heard, Playing, Tell, prompts},
};

/// Silence after which a message is over, in seconds.
const SILENCE_SECS: u32 = 4;

/// How often somebody is told what they may press after pressing something else.
const AGAIN_MAX: u8 = 2;

/// Calls that are looked at for how long callers wait now.
const RECENT_MAX: usize = 60;

impl Call {
    /// The caller is here: what they hear first.
    pub(super) async fn welcome(&mut self) {
        let mut said: Vec<Sound> = self.says.greeting().into_iter().collect();
        if self.is_closed() {
            said.push(self.says.say(Say::Closed));
            self.stage = Stage::Closed;
            self.play_once(joined(&said));
            return;
        }
        if self.rules.record && self.settings.recording.announce {
            said.push(self.says.say(Say::Consent));
        }
        if said.is_empty() {
            self.begin_menu().await;
        } else {
            self.stage = Stage::Announcing;
            self.play_once(joined(&said));
        }
    }

    /// True outside of the inbox's hours.
    fn is_closed(&self) -> bool {
        let desk = self.engine.desk();
        let inbox = desk.inbox(self.trunk.inbox.id);
        inbox.is_some_and(|it| !desk.timetable(it).is_open(self.engine.now()))
    }

    /// They were told that nobody works now.
    async fn closed(&mut self) {
        self.reason = Some(EndWord::Closed);
        match self.settings.closed_then() {
            ClosedThen::Voicemail => {
                self.report(CallFact::VoicemailStarted).await;
                self.greet(false);
            }
            ClosedThen::Hangup => {
                let cause = EndCause::of(EndWord::Closed);
                self.end(EndedBy::System, cause).await;
            }
            // That ends the call, which the journal tells.
            ClosedThen::Callback => {
                self.report(CallFact::CallbackRequested).await;
            }
        }
    }

    async fn begin_menu(&mut self) {
        if self.settings.menu.is_none() {
            self.queue(None).await;
            return;
        }
        self.stage = Stage::Menu;
        self.report(CallFact::Menu).await;
        self.play_once(self.says.say(Say::Menu));
    }

    async fn queue(&mut self, team_id: Option<TeamId>) {
        self.until = None;
        self.stage = Stage::Waiting;
        self.hub.tell(Tell::Play(Playing::Music));
        self.report(CallFact::Queued { team_id }).await;
        let mut said = vec![self.says.say(Say::Wait)];
        let announce = self.settings.queue.announce;
        if announce.any() {
            // Whoever is next need not be told so as soon as they come.
            let standing = self.standing(announce).await;
            let behind = standing.filter(|(place, _)| place.is_none_or(|it| it > 1));
            said.extend(behind.and_then(|(place, minutes)| self.says.queue(place, minutes)));
        }
        self.go_on_waiting(&said);
    }

    /// The caller waits: they are told something, then there is music until they are told how they stand.
    pub(super) fn go_on_waiting(&mut self, said: &[Sound]) {
        self.hub.tell(Tell::Play(Playing::Said(joined(said))));
        let announce = self.settings.queue.announce;
        if announce.any() {
            self.wait(announce.every_seconds.into());
        }
    }

    /// The caller has waited for a while: how they stand.
    async fn tell_standing(&mut self) {
        let announce = self.settings.queue.announce;
        let standing = self.standing(announce).await;
        if let Some(sound) = standing.and_then(|(place, minutes)| self.says.queue(place, minutes)) {
            self.hub.tell(Tell::Play(Playing::Said(sound)));
        }
        self.wait(announce.every_seconds.into());
    }

    /// The caller's place and how many minutes they are likely to wait yet, as far as they are to be told. `None` when they do not
    /// wait any more, or the store does not say.
    async fn standing(&self, announce: QueueAnnounce) -> Option<(Option<u32>, Option<u32>)> {
        let store = self.engine.store();
        let live = store.live_calls().await.ok()?;
        let calls = || live.iter().map(|it| &it.row.call);
        let me = calls().find(|it| it.id == self.id)?;
        let place = me.place(calls())?;
        let now = self.engine.now();
        let minutes = if announce.wait {
            let ended = CallFilter {
                stand: Some(CallStand::Ended),
                inbox: Some(me.inbox_id),
                ..CallFilter::default()
            };
            let ended = store.calls(ended, None, RECENT_MAX).await.ok()?;
            let going = calls().filter(|it| it.inbox_id == me.inbox_id);
            let recent = ended.items.iter().map(|it| &it.row.call).chain(going);
            expected_minutes(recent, me.times.wait_ms(now), now)
        } else {
            None
        };
        Some((announce.position.then_some(place), minutes))
    }

    /// The caller is asked to leave a message; why, when they waited for something else.
    pub(super) fn greet(&mut self, busy: bool) {
        self.until = None;
        let mut said = Vec::new();
        if busy {
            said.push(self.says.say(Say::Busy));
        }
        if !self.settings.voicemail.enabled {
            self.stage = Stage::Farewell;
            said.push(self.says.say(Say::Goodbye));
            self.play_once(joined(&said));
            return;
        }
        self.stage = Stage::Greeting;
        said.extend([self.says.say(Say::Voicemail), prompts::beep()]);
        self.play_once(joined(&said));
    }

    pub(super) async fn sounded(&mut self, heard: Heard) {
        match (heard, self.stage) {
            (Heard::Arrived(end, quality), _) => {
                if let Some(leg_id) = self.ends.get(&end).copied() {
                    let quality = LegQuality {
                        received: quality.received,
                        lost: quality.lost,
                        jitter_us: quality.jitter_us,
                    };
                    self.report(CallFact::LegHeard { leg_id, quality }).await;
                }
            }
            (Heard::Agent(agent_id, there), _) if self.agent == Some(agent_id) => {
                let fact = if there {
                    CallFact::AgentBack { agent_id }
                } else {
                    CallFact::AgentGone { agent_id }
                };
                self.report(fact).await;
            }
            (Heard::Lost(agent_id), _) => {
                self.report(CallFact::AgentGone { agent_id }).await;
            }
            (Heard::Digit(key), _) => self.pressed(key, KeyBy::Sound).await,
            (Heard::Played, Stage::Announcing) => self.begin_menu().await,
            (Heard::Played, Stage::Closed) => self.closed().await,
            (Heard::Played, Stage::Menu) => {
                self.stage = Stage::Choosing;
                let seconds = self
                    .settings
                    .menu
                    .as_ref()
                    .map_or(5, |it| it.timeout_seconds);
                self.wait(seconds.into());
            }
            (Heard::Played, Stage::Greeting) => self.listen().await,
            (Heard::Played, Stage::Farewell) | (Heard::MessageOver(_), Stage::Message) => {
                self.end(EndedBy::System, EndCause::of(EndWord::Normal))
                    .await;
            }
            // The desk ended it before, and this was the last that was said.
            (Heard::Played, Stage::LastWords) => self.hang_up(),
            _ => {}
        }
    }

    /// The caller takes their message up.
    async fn listen(&mut self) {
        self.stage = Stage::Message;
        self.hub.tell(Tell::Voicemail {
            silence: SILENCE_SECS,
            length: self.settings.voicemail.max_seconds,
        });
        self.begin_recording().await;
    }

    /// Time is over: nobody pressed a key, or the caller is to be told how they stand.
    pub(super) async fn waited(&mut self) {
        match self.stage {
            Stage::Choosing => self.queue(None).await,
            Stage::Waiting => self.tell_standing().await,
            _ => {}
        }
    }

    /// The caller pressed a key. What is told both ways counts once.
    pub(super) async fn pressed(&mut self, key: char, by: KeyBy) {
        let new = self.keys.is_new(key, by, Instant::now());
        if new && matches!(self.stage, Stage::Menu | Stage::Choosing) {
            self.chose(key).await;
        }
    }

    async fn chose(&mut self, key: char) {
        let option = self.settings.menu.as_ref().and_then(|menu| {
            let mut options = menu.options.iter();
            options.find(|it| it.digit.chars().eq([key])).cloned()
        });
        let Some(option) = option else {
            self.ask_again().await;
            return;
        };
        match option.then {
            Some(MenuTarget::Voicemail) => {
                self.report(CallFact::VoicemailStarted).await;
                self.greet(false);
            }
            Some(MenuTarget::Callback) => {
                // That ends the call, which the journal tells.
                self.report(CallFact::CallbackRequested).await;
            }
            None => self.queue(option.team_id).await,
        }
    }

    /// The key leads nowhere. Who presses such keys again and again wants somebody to talk with.
    async fn ask_again(&mut self) {
        self.again += 1;
        if self.again > AGAIN_MAX {
            debug!(call.id = %self.id, "a caller pressed no key that leads anywhere");
            self.queue(None).await;
            return;
        }
        self.until = None;
        self.stage = Stage::Menu;
        let said = [self.says.say(Say::MenuAgain), self.says.say(Say::Menu)];
        self.play_once(joined(&said));
    }

    pub(super) fn play_once(&self, sound: Sound) {
        self.hub.tell(Tell::Play(Playing::Once(sound)));
    }
}
