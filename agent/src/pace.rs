//! Decides when rounds happen.
//!
//! In: the agent's id, the interval, the time of the start. Out: the pause before the
//! second round. The first is made at once; all later ones keep to this host's place
//! within the interval, so that a fleet started by one command does not report as one.

use std::time::Duration;

use uuid::Uuid;

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
