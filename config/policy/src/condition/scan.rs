//! Decides whether a text may be given to the parser of conditions.
//!
//! The parser recurses, and a recursion that overflows the stack ends the process: what
//! is too long, too deep or too wide is refused here, unparsed. So are characters that no
//! condition has, where a sentence can say what was meant. Knows nothing of what the
//! words mean.

use std::ops::Range;

use vedette_config::Code;

/// Bytes of one condition: 1 kB.
pub(crate) const CONDITION_BYTES_MAX: usize = 1_024;
/// Brackets inside brackets.
const NESTING_MAX: usize = 16;
/// Operators, commas and dots of one condition; each can be one level of the parser's tree.
const OPERATORS_MAX: usize = 128;

/// Why a text is not given to the parser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Which part of the text, in bytes.
    pub(super) part: Range<usize>,
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
}

impl Refusal {
    fn new(part: Range<usize>, message: impl Into<String>) -> Refusal {
        Refusal {
            part,
            code: Code::ConditionSyntax,
            message: message.into(),
            help: None,
        }
    }

    fn too_large(part: Range<usize>, message: String) -> Refusal {
        Refusal {
            code: Code::ConditionTooLarge,
            help: Some("split the rule in two"),
            ..Refusal::new(part, message)
        }
    }

    fn help(mut self, help: &'static str) -> Refusal {
        self.help = Some(help);
        self
    }
}

/// Looks over a text once, without recursion.
pub(super) fn check(text: &str) -> Result<(), Refusal> {
    if text.len() > CONDITION_BYTES_MAX {
        let message = format!("a condition has at most {CONDITION_BYTES_MAX} bytes");
        return Err(Refusal::too_large(0..text.len(), message));
    }
    if text.trim().is_empty() {
        let help = "leave the key out to have no condition";
        return Err(Refusal::new(0..text.len(), "this condition is empty").help(help));
    }
    let mut scan = Scan {
        text,
        at: 0,
        open: Vec::new(),
        operators: 0,
    };
    while scan.at < text.len() {
        scan.token()?;
    }
    match scan.open.last() {
        Some((at, bracket)) => Err(Refusal::new(
            *at..*at + 1,
            format!("this {bracket} is never closed"),
        )),
        None => Ok(()),
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    open: Vec<(usize, char)>,
    operators: usize,
}

impl Scan<'_> {
    fn token(&mut self) -> Result<(), Refusal> {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else {
            return Ok(());
        };
        let length = match first {
            ' ' | '\t' | '\n' | '\r' => 1,
            '"' | '\'' => self.string(rest, first)?,
            '0'..='9' => self.number(rest)?,
            'a'..='z' | 'A'..='Z' | '_' => self.word(rest)?,
            _ => self.operator(rest, first)?,
        };
        self.at += length;
        Ok(())
    }

    fn part(&self, length: usize) -> Range<usize> {
        self.at..self.at + length
    }

    /// A text in quotes, on one line, without escapes: names of labels and windows need none.
    fn string(&self, rest: &str, quote: char) -> Result<usize, Refusal> {
        let closed = rest[1..].find([quote, '\n', '\\']).map(|at| at + 1);
        match closed {
            Some(at) if rest[at..].starts_with(quote) => Ok(at + 1),
            Some(at) if rest[at..].starts_with('\\') => Err(Refusal::new(
                self.at + at..self.at + at + 1,
                "a \\ in a text is not read here",
            )),
            Some(_) | None => Err(Refusal::new(self.part(1), "this text is never closed")),
        }
    }

    fn number(&self, rest: &str) -> Result<usize, Refusal> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut length = digits(rest);
        if rest[length..].starts_with('.') {
            let fraction = digits(&rest[length + 1..]);
            if fraction == 0 {
                let message = "a digit is missing after the point";
                return Err(Refusal::new(self.part(length + 1), message));
            }
            length += 1 + fraction;
        }
        let exponent = rest[length..].strip_prefix(['e', 'E']);
        if let Some(exponent) = exponent {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            let figures = digits(&exponent[sign..]);
            if figures > 0 {
                length += 1 + sign + figures;
            }
        }
        match rest[length..].chars().next() {
            Some('%') if !follows_operand(&rest[length + 1..]) => Err(Refusal::new(
                self.part(length + 1),
                "there are no percentages",
            )
            .help("shares are 0 to 1: write 0.90 for 90 %")),
            Some('a'..='z' | 'A'..='Z' | '_') => Err(Refusal::new(
                self.part(length + 1),
                "a number ends before a letter",
            )
            .help("put sizes and durations into `params`: params = { limit = \"20GiB\" }")),
            _ => Ok(length),
        }
    }

    fn word(&self, rest: &str) -> Result<usize, Refusal> {
        let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = rest.bytes().take_while(belongs).count();
        let help = match &rest[..length] {
            "and" | "AND" => "write && for and",
            "or" | "OR" => "write || for or",
            "not" | "NOT" => "write ! for not",
            _ => return Ok(length),
        };
        let message = format!("{} is not an operator", &rest[..length]);
        Err(Refusal::new(self.part(length), message).help(help))
    }

    fn operator(&mut self, rest: &str, first: char) -> Result<usize, Refusal> {
        const LONG: [&str; 6] = ["&&", "||", "==", "!=", "<=", ">="];
        let length = match LONG.iter().find(|long| rest.starts_with(**long)) {
            Some(long) => long.len(),
            None => first.len_utf8(),
        };
        match (first, length) {
            ('(' | '[', _) => {
                self.open.push((self.at, first));
                if self.open.len() > NESTING_MAX {
                    let message = format!("brackets are nested deeper than {NESTING_MAX}");
                    return Err(Refusal::too_large(self.part(length), message));
                }
            }
            (')' | ']', _) => {
                let opened = if first == ')' { '(' } else { '[' };
                if self.open.pop().map(|(_, bracket)| bracket) != Some(opened) {
                    let message = format!("this {first} closes nothing");
                    return Err(Refusal::new(self.part(length), message));
                }
            }
            ('<' | '>' | '!' | '+' | '-' | '*' | '/' | '%' | '?' | ':' | ',' | '.', _)
            | ('&' | '|' | '=', 2) => {}
            ('=', _) => {
                let message = "a single = compares nothing";
                return Err(Refusal::new(self.part(1), message).help("write == for equal"));
            }
            ('&' | '|', _) => {
                let help = "write && for and, || for or";
                let message = format!("{first} is not an operator");
                return Err(Refusal::new(self.part(1), message).help(help));
            }
            (_, _) => {
                let message = "this character does not belong into a condition";
                return Err(Refusal::new(self.part(length), message));
            }
        }
        self.operators += 1;
        if self.operators > OPERATORS_MAX {
            let message = format!("a condition has at most {OPERATORS_MAX} operators");
            return Err(Refusal::too_large(self.part(length), message));
        }
        Ok(length)
    }
}

