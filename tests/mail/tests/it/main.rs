//! Email against real mail servers.

mod inbound;
mod loops;
mod outbound;
mod roundtrip;
mod trouble;
