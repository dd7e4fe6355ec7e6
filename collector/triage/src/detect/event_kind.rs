//! Names every kind of event as rules see it: its word, what tells one series of it from
//! another, what only describes it.
//!
//! In: an event as agents tell it. Out: [`Told`], or none for kinds that are no rule's
//! business. Knows nothing of time.

use vedette_wire::EventKind;

use crate::Labels;

/// The kind of event that a change of the boot id makes.
pub const REBOOT: &str = "reboot";
/// The kind of event that another machine under the same id makes.
pub const CLONE: &str = "clone";
/// Lines of an event are kept up to so many bytes, the last ones.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// A kind of event a rule can be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventForm {
    /// The word: `event("oom_kill")`.
    pub kind: &'static str,
    /// Attributes that tell one series from another: two failed jobs are two alerts.
    pub attributes: &'static [&'static str],
    /// Attributes that only describe.
    pub describing: &'static [&'static str],
    /// What it is, for people.
    pub about: &'static str,
}

/// Every kind of event a rule can be on.
pub const EVENTS: [EventForm; 13] = [
    form(REBOOT, &[], &["noticed", "planned"], "the host restarted"),
    form(
        CLONE,
        &["boot"],
        &["epoch", "name"],
        "another machine reports under this host's id",
    ),
    form("goodbye", &[], &["reason"], "the agent left on purpose"),
    form(
        "spool_loss",
        &[],
        &["records", "why"],
        "the agent's spool gave something up",
    ),
    form(
        "oom_kill",
        &[],
        &["victim", "kills"],
        "the kernel killed a process for want of memory",
    ),
    form(
        "unit_failed",
        &["unit"],
        &["result"],
        "a unit of systemd failed",
    ),
    form("job_started", &["job"], &["run"], "a job began"),
    form("job_done", &["job"], &["run"], "a job ended well"),
    form(
        "job_failed",
        &["job"],
        &["run", "exit_code"],
        "a job ended badly",
    ),
    form("job_missed", &["job"], &[], "a job did not begin in time"),
    form(
        "log_match",
        &["check", "about"],
        &["matches"],
        "a watched log has lines that match",
    ),
    form(
        "change",
        &["what", "name"],
        &["before", "after"],
        "something was changed on purpose",
    ),
    form(
        "hold",
        &[],
        &["by", "why"],
        "root on the host plans its own work",
    ),
];

/// What an event means to rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) kind: &'static str,
    /// All attributes, the describing ones included.
    pub(crate) attributes: Labels,
    /// How often it happened: events of one kind may be told together.
    pub(crate) times: u32,
    /// Its lines, for people.
    pub(crate) text: String,
    /// The kinds of event of the same thing whose effect ends with this one.
    pub(crate) settles: &'static [&'static str],
}

impl EventForm {
    /// The form of a kind.
    pub fn find(kind: &str) -> Option<&'static EventForm> {
        EVENTS.iter().find(|form| form.kind == kind)
    }

    /// All attributes, the describing ones last.
    pub fn all_attributes(&self) -> impl Iterator<Item = &'static str> {
        self.attributes.iter().chain(self.describing).copied()
    }

    /// What of these attributes identifies.
    pub(crate) fn identity(&self, attributes: &Labels) -> Labels {
        attributes
            .iter()
            .filter(|(name, _)| self.attributes.contains(name))
            .collect()
    }
}

const fn form(
    kind: &'static str,
    attributes: &'static [&'static str],
    describing: &'static [&'static str],
    about: &'static str,
) -> EventForm {
    EventForm {
        kind,
        attributes,
        describing,
        about,
    }
}

