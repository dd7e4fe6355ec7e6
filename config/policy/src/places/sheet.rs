//! Takes a table of comma separated values apart; every cell knows where it stands.
//!
//! In: a text as editors, Excel and LibreOffice save it: a header line, columns in any
//! order, separated by commas, semicolons or tabs. Out: rows of trimmed cells. Empty rows
//! and lines that begin with `#` are nothing. What is no table is a finding.
//!
//! A parser of our own: those there are take a quote that is never closed for the rest of
//! the file, and tell where a row begins, not where a cell does.

use std::sync::Arc;

use vedette_config::{Code, Finding, Findings, Place, Source, Spanned, nearest, quoted};

/// Rows of one file.
const ROWS_MAX: usize = 100_000;
/// Bytes of one cell.
const CELL_BYTES_MAX: usize = 1_024;
/// What can stand between cells.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// A row under a header.
#[derive(Debug)]
pub(super) struct Row {
    /// By the order of the known columns; none where a cell is empty.
    cells: Vec<Option<Spanned<String>>>,
    columns: &'static [&'static str],
}

impl Row {
    /// The text of a cell, if there is one.
    pub(super) fn get(&self, column: &str) -> Option<&Spanned<String>> {
        let at = self.columns.iter().position(|known| *known == column)?;
        self.cells[at].as_ref()
    }

    /// The text of a cell; empty if there is none.
    pub(super) fn text(&self, column: &str) -> String {
        self.get(column)
            .map(|cell| cell.value.clone())
            .unwrap_or_default()
    }
}

/// The rows of a file with these columns, of which the first must be there and filled.
pub(super) fn read(
    source: &Arc<Source>,
    columns: &'static [&'static str],
    findings: &mut Findings,
) -> Vec<Row> {
    let mut scanner = Scanner::new(source);
    let header = loop {
        match scanner.row(findings) {
            Some(cells) if cells.iter().all(|cell| cell.value.is_empty()) => {}
            Some(cells) => break cells,
            None => {
                findings.push(no_header(source, columns));
                return Vec::new();
            }
        }
    };
    let Some(order) = order(&header, columns, findings) else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    while let Some(cells) = scanner.row(findings) {
        if cells.iter().all(|cell| cell.value.is_empty()) {
            continue;
        }
        if rows.len() == ROWS_MAX {
            let message = format!("more than {ROWS_MAX} rows");
            let finding = Finding::error(Code::TooLarge, message);
            findings.push(finding.at(&cells[0].place, "this one is too many"));
            break;
        }
        rows.extend(row(cells, &order, columns, findings));
    }
    rows
}

/// For each cell of a row the column it belongs to, by its number among the known ones. `None`
/// without the first of these, for then nothing can be said of any row.
fn order(
    header: &[Spanned<String>],
    columns: &'static [&'static str],
    findings: &mut Findings,
) -> Option<Vec<Option<usize>>> {
    let mut order: Vec<Option<usize>> = Vec::new();
    for cell in header {
        let name = cell.value.as_str();
        let known = columns.iter().position(|column| *column == name);
        let finding = match known {
            Some(at) => order
                .iter()
                .position(|other| *other == Some(at))
                .map(|first| {
                    Finding::error(Code::DuplicateKey, format!("two columns are called {name}"))
                        .at(&cell.place, "again here")
                        .at(&header[first].place, "first here")
                }),
            // Excel writes columns without anything in them.
            None if name.is_empty() => None,
            None => {
                let message = format!("there is no column {}", quoted(name));
                let help = match nearest(name, columns.iter().copied()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("there are {}", columns.join(", ")),
                };
                let finding = Finding::error(Code::UnknownKey, message);
                Some(finding.at(&cell.place, "").help(help))
            }
        };
        if let Some(finding) = finding {
            findings.push(finding);
        }
        order.push(known);
    }
    if order.contains(&Some(0)) {
        return Some(order);
    }
    let message = format!("there is no column {}", columns[0]);
    findings.push(
        Finding::error(Code::MissingKey, message)
            .at(&header[0].place, "the first line names the columns")
            .help(format!("write {}", columns.join(","))),
    );
    None
}

