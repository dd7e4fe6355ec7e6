//! A small Debian system, booted beside this one: systemd, D-Bus, and nothing else.
//!
//! In: nothing; the system is made once (`tests/booted/root.sh`) and copied for each test.
//! Out: [`Booted`], in which commands are run, and which is shut down and gone with its
//! value; nothing, said aloud, where it cannot be booted. It shares the network of this
//! machine, so it reaches a collector on 127.0.0.1. [`package`] makes a package of the agent.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::command::{Said, finish};
use crate::program::{Program, built, run};
use crate::scratch::Scratch;
use crate::skip::skip;
use crate::wait::{PATIENCE, found_within, wait_for};

/// How long it may take to boot, on a busy machine.
const BOOT_LIMIT: Duration = Duration::from_secs(60);

/// A running system.
#[derive(Debug)]
pub struct Booted {
    // First, so that it has shut down before its folder is removed.
    container: Program,
    /// Its process 1, as this system counts.
    leader: Pid,
    scratch: Scratch,
}

impl Booted {
    /// Boots one, or says that the test is skipped.
    pub fn boot() -> Option<Booted> {
        let root = made()?;
        let scratch = Scratch::new();
        let copied = run(Command::new("cp")
            .arg("-a")
            .arg(&root)
            .arg(scratch.join("root")));
        assert!(copied.status.success(), "the made system can be copied");
        let mut command = Command::new("systemd-nspawn");
        command
            .args(["--boot", "--register=no", "--keep-unit", "--console=pipe"])
            .arg(format!("--machine=vedette-test-{}", std::process::id()))
            .arg("--directory")
            .arg(scratch.join("root"));
        let mut container = Program::start("systemd-nspawn", &mut command, &scratch.join("log"));
        let leader = found_within(BOOT_LIMIT, || match container.ended() {
            Some(_) => Some(None),
            None => leader(&container).map(Some),
        });
        let Some(Some(leader)) = leader else {
            let log = container.log();
            skip(&format!("systemd-nspawn boots nothing here: {log}"));
            return None;
        };
        let booted = Booted {
            container,
            leader,
            scratch,
        };
        wait_for("the small system to have booted", BOOT_LIMIT, || {
            let said = booted.run(&["systemctl", "is-system-running"]);
            matches!(said.out.trim(), "running" | "degraded").then_some(())
        });
        Some(booted)
    }

    /// Runs a command in it, as root, to its end.
    #[track_caller]
    pub fn run(&self, command: &[&str]) -> Said {
        finish(
            Command::new("nsenter")
                .args(["--mount", "--uts", "--ipc", "--pid", "--cgroup", "--target"])
                .arg(self.leader.as_raw_nonzero().to_string())
                .args(["--", "env", "-i", "LC_ALL=C", "HOME=/root"])
                .arg("PATH=/usr/sbin:/usr/bin:/sbin:/bin")
                .args(command),
        )
    }

    /// The same, for a command that must succeed; gives what it printed.
    #[track_caller]
    pub fn done(&self, command: &[&str]) -> String {
        self.run(command).expect(0).out
    }

    /// The path by which this system sees a file of that one, below its root.
    pub fn path(&self, path: &str) -> PathBuf {
        self.scratch.join("root").join(path.trim_start_matches('/'))
    }

    /// Writes a file below its root; the folder must be there.
    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).expect("files of the small system can be written");
    }

    /// Brings a package in and installs it; panics with what dpkg said unless it works.
    #[track_caller]
    pub fn install(&self, package: &Path) {
        let inside = "/var/vedette-agent.deb";
        fs::copy(package, self.path(inside)).expect("a package can be copied");
        // What it writes need not survive a power cut.
        self.done(&["dpkg", "--force-unsafe-io", "--install", inside]);
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        // Asks its systemd to shut down, which Program does by SIGTERM to the container.
        self.container.signal(Signal::TERM);
        let ended = found_within(PATIENCE, || self.container.ended());
        if ended.is_none() {
            // With its process 1 all others of it end, too.
            let _ = kill_process(self.leader, Signal::KILL);
        }
    }
}

/// A package of the agent as it is now, with this version, in `folder`. Nothing, said aloud,
/// where packages cannot be made.
pub fn package(folder: &Path, version: &str) -> Option<PathBuf> {
    let program = folder.join("vedette-agent");
    // A tenth of its size, and time to pack; what a release build does, too.
    let stripped = run(Command::new("strip")
        .arg("-o")
        .arg(&program)
        .arg(built("vedette-agent")));
    assert!(stripped.status.success(), "a program can be stripped");
    let script = workspace().join("agent/packaging/deb.sh");
    let made = run(Command::new(script).arg(&program).arg(folder).args([
        "--fast",
        "--no-strip",
        "--quiet",
        "--deb-version",
        version,
    ]));
    let said = String::from_utf8_lossy(&made.stdout);
    if !made.status.success() {
        let why = String::from_utf8_lossy(&made.stderr);
        skip(&format!("no package can be made: {why}"));
        return None;
    }
    let path = said.lines().last().expect("cargo-deb names the package");
    Some(PathBuf::from(path))
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let parent = tests.parent().expect("the tests lie in the workspace");
    parent.to_owned()
}

/// The system every test copies; made now if need be.
fn made() -> Option<PathBuf> {
    // Beside the programs, so that it is kept and forgotten with them.
    let target = built("vedette-agent");
    let target = target
        .ancestors()
        .nth(2)
        .expect("programs lie in target/debug");
    let root = target.join("booted/debian");
    let script = workspace().join("tests/booted/root.sh");
    let said = run(Command::new(script).arg(&root));
    match said.status.success() {
        true => Some(root),
        false => {
            let why = String::from_utf8_lossy(&said.stderr);
            skip(&format!("there is no system to boot: {}", why.trim()));
            None
        }
    }
}

/// Process 1 of the container: the child of nspawn that has become systemd.
fn leader(container: &Program) -> Option<Pid> {
    let id = container.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
    let is_systemd = |id: &&str| {
        fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "systemd")
    };
    let found = children.split_whitespace().find(is_systemd)?;
    Pid::from_raw(found.parse().ok()?)
}
