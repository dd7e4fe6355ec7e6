//! Runs a monitoring plugin: any program that says how it is by its exit code.
//!
//! The command comes from the local configuration; no shell reads it. It gets an environment
//! of its own, so that nothing of the agent's leaks into it. What its output must not repeat,
//! secrets from files, is blotted out. A plugin that is well and whose output is not is a
//! warning: what it measured is lost.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use vedette_config::check::PluginSettings;
use vedette_wire::{CheckState, limits};

use super::perfdata::{self, Output};
use super::secret::{self, Secret};
use super::{Check, Found, Lane, Running, Subject, Tools, cut, plain};
use crate::program::{self, Bounds, Exit, Ran, RunError};

/// Bytes kept of what a plugin writes.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;
/// Where a plugin finds programs, unless its settings say otherwise.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(super) struct Plugin(PluginSettings);

impl Plugin {
    pub(super) fn new(settings: PluginSettings) -> Plugin {
        Plugin(settings)
    }
}

impl Check for Plugin {
    fn lane(&self) -> Lane {
        Lane::Program
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        let settings = self.0.clone();
        let within = tools.within;
        Box::pin(async move {
            match tools.block(move || run(&settings, within)).await {
                Ok(Ok((ran, secrets))) => judge(&ran, &secrets, &tools.subject),
                Ok(Err(found)) => found,
                Err(why) => Found::unknown(why),
            }
        })
    }
}

fn run(settings: &PluginSettings, within: Duration) -> Result<(Ran, Vec<Secret>), Found> {
    let Some((program, arguments)) = settings.command.split_first() else {
        return Err(Found::unknown("there is no program to run"));
    };
    let mut secrets = Vec::new();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .envs(&settings.environment)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, file) in &settings.environment_files {
        let secret = secret::read(file).map_err(Found::unknown)?;
        command.env(name, secret.text());
        secrets.push(secret);
    }
    let bounds = Bounds {
        within,
        bytes_max: OUTPUT_BYTES_MAX,
    };
    let path = Path::new(program);
    let name = path.file_name().unwrap_or(path.as_os_str());
    program::run(command, &name.to_string_lossy(), bounds)
        .map(|ran| (ran, secrets))
        .map_err(|error| not_run(&error, path))
}

fn not_run(error: &RunError, path: &Path) -> Found {
    let shown = path.display();
    match error {
        RunError::TooLong { .. } => Found {
            is_broken_off: true,
            ..Found::unknown(error.to_string())
        },
        // The system has the same word for both.
        RunError::NotThere(_) if path.exists() => Found::unknown(format!(
            "{shown} cannot be run: the interpreter in its first line is not there"
        )),
        RunError::NotThere(_) => Found::unknown(format!(
            "{shown} is not there; install it, or correct `command`"
        )),
        RunError::Failed { .. } => Found::unknown(error.to_string()),
    }
}

fn judge(ran: &Ran, secrets: &[Secret], subject: &Subject) -> Found {
    let mut output = perfdata::output(&ran.out);
    if output.text.is_empty() {
        let complaint = String::from_utf8_lossy(&ran.err);
        output.text = complaint.trim().to_owned();
    }
    if output.text.is_empty() {
        output.text = "it says nothing".to_owned();
    }
    let (state, note) = state(ran.exit);
    let mut notes: Vec<String> = note.into_iter().collect();
    let complaints = complaints(&output, ran);
    let state = match complaints.is_empty() {
        true => state,
        false => state.max(CheckState::Warning),
    };
    notes.extend(complaints);
    let notes: String = notes
        .iter()
        .map(|note| plain(format!("\n({note})")))
        .collect();
    let text = plain(secret::blot_out(&output.text, secrets));
    // The notes stand at the end, and are not what is cut off.
    let text = cut(
        text,
        limits::CHECK_TEXT_BYTES_MAX.saturating_sub(notes.len()),
    ) + &notes;
    let values = output.values.iter();
    let samples = values.map(|value| subject.value(&value.label, &value.unit, value.value));
    Found::of(state, text).with(samples)
}

/// What the exit code means, and a word about one that means nothing.
fn state(exit: Exit) -> (CheckState, Option<String>) {
    match exit {
        Exit::Code(0) => (CheckState::Ok, None),
        Exit::Code(1) => (CheckState::Warning, None),
        Exit::Code(2) => (CheckState::Critical, None),
        Exit::Code(3) => (CheckState::Unknown, None),
        Exit::Code(code) => {
            let note = format!("it ended with {code}; a plugin ends with 0 to 3");
            (CheckState::Unknown, Some(note))
        }
        Exit::Signal(signal) => {
            let note = format!("it was ended by signal {signal}");
            (CheckState::Unknown, Some(note))
        }
    }
}

/// What is wrong with the output itself.
fn complaints(output: &Output, ran: &Ran) -> Vec<String> {
    let mut complaints = Vec::new();
    if let Some(first) = &output.first_unreadable {
        let all = output.unreadable;
        complaints.push(format!(
            "{all} of its values cannot be read, the first is {first:?}"
        ));
    }
    if output.left_out > 0 {
        complaints.push(format!(
            "{} values above {} are left out",
            output.left_out,
            perfdata::VALUES_MAX
        ));
    }
    if std::str::from_utf8(&ran.out).is_err() && !ran.is_cut {
        complaints.push("its output is not UTF-8".to_owned());
    }
    if ran.is_cut {
        complaints.push(format!(
            "its output was cut at {} KiB",
            OUTPUT_BYTES_MAX / 1024
        ));
    }
    complaints
}
