//! Keeps what a replay begins with: the files of each policy, and the state once a day.
//!
//! Nothing waits for either: what cannot be kept is said, and the replay says what it lacks.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use vedette_policy::Loaded;
use vedette_triage::{Policy, Timestamp};

use super::chores::{Hot, RECORDS_BYTES_MAX, next};
use crate::engine_loop::View;
use crate::recording::{PolicyFiles, Snapshot};
use crate::store::{Answers, Keepsake, Question, Recording, StoreError, StoreHandle};

/// A snapshot is taken this often.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(86_400);
/// Whether one is due is looked at this often; more often than that none is taken.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);

/// Keeps the files of a policy that is about to decide.
pub(super) async fn keep_files(
    store: &StoreHandle,
    (loaded, policy): (&Loaded, &Policy),
    read_at: Timestamp,
) {
    let kept = match PolicyFiles::of(loaded, policy, read_at).seal() {
        Ok(texts) => store.keep(Keepsake::Texts(texts)).await,
        Err(error) => Err(StoreError::Refused(error.to_string())),
    };
    if let Err(error) = kept {
        let revision = policy.revision.0;
        tracing::warn!(%error, revision, "the files of the policy are not kept; what it decides cannot be replayed");
    }
}

/// Takes a snapshot a day, the first at once, until told to stop.
pub(super) async fn snapshots(hot: Hot, view: View, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while next(&mut ticks, &mut stop).await {
        let taken = match hot.store.ask(Question::Recording).await {
            Ok(Answers::Recording(recording)) if is_due(&recording, hot.clock.now()) => {
                take(&hot.store, &view).await
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            tracing::warn!(%error, "the state of today is not kept; it is tried again in an hour");
        }
    }
}

/// Not when nothing was decided since the last one. Sooner than in a day where records are too
/// many: they go as far as a snapshot replaces them.
fn is_due(recording: &Recording, now: Timestamp) -> bool {
    let Some(newest) = recording.snapshots.last() else {
        return true;
    };
    let age = now.since(newest.at);
    let many = recording.bytes > RECORDS_BYTES_MAX;
    let decided = recording.last.is_some_and(|(last, _)| last > newest.number);
    decided && (age >= SNAPSHOT_EVERY || many && age >= LOOK_EVERY)
}

/// Part by part, so that commits come in between.
async fn take(store: &StoreHandle, view: &View) -> Result<(), StoreError> {
    let view = view.clone();
    // Off the runtime's threads: records may be many.
    let snapshot = blocking(move || Snapshot::of(&view)).await?;
    let snapshot = Arc::new(snapshot);
    for at in 0..snapshot.parts() {
        let whole = Arc::clone(&snapshot);
        let part = blocking(move || whole.part(at)).await?;
        let part = part.map_err(|error| StoreError::Refused(error.to_string()))?;
        store.keep(Keepsake::Part(part)).await?;
    }
    let records = snapshot.records.len();
    tracing::info!(
        commit = snapshot.number,
        records,
        "the state of today is kept"
    );
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| StoreError::Unknown(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{CommitNumber, SnapshotHead};

    const HOUR: u64 = 3_600;

    #[test]
    fn a_snapshot_is_taken_at_once_then_daily_and_only_if_something_was_decided() {
        check(None, 0, 0, true);
        check(Some(7), 24 * HOUR, 0, true);
        check(Some(7), 24 * HOUR - 1, 0, false);
        check(Some(9), 48 * HOUR, 0, false);
    }

    #[test]
    fn too_many_records_make_it_sooner_but_not_all_the_time() {
        check(Some(7), HOUR, RECORDS_BYTES_MAX, false);
        check(Some(7), HOUR, RECORDS_BYTES_MAX + 1, true);
        check(Some(7), HOUR - 1, RECORDS_BYTES_MAX + 1, false);
    }

    #[track_caller]
    fn check(newest: Option<u64>, age_s: u64, bytes: u64, expected: bool) {
        let at = Timestamp::from_millis(1_750_000_000_000);
        let head = |number| SnapshotHead {
            number: CommitNumber(number),
            at,
            parts: 1,
        };
        let recording = Recording {
            last: Some((CommitNumber(9), at)),
            bytes,
            snapshots: newest.map(head).into_iter().collect(),
            ..Recording::default()
        };
        let now = at.after(Duration::from_secs(age_s));
        assert_eq!(is_due(&recording, now), expected);
    }
}
