//! Decides what `vedette-agent job` leaves for the agent: one small file for the start of a
//! run, one for its end.
//!
//! In: bytes that anybody on this host may have written. Out: a [`Report`] whose every text
//! is bounded and printable, or why it is none. Knows nothing of folders.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vedette_config::job_name;
use vedette_wire::limits::EVIDENCE_LINES_MAX;

use crate::line::printable;

/// The form of a report that this build writes and reads.
const FORM: u32 = 1;
/// Bytes of a report; a longer file is none.
pub(crate) const REPORT_BYTES_MAX: u64 = 64 * 1024;
/// A run that claims to have taken longer took this long.
const TOOK_MS_MAX: u64 = 366 * 86_400_000;

/// What a run of a job has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// The job's name.
    pub(crate) job: String,
    /// This run of it.
    pub(crate) run: Uuid,
    /// When the run began, in milliseconds of the wall clock, as it says itself.
    pub(crate) started_wall_ms: i64,
    /// Start or end.
    pub(crate) what: What,
}

/// The two things a run has to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum What {
    /// It has begun.
    Started {
        /// Who waits for it to end.
        reporter: Option<Reporter>,
    },
    /// It has ended.
    Ended(End),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// How long it took, in milliseconds.
    pub(crate) took_ms: u64,
    /// None: a signal ended it.
    pub(crate) exit_code: Option<i32>,
    /// The signal.
    pub(crate) signal: Option<i32>,
    /// Its last lines.
    pub(crate) lines: Vec<String>,
}

/// A process that cannot be taken for a later one with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reporter {
    /// Its number.
    pub(crate) pid: u32,
    /// When it began, in ticks since the boot.
    pub(crate) since_ticks: u64,
    /// The namespace in which the number is its own.
    pub(crate) namespace: u64,
}

/// As it stands in the file.
#[derive(Serialize, Deserialize)]
struct Written {
    form: u32,
    job: String,
    run: String,
    started_wall_ms: i64,
    #[serde(flatten)]
    what: What,
}

impl Report {
    /// The bytes of the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let written = Written {
            form: FORM,
            job: self.job.clone(),
            run: self.run.to_string(),
            started_wall_ms: self.started_wall_ms,
            what: self.what.clone(),
        };
        // Plain data into memory: there is nothing that could fail.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// Reads a file that anybody may have written.
    ///
    /// # Errors
    /// Why it is no report.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Report, String> {
        let written: Written = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if written.form != FORM {
            return Err(format!("its form is {}, not {FORM}", written.form));
        }
        let what = match written.what {
            What::Started { reporter } => What::Started { reporter },
            What::Ended(end) => What::Ended(End {
                took_ms: end.took_ms.min(TOOK_MS_MAX),
                lines: last_lines(&end.lines),
                ..end
            }),
        };
        Ok(Report {
            job: job_name(&written.job)?,
            run: written.run.parse().map_err(|_| "its run is not a UUID")?,
            started_wall_ms: written.started_wall_ms,
            what,
        })
    }
}

fn last_lines(lines: &[String]) -> Vec<String> {
    let first = lines.len().saturating_sub(EVIDENCE_LINES_MAX);
    lines[first..]
        .iter()
        .map(|line| printable(line.as_bytes()))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::line::LINE_BYTES_MAX;

    fn ended(lines: Vec<String>) -> Report {
        Report {
            job: "backup-erp".to_owned(),
            run: Uuid::from_u128(7),
            started_wall_ms: 1_000,
            what: What::Ended(End {
                took_ms: 5,
                exit_code: Some(1),
                signal: None,
                lines,
            }),
        }
    }

    #[test]
    fn a_report_reads_back_as_what_it_was() {
        let started = Report {
            what: What::Started {
                reporter: Some(Reporter {
                    pid: 9,
                    since_ticks: 77,
                    namespace: 4,
                }),
            },
            ..ended(Vec::new())
        };
        for report in [started, ended(vec!["no space left".to_owned()])] {
            assert_eq!(Report::from_bytes(&report.to_bytes()), Ok(report));
        }
    }

    #[test]
    fn what_a_stranger_writes_is_bounded_and_printable() {
        let mut lines = vec!["\u{1b}[31mred\u{7}\tand\0".to_owned(), "ä".repeat(10_000)];
        lines.extend((0..100).map(|number| number.to_string()));
        lines.push("last \u{1b}[0m".to_owned());
        lines.push("é".repeat(9_999));
        let bytes = ended(lines).to_bytes();
        let What::Ended(End { lines, .. }) = Report::from_bytes(&bytes).unwrap().what else {
            panic!("it has ended");
        };
        assert_eq!(lines.len(), EVIDENCE_LINES_MAX);
        assert!(lines.iter().all(|line| line.len() <= LINE_BYTES_MAX));
        assert!(!lines.concat().contains(char::is_control));
        assert_eq!(lines[EVIDENCE_LINES_MAX - 2], "last \u{fffd}[0m");
    }

    #[test]
    fn what_is_no_report_is_refused_with_the_reason() {
        let good = String::from_utf8(ended(Vec::new()).to_bytes()).unwrap();
        let cases = [
            (String::new(), "EOF"),
            ("[]".to_owned(), "invalid"),
            (good.replace("\"form\":1", "\"form\":2"), "form is 2"),
            (good.replace("backup-erp", "../etc"), "letters"),
            (good.replace("backup-erp", ""), "needs a name"),
            (good.replace("0007", "000x"), "UUID"),
            (good.replace("ended", "eaten"), "eaten"),
            (good.replace("\"took_ms\":5", "\"took_ms\":-5"), "invalid"),
        ];
        for (text, part) in cases {
            let why = Report::from_bytes(text.as_bytes()).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Report::from_bytes(&bytes);
        }
    }
}
