//! What an operator can set about the edge.

use plugboard_egress::Reach;

/// Long enough for a reload, a tunnel or a restart of the desk; short enough that nobody waits for somebody who left.
pub const OFFLINE_AFTER_SECS: u64 = 120;

/// Settings of the edge.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Where people reach this desk, without a slash at the end: `https://desk.example.com`. Unset, the `Host` header of a
    /// request says it.
    pub public_url: Option<String>,
    /// True behind a proxy that sets `X-Forwarded-For` and `X-Forwarded-Proto`; otherwise anybody could.
    pub trust_forwarded: bool,
    /// False lifts every rate and flood limit, for load tests.
    pub rate_limits: bool,
    /// True leaves `Secure` off the session cookie even under an `https` address, for test set-ups.
    pub insecure_cookies: bool,
    /// Seconds after which an agent whose last websocket is gone is set offline. Agents that have had none since they came
    /// online are left alone.
    pub offline_after_secs: u64,
    /// How far the desk goes for pictures of mails: public addresses, but in test set-ups.
    pub pictures: Reach,
    /// What the addresses of such pictures are signed with; without one, they are good while the process lives.
    pub pictures_key: Option<[u8; 32]>,
    /// What the addresses that a PBX reports to are made of; without one, they are good while the process lives.
    pub cti_key: Option<[u8; 32]>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            public_url: None,
            trust_forwarded: false,
            rate_limits: true,
            insecure_cookies: false,
            offline_after_secs: OFFLINE_AFTER_SECS,
            pictures: Reach::Public,
            pictures_key: None,
            cti_key: None,
        }
    }
}

impl HttpConfig {
    /// True when people reach the desk over TLS, so that cookies can be limited to it.
    pub fn secure_cookies(&self) -> bool {
        let https = |url: &String| url.starts_with("https://");
        !self.insecure_cookies && self.public_url.as_ref().is_some_and(https)
    }
}
