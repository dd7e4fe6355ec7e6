//! Judges a certificate: how long it is still good, and whether others can trust it.
//!
//! In: the certificate as it was presented, and the time. Out: what it says, and a verdict on
//! its end. Source: RFC 5280 section 4.1. Knows nothing of connections.

use std::fmt::Write as _;
use std::time::Duration;

use ring::digest;
use vedette_config::check::CertificateSettings;
use vedette_config::duration;
use vedette_wire::{CheckState, Sample, metric};

use super::Subject;
use super::ber::{self, Reader};

const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const DNS_NAME: u8 = 0x82;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
const DAY: u64 = 86_400;
/// With less left it is a warning, or with a quarter of its lifetime if that is less.
const WARN_BEFORE: Duration = Duration::from_secs(21 * DAY);
/// With less left it is critical, or with a tenth of its lifetime if that is less.
const CRITICAL_BEFORE: Duration = Duration::from_secs(7 * DAY);

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// From when on it is good, in seconds since 1970.
    pub not_before: i64,
    /// Until when it is good, in seconds since 1970.
    pub not_after: i64,
    /// Whom it is for: its common name, or the first name it lists.
    pub subject: String,
    /// SHA-256 of the whole, in hexadecimal digits.
    pub fingerprint: String,
}

impl Certificate {
    /// Reads a certificate in DER.
    pub(super) fn parse(der: &[u8]) -> Option<Certificate> {
        let mut certificate = Reader::new(der).enter(ber::SEQUENCE)?;
        let mut body = certificate.enter(ber::SEQUENCE)?;
        if body.peek() == Some(VERSION) {
            body.next()?;
        }
        // Serial number, signature algorithm, issuer.
        for _ in 0..3 {
            body.next()?;
        }
        let mut validity = body.enter(ber::SEQUENCE)?;
        let (not_before, not_after) = (time(validity.next()?)?, time(validity.next()?)?);
        let subject = body.enter(ber::SEQUENCE)?;
        let subject = common_name(subject).or_else(|| first_name(body));
        let mut fingerprint = String::with_capacity(64);
        for byte in digest::digest(&digest::SHA256, der).as_ref() {
            // Writing to a text does not fail.
            let _ = write!(fingerprint, "{byte:02x}");
        }
        Some(Certificate {
            not_before,
            not_after,
            subject: subject.unwrap_or_else(|| "without a name".to_owned()),
            fingerprint,
        })
    }

    /// What its end comes to, in words. `now` is in seconds since 1970.
    pub(super) fn judge(&self, settings: &CertificateSettings, now: i64) -> (CheckState, String) {
        let lifetime = self.not_after.saturating_sub(self.not_before);
        let lifetime = Duration::from_secs(u64::try_from(lifetime).unwrap_or(0));
        let left = self.not_after.saturating_sub(now);
        let subject = &self.subject;
        let Ok(left) = u64::try_from(left) else {
            let ago = span(left.unsigned_abs());
            return (
                CheckState::Critical,
                format!("the certificate of {subject} expired {ago} ago"),
            );
        };
        if now < self.not_before {
            let wait = span(self.not_before.abs_diff(now));
            let text = format!("the certificate of {subject} is good only in {wait}");
            return (CheckState::Critical, text);
        }
        let warn = settings
            .warn_before
            .unwrap_or(WARN_BEFORE.min(lifetime / 4));
        let critical = settings
            .critical_before
            .unwrap_or(CRITICAL_BEFORE.min(lifetime / 10));
        let text = format!("the certificate of {subject} expires in {}", span(left));
        let left = Duration::from_secs(left);
        let state = if left < critical {
            CheckState::Critical
        } else if left < warn {
            CheckState::Warning
        } else {
            CheckState::Ok
        };
        (state, text)
    }

    /// How long it is still good, and what that comes to, as it is reported.
    pub(super) fn samples(
        &self,
        subject: &Subject,
        settings: &CertificateSettings,
        now: i64,
    ) -> [Sample; 2] {
        // Exact up to 2^53 seconds.
        #[allow(clippy::cast_precision_loss)]
        let left = self.not_after.saturating_sub(now) as f64;
        let state = self.judge(settings, now).0.value();
        [(metric::TLS_EXPIRY, left), (metric::TLS_STATE, state)]
            .map(|(name, value)| self.sample(subject, name, value))
    }

    /// One value of a metric of this certificate.
    pub(super) fn sample(&self, subject: &Subject, name: &str, value: f64) -> Sample {
        let describing = [
            ("subject", self.subject.as_str()),
            ("fingerprint", self.fingerprint.as_str()),
        ];
        subject.sample(name, &describing, value)
    }
}

/// A span as people read it: days, and below two days hours and minutes.
fn span(seconds: u64) -> String {
    match seconds {
        days if days >= 2 * DAY => format!("{} days", days / DAY),
        short => duration::show(Duration::from_secs(short)),
    }
}

fn common_name(mut name: Reader<'_>) -> Option<String> {
    while let Some((_, set)) = name.next() {
        let mut pair = Reader::new(set).enter(ber::SEQUENCE)?;
        if pair.expect(ber::OBJECT)? == COMMON_NAME {
            let (_, text) = pair.next()?;
            return shown(text);
        }
    }
    None
}

