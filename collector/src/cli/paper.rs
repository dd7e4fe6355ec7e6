//! Writes for people: tables that fit, sentences that wrap, nothing that is empty.
//!
//! In: texts, partly from machines nobody knows. Out: lines without control
//! characters; colours only where they are understood.
//! Knows nothing of what is written.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

/// Lines of text longer than this are hard to read, however wide the terminal.
const TEXT_COLUMNS_MAX: usize = 100;

/// A column gives way to its neighbours down to this many characters, and no further.
const KEPT_WHOLE_MAX: usize = 24;
/// On a terminal narrower than this every column gives way.
const ROOMY_COLUMNS_MIN: u16 = 80;
/// Spaces between two columns.
const BETWEEN: u16 = 2;

/// A column of a table, by its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Stays on one line: times, names, states.
    Whole(&'static str),
    /// Wraps where there is not room enough: sentences.
    Wraps(&'static str),
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Column::Whole(head) | Column::Wraps(head) => head,
        }
    }
}

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    Bad,
    Plain,
}

/// Where people read.
pub(super) struct Paper<'a> {
    out: &'a mut dyn Write,
    columns: Option<u16>,
    colour: bool,
    /// Whether a gap is due before the next line.
    gap: bool,
    began: bool,
}

impl<'a> Paper<'a> {
    /// Nothing is written yet.
    pub(super) fn new(out: &'a mut dyn Write, columns: Option<u16>, colour: bool) -> Paper<'a> {
        Paper {
            out,
            columns,
            colour,
            gap: false,
            began: false,
        }
    }

    /// An answer as it came.
    pub(super) fn verbatim(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Lines that are laid out already, as an excerpt of a file is.
    pub(super) fn block(&mut self, text: &str) -> io::Result<()> {
        for line in text.lines() {
            self.raw(line, Mood::Plain)?;
        }
        Ok(())
    }

    /// An empty line before what follows, if something follows and something was before.
    pub(super) fn gap(&mut self) {
        self.gap = self.began;
    }

    /// One line of text, wrapped where it is too long.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        self.headline(text, Mood::Plain)
    }

    /// A line that says it all.
    pub(super) fn headline(&mut self, text: &str, mood: Mood) -> io::Result<()> {
        self.wrapped("", text, mood)
    }

    /// A line of a list.
    pub(super) fn item(&mut self, text: &str) -> io::Result<()> {
        self.wrapped("  ", text, Mood::Plain)
    }

    /// What has happened so long after something began; shown at once.
    pub(super) fn step(
        &mut self,
        after: std::time::Duration,
        text: &str,
        mood: Mood,
    ) -> io::Result<()> {
        self.wrapped(&format!("{:5.1} s  ", after.as_secs_f64()), text, mood)?;
        self.out.flush()
    }

    /// Names and values; those without a value are left out.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) -> io::Result<()> {
        let rows = facts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| vec![(*name).to_owned(), value.clone()])
            .collect();
        self.grid(&[Column::Whole(""), Column::Wraps("")], rows)
    }

    /// A table; columns in which nothing stands are left out.
    pub(super) fn table(&mut self, columns: &[Column], rows: Vec<Vec<String>>) -> io::Result<()> {
        let is_used = |at: usize| {
            rows.iter()
                .any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()))
        };
        let used: Vec<usize> = (0..columns.len()).filter(|at| is_used(*at)).collect();
        let columns: Vec<Column> = used.iter().map(|at| columns[*at]).collect();
        let keep = |row: Vec<String>| used.iter().filter_map(|at| row.get(*at).cloned()).collect();
        self.grid(&columns, rows.into_iter().map(keep).collect())
    }

    fn grid(&mut self, columns: &[Column], rows: Vec<Vec<String>>) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        if columns.iter().any(|column| !column.head().is_empty()) {
            table.set_header(columns.iter().map(|column| column.head()));
        }
        for row in rows {
            table.add_row(row.iter().map(|cell| clean(cell)));
        }
        let contents = table.column_max_content_widths();
        let is_roomy = self.columns.is_none_or(|width| width >= ROOMY_COLUMNS_MIN);
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, BETWEEN));
            if let (Some(Column::Whole(_)), true) = (columns.get(at), is_roomy) {
                let kept = usize::from(contents[at]).min(KEPT_WHOLE_MAX);
                let kept = u16::try_from(kept).unwrap_or(u16::MAX) + BETWEEN;
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(kept)));
            }
        }
        if let Some(width) = self.columns {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            // The space behind the last column is cut off again.
            table.set_width(width.saturating_add(BETWEEN));
        }
        for line in table.lines() {
            self.raw(line.trim_end(), Mood::Plain)?;
        }
        Ok(())
    }

    /// `text` behind `lead`; what does not fit continues below its beginning.
    fn wrapped(&mut self, lead: &str, text: &str, mood: Mood) -> io::Result<()> {
        let text = clean(text);
        let indent = lead.chars().count();
        let room = match self.columns {
            Some(columns) => usize::from(columns)
                .min(TEXT_COLUMNS_MAX)
                .saturating_sub(indent),
            None => usize::MAX,
        };
        let mut before = lead.to_owned();
        for line in fill(&text, room) {
            self.raw(&format!("{before}{line}"), mood)?;
            before = " ".repeat(indent);
        }
        Ok(())
    }

    fn raw(&mut self, line: &str, mood: Mood) -> io::Result<()> {
        if self.gap {
            writeln!(self.out)?;
        }
        self.gap = false;
        self.began = true;
        let colour = match mood {
            Mood::Good => Some("32"),
            Mood::Bad => Some("31"),
            Mood::Plain => None,
        };
        match colour.filter(|_| self.colour) {
            Some(colour) => writeln!(self.out, "\u{1b}[{colour}m{line}\u{1b}[0m"),
            None => writeln!(self.out, "{line}"),
        }
    }
}

