//! Agents broken by a bad push of their configuration: thirty are stopped to start with it, and
//! none does.

use vedette_wire::Goodbye;

use super::{is_guest, names, pick, watched};
use crate::time::{MON, at, minutes};
use crate::truth::Fault;
use crate::world::World;

pub(super) fn plan(world: &mut World) {
    let mut dice = world.dice("agents");
    let hosts = pick(world, &mut dice, 30, is_guest);
    let (pushed, mended) = (at(MON, 11, 0), at(MON, 12, 0));
    watched(world, &hosts, pushed, mended);
    for who in hosts.iter().copied() {
        let stops = pushed.after(dice.lasts(minutes(0), minutes(3)));
        let starts = mended.after(dice.lasts(minutes(0), minutes(4)));
        world.at(stops, move |world| world.goodbye(who, Goodbye::AgentStop));
        world.at(starts, move |world| world.wake(who));
    }
    let name = "agents broken by a bad configuration push on 30 hosts";
    let rules = ["host-did-not-return", "host-silent"];
    let fault = Fault::new(name, &rules, names(world, &hosts), "linux");
    // A goodbye of this kind buys five minutes.
    world.truth.add(
        fault
            .lasts(pushed, mended, minutes(6))
            .lingering(minutes(4)),
    );
}
