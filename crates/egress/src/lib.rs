//! Requests to addresses that others chose: webhooks, plugins, pictures in mail.
//!
//! Two things to know:
//! - [`guard`] keeps such requests out of the own network, by name and by number, at the moment of connecting;
//! - [`client`] makes an HTTP client that is guarded, follows no redirects and uses no proxy: where a redirect leads is
//!   for the caller to judge.
//!
//! What is absent, on purpose: the desk, retries, what the requests are about.

pub mod guard;

use std::{sync::Arc, time::Duration};

pub use guard::Reach;
pub use reqwest::Client;

/// The HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be made: {0}")]
pub struct ClientError(#[from] reqwest::Error);

/// A client that reaches as far as `reach` says. `timeout` is for a whole request; a request can set its own.
pub fn client(reach: Reach, timeout: Duration) -> Result<reqwest::Client, ClientError> {
    // Fails only when the process has a provider already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(guard::GuardedResolver::new(reach)))
        .user_agent(concat!("Plugboard/", env!("CARGO_PKG_VERSION")))
        .build()?)
}
