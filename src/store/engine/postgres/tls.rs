//! TLS to a server, with the certificates that the program's HTTP client trusts, too.
//!
//! An adaptor of our own: the published one brings a second parser of certificates along, only for
//! the channel binding of SCRAM, which adds nothing where the certificate is checked completely.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::problem::ServerProblem;

/// Whose certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those that the operating system trusts.
    System,
    /// Those in a PEM file.
    File(PathBuf),
}

impl Roots {
    /// As `sslrootcert` says.
    pub(super) fn of(value: Option<String>) -> Self {
        match value {
            Some(file) if file != "system" => Self::File(PathBuf::from(file)),
            _ => Self::System,
        }
    }
}

/// With what the program proves who it is: PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClientCertificate {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// Encrypts connections.
#[derive(Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

/// The certificates in a PEM file.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file)
        .map_err(|error| format!("{}: {error}", file.display()))?
        .collect();
    let found = found.map_err(|error| format!("{}: {error}", file.display()))?;
    if found.is_empty() {
        return Err(format!("{} contains no certificate in PEM format", file.display()));
    }
    Ok(found)
}

impl Tls {
    /// Reads the certificates, which may have been replaced since the last connection.
    pub(super) fn new(
        roots: &Roots,
        certificate: Option<&ClientCertificate>,
    ) -> Result<Self, (ServerProblem, String)> {
        let failed = |reason| (ServerProblem::Tls, reason);
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?;
        let builder = match roots {
            // A system without certificates trusts no server.
            Roots::System => builder
                .with_platform_verifier()
                .map_err(|error| (ServerProblem::UntrustedCertificate, error.to_string()))?,
            Roots::File(file) => {
                let mut store = RootCertStore::empty();
                for one in certificates(file).map_err(failed)? {
                    store
                        .add(one)
                        .map_err(|error| failed(format!("{}: {error}", file.display())))?;
                }
                builder.with_root_certificates(store)
            }
        };
        let config = match certificate {
            None => builder.with_no_client_auth(),
            Some(files) => {
                let in_file = |file: &Path, error: &dyn fmt::Display| {
                    failed(format!("{}: {error}", file.display()))
                };
                let key = PrivateKeyDer::from_pem_file(&files.key)
                    .map_err(|error| in_file(&files.key, &error))?;
                let chain = certificates(&files.certificate).map_err(failed)?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| in_file(&files.certificate, &error))?
            }
        };
        Ok(Self(Arc::new(config)))
    }
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, name: &str) -> io::Result<Handshake> {
        let name = ServerName::try_from(name.to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Handshake { config: Arc::clone(&self.0), name })
    }
}

/// Encrypts one connection to a server of this name.
pub(super) struct Handshake {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl<S> TlsConnect<S> for Handshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let handshake = TlsConnector::from(self.config).connect(self.name, stream);
        Box::pin(async move { handshake.await.map(Encrypted) })
    }
}

/// An encrypted connection.
pub(super) struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
