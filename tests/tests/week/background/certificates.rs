//! Certificates of websites and of thirty servers, of 45 and of 90 days, renewed when a third of
//! their life is left, as they should be.

use std::time::Duration;

use vedette_wire::{Sample, metric as m};

use crate::estate::Role;
use crate::time::{ALL_DAYS, at, hours};
use crate::world::World;

pub(crate) const CHECK: &str = "certificate";
const DAY_S: f64 = 86_400.0;
const EVERY: Duration = Duration::from_secs(3600);

pub(super) fn plan(world: &mut World) {
    let mut dice = world.dice("certificates");
    let servers = world
        .estate
        .that(|post| matches!(post.role, Role::Guest | Role::Containers));
    for (rank, who) in dice.some(&servers, 30).into_iter().enumerate() {
        let life = if rank % 2 == 0 { 45.0 } else { 90.0 };
        let now = world.now;
        world.machines[who].checks(CHECK, "tls", EVERY, now);
        // A few come to their renewal within the week.
        let mut left = dice.between(life / 3.0, life);
        if rank % 5 == 0 {
            left = life / 3.0 + dice.between(0.0, 6.0);
        }
        let renewal = dice.lasts(Duration::ZERO, hours(12));
        for day in ALL_DAYS {
            let when = at(day, 0, 0).before(hours(3)).after(renewal);
            if left < life / 3.0 {
                left = life;
            }
            let shown = left;
            world.at(when, move |world| shows(world, who, (shown, life)));
            left -= 1.0;
        }
    }
}

/// The check of a machine is shown a certificate with so many days left, of so many.
pub(crate) fn shows(world: &mut World, who: usize, (left, life): (f64, f64)) {
    let fingerprint = format!("{:x}", (life - left).to_bits());
    let of = [
        ("check", CHECK),
        ("subject", "CN=intern"),
        ("fingerprint", &fingerprint),
    ];
    let sample = |name: &str, value: f64| Sample {
        name: name.to_owned(),
        attributes: of
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        value,
    };
    let state = match left {
        left if left < (0.10 * life).min(7.0) => 2.0,
        left if left < (0.25 * life).min(21.0) => 1.0,
        _ => 0.0,
    };
    let values = vec![
        sample(m::TLS_EXPIRY, left * DAY_S),
        sample(m::TLS_STATE, state),
    ];
    world.machines[who].values(CHECK, None, values);
}
