//! Orders are always the same.

use commerce_demo::{Demo, Status, draw, mentioned, of_contact};
use plugboard_plugin_sdk::{ContactView, Identity, panel::Block};

const NOW: u64 = 1_795_349_924_000;

fn contact(email: &str) -> ContactView {
    ContactView {
        id: "p1".to_owned(),
        display_name: None,
        language: Some("zh-CN".to_owned()),
        identities: vec![
            Identity::new("visitor", "x", "v1"),
            Identity::new("email", "", email),
        ],
        attributes: vec![],
        tags: vec![],
    }
}

#[test]
fn a_customer_always_has_the_same_orders_newest_first() {
    let orders = of_contact(&contact("linyue0@example.com"), NOW);
    assert_eq!(orders, of_contact(&contact("LinYue0@example.com"), NOW));
    assert!((1..=4).contains(&orders.len()));
    assert!(
        orders
            .windows(2)
            .all(|pair| pair[0].placed_at >= pair[1].placed_at)
    );
    assert!(
        orders
            .iter()
            .all(|order| Demo::of(&order.number, NOW).as_ref() == Some(order))
    );
}

#[test]
fn many_customers_have_orders_of_both_shops_in_all_states() {
    let all: Vec<Demo> = (0..60)
        .flat_map(|n| of_contact(&contact(&format!("c{n}@example.com")), NOW))
        .collect();
    for prefix in ["SL", "NT"] {
        assert!(all.iter().any(|order| order.number.starts_with(prefix)));
    }
    for status in [Status::Paid, Status::Shipped, Status::Delivered] {
        assert!(all.iter().any(|order| order.status == status), "{status:?}");
    }
    assert!(
        all.iter()
            .all(|order| order.total() > 0 && order.placed_at < NOW)
    );
}

#[test]
fn numbers_in_a_text_are_orders() {
    let found = mentioned(
        "订单SL2026112233什么时候发货，nt2026110001? SL2026112233 AB2026112233 SL202611223",
        NOW,
    );
    let numbers: Vec<&str> = found.iter().map(|order| order.number.as_str()).collect();
    assert_eq!(numbers, ["SL2026112233", "NT2026110001"]);
}

#[test]
fn what_was_not_sent_has_no_parcel_and_can_be_cancelled() {
    let orders: Vec<Demo> = (110_000..110_060)
        .filter_map(|n| Demo::of(&format!("SL2026{n}"), NOW))
        .collect();
    let paid = orders
        .iter()
        .find(|order| order.status == Status::Paid)
        .unwrap()
        .to_wire(None);
    assert!(paid.tracking.is_empty() && paid.actions == ["note", "cancel"]);
    let sent = orders
        .iter()
        .find(|order| order.status == Status::Shipped)
        .unwrap()
        .to_wire(None);
    assert!(sent.tracking[0].1.starts_with("SF") && sent.actions == ["note", "refund"]);
    assert_eq!(sent.total.currency, "CNY");
}

#[test]
fn the_card_speaks_the_agents_language() {
    let orders = mentioned("SL2026112233", NOW);
    let zh = draw(&orders, "zh-CN");
    let en = draw(&orders, "en");
    assert_eq!((zh.title.as_str(), en.title.as_str()), ("订单", "Orders"));
    assert!(matches!(&zh.blocks[0], Block::Heading(number) if number == "SL2026112233"));
    assert!(
        zh.blocks
            .iter()
            .any(|block| matches!(block, Block::Buttons(_)))
    );
    assert_eq!(
        draw(&[], "en").blocks,
        [Block::Text("No orders".to_owned())]
    );
}
