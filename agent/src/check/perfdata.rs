//! Reads what a monitoring plugin writes: text, long text and performance data.
//!
//! In: bytes of any kind. Out: the text for people, and values; what cannot be read is
//! counted, and the first of it is named. Source: Monitoring Plugins Development Guidelines,
//! "Plugin Output" and "Performance data". Knows nothing of programs or exit codes.

use vedette_config::{Range, range};

/// Values of one run; more are counted, and left out.
pub(super) const VALUES_MAX: usize = 256;
/// Bytes of a label or unit; longer ones are not believed.
const LABEL_BYTES_MAX: usize = 256;
/// Characters of the first piece that cannot be read, as it is shown.
const SHOWN_CHARS_MAX: usize = 60;

/// What a plugin wrote.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Output {
    /// The first line without its performance data, then the long text.
    pub text: String,
    /// What it measured.
    pub values: Vec<Value>,
    /// How much of the performance data cannot be read.
    pub unreadable: usize,
    /// The first piece of it.
    pub first_unreadable: Option<String>,
    /// Values above [`VALUES_MAX`].
    pub left_out: usize,
}

/// One value of the performance data.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    /// Its name, without quotes.
    pub label: String,
    /// The value, in its unit.
    pub value: f64,
    /// Its unit: `s`, `ms`, `%`, `B`, `MB`, `c` (a counter), ... or nothing.
    pub unit: String,
    /// Outside it the plugin warns.
    pub warning: Option<Range>,
    /// Outside it the plugin is critical.
    pub critical: Option<Range>,
}

/// Reads all that a plugin wrote on its standard output.
pub(super) fn output(bytes: &[u8]) -> Output {
    let all = String::from_utf8_lossy(bytes);
    let mut output = Output::default();
    let mut text = Vec::new();
    let mut lines = all.lines();
    if let Some(first) = lines.next() {
        let (line, data) = first.split_once('|').unwrap_or((first, ""));
        text.push(line.trim());
        output.read(data);
    }
    let mut is_data = false;
    for line in lines {
        if is_data {
            output.read(line);
        } else if let Some((line, data)) = line.split_once('|') {
            text.push(line.trim_end());
            output.read(data);
            is_data = true;
        } else {
            text.push(line.trim_end());
        }
    }
    output.text = text.join("\n").trim().to_owned();
    output
}

impl Output {
    fn read(&mut self, data: &str) {
        let mut rest = data.trim_start();
        while !rest.is_empty() {
            let (piece, after) = first_piece(rest);
            match value(piece) {
                Some(Some(_)) if self.values.len() >= VALUES_MAX => self.left_out += 1,
                Some(Some(value)) => self.values.push(value),
                // The plugin says itself that it could not find out.
                Some(None) => {}
                None => self.refuse(piece),
            }
            rest = after.trim_start();
        }
    }

    fn refuse(&mut self, piece: &str) {
        self.unreadable += 1;
        if self.first_unreadable.is_none() {
            self.first_unreadable = Some(piece.chars().take(SHOWN_CHARS_MAX).collect());
        }
    }
}

/// Up to the first space that is not within quotes, and what follows.
fn first_piece(text: &str) -> (&str, &str) {
    let mut is_quoted = false;
    for (place, letter) in text.char_indices() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            letter if letter.is_whitespace() && !is_quoted => return text.split_at(place),
            _ => {}
        }
    }
    if !is_quoted {
        return (text, "");
    }
    // A quote that never ends would swallow all that follows.
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    text.split_at(end)
}

/// `None`: it cannot be read. `Some(None)`: the value is unknown (`U`).
fn value(piece: &str) -> Option<Option<Value>> {
    let (label, rest) = label(piece)?;
    let mut parts = rest.split(';');
    let measured = parts.next()?;
    if measured == "U" {
        return Some(None);
    }
    let (number, unit) = measured.split_at(number_length(measured));
    let value: f64 = number
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())?;
    let is_unit = |letter: char| letter.is_alphabetic() || "%/*\u{b0}\u{b5}".contains(letter);
    if unit.len() > LABEL_BYTES_MAX || !unit.chars().all(is_unit) {
        return None;
    }
    let mut threshold = || match parts.next() {
        None | Some("") => Some(None),
        Some(text) => range(text).ok().map(Some),
    };
    let (warning, critical) = (threshold()?, threshold()?);
    // The smallest and the largest value, and no more than that.
    let bounds: Vec<&str> = parts.collect();
    let is_number = |text: &&str| text.is_empty() || text.parse::<f64>().is_ok();
    if bounds.len() > 3 || !bounds.iter().all(is_number) {
        return None;
    }
    Some(Some(Value {
        label,
        value,
        unit: unit.to_owned(),
        warning,
        critical,
    }))
}

