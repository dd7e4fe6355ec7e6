//! Keeps the text of a file, and turns a byte offset in it into line and column.
//!
//! In: a name and a text. Out: [`Place`]s that can say where they are.
//! Knows nothing of TOML, and nothing of what is wrong at a place.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::render::clean;

/// The text of one file, and the name people know it by.
#[derive(PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
}

/// Where something stands in a text, counted as editors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters (not bytes).
    pub column: usize,
}

/// A stretch of a source, or the source as a whole.
///
/// Keeps its source alive, so that a finding can be shown long after reading.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    source: Arc<Source>,
    span: Option<(usize, usize)>,
}

/// A value that remembers where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub place: Place,
}

impl Source {
    /// A text under the name that findings print. A byte order mark is dropped.
    pub fn new(name: impl AsRef<str>, text: impl Into<String>) -> Arc<Source> {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        Arc::new(Source {
            name: clean(name.as_ref()),
            text,
        })
    }

    /// The name findings print; a path for files.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset. An offset inside a character counts as
    /// the character, one past the end as the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The line around a byte offset, without its end, and where it starts in bytes.
    pub(crate) fn line_around(&self, offset: usize) -> (usize, &str) {
        let offset = self.text.floor_char_boundary(offset);
        let start = self.text[..offset].rfind('\n').map_or(0, |end| end + 1);
        let end = self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |length| offset + length);
        let line = &self.text[start..end];
        (start, line.strip_suffix('\r').unwrap_or(line))
    }
}

impl Place {
    /// A stretch of a source, in bytes.
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Place {
        let end = source.text.floor_char_boundary(span.end);
        let start = source.text.floor_char_boundary(span.start).min(end);
        Place {
            source: Arc::clone(source),
            span: Some((start, end)),
        }
    }

    /// The source as a whole: no line can be named.
    pub fn whole(source: &Arc<Source>) -> Place {
        Place {
            source: Arc::clone(source),
            span: None,
        }
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// Line and column of the first character; `None` for a source as a whole.
    pub fn start(&self) -> Option<Position> {
        self.span.map(|(start, _)| self.source.position(start))
    }

    /// Line and column after the last character; `None` for a source as a whole.
    pub fn end(&self) -> Option<Position> {
        self.span.map(|(_, end)| self.source.position(end))
    }

    /// What is written there: quotes included, empty for a source as a whole.
    pub fn text(&self) -> &str {
        self.span
            .map_or("", |(start, end)| &self.source.text[start..end])
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Byte offsets of the first character and after the last.
    pub(crate) fn span(&self) -> Option<(usize, usize)> {
        self.span
    }
}

impl<T> Spanned<T> {
    /// A value and where it was written.
    pub fn new(value: T, place: Place) -> Spanned<T> {
        Spanned { value, place }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(change(self.value), self.place)
    }
}

impl Spanned<String> {
    /// The place of a part of this string, given in bytes of the value: a word in
    /// a condition, say. The whole string where escapes make the value differ
    /// from what is written.
    pub fn part(&self, part: Range<usize>) -> Place {
        let Some((start, _)) = self.place.span else {
            return self.place.clone();
        };
        let written = self.place.text();
        let opening = [
            "\"\"\"\r\n",
            "\"\"\"\n",
            "'''\r\n",
            "'''\n",
            "\"\"\"",
            "'''",
            "\"",
            "'",
        ]
        .into_iter()
        .find(|quote| written.starts_with(quote))
        .map_or(0, str::len);
        if written[opening..].starts_with(&self.value) {
            let start = start + opening;
            Place::new(&self.place.source, start + part.start..start + part.end)
        } else {
            self.place.clone()
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start() {
            Some(Position { line, column }) => {
                write!(formatter, "{}:{line}:{column}", self.file())
            }
            None => formatter.write_str(self.file()),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Debug for Source {
    /// The name only: a text may be long, and may hold what was meant to be secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Source").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        check("a = 1\nb = 2\n", 0, (1, 1));
        check("a = 1\nb = 2\n", 4, (1, 5));
        check("a = 1\nb = 2\n", 6, (2, 1));
    }

    #[test]
    fn the_end_of_a_line_still_belongs_to_it() {
        check("a = 1\nb = 2\n", 5, (1, 6));
    }

    #[test]
    fn a_line_that_ends_as_on_windows_is_one_line() {
        check("a = 1\r\nb = 2\r\n", 7, (2, 1));
        check("a = 1\r\nb = 2\r\n", 11, (2, 5));
    }

    #[test]
    fn columns_count_characters_and_not_bytes() {
        check("ä = \"ö\" # ü\nb", 5, (1, 5));
        check("日本 = 1", "日本 ".len(), (1, 4));
    }

    #[test]
    fn an_offset_inside_a_character_is_the_character() {
        check("日本", 4, (1, 2));
    }

    #[test]
    fn the_end_of_the_file_has_a_position_and_so_has_what_lies_behind_it() {
        check("", 0, (1, 1));
        check("a", 1, (1, 2));
        check("a\n", 2, (2, 1));
        check("a\n", 900, (2, 1));
    }

    #[test]
    fn a_byte_order_mark_is_not_a_column() {
        check("\u{feff}a = 1", 0, (1, 1));
    }

    #[test]
    fn the_line_around_an_offset_comes_without_its_end() {
        let source = Source::new("x.toml", "one\r\ntwo\nthree");
        assert_eq!(source.line_around(1), (0, "one"));
        assert_eq!(source.line_around(5), (5, "two"));
        assert_eq!(source.line_around(8), (5, "two"));
        assert_eq!(source.line_around(14), (9, "three"));
        assert_eq!(source.line_around(99), (9, "three"));
    }

    #[test]
    fn a_part_of_a_string_has_its_own_place() {
        for (text, value, expected) in [
            ("\"value > warn\"", "value > warn", "x:1:10"),
            ("'value > warn'", "value > warn", "x:1:10"),
            ("'''\nvalue > warn'''", "value > warn", "x:2:9"),
        ] {
            let source = Source::new("x", text);
            let string = Spanned::new(value.to_owned(), Place::new(&source, 0..text.len()));
            let part = string.part(8..12);
            assert_eq!((part.text(), part.to_string().as_str()), ("warn", expected));
        }
    }

    #[test]
    fn a_part_of_a_string_with_escapes_is_not_guessed() {
        let text = r#""tab\t > warn""#;
        let source = Source::new("x", text);
        let string = Spanned::new(
            "tab\t > warn".to_owned(),
            Place::new(&source, 0..text.len()),
        );
        assert_eq!(string.part(7..11), string.place);
    }

    #[track_caller]
    fn check(text: &str, offset: usize, expected: (usize, usize)) {
        let position = Source::new("x.toml", text).position(offset);
        assert_eq!((position.line, position.column), expected);
    }
}
