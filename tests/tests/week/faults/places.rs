//! Places that fail with all that hangs on them: a hypervisor, an access switch, the line of a
//! site, a name server.

use vedette_triage::Timestamp;
use vedette_wire::{CheckState, EventKind, metric as m};

use super::{names, watched};
use crate::estate::Role;
use crate::time::{SAT, THU, TUE, WED, at, minutes, seconds};
use crate::truth::Fault;
use crate::world::World;

/// The hypervisor that dies.
const DIES: &str = "hv-07";
/// The switch that dies.
const SWITCH: &str = "acc-graz-1";
/// The site whose line is down for a while.
pub(super) const CUT_OFF: &str = "linz";
/// Parents of machines that have enough to suffer.
pub(super) const SPARED: [&str; 2] = [DIES, SWITCH];
/// The machine that answers for names, and its address.
const NAMES: &str = "bm-hq-1";
const RESOLVER: [(&str, &str); 2] = [("server", "10.1.0.53"), ("answer", "found")];

pub(super) fn plan(world: &mut World) {
    hypervisor(world);
    access_switch(world);
    line(world);
    name_server(world);
}

fn hypervisor(world: &mut World) {
    let (dies, back) = (at(WED, 3, 10), at(WED, 4, 20));
    let hypervisor = world.estate.named(DIES);
    let guests = world.estate.that(|post| post.parent == DIES);
    let mut dice = world.dice("hypervisor");
    let all: Vec<usize> = guests.iter().copied().chain([hypervisor]).collect();
    world.take(&all);
    for who in all {
        let boots = match who == hypervisor {
            true => back,
            false => back.after(dice.lasts(minutes(1), minutes(5))),
        };
        world.near(who, dies.before(minutes(12)), dies.after(minutes(1)));
        world.near(who, boots, boots.after(minutes(60)));
        world.at(dies, move |world| world.vanish(who));
        world.at(boots, move |world| world.boot(who, None));
    }
    let rules = ["host-silent", "unplanned-reboot"];
    let fault = Fault::new(
        "hypervisor with 25 guests dies",
        &rules,
        [DIES.into()],
        "virt",
    );
    // Of the restart it is told for half an hour.
    world
        .truth
        .add(fault.lasts(dies, back, seconds(90)).lingering(minutes(35)));
}

fn access_switch(world: &mut World) {
    let (dies, back) = (at(TUE, 10, 20), at(TUE, 11, 50));
    let behind = world.estate.that(|post| post.parent == SWITCH);
    world.take(&behind);
    device_down(world, SWITCH, behind, (dies, back));
    let fault = Fault::new(
        "access switch dies",
        &["check-failing"],
        [SWITCH.into()],
        "network",
    );
    world.truth.add(fault.lasts(dies, back, minutes(2)));
}

fn line(world: &mut World) {
    let (dies, back) = (at(THU, 14, 0), at(THU, 14, 35));
    let router = format!("vpn-{CUT_OFF}");
    let behind = world.estate.that(|post| post.site == CUT_OFF);
    let victim = world.estate.named("bm-linz-3");
    device_down(world, &router, behind, (dies, back));
    let fault = Fault::new(
        "VPN of a site is down for 35 min",
        &["check-failing"],
        [router],
        "network",
    );
    world.truth.add(fault.lasts(dies, back, minutes(2)));
    let kills = at(THU, 14, 12);
    world.at(kills, move |world| {
        let victim_process = "java".to_owned();
        world.event(
            victim,
            EventKind::OomKill {
                victim: victim_process,
                kills: 1,
            },
        );
    });
    let name = world.machines[victim].name.clone();
    let fault = Fault::new("OOM during the VPN outage", &["oom-kill"], [name], "linux");
    // It is told when the line is back, and for half an hour after it happened.
    world.truth.add(
        fault
            .lasts(kills, back, back.since(kills) + seconds(75))
            .lingering(minutes(30)),
    );
}

/// A device and what is behind it are not seen from then until then.
fn device_down(
    world: &mut World,
    device: &str,
    behind: Vec<usize>,
    (from, until): (Timestamp, Timestamp),
) {
    let site = world.estate.devices[world.estate.device(device)]
        .site
        .clone();
    let is_line = device.starts_with("vpn-");
    let hidden = world.estate.devices.iter().filter(|other| {
        let is_behind = other.parent == device || (is_line && other.site == site);
        other.name == device || is_behind
    });
    let hidden: Vec<String> = hidden.map(|device| device.name.clone()).collect();
    let lookers: Vec<usize> = world.lookers(device);
    for who in lookers.iter().copied().chain(behind.iter().copied()) {
        if world.estate.posts[who].role != Role::Workstation {
            world.near(who, from.before(minutes(6)), from.after(minutes(1)));
        }
    }
    for who in lookers {
        world.near(who, from, until.after(minutes(45)));
    }
    let servers: Vec<usize> = behind
        .iter()
        .copied()
        .filter(|who| world.estate.posts[*who].role != Role::Workstation)
        .collect();
    watched(world, &servers, until, until);
    let (cut, down) = (behind.clone(), hidden.clone());
    world.at(from, move |world| {
        world.cut(&cut);
        for device in &down {
            world.device_is(device, CheckState::Critical, "no answer within 5 s");
        }
    });
    world.at(until, move |world| {
        world.mend(&behind);
        for device in &hidden {
            world.device_is(device, CheckState::Ok, "answers in 2 ms");
        }
    });
}

/// The name server dies: everybody who asks it first asks the other one then.
fn name_server(world: &mut World) {
    let (dies, back) = (at(SAT, 16, 0), at(SAT, 16, 50));
    let server = world.estate.named(NAMES);
    world.take(&[server]);
    let servers = world.estate.that(|post| post.role != Role::Workstation);
    let mut dice = world.dice("name server");
    watched(world, &[server], dies, back);
    world.at(dies, move |world| world.vanish(server));
    world.at(back, move |world| world.boot(server, None));
    let mut places = names(world, &servers);
    for who in servers.into_iter().filter(|who| *who != server) {
        world.near(who, dies.before(minutes(12)), dies.after(minutes(20)));
        world.near(who, back, back.after(minutes(20)));
        let notices = dies.after(dice.lasts(seconds(0), seconds(60)));
        let knows = back.after(dice.lasts(seconds(20), seconds(80)));
        world.at(notices, move |world| answers(world, who, 0.0));
        world.at(knows, move |world| answers(world, who, 1.0));
    }
    places.push("10.1.0.53".into());
    let rules = ["host-silent", "resolver-down", "unplanned-reboot"];
    let fault = Fault::new("DNS server dies", &rules, places, "linux");
    world
        .truth
        .add(fault.lasts(dies, back, seconds(90)).lingering(minutes(35)));
}

fn answers(world: &mut World, who: usize, does: f64) {
    world.machines[who]
        .readings
        .set(m::RESOLVER_UP, &RESOLVER, does);
}
