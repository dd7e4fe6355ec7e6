//! Memory that runs out: at once and again and again, and in three days.

use vedette_wire::EventKind;

use super::{is_guest, names, one};
use crate::time::{FRI, MON, THU, at, hours, minutes, seconds};
use crate::truth::Fault;
use crate::world::World;

pub(super) fn plan(world: &mut World) {
    kills(world);
    leak(world);
}

fn kills(world: &mut World) {
    let mut dice = world.dice("oom");
    let who = one(world, &mut dice, is_guest);
    let (begins, last) = (at(FRI, 11, 0), at(FRI, 12, 30));
    world.near(who, begins.before(minutes(12)), last.after(minutes(80)));
    world.steps((begins, last, minutes(4)), move |world, _| {
        world.event(
            who,
            EventKind::OomKill {
                victim: "celery".into(),
                kills: 1,
            },
        );
    });
    let fault = Fault::new("OOM loop", &["oom-kill"], names(world, &[who]), "linux");
    // It counts for half an hour.
    world.truth.add(
        fault
            .lasts(begins, last, seconds(30))
            .lingering(minutes(30)),
    );
}

fn leak(world: &mut World) {
    let mut dice = world.dice("leak");
    let who = one(world, &mut dice, is_guest);
    let (begins, ends, restarted) = (at(MON, 6, 0), at(THU, 6, 0), at(THU, 9, 0));
    let whole = ends.since(begins);
    // Below a tenth for good: it trembles by a thousandth.
    let crosses = begins.after(whole.mul_f64((0.55 - 0.10 + 0.001) / 0.53));
    world.near(who, crosses.before(hours(2)), crosses.after(hours(3)));
    world.near(
        who,
        restarted.before(minutes(5)),
        restarted.after(minutes(60)),
    );
    world.steps((begins, ends, minutes(5)), move |world, share| {
        world.machines[who].readings.remembers(0.55 - 0.53 * share);
    });
    world.at(restarted, move |world| {
        world.machines[who].readings.remembers(0.55)
    });
    let rules = ["memory-available", "swapping"];
    let fault = Fault::new(
        "memory leak over 3 days",
        &rules,
        names(world, &[who]),
        "linux",
    );
    world
        .truth
        .add(fault.lasts(begins, restarted, crosses.since(begins) + minutes(6)));
}
