//! What several machines suffer from at once: a time source that is 90 s off, a file server that
//! hangs.

use vedette_wire::metric as m;

use super::{is_guest, names, pick, watched};
use crate::machine::readings::{GIB, mount};
use crate::time::{FRI, at, minutes, seconds};
use crate::truth::Fault;
use crate::world::World;

pub(super) fn plan(world: &mut World) {
    time_source(world);
    file_server(world);
}

fn time_source(world: &mut World) {
    let mut dice = world.dice("time source");
    let hosts = pick(world, &mut dice, 30, |post| {
        is_guest(post) && post.site == "wien"
    });
    let (begins, ends) = (at(FRI, 19, 0), at(FRI, 20, 10));
    watched(world, &hosts, begins, ends);
    for who in hosts.iter().copied() {
        let follows = begins.after(dice.lasts(seconds(0), minutes(2)));
        let returns = ends.after(dice.lasts(seconds(0), minutes(2)));
        world.at(follows, move |world| is_off(world, who, 90.0));
        world.at(returns, move |world| is_off(world, who, 0.0));
    }
    let rules = ["clock-offset", "clock-unsynchronized"];
    let fault = Fault::new(
        "time source 90 s off",
        &rules,
        names(world, &hosts),
        "linux",
    );
    world
        .truth
        .add(fault.lasts(begins, ends, minutes(3)).lingering(minutes(2)));
}

fn is_off(world: &mut World, who: usize, by: f64) {
    world.machines[who]
        .readings
        .has(m::TIME_COLLECTOR_SKEW, &[], by, 0.2);
}

fn file_server(world: &mut World) {
    let mut dice = world.dice("file server");
    let hosts = pick(world, &mut dice, 12, is_guest);
    let (begins, ends) = (at(FRI, 15, 0), at(FRI, 15, 50));
    watched(world, &hosts, begins, ends);
    for who in hosts.iter().copied() {
        world.machines[who]
            .readings
            .mounts("/mnt/nas", 4000.0 * GIB, 0.55);
        let notices = begins.after(dice.lasts(seconds(0), seconds(60)));
        let returns = ends.after(dice.lasts(seconds(0), seconds(60)));
        let stuck = |level: f64| {
            move |world: &mut World| {
                let readings = &mut world.machines[who].readings;
                readings.set(m::FILESYSTEM_STUCK, &mount("/mnt/nas"), level);
            }
        };
        world.at(notices, stuck(1.0));
        world.at(returns, stuck(0.0));
    }
    let rules = ["filesystem-stuck"];
    let fault = Fault::new(
        "stuck NFS on 12 hosts",
        &rules,
        names(world, &hosts),
        "linux",
    );
    world
        .truth
        .add(fault.lasts(begins, ends, minutes(3)).lingering(minutes(1)));
}
