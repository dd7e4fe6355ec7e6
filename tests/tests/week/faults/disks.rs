//! Disks that fill, slowly on forty servers of one team and fast on a database, and one that
//! becomes read-only.

use vedette_triage::Timestamp;
use vedette_wire::{EventKind, metric as m};

use super::{is_guest, names, one, pick, watched};
use crate::machine::readings::{GIB, mount};
use crate::time::{FRI, THU, TUE, WED, at, hours, minutes};
use crate::truth::Fault;
use crate::world::World;

const FULL: [&str; 2] = ["filesystem-space", "filesystem-filling"];

pub(super) fn plan(world: &mut World) {
    logrotate(world);
    database(world);
    read_only(world);
}

/// All of one image: a package that rotates logs no more was installed on each on Wednesday
/// morning, and each writes about as much as the others.
fn logrotate(world: &mut World) {
    let mut dice = world.dice("logrotate");
    let hosts = pick(world, &mut dice, 40, |post| post.service == "shop");
    let (installed, cleaned) = (at(WED, 9, 0), at(FRI, 11, 0));
    let mut known = Timestamp::MAX;
    for who in hosts.iter().copied() {
        world.machines[who]
            .readings
            .mounts("/var", 120.0 * GIB, dice.between(0.62, 0.64));
        let used = world.machines[who].readings.used("/var");
        // Full by Thursday evening.
        let per_hour = 0.0090 * dice.between(0.97, 1.03);
        let hours_left = (0.90 - used) / per_hour;
        let crosses = installed.after(std::time::Duration::from_secs_f64(3600.0 * hours_left));
        known = known.min(crosses);
        // Each of its reports says something else.
        world.busy(who, installed.before(minutes(30)), cleaned);
        world.near(who, crosses.before(minutes(60)), crosses.after(hours(2)));
        world.near(who, cleaned, cleaned.after(minutes(60)));
        let installs = installed.after(dice.lasts(minutes(0), minutes(20)));
        world.at(installs, move |world| installs_logrotate(world, who));
        let step = minutes(5);
        world.steps((installed, cleaned, step), move |world, _| {
            let now_used = world.machines[who].readings.used("/var");
            let more = (now_used + per_hour / 12.0).min(0.985);
            world.machines[who].readings.fills("/var", more);
        });
        let at_last = cleaned.after(dice.lasts(minutes(1), minutes(15)));
        world.at(at_last, move |world| {
            world.machines[who].readings.fills("/var", used)
        });
    }
    let name = "disk fills slowly on many hosts from one bad logrotate";
    let fault = Fault::new(name, &FULL, names(world, &hosts), "web");
    let fault = fault.lasts(
        installed,
        cleaned.after(minutes(15)),
        known.since(installed) + minutes(6),
    );
    world.truth.add(fault);
}

fn installs_logrotate(world: &mut World, who: usize) {
    let (what, name) = ("package".into(), "logrotate".into());
    let (before, after) = ("3.22.0-1".into(), "3.22.0-2".into());
    world.event(
        who,
        EventKind::Change {
            what,
            name,
            before,
            after,
        },
    );
}

fn database(world: &mut World) {
    let mut dice = world.dice("database");
    let who = one(world, &mut dice, |post| post.service == "erp");
    let (begins, full, made) = (at(TUE, 13, 0), at(TUE, 16, 0), at(TUE, 16, 40));
    world.machines[who]
        .readings
        .mounts("/var", 150.0 * GIB, 0.58);
    world.near(who, begins.before(hours(1)), made.after(hours(1)));
    world.steps((begins, full, minutes(1)), move |world, share| {
        world.machines[who]
            .readings
            .fills("/var", 0.58 + 0.41 * share);
    });
    world.at(made, move |world| {
        world.machines[who].readings.fills("/var", 0.45)
    });
    let fault = Fault::new(
        "database volume fills in 3 h",
        &FULL,
        names(world, &[who]),
        "db",
    );
    let crosses = hours(3).mul_f64((0.90 - 0.58) / 0.41);
    world
        .truth
        .add(fault.lasts(begins, made, crosses + minutes(6)));
}

fn read_only(world: &mut World) {
    let mut dice = world.dice("read-only");
    let who = one(world, &mut dice, is_guest);
    let (flips, mended) = (at(THU, 4, 20), at(THU, 8, 40));
    watched(world, &[who], flips, mended);
    let is = |level: f64| {
        move |world: &mut World| {
            world.machines[who]
                .readings
                .set(m::FILESYSTEM_READONLY, &mount("/var"), level);
        }
    };
    world.at(flips, is(1.0));
    world.at(mended, is(0.0));
    let rules = ["filesystem-read-only"];
    let fault = Fault::new("read-only flip", &rules, names(world, &[who]), "linux");
    world.truth.add(fault.lasts(flips, mended, minutes(1)));
}
