//! Holds what checks came to, to its bounds: what cannot be told apart is taken out and
//! named; of the rest only what is wrong with it.

use std::collections::BTreeSet;

use vedette_wire::CheckRun;
use vedette_wire::limits::CHECKS_PER_ROUND_MAX;

use super::refused::{Places, Why};
use super::texts::{check_lines_of_text, check_name, pause_or_none};

/// Takes out of the checks of a round what breaks a bound; `at` is the place of the list.
///
/// A check without a sound text still says how it is: its state matters more than its words.
pub(super) fn check(runs: &mut Vec<CheckRun>, at: &str, refused: &mut Places) {
    let mut seen = BTreeSet::new();
    let mut index = 0;
    runs.retain_mut(|run| {
        let place = || format!("{at}[{index}]");
        let verdict = check_run(index, run).and_then(|()| {
            let is_first = seen.insert((run.check.clone(), run.about.clone()));
            let why = "this check is in this round already; the first one counts";
            is_first
                .then_some(())
                .ok_or_else(|| Why::new("check_twice", "", why))
        });
        match verdict {
            Ok(()) => {
                pause_or_none(&mut run.every_s, place, refused);
                if let Err(why) = check_lines_of_text(&run.text) {
                    refused.refuse("bad_text", format!("{}.text", place()), why);
                    run.text.clear();
                }
            }
            Err(ref why) => {
                refused.refuse(
                    why.reason,
                    format!("{}{}", place(), why.of),
                    why.why.as_str(),
                );
            }
        }
        index += 1;
        verdict.is_ok()
    });
}

fn check_run(index: usize, run: &CheckRun) -> Result<(), Why> {
    if index >= CHECKS_PER_ROUND_MAX {
        let why = format!("a round has at most {CHECKS_PER_ROUND_MAX} checks");
        return Err(Why::new("too_many_checks", "", why));
    }
    check_name(&run.check).map_err(|why| Why::new("bad_name", ".check", why))?;
    check_name(&run.kind).map_err(|why| Why::new("bad_name", ".kind", why))?;
    match &run.about {
        Some(about) => check_name(about).map_err(|why| Why::new("bad_name", ".about", why)),
        None => Ok(()),
    }
}
