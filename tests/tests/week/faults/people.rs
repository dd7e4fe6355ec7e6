//! A ticket that a person closes while its fault still burns.

use vedette_triage::{Actor, Command, Via};

use super::{is_guest, names, one, watched};
use crate::background::crons;
use crate::time::{MON, at, minutes, seconds};
use crate::truth::Fault;
use crate::world::World;

pub(super) fn plan(world: &mut World) {
    let mut dice = world.dice("people");
    let who = one(world, &mut dice, is_guest);
    let (fails, closed, runs) = (at(MON, 9, 30), at(MON, 10, 10), at(MON, 14, 0));
    let unit = [("unit", "exim4.service"), ("result", "timeout")];
    watched(world, &[who], fails, runs);
    world.near(who, closed.before(minutes(5)), closed.after(minutes(60)));
    world.at(fails, move |world| crons::fail(world, who, &unit));
    world.at(closed, move |world| close(world, who));
    world.at(runs, move |world| crons::succeed(world, who, &unit));
    let name = "ticket closed by hand while still broken";
    let fault = Fault::new(name, &["unit-failed"], names(world, &[who]), "linux");
    world.truth.add(fault.lasts(fails, runs, seconds(90)));
}

/// Whatever is open of this machine is closed in the ticket system.
fn close(world: &mut World, who: usize) {
    let name = world.machines[who].name.clone();
    let open = world
        .collector
        .engine
        .state()
        .incidents()
        .filter(|incident| incident.is_open());
    let of_it = open.filter(|incident| {
        let leader = world.collector.engine.state().alert(incident.leader);
        leader.is_some_and(|leader| leader.place() == Some(&name))
    });
    let tickets: Vec<_> = of_it
        .flat_map(|incident| world.collector.engine.state().tickets(incident.id))
        .map(|ticket| (ticket.incident, ticket.receiver.clone()))
        .collect();
    let at = world.now;
    for (incident, receiver) in tickets {
        let by = Actor {
            name: "junior".into(),
            via: Via::Ticket,
        };
        let closed = Command::TicketClosed {
            by,
            incident,
            receiver,
            at,
        };
        world.collector.command(at, closed);
    }
}
