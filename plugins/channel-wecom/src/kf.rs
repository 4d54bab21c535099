//! 微信客服: a callback only says that there is something; everything is fetched with a cursor.
//! <https://developer.work.weixin.qq.com/document/path/94670>

use plugboard_plugin_sdk::{
    Body, ChannelEvent, Failure, Identity, Inbound, Outbound, Receipt, ReceiptKind, clock,
    encoding, kv, messaging::Sent, polling::Batch,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Settings, api};

/// Messages of one page: files of a page are fetched within one call.
const PAGE: u32 = 50;

/// Without callbacks we look this often.
const LOOK_MS: u32 = 60_000;

/// How long a name is believed, in seconds.
const NAME_SECS: u32 = 7 * 86_400;

/// Where the newest callback's token is kept, for ten minutes.
const HINT_KEY: &str = "hint";

/// How long the token of a callback may be used, in seconds.
const HINT_SECS: u32 = 600;

/// Who wrote a message.
const CUSTOMER: i64 = 3;

/// A page of `kf/sync_msg`.
#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    next_cursor: String,
    #[serde(default)]
    has_more: i64,
    #[serde(default)]
    msg_list: Vec<Message>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    #[serde(default)]
    msgid: String,
    #[serde(default)]
    open_kfid: String,
    #[serde(default)]
    external_userid: String,
    #[serde(default)]
    send_time: u64,
    #[serde(default)]
    origin: i64,
    #[serde(default)]
    msgtype: String,
    #[serde(flatten)]
    content: serde_json::Map<String, Value>,
}

/// A file that comes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) media_id: String,
    pub(crate) name: &'static str,
    pub(crate) mime: &'static str,
}

/// Notes the callback's token: with it, fetching is not limited.
pub(crate) fn hint(token: &str) -> Result<(), Failure> {
    kv::set_text(HINT_KEY, token, Some(HINT_SECS))
}

/// Fetches a page after the cursor.
pub(crate) fn poll(settings: &Settings, cursor: Option<&str>) -> Result<Batch, Failure> {
    let mut ask = json!({"limit": PAGE, "voice_format": i32::from(settings.voice_format.as_deref() == Some("silk"))});
    if let Some(cursor) = cursor {
        ask["cursor"] = json!(cursor);
    }
    if let Some(kfid) = settings.open_kfid.as_ref().filter(|id| !id.is_empty()) {
        ask["open_kfid"] = json!(kfid);
    }
    let hint = kv::get_text(HINT_KEY)?;
    if let Some(hint) = &hint {
        ask["token"] = json!(hint);
    }
    let page: Page = serde_json::from_value(match api::call(settings, "kf/sync_msg", &ask) {
        // The hint was too old: without one it works as well, only not as often.
        Err(failure) if hint.is_some() && failure.code == "refused" => {
            kv::delete(HINT_KEY)?;
            ask["token"] = json!("");
            api::call(settings, "kf/sync_msg", &ask)?
        }
        answer => answer?,
    })?;
    let mut events = Vec::new();
    for message in &page.msg_list {
        if ours(settings, message) {
            events.extend(event(settings, message)?);
        }
    }
    Ok(Batch {
        events,
        // An empty page may have an empty cursor: going back to the beginning would fetch three days again.
        cursor: if page.next_cursor.is_empty() {
            cursor.unwrap_or_default().as_bytes().to_vec()
        } else {
            page.next_cursor.into_bytes()
        },
        // There may be more although the page is empty.
        more: page.has_more == 1,
        next_in_ms: LOOK_MS,
    })
}

/// A company may have several accounts, each with an inbox of its own.
fn ours(settings: &Settings, message: &Message) -> bool {
    let wanted = settings.open_kfid.as_deref().unwrap_or_default();
    let event = message
        .content
        .get("event")
        .and_then(|event| event["open_kfid"].as_str());
    let of = event.unwrap_or(&message.open_kfid);
    wanted.is_empty() || of.is_empty() || of == wanted
}

