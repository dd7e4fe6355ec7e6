//! Decides whether a text names a place already, so that nobody puts its name in front once more.
//!
//! In: a text for people, and a name. Out: yes where the name stands there as a word of its own:
//! `dbus.service has failed` does not name the host `db`.

/// Whether `text` names `place`. The empty name is named everywhere.
pub fn names(text: &str, place: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text[from..].find(place) {
        let (begin, end) = (from + at, from + at + place.len());
        if is_free(text[..begin].chars().next_back()) && ends_there(&text[end..]) {
            return true;
        }
        match text[begin..].chars().next() {
            Some(first) => from = begin + first.len_utf8(),
            None => return false,
        }
    }
    false
}

/// A full stop ends a sentence, or goes on in a domain's name.
fn ends_there(after: &str) -> bool {
    let mut after = after.chars();
    match after.next() {
        Some('.') => is_free(after.next()),
        next => is_free(next),
    }
}

fn is_free(beside: Option<char>) -> bool {
    beside.is_none_or(|beside| !beside.is_alphanumeric() && !matches!(beside, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_counts_as_a_word_of_its_own_only() {
        for (text, place, expected) in [
            ("db-7: /var is full", "db-7", true),
            ("InstanceDown on db-7", "db-7", true),
            ("no answer from db-7.", "db-7", true),
            ("no answer from db-7:9100", "db-7", true),
            ("dbus.service has failed", "db", false),
            ("udb db-7 db", "db", true),
            ("db-71 is down", "db-7", false),
            ("db.example.org is down", "db", false),
            ("büro-4 und büro-42", "büro-42", true),
            ("büro-42", "üro-42", false),
            ("/var is full", "db-7", false),
            ("", "db-7", false),
            ("", "", true),
        ] {
            assert_eq!(names(text, place), expected, "{place:?} in {text:?}");
        }
    }
}
