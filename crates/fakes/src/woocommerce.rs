//! The REST API of a WooCommerce shop, version 3, and its webhooks, which are not sent again when they fail.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    Answer, Asked, Board, Provider, Push, Said,
    calendar::{instant_ms, iso},
    crypto::hmac_sha256,
};

/// The key of the REST API.
pub const KEY: &str = "ck_fake";

/// Its secret.
pub const SECRET: &str = "cs_fake";

/// What webhooks are signed with.
pub const HOOK_SECRET: &str = "fake-woo-hook-secret";

/// A shop.
#[derive(Debug)]
pub struct WooCommerce {
    board: Board,
    orders: Vec<Value>,
    customers: Vec<Value>,
    /// Notes and refunds, with the order that they belong to.
    done: Vec<(u64, Value)>,
    hooks: Vec<Value>,
    /// Milliseconds of the last change, by order.
    changed: std::collections::BTreeMap<u64, i64>,
}

impl Default for WooCommerce {
    fn default() -> Self {
        let customers = vec![
            json!({"id": 7, "email": "zhang.wei@example.com", "first_name": "Wei", "last_name": "Zhang", "username": "zhangwei"}),
            json!({"id": 8, "email": "anna@example.com", "first_name": "Anna", "last_name": "Schmidt", "username": "anna"}),
        ];
        let orders = vec![
            order(
                1001,
                7,
                "zhang.wei@example.com",
                "+8613800138000",
                "processing",
                "299.00",
                "CNY",
            ),
            order(
                1002,
                7,
                "zhang.wei@example.com",
                "+8613800138000",
                "completed",
                "58.50",
                "CNY",
            ),
            order(
                1003,
                8,
                "anna@example.com",
                "+4915112345678",
                "on-hold",
                "19.99",
                "EUR",
            ),
        ];
        Self {
            board: Board::default(),
            changed: orders
                .iter()
                .filter_map(|one| Some((one["id"].as_u64()?, 0)))
                .collect(),
            orders,
            customers,
            done: Vec::new(),
            hooks: Vec::new(),
        }
    }
}

impl WooCommerce {
    /// What was noted and refunded.
    pub fn done(&self) -> &[(u64, Value)] {
        &self.done
    }