/// The label without its quotes, and what follows the `=`.
fn label(piece: &str) -> Option<(String, &str)> {
    let (label, rest) = match piece.strip_prefix('\'') {
        None => {
            let (label, rest) = piece.split_once('=')?;
            (label.to_owned(), rest)
        }
        Some(quoted) => {
            let end = closing_quote(quoted)?;
            let label = quoted[..end].replace("''", "'");
            (label, quoted[end + 1..].strip_prefix('=')?)
        }
    };
    let is_fit =
        !label.is_empty() && label.len() <= LABEL_BYTES_MAX && !label.chars().any(char::is_control);
    is_fit.then_some((label, rest))
}

/// Two quotes in a row stand for one in the label.
fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut place = 0;
    while place < bytes.len() {
        match (bytes[place], bytes.get(place + 1)) {
            (b'\'', Some(b'\'')) => place += 2,
            (b'\'', _) => return Some(place),
            _ => place += 1,
        }
    }
    None
}

/// Bytes of the number at the beginning; `1e3` is one, the `e` of a unit is not.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        let run = bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        from + run.count()
    };
    let mut end = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    end = digits(end);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        let power = (end + 1 + sign).min(bytes.len());
        if digits(power) > power {
            end = digits(power);
        }
    }
    end
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn performance_data_is_read_as_plugins_write_it() {
        // (data, label, value, unit)
        let cases = [
            ("load1=0.420;5.000;10.000;0;", "load1", 0.42, ""),
            ("time=0.000213s;;;0.000000;10.000000", "time", 0.000213, "s"),
            (
                "'/var/lib my'=2643MB;5948;5958;0;5968",
                "/var/lib my",
                2643.0,
                "MB",
            ),
            ("'it''s'=1c", "it's", 1.0, "c"),
            ("rta=-0.5ms", "rta", -0.5, "ms"),
            ("pl=0%;20;60;0;100", "pl", 0.0, "%"),
            ("big=1.5e3B", "big", 1500.0, "B"),
            ("e=2e", "e", 2.0, "e"),
            ("x=.5", "x", 0.5, ""),
            ("size=7B;@10:20;~:30;;", "size", 7.0, "B"),
        ];
        for (data, label, value, unit) in cases {
            let output = output(format!("OK|{data}").as_bytes());
            assert_eq!(output.unreadable, 0, "{data}");
            let read = &output.values[0];
            assert_eq!(
                (read.label.as_str(), read.value, read.unit.as_str()),
                (label, value, unit),
                "{data}"
            );
        }
    }

    #[test]
    fn thresholds_are_ranges() {
        let output = output(b"OK | size=7B;@10:20;~:30;0;100");
        let value = &output.values[0];
        assert!(value.warning.unwrap().is_inverted);
        assert!(value.critical.unwrap().alerts(31.0));
    }

    #[test]
    fn what_cannot_be_read_is_counted_and_the_rest_is_read() {
        let hostile = [
            "=1",
            "'=1",
            "''=1",
            "a",
            "a=",
            "a=b",
            "a=1;x",
            "a=1;;;;;;;",
            "a=1e999",
            "a=NaN",
            "a=inf",
            "a=1 2",
            "a=1,5s",
            "'a'b=1",
            "a=--1",
        ];
        for data in hostile {
            let output = output(format!("OK | first=1 {data} last=2").as_bytes());
            assert!(output.unreadable >= 1, "{data}");
            assert_eq!(output.values.first().unwrap().label, "first", "{data}");
            assert_eq!(output.values.last().unwrap().label, "last", "{data}");
        }
    }

    #[test]
    fn an_unknown_value_is_neither_read_nor_refused() {
        assert_eq!(output(b"OK | a=U;1;2").unreadable, 0);
        assert!(output(b"OK | a=U;1;2").values.is_empty());
    }

    #[test]
    fn long_text_may_be_followed_by_more_data() {
        let output = output(b"DISK OK | /=1MB\nfirst line\nlast line | /var=2MB\n/srv=3MB\n");
        assert_eq!(output.text, "DISK OK\nfirst line\nlast line");
        let labels: Vec<&str> = output
            .values
            .iter()
            .map(|value| value.label.as_str())
            .collect();
        assert_eq!(labels, ["/", "/var", "/srv"]);
    }

    #[test]
    fn values_have_a_bound() {
        let data = "a=1 ".repeat(VALUES_MAX + 3);
        let output = output(format!("OK | {data}").as_bytes());
        assert_eq!((output.values.len(), output.left_out), (VALUES_MAX, 3));
        assert_eq!(output.unreadable, 0, "there is nothing wrong with them");
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            for value in output(&bytes).values {
                prop_assert!(value.value.is_finite() && !value.label.is_empty());
            }
        }

        #[test]
        fn no_data_breaks_it(data in "[a-z'=;:@~|0-9eE.+\\- \\n\u{e4}-]{0,80}") {
            output(format!("OK | {data}").as_bytes());
        }
    }
}
