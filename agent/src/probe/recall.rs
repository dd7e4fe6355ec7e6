//! Keeps what a probe must remember across restarts, and its events until they are safe.
//!
//! In: what a probe knows now, and what happened since it knew something else. Out: what
//! it knew, and the events, once each: knowledge and events are written in one step, so
//! that a kill at any point neither loses an event nor makes a second one of it. Events
//! that were not acknowledged before the agent ended are told again under their first id.
//! Without a place to remember, nothing was known and nothing happened.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vedette_wire::{Event, EventKind};

use super::{Notes, Surroundings};
use crate::clock::{Clock, HostClock};
use crate::receipts::Receipts;

/// The largest file that is believed; 20,000 packages are 1 MB.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Events that wait to be acknowledged; past it, the oldest are not told again.
const PENDING_MAX: usize = 256;
/// An older event is not told again: the collector takes it for history.
const PENDING_AGE_MAX_MS: i64 = 24 * 3_600 * 1_000;

/// The memory of one probe. `T` is what it knows.
pub(crate) struct Recall<T> {
    path: Option<PathBuf>,
    receipts: Arc<Receipts>,
    /// Told in this run of the agent, and not yet known to be safe.
    pending: Vec<Uuid>,
    is_opened: bool,
    known: PhantomData<T>,
}

/// Something that happened, and when, in milliseconds of the wall clock.
#[derive(Debug, PartialEq)]
pub(crate) struct Happened {
    pub(crate) wall_ms: i64,
    pub(crate) kind: EventKind,
}

impl Happened {
    /// It happened just now, or nobody knows when.
    pub(crate) fn now(kind: EventKind) -> Happened {
        Happened {
            wall_ms: HostClock.now().wall_ms,
            kind,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    known: T,
    #[serde(default)]
    pending: Vec<Event>,
}

impl<T: Serialize + DeserializeOwned> Recall<T> {
    /// The memory of the probe `name`. Reads nothing yet.
    pub(crate) fn new(surroundings: &Surroundings, name: &str) -> Recall<T> {
        let folder = surroundings.memory.as_ref();
        Recall {
            path: folder.map(|folder| folder.join(format!("{name}.json"))),
            receipts: Arc::clone(&surroundings.receipts),
            pending: Vec::new(),
            is_opened: false,
            known: PhantomData,
        }
    }

    /// What was known; nothing when nothing was ever remembered, or cannot be read again.
    pub(crate) fn known(&self) -> Option<T> {
        Some(self.read()?.known)
    }

    /// Once in a look: tells again what an earlier run of the agent could not be sure of,
    /// and forgets what is safe.
    pub(crate) fn catch_up(&mut self, notes: &mut Notes) {
        if !self.is_opened {
            self.is_opened = true;
            let now = HostClock.now().wall_ms;
            for event in self.read().map(|kept| kept.pending).unwrap_or_default() {
                if now.saturating_sub(event.wall_ms) <= PENDING_AGE_MAX_MS {
                    self.tell(event, notes);
                }
            }
        }
        let before = self.pending.len();
        let receipts = &self.receipts;
        self.pending.retain(|id| !receipts.take(*id));
        if self.pending.len() < before
            && let Some(mut kept) = self.read()
        {
            kept.pending.retain(|event| self.is_pending(event));
            // Not forgotten means told again after a restart, which changes nothing.
            let _ = self.write(&kept);
        }
    }

    /// Remembers `known`, and tells what happened just now. The error is a sentence; the
    /// events are told all the same.
    pub(crate) fn remember(
        &mut self,
        known: T,
        happened: Vec<EventKind>,
        notes: &mut Notes,
    ) -> Result<(), String> {
        let happened = happened.into_iter().map(Happened::now).collect();
        self.remember_past(known, happened, notes)
    }

    /// As [`Recall::remember`], of what happened at times of its own.
    pub(crate) fn remember_past(
        &mut self,
        known: T,
        happened: Vec<Happened>,
        notes: &mut Notes,
    ) -> Result<(), String> {
        if self.path.is_none() {
            return Ok(());
        }
        let events = happened.into_iter().map(|happened| Event {
            id: Uuid::new_v4().to_string(),
            wall_ms: happened.wall_ms,
            kind: happened.kind,
        });
        let events: Vec<Event> = events.collect();
        let mut pending = self.read().map(|kept| kept.pending).unwrap_or_default();
        pending.retain(|event| self.is_pending(event));
        // Another inventory says all that an earlier one said.
        if events.iter().any(is_inventory) {
            pending.retain(|event| !is_inventory(event));
        }
        pending.extend(events.iter().cloned());
        let over = pending.len().saturating_sub(PENDING_MAX);
        pending.drain(..over);
        let written = self.write(&Kept { known, pending });
        for event in events {
            self.tell(event, notes);
        }
        written
    }

    fn tell(&mut self, event: Event, notes: &mut Notes) {
        if let Ok(id) = event.id.parse()
            && self.receipts.wait_for(id)
        {
            self.pending.push(id);
        }
        notes.tell(event);
    }

    fn is_pending(&self, event: &Event) -> bool {
        let id = event.id.parse();
        id.is_ok_and(|id: Uuid| self.pending.contains(&id))
    }

    fn read(&self) -> Option<Kept<T>> {
        let path = self.path.as_ref()?;
        let mut bytes = Vec::new();
        let file = File::open(path).ok()?;
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn write(&self, kept: &Kept<T>) -> Result<(), String> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let text = serde_json::to_vec(kept).map_err(|error| error.to_string())?;
        write_whole(path, &text)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))
    }
}

