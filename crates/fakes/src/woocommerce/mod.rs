//! The REST API of a WooCommerce shop, version 3, and its webhooks, which are not sent again when they fail.

mod belongings;
mod orders;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use self::orders::{order, paged};
use crate::{Answer, Asked, Board, Provider, Push, Said};

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