    fn list_orders(&self, asked: &Asked) -> Answer {
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

    fn order_mut(&mut self, id: u64) -> Option<&mut Value> {
        self.orders.iter_mut().find(|one| one["id"] == id)
    }

    fn change(&mut self, now_ms: i64, id: u64, topic: &str) {
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

    /// Notes and refunds of an order.
    fn belongings(
        &mut self,
        now_ms: i64,
        method: &str,
        id: u64,
        what: &str,
        body: &Value,
    ) -> Answer {
        match (method, what) {
            ("GET", "notes") => {
                let notes: Vec<Value> = self
                    .done
                    .iter()
                    .filter(|(order, what)| *order == id && !what["note"].is_null())
                    .map(|(_, what)| json!({"id": 1, "note": what["note"], "customer_note": what["customer_note"]}))
                    .collect();
                Answer::json(200, &json!(notes))
            }
            ("POST", "notes") => {
                if self.order_mut(id).is_none() {
                    return missing();
                }
                let customer_note = body["customer_note"] == true;
                self.done.push((
                    id,
                    json!({"note": body["note"], "customer_note": customer_note}),
                ));
                let note_id = self.board.serial();
                Answer::json(
                    201,
                    &json!({"id": note_id, "note": body["note"], "customer_note": customer_note}),
                )
            }
            ("GET", "refunds") => {
                let refunds = self
                    .order_mut(id)
                    .map_or(json!([]), |one| one["refunds"].clone());
                Answer::json(200, &refunds)
            }
            ("POST", "refunds") => self.refund(now_ms, id, body),
            _ => error(
                404,
                "rest_no_route",
                "No route was found matching the URL and request method.",
            ),
        }
    }

    /// A new webhook; the shop pings it at once.
    fn subscribe(&mut self, body: &Value) -> Answer {
        if body["secret"] != HOOK_SECRET && !body["secret"].is_null() {
            return error(
                400,
                "woocommerce_rest_invalid_secret",
                "another secret than the tests know",
            );
        }
        let hook_id = self.board.serial();
        let mut hook = body.clone();
        hook["id"] = json!(hook_id);
        hook["status"] = json!("active");
        self.board.hook = hook["delivery_url"].as_str().map(str::to_owned);
        self.hooks.push(hook.clone());
        self.board.enqueue(Push {
            id: hook_id,
            method: "POST".to_owned(),
            headers: vec![(
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            )],
            body: format!("webhook_id={hook_id}").into_bytes(),
            ..Push::default()
        });
        Answer::json(201, &hook)
    }

    fn refund(&mut self, now_ms: i64, id: u64, body: &Value) -> Answer {
        let Some(order) = self.order_mut(id) else {
            return missing();
        };
        let amount: f64 = body["amount"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0);
        let total: f64 = order["total"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0);
        let before: f64 = order["refunds"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["total"].as_str()?.parse::<f64>().ok())
            .sum();
        if amount <= 0.0 || amount - before.abs() > total || amount > total + before + 0.001 {
            return error(
                400,
                "woocommerce_rest_invalid_order_refund",
                "Invalid refund amount.",
            );
        }
        if let Some(refunds) = order["refunds"].as_array_mut() {
            refunds.push(json!({"id": 5000 + refunds.len(), "reason": body["reason"], "total": format!("-{amount:.2}")}));
        }
        if (total + before - amount).abs() < 0.005 {
            order["status"] = json!("refunded");
        }
        self.done.push((
            id,
            json!({"refund": format!("{amount:.2}"), "reason": body["reason"]}),
        ));
        self.change(now_ms, id, "order.updated");
        let refund_id = self.board.serial();
        Answer::json(
            201,
            &json!({"id": 5000 + refund_id, "amount": format!("{amount:.2}"), "reason": body["reason"]}),
        )
    }
}

impl Provider for WooCommerce {
    fn board(&mut self) -> &mut Board {
        &mut self.board
    }

    fn call(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        let expected = format!("Basic {}", STANDARD.encode(format!("{KEY}:{SECRET}")));
        if asked.header("authorization") != Some(expected.as_str()) {
            return error(
                401,
                "woocommerce_rest_cannot_view",
                "Sorry, you cannot list resources.",
            );
        }
        let Some(path) = asked.path.strip_prefix("/wp-json/wc/v3/") else {
            return error(
                404,
                "rest_no_route",
                "No route was found matching the URL and request method.",
            );
        };
        let path: Vec<String> = path
            .trim_end_matches('/')
            .split('/')
            .map(str::to_owned)
            .collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let id = path
            .get(1)
            .and_then(|id| id.parse::<u64>().ok())
            .unwrap_or(0);
        let body = asked.body_json();
        match (asked.method.as_str(), path.as_slice()) {
            ("GET", ["orders"]) => self.list_orders(asked),
            ("GET", ["orders", _]) => self
                .order_mut(id)
                .map_or_else(missing, |one| Answer::json(200, one)),
            ("PUT" | "POST", ["orders", _]) => {
                let Some(order) = self.order_mut(id) else {
                    return missing();
                };
                if let Some(status) = body["status"].as_str() {
                    order["status"] = json!(status);
                }
                if let Some(data) = body["meta_data"].as_array() {
                    order["meta_data"] = json!(data);
                }
                self.change(now_ms, id, "order.updated");
                self.order_mut(id)
                    .map_or_else(missing, |one| Answer::json(200, one))
            }
            (_, ["orders", _, what]) => self.belongings(now_ms, &asked.method, id, what, &body),
            ("GET", ["customers"]) => {
                let email = asked.query_value("email").map(|email| email.to_lowercase());
                let found: Vec<&Value> = self
                    .customers
                    .iter()
                    .filter(|one| {
                        email
                            .as_ref()
                            .is_none_or(|email| one["email"] == email.as_str())
                    })
                    .collect();
                paged(&found, asked)
            }
            ("GET", ["webhooks"]) => Answer::json(200, &json!(self.hooks)),
            ("POST", ["webhooks"]) => self.subscribe(&body),
            ("GET", ["system_status"]) => Answer::json(
                200,
                &json!({"environment": {"version": "9.8.1"}, "settings": {"currency": "CNY"}}),
            ),
            _ => error(
                404,
                "rest_no_route",
                "No route was found matching the URL and request method.",
            ),
        }
    }

    fn too_many(&self) -> Answer {
        let mut answer = error(429, "too_many_requests", "Too many requests.");
        answer.headers.push((
            "retry-after".to_owned(),
            crate::RETRY_AFTER_SECS.to_string(),
        ));
        answer
    }

    /// A customer orders something: the text is the total, such as `42.00`.
    fn say(&mut self, now_ms: i64, said: &Said) -> String {
        let person = self.board.wrote(said, now_ms);
        let id = 1000 + u64::try_from(self.orders.len()).unwrap_or(0) + 1;
        let total: f64 = said.text.parse().unwrap_or(10.0);
        self.orders.push(order(
            id,
            7,
            &person.id,
            "",
            "processing",
            &format!("{total:.2}"),
            "CNY",
        ));
        self.change(now_ms, id, "order.created");
        id.to_string()
    }

    /// `{"order": 1001, "status": "completed"}`
    fn act(&mut self, now_ms: i64, act: &Value) -> Value {
        let id = act["order"].as_u64().unwrap_or(0);
        if let Some(order) = self.order_mut(id) {
            order["status"] = act["status"].clone();
            self.change(now_ms, id, "order.updated");
        }
        self.order_mut(id).cloned().unwrap_or(Value::Null)
    }

    fn setup(&self, base_url: &str) -> Value {
        json!({
            "plugin": "commerce-woocommerce",
            "settings": {"shop_url": base_url, "consumer_key": KEY},
            "secrets": {"consumer_secret": SECRET, "webhook_secret": HOOK_SECRET}
        })
    }
}

fn order(
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

fn signed(id: u64, topic: &str, order: &Value, secret: &str, forged: bool) -> Push {
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

fn paged(found: &[&Value], asked: &Asked) -> Answer {
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

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({"code": code, "message": message, "data": {"status": status}}),
    )
}

fn missing() -> Answer {
    error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde_json::{Value, json};

    use super::{KEY, SECRET, WooCommerce};
    use crate::{Asked, Provider, calendar::iso};

    fn ask(
        fake: &mut WooCommerce,
        now: i64,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let basic = format!("Basic {}", STANDARD.encode(format!("{KEY}:{SECRET}")));
        let asked = Asked::json(method, &format!("/wp-json/wc/v3/{path}"), body)
            .with_header("authorization", &basic);
        let answer = fake.call(now, &asked);
        (answer.status, answer.body_json())
    }

    #[test]
    fn what_changed_later_is_found() {
        let mut fake = WooCommerce::default();
        fake.act(
            1_790_000_000_000,
            &json!({"order": 1002, "status": "refunded"}),
        );
        let path = format!(
            "orders?modified_after={}&orderby=modified&order=asc",
            iso(1_789_999_000_000)
        );
        let (_, found) = ask(&mut fake, 0, "GET", &path, &Value::Null);
        assert_eq!(found.as_array().unwrap().len(), 1);
        assert_eq!(found[0]["id"], 1002);
    }

    #[test]
    fn more_than_was_paid_is_not_refunded() {
        let mut fake = WooCommerce::default();
        let refund = |fake: &mut WooCommerce, amount: &str| {
            ask(
                fake,
                0,
                "POST",
                "orders/1003/refunds",
                &json!({"amount": amount}),
            )
            .0
        };
        assert_eq!(refund(&mut fake, "20.00"), 400);
        assert_eq!(refund(&mut fake, "10.00"), 201);
        assert_eq!(refund(&mut fake, "10.00"), 400);
        assert_eq!(refund(&mut fake, "9.99"), 201);
        assert_eq!(
            ask(&mut fake, 0, "GET", "orders/1003", &Value::Null).1["status"],
            "refunded"
        );
    }
}
