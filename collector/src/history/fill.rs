//! Fills the windows of the shards after a start with what was measured before it.
//!
//! In: the history, and what rules look at. Out: windows as they were, as far as the history
//! reaches. Only metrics of which a rule looks at a window are read, each no further back than the
//! longest of them. Most hosts are filled before the listener answers, the rest meanwhile; whoever
//! reports sooner is filled first, so that no report is judged by a window that begins with it.
//! Judges nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use vedette_triage::detect::RuleSet;
use vedette_triage::{EntityId, Timestamp};

use super::History;
use crate::shard::Shards;

/// Threads that read.
const THREADS_MAX: usize = 8;

/// Reads the history of one host into its windows.
type Fill = dyn Fn(&EntityId) + Send + Sync;

/// Fills each host once. Cheap to copy.
#[derive(Clone, Default)]
pub struct Filling {
    hosts: Arc<BTreeMap<EntityId, OnceLock<()>>>,
    fill: Option<Arc<Fill>>,
    is_over: Arc<AtomicBool>,
}

impl fmt::Debug for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.hosts.len();
        f.debug_struct("Filling")
            .field("hosts", &hosts)
            .finish_non_exhaustive()
    }
}

impl Filling {
    /// Of the hosts that are watched at a start.
    pub fn of(history: &History, shards: &Arc<Shards>, rules: &RuleSet, now: Timestamp) -> Filling {
        let from: BTreeMap<Arc<str>, Timestamp> = rules
            .longest_windows()
            .map(|(metric, over)| (Arc::clone(metric), now.before(over)))
            .collect();
        let Some(earliest) = from.values().min().copied().filter(|_| history.is_kept()) else {
            return Filling::default();
        };
        let (history, watched) = (history.clone(), Arc::clone(shards));
        let fill = move |host: &EntityId| {
            let wanted = |metric: &str| from.get(metric).copied();
            let tracks = history.read(host, (earliest, now), &wanted);
            if !tracks.is_empty() {
                watched.recall(host, &tracks);
            }
        };
        Filling::new(shards.watched_hosts(), fill)
    }

    fn new(hosts: Vec<EntityId>, fill: impl Fn(&EntityId) + Send + Sync + 'static) -> Filling {
        let hosts = hosts.into_iter().map(|host| (host, OnceLock::new()));
        Filling {
            hosts: Arc::new(hosts.collect()),
            fill: Some(Arc::new(fill)),
            is_over: Arc::default(),
        }
    }

    /// Fills hosts for so long at most, or all; says how many are filled. Reads the disk: not for a
    /// thread that others wait for.
    pub fn run(&self, at_most: Option<Duration>) -> usize {
        let began = Instant::now();
        let hosts: Vec<&EntityId> = self.hosts.keys().collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while at_most.is_none_or(|at_most| began.elapsed() < at_most)
                && let Some(host) = hosts.get(next.fetch_add(1, Ordering::Relaxed))
            {
                self.first(host);
            }
        };
        let threads = thread::available_parallelism()
            .map_or(1, usize::from)
            .min(THREADS_MAX);
        thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        let filled = self
            .hosts
            .values()
            .filter(|once| once.get().is_some())
            .count();
        if filled == self.hosts.len() {
            self.is_over.store(true, Ordering::Release);
        }
        filled
    }

    /// Whether anybody is still to be filled.
    pub fn is_over(&self) -> bool {
        self.fill.is_none() || self.is_over.load(Ordering::Acquire)
    }

    /// How many hosts there are.
    pub fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// Fills a host now, unless it is; waits where somebody else does.
    fn first(&self, host: &EntityId) {
        if let (Some(once), Some(fill)) = (self.hosts.get(host), &self.fill) {
            once.get_or_init(|| fill(host));
        }
    }

    /// A host reports: it is filled before its report is judged.
    pub async fn before_report(&self, host: &EntityId) {
        let is_filled = || self.hosts.get(host).is_none_or(|once| once.get().is_some());
        if self.is_over() || is_filled() {
            return;
        }
        let (filling, host) = (self.clone(), host.clone());
        // Without it windows begin empty, which is said by nobody worse.
        let _ = tokio::task::spawn_blocking(move || filling.first(&host)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn each_host_is_filled_once_and_whoever_reports_comes_first() {
        let filled: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&filled);
        let hosts = ["a", "b", "c"].map(EntityId::new);
        let filling = Filling::new(hosts.to_vec(), move |host| {
            log.lock().unwrap().push(host.to_string());
        });
        assert_eq!(
            filling.run(Some(Duration::ZERO)),
            0,
            "there is no time before the start"
        );
        filling.before_report(&hosts[2]).await;
        filling.before_report(&hosts[2]).await;
        filling.before_report(&EntityId::new("new")).await;
        assert_eq!(*filled.lock().unwrap(), ["c"]);
        assert!(!filling.is_over());
        assert_eq!(filling.run(None), 3);
        assert!(filling.is_over());
        let mut all = filled.lock().unwrap().clone();
        all.sort();
        assert_eq!(all, ["a", "b", "c"]);
        assert!(Filling::default().is_over());
    }
}
