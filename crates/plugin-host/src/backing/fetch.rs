//! Requests of plugins to providers: secrets put in, redirects judged, nothing from the own network unless an
//! administrator wrote its address into a setting.

use std::{net::IpAddr, time::Duration};

use futures_util::StreamExt;
use plugboard_egress::{
    Reach,
    guard::{self, Refused},
};
use plugboard_plugin_runtime::{
    Allowed, Backing as _, Caller, Secrets,
    types::{Content, Failure, FormPart, MediaRef, Payload, Request, Response, Value, code},
};
use reqwest::{
    Method, StatusCode, Url,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};

use super::{DeskBacking, media};

/// Redirects that are followed; providers use one or two.
const REDIRECTS_MAX: usize = 5;

/// Headers of an answer that a plugin sees.
const HEADERS_MAX: usize = 100;

/// Makes the request and follows its redirects as far as they are granted.
pub(super) async fn send(
    backing: &DeskBacking,
    caller: &Caller,
    request: &Request,
    allowed: &Allowed<'_>,
) -> Result<reqwest::Response, Failure> {
    let secrets = backing.secrets(caller).await?;
    let mut method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| Failure::lasting(code::INVALID, "the method is none"))?;
    let mut url = parse(&secrets.fill_url(&request.url)?)?;
    let mut headers = headers(&secrets, &request.headers)?;
    let mut with_body = true;
    for _ in 0..=REDIRECTS_MAX {
        let client = backing.client_for(caller, &url)?;
        let mut sent = client
            .request(method.clone(), url.clone())
            .headers(headers.clone())
            .timeout(Duration::from_millis(u64::from(request.timeout_ms)));
        if with_body {
            sent = body(backing, &secrets, sent, &headers, &request.payload).await?;
        }
        let answer = sent.send().await.map_err(|error| unreachable(&error))?;
        let Some(next) = redirect(&answer, &url)? else {
            return Ok(answer);
        };
        allowed.check(method.as_str(), next.as_str())?;
        let keeps = matches!(
            answer.status(),
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
        );
        if next.origin() != url.origin() {
            if keeps {
                return Err(Failure::lasting(
                    code::DENIED,
                    "the provider redirects a request with its body to another host",
                ));
            }
            // What was meant for one host is not shown to another.
            headers.clear();
        }
        if !keeps && method != Method::HEAD {
            (method, with_body) = (Method::GET, false);
        }
        url = next;
    }
    Err(Failure::lasting(code::NETWORK, "too many redirects"))
}

/// The answer as a plugin gets it, cut off when it is larger than was asked for.
pub(super) async fn read(answer: reqwest::Response, bytes_max: u32) -> Result<Response, Failure> {
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .take(HEADERS_MAX)
        .collect();
    let mut body = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| unreachable(&error))?;
        if body.len() + piece.len() > bytes_max as usize {
            return Err(Failure::lasting(
                code::TOO_LARGE,
                format!("the answer is larger than {bytes_max} bytes"),
            ));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Response {
        status,
        headers,
        body,
    })
}

impl DeskBacking {
    /// True for a host that is a number, and that an administrator wrote into a setting: a machine beside the desk.
    pub(super) fn is_named(caller: &Caller, host: &str) -> bool {
        let number = host.trim_start_matches('[').trim_end_matches(']');
        let settings = caller.account.settings.values();
        number.parse::<IpAddr>().is_ok()
            && settings
                .filter_map(|value| Url::parse(value).ok())
                .any(|it| it.host_str() == Some(host))
    }

    /// The client that may reach the address: the guarded one, unless an administrator named this very machine by number.
    fn client_for(&self, caller: &Caller, url: &Url) -> Result<&reqwest::Client, Failure> {
        if Self::is_named(caller, url.host_str().unwrap_or_default()) {
            return Ok(&self.anywhere);
        }
        match guard::check_url(url.as_str(), self.reach) {
            Ok(()) if self.reach == Reach::Anywhere => Ok(&self.anywhere),
            Ok(()) => Ok(&self.public),
            Err(refused @ (Refused::NotHttp | Refused::Private)) => {
                Err(Failure::lasting(code::DENIED, refused.to_string()))
            }
        }
    }
}

fn parse(url: &str) -> Result<Url, Failure> {
    // The text may hold a secret, so the reason says nothing of it.
    Url::parse(url).map_err(|_| Failure::lasting(code::INVALID, "the address is none"))
}

