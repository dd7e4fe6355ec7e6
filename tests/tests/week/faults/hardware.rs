//! Hardware that fails: an array without one of its disks, a disk of a server and one of a laptop
//! that say they will.

use vedette_wire::metric as m;

use super::{names, one, watched};
use crate::estate::Role;
use crate::time::{FRI, MON, THU, TUE, WED, at, minutes};
use crate::truth::Fault;
use crate::world::World;

pub(super) fn plan(world: &mut World) {
    raid(world);
    let mut dice = world.dice("disks that fail");
    let server = one(world, &mut dice, |post| post.role == Role::Metal);
    smart(world, server, "sda", (at(WED, 10, 5), at(FRI, 12, 0)));
    let fault = Fault::new(
        "SMART failing (server)",
        &["disk-failing"],
        names(world, &[server]),
        "linux",
    );
    world
        .truth
        .add(fault.lasts(at(WED, 10, 5), at(FRI, 12, 0), minutes(1)));
    // Its user is at work at these times.
    let laptop = one(world, &mut dice, |post| post.role == Role::Workstation);
    smart(world, laptop, "nvme0n1", (at(TUE, 10, 0), at(THU, 11, 0)));
    let name = "SMART failing (laptop)";
    let fault = Fault::new(
        name,
        &["disk-failing"],
        names(world, &[laptop]),
        "workplace",
    );
    world
        .truth
        .add(fault.lasts(at(TUE, 10, 0), at(THU, 11, 0), minutes(5)));
}

fn raid(world: &mut World) {
    let mut dice = world.dice("raid");
    let who = one(world, &mut dice, |post| post.role == Role::Metal);
    let (fails, synced) = (at(MON, 15, 0), at(TUE, 10, 0));
    watched(world, &[who], fails, synced);
    let degraded = |level: f64| {
        move |world: &mut World| {
            let readings = &mut world.machines[who].readings;
            let array = [("array", "md0"), ("level", "raid1"), ("sync", "idle")];
            readings.set(m::RAID_DEGRADED, &array, level);
            let disks = |state| [("array", "md0"), ("state", state), ("level", "raid1")];
            readings.set(m::RAID_DISKS, &disks("active"), 2.0 - level);
            readings.set(m::RAID_DISKS, &disks("failed"), level);
        }
    };
    world.at(fails, degraded(1.0));
    world.at(synced, degraded(0.0));
    let rules = ["raid-degraded", "raid-disk-failed"];
    let fault = Fault::new("RAID degraded", &rules, names(world, &[who]), "linux");
    world.truth.add(fault.lasts(fails, synced, minutes(1)));
}

fn smart(
    world: &mut World,
    who: usize,
    device: &'static str,
    (from, until): (vedette_triage::Timestamp, vedette_triage::Timestamp),
) {
    watched(world, &[who], from, until);
    let failing = |level: f64| {
        move |world: &mut World| {
            let disk = [("device", device), ("model", "M"), ("serial", "S")];
            world.machines[who]
                .readings
                .set(m::DISK_HEALTH, &disk, level);
        }
    };
    world.at(from, failing(1.0));
    world.at(until, failing(0.0));
}
