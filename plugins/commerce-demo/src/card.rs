//! The card beside a conversation: the order that the customer speaks of first, then their others.

use plugboard_plugin_sdk::{
    ConversationView, Failure, clock,
    commands::{self, Command},
    json::{Value, json},
    panel::{Action, Block, Card, Tone},
};

use crate::{Demo, Status, mentioned, of_contact, state};

/// Orders on a card.
const SHOWN: usize = 3;

/// Draws the card with what is kept.
pub(crate) fn render(conversation: &ConversationView, locale: &str) -> Result<Card, Failure> {
    let now = clock::now();
    let mut orders = mentioned(&conversation.last_text, now);
    for order in of_contact(&conversation.contact, now) {
        if !orders.iter().any(|it| it.number == order.number) {
            orders.push(order);
        }
    }
    orders.truncate(SHOWN);
    let orders = orders
        .into_iter()
        .map(state::apply)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(draw(&orders, locale))
}

/// Draws a card of orders.
pub fn draw(orders: &[Demo], locale: &str) -> Card {
    let zh = locale.starts_with("zh");
    let mut blocks = Vec::new();
    for (nth, order) in orders.iter().enumerate() {
        if nth > 0 {
            blocks.push(Block::Divider);
        }
        blocks.extend(draw_order(order, zh));
    }
    if orders.is_empty() {
        blocks.push(Block::Text(
            (if zh { "没有订单" } else { "No orders" }).to_owned(),
        ));
    }
    Card::new(if zh { "订单" } else { "Orders" }, blocks)
}

fn draw_order(order: &Demo, zh: bool) -> Vec<Block> {
    let or = |en: &str, cn: &str| (if zh { cn } else { en }).to_owned();
    let goods: Vec<String> = order
        .lines()
        .map(|(good, quantity)| format!("{} × {quantity}", if zh { good.zh } else { good.en }))
        .collect();
    let mut facts = vec![
        (or("Placed", "下单"), date(order.placed_at)),
        (
            or("Goods", "商品"),
            goods.join(if zh { "\u{ff0c}" } else { ", " }),
        ),
        (or("Total", "金额"), money(order)),
    ];
    if let Some(waybill) = order.waybill() {
        facts.push((
            or("Parcel", "快递"),
            format!("{} {waybill}", order.shop.carrier()),
        ));
    }
    if let Some(note) = order.notes.last() {
        facts.push((or("Note", "备注"), note.clone()));
    }
    let mut blocks = vec![
        Block::Heading(order.number.clone()),
        Block::Badge(badge(order.status, zh)),
        Block::Facts(facts),
    ];
    let buttons = buttons(order, zh);
    if !buttons.is_empty() {
        blocks.push(Block::Buttons(buttons));
    }
    blocks
}

fn badge(status: Status, zh: bool) -> (String, Tone) {
    let (en, cn, tone) = match status {
        Status::Paid => ("Paid, to be sent", "已付款\u{ff0c}待发货", Tone::Warn),
        Status::Shipped => ("On its way", "运输中", Tone::Plain),
        Status::Delivered => ("Delivered", "已签收", Tone::Good),
        Status::Cancelled => ("Cancelled", "已取消", Tone::Bad),
        Status::Refunding => ("Refund under way", "退款中", Tone::Bad),
    };
    ((if zh { cn } else { en }).to_owned(), tone)
}

fn buttons(order: &Demo, zh: bool) -> Vec<Action> {
    let button = |id: &str, en: &str, cn: &str, ask_en: &str, ask_cn: &str| Action {
        id: id.to_owned(),
        label: (if zh { cn } else { en }).to_owned(),
        confirm: Some(format!(
            "{} ({})",
            if zh { ask_cn } else { ask_en },
            order.number
        )),
        args: json!({ "order": order.number }).to_string(),
    };
    let mut buttons = Vec::new();
    if order.waybill().is_some() {
        buttons.push(button(
            "send-tracking",
            "Send tracking",
            "发送物流",
            "Send the parcel's number to the customer?",
            "把快递单号发给客户\u{ff1f}",
        ));
    }
    for action in order.status.actions() {
        match *action {
            "cancel" => buttons.push(button(
                "cancel",
                "Cancel",
                "取消订单",
                "Cancel this order?",
                "确定取消该订单\u{ff1f}",
            )),
            "refund" => buttons.push(button(
                "refund",
                "Refund",
                "退款",
                "Refund this order?",
                "确定为该订单退款\u{ff1f}",
            )),
            _ => {}
        }
    }
    buttons
}

/// A button was pressed: does it, tells the desk, draws the card anew.
pub(crate) fn press(
    conversation: &ConversationView,
    locale: &str,
    action: &str,
    arguments: &Value,
) -> Result<Card, Failure> {
    let number = arguments["order"].as_str().unwrap_or_default();
    let order = Demo::of(number, clock::now())
        .ok_or_else(|| Failure::new("not-found", "there is no such order"))?;
    let order = state::apply(order)?;
    let speaks_zh = conversation.primary_language().as_deref() == Some("zh");
    match action {
        "send-tracking" => {
            let waybill = order
                .waybill()
                .ok_or_else(|| Failure::new("conflict", "it was not sent yet"))?;
            let carrier = order.shop.carrier();
            let text = if speaks_zh {
                format!(
                    "您好\u{ff0c}您的订单 {number} 由{carrier}承运\u{ff0c}单号 {waybill}\u{ff0c}请留意查收。"
                )
            } else {
                format!("Your order {number} is with {carrier}, parcel number {waybill}.")
            };
            commands::execute(&conversation.id, &Command::Reply(text))?;
        }
        "cancel" | "refund" => {
            // The same button on the same order is the same wish, however often it is pressed.
            let key = format!("{}/{number}/{action}", conversation.id);
            let order = state::act(number, action, &json!({}), &key)?;
            let note = if locale.starts_with("zh") {
                format!("订单 {number}\u{ff1a}{}", badge(order.status, true).0)
            } else {
                format!("Order {number}: {}", badge(order.status, false).0)
            };
            commands::execute(&conversation.id, &Command::Note(note))?;
            if action == "refund" {
                let tag = if speaks_zh { "退款" } else { "refund" };
                commands::execute(&conversation.id, &Command::AddTags(vec![tag.to_owned()]))?;
            }
        }
        _ => return Err(Failure::invalid(format!("there is no button {action:?}"))),
    }
    render(conversation, locale)
}

fn money(order: &Demo) -> String {
    let total = order.total();
    let sign = if order.shop.currency() == "CNY" {
        '¥'
    } else {
        '€'
    };
    format!("{sign}{}.{:02}", total / 100, total % 100)
}

/// `2026-11-22`, counted in eras of 400 years that begin in March.
fn date(ms: u64) -> String {
    let days = ms / 86_400_000 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    format!(
        "{:04}-{month:02}-{day:02}",
        year + era * 400 + u64::from(month <= 2)
    )
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(1_795_349_924_000), "2026-11-22");
        assert_eq!(date(951_782_400_000), "2000-02-29");
    }
}
