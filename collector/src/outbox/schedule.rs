//! Decides when the next attempt is.
//!
//! Pure: what the last one came to, how many there were, what the receiver said about
//! its pace. Exponential with full jitter, so that many who failed together do not
//! come back together; capped, and without an end: what was decided is told.

use std::time::Duration;

use vedette_policy::profile::Judgement;
use vedette_triage::Timestamp;

/// The pause that the first failure doubles from.
const BACKOFF_BASE: Duration = Duration::from_secs(1);
/// The longest pause of our own making.
pub(super) const BACKOFF_MAX: Duration = Duration::from_secs(300);
/// The shortest pause: a receiver that fails at once is not asked at once.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// The shortest pause after a fault that only a person can mend.
const FAULT_MIN: Duration = Duration::from_secs(30);
/// The longest pause a receiver may ask for; more is a mistake of its clock.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);
/// Seconds since 1970 and seconds left look alike; nobody means a pause of thirty years.
const EPOCH_S_MIN: f64 = 1e9;

/// The pause before the next attempt. `failures` counts this one, from 1; `random` is in 0..1.
pub fn pause(
    judgement: Judgement,
    failures: u32,
    asked: Option<Duration>,
    random: f64,
) -> Duration {
    let own = match judgement {
        Judgement::Auth => fault(failures, random),
        Judgement::Done
        | Judgement::AlreadyDone
        | Judgement::Gone
        | Judgement::Conflict
        | Judgement::Refused
        | Judgement::Throttled
        | Judgement::Transient
        | Judgement::Unknown => backoff(failures, random),
    };
    // Never before what the receiver asked for; a little after it, and not all at once.
    match asked {
        Some(asked) => asked.saturating_add(own.min(asked / 4).max(PAUSE_MIN)),
        None => own,
    }
}

fn backoff(failures: u32, random: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let ceiling = (BACKOFF_BASE * 2_u32.pow(doublings)).min(BACKOFF_MAX);
    ceiling.mul_f64(random.clamp(0.0, 1.0)).max(PAUSE_MIN)
}

/// From half of it to all of it: never soon, because nothing changes by itself.
fn fault(failures: u32, random: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(8);
    let ceiling = (FAULT_MIN * 2 * 2_u32.pow(doublings)).min(BACKOFF_MAX);
    ceiling.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

/// How long the receiver asks to wait: `Retry-After` in seconds (with a fraction, too) or as a
/// date, else `X-RateLimit-Reset` or `RateLimit-Reset` once nothing remains. Bounded.
pub fn asked_pause(headers: &[(String, String)], now: Timestamp) -> Option<Duration> {
    let header = |name: &str| {
        let found = headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(found.1.trim())
    };
    if let Some(value) = header("retry-after") {
        return seconds(value, now).or_else(|| until_date(value, now));
    }
    let reset = |prefix: &str| match (
        header(&format!("{prefix}ratelimit-remaining")),
        header(&format!("{prefix}ratelimit-reset")),
    ) {
        (Some("0"), Some(value)) => seconds(value, now).or_else(|| until_date(value, now)),
        (Some(_) | None, _) => None,
    };
    reset("x-").or_else(|| reset(""))
}

/// Seconds left, or the second since 1970 at which it is over.
fn seconds(value: &str, now: Timestamp) -> Option<Duration> {
    let number: f64 = value
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())?;
    #[allow(clippy::cast_precision_loss)] // exact until the year 287396
    let now_s = now.as_millis() as f64 / 1000.0;
    let left = match number >= EPOCH_S_MIN {
        true => number - now_s,
        false => number,
    };
    let left = left.clamp(0.0, RETRY_AFTER_MAX.as_secs_f64());
    Some(Duration::from_secs_f64(left))
}