/// What an event means to rules; none for kinds that no rule can be on.
pub(crate) fn told(event: &EventKind) -> Option<Told> {
    Some(match event {
        EventKind::Goodbye { reason } => plain("goodbye", [("reason", reason.as_str())]),
        EventKind::SpoolLoss { records, why } => {
            let records = records.to_string();
            plain("spool_loss", [("records", &records), ("why", why)])
        }
        EventKind::OomKill { victim, kills } => {
            // A title must read well where the victim could not be found out.
            let victim = if victim.is_empty() {
                "a process"
            } else {
                victim
            };
            let (count, kills) = (times(*kills), kills.to_string());
            let told = plain("oom_kill", [("victim", victim), ("kills", &kills)]);
            Told {
                times: count,
                ..told
            }
        }
        EventKind::UnitFailed {
            unit,
            result,
            lines,
        } => {
            let told = plain("unit_failed", [("unit", unit), ("result", result)]);
            Told {
                text: text(lines),
                ..told
            }
        }
        EventKind::JobStarted {
            job,
            run,
            max_runtime_s: _,
            quiet: _,
        } => {
            let told = plain("job_started", [("job", job), ("run", run)]);
            Told {
                settles: &["job_missed"],
                ..told
            }
        }
        EventKind::JobEnded {
            job,
            run,
            ok: true,
            exit_code: _,
            took_ms: _,
            lines: _,
        } => {
            let told = plain("job_done", [("job", job), ("run", run)]);
            Told {
                settles: &["job_failed", "job_missed"],
                ..told
            }
        }
        EventKind::JobEnded {
            job,
            run,
            ok: false,
            exit_code,
            took_ms: _,
            lines,
        } => {
            let code = exit_code.map_or_else(|| "none".to_owned(), |code| code.to_string());
            let attributes = [("job", job.as_str()), ("run", run), ("exit_code", &code)];
            Told {
                text: text(lines),
                ..plain("job_failed", attributes)
            }
        }
        EventKind::JobMissed {
            job,
            due_wall_ms: _,
        } => plain("job_missed", [("job", job)]),
        EventKind::LogMatch {
            check,
            about,
            matches,
            lines,
        } => {
            let (count, matches) = (times(*matches), matches.to_string());
            let mut told = plain("log_match", [("check", check), ("matches", &matches)]);
            if let Some(about) = about {
                told.attributes = told.attributes.with("about", about);
            }
            Told {
                times: count,
                text: text(lines),
                ..told
            }
        }
        EventKind::Change {
            what,
            name,
            before,
            after,
        } => plain(
            "change",
            [
                ("what", what),
                ("name", name),
                ("before", before),
                ("after", after),
            ],
        ),
        EventKind::Hold {
            until_wall_ms: _,
            why,
            by,
        } => plain("hold", [("by", by), ("why", why)]),
        EventKind::Evidence { ask: _, lines: _ } | EventKind::Inventory(_) | EventKind::Other => {
            return None;
        }
    })
}

fn plain<'a, const N: usize, V: AsRef<str> + ?Sized + 'a>(
    kind: &'static str,
    attributes: [(&str, &'a V); N],
) -> Told {
    Told {
        kind,
        attributes: attributes
            .into_iter()
            .map(|(name, value)| (name, value.as_ref()))
            .collect(),
        times: 1,
        text: String::new(),
        settles: &[],
    }
}

fn times(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).max(1)
}

/// The last of the lines that fit.
fn text(lines: &[String]) -> String {
    let mut room = TEXT_BYTES_MAX;
    let fitting = lines.iter().rev().take_while(|line| {
        let fits = line.len() < room;
        room = room.saturating_sub(line.len() + 1);
        fits
    });
    let mut last: Vec<&str> = fitting.map(String::as_str).collect();
    last.reverse();
    last.join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_event_a_rule_can_be_on_has_the_attributes_its_form_names() {
        let job = || "dump".to_owned();
        for (event, expected) in [
            (
                EventKind::OomKill {
                    victim: String::new(),
                    kills: 3,
                },
                "oom_kill",
            ),
            (
                EventKind::UnitFailed {
                    unit: "a.service".into(),
                    result: "signal".into(),
                    lines: vec![],
                },
                "unit_failed",
            ),
            (
                EventKind::JobMissed {
                    job: job(),
                    due_wall_ms: 1,
                },
                "job_missed",
            ),
            (
                EventKind::JobEnded {
                    job: job(),
                    run: "r".into(),
                    ok: false,
                    exit_code: None,
                    took_ms: 1,
                    lines: vec![],
                },
                "job_failed",
            ),
            (
                EventKind::Change {
                    what: "package".into(),
                    name: "vim".into(),
                    before: "1".into(),
                    after: "2".into(),
                },
                "change",
            ),
            (
                EventKind::Hold {
                    until_wall_ms: 1,
                    why: "w".into(),
                    by: "b".into(),
                },
                "hold",
            ),
        ] {
            let told = told(&event).unwrap();
            assert_eq!(told.kind, expected);
            let form = EventForm::find(expected).unwrap();
            let names: Vec<&str> = told.attributes.iter().map(|(name, _)| name).collect();
            let mut known: Vec<&str> = form.all_attributes().collect();
            known.sort_unstable();
            assert_eq!(names, known, "{expected}");
        }
    }

    #[test]
    fn of_too_many_lines_the_last_are_kept() {
        let lines: Vec<String> = (0..20)
            .map(|at| format!("{at}{}", "x".repeat(1000)))
            .collect();
        let kept = text(&lines);
        assert!(kept.len() <= TEXT_BYTES_MAX);
        assert!(
            kept.starts_with("16x") && kept.lines().count() == 4,
            "{}",
            &kept[..9]
        );
        assert_eq!(text(&["a".to_owned(), "b".to_owned()]), "a\nb");
    }
}
