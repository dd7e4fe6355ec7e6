//! Decides whether labels match, in Prometheus' matcher syntax.
//!
//! In: `env="prod"`, `host=~"db-.*"`, and labels. Out: yes or no. A label that
//! is absent reads as empty, regular expressions match the whole value.

use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{Labels, limits};

/// One comparison of one label.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Matcher {
    name: String,
    operator: Operator,
    value: String,
    /// Present exactly for the two regular-expression operators.
    regex: Option<Regex>,
}

/// How a matcher compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `=`
    #[serde(rename = "=")]
    Equal,
    /// `!=`
    #[serde(rename = "!=")]
    NotEqual,
    /// `=~`
    #[serde(rename = "=~")]
    Regex,
    /// `!~`
    #[serde(rename = "!~")]
    NotRegex,
}

impl Operator {
    fn as_str(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Regex => "=~",
            Operator::NotRegex => "!~",
        }
    }
}

/// A matcher as it is stored.
#[derive(Serialize, Deserialize)]
struct Written {
    name: String,
    operator: Operator,
    value: String,
}

impl From<Matcher> for Written {
    fn from(matcher: Matcher) -> Written {
        Written {
            name: matcher.name,
            operator: matcher.operator,
            value: matcher.value,
        }
    }
}

impl TryFrom<Written> for Matcher {
    type Error = String;

    fn try_from(written: Written) -> Result<Matcher, String> {
        Matcher::new(&written.name, written.operator, &written.value)
    }
}

impl Matcher {
    /// A matcher from its parts; refuses an empty name and a regular expression that does not compile.
    pub fn new(name: &str, operator: Operator, value: &str) -> Result<Matcher, String> {
        if name.is_empty() {
            return Err("a matcher needs a label name before the operator".into());
        }
        if value.len() > limits::LABEL_VALUE_BYTES_MAX {
            return Err(format!(
                "the value of matcher {name:?} is longer than {} bytes",
                limits::LABEL_VALUE_BYTES_MAX
            ));
        }
        let regex = match operator {
            Operator::Equal | Operator::NotEqual => None,
            Operator::Regex | Operator::NotRegex => {
                let regex = Regex::new(&format!("^(?s:(?:{value}))$"));
                Some(regex.map_err(|error| {
                    let why = last_words(&error);
                    format!("the regular expression {value:?} is wrong: {why}")
                })?)
            }
        };
        Ok(Matcher {
            name: name.to_owned(),
            operator,
            value: value.to_owned(),
            regex,
        })
    }

    /// Reads `name="value"`, `name!=value`, `name=~"re"`, `name!~re`; the quotes are optional.
    pub fn parse(text: &str) -> Result<Matcher, String> {
        let text = text.trim();
        let wrong = || {
            format!(
                "{text:?} is not a matcher; write name=\"value\", name!=\"value\", name=~\"regex\" or name!~\"regex\""
            )
        };
        let at = text.find(['=', '!']).ok_or_else(wrong)?;
        let (name, rest) = text.split_at(at);
        let operator = [
            Operator::Regex,
            Operator::NotRegex,
            Operator::NotEqual,
            Operator::Equal,
        ]
        .into_iter()
        .find(|operator| rest.starts_with(operator.as_str()))
        .ok_or_else(wrong)?;
        let value = unquote(rest[operator.as_str().len()..].trim()).ok_or_else(wrong)?;
        let name = unquote(name.trim()).ok_or_else(wrong)?;
        Matcher::new(&name, operator, &value)
    }

    /// The label it looks at.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it compares.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// What it compares with.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether these labels match.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.matches_value(labels.get(&self.name).unwrap_or(""))
    }

    /// Whether this value matches.
    pub fn matches_value(&self, value: &str) -> bool {
        match (self.operator, &self.regex) {
            (Operator::Equal, _) => value == self.value,
            (Operator::NotEqual, _) => value != self.value,
            (Operator::Regex, regex) => regex.as_ref().is_some_and(|regex| regex.is_match(value)),
            (Operator::NotRegex, regex) => {
                regex.as_ref().is_some_and(|regex| !regex.is_match(value))
            }
        }
    }
}

/// Takes one pair of double quotes off, with `\"`, `\\` and `\n` inside; other text stays.
fn unquote(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else {
        return (!text.contains('"')).then(|| text.to_owned());
    };
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return characters.next().is_none().then_some(value),
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                quoted @ ('"' | '\\') => value.push(quoted),
                // A backslash of a regular expression, as in "db\.example".
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
    None
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Matcher) -> bool {
        (&self.name, self.operator, &self.value) == (&other.name, other.operator, &other.value)
    }
}

impl Eq for Matcher {}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:?}", self.name, self.operator.as_str(), self.value)
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Matchers that must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Matchers(pub Vec<Matcher>);

impl Matchers {
    /// Reads a list of matchers; the first wrong one is the error.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Matchers, String> {
        let parsed: Result<Vec<Matcher>, String> = texts
            .iter()
            .map(|text| Matcher::parse(text.as_ref()))
            .collect();
        parsed.map(Matchers)
    }

    /// Whether all of them match; no matcher matches everything.
    pub fn match_all(&self, labels: &Labels) -> bool {
        self.0.iter().all(|matcher| matcher.matches(labels))
    }

    /// Whether at least one matcher does not match an empty value, so that the set selects something.
    pub fn select_something(&self) -> bool {
        self.0.iter().any(|matcher| !matcher.matches_value(""))
    }
}

impl fmt::Display for Matchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, matcher) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{matcher}")?;
        }
        f.write_str("}")
    }
}

/// What is wrong, without the drawing of the pattern, which is not as somebody wrote it.
fn last_words(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn matchers_read_as_in_prometheus() {
        let db = [("host", "db-7"), ("env", "prod")];
        check(r#"host="db-7""#, db, true);
        check("host=db-7", db, true);
        check(r#"host=~"db-.*""#, db, true);
        check(r#"host=~"db""#, db, false); // the whole value must match
        check(r#"host!~"web-.*""#, db, true);
        check(r#"team="""#, db, true); // an absent label reads as empty
        check(r#"team!="linux""#, db, true);
        check(r#"env=~"prod|stage""#, db, true);
    }

    #[test]
    fn what_is_not_a_matcher_is_refused_with_an_example() {
        for text in ["", "host", "=x", "host=\"open", "host=~\"(\"", "a=\"b\"c"] {
            assert!(Matcher::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_matcher_prints_as_it_is_read() {
        for text in [r#"a="b""#, r#"a=~"b\\.c""#, r#"a!="say \"x\"""#] {
            let matcher = Matcher::parse(text).unwrap();
            assert_eq!(Matcher::parse(&matcher.to_string()).unwrap(), matcher);
        }
    }

    #[track_caller]
    fn check(text: &str, labels: [(&str, &str); 2], expected: bool) {
        let labels: Labels = labels.into_iter().collect();
        assert_eq!(
            Matcher::parse(text).unwrap().matches(&labels),
            expected,
            "{text}"
        );
    }
}
