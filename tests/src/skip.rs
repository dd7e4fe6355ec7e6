//! Says aloud that a test could not be run on this machine.
//!
//! In: the reason. Out: a line on standard error, and one in the file that
//! `VEDETTE_SKIPPED` names, which `make test` prints last: test runners hide the
//! output of what did not fail. Knows nothing of the tests.

use std::fs::OpenOptions;
use std::io::Write;

/// Records that the running test is skipped because of `reason`.
///
/// The test then returns; it counts as passed for the runner, and is named at the end.
pub fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("SKIPPED {test}: {reason}\n");
    eprint!("{line}");
    if let Some(path) = std::env::var_os("VEDETTE_SKIPPED") {
        let file = OpenOptions::new().create(true).append(true).open(path);
        // One short write to a file opened for appending: tests side by side do not mix lines.
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the file of skipped tests can be written");
    }
}
