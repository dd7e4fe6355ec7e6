//! Reads label matchers where they are written, and decides which imply which.
//!
//! In: `match = ['env="prod"']`. Out: the core's [`Matchers`] with the place of each.
//! Knows nothing of which labels exist.

use vedette_config::{Code, Finding, Reader, Spanned};
use vedette_triage::matcher::Operator;
use vedette_triage::{Matcher, Matchers, limits};

/// Matchers with their places, in the order of the file.
pub(crate) type Placed = Vec<Spanned<Matcher>>;

/// The list of matchers under `key`; empty when it is not there.
pub(crate) fn read(table: &mut Reader<'_>, key: &str) -> Placed {
    let written: Vec<Spanned<String>> = table.or(key, Vec::new());
    if written.len() > limits::MATCHERS_MAX {
        let place = written[limits::MATCHERS_MAX].place.clone();
        let message = format!("more than {} matchers", limits::MATCHERS_MAX);
        table.push(Finding::error(Code::TooLarge, message).at(&place, "this one is too many"));
    }
    let mut matchers = Vec::new();
    for text in written.into_iter().take(limits::MATCHERS_MAX) {
        match Matcher::parse(&text.value) {
            Ok(matcher) => matchers.push(Spanned::new(matcher, text.place)),
            Err(why) => table.push(
                Finding::error(Code::BadMatcher, why)
                    .at(&text.place, "")
                    .help("write it like 'env=\"prod\"' or 'host=~\"db-.*\"'"),
            ),
        }
    }
    matchers
}

/// As [`read`]; that there is none is an error with this message and help.
pub(crate) fn something(table: &mut Reader<'_>, key: &str, message: &str, help: &str) -> Placed {
    let errors_before = table.findings().errors();
    let matchers = read(table, key);
    if matchers.is_empty() && table.findings().errors() == errors_before {
        let place = table.place().clone();
        table.push(
            Finding::error(Code::MissingKey, message)
                .at(&place, format!("`{key}` needs at least one matcher"))
                .help(help),
        );
    }
    matchers
}

/// Without their places.
pub(crate) fn plain(placed: &Placed) -> Matchers {
    Matchers(placed.iter().map(|matcher| matcher.value.clone()).collect())
}

/// Whether whatever `later` matches is matched by `earlier`, too, as far as it can be told:
/// every earlier matcher stands among the later ones or follows from one of them.
pub(crate) fn covers(earlier: &Placed, later: &Placed) -> bool {
    earlier.iter().all(|earlier| {
        let earlier = &earlier.value;
        later.iter().any(|later| follows(earlier, &later.value))
    })
}

/// Two matchers that cannot both hold, if there are two.
pub(crate) fn contradiction(matchers: &Placed) -> Option<(&Spanned<Matcher>, &Spanned<Matcher>)> {
    matchers.iter().enumerate().find_map(|(at, first)| {
        let exact = first.value.operator() == Operator::Equal;
        let other = matchers.iter().enumerate().find(|(other, second)| {
            *other != at
                && exact
                && second.value.name() == first.value.name()
                && !second.value.matches_value(first.value.value())
        });
        other.map(|(_, second)| (first, second))
    })
}

/// Whether `matcher` holds wherever `known` does.
fn follows(matcher: &Matcher, known: &Matcher) -> bool {
    if matcher == known {
        return true;
    }
    let same_label = matcher.name() == known.name();
    match known.operator() {
        Operator::Equal => same_label && matcher.matches_value(known.value()),
        Operator::Regex => {
            let values = listed(known.value());
            same_label
                && values.is_some_and(|mut all| all.all(|value| matcher.matches_value(value)))
        }
        Operator::NotEqual | Operator::NotRegex => false,
    }
}

/// The values of an expression that is a list of them: `graz|linz`.
fn listed(expression: &str) -> Option<impl Iterator<Item = &str>> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/:@ |".contains(&byte);
    expression
        .bytes()
        .all(is_plain)
        .then(|| expression.split('|'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use vedette_config::{Place, Source};

    use super::*;

    #[test]
    fn a_stricter_list_is_covered_by_a_looser_one() {
        check(&[], &[], true);
        check(&[], &["env=prod"], true);
        check(&["env=prod"], &["env=prod", "severity=critical"], true);
        check(&["env=~prod|stage"], &["env=stage"], true);
        check(&["env!=test"], &["env=prod"], true);
        check(&["env=~prod|stage|test"], &["env=~stage|test"], true);
        check(&["env!=prod"], &["env=~stage|test"], true);
    }

    #[test]
    fn what_may_match_something_else_is_not_covered() {
        check(&["env=prod"], &[], false);
        check(&["env=prod"], &["severity=critical"], false);
        check(&["env=prod"], &["env=~prod|test"], false);
        check(&["env=~prod|stage"], &["env=~p.*"], false);
        check(&["env=prod", "tier=1"], &["env=prod"], false);
    }

    #[test]
    fn two_different_values_of_one_label_contradict_each_other() {
        assert!(contradiction(&placed(&["env=prod", "env=test"])).is_some());
        assert!(contradiction(&placed(&["env=prod", "env!~p.*"])).is_some());
        assert!(contradiction(&placed(&["env=prod", "env=~p.*"])).is_none());
    }

    #[track_caller]
    fn check(earlier: &[&str], later: &[&str], expected: bool) {
        assert_eq!(covers(&placed(earlier), &placed(later)), expected);
    }

    fn placed(texts: &[&str]) -> Placed {
        let place = Place::whole(&Source::new("x", ""));
        texts
            .iter()
            .map(|text| Spanned::new(Matcher::parse(text).unwrap(), place.clone()))
            .collect()
    }
}
