//! The lines of the branches: each has a blip of 40 s twice a day, one of six minutes a week.

use std::time::Duration;

use vedette_triage::Timestamp;
use vedette_wire::CheckState;

use crate::estate::{BRANCHES, branch_name};
use crate::time::{ALL_DAYS, WORKING_DAYS, at, hours, minutes, seconds};
use crate::world::World;

pub(super) fn plan(world: &mut World) {
    let mut dice = world.dice("lines");
    for day in ALL_DAYS {
        for _ in 0..2 {
            let branch = dice.number(1, u64::from(BRANCHES) + 1) as u32;
            let when = at(day, 0, 0).after(dice.lasts(Duration::ZERO, hours(24)));
            blip(world, branch, (when, when.after(seconds(40))));
        }
    }
    let branch = dice.number(1, u64::from(BRANCHES) + 1) as u32;
    let when = at(dice.one(&WORKING_DAYS), 9, 0).after(dice.lasts(Duration::ZERO, hours(7)));
    blip(world, branch, (when, when.after(minutes(6))));
}

fn blip(world: &mut World, branch: u32, (from, until): (Timestamp, Timestamp)) {
    let site = branch_name(branch);
    let router = format!("br-{branch:02}");
    let behind = world.estate.that(|post| post.site == site);
    let lookers = world.lookers(&router);
    for who in lookers {
        world.near(who, from.before(minutes(5)), until.after(minutes(20)));
    }
    let (cut, down) = (behind.clone(), router.clone());
    world.at(from, move |world| {
        world.cut(&cut);
        world.device_is(&down, CheckState::Critical, "no answer within 5 s");
    });
    world.at(until, move |world| {
        world.mend(&behind);
        world.device_is(&router, CheckState::Ok, "answers in 9 ms");
    });
}
