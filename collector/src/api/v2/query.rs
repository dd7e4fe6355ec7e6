//! Reads query parameters: switches that are on by default, and repeated matchers.

use vedette_triage::{Matcher, Matchers};

use crate::api::problem::Problem;

/// The parameters of one request, in order.
pub(super) struct Parameters(pub(super) Vec<(String, String)>);

impl Parameters {
    /// A switch; on when it is not there.
    pub(super) fn switch(&self, name: &str) -> Result<bool, Problem> {
        match self.last(name) {
            None | Some("true" | "1" | "t" | "T" | "TRUE" | "True") => Ok(true),
            Some("false" | "0" | "f" | "F" | "FALSE" | "False") => Ok(false),
            Some(other) => Err(Problem::bad(format!(
                "{name} is {other:?}; it is true or false"
            ))),
        }
    }

    /// The last value of a name.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    /// All `filter`s.
    pub(super) fn filters(&self) -> Result<Matchers, Problem> {
        let parsed: Result<Vec<Matcher>, String> = self.all("filter").map(Matcher::parse).collect();
        parsed.map(Matchers).map_err(Problem::bad)
    }

    fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}
