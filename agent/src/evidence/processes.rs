//! Finds the processes that use most processor time and memory.
//!
//! In: two looks at all processes, a moment apart. Out: a few lines with names, numbers and
//! units of systemd; never arguments, for they hold secrets.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::size;
use crate::probe::source::Source;
use crate::probe::text;

/// Processes named for each of the two reasons.
const NAMED_MAX: usize = 8;
/// Processes in one look; further ones are not compared.
const PROCESSES_MAX: usize = 20_000;
/// How long one look may take.
const LIST_FOR_AT_MOST: Duration = Duration::from_secs(2);
/// Ticks in a second, as the kernel shows them to programs.
const TICKS_PER_SECOND: f64 = 100.0;

const _: () = assert!(2 * (NAMED_MAX + 1) <= vedette_wire::limits::EVIDENCE_LINES_MAX);

/// All processes at one moment, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Snapshot(Vec<Process>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    pid: u32,
    name: Name,
    /// When it began, in ticks since boot: tells it from a later one of its number.
    begun: u64,
    /// Processor time so far.
    ticks: u64,
    /// Resident memory.
    pages: u64,
}

/// A process's name, as much as the kernel keeps of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name([u8; text::PROCESS_NAME_MAX]);

impl Snapshot {
    /// Looks at all processes below `proc`.
    ///
    /// # Errors
    /// They cannot be listed.
    pub(super) fn take(proc: &Path) -> Result<Snapshot, String> {
        let listed = fs::read_dir(proc)
            .map_err(|error| format!("{} cannot be listed: {error}", proc.display()))?;
        let begun = Instant::now();
        let mut source = Source::new(proc);
        let mut processes = Vec::new();
        for entry in listed.flatten() {
            let name = entry.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if processes.len() >= PROCESSES_MAX || begun.elapsed() > LIST_FOR_AT_MOST {
                break;
            }
            // One that has ended since is not there.
            let stat = source.read(&format!("{pid}/stat"));
            processes.extend(stat.ok().and_then(|stat| parse(pid, stat)));
        }
        processes.sort_unstable_by_key(|process: &Process| process.pid);
        Ok(Snapshot(processes))
    }

    fn find(&self, process: &Process) -> Option<&Process> {
        let place = self.0.binary_search_by_key(&process.pid, |known| known.pid);
        let known = &self.0[place.ok()?];
        (known.begun == process.begun).then_some(known)
    }
}

/// Lines about the busiest and the largest processes of `after`.
pub(super) fn top(
    before: &Snapshot,
    after: &Snapshot,
    elapsed: Duration,
    proc: &Path,
) -> Vec<String> {
    let mut source = Source::new(proc);
    let seconds = elapsed.as_secs_f64().max(0.001);
    let mut busy: Vec<(u64, Process)> = after
        .0
        .iter()
        .map(|process| {
            let had = before.find(process).map_or(0, |known| known.ticks);
            (process.ticks.saturating_sub(had), *process)
        })
        .filter(|(ticks, _)| *ticks > 0)
        .collect();
    busy.sort_by_key(|(ticks, process)| (u64::MAX - ticks, process.pid));
    let mut lines = vec![format!(
        "by processor time in {seconds:.1} s (100 % is one processor):"
    )];
    for (ticks, process) in busy.iter().take(NAMED_MAX) {
        let percent = *ticks as f64 / TICKS_PER_SECOND / seconds * 100.0;
        lines.push(format!("{percent:6.1} %  {}", process.shown(&mut source)));
    }
    let mut large = after.0.clone();
    large.sort_by_key(|process| (u64::MAX - process.pages, process.pid));
    lines.push("by resident memory:".to_owned());
    for process in large
        .iter()
        .take(NAMED_MAX)
        .filter(|process| process.pages > 0)
    {
        let bytes = resident(process.pid, &mut source);
        let memory = bytes.map_or_else(|| "ended".to_owned(), size);
        lines.push(format!("{memory:>10}  {}", process.shown(&mut source)));
    }
    lines
}

impl Process {
    /// Number, name and unit.
    fn shown(&self, source: &mut Source) -> String {
        let name = self.name.shown();
        let cgroup = source.read(&format!("{}/cgroup", self.pid)).ok();
        match cgroup.and_then(unit) {
            Some(unit) => format!("pid {}  {name}  ({unit})", self.pid),
            None => format!("pid {}  {name}", self.pid),
        }
    }
}

impl Name {
    fn of(bytes: &[u8]) -> Name {
        let mut name = [0; text::PROCESS_NAME_MAX];
        let kept = bytes.len().min(name.len());
        name[..kept].copy_from_slice(&bytes[..kept]);
        Name(name)
    }

    fn shown(&self) -> String {
        let end = self.0.iter().position(|byte| *byte == 0);
        String::from_utf8_lossy(&self.0[..end.unwrap_or(self.0.len())]).into_owned()
    }
}

