//! Draws a place: the line it is on, and what is meant underlined.
//!
//! In: a label of a finding. Out: plain text for a terminal or a log.
//! Nothing from a file reaches the terminal as a control character.

use std::fmt;

use crate::source::Place;

/// Characters of a source line that are shown; the rest is left out.
const EXCERPT_CHARS_MAX: usize = 120;
/// Characters shown before the place on a line that is too long.
const EXCERPT_CHARS_BEFORE: usize = 40;
/// Characters of a value that a message repeats.
const QUOTED_CHARS_MAX: usize = 60;
/// How wide a tab is drawn.
const TAB: &str = "    ";

/// Parts of key names whose values are shown to nobody.
const SECRET_WORDS: &[&str] = &["token", "secret", "password", "passwd", "passphrase"];

/// A text in quotes, shortened, for use inside a message.
pub fn quoted(text: &str) -> String {
    let text = &without_password(text);
    let short: String = text.chars().take(QUOTED_CHARS_MAX).collect();
    let dots = if short.len() < text.len() { "..." } else { "" };
    format!("\"{}{dots}\"", clean(&short))
}

/// The same text on one line: a space for each control character, none at the ends. Spaces inside
/// stay: they may be quoted in a command.
pub fn one_line(text: &str) -> String {
    text.trim().replace(char::is_control, " ")
}

/// The same text with control characters spelled out.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            cleaned.extend(character.escape_default());
        } else {
            cleaned.push(character);
        }
    }
    cleaned
}

/// How many columns the line numbers of these places take.
pub(crate) fn gutter<'a>(places: impl Iterator<Item = &'a Place>) -> usize {
    places
        .filter_map(Place::start)
        .map(|position| position.line.to_string().len())
        .max()
        .unwrap_or(0)
}

/// The line of a place and, under it, the underline followed by `text`.
/// Nothing for a source as a whole, which has no line to show.
pub(crate) fn excerpt(
    out: &mut fmt::Formatter<'_>,
    place: &Place,
    text: &str,
    gutter: usize,
) -> fmt::Result {
    let (Some(position), Some((start, end))) = (place.start(), place.span()) else {
        return if text.is_empty() {
            Ok(())
        } else {
            writeln!(out, "  {text}")
        };
    };
    let (line_start, line) = place.source().line_around(start);
    let line_end = line_start + line.len();
    let marked = place.source().text()[start..end.min(line_end).max(start)].chars();
    let (column, width) = (position.column - 1, marked.count().max(1));
    let (line, column) = match secret_begins(line) {
        Some(cut) => {
            let shown = format!("{} (hidden)", without_password(&line[..cut]));
            let last = shown.chars().count() - "(hidden)".len();
            (shown, column.min(last))
        }
        None => (without_password(line), column),
    };

    let skipped = if line.chars().count() > EXCERPT_CHARS_MAX {
        column.saturating_sub(EXCERPT_CHARS_BEFORE)
    } else {
        0
    };
    let mut drawn = Drawn::default();
    if skipped > 0 {
        drawn.line.push_str("...");
        drawn.before = "...".len();
    }
    let shown = line.chars().skip(skipped).take(EXCERPT_CHARS_MAX);
    for (index, character) in shown.enumerate() {
        let index = index + skipped;
        let marked = (column..column + width).contains(&index);
        drawn.draw(character, index < column, marked);
    }
    if line.chars().count() > skipped + EXCERPT_CHARS_MAX {
        drawn.line.push_str("...");
    }

    writeln!(
        out,
        "  {:>gutter$} | {}",
        position.line,
        drawn.line.trim_end()
    )?;
    let carets = "^".repeat(drawn.under.max(1));
    let indent = drawn.before;
    let space = if text.is_empty() { "" } else { " " };
    writeln!(
        out,
        "  {:gutter$} | {:indent$}{carets}{space}{text}",
        "", ""
    )
}

/// The same text with `*` for each character of `user:password` in an address.
fn without_password(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        shown.push_str(before);
        let ends =
            |character: char| matches!(character, '/' | '"' | '\'') || character.is_whitespace();
        let authority = &after[..after.find(ends).unwrap_or(after.len())];
        // A password may itself hold an `@`.
        let hidden = authority.rfind('@').unwrap_or(0);
        shown.extend(after[..hidden].chars().map(|_| '*'));
        rest = &after[hidden..];
    }
    shown.push_str(rest);
    shown
}

/// Where on a line the value of a secret begins, in bytes: after the `=` of a key
/// that sounds like one. `token_file` and the like only name a file.
fn secret_begins(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    SECRET_WORDS
        .iter()
        .flat_map(|word| lower.match_indices(word))
        .filter_map(|(at, word)| {
            let rest = &lower[at + word.len()..];
            let name = rest.find(|c: char| !(c.is_alphanumeric() || "_-".contains(c)))?;
            let equals = rest[name..].trim_start_matches(['"', '\'', ' ', '\t']);
            let is_secret = equals.starts_with('=') && !rest[..name].ends_with("_file");
            is_secret.then(|| line.len() - equals.len() + 1)
        })
        .min()
}

/// A line as it appears on the screen, and what lies under it, in columns.
#[derive(Default)]
struct Drawn {
    line: String,
    before: usize,
    under: usize,
}

impl Drawn {
    fn draw(&mut self, character: char, before: bool, marked: bool) {
        let length = self.line.chars().count();
        match character {
            '\t' => self.line.push_str(TAB),
            control if control.is_control() => self.line.extend(control.escape_default()),
            other => self.line.push(other),
        }
        let width = self.line.chars().count() - length;
        if before {
            self.before += width;
        } else if marked {
            self.under += width;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_written_by_mistake_is_cut_off() {
        for (line, shown) in [
            ("token = \"x\"", "token ="),
            ("\"API_Token\"=\"x\"", "\"API_Token\"="),
            (
                "auth = { user = \"a\", password = \"x\" }",
                "auth = { user = \"a\", password =",
            ),
            ("secret_key   = 'x'", "secret_key   ="),
        ] {
            assert_eq!(secret_begins(line).map(|cut| &line[..cut]), Some(shown));
        }
    }

    #[test]
    fn the_name_of_a_file_with_a_secret_is_not_secret() {
        for line in [
            "token_file = \"/etc/x\"",
            "password-file",
            "# a token",
            "name = \"token\"",
            "\u{130} = \"secret\"",
        ] {
            assert_eq!(secret_begins(line), None, "{line}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_shown_to_nobody() {
        for (line, shown) in [
            (
                r#"url = "http://user:pw@desk.example.org/x""#,
                r#"url = "http://*******@desk.example.org/x""#,
            ),
            (
                r#"a = ["https://a@b@c/d@e"]"#,
                r#"a = ["https://***@c/d@e"]"#,
            ),
            ("mysql://root:hunter2@db", "mysql://************@db"),
            ("http://desk/a@b", "http://desk/a@b"),
            ("ops@example.org", "ops@example.org"),
            ("://", "://"),
        ] {
            assert_eq!(without_password(line), shown);
        }
    }
}
