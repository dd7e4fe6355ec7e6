//! Runs one of our commands that ends by itself: `vedette drill`, `vedette-collector check`.
//!
//! In: the command. Out: [`Said`]: how it ended and what it printed, the two streams
//! apart. One that does not end is ended, and fails the test.
//! Knows nothing of what is asked.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::collector::Collector;
use crate::program::built;
use crate::scratch::Scratch;
use crate::wait::{PATIENCE, found_within};

/// A drill watches for a minute after its end; nothing else of ours takes longer.
const COMMAND_LIMIT: Duration = Duration::from_secs(90);

/// What a command said, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it complained about.
    pub err: String,
}

impl Said {
    /// The words themselves, if the exit code is `code`; panics and shows them otherwise.
    #[must_use]
    #[track_caller]
    pub fn expect(self, code: i32) -> Said {
        assert_eq!(
            self.code,
            Some(code),
            "it printed:\n{}\nand complained:\n{}",
            self.out,
            self.err
        );
        self
    }

    /// Both streams, for whoever looks for words anywhere.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// Runs a command to its end.
#[track_caller]
pub fn finish(command: &mut Command) -> Said {
    let scratch = Scratch::new();
    let stream = |name: &str| {
        let path = scratch.join(name);
        let file = File::create(&path).expect("files in the scratch folder can be made");
        (path, file)
    };
    let ((out, out_file), (err, err_file)) = (stream("out"), stream("err"));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out_file)
        .stderr(err_file)
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let ended = found_within(COMMAND_LIMIT, || {
        child.try_wait().expect("the state of a child can be read")
    });
    if ended.is_none() {
        // It may end right now; then there is nothing to end.
        let _ = child.kill();
        let _ = found_within(PATIENCE, || child.try_wait().ok().flatten());
    }
    let read = |path: &Path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (out, err) = (read(&out), read(&err));
    let Some(status) = ended else {
        panic!("{command:?} did not end within {COMMAND_LIMIT:?}; it said:\n{out}{err}");
    };
    Said {
        code: status.code(),
        out,
        err,
    }
}

/// Runs `vedette` with these arguments, as the administrator of this collector.
#[track_caller]
pub fn vedette(collector: &Collector, arguments: &[&str]) -> Said {
    let mut command = Command::new(built("vedette"));
    command
        .args(arguments)
        .env("VEDETTE_URL", collector.url())
        .env("VEDETTE_TOKEN", collector.token());
    finish(&mut command)
}