fn parse(pid: u32, stat: &[u8]) -> Option<Process> {
    // Fields behind the name, counted from the state (`proc_pid_stat(5)`).
    const USER_TICKS: usize = 11;
    const BEGUN: usize = 19;
    const PAGES: usize = 21;
    let begin = stat.iter().position(|byte| *byte == b'(')? + 1;
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let name = stat.get(begin..end)?;
    let mut words = text::words(&stat[end + 1..]);
    let user = text::whole(words.nth(USER_TICKS)?)?;
    let system = text::whole(words.next()?)?;
    let begun = text::whole(words.nth(BEGUN - USER_TICKS - 2)?)?;
    let pages = text::whole(words.nth(PAGES - BEGUN - 1)?)?;
    Some(Process {
        pid,
        name: Name::of(name),
        begun,
        ticks: user.saturating_add(system),
        pages,
    })
}

fn resident(pid: u32, source: &mut Source) -> Option<f64> {
    let status = source.read(&format!("{pid}/status")).ok()?;
    text::lines(status).find_map(|line| text::kilobytes(line, b"VmRSS"))
}

/// The unit of systemd that a process belongs to: the last part of its path among cgroups.
fn unit(cgroup: &[u8]) -> Option<&str> {
    text::lines(cgroup).find_map(|line| {
        let mut fields = line.splitn(3, |byte| *byte == b':');
        let is_systemds = matches!(
            (fields.next()?, fields.next()?),
            (b"0", b"") | (_, b"name=systemd")
        );
        let last = fields.next()?.rsplit(|byte| *byte == b'/').next()?;
        let name = text::name(last).filter(|_| is_systemds)?;
        (name.ends_with(".service") || name.ends_with(".scope")).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn stat(name: &str, user: u64, begun: u64, pages: u64) -> String {
        format!(
            "7 ({name}) S 1 7 7 0 -1 4194560 1 2 3 4 {user} 50 0 0 20 0 1 0 {begun} 1000000 {pages} 184467 1\n"
        )
    }

    #[test]
    fn a_line_of_a_process_has_its_times_and_its_memory() {
        let process = parse(7, stat("a) b", 100, 77, 5).as_bytes()).unwrap();
        assert_eq!(process.name.shown(), "a) b");
        assert_eq!((process.ticks, process.begun, process.pages), (150, 77, 5));
        let kernel =
            b"2 (kworker/u8:2-events_unbound) I 2 0 0 0 -1 1 0 0 0 0 0 9 0 0 20 0 1 0 30 0 0 1";
        assert_eq!(parse(2, kernel).unwrap().name.shown(), "kworker/u8:2-ev");
        for bytes in [
            &b""[..],
            b"7 (a S",
            b")(",
            b"7 (a) S 1 2",
            b"7 (a) S 1 7 7 0 -1 1 1 2 3 4 x",
        ] {
            assert_eq!(parse(7, bytes), None);
        }
    }

    #[test]
    fn a_unit_is_the_last_part_of_a_path_of_systemd() {
        let cases: [(&[u8], Option<&str>); 5] = [
            (b"0::/system.slice/nginx.service\n", Some("nginx.service")),
            (
                b"4:memory:/x.service\n1:name=systemd:/user.slice/session-1.scope\n",
                Some("session-1.scope"),
            ),
            (b"0::/\n", None),
            (b"0::/user.slice\n", None),
            (b"\xff\xfe:::", None),
        ];
        for (cgroup, expected) in cases {
            assert_eq!(unit(cgroup), expected);
        }
    }

    #[test]
    fn the_busiest_and_the_largest_are_named_and_no_argument_is() {
        let host = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = host.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let process = |pid: u32, stat: &str, kilobytes: u32| {
            write(&format!("{pid}/stat"), stat);
            write(
                &format!("{pid}/status"),
                &format!("VmRSS: {kilobytes} kB\n"),
            );
            write(&format!("{pid}/cmdline"), "--password=hunter2");
        };
        process(10, &stat("idle", 5_000, 1, 10), 40);
        process(11, &stat("busy", 1_000, 1, 1), 4);
        process(12, &stat("large", 0, 1, 9_000), 2_097_152);
        process(13, &stat("old", 9_000, 1, 1), 4);
        write("11/cgroup", "0::/system.slice/busy.service\n");
        write("net/dev", "not a process");
        let before = Snapshot::take(host.path()).unwrap();
        process(11, &stat("busy", 1_150, 1, 1), 4);
        // Another process has taken the number of one that ended.
        process(13, &stat("young", 30, 900, 1), 4);
        let after = Snapshot::take(host.path()).unwrap();
        let lines = top(&before, &after, Duration::from_secs(2), host.path());
        assert_eq!(
            lines,
            [
                "by processor time in 2.0 s (100 % is one processor):",
                "  75.0 %  pid 11  busy  (busy.service)",
                "  40.0 %  pid 13  young",
                "by resident memory:",
                "   2.0 GiB  pid 12  large",
                "  40.0 KiB  pid 10  idle",
                "   4.0 KiB  pid 11  busy  (busy.service)",
                "   4.0 KiB  pid 13  young",
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: Vec<u8>) {
            let _ = (parse(1, &bytes), unit(&bytes));
            let _ = parse(1, &[b"1 (a) S 1 1 1 0 -1 ", &tail[..]].concat());
        }
    }
}
