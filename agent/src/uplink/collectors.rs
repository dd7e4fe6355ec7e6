//! Decides which collector a report goes to: the one that answered last, else the next.
//!
//! In: a [`Letter`]. Out: what was [`Heard`]. Decides, too, in which form it is written: the
//! newest that the collector has said it reads. Knows nothing of rounds.

use uuid::Uuid;
use vedette_config::CollectorSettings;
use vedette_wire::{Folding, WIRE_FOLDED};

use super::body::{self, Letter};
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

impl Heard {
    /// Whether somebody may want to look at what was sent.
    pub(super) fn is_refused_for_good(&self) -> bool {
        matches!(self.verdict, Verdict::SetAside { .. })
    }
}

/// All collectors of this agent.
pub(super) struct Collectors<T> {
    transport: T,
    ways: Vec<Way>,
    /// The one that answered last.
    chosen: usize,
    token: Token,
}

/// One collector, and how it is spoken to.
struct Way {
    url: String,
    /// It has said that it reads the short form. Until then it is sent the plain one, which
    /// everybody reads.
    reads_folded: bool,
    folding: Folding,
}

impl Way {
    fn to(url: String) -> Way {
        // Another process of this agent may have given names; none of them are near these.
        let given = Uuid::new_v4().as_u64_pair().0 >> 32;
        Way {
            url,
            reads_folded: false,
            folding: Folding::new(given << 20),
        }
    }

    /// Takes note of what it said to a report. Whether the form of that may be at fault: then
    /// the same report is sent once more, at once and plain, and only what is said to that
    /// counts.
    fn note(&mut self, verdict: &Verdict, reads: &[u32], was_folded: bool) -> bool {
        if !reads.is_empty() {
            self.reads_folded = reads.contains(&WIRE_FOLDED);
        }
        let is_form_at_fault = match verdict {
            Verdict::Acknowledged { .. } if was_folded => return false,
            Verdict::Acknowledged { .. } => false,
            Verdict::SetAside { .. } => true,
            Verdict::Keep { obstacle, .. } => {
                matches!(obstacle, Obstacle::OtherWire | Obstacle::OtherBasis)
            }
        };
        // What it knows now is not known here.
        self.folding.reset();
        was_folded && is_form_at_fault
    }
}

impl<T: Transport> Collectors<T> {
    pub(super) fn new(transport: T, settings: CollectorSettings) -> Collectors<T> {
        Collectors {
            transport,
            ways: settings.urls.into_iter().map(Way::to).collect(),
            chosen: 0,
            token: Token::new(settings.token_file),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.ways.len()
    }

    /// Tries each collector once, until one says something about the report.
    pub(super) async fn post(&mut self, letter: &Letter<'_>, clock: &dyn Clock) -> Heard {
        let mut heard = Heard {
            verdict: Verdict::Keep {
                obstacle: Obstacle::Unreachable,
                why: "no collector is configured".to_owned(),
                retry_after: None,
            },
            collector: String::new(),
            skew_ms: None,
        };
        for step in 0..self.ways.len() {
            let index = (self.chosen + step) % self.ways.len();
            heard = self.post_to(index, letter, clock).await;
            if is_not_let_in(&heard.verdict) && self.token.reread() {
                heard = self.post_to(index, letter, clock).await;
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

    /// Posts to one collector, in the form it reads.
    async fn post_to(&mut self, index: usize, letter: &Letter<'_>, clock: &dyn Clock) -> Heard {
        let mut is_again = false;
        loop {
            let way = &mut self.ways[index];
            let folded = match way.reads_folded && !is_again {
                true => letter.folded(&mut way.folding),
                false => None,
            };
            let was_folded = folded.is_some();
            let body = body::gzip(&folded.unwrap_or_else(|| letter.plain()));
            let before = clock.now().wall_ms;
            let reply = self.transport.post(&way.url, self.token.text(), body).await;
            let after = clock.now().wall_ms;
            let (verdict, reads) = match reply {
                Ok(reply) => judge(&reply, after),
                Err(Unreachable(why)) => (
                    Verdict::Keep {
                        obstacle: Obstacle::Unreachable,
                        why,
                        retry_after: None,
                    },
                    Vec::new(),
                ),
            };
            if way.note(&verdict, &reads, was_folded) {
                is_again = true;
                continue;
            }
            let ours = before.saturating_add(after.saturating_sub(before) / 2);
            let skew_ms = match &verdict {
                Verdict::Acknowledged {
                    collector_wall_ms, ..
                } => collector_wall_ms.map(|theirs| theirs.saturating_sub(ours)),
                Verdict::SetAside { .. } | Verdict::Keep { .. } => None,
            };
            return Heard {
                verdict,
                collector: way.url.clone(),
                skew_ms,
            };
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
