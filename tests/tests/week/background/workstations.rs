//! The day of 1,500 workstations.
//!
//! They arrive at 07:30 and leave at 17:00, both give or take 40 minutes, a third without a
//! goodbye; whole branches go within three minutes at 18:00. Each is taken from its dock twice a
//! day and its lid is closed five times; 2 % a day are held down by the power button. Forty are
//! on holiday. That reports are late by what is lost on the radio is the world's doing.

use std::time::Duration;

use vedette_triage::Timestamp;
use vedette_wire::{Goodbye, metric as m};

use crate::dice::Dice;
use crate::estate::{Role, branch_name};
use crate::time::{WORKING_DAYS, at, hours, minutes, seconds};
use crate::world::World;

const ON_HOLIDAY: usize = 40;
const DOCK: [(&str, &str); 2] = [("device", "enp0s31f6"), ("kind", "physical")];

pub(super) fn plan(world: &mut World) {
    let mut dice = world.dice("workstations");
    let all = world.estate.of(Role::Workstation);
    let away = dice.some(&all, ON_HOLIDAY);
    for who in all.into_iter().filter(|who| !away.contains(who)) {
        for day in WORKING_DAYS {
            a_day(world, who, day, &mut dice);
        }
    }
}

fn a_day(world: &mut World, who: usize, day: i64, dice: &mut Dice) {
    let arrives = at(day, 6, 50).after(dice.lasts(Duration::ZERO, minutes(80)));
    let leaves = leaves(world, who, day, dice);
    world.at(arrives, move |world| world.switch_on(who));
    let says_so = !dice.once_in(3);
    world.at(leaves, move |world| leave(world, who, says_so));
    let mut free = Moments::between(arrives.after(minutes(10)), leaves.before(minutes(90)));
    for _ in 0..5 {
        let closes = free.one(dice);
        let opens = closes.after(dice.lasts(minutes(2), minutes(50)));
        world.at(closes, move |world| {
            if world.machines[who].is_up {
                world.goodbye(who, Goodbye::Suspend);
                world.at(opens, move |world| wake(world, who));
            }
        });
    }
    for _ in 0..2 {
        let undocks = free.one(dice);
        let docks = undocks.after(dice.lasts(minutes(5), minutes(80)));
        world.at(undocks, move |world| dock(world, who, false));
        world.at(docks, move |world| dock(world, who, true));
    }
    if dice.once_in(50) {
        let pressed = free.one(dice);
        let on = pressed.after(dice.lasts(seconds(40), minutes(10)));
        world.at(pressed, move |world| {
            if world.machines[who].is_up {
                world.vanish(who);
                world.at(on, move |world| switch_on_again(world, who));
            }
        });
    }
}

/// Branches go together, everybody else when the day is done.
fn leaves(world: &World, who: usize, day: i64, dice: &mut Dice) -> Timestamp {
    let site = &world.estate.posts[who].site;
    let is_branch = (1..=crate::estate::BRANCHES).any(|branch| *site == branch_name(branch));
    match is_branch {
        true => at(day, 18, 0).after(dice.lasts(Duration::ZERO, minutes(3))),
        false => at(day, 16, 20).after(dice.lasts(Duration::ZERO, minutes(80))),
    }
}

fn leave(world: &mut World, who: usize, says_so: bool) {
    if !world.machines[who].is_up {
        return;
    }
    match says_so {
        true => world.goodbye(who, Goodbye::PowerOff),
        false => world.vanish(who),
    }
}

/// Whoever has left by then stays off.
fn wake(world: &mut World, who: usize) {
    if !world.machines[who].is_up {
        world.wake(who);
    }
}

fn switch_on_again(world: &mut World, who: usize) {
    if !world.machines[who].is_up {
        world.switch_on(who);
    }
}

fn dock(world: &mut World, who: usize, is_docked: bool) {
    let readings = &mut world.machines[who].readings;
    readings.set(m::NETWORK_UP, &DOCK, f64::from(u8::from(is_docked)));
    readings.set(
        m::MAINS_ONLINE,
        &[("supply", "AC")],
        f64::from(u8::from(is_docked)),
    );
    let battery = [("battery", "BAT0")];
    readings.set(
        m::BATTERY_DISCHARGING,
        &battery,
        f64::from(u8::from(!is_docked)),
    );
}

/// Moments of a day at which nothing else is planned by the same hand.
struct Moments {
    from: Timestamp,
    slot: Duration,
    taken: u32,
}

impl Moments {
    fn between(from: Timestamp, until: Timestamp) -> Moments {
        Moments {
            from,
            slot: until.since(from) / 8,
            taken: 0,
        }
    }

    /// The next one; at most eight.
    fn one(&mut self, dice: &mut Dice) -> Timestamp {
        let begins = self.from.after(self.slot * self.taken);
        self.taken += 1;
        begins.after(dice.lasts(Duration::ZERO, self.slot / 3).min(hours(1)))
    }
}
