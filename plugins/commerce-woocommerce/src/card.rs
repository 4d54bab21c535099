//! The card beside a conversation.

use plugboard_plugin_sdk::panel::{Action, Block, Card, Tone};

use crate::{
    Settings,
    find::Found,
    shop::{amount, minor},
};

/// The card is drawn anew after this.
const REFRESH_MS: u32 = 120_000;

struct Words {
    title: &'static str,
    none: &'static str,
    total: &'static str,
    items: &'static str,
    tracking: &'static str,
    open: &'static str,
    refresh: &'static str,
    unverified: &'static str,
    refunded: &'static str,
}

const EN: Words = Words {
    title: "Orders",
    none: "No orders of this customer",
    total: "Total",
    items: "Items",
    tracking: "Tracking",
    open: "Open in the shop",
    refresh: "Refresh",
    unverified: "Address not verified: ask before you tell",
    refunded: "Refunded",
};

const ZH: Words = Words {
    title: "订单",
    none: "没有找到该客户的订单",
    total: "金额",
    items: "商品",
    tracking: "物流",
    open: "在店铺中打开",
    refresh: "刷新",
    unverified: "身份未核实，透露信息前请确认",
    refunded: "已退款",
};

fn words(locale: &str) -> &'static Words {
    if locale.starts_with("zh") { &ZH } else { &EN }
}

/// The card of what was found.
pub(crate) fn card(settings: &Settings, found: &[Found], locale: &str) -> Card {
    let words = words(locale);
    let mut blocks = Vec::new();
    for (number, found) in found.iter().enumerate() {
        if number > 0 {
            blocks.push(Block::Divider);
        }
        order(settings, found, locale, words, &mut blocks);
    }
    if found.is_empty() {
        blocks.push(Block::Text(words.none.to_owned()));
    }
    blocks.push(Block::Buttons(vec![Action::new("refresh", words.refresh)]));
    Card {
        refresh_after_ms: Some(REFRESH_MS),
        ..Card::new(words.title, blocks)
    }
}

fn order(settings: &Settings, found: &Found, locale: &str, words: &Words, blocks: &mut Vec<Block>) {
    let order = found.order.order(settings);
    blocks.push(Block::Heading(format!("#{}", order.number)));
    blocks.push(Block::Badge((
        status(&order.status, locale).to_owned(),
        tone(&order.status),
    )));
    if !found.verified {
        blocks.push(Block::Badge((words.unverified.to_owned(), Tone::Warn)));
    }
    let mut facts = vec![(
        words.total.to_owned(),
        format!(
            "{} {}",
            amount(order.total.minor, &order.total.currency),
            order.total.currency
        ),
    )];
    let refunded: i64 = found
        .order
        .refunds
        .iter()
        .filter_map(|refund| minor(&refund.total, &order.total.currency))
        .sum();
    if refunded != 0 {
        facts.push((
            words.refunded.to_owned(),
            format!(
                "{} {}",
                amount(refunded.abs(), &order.total.currency),
                order.total.currency
            ),
        ));
    }
    let items: Vec<String> = order
        .lines
        .iter()
        .map(|line| format!("{} × {}", line.quantity, line.title))
        .collect();
    facts.push((words.items.to_owned(), items.join("\n")));
    for (carrier, number) in &order.tracking {
        facts.push((
            words.tracking.to_owned(),
            format!("{carrier} {number}").trim().to_owned(),
        ));
    }
    blocks.push(Block::Facts(facts));
    if let Some(url) = order.url {
        blocks.push(Block::Link((words.open.to_owned(), url)));
    }
}

fn tone(status: &str) -> Tone {
    match status {
        "completed" => Tone::Good,
        "on-hold" | "pending" => Tone::Warn,
        "failed" | "cancelled" | "refunded" => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// The shop's own status, in Chinese where it is one of WooCommerce's.
fn status<'a>(status: &'a str, locale: &str) -> &'a str {
    if !locale.starts_with("zh") {
        return status;
    }
    match status {
        "pending" => "待付款",
        "processing" => "处理中",
        "on-hold" => "保留",
        "completed" => "已完成",
        "cancelled" => "已取消",
        "refunded" => "已退款",
        "failed" => "失败",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::panel::{Block, Tone};

    use super::card;
    use crate::{Settings, find::Found};

    fn found(verified: bool) -> Found {
        let path = format!("{}/tests/order.json", env!("CARGO_MANIFEST_DIR"));
        let order = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        Found { order, verified }
    }

    fn settings() -> Settings {
        Settings {
            shop_url: "https://shop.example".into(),
            consumer_key: String::new(),
            pay_back: true,
        }
    }

    #[test]
    fn an_order_is_shown_in_the_agents_language() {
        let card = card(&settings(), &[found(true)], "zh-CN");
        assert_eq!(card.title, "订单");
        assert!(
            card.blocks
                .contains(&Block::Badge(("处理中".into(), Tone::Plain)))
        );
        let Some(Block::Facts(facts)) = card
            .blocks
            .iter()
            .find(|block| matches!(block, Block::Facts(_)))
        else {
            panic!("facts")
        };
        assert!(facts.contains(&("金额".into(), "32.90 EUR".into())));
        assert!(facts.contains(&("已退款".into(), "5.00 EUR".into())));
        assert!(facts.contains(&("物流".into(), "DHL 00340434292135100186".into())));
    }

    #[test]
    fn an_address_that_nobody_verified_is_marked() {
        let warned = |verified| {
            card(&settings(), &[found(verified)], "en")
                .blocks
                .iter()
                .any(|block| matches!(block, Block::Badge((_, Tone::Warn))))
        };
        assert!(warned(false) && !warned(true));
    }

    #[test]
    fn without_orders_the_card_says_so() {
        assert!(
            card(&settings(), &[], "en")
                .blocks
                .contains(&Block::Text("No orders of this customer".into()))
        );
    }
}
