//! `vedette-agent once`: one round as a table for people, or as the JSON of the wire.
//!
//! In: the host and its checks. Out: what was seen. Touches neither the state directory nor
//! the collector.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use vedette_config::AgentConfig;
use vedette_config::check::CheckSettings;
use vedette_wire::{CheckRun, CheckState, EventKind, Looked, ProbeRun, Round, Sample, metric};

use super::{OnceArgs, Outcome, checks, print, refuse, show};
use crate::board::Board;
use crate::check::{Checks, Kit};
use crate::clock::{Clock, HostClock};
use crate::probe::{PROBES, Probes, Sight, Surroundings};
use crate::{app, facts, report};

/// Probes that compare what they see with the look before.
const COMPARING: [&str; 2] = ["cpu", "disk"];
/// They need two looks, this far apart.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

pub(super) fn once(args: OnceArgs) -> Outcome {
    let (config, findings) = AgentConfig::read(args.config.config.as_deref());
    let Some(config) = config else {
        eprintln!("{findings}");
        return Outcome::Refused;
    };
    let surroundings = Surroundings::here(Arc::default());
    let asked = match Asked::of(&config, &surroundings, args.name.as_deref()) {
        Ok(asked) => asked,
        Err(why) => return refuse(&why),
    };
    let interval = config.interval(facts::host(&config.host).class);
    let runtime = match app::runtime() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    let round = runtime.block_on(asked.look(surroundings, interval));
    app::end(runtime);
    match args.json {
        true => match serde_json::to_string_pretty(&round) {
            Ok(json) => print(&format!("{json}\n")),
            Err(error) => return refuse(&error),
        },
        false => print(&table(&round)),
    }
    let could_look = |run: &ProbeRun| !matches!(run.looked, Looked::No { .. });
    let is_well = |run: &CheckRun| run.state == CheckState::Ok;
    match round.probes.iter().all(could_look) && round.checks.iter().all(is_well) {
        true => Outcome::Well,
        false => Outcome::NotWell,
    }
}

/// What is to be looked at.
struct Asked {
    probes: Option<Probes>,
    checks: Vec<CheckSettings>,
}

impl Asked {
    /// Everything, or the probe and the checks of one name. A check about a device can be
    /// named alone, or as `DEVICE/CHECK`.
    fn of(
        config: &AgentConfig,
        surroundings: &Surroundings,
        name: Option<&str>,
    ) -> Result<Asked, String> {
        let Some(name) = name else {
            return Ok(Asked {
                probes: Some(Probes::all(surroundings.clone())),
                checks: config.checks.clone(),
            });
        };
        let is_asked = |check: &&CheckSettings| {
            let about = check.about.as_deref().unwrap_or_default();
            check.name == name || name.split_once('/') == Some((about, &check.name))
        };
        let asked = Asked {
            probes: Probes::one(surroundings.clone(), name),
            checks: config.checks.iter().filter(is_asked).cloned().collect(),
        };
        if asked.probes.is_some() || !asked.checks.is_empty() {
            return Ok(asked);
        }
        let probes: Vec<&str> = PROBES.iter().map(|(name, _)| *name).collect();
        let checks: Vec<&str> = config
            .checks
            .iter()
            .map(|check| check.name.as_str())
            .collect();
        Err(format!(
            "there is no probe or check {name}; there are the probes {}{}",
            probes.join(", "),
            match checks.as_slice() {
                [] => ", and no checks".to_owned(),
                checks => format!(" and the checks {}", checks.join(", ")),
            }
        ))
    }

    async fn look(self, surroundings: Surroundings, interval: Duration) -> Round {
        let kit = Kit {
            surroundings,
            board: Arc::default(),
            agent: Uuid::nil(),
        };
        Checks::once(&self.checks, &kit).await;
        let begun = HostClock.now();
        let mut round = match self.probes {
            Some(probes) => look(probes, &kit.board, interval).await,
            None => report::round(Sight::default(), &kit.board, begun, interval),
        };
        // In the order of the file, not in that of their ends.
        round.checks.sort_by_key(|run| {
            let is_it = |check: &CheckSettings| check.name == run.check && check.about == run.about;
            self.checks.iter().position(is_it)
        });
        round
    }
}

async fn look(mut probes: Probes, board: &Board, interval: Duration) -> Round {
    let begun = HostClock.now();
    let first = probes.look_all().await;
    let compares = |probe: &str| COMPARING.contains(&probe);
    if !first.runs.iter().any(|run| compares(&run.probe)) {
        return report::round(first, board, begun, interval);
    }
    tokio::time::sleep(BETWEEN_LOOKS).await;
    let begun = HostClock.now();
    report::round(probes.look_again(first).await, board, begun, interval)
}

