//! Keeps what an agent is to be asked about alerts that began: each question goes out once, with
//! the next answer to it.

use vedette_triage::detect::{Found, RuleSet, ask_id};
use vedette_triage::{AlertId, EvidenceKind};
use vedette_wire::{Ask, Wanted};

/// Questions that wait for the next report of one host; more are not asked.
const ASKS_WAITING_MAX: usize = 16;
/// Questions in one answer; an agent does not look for more at a time.
const ASKS_PER_ANSWER_MAX: usize = 4;

/// What is to be known of one alert.
pub(super) type Questions = Vec<(EvidenceKind, Wanted)>;

/// Questions that wait for the next report of one host.
#[derive(Debug, Default)]
pub(super) struct Asks {
    waiting: Vec<Ask>,
}

impl Asks {
    /// An alert began and is committed.
    pub(super) fn begin(&mut self, alert: AlertId, questions: Questions) {
        for (kind, what) in questions {
            if self.waiting.len() < ASKS_WAITING_MAX {
                let id = ask_id(alert, kind);
                self.waiting.push(Ask { id, what });
            }
        }
    }

    /// What goes with the next answer.
    pub(super) fn take(&mut self) -> Vec<Ask> {
        let count = self.waiting.len().min(ASKS_PER_ANSWER_MAX);
        self.waiting.drain(..count).collect()
    }
}

/// What the rule of a condition that begins wants to know, as far as the condition says where to
/// look.
pub(super) fn questions(found: &Found, rules: &RuleSet) -> Questions {
    let Some(rule) = rules.get(&found.rule).filter(|_| found.opens) else {
        return Vec::new();
    };
    let attribute = |name: &str| found.attributes.get(name).map(str::to_owned);
    let question = |kind: &EvidenceKind| {
        let wanted = match kind {
            EvidenceKind::TopProcesses => Wanted::TopProcesses,
            EvidenceKind::LargestFolders => Wanted::LargestFolders {
                mountpoint: attribute("mountpoint")?,
            },
            EvidenceKind::LastLines => Wanted::LastLines {
                unit: attribute("unit")?,
            },
        };
        Some((*kind, wanted))
    };
    rule.evidence.iter().filter_map(question).collect()
}
