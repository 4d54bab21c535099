//! Measures Plugboard against its bars, on the machine at hand.
//!
//! Wall-clock figures of one machine say little about another, and a shared machine changes by the minute. So the bars
//! are ratios to **the floor** ("F"): the smallest server that does the same work with the same promises ([`floor`]), run
//! interleaved with the product, through the same client, in the same minutes. What the product adds above the floor
//! is its own cost; what the floor costs is the machine's.
//!
//! Three types to know: [`server::Server`] (a server under test: start, kill, its CPU and memory), [`desk::Desk`] (that
//! server set up with an inbox, visitors and an agent's token, through the public API alone) and [`load::Load`] (messages on
//! a schedule, closed or open loop; in open loop every latency counts from the scheduled moment, so that a stalled
//! server cannot hide its stall by slowing the generator: no coordinated omission).
//!
//! To add a scenario: a file in `scenarios/` with one `run` function that takes [`scenarios::Context`] and puts figures in its
//! report under a stable name; a row in [`bars`] when it has a bar; a line in `scenarios/mod.rs`.
//!
//! Invariants: the product is driven through the documented API only; crates of ours serve to pack plugins ([`guests`]) and, in
//! the program, to measure the sandbox without a server. Both servers are asked by the same code. Traffic goes to 127.0.0.1 only, and every loop has an end. Nothing here ships.

#![expect(
    clippy::missing_panics_doc,
    reason = "every `expect` here states an invariant, none depends on the caller"
)]

pub mod admin;
pub mod bars;
pub mod build;
pub mod client;
pub mod desk;
pub mod floor;
pub mod guests;
pub mod host;
pub mod load;
pub mod phone;
pub mod report;
pub mod scenarios;
pub mod server;
pub mod watch;
