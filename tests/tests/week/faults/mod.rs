//! What is wrong in the week: the 25 true faults, one file for each group.
//!
//! Each is planned with what its agents measure, and written into the truth: where, since when,
//! from when on it can be known, until when, whose.

mod agents;
mod disks;
mod hardware;
mod memory;
mod people;
mod places;
mod services;
mod shared;

use std::time::Duration;

use vedette_triage::Timestamp;

use crate::dice::Dice;
use crate::estate::{Post, Role};
use crate::time::minutes;
use crate::world::World;

/// Plans all of them.
pub(crate) fn plan(world: &mut World) {
    places::plan(world);
    disks::plan(world);
    hardware::plan(world);
    memory::plan(world);
    services::plan(world);
    shared::plan(world);
    agents::plan(world);
    people::plan(world);
}

/// So many servers that nothing else happens to, and that stand where nothing else happens.
fn pick(
    world: &mut World,
    dice: &mut Dice,
    count: usize,
    is_fit: impl Fn(&Post) -> bool,
) -> Vec<usize> {
    let free = world.free(|post| {
        let is_apart = places::SPARED.contains(&post.parent.as_str());
        !is_apart && post.site != places::CUT_OFF && is_fit(post)
    });
    let picked = dice.some(&free, count);
    assert_eq!(
        picked.len(),
        count,
        "there are not enough machines for this fault"
    );
    world.take(&picked);
    picked
}

fn one(world: &mut World, dice: &mut Dice, is_fit: impl Fn(&Post) -> bool) -> usize {
    pick(world, dice, 1, is_fit)[0]
}

fn is_guest(post: &Post) -> bool {
    post.role == Role::Guest && post.service.is_empty()
}

fn names(world: &World, whom: &[usize]) -> Vec<String> {
    whom.iter()
        .map(|who| world.machines[*who].name.clone())
        .collect()
}

/// Their machines report at their true pace when it begins and when it ends.
fn watched(world: &mut World, whom: &[usize], from: Timestamp, until: Timestamp) {
    let around: Duration = minutes(30);
    for who in whom.iter().copied() {
        world.near(who, from.before(minutes(12)), from.after(around));
        world.near(who, until.before(minutes(5)), until.after(minutes(45)));
    }
}