/// Each probe with its verdict, and below it what it measured; then each check.
fn table(round: &Round) -> String {
    let mut text = String::new();
    for run in &round.probes {
        let (verdict, why) = match &run.looked {
            Looked::Yes => ("looked", None),
            Looked::Partly { why } => ("looked at a part", Some(why)),
            Looked::No { why } => ("could not look", Some(why)),
        };
        text.push_str(&format!("{} ({verdict}, {} ms)\n", run.probe, run.took_ms));
        if let Some(why) = why {
            text.push_str(&format!("  because {why}\n"));
        }
        let of_probe =
            |sample: &&Sample| metric::find(&sample.name).is_some_and(|row| row.probe == run.probe);
        let rows: Vec<[String; 3]> = round.samples.iter().filter(of_probe).map(row).collect();
        text.push_str(&show::columns(&rows));
        if run.probe == "inventory" {
            text.push_str(&made_of(round));
        }
    }
    text.push_str(&checks::outcomes(&round.checks, &round.samples));
    text
}

/// What the host is made of, if somebody looked.
fn made_of(round: &Round) -> String {
    let found = round.events.iter().find_map(|event| match &event.kind {
        EventKind::Inventory(inventory) => Some(inventory),
        _ => None,
    });
    let Some(inventory) = found else {
        return String::new();
    };
    let packages = match inventory.packages.len() {
        0 => String::new(),
        count => format!("{count} installed"),
    };
    let texts = [
        ("machine", &inventory.machine),
        ("serial", &inventory.serial),
        ("firmware", &inventory.firmware),
        ("virtualization", &inventory.virtualization),
        ("processor", &inventory.processor),
        ("os", &inventory.os),
        ("kernel", &inventory.kernel),
        ("packages", &packages),
    ];
    let disks = inventory.disks.iter().map(|line| ("disk", line));
    let interfaces = inventory.interfaces.iter().map(|line| ("interface", line));
    let lines = texts.into_iter().chain(disks).chain(interfaces);
    lines
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| format!("  {name:14}  {text}\n"))
        .collect()
}

fn row(sample: &Sample) -> [String; 3] {
    let row = metric::find(&sample.name);
    let telling = |key: &str| row.is_none_or(|row| row.attributes.contains(&key));
    let attributes: Vec<&str> = sample
        .attributes
        .iter()
        .filter(|(key, _)| telling(key))
        .map(|(_, value)| value.as_str())
        .collect();
    [
        sample.name.clone(),
        attributes.join(" "),
        row.map_or_else(
            || sample.value.to_string(),
            |row| show::value(sample.value, row),
        ),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_round_is_a_table_that_can_be_read() {
        let sample = |name: &str, place: &str, value| Sample {
            name: name.to_owned(),
            attributes: match place {
                "" => Default::default(),
                place => [
                    ("mountpoint".to_owned(), place.to_owned()),
                    ("device".to_owned(), "/dev/sda1".to_owned()),
                ]
                .into(),
            },
            value,
        };
        let run = |probe: &str, looked| ProbeRun {
            probe: probe.to_owned(),
            looked,
            took_ms: 1,
            every_s: None,
        };
        let round = Round {
            seq: 0,
            wall_ms: 0,
            mono_ms: 0,
            interval_s: 15.0,
            probes: vec![
                run("uptime", Looked::Yes),
                run(
                    "filesystem",
                    Looked::Partly {
                        why: "/mnt/nas is stuck".to_owned(),
                    },
                ),
                run(
                    "load",
                    Looked::No {
                        why: "no /proc".to_owned(),
                    },
                ),
            ],
            samples: vec![
                sample(metric::UPTIME, "", 93_784.0),
                sample(metric::FILESYSTEM_UTILIZATION, "/", 0.4213),
                sample(metric::FILESYSTEM_AVAILABLE, "/var", 1_610_612_736.0),
            ],
            checks: Vec::new(),
            events: Vec::new(),
        };
        insta::assert_snapshot!(table(&round), @"
        uptime (looked, 1 ms)
          system.uptime    1d 2h
        filesystem (looked at a part, 1 ms)
          because /mnt/nas is stuck
          system.filesystem.utilization  /      42.1 %
          system.filesystem.available    /var  1.5 GiB
        load (could not look, 1 ms)
          because no /proc
        ");
    }
}
