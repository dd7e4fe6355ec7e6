//! Tells whether the process that waits for a job's run is still there.
//!
//! In: `/proc`. Out: what names a process beyond its number, and whether it lives. None
//! where that cannot be told: other systems, `hidepid`, a container with numbers of its own.

use std::path::Path;

use super::report::Reporter;

/// This process.
pub(super) fn own(proc: &Path) -> Option<Reporter> {
    let pid = std::process::id();
    Some(Reporter {
        pid,
        since_ticks: since_ticks(&std::fs::read(proc.join("self/stat")).ok()?)?,
        namespace: namespace(proc)?,
    })
}

/// Whether a reporter still runs.
pub(super) fn is_there(proc: &Path, reporter: Reporter) -> Option<bool> {
    if namespace(proc)? != reporter.namespace {
        return None;
    }
    let stat = |name: &str| std::fs::read(proc.join(name).join("stat")).ok();
    // Who does not see the first process does not see those of others.
    stat("1")?;
    let found = stat(&reporter.pid.to_string());
    Some(found.and_then(|bytes| since_ticks(&bytes)) == Some(reporter.since_ticks))
}

#[cfg(unix)]
fn namespace(proc: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata(proc.join("self/ns/pid"))
        .ok()
        .map(|facts| facts.ino())
}

#[cfg(not(unix))]
fn namespace(_: &Path) -> Option<u64> {
    None
}

/// The 22nd word of proc_pid_stat(5); the second is a name in brackets that may hold
/// anything, brackets as well.
fn since_ticks(stat: &[u8]) -> Option<u64> {
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&stat[end + 1..]).ok()?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn this_process_is_there_and_one_that_began_at_another_time_is_not() {
        let proc = Path::new("/proc");
        let here = own(proc).unwrap();
        assert_eq!(is_there(proc, here), Some(true));
        let other = Reporter {
            since_ticks: here.since_ticks + 1,
            ..here
        };
        assert_eq!(is_there(proc, other), Some(false));
        let elsewhere = Reporter {
            namespace: 1,
            ..here
        };
        assert_eq!(is_there(proc, elsewhere), None);
    }

    #[test]
    fn a_name_with_brackets_does_not_move_the_words() {
        let words = "R 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0";
        assert_eq!(
            since_ticks(format!("7 (a) (b)) {words}").as_bytes()),
            Some(4711)
        );
        for stat in [&b""[..], b"7 (a", b"7 (a) R 1", b"7 (\xff) \xff"] {
            assert_eq!(since_ticks(stat), None);
        }
    }
}
