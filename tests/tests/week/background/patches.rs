//! Reboots on purpose and one kind that is not: the patch night, reboots by hand, `reboot -f`.
//!
//! On Tuesday from 22:00 180 servers reboot within 90 minutes, in a window that makes a report.
//! On working days forty others are rebooted by hand, without a window but with a goodbye.
//! Three are made to reboot with force: nobody is told before, so that somebody may be after.

use std::time::Duration;

use vedette_wire::{EventKind, Goodbye, metric as m};

use crate::estate::Role;
use crate::time::{TUE, WED, WORKING_DAYS, at, hours, minutes, seconds};
use crate::truth::Fault;
use crate::world::World;

/// The kernel that is installed that night.
pub(crate) const PATCHED: &str = "6.12.9";
const PASSED_OVER: [(&str, &str); 1] = [("newest", PATCHED)];
const BY_HAND: usize = 40;
const BY_FORCE: usize = 3;

pub(super) fn plan(world: &mut World) {
    patch_night(world);
    let mut dice = world.dice("reboots");
    let others =
        world.free(|post| matches!(post.role, Role::Guest | Role::Containers) && !post.is_patched);
    let chosen = dice.some(&others, BY_HAND + BY_FORCE);
    world.take(&chosen);
    let (by_hand, by_force) = chosen.split_at(BY_HAND);
    for who in by_hand.iter().copied() {
        let day = dice.one(&WORKING_DAYS);
        let when = at(day, 8, 0).after(dice.lasts(Duration::ZERO, hours(9)));
        let takes = dice.lasts(seconds(40), minutes(4));
        world.at_near(who, when, minutes(40), move |world| {
            world.reboot(who, takes, None)
        });
    }
    for who in by_force.iter().copied() {
        let day = dice.one(&WORKING_DAYS);
        let when = at(day, 8, 0).after(dice.lasts(Duration::ZERO, hours(9)));
        let back = when.after(dice.lasts(seconds(60), minutes(3)));
        world.at_near(who, when, minutes(60), move |world| world.vanish(who));
        world.at(back, move |world| world.boot(who, None));
        let name = world.machines[who].name.clone();
        let team = world.estate.posts[who].team;
        let rules = ["unplanned-reboot", "host-silent"];
        let fault = Fault::new("a server is rebooted with force", &rules, [name], team);
        let fault = fault
            .lasts(when, back, minutes(3))
            .lingering(minutes(35))
            .maybe();
        world.truth.add(fault);
    }
}

fn patch_night(world: &mut World) {
    let mut dice = world.dice("patch night");
    let patched = world.estate.that(|post| post.is_patched);
    let unlucky = dice.some(&world.free(|post| post.is_patched), 2);
    world.take(&unlucky);
    faults(world, (unlucky[0], unlucky[1]));
    for who in patched {
        let when = at(TUE, 22, 0).after(dice.lasts(minutes(1), minutes(85)));
        let takes = dice.lasts(seconds(60), minutes(5));
        world.near(who, when.before(minutes(12)), when.after(minutes(40)));
        world.at(when.before(minutes(3)), move |world| installs(world, who));
        if who == unlucky[0] {
            world.at(when, move |world| world.goodbye(who, Goodbye::Reboot));
        } else if who == unlucky[1] {
            world.at(when, move |world| {
                world.reboot(who, takes, None);
                world.machines[who]
                    .readings
                    .set(m::KERNEL_PASSED_OVER, &PASSED_OVER, 1.0);
            });
        } else {
            world.at(when, move |world| world.reboot(who, takes, Some(PATCHED)));
        }
    }
}

/// One hangs, one comes back with the kernel it had; both are set right in the morning. What is
/// not as it was is told at the end of the window.
fn faults(world: &mut World, (hangs, old): (usize, usize)) {
    let (begins, told, morning) = (at(TUE, 22, 0), hours(4), at(WED, 8, 30));
    for who in [hangs, old] {
        world.near(who, morning.before(minutes(10)), morning.after(minutes(60)));
    }
    world.at(morning, move |world| world.boot(hangs, Some(PATCHED)));
    world.at(morning, move |world| {
        world.reboot(old, minutes(2), Some(PATCHED));
        world.machines[old]
            .readings
            .set(m::KERNEL_PASSED_OVER, &PASSED_OVER, 0.0);
    });
    let report = ["window-report", "host-did-not-return", "old-kernel"];
    for (name, who) in [
        ("a server hangs after the patch reboot", hangs),
        ("one comes back with the old kernel", old),
    ] {
        let places = [world.machines[who].name.clone(), String::new()];
        let fault = Fault::new(name, &report, places, "linux");
        world
            .truth
            .add(fault.lasts(begins, morning, told).lingering(minutes(3)));
    }
}

fn installs(world: &mut World, who: usize) {
    for (what, name, before, after) in [
        ("kernel", "linux-image", "6.12.1", PATCHED),
        ("package", "openssl", "3.5.1", "3.5.2"),
    ] {
        world.event(
            who,
            EventKind::Change {
                what: what.into(),
                name: name.into(),
                before: before.into(),
                after: after.into(),
            },
        );
    }
}
