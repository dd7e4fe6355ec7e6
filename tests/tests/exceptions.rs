//! An exception that somebody makes counts at once, is listed with those of the files, and outlasts
//! a restart and a reload.

use vedette_tests::collector::{Collector, Options};
use vedette_tests::command::vedette;

const OF_THE_FILE: &str = "[[exception]]\nrule = \"load\"\nmatch = ['host=\"nas-2\"']\noff = true\nwhy = \"a busy machine\"\nowner = \"ops1\"\nuntil = 2099-01-01\n";

#[track_caller]
fn check(collector: &Collector, arguments: &[&str], code: i32, words: &[&str]) {
    let said = vedette(collector, arguments);
    assert_eq!(said.code, Some(code), "{arguments:?}: {}", said.all());
    for word in words {
        let all = said.all();
        assert!(all.contains(word), "{arguments:?}: {word:?} in {all}");
    }
}

/// The day in so many days, as it is typed.
fn day(days: i64) -> String {
    let today = jiff::Zoned::now().date();
    today
        .checked_add(jiff::Span::new().days(days))
        .expect("there is such a day")
        .to_string()
}

#[test]
fn an_exception_is_made_listed_kept_and_ended() {
    let file = OF_THE_FILE.replace("2099-01-01", &day(300));
    let mut collector = Collector::start(&Options::default().file("exceptions.toml", &file));
    let until = day(10);
    let add = |what: &[&'static str]| -> Vec<String> {
        let all = [
            "exception",
            "add",
            "filesystem-space",
            "host=\"nas-1\"",
            "--until",
        ];
        let all = all.iter().copied().chain([until.as_str()]);
        let all = all.chain([
            "--owner",
            "ops1",
            "--why",
            "backup volume is meant to be full",
        ]);
        all.chain(what.iter().copied()).map(str::to_owned).collect()
    };
    let run = |collector: &Collector, what: &[&'static str], code: i32, words: &[&str]| {
        let typed = add(what);
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        check(collector, &typed, code, words);
    };
    run(
        &collector,
        &["--set", "warn_used=0.98"],
        0,
        &["is different where host=\"nas-1\""],
    );
    let listed = [
        "nas-1",
        "warn_used 0.98",
        "command",
        "nas-2",
        "off",
        "file",
        "1 of them ends within 14 days",
    ];
    check(&collector, &["exception", "list"], 0, &listed);
    check(&collector, &["rule", "list"], 0, &["exception 1"]);
    collector.program().wait_printed("exception_ends_soon");
    // Another one in its place, and one that makes no sense.
    run(&collector, &["--set", "warn_used=0.97"], 0, &[]);
    run(&collector, &["--set", "warn_usd=0.97"], 2, &["warn_used"]);
    run(&collector, &[], 2, &["--off"]);
    collector.stop();
    collector.start_again();
    check(
        &collector,
        &["exception", "list"],
        0,
        &["warn_used 0.97", "nas-2"],
    );
    let end = ["exception", "end", "filesystem-space", "host=\"nas-1\""];
    check(&collector, &end, 0, &["is as it was"]);
    check(
        &collector,
        &end,
        2,
        &["exception of this rule and these matchers"],
    );
    let left = vedette(&collector, &["exception", "list"]).all();
    assert!(!left.contains("nas-1") && left.contains("nas-2"), "{left}");
}
