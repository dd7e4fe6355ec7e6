//! Decides what things of the policy can be called.
//!
//! In: names and where they stand. Out: the name, or a finding. Knows nothing of what
//! is named.

use std::collections::BTreeSet;

use vedette_config::{Code, Finding, Findings, Place, Reader, Spanned, nearest, quoted};

/// Bytes of the name of a rule, team, receiver, route or person.
const NAME_BYTES_MAX: usize = 64;

/// The required name under `key`: letters, digits and `-._`, so that it can stand in
/// addresses, labels and commands without quotes.
pub(crate) fn known_name(table: &mut Reader<'_>, key: &str) -> Option<Spanned<String>> {
    let name = table.required::<Spanned<String>>(key)?;
    if let Err(why) = plain(&name.value) {
        let message = format!("{} cannot be a name", quoted(&name.value));
        table.push(Finding::error(Code::BadName, message).at(&name.place, why));
    }
    Some(name)
}

/// As [`known_name`], for names that only people read: any one line.
pub(crate) fn spoken_name(table: &mut Reader<'_>, key: &str) -> Option<Spanned<String>> {
    let name = table.required::<Spanned<String>>(key)?;
    let why = if name.value.trim().is_empty() {
        Some("it is empty")
    } else if name.value.len() > NAME_BYTES_MAX {
        Some("it is longer than 64 bytes")
    } else if name.value.chars().any(char::is_control) {
        Some("it holds a control character")
    } else {
        None
    };
    if let Some(why) = why {
        let message = format!("{} cannot be a name", quoted(&name.value));
        table.push(Finding::error(Code::BadName, message).at(&name.place, why));
    }
    Some(name)
}

/// Whether a text is a plain name.
pub(crate) fn plain(name: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if name.is_empty() {
        Err("it is empty")
    } else if name.len() > NAME_BYTES_MAX {
        Err("it is longer than 64 bytes")
    } else if !name.bytes().all(allowed) {
        Err("a name has letters a to z, digits, -, . and _ only")
    } else if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        Err("a name begins with a letter or digit")
    } else {
        Ok(())
    }
}

// The sentences above name the bound.
const _: () = assert!(NAME_BYTES_MAX == 64);

/// Remembers a name; that it is already there is an error at both places.
pub(crate) fn unique(
    known: &mut Vec<Spanned<String>>,
    name: &Spanned<String>,
    kind: &str,
    findings: &mut Findings,
) {
    match known.iter().find(|first| first.value == name.value) {
        Some(first) => findings.push(
            Finding::error(
                Code::DuplicateName,
                format!("two of [[{kind}]] are called {}", quoted(&name.value)),
            )
            .at(&name.place, "named again here")
            .at(&first.place, "named first here")
            .help("rename or remove one of them"),
        ),
        None => known.push(name.clone()),
    }
}

/// The error for a name that nothing has, with the nearest that something has.
pub(crate) fn unknown<'a>(
    kind: &str,
    name: &str,
    place: &Place,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Finding {
    let message = format!("there is no {kind} {}", quoted(name));
    let finding = Finding::error(Code::UnknownName, message).at(place, "");
    if let Some(near) = nearest(name, known.clone()) {
        return finding.help(format!("did you mean \"{near}\"?"));
    }
    // What is named twice has a finding of its own.
    let known: BTreeSet<&str> = known.into_iter().collect();
    let known: Vec<&str> = known.into_iter().take(KNOWN_LISTED_MAX).collect();
    if known.is_empty() {
        finding.help(format!("none is written; add a [[{kind}]]"))
    } else {
        finding.help(format!("there are {}", known.join(", ")))
    }
}

/// Known names that a help lists.
const KNOWN_LISTED_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_an_address_without_quotes() {
        for name in ["desk", "it-ops", "rt5.example", "a_b", "7eleven"] {
            assert_eq!(plain(name), Ok(()), "{name}");
        }
        for name in ["", "-x", ".x", "a b", "a/b", "süd", "a\n", &"x".repeat(65)] {
            assert!(plain(name).is_err(), "{name:?}");
        }
    }
}
