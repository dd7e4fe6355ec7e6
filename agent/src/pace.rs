//! Decides when rounds happen.
//!
//! In: the settings, whether the host lives on its battery, the agent's id, the time of the
//! start. Out: the interval, and the pause before the second round. The first is made at
//! once; all later ones keep to this host's place within the interval, so that a fleet
//! started by one command does not report as one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;
use vedette_config::AgentConfig;
use vedette_wire::Class;

/// Pause between rounds of a workstation on its battery.
const INTERVAL_ON_BATTERY: Duration = Duration::from_secs(120);

/// The pause between rounds: as set, or as befits what the host is and lives on.
pub fn interval(config: &AgentConfig, class: Class, on_battery: bool) -> Duration {
    match (config.report.interval, class) {
        (None, Class::Workstation) if on_battery => INTERVAL_ON_BATTERY,
        (Some(_) | None, Class::Workstation | Class::Server) => config.interval(class),
    }
}

/// The interval in force, for whoever makes a round between the others.
#[derive(Debug, Default)]
pub struct Pace(AtomicU64);

impl Pace {
    /// From now on this is the pause between rounds.
    pub fn set(&self, interval: Duration) {
        let ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        self.0.store(ms, Ordering::Relaxed);
    }

    /// The pause between rounds.
    pub fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// The pause between the first round and the second: at least a quarter of the interval,
/// at most five quarters.
pub fn second_round_after(agent: Uuid, interval: Duration, wall_ms: i64) -> Duration {
    let interval = i64::try_from(interval.as_millis())
        .unwrap_or(i64::MAX)
        .max(1);
    let place = i64::try_from(agent.as_u128() % interval.unsigned_abs() as u128).unwrap_or(0);
    let pause = place.wrapping_sub(wall_ms).rem_euclid(interval);
    let pause = match pause < interval / 4 {
        true => pause + interval,
        false => pause,
    };
    Duration::from_millis(pause.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(16);

    #[test]
    fn a_workstation_on_its_battery_takes_its_time_unless_it_is_told_otherwise() {
        let set = |seconds: u64| {
            let mut config = AgentConfig::default();
            config.report.interval = Some(Duration::from_secs(seconds));
            config
        };
        let cases = [
            (AgentConfig::default(), Class::Server, false, 15),
            (AgentConfig::default(), Class::Server, true, 15),
            (AgentConfig::default(), Class::Workstation, false, 60),
            (AgentConfig::default(), Class::Workstation, true, 120),
            (set(30), Class::Workstation, true, 30),
        ];
        for (config, class, on_battery, expected) in cases {
            assert_eq!(interval(&config, class, on_battery).as_secs(), expected);
        }
    }

    #[test]
    fn a_host_keeps_its_place_whenever_it_is_started() {
        for agent in [0, 1, 4_711, u128::MAX] {
            let places = (0..100_000).step_by(777).map(|start| {
                let pause = second_round_after(Uuid::from_u128(agent), INTERVAL, start);
                assert!(
                    pause >= INTERVAL / 4 && pause <= INTERVAL * 5 / 4,
                    "{pause:?}"
                );
                (start + i64::try_from(pause.as_millis()).unwrap_or(0)) % 16_000
            });
            let mut places: Vec<i64> = places.collect();
            places.dedup();
            assert_eq!(places.len(), 1, "agent {agent}");
        }
    }

    #[test]
    fn hosts_started_together_report_apart() {
        let pauses = (0..1_000u128).map(|agent| {
            let agent =
                Uuid::from_u128(agent.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
            second_round_after(agent, INTERVAL, 0).as_secs()
        });
        let mut per_second = [0; 21];
        for pause in pauses {
            per_second[usize::try_from(pause).unwrap_or(20)] += 1;
        }
        assert!(
            per_second.iter().all(|hosts| *hosts < 150),
            "{per_second:?}"
        );
    }
}
