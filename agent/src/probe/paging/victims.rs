//! Finds out from the kernel's log whom it has killed.
//!
//! In: `/dev/kmsg`, or the journal where the agent may not read that. Out: names, and when the
//! kernel logged them. Names are those of the processes, at most fifteen bytes; never their
//! arguments.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use crate::probe::{Surroundings, text};
use crate::program::{Bounds, Programs};

/// Victims kept of one reading: the last ones.
const VICTIMS_MAX: usize = 64;
/// The kernel never writes a longer record.
const RECORD_BYTES_MAX: usize = 8 * 1024;
/// Reading a full log of the usual size takes a few milliseconds.
const READ_WITHIN: Duration = Duration::from_millis(300);
/// The journal's answer. It is asked in the round, which has to end.
const JOURNAL: Bounds = Bounds {
    within: Duration::from_millis(1_200),
    bytes_max: 256 * 1024,
};
/// Only errors: the kernel tells whom it killed as one, and the hundreds of lines about memory
/// beside it as warnings.
const ASKED: [&str; 7] = [
    "--dmesg",
    "--boot",
    "--priority=err",
    "--output=short-monotonic",
    "--lines=200",
    "--no-pager",
    "--quiet",
];

/// One that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Victim {
    /// The name of its process.
    pub(super) name: String,
    /// When the kernel said so: microseconds since boot, on the log's own clock.
    pub(super) logged_us: u64,
}

pub(super) struct Victims {
    log: PathBuf,
    programs: Programs,
}

impl Victims {
    pub(super) fn new(surroundings: &Surroundings) -> Victims {
        Victims {
            log: surroundings.root.join("dev/kmsg"),
            programs: surroundings.programs.clone(),
        }
    }

    /// Those killed after a moment of the log's clock, the last of them last; none where no
    /// log can be read.
    pub(super) fn since(&self, logged_us: u64) -> Vec<Victim> {
        let all = self.of_kernel().unwrap_or_else(|| self.of_journal());
        let mut all: Vec<Victim> = all
            .into_iter()
            .filter(|one| one.logged_us > logged_us)
            .collect();
        all.drain(..all.len().saturating_sub(VICTIMS_MAX));
        all
    }

    fn of_kernel(&self) -> Option<Vec<Victim>> {
        let mut options = OpenOptions::new();
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).ok()?;
        let mut log = options
            .read(true)
            .custom_flags(flags)
            .open(&self.log)
            .ok()?;
        let mut victims = Vec::new();
        let mut record = [0; RECORD_BYTES_MAX];
        let until = Instant::now() + READ_WITHIN;
        while let Some(length) = next_record(&mut log, &mut record) {
            victims.extend(text::lines(&record[..length]).filter_map(of_record));
            if victims.len() > 2 * VICTIMS_MAX {
                victims.drain(..VICTIMS_MAX);
            }
            if Instant::now() > until {
                break;
            }
        }
        Some(victims)
    }

    fn of_journal(&self) -> Vec<Victim> {
        let ran = self.programs.run("journalctl", &ASKED, JOURNAL);
        let out = ran.map(|ran| ran.out).unwrap_or_default();
        text::lines(&out).filter_map(of_line).collect()
    }
}

/// Each read of the kernel's log is one record, until there is none. One that was overwritten
/// while we read is passed over.
fn next_record(log: &mut File, record: &mut [u8]) -> Option<usize> {
    loop {
        match log.read(record) {
            Ok(0) => return None,
            Ok(length) => return Some(length),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(_) => return None,
        }
    }
}

/// A record of the kernel's log: `3,5140,339240900,-;text`.
fn of_record(line: &[u8]) -> Option<Victim> {
    let semicolon = line.iter().position(|byte| *byte == b';')?;
    let (head, said) = line.split_at(semicolon);
    let logged_us = head
        .split(|byte| *byte == b',')
        .nth(2)
        .and_then(text::whole)?;
    Some(Victim {
        name: name(said)?,
        logged_us,
    })
}

/// A line of the journal: `[  339.240900] host kernel: text`.
fn of_line(line: &[u8]) -> Option<Victim> {
    let bracket = line.iter().position(|byte| *byte == b']')?;
    let (head, said) = line.split_at(bracket);
    let seconds = text::decimal(head.strip_prefix(b"[")?.trim_ascii())?;
    Some(Victim {
        name: name(said)?,
        logged_us: (seconds * 1e6).round() as u64,
    })
}

