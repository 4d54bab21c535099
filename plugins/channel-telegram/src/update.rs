//! What Telegram tells: updates, and the messages in them. <https://core.telegram.org/bots/api#update>

#![expect(
    clippy::struct_field_names,
    reason = "fields are called as Telegram calls them"
)]

use plugboard_plugin_sdk::{Body, Identity, Inbound};
use serde::Deserialize;
use serde_json::json;

/// An update, as far as it concerns a desk.
#[derive(Debug, Deserialize)]
pub(crate) struct Update {
    pub(crate) message: Option<Message>,
    pub(crate) edited_message: Option<Message>,
}

/// A message of a person.
#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    message_id: i64,
    from: Option<Person>,
    chat: Chat,
    date: u64,
    text: Option<String>,
    caption: Option<String>,
    reply_to_message: Option<Replied>,
    media_group_id: Option<String>,
    photo: Option<Vec<File>>,
    document: Option<File>,
    video: Option<File>,
    video_note: Option<File>,
    animation: Option<File>,
    audio: Option<File>,
    voice: Option<File>,
    sticker: Option<Sticker>,
    location: Option<Location>,
    contact: Option<Contact>,
}

#[derive(Debug, Deserialize)]
struct Replied {
    message_id: i64,
}

#[derive(Debug, Deserialize)]
struct Person {
    id: i64,
    #[serde(default)]
    is_bot: bool,
    first_name: String,
    last_name: Option<String>,
    language_code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Sticker {
    emoji: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Location {
    latitude: f64,
    longitude: f64,
}

#[derive(Debug, Deserialize)]
struct Contact {
    phone_number: String,
    first_name: String,
    user_id: Option<i64>,
}

/// A file that can be fetched by its id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct File {
    pub(crate) file_id: String,
    pub(crate) file_size: Option<u64>,
    pub(crate) file_name: Option<String>,
    pub(crate) mime_type: Option<String>,
}

impl Message {
    /// The message as the desk takes it, without its file; nothing when nobody wrote it to us.
    pub(crate) fn inbound(&self) -> Option<Inbound> {
        let from = self.from.as_ref().filter(|from| !from.is_bot)?;
        if self.chat.kind == "channel" {
            return None;
        }
        let mut name = from.first_name.clone();
        if let Some(last) = &from.last_name {
            name = format!("{name} {last}");
        }
        // Telegram vouches for who writes: an id is a person for good.
        let mut sender = Identity::new("telegram", "", from.id.to_string()).named(name);
        sender.verified = true;
        let mut extras = Vec::new();
        if let Some(language) = &from.language_code {
            extras.push(("language".to_owned(), language.clone()));
        }
        if let Some(group) = &self.media_group_id {
            extras.push(("telegram.media_group".to_owned(), group.clone()));
        }
        let key = |id: i64| format!("{}:{id}", self.chat.id);
        Some(Inbound {
            dedupe_key: key(self.message_id),
            thread_key: self.chat.id.to_string(),
            sender,
            sent_at: self.date * 1000,
            parts: self.parts(),
            reply_to: self
                .reply_to_message
                .as_ref()
                .map(|replied| key(replied.message_id)),
            extras,
        })
    }

    fn parts(&self) -> Vec<Body> {
        let mut parts = Vec::new();
        if let Some(text) = self.text.as_ref().or(self.caption.as_ref()) {
            parts.push(Body::Text(text.clone()));
        }
        if let Some(place) = &self.location {
            parts.push(Body::Location((place.latitude, place.longitude)));
        }
        if let Some(emoji) = self.sticker.as_ref().and_then(|s| s.emoji.clone()) {
            parts.push(Body::Text(emoji));
        }
        if let Some(contact) = &self.contact {
            // A number is the sender's own only if Telegram says so.
            let own = contact.user_id.is_some()
                && contact.user_id == self.from.as_ref().map(|from| from.id);
            let shared =
                json!({"name": contact.first_name, "phone": contact.phone_number, "own": own});
            parts.push(Body::Other(("contact".to_owned(), shared.to_string())));
        }
        parts
    }

    /// The file of the message, and a name and media type for it where the sender gave none.
    pub(crate) fn file(&self) -> Option<(File, &'static str, &'static str)> {
        // Of a photo there are several sizes, the largest last.
        let photo = self.photo.as_ref().and_then(|sizes| sizes.last());
        [
            (photo, "photo.jpg", "image/jpeg"),
            (
                self.document.as_ref(),
                "document",
                "application/octet-stream",
            ),
            (self.video.as_ref(), "video.mp4", "video/mp4"),
            (self.video_note.as_ref(), "video.mp4", "video/mp4"),
            (self.animation.as_ref(), "animation.mp4", "video/mp4"),
            (self.audio.as_ref(), "audio.mp3", "audio/mpeg"),
            (self.voice.as_ref(), "voice.ogg", "audio/ogg"),
        ]
        .into_iter()
        .find_map(|(file, name, mime)| Some((file?.clone(), name, mime)))
    }
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::Body;

    use super::Update;

    fn update(name: &str) -> Update {
        let path = format!("{}/tests/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn a_text_is_read_with_its_sender() {
        let inbound = update("text").message.unwrap().inbound().unwrap();
        assert_eq!(inbound.dedupe_key, "42:1365");
        assert_eq!(inbound.thread_key, "42");
        assert_eq!(inbound.sent_at, 1_790_000_000_000);
        assert_eq!(
            inbound.parts,
            [Body::Text("Where is my order? 我的订单在哪里？".into())]
        );
        assert_eq!(inbound.sender.display_name.as_deref(), Some("Fang Wang"));
        assert_eq!(inbound.reply_to.as_deref(), Some("42:1360"));
        assert!(
            inbound
                .extras
                .contains(&("language".into(), "zh-hans".into()))
        );
    }

    #[test]
    fn of_a_photo_the_largest_size_is_taken() {
        let message = update("photo").message.unwrap();
        let (file, name, _) = message.file().unwrap();
        assert_eq!((file.file_id.as_str(), name), ("large", "photo.jpg"));
        assert_eq!(
            message.inbound().unwrap().parts,
            [Body::Text("broken".into())]
        );
    }

    #[test]
    fn an_edit_has_the_key_of_what_it_changes() {
        let update = update("edited");
        assert!(update.message.is_none());
        assert_eq!(
            update.edited_message.unwrap().inbound().unwrap().dedupe_key,
            "42:1365"
        );
    }

    #[test]
    fn bots_and_channels_are_nobody() {
        assert!(update("bot").message.unwrap().inbound().is_none());
    }

    #[test]
    fn an_update_of_an_unknown_kind_is_read_as_nothing() {
        let update: Update =
            serde_json::from_str(r#"{"update_id": 5, "poll": {"id": "1"}}"#).unwrap();
        assert!(update.message.is_none() && update.edited_message.is_none());
    }
}
