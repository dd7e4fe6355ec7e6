//! Services that fail once when they are restarted at night and come up at the second attempt:
//! twenty a day, half a minute each.

use std::time::Duration;

use vedette_wire::{EventKind, metric as m};

use crate::estate::Role;
use crate::time::{ALL_DAYS, at, hours, minutes, seconds};
use crate::world::World;

const A_DAY: usize = 20;
const UNIT: [(&str, &str); 2] = [
    ("unit", "logrotate-reload.service"),
    ("result", "exit-code"),
];

pub(super) fn plan(world: &mut World) {
    let mut dice = world.dice("crons");
    let servers = world.estate.that(|post| post.role != Role::Workstation);
    for day in ALL_DAYS {
        for who in dice.some(&servers, A_DAY) {
            let fails = at(day, 0, 0).after(dice.lasts(Duration::ZERO, hours(23)));
            let lasts = dice.lasts(seconds(20), seconds(40));
            world.at_near(who, fails, minutes(10), move |world| {
                fail(world, who, &UNIT);
            });
            world.at(fails.after(lasts), move |world| succeed(world, who, &UNIT));
        }
    }
}

/// A unit has failed, and says so.
pub(crate) fn fail(world: &mut World, who: usize, unit: &[(&str, &str)]) {
    let readings = &mut world.machines[who].readings;
    readings.has(m::SERVICE_FAILED, unit, 1.0, 0.0);
    let failed = readings.level(m::SERVICES_FAILED, &[]) + 1.0;
    readings.set(m::SERVICES_FAILED, &[], failed);
    let value = |name: &str| {
        let found = unit.iter().find(|(key, _)| *key == name);
        found.map_or(String::new(), |(_, value)| (*value).to_owned())
    };
    world.event(
        who,
        EventKind::UnitFailed {
            unit: value("unit"),
            result: value("result"),
            lines: vec!["Main process exited, code=exited, status=1/FAILURE".into()],
        },
    );
}

/// It runs again.
pub(crate) fn succeed(world: &mut World, who: usize, unit: &[(&str, &str)]) {
    let readings = &mut world.machines[who].readings;
    readings.lose(m::SERVICE_FAILED, unit);
    let failed = readings.level(m::SERVICES_FAILED, &[]) - 1.0;
    readings.set(m::SERVICES_FAILED, &[], failed.max(0.0));
}