fn first_name(mut body: Reader<'_>) -> Option<String> {
    while let Some((tag, value)) = body.next() {
        if tag != EXTENSIONS {
            continue;
        }
        let mut extensions = Reader::new(value).enter(ber::SEQUENCE)?;
        while let Some(mut extension) = extensions.enter(ber::SEQUENCE) {
            if extension.expect(ber::OBJECT)? != ALTERNATIVE_NAMES {
                continue;
            }
            let value = match extension.next()? {
                (ber::OCTETS, value) => value,
                // Whether it is critical stands before it.
                (_, _) => extension.expect(ber::OCTETS)?,
            };
            let mut names = Reader::new(value).enter(ber::SEQUENCE)?;
            while let Some((tag, name)) = names.next() {
                if tag == DNS_NAME {
                    return shown(name);
                }
            }
        }
    }
    None
}

fn shown(text: &[u8]) -> Option<String> {
    const CHARS_MAX: usize = 128;
    let text = String::from_utf8_lossy(text);
    let plain = text.chars().filter(|letter| !letter.is_control());
    let plain: String = plain.take(CHARS_MAX).collect();
    (!plain.is_empty()).then_some(plain)
}

/// Seconds since 1970.
fn time((tag, text): (u8, &[u8])) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (tag, text.len()) {
        (UTC_TIME, 12) => {
            let year: i64 = text[..2].parse().ok()?;
            // RFC 5280 section 4.1.2.5.1.
            (
                if year < 50 { 2000 + year } else { 1900 + year },
                &text[2..],
            )
        }
        (GENERALIZED_TIME, 14) => (text[..4].parse().ok()?, &text[4..]),
        _ => return None,
    };
    let part = |place: usize| rest[place..place + 2].parse::<i64>().ok();
    let (month, day) = (part(0)?, part(2)?);
    let (hour, minute, second) = (part(4)?, part(6)?, part(8)?);
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    let is_time = hour < 24 && minute < 60 && second <= 60;
    (is_date && is_time).then(|| {
        let days = days_since_1970(year, month, day);
        ((days * 24 + hour) * 60 + minute) * 60 + second
    })
}

/// Counts in years that begin in March, so that the leap day is a year's last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days_before_march_1970 = 719_468;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - days_before_march_1970
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn times_are_read_as_certificates_write_them() {
        let cases: [(u8, &str, Option<i64>); 10] = [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "000229120000Z", Some(951_825_600)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, "500101000000Z", Some(-631_152_000)),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
            (UTC_TIME, "701301000000Z", None),
            (UTC_TIME, "700101000000", None),
            (UTC_TIME, "7001010000\u{e4}0Z", None),
            (GENERALIZED_TIME, "700101000000Z", None),
        ];
        for (tag, text, expected) in cases {
            assert_eq!(time((tag, text.as_bytes())), expected, "{text}");
        }
    }

    #[test]
    fn short_lived_certificates_are_renewed_late_and_that_is_well() {
        use CheckState::{Critical, Ok, Warning};

        // (lifetime in days, days left, state)
        let cases = [
            (365, 22, Ok),
            (365, 20, Warning),
            (365, 6, Critical),
            (365, -1, Critical),
            (365, 366, Critical),
            (90, 22, Ok),
            (90, 20, Warning),
            (90, 6, Critical),
            (6, 2, Ok),
            (6, 1, Warning),
            (6, 0, Critical),
        ];
        for (lifetime, left, expected) in cases {
            let certificate = Certificate {
                not_before: NOW + (left - lifetime) * 86_400,
                not_after: NOW + left * 86_400 + 3_600,
                subject: "www".to_owned(),
                fingerprint: String::new(),
            };
            let (state, text) = certificate.judge(&settings(), NOW);
            assert_eq!(state, expected, "{lifetime} {left} {text}");
        }
    }

    #[test]
    fn a_real_certificate_is_read() {
        let key = rcgen::KeyPair::generate().unwrap();
        let names = ["www.example.org".to_owned()];
        let mut parameters = rcgen::CertificateParams::new(names).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2020, 2, 29);
        parameters.not_after = rcgen::date_time_ymd(2051, 1, 1);
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        let whole = parameters.self_signed(&key).unwrap();
        let read = Certificate::parse(whole.der()).unwrap();
        assert_eq!(read.subject, "www.example.org");
        assert_eq!(
            (read.not_before, read.not_after),
            (1_582_934_400, 2_556_144_000)
        );
        assert_eq!(read.fingerprint.len(), 64);

        let mut name = rcgen::DistinguishedName::new();
        name.push(rcgen::DnType::OrganizationName, "Example");
        name.push(rcgen::DnType::CommonName, "erp");
        parameters.distinguished_name = name;
        let whole = parameters.self_signed(&key).unwrap();
        assert_eq!(Certificate::parse(whole.der()).unwrap().subject, "erp");
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            Certificate::parse(&bytes);
        }

        #[test]
        fn no_change_to_a_real_one_breaks_it(place in 0usize..400, byte in any::<u8>()) {
            let key = rcgen::KeyPair::generate().unwrap();
            let parameters = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
            let mut der = parameters.self_signed(&key).unwrap().der().to_vec();
            let place = place % der.len();
            der[place] = byte;
            Certificate::parse(&der);
            Certificate::parse(&der[..place]);
        }
    }

    fn settings() -> CertificateSettings {
        CertificateSettings {
            verify: true,
            ca_file: None,
            warn_before: None,
            critical_before: None,
        }
    }
}
