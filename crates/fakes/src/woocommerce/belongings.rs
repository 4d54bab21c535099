//! What belongs to an order: its notes and its refunds.

use serde_json::{Value, json};

use super::{WooCommerce, error, missing};
use crate::Answer;

impl WooCommerce {
    /// Notes and refunds of an order.
    pub(super) fn belongings(
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
