//! Traits of channels, and of everything that is asked from outside.

/// Life of a plugin: every world but the policies has it.
#[cfg(any(feature = "lifecycle", not(target_arch = "wasm32")))]
pub mod lifecycle {
    use crate::Failure;
    pub use crate::bindings::lifecycle::exports::plugboard::plugin::lifecycle::{Guest, Info};

    /// What the host asks of a plugin as such. Only [`describe`](Self::describe) has no default.
    pub trait Lifecycle {
        /// Name and version: [`info!`](crate::info) takes them from `Cargo.toml`.
        fn describe() -> Info;

        /// Called once for each new instance; has 200 ms.
        fn start() -> Result<(), Failure> {
            Ok(())
        }

        /// Turns what an older version kept into this version's form; once, before traffic moves over.
        fn migrate(_from_version: &str) -> Result<(), Failure> {
            Ok(())
        }

        /// How the plugin is, as JSON for its page.
        fn health() -> Result<serde_json::Value, Failure> {
            Ok(serde_json::json!({ "ok": true }))
        }

        /// A timer of [`timers`](crate::timers) fired; `payload` is the JSON that was given.
        fn on_timer(_key: &str, _payload: &str) -> Result<(), Failure> {
            Ok(())
        }
    }

    impl<T: Lifecycle> Guest for T {
        fn describe() -> Info {
            T::describe()
        }

        fn start() -> Result<(), Failure> {
            T::start()
        }

        fn migrate(from_version: String) -> Result<(), Failure> {
            T::migrate(&from_version)
        }

        fn health() -> Result<String, Failure> {
            T::health().map(|health| health.to_string())
        }

        fn on_timer(key: String, payload: String) -> Result<(), Failure> {
            T::on_timer(&key, &payload)
        }
    }
}

/// Requests from outside to `/hooks/{inbox}`, as they came.
#[cfg(any(feature = "ingress", not(target_arch = "wasm32")))]
pub mod web {
    use serde::de::DeserializeOwned;

    pub use crate::bindings::ingress::exports::plugboard::plugin::ingress::{
        Guest, Reply, Webhook,
    };
    use crate::{ChannelEvent, Failure, encoding, http};

    /// Takes requests from outside.
    pub trait Ingress {
        /// The events of the reply are durable before the answer goes out. The default answers 404.
        fn on_webhook(_webhook: Webhook) -> Result<Reply, Failure> {
            Ok(Reply::new(404))
        }
    }

    impl<T: Ingress> Guest for T {
        fn on_webhook(webhook: Webhook) -> Result<Reply, Failure> {
            T::on_webhook(webhook)
        }
    }

    impl Webhook {
        /// The first header of this name; case does not count.
        pub fn header(&self, name: &str) -> Option<&str> {
            http::header(&self.headers, name)
        }

        /// The first value of this name in the query, decoded.
        pub fn query_value(&self, name: &str) -> Option<String> {
            let mut pairs = encoding::pairs(&self.query).into_iter();
            pairs.find(|(key, _)| key == name).map(|(_, value)| value)
        }

        /// The body as text; a failure when it is not UTF-8.
        pub fn text(&self) -> Result<&str, Failure> {
            std::str::from_utf8(&self.body).map_err(|_| Failure::invalid("the body is not UTF-8"))
        }

        /// The body as JSON.
        pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
            Ok(serde_json::from_slice(&self.body)?)
        }

        /// The body as the pairs of a form.
        pub fn form(&self) -> Result<Vec<(String, String)>, Failure> {
            Ok(encoding::pairs(self.text()?))
        }
    }

    impl Reply {
        /// An answer without body and events.
        pub fn new(status: u16) -> Self {
            Self {
                status,
                headers: Vec::new(),
                body: Vec::new(),
                events: Vec::new(),
                pull: false,
            }
        }

        /// 200 with what was in the request.
        pub fn events(events: Vec<ChannelEvent>) -> Self {
            let mut reply = Self::new(200);
            reply.events = events;
            reply
        }

        /// An answer of text.
        pub fn text(status: u16, text: impl Into<String>) -> Self {
            Self::new(status).body("text/plain; charset=utf-8", text.into())
        }

        /// The same with a body.
        #[must_use]
        pub fn body(mut self, mime: &str, bytes: impl Into<Vec<u8>>) -> Self {
            self.headers
                .push(("content-type".to_owned(), mime.to_owned()));
            self.body = bytes.into();
            self
        }

        /// The same, and there is more to fetch: the host calls `poll` soon.
        #[must_use]
        pub fn pull(mut self) -> Self {
            self.pull = true;
            self
        }
    }
}

