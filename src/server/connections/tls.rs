//! TLS, for servers without a proxy.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::failure::{Failure, Kind};

/// TLS with a certificate chain and a private key, both in PEM files, which can be read again.
pub(in crate::server) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, has other contents, or does not match the other one.
    pub(in crate::server) fn read(certificate: &Path, key: &Path) -> Result<Self, Failure> {
        let config = checked_config(certificate, key)?;
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current: RwLock::new(config),
        })
    }

    /// Reads the files again, for new connections.
    ///
    /// # Errors
    ///
    /// As for [`Tls::read`]; the previous certificate stays in use.
    pub(in crate::server) fn reload(&self) -> Result<(), Failure> {
        let config = checked_config(&self.certificate, &self.key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Accepts one connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current))
    }
}

fn checked_config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, Failure> {
    let config = config(certificate, key).map_err(|problem| {
        Failure::new(
            Kind::Failed,
            "TLS cannot be set up",
            format!("{} and {}: {problem}", certificate.display(), key.display()),
            "set the certificate chain with --tls-cert and its private key with --tls-key, both \
             in PEM",
        )
    })?;
    Ok(Arc::new(config))
}

fn config(certificate: &Path, key: &Path) -> Result<ServerConfig, String> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| error.to_string())?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
