//! Email against real mail servers.

mod inbound;
mod loops;
mod oauth;
mod outbound;
mod roundtrip;
mod trouble;
