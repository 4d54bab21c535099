//! Orders of a WooCommerce shop: beside the conversation, and for those who act on them.
//!
//! - The shop's webhooks are not sent again when they fail, and are switched off after a few failures: what changed is asked for
//!   as well, every few minutes.
//! - Orders are searched in the shop; what it told of is kept for when it does not answer.
//! - A refund is made once: its key is remembered, and what nobody knows is `uncertain`.

mod card;
mod find;
mod kept;
mod shop;
mod time;

use plugboard_plugin_sdk::{
    ContactView, ConversationView, Failure, clock,
    commerce::{Commerce, Order},
    encoding, export, info,
    lifecycle::{Info, Lifecycle},
    panel::{Card, Panel},
    polling::{Batch, Poller},
    secrets::{self, Hash},
    settings,
    steps::Steps,
    web::{Ingress, Reply, Webhook},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{find::Found, shop::ShopOrder};

/// How often the shop is asked when it sends webhooks, and when it does not.
const LOOK_MS: (u32, u32) = (900_000, 180_000);

/// How far back the first look goes.
const FIRST_MS: u64 = 30 * 86_400_000;

/// Orders of one page.
const PAGE: usize = 50;

/// Orders on the card.
const CARD_MAX: usize = 5;

/// What the administrator typed in.
#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    pub(crate) shop_url: String,
    pub(crate) consumer_key: String,
    #[serde(default = "yes")]
    pub(crate) pay_back: bool,
}

fn yes() -> bool {
    true
}

struct WooCommerce;

impl Lifecycle for WooCommerce {
    fn describe() -> Info {
        info!()
    }

    fn health() -> Result<Value, Failure> {
        let settings: Settings = settings()?;
        shop::orders(&settings, &[("per_page", "1")])?;
        Ok(json!({"ok": true}))
    }
}

impl Ingress for WooCommerce {
    fn on_webhook(webhook: Webhook) -> Result<Reply, Failure> {
        let signature = webhook
            .header("x-wc-webhook-signature")
            .and_then(encoding::from_base64);
        let signed = signature.is_some_and(|signature| {
            secrets::verify_hmac(Hash::Sha256, "webhook_secret", &webhook.body, &signature)
        });
        if !signed {
            // A new webhook is tried out without signature, and tells nothing.
            let ping = webhook.body.starts_with(b"webhook_id=") && webhook.body.len() < 64;
            return Ok(Reply::new(if ping { 200 } else { 401 }));
        }
        let topic = webhook.header("x-wc-webhook-topic").unwrap_or_default();
        if topic.starts_with("order.")
            && let Ok(order) = webhook.json::<ShopOrder>()
        {
            kept::keep(order)?;
        }
        Ok(Reply::new(200))
    }
}

/// How far the shop was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    after_ms: u64,
    page: usize,
}

impl Cursor {
    /// Where to go on after a page. Several orders may have changed in the same second, which the shop cannot be asked beyond
    /// before they are all read: it is asked from the second before.
    fn next(&self, changed_ms: &[u64], full: bool) -> Self {
        let last = changed_ms
            .iter()
            .max()
            .copied()
            .unwrap_or(self.after_ms + 1_000);
        let after_ms = last.saturating_sub(1_000).max(self.after_ms);
        let page = if full && after_ms == self.after_ms {
            self.page + 1
        } else {
            1
        };
        Self { after_ms, page }
    }
}

impl Poller for WooCommerce {
    fn poll(cursor: Option<Vec<u8>>) -> Result<Batch, Failure> {
        let settings: Settings = settings()?;
        let cursor = cursor
            .and_then(|cursor| serde_json::from_slice(&cursor).ok())
            .unwrap_or_else(|| Cursor {
                after_ms: clock::now().saturating_sub(FIRST_MS),
                page: 1,
            });
        let orders = shop::orders(
            &settings,
            &[
                ("modified_after", &time::write(cursor.after_ms)),
                ("dates_are_gmt", "true"),
                ("orderby", "modified"),
                ("order", "asc"),
                ("per_page", &PAGE.to_string()),
                ("page", &cursor.page.to_string()),
            ],
        )?;
        let full = orders.len() == PAGE;
        let changed: Vec<u64> = orders
            .iter()
            .filter_map(|order| time::read_ms(order.date_modified_gmt.as_deref()?))
            .collect();
        for order in orders {
            kept::keep(order)?;
        }
        Ok(Batch {
            events: Vec::new(),
            cursor: serde_json::to_vec(&cursor.next(&changed, full))?,
            more: full,
            next_in_ms: if secrets::exists("webhook_secret") {
                LOOK_MS.0
            } else {
                LOOK_MS.1
            },
        })
    }
}

impl Commerce for WooCommerce {
    fn find_orders(
        who: ContactView,
        query: Option<String>,
        limit: u8,
    ) -> Result<Vec<Order>, Failure> {
        let settings: Settings = settings()?;
        let limit = usize::from(limit.max(1));
        let orders = match query.filter(|query| !query.trim().is_empty()) {
            Some(query) => find::by_words(&settings, &query, limit)?,
            None => find::of_contact(&settings, &who, limit)?
                .into_iter()
                .map(|found| found.order)
                .collect(),
        };
        Ok(orders.iter().map(|order| order.order(&settings)).collect())
    }

    fn get_order(id: &str) -> Result<Option<Order>, Failure> {
        let settings: Settings = settings()?;
        let Ok(id) = id.parse() else {
            return Ok(None);
        };
        Ok(shop::order(&settings, id)?.map(|order| order.order(&settings)))
    }

