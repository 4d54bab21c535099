//! The bars of calls.

use super::{Verdict, look::Look};

pub(super) fn bars(look: &Look<'_>) -> Vec<Verdict> {
    let mut all = carried(look);
    all.extend(taken(look));
    all
}

fn carried(look: &Look<'_>) -> Vec<Verdict> {
    vec![
        look.value(
            "100 calls with recording: server, cores",
            "<= 1.0",
            "phone.load.cores",
            |value| value <= 1.0,
        ),
        look.value(
            "100 calls: packets lost, %",
            "<= 0.1",
            "phone.load.lost_percent",
            |value| value <= 0.1,
        ),
        look.value(
            "100 calls: recording that is furthest from its call, ms",
            "<= 100",
            "phone.recordings.worst_ms",
            |value| value <= 100.0,
        ),
        look.above(
            "100 calls: one way through the server, p50, ms",
            "<= 1 more than without it",
            ("phone.load.p50_ms", "phone.load.floor.p50_ms"),
            |more| more <= 1.0,
        ),
        look.above(
            "100 calls: one way through the server, p99, ms",
            "<= 10 more than without it",
            ("phone.load.p99_ms", "phone.load.floor.p99_ms"),
            |more| more <= 10.0,
        ),
        look.above(
            "one call: one way through the server, p50, ms",
            "<= 1 more than without it",
            ("phone.alone.p50_ms", "phone.alone.floor.p50_ms"),
            |more| more <= 1.0,
        ),
        look.above(
            "one call: one way through the server, p99, ms",
            "<= 10 more than without it",
            ("phone.alone.p99_ms", "phone.alone.floor.p99_ms"),
            |more| more <= 10.0,
        ),
    ]
}

fn taken(look: &Look<'_>) -> Vec<Verdict> {
    vec![
        look.value(
            "20 calls a second: INVITE to 180, p99, ms",
            "<= 100",
            "phone.ring.p99_ms",
            |value| value <= 100.0,
        ),
        look.value(
            "20 calls a second for a minute: failed",
            "0",
            "phone.rate.failed",
            |value| value == 0.0,
        ),
        look.value(
            "an agent's click to sound both ways, p95, ms",
            "<= 300",
            "phone.click_to_audio.p95_ms",
            |value| value <= 300.0,
        ),
        look.value(
            "1,000 digits that agents press: heard",
            "1,000",
            "phone.digits.heard",
            |value| value >= 1_000.0,
        ),
        look.value(
            "keys that callers press in a menu, one each: missed",
            "0",
            "phone.many.keys_missed",
            |value| value == 0.0,
        ),
        look.value(
            "5,000 short calls: memory grows, %",
            "<= 5",
            "phone.many.growth_percent",
            |value| value <= 5.0,
        ),
        look.value(
            "5,000 short calls: ports and files left",
            "0",
            "phone.many.sockets_left",
            |value| value <= 0.0,
        ),
    ]
}
