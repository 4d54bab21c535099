//! Orders of a shop with a small JSON API: `GET {shop_url}/orders?email=…`, `GET {shop_url}/orders/ID`, and
//! `POST {shop_url}/orders/ID/notes`. An order is
//! `{"id": "7", "number": "2026-7", "status": "paid", "currency": "EUR", "total": 3290, "placed_at": 1767225600000}`.

use plugboard_plugin_sdk::{
    ContactView, Failure,
    commerce::{Commerce, Money, Order},
    encoding, export, http, info,
    json::{Value, json},
    lifecycle::{Info, Lifecycle},
    polling::Poller,
    settings,
    web::Ingress,
};
use serde::Deserialize;

/// Name of the secret.
const TOKEN: &str = "shop_token";

/// What the administrator typed in.
#[derive(Deserialize)]
struct Settings {
    shop_url: String,
}

/// An order as the shop tells it.
#[derive(Deserialize)]
struct Told {
    id: String,
    number: String,
    status: String,
    currency: String,
    /// In the smallest unit.
    total: i64,
    placed_at: u64,
}

impl Told {
    fn order(self) -> Order {
        Order {
            id: self.id,
            number: self.number,
            status: self.status,
            total: Money {
                currency: self.currency,
                minor: self.total,
            },
            placed_at: self.placed_at,
            lines: Vec::new(),
            url: None,
            tracking: Vec::new(),
            actions: vec!["note".to_owned()],
        }
    }
}

fn address(path: &str) -> Result<String, Failure> {
    let settings: Settings = settings()?;
    Ok(format!("{}/orders{path}", settings.shop_url))
}

struct Plugin;

impl Lifecycle for Plugin {
    fn describe() -> Info {
        info!()
    }
}

// This shop does not tell of changes: the defaults answer for it.
impl Ingress for Plugin {}
impl Poller for Plugin {}

impl Commerce for Plugin {
    fn find_orders(
        who: ContactView,
        query: Option<String>,
        limit: u8,
    ) -> Result<Vec<Order>, Failure> {
        if let Some(number) = query {
            let found = Self::get_order(&number)?;
            return Ok(found.into_iter().collect());
        }
        let Some(email) = who.identity("email") else {
            return Ok(Vec::new());
        };
        let told: Vec<Told> = http::get(address("")?)
            .query(&[("email", email.value.as_str())])
            .bearer(TOKEN)
            .send()?
            .success()?
            .json()?;
        Ok(told.into_iter().take(limit.into()).map(Told::order).collect())
    }

    fn get_order(id: &str) -> Result<Option<Order>, Failure> {
        let path = format!("/{}", encoding::percent(id));
        let answer = http::get(address(&path)?).bearer(TOKEN).send()?;
        if answer.status == 404 {
            return Ok(None);
        }
        let told: Told = answer.success()?.json()?;
        Ok(Some(told.order()))
    }

    fn act(
        order_id: &str,
        action: &str,
        arguments: Value,
        idempotency_key: &str,
    ) -> Result<Value, Failure> {
        if action != "note" {
            return Err(Failure::invalid(format!("the shop knows no {action}")));
        }
        let path = format!("/{}/notes", encoding::percent(order_id));
        http::post(address(&path)?)
            .bearer(TOKEN)
            .header("idempotency-key", idempotency_key)
            .json(&json!({ "text": arguments["text"] }))
            .send()?
            .success()?;
        Ok(json!({ "noted": true }))
    }
}

export!(Plugin: commerce_source);
