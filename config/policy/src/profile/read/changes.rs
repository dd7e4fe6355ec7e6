//! Reads how a profile lists changes: `[cursor]`, and the `list` of a step.

use std::time::Duration;

use vedette_config::{Code, Finding, Reader, nearest};

use super::super::changes::{Cursor, CursorKind, Listing, Named};
use super::super::model::Take;
use super::leaf::{expression, pointer};
use super::step::take;

/// The longest overlap of a time.
const OVERLAP_MAX: Duration = Duration::from_secs(86_400);
/// The overlap where none is written: clocks in step, and a transaction that commits late.
const OVERLAP: Duration = Duration::from_secs(120);
/// Pages of one poll.
const PAGES_MAX: i64 = 1000;

/// The table `[cursor]`.
pub(super) fn cursor(reader: &mut Reader<'_>) -> Option<Cursor> {
    if !reader.has("kind") {
        reader.required::<String>("kind");
    }
    let words = [
        ("time", CursorKind::Time),
        ("number", CursorKind::Number),
        ("next", CursorKind::Next),
    ];
    let kind = reader.word("kind", &words).map(|word| word.value);
    let overlap = reader.within("overlap", Duration::ZERO..=OVERLAP_MAX);
    if overlap.is_some() && kind.is_some_and(|kind| kind != CursorKind::Time) {
        let place = reader.key_place("overlap").unwrap_or(reader.place());
        let finding = Finding::error(Code::ConflictingKeys, "only a time overlaps").at(place, "");
        reader.push(finding.help("leave it out, or write kind = \"time\""));
    }
    let pages = reader.within("pages", 1..=PAGES_MAX);
    let kind = kind?;
    Some(Cursor {
        kind,
        overlap: match kind {
            CursorKind::Time => overlap.unwrap_or(OVERLAP),
            CursorKind::Number | CursorKind::Next => Duration::ZERO,
        },
        pages_max: pages
            .and_then(|pages| u32::try_from(pages).ok())
            .unwrap_or(20),
    })
}

/// The table `list` of a step.
pub(super) fn list(reader: &mut Reader<'_>) -> Option<Listing> {
    let at = pointer(reader, "at").unwrap_or_default();
    let has_keep = reader.has("keep");
    let keep = expression(reader, "keep");
    let each = reader.table("each", each);
    if each.is_none() {
        reader.required::<String>("each");
    }
    let each = each?;
    let names = |name: Named| each.iter().any(|(known, _)| *known == name);
    if !names(Named::Ticket) && !names(Named::Key) {
        let message = "a change says neither which `ticket` it is of, nor our `key`";
        let finding = Finding::error(Code::MissingKey, message).at(reader.place(), "");
        reader.push(finding.help("write each = { ticket = \"row.id\", .. }"));
    }
    let next = take(reader, "next");
    let full = reader.within("full", 1..=100_000);
    // A condition that cannot be read must not become "every row".
    (has_keep == keep.is_some()).then_some(Listing {
        at,
        keep,
        each,
        next: next.map(|(take, _)| take),
        full: full.and_then(|full| u32::try_from(full).ok()),
    })
}

fn each(reader: &mut Reader<'_>) -> Vec<(Named, super::super::template::Expression)> {
    reader
        .keys()
        .into_iter()
        .filter_map(|key| {
            let named = Named::ALL
                .into_iter()
                .find(|name| name.as_str() == key.value);
            let Some(named) = named else {
                // Read, so that it is named once and not also as a key nobody asked for.
                reader.optional::<vedette_config::Spanned<vedette_config::Value>>(&key.value);
                reader.push(unknown(&key.value).at(&key.place, ""));
                return None;
            };
            Some((named, expression(reader, &key.value)?))
        })
        .collect()
}

/// What a profile calls a thing that a change cannot say.
pub(super) fn unknown(name: &str) -> Finding {
    let known = Named::ALL.map(Named::as_str);
    let message = format!("a change or a ticket that is read has no `{name}`");
    let finding = Finding::error(Code::UnknownName, message);
    match nearest(name, known) {
        Some(nearest) => finding.help(format!("did you mean `{nearest}`?")),
        None => finding.help(format!("it can have {}", known.join(", "))),
    }
}

/// What only shows when all of it is there.
pub(super) fn check(
    reader: &mut Reader<'_>,
    (cursor, listing): (Option<&Cursor>, Option<&Listing>),
    here: &vedette_config::Place,
) {
    let is_written = reader.has("cursor");
    let mut wrong = |message: &str, help: &str| {
        let finding = Finding::error(Code::MissingKey, message).at(here, "");
        reader.push(finding.help(help));
    };
    let Some(listing) = listing else {
        return wrong(
            "`changed_since` lists nothing",
            "write [changed_since.list] in its last step",
        );
    };
    let Some(cursor) = cursor else {
        if is_written {
            return;
        }
        return wrong(
            "`changed_since` needs a cursor to ask from",
            "write [cursor] with kind = \"time\", \"number\" or \"next\"",
        );
    };
    let has = |name: Named| listing.each.iter().any(|(known, _)| *known == name);
    match cursor.kind {
        CursorKind::Time if !has(Named::At) && !has(Named::Cursor) => {
            wrong(
                "the cursor is a time, and no change says one",
                "write each = { at = .. }",
            );
        }
        CursorKind::Number if !has(Named::Cursor) => wrong(
            "the cursor is a number, and no change says one",
            "write each = { cursor = .. }",
        ),
        CursorKind::Next
            if !matches!(
                listing.next,
                Some(Take::Pointer(_) | Take::Header(_) | Take::Matches(_))
            ) =>
        {
            wrong(
                "the cursor is what an answer says, and `list` does not say where",
                "write next = \"/after_url\"",
            );
        }
        CursorKind::Time | CursorKind::Number | CursorKind::Next => {}
    }
}