fn row(
    cells: Vec<Spanned<String>>,
    order: &[Option<usize>],
    columns: &'static [&'static str],
    findings: &mut Findings,
) -> Option<Row> {
    let place = cells[0].place.clone();
    let mut by_column: Vec<Option<Spanned<String>>> = vec![None; columns.len()];
    for (number, cell) in cells.into_iter().enumerate() {
        if cell.value.is_empty() {
            continue;
        }
        match order.get(number) {
            Some(Some(column)) if cell.value.len() > CELL_BYTES_MAX => {
                let message = format!("a cell holds at most {CELL_BYTES_MAX} bytes");
                let finding = Finding::error(Code::TooLarge, message);
                findings.push(finding.at(&cell.place, columns[*column]));
            }
            Some(Some(column)) => by_column[*column] = Some(cell),
            // Told at the header already.
            Some(None) => {}
            None => {
                let message = "this row has more cells than there are columns";
                let finding = Finding::error(Code::Syntax, message).at(&cell.place, "");
                findings.push(finding.help("put quotes around a text that holds the separator"));
                return None;
            }
        }
    }
    if by_column[0].is_none() {
        let message = format!("this row has no {}", columns[0]);
        findings.push(Finding::error(Code::MissingKey, message).at(&place, ""));
        return None;
    }
    Some(Row {
        cells: by_column,
        columns,
    })
}

fn no_header(source: &Arc<Source>, columns: &[&str]) -> Finding {
    Finding::error(Code::MissingKey, "this table has no header line")
        .at(&Place::whole(source), "")
        .help(format!("begin it with {}", columns.join(",")))
}

/// Reads a text row by row.
struct Scanner<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    /// The next byte.
    at: usize,
    separator: char,
}

