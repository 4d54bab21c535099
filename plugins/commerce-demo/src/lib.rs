//! Orders of the two demo shops, for people who try the desk out. Every customer has some, always the same ones: they are
//! computed from the customer's address, or from an order number that somebody mentions. What agents do to them is kept.
//! All of it is invented.

mod card;
mod goods;
mod order;
mod state;

use plugboard_plugin_sdk::{
    ContactView, ConversationView, Failure,
    commerce::{Commerce, Order},
    info,
    json::{Value, json},
    lifecycle::{Info, Lifecycle},
    panel::{Card, Panel},
    polling::Poller,
    web::Ingress,
};

pub use card::draw;
pub use order::{Demo, Status, mentioned, of_contact};

struct Shops;

impl Lifecycle for Shops {
    fn describe() -> Info {
        info!()
    }
}

/// Nobody tells these shops anything.
impl Ingress for Shops {}

/// Nothing ever changes by itself.
impl Poller for Shops {}

impl Commerce for Shops {
    fn find_orders(
        who: ContactView,
        query: Option<String>,
        limit: u8,
    ) -> Result<Vec<Order>, Failure> {
        let now = plugboard_plugin_sdk::clock::now();
        let query = query.unwrap_or_default();
        let mut found = mentioned(&query, now);
        if found.is_empty() {
            found = of_contact(&who, now);
            found.retain(|order| order.fits(&query));
        }
        found.truncate(usize::from(limit));
        let zh = who
            .language
            .as_deref()
            .is_some_and(|it| it.starts_with("zh"));
        found
            .into_iter()
            .map(|order| Ok(state::apply(order)?.to_wire(Some(zh))))
            .collect()
    }

    fn get_order(id: &str) -> Result<Option<Order>, Failure> {
        let Some(order) = Demo::of(id, plugboard_plugin_sdk::clock::now()) else {
            return Ok(None);
        };
        Ok(Some(state::apply(order)?.to_wire(None)))
    }

    fn act(
        order_id: &str,
        action: &str,
        arguments: Value,
        idempotency_key: &str,
    ) -> Result<Value, Failure> {
        let order = state::act(order_id, action, &arguments, idempotency_key)?;
        Ok(json!({ "number": order.number, "status": order.status.name() }))
    }
}

impl Panel for Shops {
    fn render(conversation: ConversationView, locale: &str) -> Result<Card, Failure> {
        card::render(&conversation, locale)
    }

    fn on_action(
        conversation: ConversationView,
        locale: &str,
        action_id: &str,
        arguments: Value,
    ) -> Result<Card, Failure> {
        card::press(&conversation, locale, action_id, &arguments)
    }
}

plugboard_plugin_sdk::export!(Shops: commerce_source, side_panel);
