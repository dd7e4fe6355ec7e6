//! Looks at the certificate a server presents: its end, its chain, and whether it is the one
//! that lies on this host's disk.
//!
//! Nothing is sent to the server but the handshake, so that one that cannot be trusted is
//! looked at all the same.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use vedette_config::check::{CertificateSettings, StartTls, TlsSettings};
use vedette_wire::{CheckState, metric};

use super::certificate::Certificate;
use super::tcp::connect;
use super::trust::{Seen, Witness, read_certificates};
use super::{Check, Found, Lane, Running, Tools, gravity};
use crate::clock::{Clock, HostClock};

/// Bytes of what a server says before encryption begins.
const GREETING_BYTES_MAX: usize = 8 * 1024;

pub(super) struct Tls(TlsSettings);

impl Tls {
    pub(super) fn new(settings: TlsSettings) -> Tls {
        Tls(settings)
    }

    async fn look(&self, tools: &Tools) -> Found {
        let settings = &self.0;
        let ca_file = settings.certificate.ca_file.as_deref();
        let witness = Witness::new(tools.trust().judge(ca_file, tools).await, false);
        let failed = self.shake_hands(&witness, tools).await.err();
        let seen = match (witness.seen(), failed) {
            (Some(seen), _) => seen,
            (None, Some(why)) => return Found::critical(why),
            (None, None) => return Found::critical("it presents no certificate"),
        };
        let now = HostClock.now().wall_ms / 1000;
        let mut found = judge(&seen, &settings.certificate, now);
        if let Some(certificate) = &seen.certificate {
            let samples = certificate.samples(&tools.subject, &settings.certificate, now);
            found.samples.extend(samples);
            if let Some(file) = &settings.file {
                self.compare(certificate, file, &mut found, tools).await;
            }
        }
        let is_good = if seen.chain.is_ok() { 1.0 } else { 0.0 };
        found.with([tools.subject.value("chain_good", "", is_good)])
    }

    async fn shake_hands(&self, witness: &Arc<Witness>, tools: &Tools) -> Result<(), String> {
        let target = &self.0.target;
        let addresses = tools.resolve(&target.host, target.port).await?;
        let mut stream = connect(&addresses)
            .await
            .map_err(|error| format!("{target} cannot be reached: {error}"))?;
        if let Some(protocol) = self.0.starttls {
            start(&mut stream, protocol)
                .await
                .map_err(|why| format!("{target} does not begin to encrypt: {why}"))?;
        }
        let name = self.0.server_name.as_ref().unwrap_or(&target.host);
        let name = ServerName::try_from(name.trim_end_matches('.').to_owned())
            .map_err(|_| format!("{name} cannot be the name of a server"))?;
        let connector = TlsConnector::from(Arc::new(witness.config()?));
        let mut stream = connector
            .connect(name, stream)
            .await
            .map_err(|error| format!("{target} does not shake hands: {error}"))?;
        // It has been seen; whether the server likes our leave does not matter.
        let _ = stream.shutdown().await;
        Ok(())
    }

    /// Says so if another certificate lies on the disk than the one that was presented.
    async fn compare(&self, served: &Certificate, file: &Path, found: &mut Found, tools: &Tools) {
        let path = file.to_owned();
        let read = tools.block(move || read_certificates(&path)).await;
        let on_disk = match read.unwrap_or_else(Err) {
            Ok(certificates) => certificates
                .first()
                .and_then(|first| Certificate::parse(first)),
            Err(why) => {
                note(found, CheckState::Warning, &why);
                return;
            }
        };
        let file = file.display();
        let Some(on_disk) = on_disk else {
            note(
                found,
                CheckState::Warning,
                &format!("{file} cannot be read as a certificate"),
            );
            return;
        };
        let is_renewed = on_disk.not_after > served.not_after;
        if is_renewed {
            let why =
                format!("{file} has been renewed, the old one is still served; reload the service");
            note(found, CheckState::Warning, &why);
        } else if on_disk.fingerprint != served.fingerprint {
            let why = format!("another certificate is served than the one in {file}");
            note(found, CheckState::Warning, &why);
        }
        let value = if is_renewed { 1.0 } else { 0.0 };
        let sample = served.sample(&tools.subject, metric::TLS_NOT_LOADED, value);
        found.samples.push(sample);
    }
}

impl Check for Tls {
    fn lane(&self) -> Lane {
        Lane::Network
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        Box::pin(self.look(tools))
    }

    fn too_late(&self, within: Duration) -> Found {
        Found::critical(format!(
            "{} does not answer within {within:?}",
            self.0.target
        ))
    }
}

/// What was presented, by its end and by its chain; `now` in seconds since 1970.
pub(super) fn judge(seen: &Seen, settings: &CertificateSettings, now: i64) -> Found {
    let mut found = match &seen.certificate {
        Some(certificate) => {
            let (state, text) = certificate.judge(settings, now);
            Found::of(state, text)
        }
        None => Found::unknown("the certificate cannot be read"),
    };
    if let (true, Err(why)) = (settings.verify, &seen.chain) {
        note(
            &mut found,
            CheckState::Critical,
            &format!("its chain is not good: {why}"),
        );
    }
    found
}

/// Adds a word, and makes it at least that bad.
pub(super) fn note(found: &mut Found, state: CheckState, why: &str) {
    let worse = match gravity(state) > gravity(found.state) {
        true => state,
        false => found.state,
    };
    *found = Found {
        samples: std::mem::take(&mut found.samples),
        events: std::mem::take(&mut found.events),
        ..Found::of(worse, format!("{}; {why}", found.text))
    };
}

/// Says what makes the server begin to encrypt. Sources: RFC 3207, RFC 2595.
async fn start(stream: &mut TcpStream, protocol: StartTls) -> Result<(), String> {
    match protocol {
        StartTls::Smtp => {
            answer(stream, b"220").await?;
            say(stream, b"EHLO vedette.invalid\r\n").await?;
            answer(stream, b"250").await?;
            say(stream, b"STARTTLS\r\n").await?;
            answer(stream, b"220").await
        }
        StartTls::Imap => {
            answer(stream, b"* ").await?;
            say(stream, b"a STARTTLS\r\n").await?;
            answer(stream, b"a OK").await
        }
        StartTls::Pop3 => {
            answer(stream, b"+OK").await?;
            say(stream, b"STLS\r\n").await?;
            answer(stream, b"+OK").await
        }
    }
}

async fn say(stream: &mut TcpStream, words: &[u8]) -> Result<(), String> {
    stream
        .write_all(words)
        .await
        .map_err(|error| error.to_string())
}

/// Reads lines until one begins so and does not announce another.
async fn answer(stream: &mut TcpStream, expected: &[u8]) -> Result<(), String> {
    let mut line = Vec::new();
    for _ in 0..GREETING_BYTES_MAX {
        let byte = stream.read_u8().await.map_err(|error| error.to_string())?;
        if byte != b'\n' {
            line.push(byte);
            continue;
        }
        let goes_on =
            expected.first().is_some_and(u8::is_ascii_digit) && line.get(3) == Some(&b'-');
        if line.starts_with(expected) && !goes_on {
            return Ok(());
        }
        let is_refused = !goes_on && expected.first() != Some(&b'a');
        if is_refused || line.starts_with(b"a ") {
            let said = String::from_utf8_lossy(&line);
            return Err(format!("it says {:?}", said.trim()));
        }
        line.clear();
    }
    Err("it talks too much".to_owned())
}
