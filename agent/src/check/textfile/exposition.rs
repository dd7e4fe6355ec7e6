//! Takes Prometheus' text format apart (version 0.0.4 of the exposition format), strictly.
//!
//! In: the bytes of one file, which anybody may have written. Out: its series, or the first
//! line that is wrong and why. A file is taken whole or not at all: half of a file is what
//! a broken writer leaves. Knows nothing of files, ages or the wire's names.

use std::collections::{BTreeMap, HashMap, HashSet};

/// Series of one file.
pub(crate) const SERIES_MAX: usize = 1_000;
/// Bytes of one line.
pub(crate) const LINE_BYTES_MAX: usize = 16 * 1024;
/// Labels of one series; the wire has room for one more, the file's name.
const LABELS_MAX: usize = vedette_wire::limits::ATTRIBUTES_MAX - 1;

/// One value of one series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// The metric's name.
    pub(crate) name: String,
    /// Its labels.
    pub(crate) labels: BTreeMap<String, String>,
    /// The value; may be infinite, or not a number.
    pub(crate) value: f64,
}

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong with it. Repeats nothing of the line but names.
    pub(crate) why: String,
}

/// What `# TYPE` can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
    Untyped,
}

/// Reads a file.
///
/// # Errors
/// The first line that is wrong.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Series>, Mistake> {
    let mut reading = Reading::default();
    // A file that does not end with a line's end was not written to its end.
    let whole = bytes.strip_suffix(b"\n");
    let lines = whole.unwrap_or(bytes).split(|byte| *byte == b'\n');
    let mut last = 0;
    for (index, line) in lines.enumerate() {
        last = index + 1;
        reading
            .line(line)
            .map_err(|why| Mistake { line: last, why })?;
    }
    match whole.is_none() && !bytes.is_empty() {
        true => Err(Mistake {
            line: last,
            why: "the line does not end: the file seems to be written only in part".to_owned(),
        }),
        false => Ok(reading.series),
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    series: Vec<Series>,
    known: HashSet<String>,
    kinds: HashMap<String, Kind>,
    helps: HashSet<String>,
    /// Names that had a value already: it is too late for their type.
    valued: HashSet<String>,
}

impl Reading {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if line.len() > LINE_BYTES_MAX {
            return Err(format!("the line is longer than {LINE_BYTES_MAX} bytes"));
        }
        let text = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned())?;
        let text = text.trim_matches([' ', '\t', '\r']);
        match text.strip_prefix('#') {
            _ if text.is_empty() => Ok(()),
            Some(comment) => self.comment(comment),
            None => self.value(text),
        }
    }

    fn comment(&mut self, comment: &str) -> Result<(), String> {
        let mut words = comment.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("HELP"), Some(name)) => {
                let name = metric_name(name)?;
                match self.helps.insert(name.to_owned()) {
                    true => Ok(()),
                    false => Err(format!("there is a second HELP of {name}")),
                }
            }
            (Some("TYPE"), Some(name)) => self.kind(metric_name(name)?, words.next()),
            (Some(word @ ("HELP" | "TYPE")), None) => Err(format!("{word} of nothing")),
            (_, _) => Ok(()),
        }
    }

    fn kind(&mut self, name: &str, word: Option<&str>) -> Result<(), String> {
        let kind = match word {
            Some("counter") => Kind::Counter,
            Some("gauge") => Kind::Gauge,
            Some("histogram") => Kind::Histogram,
            Some("summary") => Kind::Summary,
            Some("untyped" | "unknown") => Kind::Untyped,
            Some(_) | None => return Err(format!("{name} has a TYPE that is not known")),
        };
        if self.valued.contains(name) {
            return Err(format!("the TYPE of {name} comes after its first value"));
        }
        match self.kinds.insert(name.to_owned(), kind) {
            None => Ok(()),
            Some(_) => Err(format!("there is a second TYPE of {name}")),
        }
    }

    fn value(&mut self, text: &str) -> Result<(), String> {
        let end = text
            .find(|letter: char| letter == '{' || letter.is_ascii_whitespace())
            .ok_or("a name without a value")?;
        let name = metric_name(&text[..end])?;
        let (labels, rest) = labels(text[end..].trim_start())?;
        let mut words = rest.split_ascii_whitespace();
        let value = words.next().and_then(number);
        let value = value.ok_or_else(|| format!("{name} has a value that is not a number"))?;
        if words.next().is_some() {
            return Err(format!(
                "{name} has a time or another word behind its value; the time is when it is read"
            ));
        }
        self.fits(name, &labels, value)?;
        if self.series.len() >= SERIES_MAX {
            return Err(format!("there are more than {SERIES_MAX} series"));
        }
        if !self.known.insert(format!("{name} {labels:?}")) {
            return Err(format!("{name} has a second value with the same labels"));
        }
        self.series.push(Series {
            name: name.to_owned(),
            labels,
            value,
        });
        Ok(())
    }

    /// Whether a value is of the type its metric has.
    fn fits(
        &mut self,
        name: &str,
        labels: &BTreeMap<String, String>,
        value: f64,
    ) -> Result<(), String> {
        let (family, part) = self.family(name);
        let wrong = |what: &str| Err(format!("{name} is not what its TYPE says: {what}"));
        match self.kinds.get(family) {
            Some(Kind::Counter) if value < 0.0 => return wrong("a counter is not negative"),
            Some(Kind::Histogram) if part.is_empty() => {
                return wrong("a histogram has _bucket, _sum and _count only");
            }
            Some(Kind::Histogram) if part == "_bucket" && !labels.contains_key("le") => {
                return wrong("a bucket has a label `le`");
            }
            Some(Kind::Summary) if part.is_empty() && !labels.contains_key("quantile") => {
                return wrong("a value of a summary has a label `quantile`");
            }
            Some(_) | None => {}
        }
        let family = family.to_owned();
        self.valued.insert(family);
        Ok(())
    }

    /// The metric a series belongs to, and what of it the series is.
    fn family<'a>(&self, name: &'a str) -> (&'a str, &'a str) {
        for part in ["_bucket", "_sum", "_count"] {
            let Some(family) = name.strip_suffix(part) else {
                continue;
            };
            let has_part = match self.kinds.get(family) {
                Some(Kind::Histogram) => true,
                Some(Kind::Summary) => part != "_bucket",
                Some(Kind::Counter | Kind::Gauge | Kind::Untyped) | None => false,
            };
            if has_part {
                return (family, &name[family.len()..]);
            }
        }
        (name, "")
    }
}

