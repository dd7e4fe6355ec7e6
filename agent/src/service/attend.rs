//! Keeps the service manager content: it hears that the agent gets on, as long as it does.
//!
//! In: the [`Pulse`]. Out: [`State::Alive`] while neither collecting nor sending is overdue,
//! and how things stand when that has changed. An agent that hangs is not fed, and the
//! manager's watchdog starts it anew. Without a manager this does nothing at all.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::notify::{Notifier, State};
use crate::pulse::Pulse;

/// The watchdog is fed this often in its time, so that one lost message does no harm.
const FEEDS_PER_WATCHDOG: u32 = 3;
/// How often the status is looked at where no watchdog waits.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// Attends to the manager for as long as it is polled; never ends by itself.
pub async fn attend(notifier: &Notifier, pulse: &Pulse) {
    if !notifier.is_heard() {
        return std::future::pending().await;
    }
    let every = match notifier.watchdog() {
        Some(watchdog) => watchdog / FEEDS_PER_WATCHDOG,
        None => LOOK_EVERY,
    };
    let mut ticks = interval(every.max(Duration::from_millis(1)));
    // The watchdog counts from the last message; several at once are as good as one.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = String::new();
    let mut hangs = false;
    loop {
        ticks.tick().await;
        let mut states = Vec::new();
        let overdue = pulse.overdue(Instant::now());
        match overdue {
            None => states.push(State::Alive),
            Some(overdue) if !hangs => {
                let (lane, by) = (overdue.lane.as_str(), overdue.by);
                tracing::error!(lane, ?by, "hangs; the watchdog is not fed any more");
                states.push(State::Status(format!("{lane} hangs")));
                said.clear();
            }
            Some(_) => {}
        }
        hangs = overdue.is_some();
        let standing = pulse.standing();
        if !hangs && standing != said {
            states.push(State::Status(standing.clone()));
            said = standing;
        }
        if !states.is_empty() {
            notifier.tell(&states);
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::net::UnixDatagram;

    use super::*;
    use crate::pulse::Lane;

    const WATCHDOG: Duration = Duration::from_secs(60);

    struct Manager {
        socket: UnixDatagram,
        _dir: tempfile::TempDir,
    }

    impl Manager {
        fn new() -> (Manager, Notifier) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("notify");
            let socket = UnixDatagram::bind(&path).unwrap();
            socket.set_nonblocking(true).unwrap();
            let notifier = Notifier::at(path.as_os_str(), Some(WATCHDOG)).unwrap();
            (Manager { socket, _dir: dir }, notifier)
        }

        /// Everything that was said while `seconds` went by.
        async fn hears_within(&self, seconds: u64) -> Vec<String> {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            let mut heard = Vec::new();
            let mut bytes = [0; 1024];
            while let Ok(length) = self.socket.recv(&mut bytes) {
                heard.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
            }
            heard
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_watchdog_is_fed_only_while_collecting_and_sending_get_on() {
        let (manager, notifier) = Manager::new();
        let pulse = Pulse::default();
        let story = async {
            let in_seconds = |seconds| Some(Instant::now() + Duration::from_secs(seconds));
            pulse.promise(Lane::Collecting, in_seconds(600));
            pulse.promise(Lane::Sending, in_seconds(600));
            let heard = manager.hears_within(59).await;
            assert_eq!(heard, ["WATCHDOG=1\n"; 3]);

            for lane in [Lane::Collecting, Lane::Sending] {
                pulse.promise(lane, in_seconds(0));
                let heard = manager.hears_within(120).await;
                assert_eq!(heard, [format!("STATUS={} hangs\n", lane.as_str())]);

                pulse.promise(lane, in_seconds(600));
                let heard = manager.hears_within(20).await;
                assert_eq!(heard, ["WATCHDOG=1\n"]);
            }
        };
        tokio::select! {
            () = attend(&notifier, &pulse) => {}
            () = story => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn how_things_stand_is_said_when_it_has_changed() {
        let (manager, notifier) = Manager::new();
        let pulse = Pulse::default();
        pulse.say("reporting".to_owned());
        let story = async {
            let heard = manager.hears_within(59).await;
            assert_eq!(
                heard,
                [
                    "WATCHDOG=1\nSTATUS=reporting\n",
                    "WATCHDOG=1\n",
                    "WATCHDOG=1\n"
                ]
            );
            pulse.say("the collector is away".to_owned());
            let heard = manager.hears_within(20).await;
            assert_eq!(heard, ["WATCHDOG=1\nSTATUS=the collector is away\n"]);
        };
        tokio::select! {
            () = attend(&notifier, &pulse) => {}
            () = story => {}
        }
    }
}
