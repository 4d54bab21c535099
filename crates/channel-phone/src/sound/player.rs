//! What is played to a caller while nobody talks with them, and to agents while it rings elsewhere.

use std::sync::{Arc, LazyLock};

use plugboard_phone_media::FRAME;

use super::prompts;

/// What the caller hears while nobody talks with them.
#[derive(Clone)]
pub enum Playing {
    /// Nothing.
    Silence,
    /// Music, over and over.
    Music,
    /// This once, and then it is told; and nothing more.
    Once(Arc<[i16]>),
    /// This once, and then the music goes on where it was.
    Said(Arc<[i16]>),
}

/// Plays.
pub(super) struct Player {
    playing: Playing,
    /// Samples of `playing` that were played.
    played: usize,
    music: Arc<[i16]>,
    /// Samples of it that were played. It is never empty.
    music_at: usize,
    /// Samples of the ringing that agents have heard, while it rings elsewhere.
    rings: Option<usize>,
}

impl Player {
    pub(super) fn new() -> Self {
        Self {
            playing: Playing::Silence,
            played: 0,
            music: prompts::music(),
            music_at: 0,
            rings: None,
        }
    }

    pub(super) fn play(&mut self, playing: Playing) {
        self.playing = playing;
        self.played = 0;
    }

    /// What music is, from now on.
    pub(super) fn take_music(&mut self, music: Arc<[i16]>) {
        if !music.is_empty() {
            self.music = music;
            self.music_at = 0;
        }
    }

    /// It rings elsewhere, or not any more.
    pub(super) fn ring(&mut self, rings: bool) {
        self.rings = rings.then_some(0);
    }

    /// The next 20 ms for the caller. While others talk there is silence, and music when they were `left_alone`.
    pub(super) fn frame(&mut self, left_alone: bool) -> Vec<i16> {
        let mut frame: Vec<i16> = match &self.playing {
            // Something is sent all the time, so that translators between keep the way open.
            Playing::Silence if !left_alone => Vec::new(),
            Playing::Once(sound) | Playing::Said(sound) => {
                let rest = sound.iter().skip(self.played);
                self.played += FRAME;
                rest.take(FRAME).copied().collect()
            }
            Playing::Music | Playing::Silence => {
                // It is longer than what is taken of it.
                let round = self.music.iter().skip(self.music_at).chain(&*self.music);
                self.music_at = (self.music_at + FRAME) % self.music.len();
                round.take(FRAME).copied().collect()
            }
        };
        frame.resize(FRAME, 0);
        frame
    }

    /// True once, when what was to be played and told is over.
    pub(super) fn is_over(&mut self) -> bool {
        let (over, next) = match &self.playing {
            Playing::Once(sound) => (self.played >= sound.len(), Playing::Silence),
            Playing::Said(sound) => (self.played >= sound.len(), Playing::Music),
            Playing::Silence | Playing::Music => return false,
        };
        let told = over && matches!(self.playing, Playing::Once(_));
        if over {
            self.playing = next;
        }
        told
    }

    /// The next 20 ms that agents hear while it rings elsewhere.
    pub(super) fn ringing(&mut self) -> Option<Vec<i16>> {
        static RINGING: LazyLock<Arc<[i16]>> = LazyLock::new(prompts::ringing);
        let heard = self.rings?;
        let from = heard % RINGING.len();
        self.rings = Some(heard + FRAME);
        Some(RINGING.iter().skip(from).take(FRAME).copied().collect())
    }
}
