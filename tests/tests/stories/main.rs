//! Plays the stories of `tests/stories/`: timelines that a person can read, each on the real
//! policy reader and the real engine, with every promise checked after each step.
//!
//! A story is a text file:
//!
//! ```text
//! # A silence keeps a ticket from opening, and never from closing
//!
//! --- topology.csv                 (a file of the policy directory; none is needed)
//! name,kind,parent
//!
//! --- story
//! 00:00  host db-7
//! 00:05  fire filesystem-space on db-7 mountpoint=/var
//!        tell desk open #1 "/var"
//! 00:10  silence host="db-7" for 2h
//! 00:20  clear filesystem-space on db-7 mountpoint=/var
//! 00:25  tell desk resolve #1
//! ```
//!
//! Times are wall-clock times that only go forward: an earlier one is on the next day. What is
//! told must be named, in order, by the next `tell` lines: a delivery that no line names fails
//! the story. `tests/stories/README.md` lists the words.
#![allow(clippy::unwrap_used)]

#[path = "../../../collector/triage/tests/stories/support/mod.rs"]
#[allow(unused_imports)]
mod support;

mod cast;
mod play;
mod policy;
mod script;
mod words;

use std::fs;
use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the stories are there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".story").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= STORIES_AT_LEAST, "stories have got lost");
    let index = fs::read_to_string(folder.join("INDEX.md")).expect("the index is there");
    let known = names.clone();
    let index = Trial::test("index", move || is_complete(&index, &known));
    let trials = names.into_iter().map(|name| {
        let path = folder.join(format!("{name}.story"));
        Trial::test(name, move || {
            let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            play::play(&script::Script::parse(&text)?).map_err(Failed::from)
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.chain([index]).collect()).exit();
}

/// Every story stands in the index, and every name there is a story's.
fn is_complete(index: &str, stories: &[String]) -> Result<(), Failed> {
    let named: Vec<&str> = index.split('`').skip(1).step_by(2).collect();
    let missing = stories
        .iter()
        .filter(|story| !named.contains(&story.as_str()));
    let missing: Vec<&String> = missing.collect();
    let is_name = |word: &&&str| word.contains('-') && !word.contains('/');
    let unknown = named.iter().filter(is_name);
    let unknown = unknown.filter(|name| !stories.iter().any(|story| story == *name));
    let unknown: Vec<&&str> = unknown.collect();
    match missing.is_empty() && unknown.is_empty() {
        true => Ok(()),
        false => Err(format!("not in INDEX.md: {missing:?}; no stories: {unknown:?}").into()),
    }
}

/// So many were written; one that is deleted by accident is missed.
const STORIES_AT_LEAST: usize = 154;