/// `... Killed process 4711 (name) total-vm:...`; some kernels put `, UID 0,` between. The
/// name may have brackets itself.
fn name(said: &[u8]) -> Option<String> {
    const KILLED: &[u8] = b"Killed process ";
    let at = said.windows(KILLED.len()).position(|part| part == KILLED)?;
    let rest = &said[at + KILLED.len()..];
    let begin = rest.iter().position(|byte| *byte == b'(')? + 1;
    text::whole(rest[..begin - 1].trim_ascii())?;
    let rest = &rest[begin..];
    let sizes = b"total-vm";
    let until = rest.windows(sizes.len()).position(|part| part == sizes);
    let rest = &rest[..until.unwrap_or(rest.len())];
    let end = rest.iter().rposition(|byte| *byte == b')')?;
    let name = String::from_utf8_lossy(&rest[..end]);
    let shown = name.chars().take(text::PROCESS_NAME_MAX);
    Some(
        shown
            .map(|letter| if letter.is_control() { '?' } else { letter })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::probe::fixture::Fixture;

    #[test]
    fn every_kernel_says_in_its_own_words_whom_it_killed() {
        let cases: [(&[u8], Option<&str>); 10] = [
            (b";Out of memory: Killed process 4711 (java) total-vm:1kB, anon-rss:2kB, UID:0 pgtables:1kB", Some("java")),
            (b";Memory cgroup out of memory: Killed process 9 (tail) total-vm:1kB", Some("tail")),
            (b";Killed process 12 (mysqld), UID 27, total-vm:1kB", Some("mysqld")),
            (b";Killed process 12 (a) (b)) total-vm:1kB", Some("a) (b)")),
            (b";Killed process 12 (a\x1b[2J) total-vm:1kB", Some("a?[2J")),
            (b";Killed process 12 (\xff) total-vm:1kB", Some("\u{fffd}")),
            (b";Out of memory: Kill process 12 (java) score 9 or sacrifice child", None),
            (b";Killed process x (java)", None),
            (b";Killed process 12", None),
            (b";Killed process 12 (java", None),
        ];
        for (said, expected) in cases {
            assert_eq!(
                name(said).as_deref(),
                expected,
                "{}",
                String::from_utf8_lossy(said)
            );
        }
    }

    #[test]
    fn a_record_and_a_line_of_the_journal_say_when() {
        let victim = |logged_us| {
            Some(Victim {
                name: "tail".to_owned(),
                logged_us,
            })
        };
        let record = b"3,5140,339240900,-;Killed process 9 (tail) total-vm:1kB";
        assert_eq!(of_record(record), victim(339_240_900));
        let line = b"[  339.240900] db-7 kernel: Killed process 9 (tail) total-vm:1kB";
        assert_eq!(of_line(line), victim(339_240_900));
        for line in [
            &b""[..],
            b"3,1;Killed process 9 (a)",
            b"[x] Killed process 9 (a)",
            b" SUBSYSTEM=a",
        ] {
            assert_eq!((of_record(line), of_line(line)), (None, None));
        }
    }

    #[test]
    fn where_the_kernels_log_may_not_be_read_the_journal_is_asked() {
        let host = Fixture::new("");
        let victims = Victims::new(&host.surroundings());
        assert_eq!(victims.since(0), []);
        host.program(
            "journalctl",
            "echo '[ 1.5] h kernel: Killed process 9 (a) total-vm:1kB'\n\
             echo '[ 2.5] h kernel: Killed process 9 (b) total-vm:1kB'\n",
        );
        let names = |since| -> Vec<String> {
            let all = victims.since(since).into_iter();
            all.map(|victim| victim.name).collect()
        };
        assert_eq!(names(0), ["a", "b"]);
        assert_eq!(names(1_500_000), ["b"]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: Vec<u8>) {
            let _ = (of_record(&bytes), of_line(&bytes));
            let said = [b"3,1,2,-;Killed process 1 (", &tail[..]].concat();
            let _ = of_record(&said);
        }
    }
}