/// Messages out.
#[cfg(any(feature = "channel", not(target_arch = "wasm32")))]
pub mod messaging {
    pub use crate::bindings::channel::exports::plugboard::plugin::channel::{
        Capabilities, Guest, ReplyWindow, Sent,
    };
    use crate::{Failure, Outbound};

    /// A transport of messages. What comes in arrives through
    /// [`Ingress`](crate::web::Ingress), [`Poller`](crate::polling::Poller) or [`Session`](crate::socket::Session).
    pub trait Channel {
        /// What the transport can carry.
        fn describe_channel() -> Capabilities;

        /// Sends a message. Pass `idempotency_key` on wherever the provider takes one: the host may ask again with the same
        /// one after a failure that says so.
        fn send(message: Outbound) -> Result<Sent, Failure>;

        /// Checks credentials and subscribes; the JSON is shown to the administrator.
        fn connect() -> Result<serde_json::Value, Failure> {
            Ok(serde_json::json!({}))
        }

        /// Undoes what `connect` did.
        fn disconnect() -> Result<(), Failure> {
            Ok(())
        }
    }

    impl<T: Channel> Guest for T {
        fn describe_channel() -> Capabilities {
            T::describe_channel()
        }

        fn send(message: Outbound) -> Result<Sent, Failure> {
            T::send(message)
        }

        fn connect() -> Result<String, Failure> {
            T::connect().map(|shown| shown.to_string())
        }

        fn disconnect() -> Result<(), Failure> {
            T::disconnect()
        }
    }

    impl Default for Capabilities {
        /// Text of up to 4,096 characters, no files; receipts say that a message was sent.
        fn default() -> Self {
            Self {
                media: Vec::new(),
                max_text: 4096,
                max_attachment_bytes: 0,
                html: false,
                typing: false,
                receipts: "sent".to_owned(),
                window: None,
            }
        }
    }

    impl Sent {
        /// The message was taken under this id.
        pub fn new(provider_id: impl Into<String>) -> Self {
            Self {
                provider_id: provider_id.into(),
                events: Vec::new(),
            }
        }
    }
}

/// Messages that are fetched.
#[cfg(any(feature = "poller", not(target_arch = "wasm32")))]
pub mod polling {
    use crate::Failure;
    pub use crate::bindings::poller::exports::plugboard::plugin::poller::{Batch, Guest};

    /// Fetches what happened. The default has nothing and asks again in an hour.
    pub trait Poller {
        /// The events after the cursor. The host keeps the new cursor once the events are durable; the same cursor may come
        /// again after a crash.
        fn poll(cursor: Option<Vec<u8>>) -> Result<Batch, Failure> {
            Ok(Batch {
                events: Vec::new(),
                cursor: cursor.unwrap_or_default(),
                more: false,
                next_in_ms: 3_600_000,
            })
        }
    }

    impl<T: Poller> Guest for T {
        fn poll(cursor: Option<Vec<u8>>) -> Result<Batch, Failure> {
            T::poll(cursor)
        }
    }
}

/// Messages over a socket that the host owns.
#[cfg(any(feature = "socket", not(target_arch = "wasm32")))]
pub mod socket {
    use crate::Failure;
    pub use crate::bindings::socket::exports::plugboard::plugin::socket_session::{
        Dial, Frame, Guest, Step,
    };

    /// A state machine over frames: the host owns the socket, TLS, reconnect with back-off, and ping. `state` is what the
    /// step before answered, at most 64 KiB; it outlives instances.
    pub trait Session {
        /// Where to connect to. `attempt` counts from 0 since the last frame that came.
        fn open(attempt: u32) -> Result<Dial, Failure>;

        /// The socket is open.
        fn on_open(state: Vec<u8>) -> Result<Step, Failure> {
            Ok(Step::keep(state))
        }

        /// A frame came. The events of the step are durable before its frames go out.
        fn on_frame(state: Vec<u8>, frame: Frame) -> Result<Step, Failure>;

        /// Time passed without a frame.
        fn on_tick(state: Vec<u8>) -> Result<Step, Failure> {
            Ok(Step::keep(state))
        }
    }

    impl<T: Session> Guest for T {
        fn open(attempt: u32) -> Result<Dial, Failure> {
            T::open(attempt)
        }

        fn on_open(state: Vec<u8>) -> Result<Step, Failure> {
            T::on_open(state)
        }

        fn on_frame(state: Vec<u8>, frame: Frame) -> Result<Step, Failure> {
            T::on_frame(state, frame)
        }

        fn on_tick(state: Vec<u8>) -> Result<Step, Failure> {
            T::on_tick(state)
        }
    }

    impl Step {
        /// Nothing to do.
        pub fn keep(state: Vec<u8>) -> Self {
            Self {
                send: Vec::new(),
                events: Vec::new(),
                state,
                close: None,
            }
        }
    }
}
