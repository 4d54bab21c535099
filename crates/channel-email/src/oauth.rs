//! OAuth tokens (RFC 6749): asked for once by whoever needs one first, renewed before they end.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use plugboard_channel::mailbox::{Step, Trouble};
use plugboard_domain::ids::InboxId;
use plugboard_egress::Reach;
use serde::Deserialize;

use crate::{
    net::Failure,
    settings::{EmailSettings, OAUTH_CLIENT_SECRET, OAUTH_REFRESH_TOKEN, OauthSettings},
};

/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_mins(5);

/// What a token is good for when the provider does not say (RFC 6749 §5.1 recommends that it does).
const LIFE_SECS: u64 = 3_600;

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Largest answer of a provider that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// A token, and until when it is good.
#[derive(Clone)]
struct Token {
    access: String,
    renew_at: Instant,
}

/// What a provider answered.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    error: Option<String>,
}

/// A token, and the new one to ask with, when the provider changed it.
pub(crate) struct Leave {
    pub(crate) access: String,
    pub(crate) new_refresh: Option<String>,
}

/// The tokens of all mailboxes.
#[derive(Default)]
pub(crate) struct Tokens {
    /// One place for each inbox, held while its token is asked for, so that it is asked for once. The outer lock is leaf data.
    places: Mutex<HashMap<InboxId, Arc<tokio::sync::Mutex<Option<Token>>>>>,
}

impl Tokens {
    /// A token that is good for some minutes at least.
    pub(crate) async fn get(
        &self,
        inbox: InboxId,
        settings: &EmailSettings,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Leave, Failure> {
        let place = self
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(inbox)
            .or_default()
            .clone();
        let mut held = place.lock().await;
        if let Some(token) = held.as_ref()
            && Instant::now() < token.renew_at
        {
            return Ok(Leave {
                access: token.access.clone(),
                new_refresh: None,
            });
        }
        let (token, new_refresh) = renew(settings, secrets).await?;
        let access = token.access.clone();
        *held = Some(token);
        Ok(Leave {
            access,
            new_refresh,
        })
    }

    /// Forgets a token that a server did not take, unless somebody has a new one already.
    pub(crate) async fn reject(&self, inbox: InboxId, access: &str) {
        let place = self
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&inbox)
            .cloned();
        let Some(place) = place else { return };
        let mut held = place.lock().await;
        if held.as_ref().is_some_and(|it| it.access == access) {
            *held = None;
        }
    }

    /// Forgets what is known of an inbox.
    pub(crate) fn forget(&self, inbox: InboxId) {
        self.places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&inbox);
    }
}

fn wrong(trouble: Trouble, detail: impl Into<String>) -> Failure {
    Failure::new(Step::Token, trouble, detail)
}

async fn renew(
    settings: &EmailSettings,
    secrets: &BTreeMap<String, String>,
) -> Result<(Token, Option<String>), Failure> {
    let oauth = settings.oauth.clone().unwrap_or_default();
    let refresh = secrets
        .get(OAUTH_REFRESH_TOKEN)
        .filter(|it| !it.is_empty())
        .ok_or_else(|| wrong(Trouble::LeaveNeeded, "the mailbox was not connected yet"))?;
    let mut form = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", refresh.clone()),
    ];
    if let Some(scope) = &oauth.scope {
        form.push(("scope", scope.clone()));
    }
    let answer = ask(&oauth, secrets, form).await?;
    let access = answer
        .access_token
        .ok_or_else(|| wrong(Trouble::Other, "the provider gave no token"))?;
    let life = Duration::from_secs(answer.expires_in.unwrap_or(LIFE_SECS));
    let token = Token {
        access,
        // A token that lives for less than the margin is used for half of its life.
        renew_at: Instant::now() + life.saturating_sub(EARLY).max(life / 2),
    };
    Ok((token, answer.refresh_token.filter(|it| it != refresh)))
}

/// Changes a code for tokens: the secrets to store.
pub(crate) async fn redeem(
    settings: &EmailSettings,
    secrets: &BTreeMap<String, String>,
    code: &str,
    verifier: &str,
    redirect_url: &str,
) -> Result<BTreeMap<String, String>, Failure> {
    let oauth = settings.oauth.clone().unwrap_or_default();
    let form = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", code.to_owned()),
        ("redirect_uri", redirect_url.to_owned()),
        ("code_verifier", verifier.to_owned()),
    ];
    let answer = ask(&oauth, secrets, form).await?;
    let refresh = answer.refresh_token.ok_or_else(|| {
        wrong(
            Trouble::LeaveNeeded,
            "the provider gave no refresh token: offline access was not asked for",
        )
    })?;
    Ok(BTreeMap::from([(OAUTH_REFRESH_TOKEN.to_owned(), refresh)]))
}

async fn ask(
    oauth: &OauthSettings,
    secrets: &BTreeMap<String, String>,
    mut form: Vec<(&'static str, String)>,
) -> Result<Answer, Failure> {
    let (Some(url), Some(client)) = (&oauth.token_url, &oauth.client_id) else {
        return Err(wrong(
            Trouble::Other,
            "oauth.token_url or oauth.client_id is not set",
        ));
    };
    form.push(("client_id", client.clone()));
    if let Some(secret) = secrets.get(OAUTH_CLIENT_SECRET) {
        form.push(("client_secret", secret.clone()));
    }
    // Administrators name the provider, which may be their own.
    let client = plugboard_egress::client(Reach::Anywhere, PATIENCE)
        .map_err(|error| wrong(Trouble::Other, error.to_string()))?;
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let request = client
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(body);
    let answer = request.send().await.map_err(|error| {
        let trouble = if error.is_timeout() {
            Trouble::Timeout
        } else {
            Trouble::Broken
        };
        wrong(trouble, error.without_url().to_string())
    })?;
    let status = answer.status();
    if answer
        .content_length()
        .is_some_and(|it| it > ANSWER_BYTES_MAX as u64)
    {
        return Err(wrong(
            Trouble::WrongProtocol,
            "the provider's answer is too large",
        ));
    }
    let bytes = answer
        .bytes()
        .await
        .map_err(|error| wrong(Trouble::Broken, error.without_url().to_string()))?;
    let read: Answer = serde_json::from_slice(&bytes).map_err(|_| {
        wrong(
            Trouble::WrongProtocol,
            format!("the provider answered {status}"),
        )
    })?;
    if status.is_success() && read.error.is_none() {
        return Ok(read);
    }
    let error = read.error.unwrap_or_else(|| status.to_string());
    let trouble = match error.as_str() {
        "invalid_grant" | "invalid_client" | "unauthorized_client" | "consent_required" => {
            Trouble::LeaveNeeded
        }
        _ if status.as_u16() == 429 || status.is_server_error() => Trouble::Throttled,
        _ => Trouble::Other,
    };
    Err(wrong(trouble, error))
}