/// Labels in braces, if there are any, and what comes behind them.
fn labels(text: &str) -> Result<(BTreeMap<String, String>, &str), String> {
    let mut labels = BTreeMap::new();
    let Some(mut rest) = text.strip_prefix('{') else {
        return Ok((labels, text));
    };
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix('}') {
            return Ok((labels, behind));
        }
        let (name, behind) = rest.split_once('=').ok_or("a label without a value")?;
        let name = label_name(name.trim())?;
        let (value, behind) = quoted(behind.trim_start()).ok_or_else(|| {
            format!("the value of the label {name} is not quoted as it should be")
        })?;
        if labels.len() >= LABELS_MAX {
            return Err(format!("there are more than {LABELS_MAX} labels"));
        }
        if labels.insert(name.to_owned(), value).is_some() {
            return Err(format!("the label {name} stands twice"));
        }
        let behind = behind.trim_start();
        rest = match behind.strip_prefix(',') {
            Some(behind) => behind,
            None if behind.starts_with('}') => behind,
            None => return Err(format!("neither , nor }} behind the label {name}")),
        };
    }
}

/// A text in quotes with the escapes `\\`, `\"` and `\n`, and what comes behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                escaped @ ('\\' | '"') => value.push(escaped),
                _ => return None,
            },
            other => value.push(other),
        }
    }
    None
}

fn metric_name(text: &str) -> Result<&str, String> {
    match is_name(text, b"_:") {
        true => Ok(text),
        // Not repeated: what is no name may be a secret in the wrong file.
        false => Err("what should be the name of a metric is none".to_owned()),
    }
}

fn label_name(text: &str) -> Result<&str, String> {
    match is_name(text, b"_") {
        true if text == "textfile" => Err("the label textfile is the name of the file".to_owned()),
        true => Ok(text),
        false => Err("what should be the name of a label is none".to_owned()),
    }
}

fn is_name(text: &str, also: &[u8]) -> bool {
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || also.contains(&byte);
    text.len() <= vedette_wire::limits::NAME_BYTES_MAX
        && text.bytes().next().is_some_and(is_first)
        && text
            .bytes()
            .all(|byte| is_first(byte) || byte.is_ascii_digit())
}

/// A number as Go writes it.
fn number(word: &str) -> Option<f64> {
    match word {
        "NaN" | "nan" => Some(f64::NAN),
        "+Inf" | "Inf" | "inf" | "+inf" => Some(f64::INFINITY),
        "-Inf" | "-inf" => Some(f64::NEG_INFINITY),
        digits
            if digits
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) =>
        {
            digits.parse().ok().filter(|value: &f64| value.is_finite())
        }
        _ => None,
    }
}
