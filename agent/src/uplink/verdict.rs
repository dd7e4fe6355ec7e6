//! Decides what an answer means for the rounds it answers.
//!
//! In: status, headers and body as they came. Out: a [`Verdict`]. The line it draws: a
//! collector that says "this report is wrong" sets the report aside, for it will be wrong
//! tomorrow; what says anything else about the way, the time or the sender keeps it, and so
//! does whoever is no collector: a proxy that speaks TLS answers 400 to plain HTTP. Only
//! "too large" is believed of anybody, for then a smaller report gets through.

use std::time::{Duration, UNIX_EPOCH};

use vedette_wire::{Acknowledged, Answer, Ask, Refusal, WIRE_VERSION};

/// Nobody is made to wait longer, whatever `Retry-After` says.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);
/// Characters of a foreign answer that are shown to people.
const SHOWN_MAX: usize = 200;

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The header `Date`, against which a date in `Retry-After` is read.
    pub date: Option<String>,
    /// The body, its first 64 KiB at most.
    pub body: Vec<u8>,
}

/// What an answer means for the rounds it answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// The collector answers for everything up to a place.
    Acknowledged {
        /// That place.
        acknowledged: Acknowledged,
        /// The collector's wall clock, unless a part was refused.
        collector_wall_ms: Option<i64>,
        /// What was refused of it, for people.
        refused: Option<String>,
        /// What the collector wants to know.
        asks: Vec<Ask>,
    },
    /// The report is refused for good.
    SetAside {
        /// Why, for people.
        why: String,
    },
    /// The rounds are kept and sent again.
    Keep {
        /// What stands in the way.
        obstacle: Obstacle,
        /// Why, for people.
        why: String,
        /// How long the collector asks to be left alone.
        retry_after: Option<Duration>,
    },
}

/// What stands between a kept round and the collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Nobody answers.
    Unreachable,
    /// It has no time or no disk now.
    Busy,
    /// It does not let this agent in.
    NotLetIn,
    /// Whoever answers is not a collector, or not under this address.
    NotThere,
    /// It does not read the form of report that this agent writes.
    OtherWire,
    /// It does not know what this report builds on; a report that builds on nothing it reads.
    OtherBasis,
    /// It answered well and acknowledged something else.
    NotAcknowledged,
    /// Another host reports under the same id.
    Clone,
}

/// What `reply` means, read at `now_wall_ms` of the agent's own clock; and which forms of
/// report it says are read there, if it says so.
pub(super) fn judge(reply: &Reply, now_wall_ms: i64) -> (Verdict, Vec<u32>) {
    if !(200..300).contains(&reply.status) {
        let refusal: Option<Refusal> = serde_json::from_slice(&reply.body).ok();
        let reads = refusal.as_ref().map(|refusal| refusal.wire.clone());
        let verdict = judge_refusal(reply, refusal, now_wall_ms);
        return (verdict, reads.unwrap_or_default());
    }
    match serde_json::from_slice::<Answer>(&reply.body) {
        Ok(answer) => {
            let verdict = Verdict::Acknowledged {
                acknowledged: answer.acknowledged,
                collector_wall_ms: Some(answer.collector_wall_ms),
                refused: None,
                asks: answer.ask,
            };
            (verdict, answer.wire)
        }
        Err(_) => {
            let verdict = Verdict::Keep {
                obstacle: Obstacle::NotThere,
                why: foreign(reply),
                retry_after: retry_after(reply, now_wall_ms),
            };
            (verdict, Vec::new())
        }
    }
}

fn judge_refusal(reply: &Reply, refusal: Option<Refusal>, now_wall_ms: i64) -> Verdict {
    let retry_after = retry_after(reply, now_wall_ms);
    let keep = |obstacle: Obstacle, why: String| Verdict::Keep {
        obstacle,
        why,
        retry_after,
    };
    let why = match &refusal {
        Some(refusal) => format!("{} ({})", bounded(&refusal.error), reply.status),
        None => foreign(reply),
    };
    let is_collector = refusal.is_some();
    if let Some(refusal) = refusal {
        if refusal.reason == "unknown_wire" {
            let reads = versions(&refusal.wire);
            let why = format!("the collector reads wire {reads}, this agent writes {WIRE_VERSION}");
            return keep(Obstacle::OtherWire, why);
        }
        if refusal.reason == "unknown_basis" {
            return keep(Obstacle::OtherBasis, why);
        }
        if refusal.reason == "clone" {
            let why = format!(
                "another host reports under this agent's id; stop the agent on the one that is the copy, run `vedette-agent seal` there, and start it again ({why})"
            );
            return keep(Obstacle::Clone, why);
        }
        if let Some(acknowledged) = refusal.acknowledged {
            return Verdict::Acknowledged {
                acknowledged,
                collector_wall_ms: None,
                refused: Some(why),
                asks: Vec::new(),
            };
        }
    }
    match reply.status {
        401 | 403 | 407 => keep(Obstacle::NotLetIn, why),
        408 | 425 | 429 | 500.. => keep(Obstacle::Busy, why),
        404 | 405 | 410 | 421 | ..400 => keep(Obstacle::NotThere, why),
        413 => Verdict::SetAside { why },
        400..500 if is_collector => Verdict::SetAside { why },
        400..500 => keep(Obstacle::NotThere, why),
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
fn retry_after(reply: &Reply, now_wall_ms: i64) -> Option<Duration> {
    let text = reply.retry_after.as_deref()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    }
    let then = httpdate::parse_http_date(text).ok()?;
    // The answer's own date, because this host's clock may be wrong.
    let date = reply.date.as_deref();
    let now = date
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or_else(|| {
            let ms = u64::try_from(now_wall_ms).unwrap_or(0);
            UNIX_EPOCH + Duration::from_millis(ms)
        });
    let wait = then.duration_since(now).unwrap_or(Duration::ZERO);
    Some(wait.min(RETRY_AFTER_MAX))
}

fn foreign(reply: &Reply) -> String {
    let body = String::from_utf8_lossy(&reply.body);
    let status = reply.status;
    match bounded(body.trim()) {
        body if body.is_empty() => format!("answered {status}, and not as a collector does"),
        body => format!("answered {status}, and not as a collector does: {body}"),
    }
}

fn bounded(text: &str) -> String {
    let shown = text.chars().take(SHOWN_MAX);
    shown
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

fn versions(versions: &[u32]) -> String {
    if versions.is_empty() {
        return "of another version".to_owned();
    }
    let versions: Vec<String> = versions.iter().map(u32::to_string).collect();
    versions.join(", ")
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