fn is_inventory(event: &Event) -> bool {
    matches!(event.kind, EventKind::Inventory(_))
}

/// Whole or not at all, and there after a loss of power.
fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let beside = path.with_extension("tmp");
    let mut file = File::create(&beside)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // Elsewhere a folder cannot be opened.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn change(name: &str) -> EventKind {
        EventKind::Change {
            what: "test".to_owned(),
            name: name.to_owned(),
            before: String::new(),
            after: String::new(),
        }
    }

    #[test]
    fn an_event_that_is_not_acknowledged_is_told_again_under_its_id_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let surroundings = Surroundings::fixture(folder.path());
        let mut first = Recall::<u32>::new(&surroundings, "x");
        let mut notes = Notes::default();
        first.catch_up(&mut notes);
        assert_eq!(first.known(), None);
        let both = vec![change("one"), change("two")];
        first.remember(7, both, &mut notes).unwrap();
        let told = notes.events().to_vec();
        assert_eq!(told.len(), 2);
        surroundings
            .receipts
            .acknowledge(told[0].id.parse().unwrap());
        first.catch_up(&mut notes);
        assert_eq!(notes.events().len(), 2, "within one run it is told once");

        let mut second = Recall::<u32>::new(&Surroundings::fixture(folder.path()), "x");
        let mut notes = Notes::default();
        second.catch_up(&mut notes);
        second.catch_up(&mut notes);
        assert_eq!(notes.events(), &told[1..]);
        assert_eq!(second.known(), Some(7));
    }

    #[test]
    fn only_the_last_inventory_waits_to_be_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let surroundings = Surroundings::fixture(folder.path());
        let mut recall = Recall::<u32>::new(&surroundings, "x");
        let mut notes = Notes::default();
        for known in 1..=3 {
            let inventory = EventKind::Inventory(Box::default());
            let happened = vec![change("one"), inventory];
            recall.remember(known, happened, &mut notes).unwrap();
        }
        let mut again = Notes::default();
        Recall::<u32>::new(&surroundings, "x").catch_up(&mut again);
        let inventories = again.events().iter().filter(|event| is_inventory(event));
        assert_eq!((again.events().len(), inventories.count()), (4, 1));
        assert_eq!(again.events().last(), notes.events().last());
    }

    #[test]
    fn a_memory_that_cannot_be_read_again_is_no_memory_and_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let surroundings = Surroundings::fixture(folder.path());
        for rubbish in [
            &b""[..],
            b"{\"known\":",
            b"\xff\0",
            b"{\"known\":\"seven\"}",
            b"[]",
        ] {
            let memory = surroundings.memory.as_ref().unwrap();
            fs::create_dir_all(memory).unwrap();
            fs::write(memory.join("x.json"), rubbish).unwrap();
            let mut recall = Recall::<u32>::new(&surroundings, "x");
            recall.catch_up(&mut Notes::default());
            assert_eq!(recall.known(), None);
            recall
                .remember(7, Vec::new(), &mut Notes::default())
                .unwrap();
            assert_eq!(recall.known(), Some(7));
        }
    }

    #[test]
    fn what_cannot_be_written_is_said_and_the_event_is_told_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("memory"), "a file").unwrap();
        let mut recall = Recall::<u32>::new(&Surroundings::fixture(folder.path()), "x");
        let mut notes = Notes::default();
        let error = recall.remember(7, vec![change("one")], &mut notes);
        assert!(error.unwrap_err().contains("memory"));
        assert_eq!(notes.events().len(), 1);
    }

    #[test]
    fn without_a_place_to_remember_nothing_happens() {
        let mut surroundings = Surroundings::fixture("/nowhere".as_ref());
        surroundings.memory = None;
        let mut recall = Recall::<u32>::new(&surroundings, "x");
        let mut notes = Notes::default();
        recall.remember(7, vec![change("one")], &mut notes).unwrap();
        assert_eq!((recall.known(), notes.events().len()), (None, 0));
    }
}
