//! A journal that is long, binary, broken, gone, and not there; and this host's own.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

/// A `journalctl` that writes down how it was called and then does what `script` says.
fn stub(dir: &Path, script: &str) -> Programs {
    let path = dir.join("journalctl");
    let called = dir.join("called");
    let head = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$*\" >> {}\n",
        called.display()
    );
    fs::write(&path, format!("{head}{script}")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Programs::below(dir)
}

fn entry(number: u64, message: &str) -> String {
    format!(
        r#"{{"__CURSOR":"c{number}","__REALTIME_TIMESTAMP":"{}","MESSAGE":{message},"SYSLOG_IDENTIFIER":"app"}}"#,
        1_000_000 + number
    )
}

fn read(cursor: &mut Cursor, programs: &Programs) -> (Vec<String>, Result<(), String>) {
    let mut lines = Vec::new();
    let mut take = |line: &str| lines.push(line.to_owned());
    let until = Instant::now() + Duration::from_secs(20);
    let settings = JournalSettings {
        units: vec!["app.service".to_owned()],
        priority: Some(4),
    };
    let mut sighted = Sighted::default();
    let result = cursor.read(&settings, programs, until, (&mut take, &mut sighted));
    (lines, result)
}

#[test]
fn the_first_look_begins_now_and_the_next_behind_the_last_entry() {
    let dir = tempfile::tempdir().unwrap();
    let script = format!(
        "cat <<'END'\n{}\n{}\nEND\n",
        entry(1, "\"one\""),
        entry(2, "\"two\"")
    );
    let programs = stub(dir.path(), &script);
    let mut cursor = Cursor::from_now(1_000);
    assert_eq!(
        read(&mut cursor, &programs),
        (vec!["app: one".to_owned(), "app: two".to_owned()], Ok(()))
    );
    stub(dir.path(), "");
    assert_eq!(read(&mut cursor, &programs), (Vec::new(), Ok(())));
    let called = fs::read_to_string(dir.path().join("called")).unwrap();
    let calls: Vec<&str> = called.lines().collect();
    assert!(
        calls[0].contains("--since=@1 --unit=app.service --priority=4"),
        "{called}"
    );
    assert!(calls[1].contains("--after-cursor=c2"), "{called}");
}

#[test]
fn messages_of_every_form_are_lines_and_what_is_no_entry_is_skipped() {
    let dir = tempfile::tempdir().unwrap();
    let entries = [
        entry(1, "\"text\""),
        entry(2, "[104, 105, 255]"),
        entry(3, "null"),
        entry(4, "[\"first\", \"second\"]"),
        "rubbish {".to_owned(),
        entry(5, "{\"a\": 1}"),
        entry(6, "\"last\""),
    ];
    let script = format!("cat <<'END'\n{}\nEND\n", entries.join("\n"));
    let mut cursor = Cursor::from_now(1_000);
    let (lines, result) = read(&mut cursor, &stub(dir.path(), &script));
    assert_eq!(result, Ok(()));
    let expected = [
        "app: text",
        "app: hi\u{fffd}",
        "app: ",
        "app: first",
        "app: ",
        "app: last",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_cursor_that_is_worth_nothing_is_replaced_by_the_time() {
    let dir = tempfile::tempdir().unwrap();
    let script = format!(
        "case \"$*\" in *after-cursor*) echo 'Failed to seek to cursor: Invalid argument' >&2; exit 1;; esac\n\
         cat <<'END'\n{}\n{}\nEND\n",
        entry(1, "\"read already\""),
        entry(2, "\"new\""),
    );
    let mut cursor = Cursor {
        after: Some("gone".to_owned()),
        time_us: 1_000_001,
        blind: None,
    };
    let (lines, result) = read(&mut cursor, &stub(dir.path(), &script));
    assert_eq!((lines, result), (vec!["app: new".to_owned()], Ok(())));
}

#[test]
fn a_long_journal_is_read_in_pieces_and_each_entry_once() {
    let dir = tempfile::tempdir().unwrap();
    // Goes on where it is told to, as journalctl does.
    let script = r#"
from=0
for word in "$@"; do case "$word" in --after-cursor=c*) from=${word#--after-cursor=c};; esac; done
awk -v from="$from" 'BEGIN { for (n = from + 1; n <= 9000; n++)
  printf "{\"__CURSOR\":\"c%d\",\"__REALTIME_TIMESTAMP\":\"%d\",\"MESSAGE\":\"%d %s\"}\n", n, 2000000 + n, n, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" }'
"#;
    let mut cursor = Cursor::from_now(1_000);
    let (lines, result) = read(&mut cursor, &stub(dir.path(), script));
    assert_eq!(result, Ok(()));
    let numbers: Vec<u32> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(numbers, (1..=9_000).collect::<Vec<_>>());
}

#[test]
fn what_keeps_it_from_being_read_is_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let mut cursor = Cursor::from_now(0);
    let none = Programs::below(dir.path());
    let why = read(&mut cursor, &none).1.unwrap_err();
    assert!(why.contains("journalctl is not installed"), "{why}");
    let programs = stub(
        dir.path(),
        "echo 'No journal files were opened' >&2; exit 1",
    );
    let why = read(&mut cursor, &programs).1.unwrap_err();
    assert!(why.contains("No journal files"), "{why}");
    for (said, part) in [
        ("No journal files were found.", "No journal files"),
        (
            "Hint: You are currently not seeing messages from other users.",
            "group systemd-journal",
        ),
    ] {
        let programs = stub(dir.path(), &format!("echo '{said}' >&2"));
        let why = read(&mut cursor, &programs).1.unwrap_err();
        assert!(why.contains(part), "{why}");
    }
    let programs = stub(dir.path(), "head -c 2000000 /dev/zero");
    let why = read(&mut cursor, &programs).1.unwrap_err();
    assert!(why.contains("longer than can be read"), "{why}");
}
