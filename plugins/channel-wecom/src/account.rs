//! WeChat Official Accounts in safe mode: the callback holds the message itself.
//! <https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html>

use std::collections::BTreeMap;

use plugboard_plugin_sdk::{
    Body, ChannelEvent, Failure, Identity, Inbound, Outbound, clock, messaging::Sent, steps::Steps,
};
use serde_json::json;

use crate::{Settings, api, kf, xml};

/// The events of a callback.
pub(crate) fn events(settings: &Settings, text: &str) -> Result<Vec<ChannelEvent>, Failure> {
    let Some(fields) = xml::flat(text) else {
        return Ok(Vec::new());
    };
    let Some((mut inbound, file)) = inbound(settings, &fields) else {
        return Ok(Vec::new());
    };
    if let Some(file) = file {
        inbound.parts.push(
            match api::download(settings, &file.media_id, file.name, file.mime) {
                Ok(media) => Body::Media(media),
                Err(failure) if api::may_work_later(&failure) => return Err(failure),
                Err(failure) => kf::unavailable(file.name, &failure),
            },
        );
    }
    Ok(vec![ChannelEvent::Message(inbound)])
}

/// The message without its file, and the file. Subscribing, menus and the like are not messages.
fn inbound(
    settings: &Settings,
    fields: &BTreeMap<String, String>,
) -> Option<(Inbound, Option<kf::File>)> {
    let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let (mut parts, mut file) = (Vec::new(), None);
    let mut attach = |name, mime| {
        file = Some(kf::File {
            media_id: get("MediaId").to_owned(),
            name,
            mime,
        });
    };
    match get("MsgType") {
        "text" => parts.push(Body::Text(get("Content").to_owned())),
        "image" => attach("image.jpg", "image/jpeg"),
        "voice" => {
            attach("voice.amr", "audio/amr");
            if !get("Recognition").is_empty() {
                parts.push(Body::Text(get("Recognition").to_owned()));
            }
        }
        "video" | "shortvideo" => attach("video.mp4", "video/mp4"),
        "location" => {
            parts.push(Body::Location((
                get("Location_X").parse().ok()?,
                get("Location_Y").parse().ok()?,
            )));
            if !get("Label").is_empty() {
                parts.push(Body::Text(get("Label").to_owned()));
            }
        }
        "link" => parts.push(Body::Text(
            [get("Title"), get("Description"), get("Url")].join("\n"),
        )),
        "event" => return None,
        kind => parts.push(Body::Other((format!("wechat.{kind}"), "{}".to_owned()))),
    }
    let openid = get("FromUserName");
    // An openid is of one app: the same person has another one elsewhere.
    let mut sender = Identity::new("wechat", &settings.app_id, openid);
    sender.verified = true;
    let created: u64 = get("CreateTime").parse().ok()?;
    let key = match get("MsgId") {
        "" => format!("{openid}:{created}"),
        id => id.to_owned(),
    };
    let inbound = Inbound {
        dedupe_key: key,
        thread_key: openid.to_owned(),
        sender,
        sent_at: created * 1000,
        parts,
        reply_to: None,
        extras: Vec::new(),
    };
    Some((inbound, file))
}

/// Sends. The provider knows no ids of ours and gives none back: what was begun is remembered, what nobody knows is uncertain.
pub(crate) fn send(settings: &Settings, message: &Outbound) -> Result<Sent, Failure> {
    let mut steps = Steps::of(message)?;
    for part in &message.parts {
        steps.step(|| {
            let mut body = crate::content(settings, part)?;
            body["touser"] = json!(message.to.value);
            api::call_once(settings, "message/custom/send", &body)?;
            Ok(String::new())
        })?;
    }
    if message.parts.is_empty() {
        return Err(Failure::invalid("there is nothing in the message"));
    }
    let id = format!("out:{}", message.idempotency_key);
    let receipt = plugboard_plugin_sdk::Receipt::new(
        &id,
        plugboard_plugin_sdk::ReceiptKind::Sent,
        clock::now(),
    );
    Ok(Sent {
        provider_id: id,
        events: vec![ChannelEvent::Receipt(receipt)],
    })
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::Body;

    use super::inbound;
    use crate::{Mode, Settings, xml};

    fn read(name: &str) -> Option<(plugboard_plugin_sdk::Inbound, Option<crate::kf::File>)> {
        let path = format!("{}/tests/{name}.xml", env!("CARGO_MANIFEST_DIR"));
        let settings = Settings {
            mode: Mode::OfficialAccount,
            api_url: String::new(),
            app_id: "wxapp".into(),
            open_kfid: None,
            voice_format: None,
        };
        inbound(
            &settings,
            &xml::flat(&std::fs::read_to_string(path).unwrap()).unwrap(),
        )
    }

    #[test]
    fn a_text_is_read_with_its_sender() {
        let (inbound, file) = read("text").unwrap();
        assert_eq!(inbound.dedupe_key, "23106133290311111");
        assert_eq!(
            (inbound.sender.scope.as_str(), inbound.sender.value.as_str()),
            ("wxapp", "oUser1")
        );
        assert_eq!(inbound.parts, [Body::Text("发货了吗 <b>?".into())]);
        assert!(file.is_none());
    }

    #[test]
    fn a_voice_has_a_file_and_what_was_understood() {
        let (inbound, file) = read("voice").unwrap();
        assert_eq!(file.unwrap().media_id, "VOICE_1");
        assert_eq!(inbound.parts, [Body::Text("你好".into())]);
    }

    #[test]
    fn subscribing_is_no_message() {
        assert!(read("subscribe").is_none());
    }
}
