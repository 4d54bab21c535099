//! What agents did to orders. It is all that these shops remember.

use plugboard_plugin_sdk::{Failure, clock, json::Value, kv};
use serde::{Deserialize, Serialize};

use crate::{Demo, Status};

/// A month: then the order is as it was.
const KEPT_SECS: u32 = 30 * 86_400;

/// Notes of an order; older ones are dropped.
const NOTES_MAX: usize = 20;

#[derive(Default, Serialize, Deserialize)]
struct Done {
    status: Option<Status>,
    notes: Vec<String>,
    /// Keys of what was done, so that the same thing is not done twice.
    keys: Vec<String>,
}

fn key(number: &str) -> String {
    format!("order/{number}")
}

/// The order with what was done to it.
pub(crate) fn apply(mut order: Demo) -> Result<Demo, Failure> {
    let done: Done = kv::get_json(&key(&order.number))?.unwrap_or_default();
    order.status = done.status.unwrap_or(order.status);
    order.notes = done.notes;
    Ok(order)
}

/// Does something to an order, once for each key.
pub(crate) fn act(
    id: &str,
    action: &str,
    arguments: &Value,
    idempotency_key: &str,
) -> Result<Demo, Failure> {
    let order = Demo::of(id, clock::now())
        .ok_or_else(|| Failure::new("not-found", "there is no such order"))?;
    let key = key(&order.number);
    let mut done: Done = kv::get_json(&key)?.unwrap_or_default();
    if done.keys.iter().any(|it| it == idempotency_key) {
        return apply(order);
    }
    let status = done.status.unwrap_or(order.status);
    if !status.actions().contains(&action) {
        return Err(Failure::new(
            "conflict",
            format!("an order that is {} cannot {action}", status.name()),
        ));
    }
    match action {
        "cancel" => done.status = Some(Status::Cancelled),
        "refund" => done.status = Some(Status::Refunding),
        _ => {
            let text = arguments["text"]
                .as_str()
                .map(str::trim)
                .unwrap_or_default();
            if text.is_empty() {
                return Err(Failure::invalid("a note needs a text"));
            }
            done.notes.push(text.chars().take(500).collect());
        }
    }
    let forget = |list: &mut Vec<String>| drop(list.drain(..list.len().saturating_sub(NOTES_MAX)));
    done.keys.push(idempotency_key.to_owned());
    forget(&mut done.keys);
    forget(&mut done.notes);
    kv::set_json(&key, &done, Some(KEPT_SECS))?;
    apply(order)
}
