//! Orders: what they look like, how they are found, and who hears of a change.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{HOOK_SECRET, WooCommerce};
use crate::{
    Answer, Asked, Push,
    calendar::{instant_ms, iso},
    crypto::hmac_sha256,
};

impl WooCommerce {
    pub(super) fn list_orders(&self, asked: &Asked) -> Answer {
        let given = |name: &str| asked.query_value(name).filter(|value| !value.is_empty());
        let search = given("search").map(|search| search.to_lowercase());
        let customer = given("customer").and_then(|id| id.parse::<u64>().ok());
        let after = given("modified_after").map(|at| instant_ms(&at));
        let include: Option<Vec<u64>> =
            given("include").map(|ids| ids.split(',').filter_map(|id| id.parse().ok()).collect());
        let mut found: Vec<&Value> = self
            .orders
            .iter()
            .filter(|one| {
                let id = one["id"].as_u64().unwrap_or(0);
                search.as_ref().is_none_or(|search| {
                    [
                        &one["number"],
                        &one["billing"]["email"],
                        &one["billing"]["phone"],
                        &one["billing"]["first_name"],
                        &one["billing"]["last_name"],
                    ]
                    .iter()
                    .any(|field| {
                        field
                            .as_str()
                            .is_some_and(|text| text.to_lowercase().contains(search))
                    })
                }) && customer.is_none_or(|customer| one["customer_id"] == customer)
                    && after.is_none_or(|after| {
                        self.changed
                            .get(&id)
                            .is_some_and(|at| at / 1000 * 1000 > after)
                    })
                    && include.as_ref().is_none_or(|include| include.contains(&id))
            })
            .collect();
        if given("orderby").as_deref() == Some("modified") {
            found.sort_by_key(|one| self.changed.get(&one["id"].as_u64().unwrap_or(0)).copied());
            if given("order").as_deref() != Some("asc") {
                found.reverse();
            }
        } else {
            found.reverse();
        }
        paged(&found, asked)
    }

    pub(super) fn order_mut(&mut self, id: u64) -> Option<&mut Value> {
        self.orders.iter_mut().find(|one| one["id"] == id)
    }

    pub(super) fn change(&mut self, now_ms: i64, id: u64, topic: &str) {
        self.changed.insert(id, now_ms);
        let at = iso(now_ms);
        if let Some(order) = self.order_mut(id) {
            order["date_modified_gmt"] = json!(at);
        }
        let Some(order) = self.orders.iter().find(|one| one["id"] == id).cloned() else {
            return;
        };
        if self.hooks.is_empty() && self.board.hook.is_none() {
            return;
        }
        let push_id = self.board.serial();
        if self.board.fate().forged {
            self.board
                .enqueue(signed(push_id, topic, &order, "not-the-secret", true));
        }
        self.board
            .enqueue(signed(push_id, topic, &order, HOOK_SECRET, false));
    }
}

/// An order of one travel mug.
pub(super) fn order(
    id: u64,
    customer: u64,
    email: &str,
    phone: &str,
    status: &str,
    total: &str,
    currency: &str,
) -> Value {
    json!({
        "id": id, "number": id.to_string(), "status": status, "currency": currency, "total": total,
        "customer_id": customer, "date_created_gmt": "2026-11-20T08:00:00", "date_modified_gmt": "2026-11-20T08:00:00",
        "billing": {"first_name": "A", "last_name": "Customer", "email": email, "phone": phone},
        "shipping": {"first_name": "A", "last_name": "Customer", "address_1": "1 Road", "city": "Shanghai"},
        "payment_method_title": "Alipay", "refunds": [], "meta_data": [],
        "line_items": [{"id": 1, "name": "Travel mug", "sku": "MUG-01", "quantity": 1, "price": 29.0, "total": total}],
        "shipping_lines": [{"method_title": "SF Express"}]
    })
}

/// A webhook that tells of an order.
pub(super) fn signed(id: u64, topic: &str, order: &Value, secret: &str, forged: bool) -> Push {
    let body = order.to_string();
    let signature = STANDARD.encode(hmac_sha256(secret.as_bytes(), body.as_bytes()));
    let (resource, event) = topic.split_once('.').unwrap_or((topic, ""));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Push {
        id,
        method: "POST".to_owned(),
        headers: vec![
            header("content-type", "application/json"),
            header("x-wc-webhook-signature", &signature),
            header("x-wc-webhook-topic", topic),
            header("x-wc-webhook-resource", resource),
            header("x-wc-webhook-event", event),
            header("x-wc-webhook-delivery-id", &format!("delivery{id}")),
            header("x-wc-webhook-source", "http://shop.example/"),
        ],
        body: body.into_bytes(),
        forged,
        ..Push::default()
    }
}

/// A page of what was found, with how much there is.
pub(super) fn paged(found: &[&Value], asked: &Asked) -> Answer {
    let number = |name: &str| {
        asked
            .query_value(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
    let size = number("per_page").unwrap_or(10).clamp(1, 100);
    let page = number("page").unwrap_or(1).max(1);
    let part: Vec<&&Value> = found.iter().skip((page - 1) * size).take(size).collect();
    let mut answer = Answer::json(200, &json!(part));
    answer
        .headers
        .push(("x-wp-total".to_owned(), found.len().to_string()));
    answer.headers.push((
        "x-wp-totalpages".to_owned(),
        found.len().div_ceil(size).to_string(),
    ));
    answer
}