impl<'a> Scanner<'a> {
    fn new(source: &'a Arc<Source>) -> Scanner<'a> {
        let text = source.text();
        let mut scanner = Scanner {
            source,
            text,
            at: 0,
            separator: ',',
        };
        // What Excel writes so that it understands itself.
        if let Some(separator) = text
            .strip_prefix("sep=")
            .and_then(|rest| rest.chars().next())
            && SEPARATORS.contains(&separator)
        {
            scanner.separator = separator;
            scanner.skip_line();
            return scanner;
        }
        let is_content = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
        let header = text.lines().find(is_content).unwrap_or("");
        let count = |separator: &char| header.matches(*separator).count();
        // The first of equals is the comma, also where there is only one column.
        for separator in SEPARATORS {
            if count(&separator) > count(&scanner.separator) {
                scanner.separator = separator;
            }
        }
        scanner
    }

    /// The cells of the next row that is no comment: at least one. `None` at the end.
    fn row(&mut self, findings: &mut Findings) -> Option<Vec<Spanned<String>>> {
        while self.text[self.at..].starts_with('#') {
            self.skip_line();
        }
        if self.at >= self.text.len() {
            return None;
        }
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell(findings));
            if self.text[self.at..].starts_with(self.separator) {
                self.at += self.separator.len_utf8();
                continue;
            }
            self.skip_line();
            return Some(cells);
        }
    }

    /// The next cell; stops before the separator or the end of the line behind it.
    fn cell(&mut self, findings: &mut Findings) -> Spanned<String> {
        let is_space = |next: char| next == ' ' || (next == '\t' && self.separator != '\t');
        let begin = self.at;
        let rest = &self.text[begin..];
        let start = begin + (rest.len() - rest.trim_start_matches(is_space).len());
        if self.text[start..].starts_with('"') {
            return self.quoted(start, findings);
        }
        let length = self.text[start..].find([self.separator, '\n']);
        let end = length.map_or(self.text.len(), |length| start + length);
        let cell = self.text[start..end].trim_end();
        self.at = end;
        let place = Place::new(self.source, start..start + cell.len());
        Spanned::new(cell.to_owned(), place)
    }

    /// A cell in quotes, which may hold anything; two quotes are one.
    fn quoted(&mut self, start: usize, findings: &mut Findings) -> Spanned<String> {
        let mut value = String::new();
        let mut at = start + 1;
        loop {
            let Some(length) = self.text[at..].find('"') else {
                let place = Place::new(self.source, start..start + 1);
                let finding = Finding::error(Code::Syntax, "this quote is not closed");
                findings.push(
                    finding
                        .at(&place, "")
                        .help("two quotes in a row stand for one"),
                );
                self.at = self.text.len();
                return Spanned::new(String::new(), place);
            };
            value.push_str(&self.text[at..at + length]);
            at += length + 1;
            if !self.text[at..].starts_with('"') {
                break;
            }
            value.push('"');
            at += 1;
        }
        let place = Place::new(self.source, start..at);
        let length = self.text[at..].find([self.separator, '\n']);
        self.at = length.map_or(self.text.len(), |length| at + length);
        if !self.text[at..self.at].trim().is_empty() {
            let behind = Place::new(self.source, at..self.at);
            findings.push(
                Finding::error(Code::Syntax, "a cell ends with its closing quote")
                    .at(&behind, "this belongs to no cell")
                    .help("two quotes in a row stand for one"),
            );
        }
        Spanned::new(value.trim().to_owned(), place)
    }

    /// Goes behind the end of the line.
    fn skip_line(&mut self) {
        let length = self.text[self.at..].find('\n');
        self.at = length.map_or(self.text.len(), |length| self.at + length + 1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: &[&str] = &["name", "site", "notes"];

    #[test]
    fn columns_come_in_any_order_and_cells_are_trimmed() {
        check("name,site,notes\ndb-7, hq ,x\n", &[["db-7", "hq", "x"]]);
        check("notes,name\nx,db-7", &[["db-7", "", "x"]]);
        check("name\ndb-7\n", &[["db-7", "", ""]]);
    }

    #[test]
    fn what_programs_of_offices_write_is_read() {
        check(
            "\u{feff}name;site;notes\r\ndb-7;hq;\"a;b\"\r\n;;\r\n",
            &[["db-7", "hq", "a;b"]],
        );
        check("sep=;\r\nname;site\r\ndb-7;hq\r\n", &[["db-7", "hq", ""]]);
        check("name\tsite\ndb-7\thq\n", &[["db-7", "hq", ""]]);
        check("name,site,,\ndb-7,hq,,\n", &[["db-7", "hq", ""]]);
    }

    #[test]
    fn quotes_hold_anything() {
        check(
            "name,notes\n\"db-7\",\"says \"\"no\"\",\nsometimes\"\n",
            &[["db-7", "", "says \"no\",\nsometimes"]],
        );
    }

    #[test]
    fn comments_and_empty_lines_are_nothing() {
        check("# ours\n\nname\n#db-1\ndb-7\n\n", &[["db-7", "", ""]]);
    }

    #[test]
    fn every_cell_knows_where_it_stands() {
        let source = Source::new("hosts.csv", "name;site\n\ndb-7;  \"Süd\" \n");
        let rows = read(&source, COLUMNS, &mut Findings::new());
        let site = rows[0].get("site").unwrap();
        assert_eq!(site.place.to_string(), "hosts.csv:3:8");
        assert_eq!(site.place.text(), "\"Süd\"");
    }

    proptest! {
        /// Whatever is written, reading ends and says something of it or makes rows of it.
        #[test]
        fn no_text_stops_it(text in "[a-z\",;\n\r\t# äsep=]{0,80}") {
            let source = Source::new("x.csv", format!("name,site\n{text}"));
            read(&source, COLUMNS, &mut Findings::new());
            let source = Source::new("x.csv", text);
            read(&source, COLUMNS, &mut Findings::new());
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &[[&str; 3]]) {
        let mut findings = Findings::new();
        let rows = read(&Source::new("hosts.csv", text), COLUMNS, &mut findings);
        assert!(findings.is_empty(), "{findings}");
        let texts: Vec<[String; 3]> = rows
            .iter()
            .map(|row| ["name", "site", "notes"].map(|column| row.text(column)))
            .collect();
        assert_eq!(texts, expected);
    }
}
