//! Containers start and stop 4,000 times a day on sixty servers.
//!
//! Their `veth` interfaces never reach a report (the agent leaves them out); what does are those
//! of tools whose names the agent does not know, one in twenty, and a processor that is busy for
//! a moment. Only what is written in a report is thrown for: the rest would show nowhere.

use std::time::Duration;

use vedette_wire::metric as m;

use crate::time::{ALL_DAYS, at, hours, minutes};
use crate::world::World;

/// Of each day, those whose interface is in a report.
const SEEN_A_DAY: u64 = 4_000 / 20;

pub(super) fn plan(world: &mut World) {
    let mut dice = world.dice("containers");
    let hosts = world.estate.that(|post| post.has_containers);
    for day in ALL_DAYS {
        for number in 0..SEEN_A_DAY {
            let who = dice.one(&hosts);
            let starts = at(day, 0, 0).after(dice.lasts(Duration::ZERO, hours(24)));
            let lives = dice.lasts(minutes(1), minutes(90));
            let port = format!("ovn{:x}", dice.number(0, 1 << 32) + number);
            let gone = port.clone();
            world.at(starts, move |world| {
                let readings = &mut world.machines[who].readings;
                readings.has(m::NETWORK_UP, &up(&port), 1.0, 0.0);
                readings.counts(m::NETWORK_PACKETS, &receives(&port), 90.0);
                readings.counts(m::NETWORK_DROPPED, &receives(&port), 3.0);
            });
            world.at(starts.after(lives), move |world| {
                let readings = &mut world.machines[who].readings;
                readings.lose(m::NETWORK_UP, &up(&gone));
                readings.lose(m::NETWORK_PACKETS, &receives(&gone));
                readings.lose(m::NETWORK_DROPPED, &receives(&gone));
            });
        }
    }
}

fn up(port: &str) -> [(&str, &str); 2] {
    [("device", port), ("kind", "virtual")]
}

fn receives(port: &str) -> [(&str, &str); 2] {
    [("device", port), ("direction", "receive")]
}
