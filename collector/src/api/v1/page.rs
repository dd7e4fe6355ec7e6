//! Reads what a list is asked for: filters, states, the size of a page and where it begins.

use vedette_triage::{Matcher, Matchers};

use crate::api::problem::Problem;

/// Rows of a page when nothing else is asked for.
const ROWS: usize = 100;
/// Rows of the largest page.
pub(super) const ROWS_MAX: usize = 1_000;

/// The parameters of one list.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) filters: Matchers,
    pub(super) states: Vec<String>,
    pub(super) rows: usize,
    /// Where the page begins: `before` or `after`.
    pub(super) from: Option<String>,
}

/// Reads `filter` (repeated), `state` (repeated or with commas, one of `states`), `limit` and the
/// parameter that says where the page begins.
pub(super) fn read(
    parameters: &[(String, String)],
    states: &[&str],
    from: &str,
) -> Result<Page, Problem> {
    let mut page = Page {
        rows: ROWS,
        ..Page::default()
    };
    for (name, value) in parameters {
        match name.as_str() {
            "filter" => page
                .filters
                .0
                .push(Matcher::parse(value).map_err(Problem::bad)?),
            "state" => {
                for state in value.split(',').filter(|state| !state.is_empty()) {
                    if !states.contains(&state) {
                        let known = states.join(", ");
                        return Err(Problem::bad(format!("state {state:?} is none of {known}")));
                    }
                    page.states.push(state.to_owned());
                }
            }
            "limit" => {
                page.rows = value
                    .parse()
                    .ok()
                    .filter(|rows| (1..=ROWS_MAX).contains(rows))
                    .ok_or_else(|| Problem::bad(format!("limit is 1 to {ROWS_MAX}")))?;
            }
            name if name == from => page.from = Some(value.clone()),
            other => {
                let known = format!("filter, state, limit and {from}");
                return Err(Problem::bad(format!(
                    "{other:?} is no parameter here; there are {known}"
                )));
            }
        }
    }
    Ok(page)
}
