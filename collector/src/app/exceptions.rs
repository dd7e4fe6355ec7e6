//! Keeps the exceptions that people make with the command, in a file of the state directory that has
//! the form of `exceptions.toml`.
//!
//! In: what somebody wants. Out: the file as it should be. It is part of the policy: read again with
//! the other files, numbered, kept for replays; so whatever reloads them keeps these. Not the file
//! under `/etc`: that is in somebody's version control, and the service must not write there. Knows
//! nothing of what an exception means.

use std::fs;
use std::io;
use std::path::Path;

use jiff::civil::Date;

use crate::api::{ExceptionWanted, Wanted};

/// The file in the state directory.
pub(super) const FILE: &str = "exceptions.toml";
/// Exceptions that are kept.
const KEPT_MAX: usize = 500;
/// The head of each.
const TABLE: &str = "[[exception]]\n";
/// What people read who open the file.
const HEAD: &str = "# Made by `vedette exception add`; the form is that of exceptions.toml.\n";

/// One exception as it is written.
pub(super) fn written(wanted: &ExceptionWanted) -> String {
    let mut text = format!("{TABLE}{}", key(wanted));
    match &wanted.what {
        Wanted::Off => text.push_str("off = true\n"),
        Wanted::Set(set) => {
            let set: Vec<String> = set
                .iter()
                .map(|(name, value)| format!("{} = {}", quoted(name), bare_or_quoted(value)))
                .collect();
            text.push_str(&format!("set = {{ {} }}\n", set.join(", ")));
        }
        Wanted::End => {}
    }
    text.push_str(&format!("owner = {}\n", quoted(&wanted.owner)));
    text.push_str(&format!("until = {}\n", wanted.until));
    text.push_str(&format!("why = {}\n", quoted(&wanted.why)));
    text
}

/// The file with it: in place of one of the same rule and matchers, and without those that are over.
/// Says no where there are too many, or there is none to end.
pub(super) fn with(before: &str, wanted: &ExceptionWanted, today: Date) -> Result<String, String> {
    let key = key(wanted);
    let known: Vec<&str> = before.split(TABLE).skip(1).collect();
    let others: Vec<&str> = known
        .iter()
        .copied()
        .filter(|known| !known.starts_with(&key))
        .collect();
    if wanted.what == Wanted::End && others.len() == known.len() {
        return Err("no exception of this rule and these matchers was made; one of exceptions.toml is taken out of that file".into());
    }
    let mut kept: Vec<&str> = others
        .into_iter()
        .filter(|known| until(known).is_none_or(|until| until >= today))
        .map(str::trim_end)
        .collect();
    if kept.len() >= KEPT_MAX {
        return Err(format!(
            "{KEPT_MAX} exceptions were made already; change the rule instead"
        ));
    }
    let new = written(wanted);
    if wanted.what != Wanted::End {
        kept.push(new.trim_start_matches(TABLE).trim_end());
    }
    let tables = kept.iter().map(|known| format!("\n{TABLE}{known}\n"));
    Ok(format!("{HEAD}{}", tables.collect::<String>()))
}

fn key(wanted: &ExceptionWanted) -> String {
    let matchers: Vec<String> = wanted.matchers.iter().map(|one| quoted(one)).collect();
    format!(
        "rule = {}\nmatch = [{}]\n",
        quoted(&wanted.rule),
        matchers.join(", ")
    )
}

fn until(table: &str) -> Option<Date> {
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix("until = "))?;
    line.trim().parse().ok()
}

/// A basic string of TOML; those of JSON are that, but for DEL.
fn quoted(text: &str) -> String {
    let text: String = text.chars().filter(|letter| *letter != '\u{7f}').collect();
    serde_json::Value::from(text).to_string()
}

/// Numbers as they are, everything else (`10GiB`, `5m`) as a text.
fn bare_or_quoted(value: &str) -> String {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let is_leading_zero =
        unsigned.len() > 1 && unsigned.starts_with('0') && !unsigned.starts_with("0.");
    let is_number = match unsigned.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(unsigned),
    };
    match is_number && !is_leading_zero {
        true => value.to_owned(),
        false => quoted(value),
    }
}

/// The file's text; nothing where there is none yet.
pub(super) fn read(file: &Path) -> io::Result<String> {
    match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn wanted(what: Wanted) -> ExceptionWanted {
        ExceptionWanted {
            rule: "filesystem-space".into(),
            matchers: vec!["host=\"nas-1\"".into(), "mountpoint=\"/backup\"".into()],
            what,
            owner: "ops1".into(),
            until: "2027-06-30".into(),
            why: "meant to be \"full\"".into(),
        }
    }

    fn set(value: &str) -> Wanted {
        Wanted::Set(vec![("warn_used".into(), value.into())])
    }

    #[test]
    fn what_is_written_is_what_exceptions_toml_says() {
        assert_eq!(
            written(&wanted(set("0.98"))),
            r#"[[exception]]
rule = "filesystem-space"
match = ["host=\"nas-1\"", "mountpoint=\"/backup\""]
set = { "warn_used" = 0.98 }
owner = "ops1"
until = 2027-06-30
why = "meant to be \"full\""
"#
        );
        for (value, bare) in [
            ("-1", true),
            ("10GiB", false),
            ("1e3", false),
            ("007", false),
            ("0", true),
        ] {
            assert_eq!(bare_or_quoted(value) == value, bare, "{value}");
        }
    }

    #[test]
    fn one_of_the_same_rule_and_matchers_takes_the_place_of_the_other() {
        let today = "2026-10-01".parse().unwrap();
        let once = with("", &wanted(set("0.98")), today).unwrap();
        let twice = with(&once, &wanted(Wanted::Off), today).unwrap();
        assert_eq!(twice.matches("[[exception]]").count(), 1);
        assert!(twice.contains("off = true"), "{twice}");
        let other = ExceptionWanted {
            matchers: vec!["host=\"nas-2\"".into()],
            ..wanted(Wanted::Off)
        };
        let both = with(&twice, &other, today).unwrap();
        assert_eq!(both.matches("[[exception]]").count(), 2);
        let ended = with(&both, &wanted(Wanted::End), today).unwrap();
        assert_eq!(ended.matches("[[exception]]").count(), 1);
        assert!(ended.contains("nas-2"), "{ended}");
        assert!(with(&ended, &wanted(Wanted::End), today).is_err());
    }

    #[test]
    fn what_is_over_is_not_kept() {
        let then = "2026-10-01".parse().unwrap();
        let once = with("", &wanted(Wanted::Off), then).unwrap();
        let other = ExceptionWanted {
            rule: "load".into(),
            until: "2028-01-01".into(),
            ..wanted(Wanted::Off)
        };
        let later = with(&once, &other, "2027-07-01".parse().unwrap()).unwrap();
        assert!(!later.contains("filesystem-space"), "{later}");
    }
}
