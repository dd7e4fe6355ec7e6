//! Counts processes: all of them against the host's limit, and those that run, wait for a disk
//! or are dead and not buried.
//!
//! In: `/proc/stat`, `/proc/loadavg`, two limits, and one line of each process, which is why
//! nobody looks in every round. Out: counts. Names nobody.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};

/// Listing processes costs about 10 µs each.
const EVERY: Duration = Duration::from_secs(15);
/// A host with very many processes is listed for this long and no longer.
const LIST_FOR_AT_MOST: Duration = Duration::from_millis(500);

struct Processes {
    source: Source,
    proc: PathBuf,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Processes {
        source: Source::new(&surroundings.proc),
        proc: surroundings.proc.clone(),
    })
}

impl Probe for Processes {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let mut gaps = Gaps::default();
        let counts = match self.source.read("stat") {
            Ok(bytes) => Counts::parse(bytes),
            Err(why) => return Looked::No { why },
        };
        let state = |state| [("state", state)];
        for (name, count) in [("running", counts.running), ("blocked", counts.blocked)] {
            match count {
                Some(count) => notes.push_with(metric::PROCESSES, &state(name), count),
                None => gaps.push(format!("/proc/stat does not count processes {name}")),
            }
        }
        match counts.created {
            Some(created) => notes.push(metric::PROCESSES_CREATED, created),
            None => gaps.push("/proc/stat does not count processes made".to_owned()),
        }
        match self.source.read("loadavg").and_then(tasks) {
            Ok(total) => {
                notes.push_with(metric::PROCESSES, &state("total"), total);
                match self.limit() {
                    Ok(limit) => {
                        notes.push(metric::PROCESSES_LIMIT, limit);
                        notes.push(metric::PROCESSES_UTILIZATION, (total / limit).min(1.0));
                    }
                    Err(why) => gaps.push(why),
                }
            }
            Err(why) => gaps.push(why),
        }
        match self.zombies() {
            Ok(zombies) => notes.push_with(metric::PROCESSES, &state("zombie"), zombies as f64),
            Err(why) => gaps.push(why),
        }
        gaps.looked()
    }

    fn every(&self) -> Duration {
        EVERY
    }
}

impl Processes {
    /// Threads, too, have numbers of processes; whichever limit is lower is met first.
    fn limit(&mut self) -> Result<f64, String> {
        let mut lowest = f64::INFINITY;
        for file in ["sys/kernel/pid_max", "sys/kernel/threads-max"] {
            let number = text::words(self.source.read(file)?)
                .next()
                .and_then(text::whole);
            match number {
                Some(limit) if limit > 0 => lowest = lowest.min(limit as f64),
                Some(_) | None => return Err(format!("/proc/{file} is not a number")),
            }
        }
        Ok(lowest)
    }

    fn zombies(&mut self) -> Result<u64, String> {
        let begun = Instant::now();
        let listed = fs::read_dir(&self.proc)
            .map_err(|error| format!("{} cannot be listed: {error}", self.proc.display()))?;
        let mut zombies = 0;
        for entry in listed.flatten() {
            let name = entry.file_name();
            let Some(pid) = name.to_str().filter(|name| is_number(name)) else {
                continue;
            };
            if begun.elapsed() > LIST_FOR_AT_MOST {
                let within = LIST_FOR_AT_MOST.as_millis();
                return Err(format!(
                    "processes could not all be listed within {within} ms"
                ));
            }
            // A process that ended since is not there, and not dead and unburied either.
            let stat = self.source.read(&format!("{pid}/stat"));
            zombies += u64::from(stat.is_ok_and(|stat| state(stat) == Some(b'Z')));
        }
        Ok(zombies)
    }
}

/// What `/proc/stat` says of processes.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    running: Option<f64>,
    blocked: Option<f64>,
    created: Option<f64>,
}

impl Counts {
    fn parse(bytes: &[u8]) -> Counts {
        let mut counts = Counts::default();
        for line in text::lines(bytes) {
            let mut words = text::words(line);
            let field = match words.next() {
                Some(b"procs_running") => &mut counts.running,
                Some(b"procs_blocked") => &mut counts.blocked,
                Some(b"processes") => &mut counts.created,
                Some(_) | None => continue,
            };
            *field = words.next().and_then(text::whole).map(|count| count as f64);
        }
        counts
    }
}

/// Processes and threads: the second part of the fourth word, `3/512`.
fn tasks(loadavg: &[u8]) -> Result<f64, String> {
    let word = text::words(loadavg).nth(3).unwrap_or_default();
    let mut parts = word.split(|byte| *byte == b'/').map(text::whole);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Some(_)), Some(Some(total)), None) => Ok(total as f64),
        _ => Err("/proc/loadavg does not count processes".to_owned()),
    }
}

/// The letter behind the name, which is in brackets and may itself have some.
fn state(stat: &[u8]) -> Option<u8> {
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    text::words(&stat[end + 1..]).next()?.first().copied()
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_hide_a_state() {
        assert_eq!(state(b"7 (sh) Z 1 7 7"), Some(b'Z'));
        assert_eq!(state(b"7 (a) Z) S 1 7 7"), Some(b'S'));
        for stat in [&b""[..], b"7 sh Z", b"7 (sh)", b"7 (sh) "] {
            assert_eq!(state(stat), None);
        }
    }

    #[test]
    fn all_tasks_are_counted_behind_the_stroke() {
        assert_eq!(tasks(b"3.06 1.47 2.12 3/127 4834\n"), Ok(127.0));
        for bytes in [
            &b""[..],
            b"1 2 3",
            b"1 2 3 4",
            b"1 2 3 a/b",
            b"1 2 3 1/2/3",
            b"1 2 3 /5",
        ] {
            assert!(tasks(bytes).is_err());
        }
    }

    #[test]
    fn dead_processes_are_found_among_the_others() {
        let root = tempfile::tempdir().unwrap();
        let proc = root.path().join("proc");
        let write = |name: &str, text: &str| {
            let path = proc.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("stat", "processes 99\nprocs_running 2\nprocs_blocked 1\n");
        write("loadavg", "0.1 0.2 0.3 1/300 9\n");
        write("sys/kernel/pid_max", "32768\n");
        write("sys/kernel/threads-max", "400\n");
        write("1/stat", "1 (init) S 0\n");
        write("2/stat", "2 (Z (Z) Z 1\n");
        write("3/stat", "3 (gone) Z 1\n");
        write("4/status", "no stat: it has just ended\n");
        write("net/stat", "5 (no process) Z 1\n");
        let mut notes = Notes::default();
        let looked = build(&Surroundings::fixture(root.path())).look(&mut notes);
        assert_eq!(looked, Looked::Yes);
        let seen: Vec<f64> = notes.samples().iter().map(|sample| sample.value).collect();
        assert_eq!(seen, [2.0, 1.0, 99.0, 300.0, 400.0, 0.75, 2.0]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = (Counts::parse(&bytes), tasks(&bytes), state(&bytes));
        }
    }
}
