//! Reads why something is not as it usually is, and who answers for it.
//!
//! In: `why` and `owner` of exceptions, windows, inhibitions. Nothing is muted, overridden
//! or left out without them.

use std::collections::BTreeSet;

use vedette_config::{Code, Finding, Reader, Spanned, nearest, quoted};

/// Characters without which a reason is none.
const WHY_CHARS_MIN: usize = 8;
/// Bytes of a reason.
const WHY_BYTES_MAX: usize = 1_000;

/// The required key `why`.
pub(crate) fn why(table: &mut Reader<'_>) -> Option<String> {
    let why = table.required::<Spanned<String>>("why")?;
    let length = why.value.trim().chars().count();
    if length < WHY_CHARS_MIN || why.value.len() > WHY_BYTES_MAX {
        let message = format!("a reason has {WHY_CHARS_MIN} to {WHY_BYTES_MAX} characters");
        table.push(
            Finding::error(Code::BadValue, message)
                .at(&why.place, "")
                .help("say it so that it is still understood in a year"),
        );
        return None;
    }
    Some(why.value)
}

/// The required key `owner`: one of these people and teams; with none, anybody.
pub(crate) fn owner(table: &mut Reader<'_>, owners: &BTreeSet<String>) -> Option<String> {
    let owner = table.required::<Spanned<String>>("owner")?;
    if !owners.is_empty() && !owners.contains(&owner.value) {
        let message = format!("no person or team is called {}", quoted(&owner.value));
        let help = match nearest(&owner.value, owners.iter().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => {
                "name one of [[person]] or [[team]]: somebody is told before it ends".to_owned()
            }
        };
        table.push(
            Finding::warning(Code::UnknownName, message)
                .at(&owner.place, "")
                .help(help),
        );
    }
    Some(owner.value)
}