/// Words into lines of at most `room` characters; a longer word stands alone.
fn fill(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if let Some(line) = lines
            .last_mut()
            .filter(|_| used == 0 || used + 1 + length <= room)
        {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        } else {
            lines.push(word.to_owned());
            used = length;
        }
    }
    lines
}

/// What others wrote moves no cursor and rings no bell.
pub(super) fn clean(text: &str) -> String {
    let visible = |letter: char| match letter {
        '\n' | '\t' => ' ',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.trim().chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn written(columns: Option<u16>, colour: bool, write: impl Fn(&mut Paper<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut Paper::new(&mut out, columns, colour));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_does_not_fit_continues_below_its_beginning() {
        let after = std::time::Duration::from_millis(420);
        let text = written(Some(20), false, |paper| {
            paper
                .step(after, "ticket 7 opened at desk", Mood::Plain)
                .unwrap();
        });
        assert_eq!(
            text,
            "  0.4 s  ticket 7\n         opened at\n         desk\n"
        );
        let text = written(None, false, |paper| {
            paper.item(&"word ".repeat(60)).unwrap()
        });
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn a_column_or_fact_without_a_value_is_not_printed() {
        let text = written(Some(80), false, |paper| {
            let columns = [
                Column::Whole("ID"),
                Column::Wraps("WHY"),
                Column::Whole("BY"),
            ];
            let row = |id: &str, why: &str| vec![id.to_owned(), why.to_owned(), "x".to_owned()];
            paper
                .table(&columns, vec![row("1", ""), row("22", "")])
                .unwrap();
            paper.gap();
            paper
                .facts(&[("owner", String::new()), ("team", "it-ops".into())])
                .unwrap();
            paper.gap();
        });
        assert_eq!(text, "ID  BY\n1   x\n22  x\n\nteam  it-ops\n");
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        let text = written(Some(80), false, |paper| {
            paper.table(&[Column::Whole("ID")], Vec::new()).unwrap()
        });
        assert_eq!(text, "");
    }

    #[test]
    fn control_characters_of_others_never_reach_the_terminal() {
        let text = written(Some(80), true, |paper| {
            paper.headline("a\u{1b}[2Jb\nc", Mood::Plain).unwrap();
            paper
                .table(&[Column::Whole("A")], vec![vec!["\u{7}\u{9b}1m".into()]])
                .unwrap();
        });
        assert!(
            !text
                .chars()
                .any(|letter| letter.is_control() && letter != '\n'),
            "{text:?}"
        );
    }

    #[test]
    fn colours_are_written_only_where_they_are_understood() {
        let well = |paper: &mut Paper<'_>| paper.headline("All well", Mood::Good).unwrap();
        assert_eq!(written(None, false, well), "All well\n");
        assert_eq!(written(None, true, well), "\u{1b}[32mAll well\u{1b}[0m\n");
    }
}
