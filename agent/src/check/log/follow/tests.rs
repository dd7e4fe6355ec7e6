//! Logs that are rotated, truncated, copied, replaced and flooded while they are written.

#![allow(clippy::unwrap_used)]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::tracked::LINE_BYTES_MAX;
use super::*;

/// A folder with logs, and whoever reads them.
struct Desk {
    dir: tempfile::TempDir,
    patterns: Vec<String>,
    files: Files,
    seen: Vec<String>,
}

impl Desk {
    /// Has looked once at what is there: an empty `app.log`.
    fn new(pattern: &str) -> Desk {
        let dir = tempfile::tempdir().unwrap();
        let mut desk = Desk {
            patterns: vec![dir.path().join(pattern).display().to_string()],
            dir,
            files: Files::new(None),
            seen: Vec::new(),
        };
        desk.write("app.log", "");
        desk.look();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Adds to a file, as a program does that has it open for appending.
    fn write(&self, name: &str, text: &str) {
        let mut options = OpenOptions::new();
        let mut file = options
            .append(true)
            .create(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn copy_and_truncate(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).unwrap();
        let file = OpenOptions::new()
            .write(true)
            .open(self.path(from))
            .unwrap();
        file.set_len(0).unwrap();
    }

    fn look_with(&mut self, bytes: u64) -> Sighted {
        let mut budget = Budget {
            bytes,
            until: Instant::now() + Duration::from_secs(60),
        };
        let seen = &mut self.seen;
        let mut take = |_: &Path, line: &[u8]| seen.push(String::from_utf8_lossy(line).into());
        self.files.look(&self.patterns, &mut budget, &mut take)
    }

    fn look(&mut self) -> Sighted {
        self.look_with(u64::MAX)
    }

    /// As a start of the agent after a kill: only what was remembered is left.
    fn restart(&mut self) {
        let json = serde_json::to_vec(&self.files.remembered()).unwrap();
        self.files = Files::new(Some(serde_json::from_slice(&json).unwrap()));
    }

    #[track_caller]
    fn saw(&mut self, expected: &[&str]) {
        self.look();
        assert_eq!(self.seen, expected);
    }
}

#[test]
fn what_was_there_before_is_not_read_and_what_comes_is_read_once() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("app.log"), "old\nhalf ").unwrap();
    let mut desk = Desk {
        patterns: vec![dir.path().join("*.log").display().to_string()],
        dir,
        files: Files::new(None),
        seen: Vec::new(),
    };
    desk.saw(&[]);
    desk.write("app.log", "a line\nnew\nunfin");
    desk.saw(&["new"]);
    desk.write("app.log", "ished\r\n");
    desk.write("other.log", "born\n");
    desk.saw(&["new", "unfinished", "born"]);
    desk.restart();
    desk.saw(&["new", "unfinished", "born"]);
}

#[test]
fn a_rotated_log_is_read_to_its_end_before_the_new_one() {
    for compress in [false, true] {
        let mut desk = Desk::new("app.log");
        desk.write("app.log", "1\n");
        desk.look();
        desk.write("app.log", "2\n");
        desk.rename("app.log", "app.log.1");
        desk.write("app.log.1", "3\n");
        desk.write("app.log", "4\n");
        if compress {
            // What gzip leaves: another file, and the old one gone.
            fs::write(desk.path("app.log.1.gz"), "\x1f\u{8b}").unwrap();
            fs::remove_file(desk.path("app.log.1")).unwrap();
        }
        desk.saw(&["1", "2", "3", "4"]);
    }
}

#[test]
fn who_has_not_heard_of_the_rotation_is_still_read() {
    let mut desk = Desk::new("app.log");
    desk.write("app.log", "1\n");
    desk.rename("app.log", "app.log.1");
    desk.write("app.log", "2\n");
    desk.saw(&["1", "2"]);
    desk.write("app.log.1", "late\n");
    desk.saw(&["1", "2", "late"]);
}

#[test]
fn a_log_that_was_copied_and_truncated_is_read_on_in_the_copy() {
    for pattern in ["app.log", "app.log*"] {
        let mut desk = Desk::new(pattern);
        desk.write("app.log", "1\n");
        desk.look();
        desk.write("app.log", "2\nhalf ");
        desk.copy_and_truncate("app.log", "app.log.1");
        desk.write("app.log", "3\n");
        desk.look();
        desk.write("app.log", "4\n");
        desk.saw(&["1", "2", "3", "4"]);
    }
}

