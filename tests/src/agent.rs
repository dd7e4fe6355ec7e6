//! A real agent: `vedette-agent run` with a configuration and state of its own.
//!
//! In: the collector's URL, further settings. Out: [`Agent`], which can be stopped,
//! killed and started again on the same state.
//! Knows only the contract: commands and files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::command::finish;
use crate::program::{Program, built};
use crate::scratch::Scratch;

/// A running agent.
#[derive(Debug)]
pub struct Agent {
    // First, so that the program has ended before its folder is removed.
    program: Program,
    scratch: Scratch,
}

impl Agent {
    /// Starts one that looks every second and reports to `collector`.
    ///
    /// `settings` are further tables of `agent.toml`. Does not wait: an agent without a
    /// collector is a running agent.
    pub fn start(collector: &str, settings: &str) -> Agent {
        let scratch = Scratch::new();
        let toml = format!(
            "[collector]\nurls = [\"{collector}\"]\n\n[report]\ninterval = \"1s\"\n\n{settings}\n"
        );
        scratch.write("agent.toml", &toml);
        let program = launch(&scratch);
        Agent { program, scratch }
    }

    /// Starts another one on a copy of its settings and of its state as that is now: what a copied
    /// container does on the same host.
    pub fn copy(&self) -> Agent {
        let scratch = Scratch::new();
        copy_folder(self.scratch.path(), scratch.path());
        let program = launch(&scratch);
        Agent { program, scratch }
    }

    /// Where it keeps its identity and its spool.
    pub fn state_dir(&self) -> PathBuf {
        self.scratch.join("state")
    }

    /// Its process, for its log and its id.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// What it thinks of itself, whether it is well or not; nothing before its first round.
    pub fn status(&self) -> Option<Value> {
        let mut command = Command::new(built("vedette-agent"));
        command.args(["status", "--json", "--state-dir"]);
        let said = finish(command.arg(self.state_dir()));
        serde_json::from_str(&said.out).ok()
    }

    /// Asks it to leave, and waits until it has; panics unless it ends with 0.
    pub fn stop(&mut self) {
        let status = self.program.stop();
        assert!(
            status.success(),
            "an agent asked to leave ends with 0, not {status}"
        );
    }

    /// Ends it as a power cut would. It stays down until [`Agent::start_again`].
    pub fn kill_9(&mut self) {
        self.program.kill_9();
    }

    /// Starts it on the same state.
    pub fn start_again(&mut self) {
        self.program = launch(&self.scratch);
    }
}

/// Files and folders; not the socket of the one that runs, nor what vanishes meanwhile.
fn copy_folder(from: &Path, to: &Path) {
    let entries = fs::read_dir(from).expect("the folder of an agent can be listed");
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        let copy = to.join(entry.file_name());
        if kind.is_dir() {
            fs::create_dir(&copy).expect("an empty folder takes a folder");
            copy_folder(&entry.path(), &copy);
        } else if kind.is_file() {
            // A file that is being replaced may be gone by now.
            let _ = fs::copy(entry.path(), &copy);
        }
    }
}

fn launch(scratch: &Scratch) -> Program {
    let mut command = Command::new(built("vedette-agent"));
    command
        .arg("run")
        .arg("--config")
        .arg(scratch.join("agent.toml"));
    command.arg("--state-dir").arg(scratch.join("state"));
    Program::start("vedette-agent", &mut command, &scratch.join("agent.log"))
}