    fn act(
        order_id: &str,
        action: &str,
        arguments: Value,
        idempotency_key: &str,
    ) -> Result<Value, Failure> {
        let settings: Settings = settings()?;
        let id: u64 = order_id
            .parse()
            .map_err(|_| Failure::new("not-found", "the shop knows no such order"))?;
        let mut steps = Steps::under(idempotency_key)?;
        let done = steps.step(|| match action {
            "note" => note(&settings, id, &arguments),
            "refund" => refund(&settings, id, &arguments),
            "cancel" => cancel(&settings, id),
            _ => Err(Failure::invalid("the shop knows no such action")),
        })?;
        Ok(serde_json::from_str(&done)?)
    }
}

/// `{"text": "…", "customer": false}`
fn note(settings: &Settings, id: u64, arguments: &Value) -> Result<String, Failure> {
    let text = arguments["text"]
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Failure::invalid("a note needs a text"))?;
    let customer = arguments["customer"].as_bool().unwrap_or(false);
    let body = json!({"note": text, "customer_note": customer});
    let answer = shop::write(settings, "POST", &format!("orders/{id}/notes"), &body)?;
    Ok(json!({"note": answer["id"]}).to_string())
}

/// `{"amount": "12.50", "reason": "…"}`; without an amount everything that is left.
fn refund(settings: &Settings, id: u64, arguments: &Value) -> Result<String, Failure> {
    let order = shop::order(settings, id)?
        .ok_or_else(|| Failure::new("not-found", "the shop knows no such order"))?;
    let amount = refundable(&order, arguments)?;
    let body = json!({
        "amount": shop::amount(amount, &order.currency), "reason": arguments["reason"].as_str().unwrap_or_default(),
        "api_refund": settings.pay_back
    });
    let answer = shop::write(settings, "POST", &format!("orders/{id}/refunds"), &body)?;
    Ok(json!({"refund": answer["id"], "minor": amount, "currency": order.currency}).to_string())
}

/// How much to refund, in the smallest unit.
fn refundable(order: &ShopOrder, arguments: &Value) -> Result<i64, Failure> {
    let left = order.left_minor();
    let asked = match &arguments["amount"] {
        Value::Null => Some(left),
        Value::String(amount) => shop::minor(amount, &order.currency),
        _ => None,
    };
    match asked {
        Some(asked) if asked > 0 && asked <= left => Ok(asked),
        Some(_) => Err(Failure::invalid(
            "more than is left of the order, or nothing",
        )),
        None => Err(Failure::invalid("the amount must be a text such as 12.50")),
    }
}

fn cancel(settings: &Settings, id: u64) -> Result<String, Failure> {
    let order = shop::order(settings, id)?
        .ok_or_else(|| Failure::new("not-found", "the shop knows no such order"))?;
    if !order
        .order(settings)
        .actions
        .iter()
        .any(|action| action == "cancel")
    {
        return Err(Failure::new(
            "conflict",
            "the order cannot be cancelled any more",
        ));
    }
    shop::write(
        settings,
        "PUT",
        &format!("orders/{id}"),
        &json!({"status": "cancelled"}),
    )?;
    Ok(json!({"status": "cancelled"}).to_string())
}

impl Panel for WooCommerce {
    fn render(conversation: ConversationView, locale: &str) -> Result<Card, Failure> {
        let settings: Settings = settings()?;
        let mut found = find::of_contact(&settings, &conversation.contact, CARD_MAX)?;
        for number in find::numbers(&conversation.last_text) {
            if found.iter().any(|known| known.order.id == number) {
                continue;
            }
            // A number in a text proves nothing: whoever wrote it may have found it.
            if let Some(order) = shop::order(&settings, number)? {
                found.insert(
                    0,
                    Found {
                        order,
                        verified: false,
                    },
                );
            }
        }
        found.truncate(CARD_MAX);
        Ok(card::card(&settings, &found, locale))
    }

    fn on_action(
        conversation: ConversationView,
        locale: &str,
        action_id: &str,
        _arguments: Value,
    ) -> Result<Card, Failure> {
        match action_id {
            "refresh" => Self::render(conversation, locale),
            _ => Err(Failure::invalid("the card has no such button")),
        }
    }
}

export!(WooCommerce: commerce_source, side_panel);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cursor, refundable, shop::ShopOrder};

    fn order() -> ShopOrder {
        let path = format!("{}/tests/order.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn no_more_is_refunded_than_is_left() {
        let of = |arguments| refundable(&order(), &arguments);
        assert_eq!(of(json!({})), Ok(2_790));
        assert_eq!(of(json!({"amount": "10"})), Ok(1_000));
        assert_eq!(of(json!({"amount": "27.90"})), Ok(2_790));
        for wrong in ["27.91", "0", "-1", "ten", "1,5"] {
            assert!(of(json!({"amount": wrong})).is_err(), "{wrong}");
        }
        assert!(
            of(json!({"amount": 10})).is_err(),
            "a number may have lost its cents"
        );
    }

    #[test]
    fn a_second_is_read_to_its_end_before_the_next() {
        let start = Cursor {
            after_ms: 10_000,
            page: 1,
        };
        let next = start.next(&[12_000, 15_000], true);
        assert_eq!((next.after_ms, next.page), (14_000, 1));
        let stuck = start.next(&[11_000, 11_000], true);
        assert_eq!((stuck.after_ms, stuck.page), (10_000, 2));
        let idle = start.next(&[], false);
        assert_eq!((idle.after_ms, idle.page), (10_000, 1));
    }
}
