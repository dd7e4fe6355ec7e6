//! Turns what a URL names into what the client connects with: servers, password, TLS.
//!
//! In: a [`PostgresUrl`]. Out: the client's configuration. The password is read anew for each
//! connection, so that it can be changed while the collector runs, and is shown nowhere.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;
use vedette_policy::{PostgresTls, PostgresUrl};

use super::passfile;
use crate::receiver::secret::Secret;

/// A server that does not answer is given up; with several, the next is tried.
const CONNECT_WAIT: Duration = Duration::from_secs(3);
/// What was sent and is not acknowledged for so long ends the connection.
const UNHEARD_MAX: Duration = Duration::from_secs(15);
/// What the server shows of its sessions.
const NAME: &str = "vedette-collector";

/// What the client connects with.
pub(super) fn config(url: &PostgresUrl) -> Result<Config, String> {
    let mut config = Config::new();
    for (host, port) in &url.hosts {
        config.host(host).port(*port);
    }
    config
        .dbname(&url.database)
        .application_name(NAME)
        .connect_timeout(CONNECT_WAIT)
        .tcp_user_timeout(UNHEARD_MAX)
        .keepalives_idle(UNHEARD_MAX)
        // Of several servers, the one that takes changes.
        .target_session_attrs(TargetSessionAttrs::ReadWrite)
        .ssl_mode(match url.tls {
            PostgresTls::Disable => SslMode::Disable,
            PostgresTls::Prefer => SslMode::Prefer,
            PostgresTls::Require | PostgresTls::VerifyFull { .. } => SslMode::Require,
        });
    if let Some(user) = &url.user {
        config.user(user);
    }
    if let Some(options) = &url.options {
        config.options(options);
    }
    if let Some(password) = password(url)? {
        config.password(password);
    }
    Ok(config)
}

fn password(url: &PostgresUrl) -> Result<Option<String>, String> {
    if let Some(password) = &url.password {
        return Ok(Some(password.reveal().to_owned()));
    }
    if let Some(file) = &url.password_file {
        return Secret::read(file).map(|secret| Some(secret.reveal().to_owned()));
    }
    if let Ok(password) = std::env::var("PGPASSWORD") {
        return Ok(Some(password));
    }
    match std::env::var_os("PGPASSFILE") {
        Some(file) => passfile::password(Path::new(&file), url),
        None => Ok(None),
    }
}

/// How the other end proves who it is.
pub(super) fn tls(url: &PostgresUrl) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be used: {error}"))?;
    let config = match &url.tls {
        PostgresTls::Disable | PostgresTls::Prefer | PostgresTls::Require => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
            .with_no_client_auth(),
        PostgresTls::VerifyFull { authorities: None } => builder
            .with_platform_verifier()
            .map_err(|error| format!("this machine's authorities cannot be read: {error}"))?
            .with_no_client_auth(),
        PostgresTls::VerifyFull {
            authorities: Some(file),
        } => builder
            .with_root_certificates(roots(file)?)
            .with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let shown = file.display();
    let unreadable = |error| format!("the authorities in {shown} cannot be read: {error}");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
        let certificate = certificate.map_err(unreadable)?;
        roots
            .add(certificate)
            .map_err(|error| format!("an authority in {shown} cannot be used: {error}"))?;
    }
    match roots.is_empty() {
        true => Err(format!("{shown} holds no certificate")),
        false => Ok(roots),
    }
}

/// Encrypts for whoever answers: what `require` means to PostgreSQL.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
