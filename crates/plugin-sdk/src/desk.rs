//! Traits of what helps agents at their desk.

/// Suggested replies.
#[cfg(any(feature = "assistant", not(target_arch = "wasm32")))]
pub mod assistant {
    pub use crate::bindings::assistant::exports::plugboard::plugin::assistant::{
        Guest, Suggestion, Turn,
    };
    use crate::{ConversationView, Failure};

    /// Suggests what an agent might answer.
    pub trait Assistant {
        /// At most `max` suggestions, best first.
        fn suggest(
            conversation: ConversationView,
            turns: Vec<Turn>,
            max: u8,
        ) -> Result<Vec<Suggestion>, Failure>;
    }

    impl<T: Assistant> Guest for T {
        fn suggest(
            conversation: ConversationView,
            turns: Vec<Turn>,
            max: u8,
        ) -> Result<Vec<Suggestion>, Failure> {
            T::suggest(conversation, turns, max)
        }
    }
}

/// Orders from a shop system.
#[cfg(any(feature = "commerce", not(target_arch = "wasm32")))]
pub mod commerce {
    pub use crate::bindings::commerce::exports::plugboard::plugin::commerce::{
        Guest, Money, Order, OrderLine,
    };
    use crate::{ContactView, Failure};

    /// Finds orders and acts on them.
    pub trait Commerce {
        /// Orders of the contact, newest first, at most `limit`; `query` narrows by number or words.
        fn find_orders(
            who: ContactView,
            query: Option<String>,
            limit: u8,
        ) -> Result<Vec<Order>, Failure>;

        /// One order.
        fn get_order(id: &str) -> Result<Option<Order>, Failure>;

        /// `note`, `refund` or `cancel`: each needs its own grant. The same `idempotency_key` acts once.
        fn act(
            order_id: &str,
            action: &str,
            arguments: serde_json::Value,
            idempotency_key: &str,
        ) -> Result<serde_json::Value, Failure>;
    }

    impl<T: Commerce> Guest for T {
        fn find_orders(
            who: ContactView,
            query: Option<String>,
            limit: u8,
        ) -> Result<Vec<Order>, Failure> {
            T::find_orders(who, query, limit)
        }

        fn get_order(id: String) -> Result<Option<Order>, Failure> {
            T::get_order(&id)
        }

        fn act(
            order_id: String,
            action: String,
            args: String,
            idempotency_key: String,
        ) -> Result<String, Failure> {
            let arguments = arguments(&args)?;
            T::act(&order_id, &action, arguments, &idempotency_key).map(|shown| shown.to_string())
        }
    }

    fn arguments(text: &str) -> Result<serde_json::Value, Failure> {
        if text.is_empty() {
            return Ok(serde_json::json!({}));
        }
        serde_json::from_str(text).map_err(|_| Failure::invalid("the arguments are not JSON"))
    }
}

/// What happens at the desk.
#[cfg(any(feature = "hooks", not(target_arch = "wasm32")))]
pub mod hooks {
    use crate::Failure;
    pub use crate::bindings::hooks::exports::plugboard::plugin::hooks::{Event, Guest};

    /// Hears of events.
    pub trait Hook {
        /// At least once, in order for each conversation.
        fn on_event(event: Event) -> Result<(), Failure>;
    }

    impl<T: Hook> Guest for T {
        fn on_event(event: Event) -> Result<(), Failure> {
            T::on_event(event)
        }
    }
}

/// Cards beside a conversation.
#[cfg(any(feature = "panel", not(target_arch = "wasm32")))]
pub mod panel {
    pub use crate::bindings::panel::exports::plugboard::plugin::panel::{
        Action, Block, Card, Guest, Tone,
    };
    use crate::{ConversationView, Failure};

    /// Draws a card in blocks; the app renders them in its own style.
    pub trait Panel {
        /// The card for a conversation. `locale` is that of the agent: `en`, `zh-CN` ...
        fn render(conversation: ConversationView, locale: &str) -> Result<Card, Failure>;

        /// An agent pressed a button; answers the card as it is now. The default knows no buttons.
        fn on_action(
            _conversation: ConversationView,
            _locale: &str,
            action_id: &str,
            _arguments: serde_json::Value,
        ) -> Result<Card, Failure> {
            Err(Failure::invalid(format!(
                "there is no button {action_id:?}"
            )))
        }
    }

    impl<T: Panel> Guest for T {
        fn render(conversation: ConversationView, locale: String) -> Result<Card, Failure> {
            T::render(conversation, &locale)
        }

        fn on_action(
            conversation: ConversationView,
            locale: String,
            action_id: String,
            args: String,
        ) -> Result<Card, Failure> {
            let arguments = if args.is_empty() {
                serde_json::json!({})
            } else {
                serde_json::from_str(&args)
                    .map_err(|_| Failure::invalid("the arguments are not JSON"))?
            };
            T::on_action(conversation, &locale, &action_id, arguments)
        }
    }

    impl Card {
        /// A card that is drawn again only when the conversation changes.
        pub fn new(title: impl Into<String>, blocks: Vec<Block>) -> Self {
            Self {
                title: title.into(),
                blocks,
                refresh_after_ms: None,
            }
        }
    }

    impl Action {
        /// A button without arguments or question.
        pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
            Self {
                id: id.into(),
                label: label.into(),
                confirm: None,
                args: "{}".to_owned(),
            }
        }
    }
}
