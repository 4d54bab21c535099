//! Orders that the shop told of, kept for when it does not answer. Without names and addresses of people: an order is found by
//! the digest of an email.

use plugboard_plugin_sdk::{
    Failure, encoding, kv,
    secrets::{self, Hash, Part},
};

use crate::shop::{Billing, ShopOrder};

/// How long an order is kept after it last changed, in seconds.
const KEPT_SECS: u32 = 90 * 86_400;

/// Orders of one person that are kept.
const OF_ONE_MAX: usize = 20;

fn order_key(id: u64) -> String {
    format!("order/{id}")
}

fn person_key(email: &str) -> Result<String, Failure> {
    let email = email.trim().to_lowercase();
    let digest = secrets::digest(Hash::Sha256, &[Part::Plain(email.into_bytes())], false)?;
    Ok(format!("of/{}", encoding::hex(&digest)))
}

/// Keeps an order, unless what is kept is younger: webhooks overtake each other.
pub(crate) fn keep(mut order: ShopOrder) -> Result<(), Failure> {
    let key = order_key(order.id);
    if kv::get_json::<ShopOrder>(&key)?.is_some_and(|kept| is_younger(&kept, &order)) {
        return Ok(());
    }
    let email = std::mem::take(&mut order.billing).email;
    order.billing = Billing::default();
    kv::set_json(&key, &order, Some(KEPT_SECS))?;
    if email.is_empty() {
        return Ok(());
    }
    let key = person_key(&email)?;
    let mut ids: Vec<u64> = kv::get_json(&key)?.unwrap_or_default();
    ids.retain(|id| *id != order.id);
    ids.insert(0, order.id);
    ids.truncate(OF_ONE_MAX);
    kv::set_json(&key, &ids, Some(KEPT_SECS))
}

/// Times of the shop sort as text.
fn is_younger(kept: &ShopOrder, order: &ShopOrder) -> bool {
    kept.date_modified_gmt > order.date_modified_gmt
}

/// What is kept of a person's orders, the one that changed last first.
pub(crate) fn of(email: &str) -> Result<Vec<ShopOrder>, Failure> {
    let ids: Vec<u64> = kv::get_json(&person_key(email)?)?.unwrap_or_default();
    let mut orders = Vec::new();
    for id in ids {
        orders.extend(kv::get_json::<ShopOrder>(&order_key(id))?);
    }
    Ok(orders)
}
