//! Every night: backups on 300 servers, dumps on 25.
//!
//! Backups run between 01:00 and 04:00 with disks at their limit, a load of three for each
//! processor, and 8 % of `/var` more for an hour. Half of them are jobs their agent knows, the
//! other half is cron's. A dump fills 15 % of `/var` and frees it an hour later.

use std::time::Duration;

use vedette_triage::Timestamp;
use vedette_wire::{EventKind, metric as m};

use crate::estate::Role;
use crate::time::{ALL_DAYS, at, hours, minutes};
use crate::world::World;

const HOSTS: usize = 300;
const DUMPS: usize = 25;

pub(super) fn plan(world: &mut World) {
    let mut dice = world.dice("backups");
    let servers = world.estate.that(|post| post.role != Role::Workstation);
    let hosts = dice.some(&servers, HOSTS);
    for (rank, who) in hosts.into_iter().enumerate() {
        let is_job = rank % 2 == 0;
        for day in ALL_DAYS {
            let begins = at(day, 1, 0).after(dice.lasts(Duration::ZERO, minutes(50)));
            let ends = begins.after(dice.lasts(minutes(40), minutes(125)));
            backup(world, who, (day, is_job), (begins, ends));
        }
    }
    let roomy = world.free(|post| post.role != Role::Workstation);
    for who in dice.some(&roomy, DUMPS) {
        // Whoever dumps has room for it.
        let used = dice.between(0.3, 0.6);
        world.machines[who].readings.fills("/var", used);
        for day in ALL_DAYS {
            let begins = at(day, 0, 10).after(dice.lasts(Duration::ZERO, minutes(30)));
            dump(world, who, begins);
        }
    }
}

fn backup(
    world: &mut World,
    who: usize,
    (day, is_job): (i64, bool),
    (begins, ends): (Timestamp, Timestamp),
) {
    let run = format!("night-{day}");
    world.busy(who, begins.before(minutes(5)), ends.after(minutes(15)));
    let start = run.clone();
    world.at(begins, move |world| {
        if is_job {
            world.event(
                who,
                EventKind::JobStarted {
                    job: "backup".into(),
                    run: start,
                    max_runtime_s: Some(4.0 * 3600.0),
                    quiet: ["disk-io", "cpu", "network"].map(str::to_owned).to_vec(),
                },
            );
        }
        toils(world, who, true);
        grow(world, who, 0.08);
    });
    world.at(begins.after(hours(1)).min(ends), move |world| {
        grow(world, who, -0.08)
    });
    world.at(ends, move |world| {
        if is_job {
            let took_ms = ends.since(begins).as_millis() as u64;
            world.event(
                who,
                EventKind::JobEnded {
                    job: "backup".into(),
                    run,
                    ok: true,
                    exit_code: Some(0),
                    took_ms,
                    lines: Vec::new(),
                },
            );
        }
        toils(world, who, false);
    });
}

/// Disks at their limit, processors waiting for them; or no longer.
pub(crate) fn toils(world: &mut World, who: usize, does: bool) {
    let readings = &mut world.machines[who].readings;
    let (usage, queue, wait, load, stalls) = match does {
        true => (0.97, 24.0, 0.045, 3.0, 0.45),
        false => (0.05, 0.2, 0.002, 0.4, 0.01),
    };
    let disk = [("device", "sda"), ("name", "sda")];
    let spins = [("device", "sda"), ("name", "sda"), ("rotational", "no")];
    readings.has(m::DISK_UTILIZATION, &disk, usage, 0.02);
    readings.has(m::DISK_QUEUE, &disk, queue, queue / 5.0);
    readings.has(m::DISK_AWAIT, &spins, wait, wait / 4.0);
    readings.has(m::LOAD_15M_PER_CPU, &[], load, 0.2);
    readings.has(m::CPU_UTILIZATION, &[("cpu.mode", "iowait")], stalls, 0.01);
    for stalled in ["some", "full"] {
        let of = [("resource", "io"), ("stalled", stalled)];
        readings.has(m::PRESSURE_SHARE, &of, stalls, stalls / 4.0);
        readings.has(m::PRESSURE_SHARE_5M, &of, stalls, stalls / 8.0);
    }
}

fn grow(world: &mut World, who: usize, by: f64) {
    let readings = &mut world.machines[who].readings;
    let used = readings.used("/var") + by;
    readings.fills("/var", used);
}

fn dump(world: &mut World, who: usize, begins: Timestamp) {
    let written = begins.after(minutes(40));
    world.busy(who, begins.before(minutes(5)), written.after(minutes(90)));
    world.steps(
        (begins.after(minutes(1)), written, minutes(1)),
        move |world, _| {
            grow(world, who, 0.15 / 40.0);
        },
    );
    world.at(written.after(minutes(60)), move |world| {
        grow(world, who, -0.15)
    });
}
