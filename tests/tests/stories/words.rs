//! Reads the words of one line, from left to right.

use std::collections::VecDeque;
use std::time::Duration;

use vedette_triage::{Labels, Severity};

/// What is left of a line.
pub(crate) struct Words<'l> {
    left: VecDeque<&'l str>,
}

impl<'l> Words<'l> {
    pub(crate) fn new(words: &'l [String]) -> Words<'l> {
        Words {
            left: words.iter().map(String::as_str).collect(),
        }
    }

    /// The next word.
    pub(crate) fn next(&mut self, what: &str) -> Result<&'l str, String> {
        self.left
            .pop_front()
            .ok_or_else(|| format!("{what} is missing"))
    }

    /// Takes the next word if it is this one.
    pub(crate) fn takes(&mut self, word: &str) -> bool {
        let is = self.left.front() == Some(&word);
        if is {
            self.left.pop_front();
        }
        is
    }

    /// Takes this word, wherever it stands.
    pub(crate) fn takes_anywhere(&mut self, word: &str) -> bool {
        let at = self.left.iter().position(|other| *other == word);
        at.and_then(|at| self.left.remove(at)).is_some()
    }

    /// Takes the word and what follows it, wherever they stand: `for 2h`.
    pub(crate) fn after(&mut self, word: &str) -> Option<&'l str> {
        let at = self.left.iter().position(|other| *other == word)?;
        self.left.remove(at);
        self.left.remove(at)
    }

    /// The rest as one text, and nothing is left.
    pub(crate) fn rest(&mut self) -> String {
        let all: Vec<&str> = self.left.drain(..).collect();
        all.join(" ")
    }

    /// What is left, word by word.
    pub(crate) fn all(&mut self) -> Vec<&'l str> {
        self.left.drain(..).collect()
    }

    /// Takes the value of `name=value`, wherever it stands.
    pub(crate) fn value(&mut self, name: &str) -> Option<String> {
        let is = |word: &&str| word.split_once('=').is_some_and(|(known, _)| known == name);
        let at = self.left.iter().position(is)?;
        let word = self.left.remove(at)?;
        word.split_once('=').map(|(_, value)| unquoted(value))
    }

    /// Takes `warning`, `critical` or `info`, wherever it stands.
    pub(crate) fn severity(&mut self) -> Option<Severity> {
        let known = [Severity::Info, Severity::Warning, Severity::Critical];
        let found = known
            .into_iter()
            .find(|severity| self.left.contains(&severity.as_str()))?;
        self.left.retain(|word| *word != found.as_str());
        Some(found)
    }

    /// Takes numbers the condition saw: `@value=0.96`.
    pub(crate) fn values(&mut self) -> Result<Vec<(String, f64)>, String> {
        let words = std::mem::take(&mut self.left);
        let (values, left): (Vec<&str>, Vec<&str>) =
            words.into_iter().partition(|word| word.starts_with('@'));
        self.left = left.into();
        let read = |word: &str| {
            let (name, value) = word[1..].split_once('=').ok_or("a value is missing")?;
            let value = value
                .parse()
                .map_err(|_| format!("{word:?} is no number"))?;
            Ok((name.to_owned(), value))
        };
        values.into_iter().map(read).collect()
    }

    /// Takes a word with blanks in it (a quoted one), wherever it stands.
    pub(crate) fn quoted(&mut self) -> Option<String> {
        let at = self
            .left
            .iter()
            .position(|word| word.contains(' ') && !word.contains('='))?;
        self.left.remove(at).map(str::to_owned)
    }

    /// What is left, as labels.
    pub(crate) fn pairs(&mut self) -> Result<Labels, String> {
        let pair = |word: &str| {
            let (name, value) = word
                .split_once('=')
                .ok_or_else(|| format!("{word:?} is no label=value"))?;
            Ok((name.to_owned(), unquoted(value)))
        };
        self.left
            .drain(..)
            .map(pair)
            .collect::<Result<Vec<_>, String>>()
            .map(|pairs| pairs.into_iter().collect())
    }

    /// Nothing may be left.
    pub(crate) fn end(&mut self) -> Result<(), String> {
        match self.left.is_empty() {
            true => Ok(()),
            false => Err(format!("what is {:?}?", self.rest())),
        }
    }
}

/// `90s`, `5m`, `2h`, `3d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    vedette_config::duration::parse(text).map_err(|error| format!("{text:?}: {error}"))
}

/// `#3`
pub(crate) fn number(text: &str) -> Result<u64, String> {
    text.strip_prefix('#')
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| format!("{text:?} is no number of an incident like #1"))
}

fn unquoted(value: &str) -> String {
    value.trim_matches('"').to_owned()
}

/// `db-7`, `db-7,db-8`, `web-01..40` = `web-01` to `web-40`.
pub(crate) fn names(text: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for part in text.split(',') {
        let Some((first, last)) = part.split_once("..") else {
            names.push(part.to_owned());
            continue;
        };
        let stem = first.trim_end_matches(|digit: char| digit.is_ascii_digit());
        let width = first.len() - stem.len();
        let number = |text: &str| {
            text.parse::<u32>()
                .map_err(|_| format!("{part:?} is no range"))
        };
        for number in number(&first[stem.len()..])?..=number(last)? {
            names.push(format!("{stem}{number:0width$}"));
        }
    }
    Ok(names)
}