/// Whether something stands here that can be divided by: `7 % 2`, but not `90%` or `90% &&`.
fn follows_operand(rest: &str) -> bool {
    let next = rest.trim_start().chars().next();
    next.is_some_and(|next| next.is_ascii_alphanumeric() || "_(-.".contains(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_condition_is_let_through() {
        for text in [
            "value > 0.9",
            "(value > crit && free < 5.0e9) || !changed(\"10m\")",
            "host.labels['site'] in [\"hq\", 'graz']",
            "value % 2.0 == 1 ? true : false",
            "host.labels[\"ort\"] == \"Süd\"",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_was_probably_meant_is_said() {
        refused("value > 90%", "there are no percentages");
        refused("value > 90% && free < 1", "there are no percentages");
        refused("free < 20GiB", "a number ends before a letter");
        refused("value = 1", "a single = compares nothing");
        refused("a and b", "and is not an operator");
        refused("a & b", "& is not an operator");
        refused("value > \"x", "this text is never closed");
        refused("(value > 1", "this ( is never closed");
        refused("value > 1)", "this ) closes nothing");
        refused("value > 1.", "a digit is missing after the point");
        refused("  ", "this condition is empty");
        refused(
            "value > ½",
            "this character does not belong into a condition",
        );
        refused("value\0", "this character does not belong into a condition");
    }

    #[test]
    fn what_could_overflow_the_parser_is_refused_unparsed() {
        refused(&"1+".repeat(600), "a condition has at most 1024 bytes");
        refused(&"1+".repeat(500), "a condition has at most 128 operators");
        refused(&"!".repeat(1_000), "a condition has at most 128 operators");
        refused(&"a.".repeat(400), "a condition has at most 128 operators");
        refused(&"(".repeat(17), "brackets are nested deeper than 16");
        refused(&"[".repeat(1_000), "brackets are nested deeper than 16");
    }

    #[track_caller]
    fn refused(text: &str, message: &str) {
        let found = check(text).map_err(|refusal| refusal.message);
        assert_eq!(found, Err(message.to_owned()), "{text}");
    }
}