fn event(settings: &Settings, message: &Message) -> Result<Option<ChannelEvent>, Failure> {
    if message.msgtype == "event" {
        return Ok(receipt(message).map(ChannelEvent::Receipt));
    }
    if message.origin != CUSTOMER {
        return Ok(None);
    }
    let (mut parts, file) = parts(message);
    if let Some(file) = file {
        parts.push(
            match api::download(settings, &file.media_id, file.name, file.mime) {
                Ok(media) => Body::Media(media),
                Err(failure) if api::may_work_later(&failure) => return Err(failure),
                Err(failure) => unavailable(file.name, &failure),
            },
        );
    }
    let mut sender = Identity::new("wecom", &settings.app_id, &message.external_userid);
    sender.verified = true;
    let mut extras = Vec::new();
    if let Some(known) = known(settings, &message.external_userid)? {
        if !known.nickname.is_empty() {
            sender.display_name = Some(known.nickname);
        }
        if let Some(unionid) = known.unionid.filter(|id| !id.is_empty()) {
            extras.push(("wechat.unionid".to_owned(), unionid));
        }
    }
    Ok(Some(ChannelEvent::Message(Inbound {
        dedupe_key: message.msgid.clone(),
        thread_key: format!("{}/{}", message.open_kfid, message.external_userid),
        sender,
        sent_at: message.send_time * 1000,
        parts,
        reply_to: None,
        extras,
    })))
}

/// What could not be fetched, so that the agent knows that there was something.
pub(crate) fn unavailable(name: &str, failure: &Failure) -> Body {
    let lost = json!({"name": name, "why": failure.code});
    Body::Other(("file-unavailable".to_owned(), lost.to_string()))
}

/// A message that was taken, and did not arrive after all.
fn receipt(message: &Message) -> Option<Receipt> {
    let event = message.content.get("event")?;
    if event["event_type"] != "msg_send_fail" {
        return None;
    }
    let mut receipt = Receipt::new(
        event["fail_msgid"].as_str()?,
        ReceiptKind::Failed,
        message.send_time * 1000,
    );
    receipt.failure = Some(match event["fail_type"].as_i64() {
        Some(4) => Failure::window_closed("the session has ended"),
        Some(5) => Failure::window_closed(
            "five answers were sent since the customer last wrote, or 48 hours have passed",
        ),
        Some(6) => Failure::new("not-permitted", "the customer service account was deleted"),
        Some(10) => Failure::new("blocked", "the customer does not want messages"),
        _ => Failure::new("refused", "WeCom did not deliver the message"),
    });
    Some(receipt)
}

