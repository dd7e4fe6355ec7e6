//! Exceptions that people made with the command, beside those of the file.
#![allow(clippy::unwrap_used)]

use jiff::civil::{Date, date};
use vedette_config::Source;
use vedette_policy::{Kept, Sources, judge_exceptions, load};
use vedette_triage::detect::{Effect, Exception};

const TODAY: Date = date(2026, 11, 22);
const OFF: &str = "[[exception]]\nrule = \"load\"\nmatch = ['host=\"nas-1\"']\noff = true\nwhy = \"a busy machine\"\nowner = \"ops1\"\nuntil = 2026-12-31\n";

fn of_load(file: &str, made: &str) -> (Vec<Exception>, Vec<String>) {
    let source = |name: &str, text: &str| (!text.is_empty()).then(|| Source::new(name, text));
    let sources = Sources {
        exceptions: source("exceptions.toml", file),
        made_exceptions: source("made.toml", made),
        ..Sources::default()
    };
    let (loaded, findings) = load(&sources, TODAY, vedette_config::Findings::new());
    let found = findings.sorted();
    let found = found.iter().map(|finding| finding.one_line()).collect();
    let loaded = loaded.unwrap_or_else(|| panic!("no policy: {found:?}"));
    let rule = loaded.policy.detection.get("load").unwrap();
    (rule.exceptions.clone(), found)
}

#[test]
fn what_was_made_counts_before_what_the_file_says_and_says_where_it_is_from() {
    let file = OFF.replace("nas-1", "nas-2");
    let (exceptions, found) = of_load(&file, OFF);
    assert!(found.is_empty(), "{found:?}");
    let made: Vec<bool> = exceptions.iter().map(|one| one.is_made).collect();
    assert_eq!(made, [true, false]);
    assert_eq!(exceptions[0].effect, Effect::Off);
}

#[test]
fn one_that_does_not_fit_any_more_is_left_out_and_the_files_are_read() {
    let gone = OFF.replace("\"load\"", "\"gone\"");
    let (exceptions, found) = of_load("", &format!("{gone}{OFF}"));
    assert_eq!(exceptions.len(), 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("an exception that was made is left out"),
        "{found:?}"
    );
    assert!(found[0].contains("warning"), "{found:?}");
    // With a parameter of another kind it must not count at all.
    let odd = OFF.replace("off = true", "set = { nothing = 3 }");
    let (exceptions, found) = of_load("", &odd);
    assert_eq!((exceptions.len(), found.len()), (0, 1), "{found:?}");
}

#[test]
fn one_that_is_over_is_nothing_to_say() {
    let (exceptions, found) = of_load("", &OFF.replace("2026-12-31", "2026-11-01"));
    assert!(exceptions.is_empty() && found.is_empty(), "{found:?}");
}

#[test]
fn they_are_kept_with_the_files_and_are_another_policy() {
    let with = |made: &str| Sources {
        made_exceptions: Some(Source::new("made.toml", made)),
        ..Sources::default()
    };
    let sources = with(OFF);
    let again = Kept::of(&sources).sources();
    assert_eq!(again.made_exceptions.unwrap().text(), OFF);
    assert_ne!(sources.content_hash(), with("").content_hash());
}

#[test]
fn whoever_wants_one_reads_what_is_wrong_with_it_and_not_with_the_files() {
    let config = tempfile::NamedTempFile::new().unwrap();
    let judge = |text: &str| judge_exceptions(Some(config.path()), text, TODAY);
    assert_eq!(judge(OFF), Vec::<String>::new());
    for (text, words) in [
        (OFF.replace("\"load\"", "\"lod\""), "lod"),
        (OFF.replace("2026-12-31", "2028-12-31"), "at most a year"),
        (OFF.replace("2026-12-31", "2026-11-01"), "over"),
        (OFF.replace("a busy machine", "busy"), "a reason has"),
        (
            OFF.replace("off = true", "set = { warn = \"10GiB\" }"),
            "warn",
        ),
    ] {
        let wrong = judge(&text).join("; ");
        assert!(wrong.contains(words), "{words}: {wrong}");
    }
}
