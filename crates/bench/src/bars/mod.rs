//! The bars, and how each stands.

mod look;
mod phone;

use serde::Serialize;

use self::look::Look;
use crate::report::{Report, short};

/// One bar beside what was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// What it is about.
    pub bar: &'static str,
    /// What is wanted.
    pub wanted: &'static str,
    /// What came out.
    pub measured: String,
    /// Whether it holds; nothing when it was not measured.
    pub holds: Option<bool>,
}

impl Verdict {
    /// For the first column of the table.
    pub fn word(&self) -> &'static str {
        match self.holds {
            Some(true) => "ok",
            Some(false) => "MISSED",
            None => "-",
        }
    }
}

/// Judges every bar of the table in `research/perf.md`, part C.
pub fn judge(report: &Report) -> Vec<Verdict> {
    let look = Look(report);
    let mut verdicts = throughput(&look);
    verdicts.extend(fan_out(&look));
    verdicts.extend(process(&look));
    verdicts.extend(plugins(&look));
    verdicts.extend(phone::bars(&look));
    verdicts
}

fn throughput(look: &Look<'_>) -> Vec<Verdict> {
    let best = look.product("ingest.256.per_second");
    vec![
        look.both(
            "POST, commit (FULL), 10 sockets: messages/s",
            ">= 0.5 F and >= 5,000",
            "ingest.256.per_second",
            |ratio, value| ratio >= 0.5 && value >= 5_000.0,
        ),
        look.both(
            "delivery p50 at 500/s, ms",
            "<= 2 F (idle machine: <= 5)",
            "open.500.delivery.p50_ms",
            |ratio, _| ratio <= 2.0,
        ),
        look.both(
            "delivery p99 at 500/s, ms",
            "<= 2 F (idle machine: <= 25)",
            "open.500.delivery.p99_ms",
            |ratio, _| ratio <= 2.0,
        ),
        look.both(
            "delivery p99 at 2,000/s, ms",
            "<= 2 F and <= 40",
            "open.2000.delivery.p99_ms",
            |ratio, value| ratio <= 2.0 && value <= 40.0,
        ),
        look.one_connection(),
        look.value(
            "server CPU per message at saturation, us",
            "<= 150",
            "ingest.256.cpu_us",
            |value| value <= 150.0,
        ),
        look.quotient(
            "durable FULL against NORMAL",
            ">= 0.7",
            ("mode.full.per_second", "mode.normal.per_second"),
            |quotient| quotient >= 0.7,
        ),
        look.grouping(),
        Verdict {
            bar: "headline: messages in one second on this machine",
            wanted: "(a documented 4-core desk: 10,000 conversations a day)",
            measured: best.map(short).unwrap_or_default(),
            holds: None,
        },
    ]
}

fn fan_out(look: &Look<'_>) -> Vec<Verdict> {
    vec![
        look.both(
            "burst to 1,000 sockets: deliveries/s",
            ">= 500,000",
            "burst.deliveries_per_second",
            |_, value| value >= 500_000.0,
        ),
        look.both(
            "burst to 1,000 sockets: server CPU per delivery, us",
            "<= 1.2",
            "burst.cpu_us_per_delivery",
            |_, value| value <= 1.2,
        ),
        look.both(
            "one message to 9,500 sockets: last delivery, ms",
            "<= 250",
            "wide.last_delivery_ms",
            |_, value| value <= 250.0,
        ),
        look.value("idle socket, KiB", "<= 12", "socket.idle_kib", |value| {
            value <= 12.0
        }),
        look.value(
            "1 of 1,000 stops reading: the others' p99",
            "<= 1.2 times",
            "stuck.p99_ratio",
            |value| value <= 1.2,
        ),
        look.value(
            "1 of 1,000 stops reading: server grows, MiB",
            "<= 1",
            "stuck.growth_mib",
            |value| value <= 1.0,
        ),
        look.value(
            "5,000 clients resume: all caught up, s",
            "<= 5",
            "storm.caught_up_s",
            |value| value <= 5.0,
        ),
        look.value(
            "5,000 clients resume: ingest p99",
            "<= 3 times",
            "storm.ingest_p99_ratio",
            |value| value <= 3.0,
        ),
    ]
}

fn process(look: &Look<'_>) -> Vec<Verdict> {
    vec![
        look.value("idle process, MiB", "<= 30", "idle.rss_mib", |value| {
            value <= 30.0
        }),
        look.value(
            "start to first durable write, ms",
            "<= 100",
            "start.clean_ms",
            |value| value <= 100.0,
        ),
        look.value(
            "the same after kill -9, ms",
            "<= 500",
            "start.killed_ms",
            |value| value <= 500.0,
        ),
        look.value(
            "start with the large store, ms",
            "<= 100",
            "scale.start_ms",
            |value| value <= 100.0,
        ),
        look.value(
            "start with the large store after kill -9, ms",
            "<= 500",
            "scale.start_killed_ms",
            |value| value <= 500.0,
        ),
        look.value(
            "list of conversations, large store: p99, ms",
            "<= 10",
            "scale.list.p99_ms",
            |value| value <= 10.0,
        ),
        look.value(
            "search, large store: p99, ms",
            "<= 50",
            "scale.search.p99_ms",
            |value| value <= 50.0,
        ),
        look.value(
            "search, Chinese words: recall against a scan",
            "1",
            "scale.search.recall",
            |value| value >= 1.0,
        ),
        look.value(
            "server with the large store, MiB",
            "<= 300",
            "scale.rss_mib",
            |value| value <= 300.0,
        ),
    ]
}

fn plugins(look: &Look<'_>) -> Vec<Verdict> {
    vec![
        look.value(
            "a routing step through a plugin, 20 candidates: p99, us",
            "<= 2,000",
            "routing.p99_us",
            |value| value <= 2_000.0,
        ),
        look.value(
            "webhooks taken while a channel is replaced: each second",
            ">= 495 of 500",
            "swap.per_second",
            |value| value >= 495.0,
        ),
        look.value(
            "channel replaced, switched off, fallen over: lost",
            "0",
            "swap.lost",
            |value| value == 0.0,
        ),
        look.value(
            "channel replaced, switched off, fallen over: doubled",
            "0",
            "swap.doubled",
            |value| value == 0.0,
        ),
        look.value(
            "channel replaced, switched off, fallen over: out of order",
            "0",
            "swap.turned",
            |value| value == 0.0,
        ),
        look.value(
            "channel replaced and rolled back: p99 added, ms",
            "< 50",
            "swap.added_p99_ms",
            |value| value < 50.0,
        ),
        look.value(
            "bombs in the policy: the others' p99 until somebody has them",
            "<= 1.2 times",
            "bombs.p99_ratio",
            |value| value <= 1.2,
        ),
    ]
}