/// The parts of a message without its file, and the file.
pub(crate) fn parts(message: &Message) -> (Vec<Body>, Option<File>) {
    let content = message
        .content
        .get(&message.msgtype)
        .unwrap_or(&Value::Null);
    let text = |name: &str| content[name].as_str().unwrap_or_default().to_owned();
    let file = |name, mime| {
        let media_id = text("media_id");
        (
            Vec::new(),
            Some(File {
                media_id,
                name,
                mime,
            }),
        )
    };
    match message.msgtype.as_str() {
        "text" => (vec![Body::Text(text("content"))], None),
        "image" => file("image.jpg", "image/jpeg"),
        "voice" => file("voice.amr", "audio/amr"),
        "video" => file("video.mp4", "video/mp4"),
        "file" => file("file", "application/octet-stream"),
        "location" => {
            let place = |name: &str| content[name].as_f64().unwrap_or_default();
            let mut parts = vec![Body::Location((place("latitude"), place("longitude")))];
            let named = [text("name"), text("address")].join(" ").trim().to_owned();
            if !named.is_empty() {
                parts.push(Body::Text(named));
            }
            (parts, None)
        }
        "link" => (
            vec![Body::Text(
                [text("title"), text("desc"), text("url")].join("\n"),
            )],
            None,
        ),
        kind => (
            vec![Body::Other((format!("wecom.{kind}"), content.to_string()))],
            None,
        ),
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Known {
    #[serde(default)]
    nickname: String,
    unionid: Option<String>,
}

/// What WeCom says of a customer. A message is not held up because their name cannot be had.
fn known(settings: &Settings, id: &str) -> Result<Option<Known>, Failure> {
    let key = format!("name/{id}");
    if let Some(known) = kv::get_json::<Known>(&key)? {
        return Ok(Some(known));
    }
    let Ok(answer) = api::call(
        settings,
        "kf/customer/batchget",
        &json!({"external_userid_list": [id]}),
    ) else {
        return Ok(None);
    };
    let Ok(known) = serde_json::from_value::<Known>(answer["customer_list"][0].clone()) else {
        return Ok(None);
    };
    kv::set_json(&key, &known, Some(NAME_SECS))?;
    Ok(Some(known))
}

/// Sends; the message's key is our id of it, so that a repetition is known as such.
pub(crate) fn send(settings: &Settings, message: &Outbound) -> Result<Sent, Failure> {
    let (kfid, person) = address(settings, message)?;
    let mut last = String::new();
    for (number, part) in message.parts.iter().enumerate() {
        let mut body = crate::content(settings, part)?;
        body["touser"] = json!(person);
        body["open_kfid"] = json!(kfid);
        body["msgid"] = json!(msgid(&message.idempotency_key, number));
        let answer = api::call(settings, "kf/send_msg", &body)?;
        answer["msgid"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut last);
    }
    if last.is_empty() {
        return Err(Failure::invalid("there is nothing in the message"));
    }
    let sent = Receipt::new(&last, ReceiptKind::Sent, clock::now());
    Ok(Sent {
        provider_id: last,
        events: vec![ChannelEvent::Receipt(sent)],
    })
}

/// The account and the customer of a thread.
fn address(settings: &Settings, message: &Outbound) -> Result<(String, String), Failure> {
    let thread = message
        .thread_key
        .as_deref()
        .and_then(|thread| thread.split_once('/'));
    let kfid = thread
        .map(|(kfid, _)| kfid)
        .or(settings.open_kfid.as_deref())
        .filter(|kfid| !kfid.is_empty());
    match kfid {
        Some(kfid) => Ok((kfid.to_owned(), message.to.value.clone())),
        None => Err(Failure::new(
            "settings",
            "which customer service account shall send is not known",
        )),
    }
}

/// An id of at most 32 characters of `0-9a-zA-Z_-`. Keys of the desk are UUIDs: without their dashes they fit exactly, and the
/// parts after the first count in the place of the version, which is the same in all of them.
fn msgid(key: &str, number: usize) -> String {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    if number == 0 && plain.len() <= 32 {
        return plain;
    }
    // FNV-1a, twice: short, and the same in every version of the plugin.
    let hash = |seed: u64| {
        key.bytes()
            .chain(number.to_be_bytes())
            .fold(seed, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
    };
    let bytes = [
        hash(0xcbf2_9ce4_8422_2325).to_be_bytes(),
        hash(0x8422_2325_cbf2_9ce4).to_be_bytes(),
    ]
    .concat();
    encoding::hex(&bytes)
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{Body, ReceiptKind};

    use super::{Message, Page, msgid, parts, receipt};

    fn page() -> Page {
        let path = format!("{}/tests/sync_msg.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn message(id: &str) -> Message {
        page()
            .msg_list
            .into_iter()
            .find(|message| message.msgid == id)
            .unwrap()
    }

    #[test]
    fn each_kind_of_message_is_read() {
        assert_eq!(
            parts(&message("text")).0,
            [Body::Text("我的订单到哪了？".into())]
        );
        assert_eq!(parts(&message("image")).1.unwrap().media_id, "MEDIA_1");
        assert_eq!(
            parts(&message("place")).0,
            [
                Body::Location((31.2, 121.5)),
                Body::Text("人民广场 上海市".into())
            ]
        );
        let (strange, file) = parts(&message("strange"));
        assert!(
            matches!(&strange[..], [Body::Other((kind, _))] if kind == "wecom.business_card")
                && file.is_none()
        );
    }

    #[test]
    fn a_message_that_did_not_arrive_is_a_receipt() {
        let receipt = receipt(&message("failed")).unwrap();
        assert_eq!(
            (receipt.provider_id.as_str(), receipt.kind),
            ("abc", ReceiptKind::Failed)
        );
        assert_eq!(receipt.failure.unwrap().code, "window-closed");
        assert!(super::receipt(&message("entered")).is_none());
    }

    #[test]
    fn ids_fit_and_differ_by_part() {
        let key = "0193a1f0-6d6e-7c3a-8b1e-5d4c3b2a1f00";
        assert_eq!(msgid(key, 0), "0193a1f06d6e7c3a8b1e5d4c3b2a1f00");
        let second = msgid(key, 1);
        assert!(second.len() == 32 && second != msgid(key, 0) && second != msgid(key, 2));
        assert_eq!(msgid(key, 1), second);
        assert_eq!(msgid(&"x".repeat(64), 0).len(), 32);
    }
}