#[test]
fn a_truncated_log_that_has_grown_past_its_place_is_recognised() {
    let mut desk = Desk::new("app.log");
    desk.write("app.log", "1\n");
    desk.look();
    desk.copy_and_truncate("app.log", "app.log.1");
    desk.write("app.log", "2\nand much more\n");
    desk.saw(&["1", "2", "and much more"]);
}

#[test]
fn a_copy_that_is_not_yet_followed_by_a_truncation_is_not_read() {
    let mut desk = Desk::new("app.log*");
    desk.write("app.log", "1\n");
    desk.look();
    desk.write("app.log", "2\n");
    fs::copy(desk.path("app.log"), desk.path("app.log.1")).unwrap();
    desk.saw(&["1", "2"]);
    fs::write(desk.path("app.log"), "").unwrap();
    desk.write("app.log", "3\n");
    desk.saw(&["1", "2", "3"]);
}

#[test]
fn a_new_log_that_begins_like_another_is_not_taken_for_its_copy() {
    let mut desk = Desk::new("*.log");
    desk.write("app.log", "# header\none\n");
    desk.look();
    desk.write("other.log", "# header\n");
    desk.look();
    desk.write("other.log", "two\n");
    desk.write("third.log", "# header\nthree\n");
    desk.look();
    assert!(desk.seen.contains(&"two".to_owned()) && desk.seen.contains(&"three".to_owned()));
}

#[test]
fn two_rotations_between_two_looks_lose_nothing() {
    let mut desk = Desk::new("app.log");
    desk.write("app.log", "1\n");
    desk.look();
    desk.write("app.log", "2\n");
    pause_for_the_clock_of_files();
    desk.rename("app.log", "app.log.1");
    desk.write("app.log", "3\n");
    pause_for_the_clock_of_files();
    desk.rename("app.log.1", "app.log.2");
    desk.rename("app.log", "app.log.1");
    desk.write("app.log", "4\n");
    desk.saw(&["1", "2", "3", "4"]);
}

#[test]
fn a_rotation_while_the_agent_is_down_loses_nothing() {
    let mut desk = Desk::new("app.log");
    desk.write("app.log", "1\n");
    desk.look();
    desk.write("app.log", "2\n");
    desk.restart();
    desk.rename("app.log", "app.log.1");
    desk.write("app.log", "3\n");
    desk.look();
    desk.restart();
    desk.copy_and_truncate("app.log", "app.log.2");
    desk.write("app.log", "4\n");
    desk.saw(&["1", "2", "3", "4"]);
}

#[test]
fn a_copy_that_gives_its_place_to_the_next_one_is_not_read_again() {
    // Copied onto the same name, or onto a new file that got the inode of a removed one.
    for restarts in [false, true] {
        let mut desk = Desk::new("app.log");
        desk.write("app.log", "1\n");
        desk.look();
        desk.write("app.log", "2\n");
        desk.copy_and_truncate("app.log", "app.log.1");
        desk.write("app.log", "3\n4\n");
        desk.saw(&["1", "2", "3", "4"]);
        if restarts {
            desk.restart();
        }
        desk.write("app.log", "5\n");
        desk.copy_and_truncate("app.log", "app.log.1");
        desk.write("app.log", "6\n");
        desk.saw(&["1", "2", "3", "4", "5", "6"]);
    }
}

#[test]
fn a_file_that_is_gone_is_let_go_with_its_last_line() {
    let mut desk = Desk::new("app.log");
    desk.write("app.log", "1\nno end");
    desk.look();
    fs::remove_file(desk.path("app.log")).unwrap();
    let sighted = desk.look();
    assert_eq!(desk.seen, ["1", "no end"]);
    assert_eq!(sighted.unread.len(), 1, "{:?}", sighted.unread);
    assert!(desk.files.tracked.is_empty(), "its space is free");
}

#[test]
fn an_endless_line_is_cut_and_the_next_one_is_whole() {
    let mut desk = Desk::new("app.log");
    desk.write("app.log", &"x".repeat(10 * LINE_BYTES_MAX));
    desk.look();
    desk.write("app.log", &"y".repeat(10));
    desk.look();
    desk.restart();
    desk.write("app.log", "end\nnext\n");
    desk.look();
    assert_eq!(desk.seen.len(), 2);
    assert_eq!(desk.seen[0].len(), LINE_BYTES_MAX);
    assert_eq!(desk.seen[1], "next");
}

