//! Decides which collector a report goes to: the one that answered last, else the next.
//!
//! In: the JSON of a report. Out: what was [`Heard`]. Knows nothing of rounds.

use vedette_config::CollectorSettings;

use super::body;
use super::token::Token;
use super::transport::{Transport, Unreachable};
use super::verdict::{Obstacle, Verdict, judge};
use crate::clock::Clock;

/// What was heard, and from whom.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) verdict: Verdict,
    /// The collector that said it, or that was tried last.
    pub(super) collector: String,
    /// The collector's clock minus ours, in milliseconds.
    pub(super) skew_ms: Option<i64>,
}

/// All collectors of this agent.
pub(super) struct Collectors<T> {
    transport: T,
    urls: Vec<String>,
    /// The one that answered last.
    chosen: usize,
    token: Token,
}

impl<T: Transport> Collectors<T> {
    pub(super) fn new(transport: T, settings: CollectorSettings) -> Collectors<T> {
        Collectors {
            transport,
            urls: settings.urls,
            chosen: 0,
            token: Token::new(settings.token_file),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.urls.len()
    }

    /// Tries each collector once, until one says something about the report.
    pub(super) async fn post(&mut self, json: &[u8], clock: &dyn Clock) -> Heard {
        let body = body::gzip(json);
        let mut heard = Heard {
            verdict: Verdict::Keep {
                obstacle: Obstacle::Unreachable,
                why: "no collector is configured".to_owned(),
                retry_after: None,
            },
            collector: String::new(),
            skew_ms: None,
        };
        for step in 0..self.urls.len() {
            let index = (self.chosen + step) % self.urls.len();
            heard = self.post_to(index, &body, clock).await;
            if is_not_let_in(&heard.verdict) && self.token.reread() {
                heard = self.post_to(index, &body, clock).await;
            }
            match heard.verdict {
                // Who is refused as a copy by one must not try its luck with the next.
                Verdict::Acknowledged { .. }
                | Verdict::SetAside { .. }
                | Verdict::Keep {
                    obstacle: Obstacle::Clone,
                    ..
                } => {
                    self.chosen = index;
                    break;
                }
                Verdict::Keep { .. } => {}
            }
        }
        heard
    }

    async fn post_to(&self, index: usize, body: &[u8], clock: &dyn Clock) -> Heard {
        let url = &self.urls[index];
        let before = clock.now().wall_ms;
        let reply = self.transport.post(url, self.token.text(), body.to_vec());
        let reply = reply.await;
        let after = clock.now().wall_ms;
        let verdict = match reply {
            Ok(reply) => judge(&reply, after),
            Err(Unreachable(why)) => Verdict::Keep {
                obstacle: Obstacle::Unreachable,
                why,
                retry_after: None,
            },
        };
        let ours = before.saturating_add(after.saturating_sub(before) / 2);
        let skew_ms = match &verdict {
            Verdict::Acknowledged {
                collector_wall_ms, ..
            } => collector_wall_ms.map(|theirs| theirs.saturating_sub(ours)),
            Verdict::SetAside { .. } | Verdict::Keep { .. } => None,
        };
        Heard {
            verdict,
            collector: url.clone(),
            skew_ms,
        }
    }
}

fn is_not_let_in(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Keep {
            obstacle: Obstacle::NotLetIn,
            ..
        }
    )
}
