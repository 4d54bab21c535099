//! A plugin of every world that writes down everything it is given, as a line for its page, and answers with nothing. What
//! a plugin sees can be read there. Requests of a provider make it fall over, except for those to `/message`: each brings
//! the sender and the text that its body holds.

wit_bindgen::generate!({
    inline: "
        package plugboard:witness;
        world everything {
            include plugboard:plugin/channel-polling@0.1.0;
            include plugboard:plugin/channel-socket@0.1.0;
            include plugboard:plugin/routing-policy@0.1.0;
            include plugboard:plugin/escalation-policy@0.1.0;
            include plugboard:plugin/script-engine@0.1.0;
            include plugboard:plugin/reply-assistant@0.1.0;
            include plugboard:plugin/commerce-source@0.1.0;
            include plugboard:plugin/event-hook@0.1.0;
            include plugboard:plugin/side-panel@0.1.0;
        }
    ",
    world: "plugboard:witness/everything",
    path: "../../../../plugin-sdk/wit/since-v0.1",
    generate_all,
});

use std::fmt::Debug;

use exports::plugboard::plugin::{
    assistant, channel, commerce, escalation, hooks, ingress, lifecycle, panel, poller, routing,
    script, socket_session as socket,
};
use plugboard::plugin::{
    clock, log,
    types::{
        Body, ChannelEvent, ContactView, ConversationView, Failure, Identity, Inbound, Outbound,
        RetryAdvice,
    },
};

struct Witness;

fn saw(function: &str, given: impl Debug) {
    log::write(log::Level::Info, &format!("{function} {given:?}"), &[]);
}

fn nothing() -> Failure {
    Failure {
        code: "not-found".to_owned(),
        message: "a witness has nothing".to_owned(),
        advice: RetryAdvice::NoRetry,
        retry_after_ms: None,
    }
}

fn card() -> panel::Card {
    panel::Card {
        title: "Witness".to_owned(),
        blocks: Vec::new(),
        refresh_after_ms: None,
    }
}

fn step(state: Vec<u8>) -> Result<socket::Step, Failure> {
    Ok(socket::Step {
        send: Vec::new(),
        events: Vec::new(),
        state,
        close: None,
    })
}

impl lifecycle::Guest for Witness {
    fn describe() -> lifecycle::Info {
        lifecycle::Info {
            name: "witness".to_owned(),
            version: "0.1.0".to_owned(),
        }
    }

    fn start() -> Result<(), Failure> {
        Ok(())
    }

    fn migrate(from: String) -> Result<(), Failure> {
        saw("lifecycle.migrate", from);
        Ok(())
    }

    fn health() -> Result<String, Failure> {
        Ok("{}".to_owned())
    }

    fn on_timer(key: String, payload: String) -> Result<(), Failure> {
        saw("lifecycle.on-timer", (key, payload));
        Ok(())
    }
}

impl routing::Guest for Witness {
    fn route(request: routing::Request) -> Result<routing::Decision, String> {
        saw("routing.route", request);
        Ok(routing::Decision {
            target: routing::Target::Next,
            priority: None,
            add_tags: Vec::new(),
            reason: "a witness has no say".to_owned(),
        })
    }
}

impl escalation::Guest for Witness {
    fn escalate(request: escalation::Request) -> Result<escalation::Answer, String> {
        saw("escalation.escalate", request);
        Ok(escalation::Answer {
            actions: Vec::new(),
            level: 0,
            ask_again_ms: None,
            reason: "a witness has no say".to_owned(),
        })
    }
}

impl script::Guest for Witness {
    fn check(
        kind: script::Kind,
        source: String,
    ) -> Result<Vec<script::Problem>, Vec<script::Problem>> {
        saw("script.check", (kind, source));
        Ok(Vec::new())
    }
}