#[test]
fn a_flood_is_read_look_by_look_and_said() {
    let mut desk = Desk::new("app.log");
    let lines: String = (0..50_000).map(|number| format!("{number}\n")).collect();
    desk.write("app.log", &lines);
    let sighted = desk.look_with(1);
    assert!(sighted.behind > 100_000, "{sighted:?}");
    while desk.look_with(1).behind > 0 {}
    assert_eq!(desk.seen.len(), 50_000);
    assert_eq!(desk.seen[49_999], "49999");
}

#[test]
fn what_is_no_plain_file_is_not_waited_for() {
    let mut desk = Desk::new("*.log");
    let fifo = desk.path("pipe.log");
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, kind, rustix::fs::Mode::RWXU, 0).unwrap();
    fs::create_dir(desk.path("dir.log")).unwrap();
    desk.write("app.log", "1\n");
    desk.saw(&["1"]);
}

#[test]
fn there_is_a_bound_to_files_and_to_those_that_stay_open() {
    let mut desk = Desk::new("*.log");
    for number in 0..FILES_MAX * 2 {
        desk.write(&format!("{number}.log"), "x\n");
    }
    desk.look();
    assert!(desk.files.tracked.len() <= FILES_MAX + 1);
    let open = desk
        .files
        .tracked
        .iter()
        .filter(|tracked| tracked.file.is_some());
    assert_eq!(open.count(), OPEN_MAX);
}

/// File systems stamp files by a clock that ticks a few times in ten milliseconds; waits for
/// its next tick.
fn pause_for_the_clock_of_files() {
    let dir = tempfile::tempdir().unwrap();
    let stamp = || {
        fs::write(dir.path().join("tick"), "x").unwrap();
        fs::metadata(dir.path().join("tick"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let first = stamp();
    while stamp() == first {}
}

/// What may happen to a log between two looks.
#[derive(Debug, Clone, Copy)]
enum Step {
    Write,
    WriteHalf,
    Rename,
    CopyAndTruncate,
    Look,
    Restart,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is done to a log, every line is seen once.
    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(
        steps in proptest::collection::vec(
            prop_oneof![
                4 => Just(Step::Write),
                2 => Just(Step::WriteHalf),
                1 => Just(Step::Rename),
                1 => Just(Step::CopyAndTruncate),
                3 => Just(Step::Look),
                1 => Just(Step::Restart),
            ],
            1..16,
        ),
        all_names: bool,
    ) {
        let mut desk = Desk::new(if all_names { "app.log*" } else { "app.log" });
        let mut number = 0;
        let mut written = Vec::new();
        let mut half = String::new();
        let mut line = || {
            number += 1;
            format!("line {number}")
        };
        desk.write("app.log", "begin\n");
        written.push("begin".to_owned());
        desk.look();
        for (round, step) in steps.into_iter().enumerate() {
            match step {
                Step::Write => {
                    let text = line();
                    desk.write("app.log", &format!("{text}\n"));
                    written.push(format!("{}{text}", std::mem::take(&mut half)));
                }
                Step::WriteHalf => {
                    let text = line();
                    desk.write("app.log", &text);
                    half.push_str(&text);
                }
                // A program that is told to reopen its log ends its line first.
                Step::Rename | Step::CopyAndTruncate => {
                    let text = line();
                    desk.write("app.log", &format!("{text}\n"));
                    written.push(format!("{}{text}", std::mem::take(&mut half)));
                    // Nobody rotates twice within one tick.
                    pause_for_the_clock_of_files();
                    let name = format!("app.log.{round}");
                    match step {
                        Step::Rename => desk.rename("app.log", &name),
                        _ => desk.copy_and_truncate("app.log", &name),
                    }
                    // Without a look in between, a file that is empty again could be the
                    // one before.
                    let text = line();
                    desk.write("app.log", &format!("{text}\n"));
                    written.push(text);
                }
                Step::Look => {
                    desk.look();
                }
                Step::Restart => desk.restart(),
            }
        }
        desk.look();
        // What came within one tick of the clock of files may come in another order.
        written.sort();
        desk.seen.sort();
        prop_assert_eq!(&desk.seen, &written);
    }
}
