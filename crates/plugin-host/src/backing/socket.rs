//! Where sockets of plugins may go: granted, resolved once, and not into the own network.

use std::net::SocketAddr;

use plugboard_egress::{Reach, guard};
use plugboard_plugin_runtime::{
    Account, Backing as _, Caller, Secrets, Target,
    types::{Failure, Value, code},
};
use reqwest::Url;

use super::DeskBacking;
use crate::registry::Loaded;

/// An address that may be connected to.
pub(crate) struct GrantedSocket {
    /// With its secrets filled in: never log it.
    pub(crate) url: String,
    /// What its name led to; connecting to it leaves no room for another answer.
    pub(crate) address: SocketAddr,
    secrets: Secrets,
}

impl GrantedSocket {
    /// The text of a header that names a secret.
    pub(crate) fn secret(&self, value: &Value) -> Result<String, Failure> {
        Ok(match value {
            Value::Plain(text) => text.clone(),
            Value::Secret(name) => self.secrets.get(name)?.to_owned(),
            Value::Bearer(name) => format!("Bearer {}", self.secrets.get(name)?),
            Value::Basic((user, name)) => self.secrets.basic(user, name)?,
        })
    }
}

impl DeskBacking {
    /// Checks an address that a plugin wants a socket to.
    pub(crate) async fn granted_socket(
        &self,
        loaded: &Loaded,
        account: &Account,
        url: &str,
    ) -> Result<GrantedSocket, Failure> {
        let invalid = || Failure::lasting(code::INVALID, "the address of the socket is none");
        let target = Target::parse(url).map_err(|_| invalid())?;
        loaded.grants.websocket(&target, &account.settings)?;
        let caller = Caller {
            plugin: loaded.key.as_str().into(),
            label: loaded.label.clone(),
            account: account.clone(),
        };
        let secrets = self.secrets(&caller).await?;
        let url = secrets.fill_url(url)?;
        let parsed = Url::parse(&url).map_err(|_| invalid())?;
        let host = parsed.host_str().ok_or_else(invalid)?;
        let port = parsed.port_or_known_default().ok_or_else(invalid)?;
        let bare = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let named = Self::is_named(&caller, host);
        let found = tokio::net::lookup_host((bare, port)).await;
        let mut found = found
            .map_err(|_| Failure::passing(code::NETWORK, "the name of the provider is unknown"))?;
        let address =
            found.find(|it| named || self.reach == Reach::Anywhere || guard::is_public(it.ip()));
        let address = address
            .ok_or_else(|| Failure::lasting(code::DENIED, guard::Refused::Private.to_string()))?;
        Ok(GrantedSocket {
            url,
            address,
            secrets,
        })
    }
}
