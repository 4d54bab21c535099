//! Email against real mail servers.

mod again;
mod inbound;
mod loops;
mod oauth;
mod origin;
mod outbound;
mod roundtrip;
mod sent;
mod tls;
mod trouble;
