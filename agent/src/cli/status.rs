//! `vedette-agent status`: what the running agent thinks of itself.
//!
//! In: the state directory. Out: a few lines, or JSON; exit 1 when not all is well.

use std::io;
use std::path::Path;

use serde_json::json;

use super::{Outcome, StatusArgs, checks, print, refuse, show};
use crate::clock::{Clock, HostClock};
use crate::state;
use crate::status::{self, Status};

pub(super) fn status(args: StatusArgs) -> Outcome {
    let dir = state::choose(args.state.state_dir);
    let status = match status::read(&dir) {
        Ok(status) => status,
        Err(error) => return unread(&dir, &error),
    };
    let now = HostClock.now().wall_ms;
    let runs = state::is_in_use(&dir);
    let mut complaints = status.complaints(now);
    if !runs {
        complaints.insert(0, "the agent is not running".to_owned());
    }
    match args.json {
        true => {
            let whole = json!({
                "well": complaints.is_empty(),
                "running": runs,
                "complaints": complaints,
                "status": status,
            });
            print(&format!("{whole:#}\n"));
        }
        false => print(&text(&status, &complaints, now)),
    }
    match complaints.is_empty() {
        true => Outcome::Well,
        false => Outcome::NotWell,
    }
}

fn unread(dir: &Path, error: &io::Error) -> Outcome {
    let dir = dir.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            print(&format!(
                "not well: no agent has run in {dir} yet; `vedette-agent run`, or name another directory with --state-dir\n"
            ));
            Outcome::NotWell
        }
        io::ErrorKind::PermissionDenied => refuse(&format!(
            "{dir} cannot be read: {error}; ask as root or as the agent's user"
        )),
        _ => refuse(&format!("the status in {dir} cannot be read: {error}")),
    }
}

fn text(status: &Status, complaints: &[String], now: i64) -> String {
    let ago = |wall_ms: i64| {
        let seconds = now.saturating_sub(wall_ms).max(0) as f64 / 1000.0;
        format!("{} ago", show::span(seconds))
    };
    let mut text = match complaints {
        [] => "well\n".to_owned(),
        some => some
            .iter()
            .map(|one| format!("not well: {one}\n"))
            .collect(),
    };
    let mut line = |name: &str, value: String| text.push_str(&format!("  {name:<14}{value}\n"));
    line(
        "host",
        format!(
            "{} (agent {}, {})",
            status.host, status.agent, status.version
        ),
    );
    line("started", ago(status.started_wall_ms));
    line(
        "last round",
        format!("{}, number {}", ago(status.written_wall_ms), status.round),
    );
    line("collector", status.collector.clone());
    let acknowledged = status.acknowledged_wall_ms.map_or("never".to_owned(), ago);
    line("acknowledged", acknowledged);
    if let Some(said) = &status.said {
        line(
            "last answer",
            format!("{}, {}", said.text, ago(said.wall_ms)),
        );
    }
    if let Some(next) = status.next_try_wall_ms.filter(|next| *next > now) {
        let wait = show::span((next - now) as f64 / 1000.0);
        line("next try", format!("in {wait}"));
    }
    if let Some(skew) = status.skew_ms {
        line(
            "clock",
            format!("{:+.1} s to the collector's", -skew as f64 / 1000.0),
        );
    }
    let spool = &status.spool;
    let bytes = show::bytes(spool.bytes as f64);
    let spool = format!(
        "{} rounds of samples and {} of checks and events wait ({bytes}), {} given up",
        spool.samples, spool.state, spool.dropped
    );
    line("spool", spool);
    if status.set_aside > 0 {
        let rounds = status.set_aside;
        line(
            "set aside",
            format!("{rounds} rounds refused for good, see set-aside/"),
        );
    }
    for failing in &status.failing {
        let name = checks::full_name(&failing.check, failing.about.as_deref());
        let state = failing.state.as_str();
        let seconds = now.saturating_sub(failing.since_wall_ms).max(0) as f64 / 1000.0;
        let span = show::span(seconds);
        text.push_str(&format!(
            "  check {name} is {state}, not ok for {span}: {}\n",
            failing.text
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use vedette_wire::CheckState;

    use crate::status::{Failing, Said, SpoolStatus};

    #[test]
    fn trouble_is_said_first_and_in_words() {
        let status = Status {
            version: "0.1.0".to_owned(),
            agent: "a1".to_owned(),
            host: "web-1".to_owned(),
            started_wall_ms: 1_000,
            written_wall_ms: 7_200_000,
            interval_s: 15.0,
            collector: "http://127.0.0.1:9720".to_owned(),
            round: 480,
            acknowledged_wall_ms: Some(3_600_000),
            said: Some(Said {
                wall_ms: 7_195_000,
                acknowledged: false,
                text: "connection refused".to_owned(),
            }),
            next_try_wall_ms: Some(7_230_000),
            skew_ms: Some(-2_500),
            spool: SpoolStatus {
                samples: 240,
                state: 2,
                bytes: 200_000,
                ..SpoolStatus::default()
            },
            set_aside: 2,
            failing: vec![Failing {
                check: "ping".to_owned(),
                about: Some("sw-hq-3".to_owned()),
                state: CheckState::Critical,
                text: "192.0.2.3 answers none of 5 echo requests".to_owned(),
                since_wall_ms: 6_900_000,
                wall_ms: 7_190_000,
                every_s: 30.0,
            }],
            ..Status::default()
        };
        let now = 7_201_000;
        insta::assert_snapshot!(text(&status, &status.complaints(now), now), @"
        not well: the collector does not acknowledge: connection refused
          host          web-1 (agent a1, 0.1.0)
          started       2h ago
          last round    1.0s ago, number 480
          collector     http://127.0.0.1:9720
          acknowledged  1h ago
          last answer   connection refused, 6.0s ago
          next try      in 29s
          clock         +2.5 s to the collector's
          spool         240 rounds of samples and 2 of checks and events wait (195.3 KiB), 0 given up
          set aside     2 rounds refused for good, see set-aside/
          check sw-hq-3 ping is critical, not ok for 5m 1s: 192.0.2.3 answers none of 5 echo requests
        ");
    }
}
