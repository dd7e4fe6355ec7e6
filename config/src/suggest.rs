//! Finds the word somebody probably meant.
//!
//! In: a word and the words there are. Out: the nearest one, if it is near.

/// Characters of a word that are compared; nobody mistypes longer ones.
const COMPARED_CHARS_MAX: usize = 64;

/// The candidate nearest to `word` by edits (insert, remove, replace, swap two
/// neighbours; case does not count), if at most a third of the word differs.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = letters(word);
    let allowed = (written.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edits(&written, &letters(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.len())
        // Ties go to the word that sorts first, whatever order they came in.
        .min()
        .map(|(_, candidate)| candidate)
}

fn letters(word: &str) -> Vec<char> {
    word.chars()
        .take(COMPARED_CHARS_MAX)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Optimal string alignment: three rows of the usual table are enough.
fn edits(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let replace = above[column] + usize::from(a != b);
            let mut best = replace.min(above[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *a == right[column - 1] && left[row - 1] == *b;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[&str] = &["interval", "urls", "token_file", "ca_file", "name", "class"];

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        check("intervall", Some("interval"));
        check("itnerval", Some("interval"));
        check("url", Some("urls"));
        check("token-file", Some("token_file"));
        check("Class", Some("class"));
        check("nmae", Some("name"));
    }

    #[test]
    fn another_word_is_not_a_slip() {
        check("period", None);
        check("x", None);
        check("", None);
    }

    #[test]
    fn equally_near_words_do_not_depend_on_their_order() {
        assert_eq!(nearest("cat", ["car", "bat"]), Some("bat"));
        assert_eq!(nearest("cat", ["bat", "car"]), Some("bat"));
    }

    #[test]
    fn an_endless_word_is_compared_by_its_beginning() {
        check(&"interval".repeat(10_000), None);
    }

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(nearest(word, KEYS.iter().copied()), expected, "{word}");
    }
}
