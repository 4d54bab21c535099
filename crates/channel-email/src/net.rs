//! Connections to mail servers: resolved, connected, made private, and cut when nothing moves.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use plugboard_channel::mailbox::{Step, Trouble};
use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use serde::Deserialize;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How a connection becomes private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// From the first byte.
    #[default]
    Tls,
    /// After a command; never without, since an attacker can take the offer away.
    Starttls,
    /// Not at all: this machine only.
    None,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Tls,
}

/// How long servers may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To connect, and to make it private.
    pub connect: Duration,
    /// Without a byte, while an answer is awaited.
    pub silence: Duration,
    /// Between looks at a folder whose server tells of new mail by itself.
    pub poll: Duration,
    /// The first wait after a failure; it doubles up to `retry_max`.
    pub retry: Duration,
    /// The longest wait after a failure.
    pub retry_max: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(60),
            poll: Duration::from_secs(300),
            retry: Duration::from_secs(1),
            retry_max: Duration::from_secs(300),
        }
    }
}

/// What went wrong on the way to a server, in words that the edge can translate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{step:?}: {trouble:?} ({detail})")]
pub(crate) struct Failure {
    pub(crate) step: Step,
    pub(crate) trouble: Trouble,
    /// What was said or found; never an address or a secret.
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(step: Step, trouble: Trouble, detail: impl Into<String>) -> Self {
        Self {
            step,
            trouble,
            detail: detail.into(),
        }
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Private(Box<TlsStream<TcpStream>>),
}

/// Whose certificates are believed: those whom the machine believes, and those whom an operator named.
#[derive(Clone, Default)]
pub(crate) struct Trust {
    more: Arc<[CertificateDer<'static>]>,
    /// Read once: the machine's store of certificates is large.
    config: Arc<OnceLock<Result<Arc<ClientConfig>, String>>>,
}

impl Trust {
    /// With these authorities, as PEM, beside the machine's.
    pub(crate) fn with(pem: &[u8]) -> Result<Self, String> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let more = read.map_err(|error| format!("no certificate can be read: {error}"))?;
        if more.is_empty() {
            return Err("there is no certificate in it".into());
        }
        Ok(Self {
            more: more.into(),
            config: Arc::default(),
        })
    }

    fn config(&self) -> Result<Arc<ClientConfig>, String> {
        self.config.get_or_init(|| self.read()).clone()
    }

    fn read(&self) -> Result<Arc<ClientConfig>, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let failed = |error: rustls::Error| error.to_string();
        let verifier = Verifier::new_with_extra_roots(self.more.to_vec(), provider.clone());
        let verifier = Arc::new(verifier.map_err(failed)?);
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}

/// Where a host was found, and whom to believe that it is the one.
pub(crate) struct Found {
    addresses: Vec<SocketAddr>,
    trust: Trust,
}

/// Finds a host.
pub(crate) async fn resolve(
    endpoint: &Endpoint,
    patience: Patience,
    trust: &Trust,
) -> Result<Found, Failure> {
    let lookup = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port));
    let found = match tokio::time::timeout(patience.connect, lookup).await {
        Err(_) => {
            return Err(Failure::new(
                Step::Resolve,
                Trouble::Timeout,
                "no answer about the name in time",
            ));
        }
        Ok(Err(error)) => {
            return Err(Failure::new(
                Step::Resolve,
                Trouble::UnknownHost,
                error.to_string(),
            ));
        }
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
    };
    if found.is_empty() {
        return Err(Failure::new(
            Step::Resolve,
            Trouble::UnknownHost,
            "the name has no address",
        ));
    }
    Ok(Found {
        addresses: found,
        trust: trust.clone(),
    })
}

/// Connects to the first address that answers.
pub(crate) async fn connect(
    endpoint: &Endpoint,
    found: &Found,
    patience: Patience,
) -> Result<Stream, Failure> {
    let mut last = Failure::new(Step::Connect, Trouble::Refused, "no address");
    for address in &found.addresses {
        if endpoint.tls == Tls::None && !address.ip().is_loopback() {
            last = Failure::new(
                Step::Connect,
                Trouble::NoEncryption,
                "passwords and mail would travel readable: only this machine is reached without TLS",
            );
            continue;
        }
        match tokio::time::timeout(patience.connect, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                let stream = Stream::Plain(stream);
                return if endpoint.tls == Tls::Tls {
                    encrypt(endpoint, stream, found, patience).await
                } else {
                    Ok(stream)
                };
            }
            Ok(Err(error)) => {
                let trouble = match error.kind() {
                    io::ErrorKind::ConnectionRefused => Trouble::Refused,
                    _ => Trouble::Broken,
                };
                last = Failure::new(Step::Connect, trouble, error.to_string());
            }
            Err(_) => {
                last = Failure::new(Step::Connect, Trouble::Timeout, "no answer in time");
            }
        }
    }
    Err(last)
}

/// Makes a connection private.
pub(crate) async fn encrypt(
    endpoint: &Endpoint,
    stream: Stream,
    found: &Found,
    patience: Patience,
) -> Result<Stream, Failure> {
    let Stream::Plain(stream) = stream else {
        return Ok(stream);
    };
    let failed = |trouble, detail: String| Failure::new(Step::Tls, trouble, detail);
    let config = found
        .trust
        .config()
        .map_err(|why| failed(Trouble::Other, why))?;
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|_| {
        failed(
            Trouble::Certificate,
            "the host is no name for a certificate".into(),
        )
    })?;
    let handshake = TlsConnector::from(config).connect(name, stream);
    match tokio::time::timeout(patience.connect, handshake).await {
        Err(_) => Err(failed(Trouble::Timeout, "no TLS handshake in time".into())),
        Ok(Ok(stream)) => Ok(Stream::Private(Box::new(stream))),
        Ok(Err(error)) => {
            let inner = error
                .get_ref()
                .and_then(|it| it.downcast_ref::<rustls::Error>());
            let trouble = match inner {
                Some(rustls::Error::InvalidCertificate(_)) => Trouble::Certificate,
                Some(rustls::Error::InvalidMessage(_)) => Trouble::WrongProtocol,
                _ => Trouble::Broken,
            };
            Err(failed(trouble, error.to_string()))
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(it) => Pin::new(it).poll_read(context, buffer),
            Self::Private(it) => Pin::new(it).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(it) => Pin::new(it).poll_write(context, bytes),
            Self::Private(it) => Pin::new(it).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(it) => Pin::new(it).poll_flush(context),
            Self::Private(it) => Pin::new(it).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(it) => Pin::new(it).poll_shutdown(context),
            Self::Private(it) => Pin::new(it).poll_shutdown(context),
        }
    }
}