/// As HTTP writes dates, or as RFC 3339 does.
fn until_date(value: &str, now: Timestamp) -> Option<Duration> {
    let at = match httpdate::parse_http_date(value) {
        Ok(date) => {
            let since_1970 = date.duration_since(std::time::UNIX_EPOCH).ok()?;
            Timestamp::from_millis(i64::try_from(since_1970.as_millis()).ok()?)
        }
        Err(_) => vedette_policy::profile::time_of(value)?,
    };
    Some(at.since(now).min(RETRY_AFTER_MAX))
}

/// Numbers in 0..1 for jitter: not secret, only not the same for everybody.
#[derive(Debug, Clone)]
pub struct Jitter {
    state: u64,
}

impl Jitter {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Jitter {
        Jitter { state: seed }
    }

    /// The next number, by SplitMix64 (Steele, Lea, Flood 2014).
    pub fn number(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        #[allow(clippy::cast_precision_loss)] // 53 bits are exact
        let number = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_300_000_000);

    #[test]
    fn the_pause_doubles_up_to_five_minutes_and_never_ends() {
        for (failures, expected_s) in [
            (1, 1),
            (2, 2),
            (5, 16),
            (9, 256),
            (10, 300),
            (4_000_000, 300),
        ] {
            let pause = pause(Judgement::Transient, failures, None, 1.0);
            assert_eq!(pause.as_secs(), expected_s, "{failures}");
        }
    }

    #[test]
    fn those_who_failed_together_do_not_come_back_together() {
        let mut jitter = Jitter::new(7);
        let mut pauses: Vec<Duration> = (0..100)
            .map(|_| pause(Judgement::Unknown, 6, None, jitter.number()))
            .collect();
        pauses.sort();
        pauses.dedup();
        assert!(pauses.len() > 90, "{} different of 100", pauses.len());
        assert!(
            pauses[0] < Duration::from_secs(5)
                && pauses[pauses.len() - 1] > Duration::from_secs(25)
        );
    }

    #[test]
    fn a_fault_only_a_person_can_mend_is_not_tried_again_soon() {
        assert_eq!(pause(Judgement::Auth, 1, None, 0.0).as_secs(), 30);
        assert_eq!(pause(Judgement::Auth, 9, None, 1.0).as_secs(), 300);
    }

    #[test]
    fn nobody_comes_back_before_the_receiver_said_so() {
        let asked = Some(Duration::from_secs(40));
        for random in [0.0, 0.5, 1.0] {
            let pause = pause(Judgement::Throttled, 1, asked, random);
            assert!(
                pause > Duration::from_secs(40) && pause <= Duration::from_secs(50),
                "{pause:?}"
            );
        }
    }

    #[test]
    fn every_way_of_saying_come_back_later_is_understood() {
        let date =
            httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(1_795_300_120));
        for (headers, expected_ms) in [
            (vec![("retry-after", "2")], Some(2000)),
            (vec![("Retry-After", " 9.158792 ")], Some(9158)),
            (vec![("retry-after", date.as_str())], Some(120_000)),
            (
                vec![("retry-after", "Tue, 01 Jan 2019 00:00:00 GMT")],
                Some(0),
            ),
            (vec![("retry-after", "86400")], Some(3_600_000)),
            (vec![("retry-after", "-5")], Some(0)),
            (vec![("retry-after", "soon")], None),
            (
                vec![
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1795300030"),
                ],
                Some(30_000),
            ),
            (
                vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9.5")],
                Some(9500),
            ),
            (
                vec![("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", "9.5")],
                None,
            ),
            (
                vec![
                    ("RateLimit-Remaining", "0"),
                    ("RateLimit-Reset", "1795300005"),
                ],
                Some(5000),
            ),
            (
                vec![
                    ("X-RateLimit-Remaining", "0"),
                    ("X-RateLimit-Reset", "2026-11-21T22:26:47Z"),
                ],
                Some(7000),
            ),
            (vec![], None),
        ] {
            let headers: Vec<(String, String)> = headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let asked = asked_pause(&headers, NOW).map(|pause| pause.as_millis());
            assert_eq!(asked, expected_ms, "{headers:?}");
        }
    }
}
