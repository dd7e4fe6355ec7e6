//! Decides what changed between two states of packages and files.
//!
//! In: what was known and what is. Out: events. Knows nothing of where either comes from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use vedette_wire::EventKind;

use super::digest::Touched;
use crate::clock::{Clock, HostClock};
use crate::probe::recall::Happened;

/// Packages told one by one; more of them at once are one event.
const PACKAGES_MAX: usize = 50;

/// What happened to packages; `written_ms` is when their list was written.
pub(super) fn of_packages(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    written_ms: Option<i64>,
) -> Vec<Happened> {
    let mut changes: Vec<[&str; 3]> = Vec::new();
    for (name, version) in now {
        match before.get(name) {
            Some(old) if old == version => {}
            Some(old) => changes.push([name, old, version]),
            None => changes.push([name, "", version]),
        }
    }
    let gone = before.iter().filter(|(name, _)| !now.contains_key(*name));
    changes.extend(gone.map(|(name, version)| [name.as_str(), version, ""]));
    let wall_ms = at(written_ms);
    let event = |name: String, before: &str, after: String| Happened {
        wall_ms,
        kind: EventKind::Change {
            what: "package".to_owned(),
            name,
            before: before.to_owned(),
            after,
        },
    };
    if changes.len() > PACKAGES_MAX {
        let count = |is: fn(&[&str; 3]) -> bool| changes.iter().filter(|change| is(change)).count();
        let installed = count(|[_, before, _]| before.is_empty());
        let removed = count(|[_, _, after]| after.is_empty());
        let changed = changes.len() - installed - removed;
        let after = format!("{installed} installed, {changed} changed, {removed} removed");
        return vec![event(format!("{} packages", changes.len()), "", after)];
    }
    let events = changes.into_iter();
    events
        .map(|[name, before, after]| event(name.to_owned(), before, after.to_owned()))
        .collect()
}

/// What happened to files; `known` then knows them as they are. A file that was not known
/// has been named just now.
pub(super) fn of_files(
    known: &mut BTreeMap<PathBuf, String>,
    touched: Vec<Touched>,
) -> Vec<Happened> {
    let mut happened = Vec::new();
    for file in touched {
        let before = known.insert(file.path.clone(), file.now.clone());
        let Some(before) = before.filter(|before| *before != file.now) else {
            continue;
        };
        happened.push(Happened {
            wall_ms: at(file.wall_ms),
            kind: EventKind::Change {
                what: "file".to_owned(),
                name: file.path.to_string_lossy().into_owned(),
                before,
                after: file.now,
            },
        });
    }
    happened
}

/// A time that has been.
fn at(wall_ms: Option<i64>) -> i64 {
    let now = HostClock.now().wall_ms;
    wall_ms.map_or(now, |then| then.min(now))
}
