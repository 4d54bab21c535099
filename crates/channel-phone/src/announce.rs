//! What callers are told, and the music between: the inbox's own files, and ours where it has none.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plugboard_blob::Digest;
use plugboard_domain::{
    call::{PhoneSettings, SpokenLanguage},
    ids::AttachmentId,
};
use plugboard_engine::Engine;
use plugboard_phone_media::{
    voice::{self, Language, Phrase, Word},
    wav,
};

use crate::{host::Shared, sound::prompts};

/// Telephone sound.
pub(crate) type Sound = Arc<[i16]>;

/// What can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Say {
    /// The call is recorded.
    Consent,
    /// What may be pressed.
    Menu,
    /// Another key leads nowhere.
    MenuAgain,
    /// Please hold.
    Wait,
    /// Everybody is busy.
    Busy,
    /// Nobody works now.
    Closed,
    /// Leave a message.
    Voicemail,
    /// You are called back.
    Callback,
    /// Goodbye.
    Goodbye,
}

/// The announcements of an inbox. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Announcements {
    language: Language,
    prompts: BTreeMap<String, AttachmentId>,
    menu: Option<AttachmentId>,
    files: Arc<BTreeMap<AttachmentId, Sound>>,
}

impl Announcements {
    /// Those of these settings; files that are known already are not read again. What cannot be read is told, and ours is said.
    pub(crate) async fn load(
        shared: &Shared,
        engine: &Engine,
        settings: &PhoneSettings,
        before: Option<&Self>,
    ) -> (Self, Option<String>) {
        let (mut files, mut trouble) = (BTreeMap::new(), None);
        let wanted: BTreeSet<AttachmentId> = settings.prompt_files();
        for id in wanted {
            let known = before.and_then(|it| it.files.get(&id)).cloned();
            let sound = match known {
                Some(sound) => Ok(sound),
                None => read(shared, engine, id).await,
            };
            match sound {
                Ok(sound) => {
                    files.insert(id, sound);
                }
                Err(why) => trouble = Some(format!("announcement {id} cannot be played: {why}")),
            }
        }
        let announcements = Self {
            language: match settings.language {
                SpokenLanguage::Zh => Language::Zh,
                SpokenLanguage::En => Language::En,
            },
            prompts: settings.prompts.clone(),
            menu: settings.menu.as_ref().and_then(|it| it.prompt),
            files: Arc::new(files),
        };
        (announcements, trouble)
    }

    fn own(&self, name: &str) -> Option<Sound> {
        self.files.get(self.prompts.get(name)?).cloned()
    }

    /// What is said first, to everybody; only where the inbox has something to say.
    pub(crate) fn greeting(&self) -> Option<Sound> {
        self.own("greeting")
    }

    /// What is heard while waiting.
    pub(crate) fn music(&self) -> Sound {
        self.own("music").unwrap_or_else(prompts::music)
    }

    /// An announcement.
    pub(crate) fn say(&self, what: Say) -> Sound {
        let (name, phrase) = match what {
            Say::Consent => ("consent", Phrase::Consent),
            Say::Menu => ("menu", Phrase::Menu),
            Say::MenuAgain => ("menu_again", Phrase::MenuAgain),
            Say::Wait => ("wait", Phrase::Wait),
            Say::Busy => ("busy", Phrase::Busy),
            Say::Closed => ("closed", Phrase::Closed),
            Say::Voicemail => ("voicemail", Phrase::Voicemail),
            Say::Callback => ("callback", Phrase::Callback),
            Say::Goodbye => ("goodbye", Phrase::Goodbye),
        };
        let menu = self.menu.filter(|_| what == Say::Menu);
        let own = menu.and_then(|id| self.files.get(&id).cloned());
        own.or_else(|| self.own(name))
            .unwrap_or_else(|| self.words(&[Word::Phrase(phrase)]))
    }

    /// A place in the queue, and a time to wait.
    pub(crate) fn queue(&self, place: Option<u32>, minutes: Option<u32>) -> Option<Sound> {
        let words = voice::queue(self.language, place, minutes);
        (!words.is_empty()).then(|| self.words(&words))
    }

    fn words(&self, words: &[Word]) -> Sound {
        voice::sound(self.language, words).into()
    }
}

/// One after the other.
pub(crate) fn joined(sounds: &[Sound]) -> Sound {
    sounds.iter().flat_map(|it| it.iter().copied()).collect()
}

async fn read(shared: &Shared, engine: &Engine, id: AttachmentId) -> Result<Sound, String> {
    let found = engine.store().attachment(id).await;
    let (file, _) = found
        .map_err(|it| it.to_string())?
        .ok_or("there is no such file")?;
    let digest: Digest = file.sha256.parse().map_err(|_| "it has no key")?;
    let blob = shared.config.blobs.get(digest).await;
    let blob = blob
        .map_err(|it| it.to_string())?
        .ok_or("its content is not there")?;
    if blob.size > wav::BYTES_MAX as u64 {
        return Err("it is too large".to_owned());
    }
    let bytes = blob.read_to_end().await.map_err(|it| it.to_string())?;
    let made = shared.sound().spawn_blocking(move || wav::read(&bytes));
    let sound = made.await.map_err(|it| it.to_string())?;
    Ok(sound.map_err(|it| it.to_string())?.into())
}
