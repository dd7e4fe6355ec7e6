//! Fetches the last lines of a unit of systemd from the journal.
//!
//! In: the unit's name, from the collector, which is compared with what names of units look
//! like before anything is asked with it. Out: lines as the journal prints them.

use std::time::Duration;

use vedette_wire::limits;

use crate::probe::{is_unit, readable_lines};
use crate::program::{Bounds, Programs};

const BOUNDS: Bounds = Bounds {
    within: Duration::from_secs(8),
    bytes_max: 256 * 1024,
};

/// The last lines of `unit`.
///
/// # Errors
/// It is no unit, or the journal cannot be read.
pub(super) fn last_lines(programs: &Programs, unit: &str) -> Result<Vec<String>, String> {
    if !is_unit(unit) {
        return Err("this is no name of a unit".to_owned());
    }
    let count = format!("--lines={}", limits::EVIDENCE_LINES_MAX);
    let unit = format!("--unit={unit}");
    let asked = ["--no-pager", "--quiet", "--output=short-iso", &count, &unit];
    let ran = programs.run("journalctl", &asked, BOUNDS);
    let out = ran.map_err(|error| error.to_string())?;
    let lines = readable_lines(
        &out.expect_success("journalctl")?,
        limits::EVIDENCE_LINES_MAX,
    );
    match lines.is_empty() {
        true => Ok(vec![
            "the journal has no lines of it that may be read".to_owned(),
        ]),
        false => Ok(lines),
    }
}
