//! Keeps one running program: starts it, watches it live, ends it by its own id.
//!
//! In: a command, and a file for everything it prints. Out: [`Program`], which ends
//! with its value and shows its log when the test fails; [`built`], the path of one of
//! our own programs, up to date; [`run`], for commands that end by themselves.
//! Knows nothing of what the program does.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait::{PATIENCE, found_within, wait_for};

/// How long a program may take to leave after being asked to.
const GOODBYE_LIMIT: Duration = Duration::from_secs(15);
/// Lines of a failed test's programs that are shown, from the end.
const LINES_SHOWN: usize = 200;

/// A running program, or one that has ended and not yet been forgotten.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts `command`; what it prints is appended to `log`.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Program {
        let file = OpenOptions::new().create(true).append(true).open(log);
        let out = file.unwrap_or_else(|error| panic!("log {}: {error}", log.display()));
        let err = out.try_clone().expect("a log file can be shared");
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error} ({command:?})"));
        Program {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has printed so far, also in earlier lives with the same log.
    pub fn log(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child
            .try_wait()
            .expect("the state of a child can be read")
    }

    /// Waits until `look` says that the program is ready; panics when it ends instead.
    pub fn wait_ready(&mut self, mut look: impl FnMut() -> bool) {
        let what = format!("{} to be ready", self.name);
        wait_for(&what, PATIENCE, || {
            if let Some(status) = self.ended() {
                panic!("{} ended with {status} before it was ready", self.name);
            }
            look().then_some(())
        });
    }

    /// Waits until it prints `text`; panics when it does not.
    pub fn wait_printed(&self, text: &str) {
        let what = format!("{} to print {text:?}", self.name);
        wait_for(&what, PATIENCE, || self.log().contains(text).then_some(()));
    }

    /// Asks it to leave (SIGTERM) and waits; panics when it stays.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let what = format!("{} to leave after SIGTERM", self.name);
        wait_for(&what, GOODBYE_LIMIT, || self.ended())
    }

    /// Ends it at once, as a power cut would: `kill -9`.
    pub fn kill_9(&mut self) {
        self.signal(Signal::KILL);
        self.child.wait().expect("a killed child can be waited for");
    }

    /// Sends a signal, unless it has ended already.
    pub fn signal(&mut self, signal: Signal) {
        if self.ended().is_none() {
            // It may end between the look and the signal; then there is nothing to tell.
            let _ = kill_process(Pid::from_child(&self.child), signal);
        }
    }

    fn show_log(&self) {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let from = lines.len().saturating_sub(LINES_SHOWN);
        eprintln!(
            "---- {} (process {}), {from} earlier lines not shown",
            self.name,
            self.id()
        );
        for line in &lines[from..] {
            eprintln!("{line}");
        }
        eprintln!("---- end of {}", self.name);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show_log();
        }
        // Asked first even after a failure: a server that is killed leaves its workers behind.
        self.signal(Signal::TERM);
        found_within(GOODBYE_LIMIT, || self.ended());
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Runs a command to its end and gives what it printed; panics when it cannot be started.
pub fn run(command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"))
}

/// Is there a command of this name in the search path?
pub fn is_installed(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// The path of one of our programs, built from the sources as they are now.
///
/// `VEDETTE_BUILT` set means that whoever runs the tests has just built them: a test
/// runner that gives every test a process of its own would ask cargo each time.
pub fn built(program: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("a test knows its own path");
        // target/debug/deps/stories-0123 -> target/debug
        let folder = test
            .ancestors()
            .nth(2)
            .expect("tests lie two folders deep")
            .to_owned();
        if std::env::var_os("VEDETTE_BUILT").is_none() {
            build(&folder);
        }
        folder
    });
    let path = folder.join(program);
    assert!(
        path.is_file(),
        "{} is not there; `cargo build --workspace --bins` makes it",
        path.display()
    );
    path
}

fn build(folder: &Path) {
    let named = folder
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("debug");
    let profile = if named == "debug" { "dev" } else { named };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = run(Command::new(cargo)
        .args(["build", "--workspace", "--bins", "--profile", profile])
        .current_dir(env!("CARGO_MANIFEST_DIR")));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the programs under test do not build:\n{said}"
    );
}
