//! Orders, computed from their numbers.

use plugboard_plugin_sdk::{
    ContactView,
    commerce::{Money, Order, OrderLine},
};
use serde::{Deserialize, Serialize};

use crate::goods::{Good, Shop};

const DAY_MS: u64 = 86_400_000;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Paid, not sent yet.
    Paid,
    /// With the carrier.
    Shipped,
    /// With the customer.
    Delivered,
    /// Cancelled before it was sent.
    Cancelled,
    /// Its money goes back.
    Refunding,
}

impl Status {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
            Self::Refunding => "refunding",
        }
    }

    /// What can be done with an order in this state.
    pub fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Paid => &["note", "cancel"],
            Self::Shipped | Self::Delivered => &["note", "refund"],
            Self::Cancelled | Self::Refunding => &["note"],
        }
    }
}

/// An order of a demo shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Its number, which is its id too.
    pub number: String,
    /// Where it stands.
    pub status: Status,
    /// When it was placed, Unix milliseconds.
    pub placed_at: u64,
    /// What agents noted.
    pub notes: Vec<String>,
    pub(crate) shop: Shop,
    seed: u64,
}

impl Demo {
    /// The order of a number such as `SL2026112233`; none when it is no number of these shops.
    pub fn of(number: &str, now: u64) -> Option<Self> {
        let number = number.trim().to_ascii_uppercase();
        let shop = [Shop::Tea, Shop::Outdoor]
            .into_iter()
            .find(|it| number.starts_with(it.prefix()))?;
        let digits = &number[shop.prefix().len()..];
        if digits.len() != 10
            || !digits.starts_with("2026")
            || !digits.bytes().all(|it| it.is_ascii_digit())
        {
            return None;
        }
        let seed = hash(&number);
        let age_days = seed % 12;
        let midnight = now / DAY_MS * DAY_MS;
        let minute = seed / 97 % 1440;
        Some(Self {
            status: match age_days {
                0 | 1 => Status::Paid,
                2..=4 => Status::Shipped,
                _ => Status::Delivered,
            },
            placed_at: midnight.saturating_sub((age_days + 1) * DAY_MS) + minute * 60_000,
            notes: Vec::new(),
            number,
            shop,
            seed,
        })
    }

    /// Number, state or goods contain the query.
    pub fn fits(&self, query: &str) -> bool {
        let query = query.trim().to_lowercase();
        let goods = self
            .goods()
            .map(|(good, _)| format!("{} {}", good.zh, good.en).to_lowercase());
        query.is_empty()
            || self.number.to_lowercase().contains(&query)
            || self.status.name() == query
            || goods.into_iter().any(|good| good.contains(&query))
    }

    /// Two goods and how many of each; the second may be none.
    fn goods(&self) -> [(&'static Good, u32); 2] {
        let goods = self.shop.goods();
        let pick = |n: u64| usize::try_from(n % 6).unwrap_or(0);
        let first = pick(self.seed / 7);
        let second = (first + 1 + pick(self.seed / 41) % 5) % 6;
        let many = u32::from(self.seed.is_multiple_of(5));
        [
            (&goods[first], 1 + many),
            (&goods[second], u32::from(self.seed.is_multiple_of(3))),
        ]
    }

    /// Lines that are not empty.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&'static Good, u32)> {
        self.goods()
            .into_iter()
            .filter(|(_, quantity)| *quantity > 0)
    }

    /// The sum in the smallest unit.
    pub fn total(&self) -> i64 {
        self.lines()
            .map(|(good, quantity)| good.price * i64::from(quantity))
            .sum()
    }

    /// The parcel's number, once there is one.
    pub fn waybill(&self) -> Option<String> {
        let sent = !matches!(self.status, Status::Paid | Status::Cancelled);
        let digits = self.seed % 9_000_000_000 + 1_000_000_000;
        sent.then(|| match self.shop {
            Shop::Tea => format!("SF{digits}"),
            Shop::Outdoor => format!("JD01{digits}"),
        })
    }

    /// The order as the desk takes it. Without a language, the tea shop's orders are in Chinese.
    pub fn to_wire(&self, zh: Option<bool>) -> Order {
        let zh = zh.unwrap_or(self.shop == Shop::Tea);
        let money = |minor| Money {
            currency: self.shop.currency().to_owned(),
            minor,
        };
        let line = |(good, quantity): (&Good, u32)| OrderLine {
            sku: good.sku.to_owned(),
            title: (if zh { good.zh } else { good.en }).to_owned(),
            quantity,
            price: money(good.price),
        };
        let carrier = self.shop.carrier().to_owned();
        Order {
            id: self.number.clone(),
            number: self.number.clone(),
            status: self.status.name().to_owned(),
            total: money(self.total()),
            placed_at: self.placed_at,
            lines: self.lines().map(line).collect(),
            url: None,
            tracking: self
                .waybill()
                .map(|number| (carrier, number))
                .into_iter()
                .collect(),
            actions: self
                .status
                .actions()
                .iter()
                .map(|it| (*it).to_owned())
                .collect(),
        }
    }
}

/// Orders whose numbers a text mentions, in order, each once.
pub fn mentioned(text: &str, now: u64) -> Vec<Demo> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let mut found: Vec<Demo> = Vec::new();
    for order in words.filter_map(|word| Demo::of(word, now)) {
        if !found.contains(&order) {
            found.push(order);
        }
    }
    found
}

/// One to four orders of a contact, newest first.
pub fn of_contact(who: &ContactView, now: u64) -> Vec<Demo> {
    let address = ["email", "phone"]
        .iter()
        .find_map(|scheme| who.identity(scheme));
    let address = address.or(who.identities.first());
    let seed = hash(&address.map_or_else(|| who.id.clone(), |it| it.value.to_lowercase()));
    let shop = if seed.is_multiple_of(2) {
        Shop::Tea
    } else {
        Shop::Outdoor
    };
    let number = |nth: u64| {
        format!(
            "{}2026{:06}",
            shop.prefix(),
            110_000 + (seed / 11 + nth * 1_709) % 9_999
        )
    };
    let mut orders: Vec<Demo> = (0..=seed % 4)
        .filter_map(|nth| Demo::of(&number(nth), now))
        .collect();
    orders.sort_by(|a, b| (b.placed_at, &b.number).cmp(&(a.placed_at, &a.number)));
    orders
}

/// FNV-1a: spread well enough, and the same for ever.
fn hash(text: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    // The low bits of neighbours differ little; fold the high ones in.
    hash ^ (hash >> 29)
}
