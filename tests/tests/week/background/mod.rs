//! What goes on in every week and is no fault: one file for each kind.

mod away;
pub(crate) mod backups;
pub(crate) mod certificates;
mod changes;
mod containers;
pub(crate) mod crons;
mod lines;
pub(crate) mod patches;
mod workstations;

use crate::world::World;

/// Plans all of it.
pub(crate) fn plan(world: &mut World) {
    backups::plan(world);
    crons::plan(world);
    containers::plan(world);
    patches::plan(world);
    workstations::plan(world);
    lines::plan(world);
    certificates::plan(world);
    changes::plan(world);
    away::plan(world);
}
