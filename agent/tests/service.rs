//! The built agent under a service manager that the test plays.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// On a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn the_manager_hears_start_reload_and_stop_and_what_a_reload_made_of_the_settings() {
    let mut unit = Unit::start("[host]\nname = \"before\"\n");
    unit.hears(&["READY=1", "WATCHDOG=1"]);

    unit.settings("[host]\nnmae = \"after\"\n[report]\ninterval = \"soon\"\n");
    unit.signal(Signal::HUP);
    unit.hears(&["RELOADING=1", "MONOTONIC_USEC="]);
    unit.hears(&["READY=1"]);
    unit.hears(&["STATUS=the settings on disk are refused", "and 1 more"]);
    let log = unit.log();
    for place in ["agent.toml:2:1", "agent.toml:4:12"] {
        assert!(log.contains(place), "every finding is in the log:\n{log}");
    }
    assert_eq!(unit.status()["host"], "before");

    unit.settings("[host]\nname = \"after\"\n");
    unit.signal(Signal::HUP);
    unit.hears(&["RELOADING=1"]);
    unit.hears(&["READY=1"]);
    unit.hears(&["STATUS=looking every 300 s"]);
    let status = unit.status();
    assert_eq!(
        (&status["host"], &status["refused"]),
        (&"after".into(), &().into())
    );

    unit.signal(Signal::TERM);
    unit.hears(&["STOPPING=1", "STATUS="]);
    assert!(unit.child.wait().unwrap().success());
    assert!(
        unit.status()["spool"]["state"].as_u64() > Some(0),
        "nobody took them; they wait"
    );
}

/// The agent as a unit.
struct Unit {
    manager: UnixDatagram,
    dir: tempfile::TempDir,
    child: Child,
}

impl Unit {
    fn start(settings: &str) -> Unit {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("agent.toml"), settings).unwrap();
        let manager = UnixDatagram::bind(path("notify")).unwrap();
        manager.set_read_timeout(Some(PATIENCE)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_vedette-agent"))
            // Nobody answers on port 1.
            .args([
                "run",
                "--interval",
                "5m",
                "--collector",
                "http://127.0.0.1:1",
            ])
            .arg("--config")
            .arg(path("agent.toml"))
            .arg("--state-dir")
            .arg(path("state"))
            .env("NOTIFY_SOCKET", path("notify"))
            // A feed, and with it a status, twice a second.
            .env("WATCHDOG_USEC", "1500000")
            .stdin(Stdio::null())
            .stderr(File::create(path("log")).unwrap())
            .spawn()
            .unwrap();
        Unit {
            manager,
            dir,
            child,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn settings(&self, text: &str) {
        fs::write(self.path("agent.toml"), text).unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for a message that has all of this in it.
    #[track_caller]
    fn hears(&self, parts: &[&str]) {
        let mut bytes = [0; 4096];
        loop {
            let Ok(length) = self.manager.recv(&mut bytes) else {
                panic!("{parts:?} was not said; the log:\n{}", self.log());
            };
            let text = String::from_utf8_lossy(&bytes[..length]);
            if parts.iter().all(|part| text.contains(part)) {
                return;
            }
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    fn status(&self) -> serde_json::Value {
        let text = fs::read(self.path("state/status.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