impl assistant::Guest for Witness {
    fn suggest(
        conversation: ConversationView,
        turns: Vec<assistant::Turn>,
        _max: u8,
    ) -> Result<Vec<assistant::Suggestion>, Failure> {
        saw("assistant.suggest", (conversation, turns));
        Ok(Vec::new())
    }
}

impl commerce::Guest for Witness {
    fn find_orders(
        who: ContactView,
        query: Option<String>,
        _limit: u8,
    ) -> Result<Vec<commerce::Order>, Failure> {
        saw("commerce.find-orders", (who, query));
        Ok(Vec::new())
    }

    fn get_order(id: String) -> Result<Option<commerce::Order>, Failure> {
        saw("commerce.get-order", id);
        Ok(None)
    }

    fn act(
        order: String,
        action: String,
        args: String,
        _idempotency_key: String,
    ) -> Result<String, Failure> {
        saw("commerce.act", (order, action, args));
        Err(nothing())
    }
}

impl hooks::Guest for Witness {
    fn on_event(event: hooks::Event) -> Result<(), Failure> {
        saw("hooks.on-event", event);
        Ok(())
    }
}

impl panel::Guest for Witness {
    fn render(conversation: ConversationView, locale: String) -> Result<panel::Card, Failure> {
        saw("panel.render", (conversation, locale));
        Ok(card())
    }

    fn on_action(
        conversation: ConversationView,
        locale: String,
        action: String,
        args: String,
    ) -> Result<panel::Card, Failure> {
        saw("panel.on-action", (conversation, locale, action, args));
        Ok(card())
    }
}

impl ingress::Guest for Witness {
    fn on_webhook(request: ingress::Webhook) -> Result<ingress::Reply, Failure> {
        let body = String::from_utf8(request.body).unwrap();
        let (sender, text) = match body.split_once('\n') {
            Some(both) if request.path == "/message" => both,
            _ => panic!("this makes it fall over"),
        };
        let message = Inbound {
            dedupe_key: text.to_owned(),
            thread_key: "thread".to_owned(),
            sender: Identity {
                scheme: "phone".to_owned(),
                scope: String::new(),
                value: sender.to_owned(),
                display_name: None,
                verified: true,
            },
            sent_at: clock::now(),
            parts: vec![Body::Text(text.to_owned())],
            reply_to: None,
            extras: Vec::new(),
        };
        Ok(ingress::Reply {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
            events: vec![ChannelEvent::Message(message)],
            pull: false,
        })
    }
}

impl poller::Guest for Witness {
    fn poll(cursor: Option<Vec<u8>>) -> Result<poller::Batch, Failure> {
        Ok(poller::Batch {
            events: Vec::new(),
            cursor: cursor.unwrap_or_default(),
            more: false,
            next_in_ms: 60_000,
        })
    }
}

impl socket::Guest for Witness {
    fn open(_attempt: u32) -> Result<socket::Dial, Failure> {
        Err(nothing())
    }

    fn on_open(state: Vec<u8>) -> Result<socket::Step, Failure> {
        step(state)
    }

    fn on_frame(state: Vec<u8>, _frame: socket::Frame) -> Result<socket::Step, Failure> {
        step(state)
    }

    fn on_tick(state: Vec<u8>) -> Result<socket::Step, Failure> {
        step(state)
    }
}

impl channel::Guest for Witness {
    fn describe_channel() -> channel::Capabilities {
        channel::Capabilities {
            media: Vec::new(),
            max_text: 1_000,
            max_attachment_bytes: 0,
            html: false,
            typing: false,
            receipts: "sent".to_owned(),
            window: None,
        }
    }

    fn send(message: Outbound) -> Result<channel::Sent, Failure> {
        saw("channel.send", &message);
        Ok(channel::Sent {
            provider_id: message.idempotency_key,
            events: Vec::new(),
        })
    }

    fn connect() -> Result<String, Failure> {
        Ok("{}".to_owned())
    }

    fn disconnect() -> Result<(), Failure> {
        Ok(())
    }
}

export!(Witness);
