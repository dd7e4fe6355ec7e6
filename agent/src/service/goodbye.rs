//! Finds out why the agent is asked to stop: is it the agent that ends, or the host?
//!
//! In: the jobs systemd works on at this moment. Out: a [`Goodbye`]. Without systemd, or
//! without an answer within [`ANSWER_WITHIN`], it is the agent.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vedette_wire::Goodbye;

/// The host's last seconds are precious.
const ANSWER_WITHIN: Duration = Duration::from_millis(700);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);
/// Answers longer than this do not fit into a pipe and would make the child wait for us.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Why this process is asked to stop, as far as can be told.
pub(super) async fn reason() -> Goodbye {
    // Says that systemd runs the host, see sd_booted(3).
    if !Path::new("/run/systemd/system").is_dir() {
        return Goodbye::AgentStop;
    }
    match tokio::task::spawn_blocking(jobs).await {
        Ok(Some(jobs)) => reason_of(&jobs),
        Ok(None) | Err(_) => Goodbye::AgentStop,
    }
}

/// A line is `ID UNIT TYPE STATE`; the host ends when one of these units is started.
fn reason_of(jobs: &str) -> Goodbye {
    for line in jobs.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [
                _,
                "reboot.target" | "kexec.target" | "soft-reboot.target",
                "start",
                ..,
            ] => {
                return Goodbye::Reboot;
            }
            [_, "poweroff.target" | "halt.target", "start", ..] => return Goodbye::PowerOff,
            _ => {}
        }
    }
    Goodbye::AgentStop
}

fn jobs() -> Option<String> {
    use std::io::Read;

    let mut child = Command::new("systemctl")
        .args([
            "list-jobs",
            "--no-legend",
            "--no-pager",
            "--plain",
            "--full",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let begun = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begun.elapsed() < ANSWER_WITHIN => std::thread::sleep(LOOK_AGAIN_AFTER),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    };
    let mut text = String::new();
    let read = child
        .stdout?
        .take(ANSWER_BYTES_MAX)
        .read_to_string(&mut text);
    (status.success() && read.is_ok()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_target_the_host_is_on_its_way_to() {
        let cases = [
            ("", Goodbye::AgentStop),
            (
                "12 vedette-agent.service stop running\n",
                Goodbye::AgentStop,
            ),
            (
                "12 vedette-agent.service stop running\n3 reboot.target start waiting\n",
                Goodbye::Reboot,
            ),
            ("3 poweroff.target start waiting\n", Goodbye::PowerOff),
            ("3 halt.target start waiting", Goodbye::PowerOff),
            ("3 kexec.target start waiting", Goodbye::Reboot),
            ("3 reboot.target stop waiting", Goodbye::AgentStop),
            ("reboot.target start", Goodbye::AgentStop),
        ];
        for (jobs, expected) in cases {
            assert_eq!(reason_of(jobs), expected, "{jobs:?}");
        }
    }
}
