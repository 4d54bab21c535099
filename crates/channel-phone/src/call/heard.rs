//! What callers hear and do while nobody talks with them: announcements, the menu, the queue, their message.

use std::sync::Arc;

use plugboard_domain::call::{CallFact, EndCause, EndWord, EndedBy, MenuTarget};

use super::{Call, Stage};
use crate::sound::{Heard, Playing, Tell, prompts};

/// Silence after which a message is over, in seconds.
const SILENCE_SECS: u32 = 4;

impl Call {
    /// The caller is here: what they hear first.
    pub(super) async fn welcome(&mut self) {
        if self.rules.record && self.settings.recording.announce {
            self.stage = Stage::Announcing;
            self.play_once(prompts::recorded());
        } else {
            self.begin_menu().await;
        }
    }

    async fn begin_menu(&mut self) {
        if self.settings.menu.is_none() {
            self.queue(None).await;
            return;
        }
        self.stage = Stage::Menu;
        self.report(CallFact::Menu).await;
        self.play_once(prompts::chime());
    }

    async fn queue(&mut self, team_id: Option<plugboard_domain::ids::TeamId>) {
        self.until = None;
        self.stage = Stage::Waiting;
        self.hub.tell(Tell::Play(Playing::Music));
        self.report(CallFact::Queued { team_id }).await;
    }

    /// The caller is asked to leave a message.
    pub(super) fn greet(&mut self) {
        self.until = None;
        if !self.settings.voicemail.enabled {
            self.stage = Stage::Farewell;
            self.play_once(prompts::farewell());
            return;
        }
        self.stage = Stage::Greeting;
        let greeting = [&prompts::chime()[..], &prompts::beep()[..]].concat();
        self.play_once(greeting.into());
    }

    pub(super) async fn sounded(&mut self, heard: Heard) {
        match (heard, self.stage) {
            (Heard::Digit(key), Stage::Menu | Stage::Choosing) => self.chose(key).await,
            (Heard::Played, Stage::Announcing) => self.begin_menu().await,
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

    /// Time is over: nobody pressed a key.
    pub(super) async fn waited(&mut self) {
        if self.stage == Stage::Choosing {
            self.queue(None).await;
        }
    }

    async fn chose(&mut self, key: char) {
        let option = self.settings.menu.as_ref().and_then(|menu| {
            let mut options = menu.options.iter();
            options.find(|it| it.digit.chars().eq([key])).cloned()
        });
        let Some(option) = option else { return };
        match option.then {
            Some(MenuTarget::Voicemail) => {
                self.report(CallFact::VoicemailStarted).await;
                self.greet();
            }
            Some(MenuTarget::Callback) => {
                // That ends the call, which the journal tells.
                self.report(CallFact::CallbackRequested).await;
            }
            None => self.queue(option.team_id).await,
        }
    }

    fn play_once(&self, sound: Arc<[i16]>) {
        self.hub.tell(Tell::Play(Playing::Once(sound)));
    }
}
