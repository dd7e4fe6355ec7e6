//! Finds circles among things that need each other, and how deep they go.
//!
//! In: who needs whom, by name. Out: each circle once, and the longest way down. Knows
//! nothing of what is needed, or where it is written.

use std::collections::BTreeMap;

/// Names of a circle that a finding lists; the rest is counted.
const NAMED_MAX: usize = 8;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Walk<'a> {
    /// Each begins with the first of its names that was met.
    pub(crate) circles: Vec<Vec<&'a str>>,
    /// The first of the longest way, and its steps; circles are not walked round.
    pub(crate) deepest: Option<(&'a str, usize)>,
}

/// Walks from every name to all it needs. Names that need nothing need not be there.
pub(crate) fn walk<'a>(needs: &BTreeMap<&'a str, Vec<&'a str>>) -> Walk<'a> {
    let mut walk = Walk::default();
    // Steps below each name that is done.
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    for start in needs.keys() {
        if !done.contains_key(start) {
            from(start, needs, &mut done, &mut walk);
        }
    }
    walk.deepest = done
        .into_iter()
        .max_by_key(|(name, steps)| (*steps, std::cmp::Reverse(*name)));
    walk
}

/// A name on the way down.
struct Step<'a> {
    name: &'a str,
    /// The next of what it needs.
    next: usize,
    /// The longest way below it, as far as it was walked.
    steps: usize,
}

/// A stack of our own: a chain may be longer than the program's is deep.
fn from<'a>(
    start: &'a str,
    needs: &BTreeMap<&'a str, Vec<&'a str>>,
    done: &mut BTreeMap<&'a str, usize>,
    walk: &mut Walk<'a>,
) {
    let step = |name| Step {
        name,
        next: 0,
        steps: 0,
    };
    // Where on the path a name is.
    let mut on_path: BTreeMap<&str, usize> = BTreeMap::from([(start, 0)]);
    let mut path = vec![step(start)];
    while let Some(last) = path.last_mut() {
        let needed = needs.get(last.name).and_then(|all| all.get(last.next));
        last.next += 1;
        let Some(needed) = needed.copied() else {
            let (name, steps) = (last.name, last.steps);
            done.insert(name, steps);
            on_path.remove(name);
            path.pop();
            if let Some(above) = path.last_mut() {
                above.steps = above.steps.max(steps + 1);
            }
            continue;
        };
        if let Some(at) = on_path.get(needed) {
            walk.circles
                .push(path[*at..].iter().map(|step| step.name).collect());
        } else if let Some(steps) = done.get(needed) {
            last.steps = last.steps.max(steps + 1);
        } else {
            on_path.insert(needed, path.len());
            path.push(step(needed));
        }
    }
}

/// `a needs b needs a`.
pub(crate) fn in_words(circle: &[&str]) -> String {
    let named = &circle[..circle.len().min(NAMED_MAX)];
    let mut words = named.join(" needs ");
    if let more @ 1.. = circle.len() - named.len() {
        words.push_str(&format!(" needs {more} more, the last of which"));
    }
    format!("{words} needs {}", circle[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_somewhere_is_no_circle() {
        check(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"])], &[]);
        check(&[], &[]);
    }

    #[test]
    fn each_circle_is_found_once() {
        check(&[("a", &["a"])], &["a needs a"]);
        check(
            &[("x", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"])],
            &["a needs b needs c needs a"],
        );
        check(
            &[("a", &["b"]), ("b", &["a"]), ("c", &["d"]), ("d", &["c"])],
            &["a needs b needs a", "c needs d needs c"],
        );
    }

    #[test]
    fn the_longest_way_is_known_however_long_it_is() {
        let names: Vec<String> = (0..100_000).map(|number| format!("{number:06}")).collect();
        let needs = names
            .windows(2)
            .map(|pair| (pair[0].as_str(), vec![pair[1].as_str()]))
            .collect();
        assert_eq!(walk(&needs).deepest, Some(("000000", 99_999)));
    }

    #[test]
    fn a_long_circle_is_not_told_in_full() {
        let circle: Vec<&str> = vec!["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        assert_eq!(
            in_words(&circle),
            "a needs b needs c needs d needs e needs f needs g needs h needs 2 more, the last of \
             which needs a"
        );
    }

    #[track_caller]
    fn check(needs: &[(&'static str, &[&'static str])], expected: &[&str]) {
        let needs = needs
            .iter()
            .map(|(name, all)| (*name, all.to_vec()))
            .collect();
        let walk = walk(&needs);
        let circles: Vec<String> = walk.circles.iter().map(|one| in_words(one)).collect();
        assert_eq!(circles, expected);
    }
}
