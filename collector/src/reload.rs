//! Notices that somebody changed a file of the policy.
//!
//! In: folders. Out: "look again now". A hint only: whoever is woken reads
//! everything, compares, and validates before anything is swapped. Folders are
//! watched, not files, because editors and configuration management replace
//! files by rename; where watching fails (NFS, too many watches) looking every
//! [`LOOK_EVERY`] does alone what it otherwise does as a backstop.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// Writers touch several files within this time; they are read once, afterwards.
const SETTLE: Duration = Duration::from_millis(300);
/// Longest time that changes may go on before they are read all the same.
const SETTLE_AT_MOST: Duration = Duration::from_secs(3);
/// Also without a hint everything is looked at this often.
pub const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Wakes whoever waits when something below the watched folders may have changed.
pub struct Watch {
    hint: Arc<Notify>,
    /// Dropped with this; none where watching is not possible.
    watcher: Option<RecommendedWatcher>,
    watched: Vec<PathBuf>,
}

impl Watch {
    /// Watches these folders, each without what is below it. One that does not exist yet is found
    /// by the regular look.
    pub fn new(folders: &[PathBuf]) -> Watch {
        let hint = Arc::new(Notify::new());
        let wake = Arc::clone(&hint);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                wake.notify_one();
            }
        });
        let mut watch = Watch {
            hint,
            watcher: watcher
                .inspect_err(|error| {
                    tracing::warn!(%error, "cannot watch for changed files; looking every 30 s instead");
                })
                .ok(),
            watched: Vec::new(),
        };
        watch.cover(folders);
        watch
    }

    /// Begins to watch folders that have appeared since.
    pub fn cover(&mut self, folders: &[PathBuf]) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        // A folder that was removed and made anew is another one: the old watch is dead.
        self.watched.retain(|folder| folder.is_dir());
        for folder in folders {
            if self.watched.contains(folder) || !folder.is_dir() {
                continue;
            }
            match watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => self.watched.push(folder.clone()),
                Err(error) => {
                    tracing::warn!(folder = %folder.display(), %error, "cannot watch this folder; looking every 30 s instead");
                }
            }
        }
    }

    /// Waits until something may have changed and the writers have settled.
    pub async fn changed(&self) {
        let look = Instant::now() + LOOK_EVERY;
        if timeout_at(look, self.hint.notified()).await.is_err() {
            return;
        }
        let at_most = Instant::now() + SETTLE_AT_MOST;
        loop {
            let settled = (Instant::now() + SETTLE).min(at_most);
            if timeout_at(settled, self.hint.notified()).await.is_err() {
                return;
            }
        }
    }
}

/// The folders in which a policy directory keeps files.
pub fn folders_of(policy_dir: &Path, configuration: Option<&Path>) -> Vec<PathBuf> {
    let mut folders = vec![
        policy_dir.to_path_buf(),
        policy_dir.join("rules"),
        policy_dir.join("receivers"),
    ];
    let beside = configuration.and_then(Path::parent).map(Path::to_path_buf);
    folders.extend(beside.filter(|beside| !folders.contains(beside)));
    folders
}
