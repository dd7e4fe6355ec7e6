//! `make run`: collector, agent and inbox together, started and ended by one script.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use vedette_tests::command::finish;
use vedette_tests::program::{Program, built};
use vedette_tests::scratch::{Scratch, free_port};
use vedette_tests::wait::{PATIENCE, wait_for};

const ALL_WELL: &str = "All well here. To see a ticket in ten seconds: vedette drill";

/// The script, on a port and a state folder of its own.
struct Trio {
    script: Program,
    port: u16,
    scratch: Scratch,
}

fn script(state: &Path, port: u16) -> Command {
    let programs: PathBuf = built("vedette-collector")
        .parent()
        .expect("a program lies in a folder")
        .to_owned();
    let mut command =
        Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/dev/run.sh"));
    command
        .arg(programs)
        .env("VEDETTE_STATE", state)
        .env("VEDETTE_PORT", port.to_string());
    command
}

/// A free port whose next one, which the inbox takes, is free, too.
fn free_ports() -> u16 {
    wait_for("two free ports in a row", PATIENCE, || {
        let port = free_port();
        let next = TcpListener::bind(("127.0.0.1", port + 1));
        next.is_ok().then_some(port)
    })
}

impl Trio {
    fn start() -> Trio {
        let scratch = Scratch::new();
        let port = free_ports();
        let mut command = script(&scratch.join("state"), port);
        let script = Program::start("run.sh", &mut command, &scratch.join("run.log"));
        script.wait_printed(ALL_WELL);
        Trio {
            script,
            port,
            scratch,
        }
    }

    /// The command lines of every process that was told of this state folder or port.
    fn processes(&self) -> Vec<String> {
        let state = self.scratch.path().display().to_string();
        let inbox = format!("127.0.0.1:{}", self.port + 1);
        let processes = fs::read_dir("/proc").expect("Linux lists its processes");
        let line = |entry: std::io::Result<fs::DirEntry>| {
            let bytes = fs::read(entry.ok()?.path().join("cmdline")).ok()?;
            Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
        };
        processes
            .filter_map(line)
            .filter(|line| line.contains(&state) || line.contains(&inbox))
            .collect()
    }
}

#[test]
fn three_programs_come_up_show_a_drills_ticket_and_leave_together() {
    let mut trio = Trio::start();
    let before = trio.processes();
    for part in [
        "vedette-collector inbox",
        "vedette-collector run",
        "vedette-agent run",
    ] {
        assert!(
            before.iter().any(|line| line.contains(part)),
            "{part} of {before:?}"
        );
    }
    let mut drill = Command::new(built("vedette"));
    drill
        .args(["drill", "--for", "1s"])
        .env("VEDETTE_URL", format!("http://127.0.0.1:{}", trio.port))
        .env_remove("VEDETTE_TOKEN");
    let _ = finish(&mut drill).expect(0);
    trio.script.wait_printed("DRILL ");
    trio.script.wait_printed("The drill is over since ");

    trio.script.signal(Signal::INT);
    let status = wait_for("the script to end", PATIENCE, || trio.script.ended());
    assert!(status.success(), "{status}");
    trio.script.wait_printed("All three have ended.");
    assert_eq!(trio.processes(), [""; 0], "nobody stays behind");
}

#[test]
fn a_second_one_on_the_same_port_is_refused_in_one_sentence() {
    let trio = Trio::start();
    let other = Scratch::new();
    let said = finish(&mut script(&other.join("state"), trio.port)).expect(2);
    let complaint = said.err.trim_end();
    assert!(
        complaint.starts_with(&format!("Port {} of 127.0.0.1 is in use", trio.port)),
        "{complaint}"
    );
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(!other.join("state").exists(), "nothing is half-started");
}