fn headers(secrets: &Secrets, given: &[(String, Value)]) -> Result<HeaderMap, Failure> {
    let invalid = || Failure::lasting(code::INVALID, "a header is none");
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| invalid())?;
        if matches!(
            name,
            header::HOST | header::CONTENT_LENGTH | header::TRANSFER_ENCODING
        ) {
            return Err(Failure::lasting(code::DENIED, "that header is the host's"));
        }
        let text = match value {
            Value::Plain(text) => text.clone(),
            Value::Secret(secret) => secrets.get(secret)?.to_owned(),
            Value::Bearer(secret) => format!("Bearer {}", secrets.get(secret)?),
            Value::Basic((user, secret)) => secrets.basic(user, secret)?,
        };
        let mut value = HeaderValue::try_from(text).map_err(|_| invalid())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

async fn body(
    backing: &DeskBacking,
    secrets: &Secrets,
    request: reqwest::RequestBuilder,
    headers: &HeaderMap,
    payload: &Payload,
) -> Result<reqwest::RequestBuilder, Failure> {
    Ok(match payload {
        Payload::Empty => request,
        Payload::Bytes(bytes) => {
            let kind = headers.get(header::CONTENT_TYPE);
            let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
            request.body(secrets.fill_body(bytes, kind)?)
        }
        Payload::Media(media) => {
            let (size, stream) = media::stream(backing, media).await?;
            request
                .header(header::CONTENT_LENGTH, size)
                .body(reqwest::Body::wrap_stream(stream))
        }
        Payload::Multipart(parts) => request.multipart(form(backing, secrets, parts).await?),
    })
}

async fn form(
    backing: &DeskBacking,
    secrets: &Secrets,
    parts: &[FormPart],
) -> Result<reqwest::multipart::Form, Failure> {
    let mut form = reqwest::multipart::Form::new();
    for part in parts {
        let mut content = match &part.content {
            Content::Bytes(bytes) => {
                reqwest::multipart::Part::bytes(secrets.fill_body(bytes, "text/plain")?)
            }
            Content::Media(media) => {
                let (size, stream) = media::stream(backing, media).await?;
                let body = reqwest::Body::wrap_stream(stream);
                reqwest::multipart::Part::stream_with_length(body, size)
                    .file_name(media.name.clone())
            }
        };
        if let Some(name) = &part.filename {
            content = content.file_name(name.clone());
        }
        if let Some(mime) = &part.mime {
            content = content
                .mime_str(mime)
                .map_err(|_| Failure::lasting(code::INVALID, "a media type is none"))?;
        }
        form = form.part(part.name.clone(), content);
    }
    Ok(form)
}

fn redirect(answer: &reqwest::Response, from: &Url) -> Result<Option<Url>, Failure> {
    if !answer.status().is_redirection() {
        return Ok(None);
    }
    let Some(to) = answer.headers().get(header::LOCATION) else {
        return Ok(None);
    };
    let broken = || Failure::lasting(code::NETWORK, "the provider redirects to nowhere");
    let to = to.to_str().map_err(|_| broken())?;
    from.join(to).map(Some).map_err(|_| broken())
}

/// Why the provider was not reached. The address stays out: it may hold a secret.
fn unreachable(error: &reqwest::Error) -> Failure {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(refused) = inner.downcast_ref::<Refused>() {
            return Failure::lasting(code::DENIED, refused.to_string());
        }
        source = inner.source();
    }
    if error.is_timeout() {
        // The request may have been carried out.
        Failure::passing(code::TIMEOUT, "the provider did not answer in time")
    } else if error.is_connect() {
        Failure::passing(code::NETWORK, "no connection to the provider")
    } else if error.is_builder() {
        Failure::lasting(code::INVALID, "the request makes no sense")
    } else {
        // So may this one.
        Failure::passing(code::TIMEOUT, "the connection to the provider broke")
    }
}

/// The answer into the file store.
pub(super) async fn into_blob(
    backing: &DeskBacking,
    caller: &Caller,
    request: &Request,
    name: &str,
    mime: Option<&str>,
    allowed: &Allowed<'_>,
) -> Result<MediaRef, Failure> {
    let answer = send(backing, caller, request, allowed).await?;
    if !answer.status().is_success() {
        let status = answer.status().as_u16();
        let why = format!("the provider answered {status}");
        let later = status == 429 || status >= 500;
        return Err(if later {
            Failure::passing(code::NETWORK, why)
        } else {
            Failure::lasting(code::NOT_FOUND, why)
        });
    }
    let said = answer.headers().get(header::CONTENT_TYPE);
    let said = said.and_then(|it| it.to_str().ok()).map(str::to_owned);
    let mime = mime.map(str::to_owned).or(said);
    media::keep(backing, answer.bytes_stream(), name, mime).await
}
