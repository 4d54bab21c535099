//! WeCom customer service (微信客服) and WeChat Official Accounts: two APIs that share the callback's encryption, the token and
//! the rule of five answers within 48 hours.
//!
//! - A callback of 微信客服 only hints; [`Poller`] fetches with a cursor that the desk keeps with the messages.
//! - Only one caller in the desk fetches a token at a time.
//! - 微信客服 recognises our ids, so a message may be sent again; an Official Account does not, so it may not.

mod account;
mod api;
mod kf;
mod seal;
mod xml;

use plugboard_plugin_sdk::{
    Body, Failure, Outbound, export, info,
    lifecycle::{Info, Lifecycle},
    messaging::{Capabilities, Channel, ReplyWindow, Sent},
    polling::{Batch, Poller},
    settings,
    web::{Ingress, Reply, Webhook},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::seal::Opened;

/// Longest text in bytes is 2048; a Chinese character has three.
const TEXT_MAX: u32 = 680;

/// In bytes.
const TEXT_BYTES_MAX: usize = 2048;

/// How often an Official Account, which only pushes, is polled.
const IDLE_MS: u32 = 3_600_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    #[default]
    Kf,
    OfficialAccount,
}

/// What the administrator typed in.
#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    #[serde(default)]
    pub(crate) mode: Mode,
    #[serde(default = "api_url")]
    pub(crate) api_url: String,
    pub(crate) app_id: String,
    pub(crate) open_kfid: Option<String>,
    pub(crate) voice_format: Option<String>,
}

fn api_url() -> String {
    "https://qyapi.weixin.qq.com".to_owned()
}

struct WeCom;

impl Lifecycle for WeCom {
    fn describe() -> Info {
        info!()
    }
}

impl Ingress for WeCom {
    fn on_webhook(webhook: Webhook) -> Result<Reply, Failure> {
        let settings: Settings = settings()?;
        if webhook.method == "GET" {
            return verified(&settings, &webhook);
        }
        let envelope = webhook.text().ok().and_then(xml::flat).unwrap_or_default();
        let Some(sealed) = envelope.get("Encrypt") else {
            // Plain mode: anybody who knows the address could write into the inbox.
            return Ok(Reply::new(401));
        };
        let Opened::Text(text) = seal::open(&webhook, sealed, &settings.app_id)? else {
            return Ok(Reply::new(401));
        };
        if settings.mode == Mode::OfficialAccount {
            let mut reply = Reply::text(200, "success");
            reply.events = account::events(&settings, &text)?;
            return Ok(reply);
        }
        let fields = xml::flat(&text).unwrap_or_default();
        let reply = Reply::text(200, "success");
        if fields
            .get("Event")
            .is_none_or(|event| event != "kf_msg_or_event")
        {
            return Ok(reply);
        }
        if let Some(token) = fields.get("Token") {
            kf::hint(token)?;
        }
        Ok(reply.pull())
    }
}

/// The provider makes sure that the address is ours.
fn verified(settings: &Settings, webhook: &Webhook) -> Result<Reply, Failure> {
    let echo = webhook.query_value("echostr").unwrap_or_default();
    if settings.mode == Mode::OfficialAccount {
        let signed = seal::is_signed(webhook, "signature", None)?;
        return Ok(if signed {
            Reply::text(200, echo)
        } else {
            Reply::new(401)
        });
    }
    Ok(match seal::open(webhook, &echo, &settings.app_id)? {
        Opened::Text(echo) => Reply::text(200, echo),
        Opened::Refused => Reply::new(401),
    })
}

impl Poller for WeCom {
    fn poll(cursor: Option<Vec<u8>>) -> Result<Batch, Failure> {
        let settings: Settings = settings()?;
        if settings.mode == Mode::OfficialAccount {
            return Ok(Batch {
                events: Vec::new(),
                cursor: cursor.unwrap_or_default(),
                more: false,
                next_in_ms: IDLE_MS,
            });
        }
        let cursor = cursor.and_then(|cursor| String::from_utf8(cursor).ok());
        kf::poll(
            &settings,
            cursor.as_deref().filter(|cursor| !cursor.is_empty()),
        )
    }
}

