//! Finding the orders of a customer.

use plugboard_plugin_sdk::{ContactView, Failure, RetryAdvice};

use crate::{
    Settings, kept,
    shop::{self, ShopOrder},
};

/// Addresses of one contact that are looked up: each is a request.
const ADDRESSES_MAX: usize = 4;

/// An order, and whether its customer is known to be this contact.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) order: ShopOrder,
    pub(crate) verified: bool,
}

/// Orders by email and phone, newest first.
pub(crate) fn of_contact(
    settings: &Settings,
    who: &ContactView,
    limit: usize,
) -> Result<Vec<Found>, Failure> {
    let mut found: Vec<Found> = Vec::new();
    let addresses = who
        .identities
        .iter()
        .filter(|identity| matches!(identity.scheme.as_str(), "email" | "phone"));
    for identity in addresses.take(ADDRESSES_MAX) {
        let orders = match by_address(settings, &identity.scheme, &identity.value, limit) {
            // The shop does not answer: what is known is better than nothing.
            Err(failure) if failure.advice == RetryAdvice::Retry && identity.scheme == "email" => {
                let kept = kept::of(&identity.value)?;
                if kept.is_empty() {
                    return Err(failure);
                }
                kept
            }
            orders => orders?,
        };
        for order in orders {
            match found.iter_mut().find(|known| known.order.id == order.id) {
                Some(known) => known.verified |= identity.verified,
                None => found.push(Found {
                    order,
                    verified: identity.verified,
                }),
            }
        }
    }
    found.sort_by_key(|found| std::cmp::Reverse(found.order.id));
    found.truncate(limit);
    Ok(found)
}

/// The shop searches loosely: what only resembles the address is left out.
fn by_address(
    settings: &Settings,
    scheme: &str,
    address: &str,
    limit: usize,
) -> Result<Vec<ShopOrder>, Failure> {
    let (limit, digits) = (limit.clamp(1, 50).to_string(), last_digits(address));
    if scheme == "phone" {
        let Some(digits) = digits else {
            return Ok(Vec::new());
        };
        let orders = shop::orders(settings, &[("search", &digits), ("per_page", &limit)])?;
        return Ok(orders
            .into_iter()
            .filter(|order| last_digits(&order.billing.phone).as_ref() == Some(&digits))
            .collect());
    }
    let orders = shop::orders(settings, &[("search", address), ("per_page", &limit)])?;
    Ok(orders
        .into_iter()
        .filter(|order| {
            order
                .billing
                .email
                .trim()
                .eq_ignore_ascii_case(address.trim())
        })
        .collect())
}

/// The last nine digits of a number: the same however its country is written. A shorter one is no customer's.
fn last_digits(phone: &str) -> Option<String> {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 9).then(|| digits[digits.len() - 9..].iter().collect())
}

/// Orders by number or words, for an agent who types them in.
pub(crate) fn by_words(
    settings: &Settings,
    words: &str,
    limit: usize,
) -> Result<Vec<ShopOrder>, Failure> {
    let words = words.trim().trim_start_matches('#');
    let mut orders = shop::orders(
        settings,
        &[
            ("search", words),
            ("per_page", &limit.clamp(1, 50).to_string()),
        ],
    )?;
    // The shop's search does not know ids.
    if let Ok(id) = words.parse::<u64>()
        && orders
            .iter()
            .all(|order| order.id != id && order.number != words)
    {
        orders.extend(shop::order(settings, id)?);
    }
    orders.truncate(limit);
    Ok(orders)
}

/// Numbers in a text that may be orders, at most two.
pub(crate) fn numbers(text: &str) -> Vec<u64> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| (3..=10).contains(&digits.len()))
        .filter_map(|digits| digits.parse().ok())
        .take(2)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{last_digits, numbers};

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let same = [
            "+8613800138000",
            "138 0013 8000",
            "008613800138000",
            "86-13800138000",
        ];
        for number in same {
            assert_eq!(last_digits(number).as_deref(), Some("800138000"));
        }
        assert_eq!(last_digits("95588"), None);
    }

    #[test]
    fn numbers_of_orders_are_found_in_texts() {
        assert_eq!(numbers("订单 #1001 什么时候发？"), [1001]);
        assert_eq!(numbers("call 13800138000 about 12"), [0_u64; 0]);
        assert_eq!(numbers("1001, 1002 and 1003"), [1001, 1002]);
    }
}
