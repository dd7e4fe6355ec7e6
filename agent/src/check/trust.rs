//! Keeps whom this host trusts, and looks at certificates without losing sight of them.
//!
//! In: files of certificates, and handshakes. Out: what was presented, and whether it can be
//! trusted apart from its end. The system's certificates are read when a check needs them,
//! kept for all checks together, and read again when they are old.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio::time::Instant;

use super::Tools;
use super::certificate::Certificate;

/// Certificates that are trusted may change on disk.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(3_600);
/// Sets of trusted certificates kept at once.
const SETS_MAX: usize = 4;
/// Certificates in one file.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

type Judge = Result<Arc<Verifier>, String>;

/// Whom this host trusts, by the file that is trusted besides the system's.
#[derive(Debug, Default)]
pub(super) struct Trust(Mutex<Vec<Set>>);

#[derive(Debug)]
struct Set {
    file: Option<PathBuf>,
    read: Instant,
    judge: Judge,
}

impl Trust {
    /// Who judges chains of certificates, or why nobody can.
    pub(super) async fn judge(&self, file: Option<&Path>, tools: &Tools) -> Judge {
        let known = self
            .sets()
            .iter()
            .find(|set| set.file.as_deref() == file)
            .map(|set| (set.read.elapsed() < READ_AGAIN_AFTER).then(|| set.judge.clone()));
        if let Some(Some(judge)) = known {
            return judge;
        }
        let path = file.map(Path::to_owned);
        let judge = tools.block(move || read(path.as_deref())).await;
        let judge = judge.unwrap_or_else(Err);
        let mut sets = self.sets();
        sets.retain(|set| set.file.as_deref() != file);
        if sets.len() >= SETS_MAX {
            sets.remove(0);
        }
        sets.push(Set {
            file: file.map(Path::to_owned),
            read: Instant::now(),
            judge: judge.clone(),
        });
        judge
    }

    fn sets(&self) -> MutexGuard<'_, Vec<Set>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: Option<&Path>) -> Judge {
    let extra = match file {
        None => Vec::new(),
        Some(path) => read_certificates(path)?,
    };
    Verifier::new_with_extra_roots(extra, provider())
        .map(Arc::new)
        .map_err(|error| format!("nobody is trusted: {error}"))
}

/// Every certificate in a file (PEM). Blocks.
///
/// # Errors
/// A sentence that names the file.
pub(super) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    use std::io::Read;

    let name = path.display();
    let mut text = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut text))
        .map_err(|error| format!("{name} cannot be read: {error}"))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match read {
        Ok(certificates) if certificates.is_empty() => {
            Err(format!("{name} holds no certificate in PEM form"))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("{name} is not a file of certificates: {error}")),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// What a server presented.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Its certificate; nothing if it cannot be read.
    pub certificate: Option<Certificate>,
    /// Whether chain and name are good, apart from when the certificate ends.
    pub chain: Result<(), String>,
}

/// Watches one handshake.
#[derive(Debug)]
pub(super) struct Witness {
    judge: Judge,
    /// Whether a handshake with somebody who cannot be trusted is broken off.
    is_strict: bool,
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<Seen>>,
}

impl Witness {
    pub(super) fn new(judge: Judge, is_strict: bool) -> Arc<Witness> {
        Arc::new(Witness {
            judge,
            is_strict,
            provider: provider(),
            seen: Mutex::default(),
        })
    }

    /// How to connect so that this witness sees it.
    ///
    /// # Errors
    /// A sentence: encrypted connections cannot be made at all.
    pub(super) fn config(self: &Arc<Witness>) -> Result<ClientConfig, String> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("encrypted connections cannot be made: {error}"))?;
        let witness: Arc<dyn ServerCertVerifier> = Arc::<Witness>::clone(self);
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(witness)
            .with_no_client_auth())
    }

    /// What was presented last, if the handshake came that far.
    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = Certificate::parse(end_entity);
        let judged_at = |when: UnixTime| match &self.judge {
            Ok(judge) => judge
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, when)
                .map(|_| ())
                .map_err(|error| error.to_string()),
            Err(why) => Err(why.clone()),
        };
        // An end is judged by itself: here it counts whether the rest would be good.
        let within = certificate.as_ref().map_or(now, |certificate| {
            let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            let seconds = seconds
                .min(certificate.not_after)
                .max(certificate.not_before);
            let seconds = u64::try_from(seconds).unwrap_or(0);
            UnixTime::since_unix_epoch(Duration::from_secs(seconds))
        });
        let seen = Seen {
            certificate,
            chain: judged_at(within),
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        match (self.is_strict, judged_at(now)) {
            (true, Err(why)) => Err(Error::General(why)),
            (true, Ok(())) | (false, _) => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
