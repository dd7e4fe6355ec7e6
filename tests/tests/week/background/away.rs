//! Who is away on purpose: the ticket system on Wednesday from 20:00 to 22:00, the collector on
//! Thursday at 12:00 for 90 s while it is upgraded.

use crate::time::{THU, WED, at, seconds};
use crate::world::World;

pub(super) fn plan(world: &mut World) {
    world.at(at(WED, 20, 0), |world| world.collector.desk.is_away = true);
    world.at(at(WED, 22, 0), |world| world.collector.desk.is_away = false);
    let upgrade = at(THU, 12, 0);
    world.at(upgrade, |world| {
        let now = world.now;
        world.collector.stop(now);
    });
    world.at(upgrade.after(seconds(90)), |world| {
        let now = world.now;
        world.collector.start(now);
        world.everybody_tries_again();
    });
}