impl Channel for WeCom {
    fn describe_channel() -> Capabilities {
        let official =
            settings::<Settings>().is_ok_and(|settings| settings.mode == Mode::OfficialAccount);
        let kinds: &[&str] = if official {
            &["image", "audio", "video"]
        } else {
            &["image", "audio", "video", "file"]
        };
        Capabilities {
            media: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            max_text: TEXT_MAX,
            max_attachment_bytes: if official {
                10 * 1024 * 1024
            } else {
                api::UPLOAD_MAX
            },
            window: Some(ReplyWindow {
                hours: 48,
                sends: Some(5),
            }),
            ..Capabilities::default()
        }
    }

    fn send(message: Outbound) -> Result<Sent, Failure> {
        let settings: Settings = settings()?;
        match settings.mode {
            Mode::Kf => kf::send(&settings, &message),
            Mode::OfficialAccount => account::send(&settings, &message),
        }
    }

    fn connect() -> Result<Value, Failure> {
        let settings: Settings = settings()?;
        if settings.mode == Mode::OfficialAccount {
            let answer = api::get(&settings, "getcallbackip")?;
            let addresses = answer["ip_list"].as_array().map_or(0, Vec::len);
            return Ok(json!({"app_id": settings.app_id, "callback_addresses": addresses}));
        }
        let answer = api::get(&settings, "kf/account/list")?;
        let accounts = answer["account_list"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let wanted = settings.open_kfid.as_deref().unwrap_or_default();
        if !wanted.is_empty()
            && !accounts
                .iter()
                .any(|account| account["open_kfid"] == wanted)
        {
            return Err(Failure::new(
                "settings",
                "the company has no customer service account of this id",
            ));
        }
        let names: Vec<&Value> = accounts.iter().map(|account| &account["name"]).collect();
        Ok(json!({"accounts": names}))
    }
}

/// The content of a message, as both APIs take it; files are uploaded first.
pub(crate) fn content(settings: &Settings, part: &Body) -> Result<Value, Failure> {
    match part {
        Body::Text(text) if text.len() > TEXT_BYTES_MAX => {
            Err(Failure::new("too-large", "a text has at most 2048 bytes"))
        }
        Body::Text(text) => Ok(json!({"msgtype": "text", "text": {"content": text}})),
        Body::Media(media) => {
            let (kind, id) = api::upload(settings, media)?;
            Ok(json!({"msgtype": kind, kind: {"media_id": id}}))
        }
        Body::Location((latitude, longitude)) if settings.mode == Mode::Kf => Ok(json!({
            "msgtype": "location", "location": {"latitude": latitude, "longitude": longitude}
        })),
        Body::Choice((prompt, options)) if settings.mode == Mode::Kf => {
            let items: Vec<Value> = options
                .iter()
                .enumerate()
                .map(|(number, option)| json!({"type": "click", "click": {"id": number.to_string(), "content": option}}))
                .collect();
            Ok(json!({"msgtype": "msgmenu", "msgmenu": {"head_content": prompt, "list": items}}))
        }
        _ => Err(Failure::invalid("the provider takes no part of this kind")),
    }
}

export!(WeCom: channel_polling);

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::Body;

    use super::{Mode, Settings, content};

    #[test]
    fn texts_are_measured_in_bytes() {
        let settings = Settings {
            mode: Mode::Kf,
            api_url: String::new(),
            app_id: String::new(),
            open_kfid: None,
            voice_format: None,
        };
        let fits = Body::Text("好".repeat(680));
        assert_eq!(content(&settings, &fits).unwrap()["msgtype"], "text");
        let long = Body::Text("好".repeat(683));
        assert_eq!(content(&settings, &long).unwrap_err().code, "too-large");
        assert!(content(&settings, &Body::Html("<b>".into())).is_err());
    }
}
