//! TLS to the database: rustls with aws-lc-rs, the server's certificate and name always verified.

use crate::url::{Address, Host, Protection};
use jeton_store::journal::JournalError;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// The handshake of one connection.
#[derive(Clone)]
pub(crate) struct Tls {
    connector: tokio_rustls::TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// TLS as the address asks for it; `None` if it asks for none.
    ///
    /// # Errors
    /// [`JournalError::Refused`] if the certificates can't be read, or the host has no name to verify.
    pub(crate) fn of(address: &Address) -> Result<Option<Self>, JournalError> {
        let Protection::Tls { roots } = &address.protection else { return Ok(None) };
        let refused = |reason: String| JournalError::Refused(reason);
        let Host::Name(host) = &address.host else {
            return Err(refused("a local socket has no name that TLS could verify".to_owned()));
        };
        let name = ServerName::try_from(host.clone());
        let name = name.map_err(|_| refused(format!("{host:?} is no name that TLS could verify")))?;
        let roots = match roots {
            Some(file) => read_roots(file).map_err(refused)?,
            None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
        };
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions();
        let config = config.map_err(|error| refused(error.to_string()))?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Ok(Some(Self { connector: Arc::new(config).into(), name }))
    }
}

/// The certificates of a file, at least one.
fn read_roots(file: &Path) -> Result<RootCertStore, String> {
    let broken = |reason: &dyn std::fmt::Display| format!("sslrootcert {}: {reason}", file.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| broken(&error))? {
        let certificate = certificate.map_err(|error| broken(&error))?;
        roots.add(certificate).map_err(|error| broken(&error))?;
    }
    if roots.is_empty() {
        return Err(broken(&"there is no certificate in it"));
    }
    Ok(roots)
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Tls {
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { Ok(Encrypted(self.connector.connect(self.name, stream).await?)) })
    }
}

/// An encrypted connection.
pub(crate) struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

/// Passwords are not bound to the channel: its other end has shown a certificate for its name.
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
