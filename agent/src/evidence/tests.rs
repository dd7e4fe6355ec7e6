//! Questions of a collector, asked of a made-up host.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::*;
use crate::probe::fixture::Fixture;

#[tokio::test(start_paused = true)]
async fn top_processes_are_found_in_two_looks() {
    let host = Host::new();
    host.write(
        "proc/7/stat",
        "7 (java) S 1 7 7 0 -1 1 1 2 3 4 100 50 0 0 20 0 1 0 30 1 5 1",
    );
    host.write("proc/7/status", "VmRSS: 2048 kB\n");
    let [(ask, lines)] = &host.answers([("one", Wanted::TopProcesses)]).await[..] else {
        panic!("one answer");
    };
    assert_eq!(ask, "one");
    assert_eq!(lines[2], "   2.0 MiB  pid 7  java");
}

#[tokio::test]
async fn the_same_question_is_answered_once() {
    let host = Host::new();
    let lines = |unit: &str| Wanted::LastLines {
        unit: unit.to_owned(),
    };
    let asks = [
        ("one", lines("a.service")),
        ("one", lines("a.service")),
        ("", lines("a.service")),
        ("two", lines("b.service")),
    ];
    let asked: Vec<String> = host
        .answers(asks)
        .await
        .into_iter()
        .map(|(ask, _)| ask)
        .collect();
    assert_eq!(asked, ["one", "two"]);
}

#[tokio::test]
async fn a_question_of_a_newer_collector_is_not_answered() {
    assert_eq!(Host::new().answers([("one", Wanted::Unknown)]).await, []);
}

#[tokio::test]
async fn folders_are_looked_into_only_where_a_file_system_is_mounted() {
    let host = Host::new();
    let data = host.0.path("data");
    host.write("data/folder/file", &"x".repeat(100_000));
    let mounted = format!("22 1 8:1 / {} rw - ext4 /dev/sda1 rw\n", data.display());
    host.write("proc/self/mountinfo", &mounted);
    let folders = |path: &Path| Wanted::LargestFolders {
        mountpoint: path.to_str().unwrap().to_owned(),
    };
    let asks = [
        ("one", folders(&data)),
        ("two", folders(&data.join("folder"))),
        ("three", folders("/etc".as_ref())),
    ];
    let answers = host.answers(asks).await;
    assert!(answers[0].1[1].ends_with("/data/folder"), "{answers:?}");
    for (_, lines) in &answers[1..] {
        assert_eq!(
            lines,
            &["could not be found out: no file system is mounted there"]
        );
    }
}

#[tokio::test]
async fn the_journal_is_asked_for_units_and_for_nothing_else() {
    let host = Host::new();
    host.program("journalctl", "echo \"asked: $*\"; printf 'a \\033[31mred\\tline\\n'; head -c 2000 /dev/zero | tr '\\0' x");
    let lines = |unit: &str| Wanted::LastLines {
        unit: unit.to_owned(),
    };
    let asks = [
        ("one", lines("nginx@a.service")),
        ("two", lines("a.service --since=now")),
        ("three", lines("*.service")),
        ("four", lines("")),
    ];
    let answers = host.answers(asks).await;
    assert!(
        answers[0].1[0].ends_with("--unit=nginx@a.service"),
        "{answers:?}"
    );
    assert_eq!(answers[0].1[1], "a  [31mred line");
    assert!(answers[0].1[2].len() <= LINE_MAX);
    for (_, lines) in &answers[1..] {
        assert_eq!(
            lines,
            &["could not be found out: this is no name of a unit"]
        );
    }
}

#[tokio::test]
async fn what_cannot_be_found_out_is_said_in_the_answer() {
    let host = Host::new();
    let lines = || Wanted::LastLines {
        unit: "a.service".to_owned(),
    };
    let missing = host.answers([("one", lines())]).await;
    assert!(
        missing[0].1[0].contains("journalctl is not installed"),
        "{missing:?}"
    );
    host.program("journalctl", "true");
    let empty = host.answers([("one", lines())]).await;
    assert!(empty[0].1[0].contains("no lines"), "{empty:?}");
    host.0.remove("proc");
    let processes = host.answers([("one", Wanted::TopProcesses)]).await;
    assert!(
        processes[0].1[0].contains("cannot be listed"),
        "{processes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_makes_the_next_one_say_so() {
    let host = Host::new();
    let mounted = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
    host.write("proc/self/mountinfo", mounted);
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let board = Arc::new(Board::default());
    let mut evidence = Evidence::new(host.surroundings(), Arc::clone(&board));
    evidence.hanging = Some(tokio::task::spawn_blocking(move || {
        let _ = wait.recv();
        Vec::new()
    }));
    let why = evidence.largest_folders("/".to_owned()).await.unwrap_err();
    assert!(why.contains("has not returned"), "{why}");
    release.send(()).unwrap();
}

#[test]
fn sizes_are_shown_in_the_unit_people_would_choose() {
    let cases = [
        (512.0, "0.5 KiB"),
        (1024.0, "1.0 KiB"),
        (1_610_612_736.0, "1.5 GiB"),
        (5e15, "4547.5 TiB"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(size(bytes), expected);
    }
}

struct Host(Fixture);

impl Host {
    fn new() -> Host {
        let host = Host(Fixture::new(""));
        host.write("proc/uptime", "1 1");
        host
    }

    fn surroundings(&self) -> Surroundings {
        self.0.surroundings()
    }

    fn write(&self, name: &str, text: &str) {
        self.0.write(name, text.as_bytes());
    }

    fn program(&self, name: &str, script: &str) {
        let script = format!("PATH=/usr/bin:/bin\n{script}\n");
        self.0.program(name, &script);
    }

    /// Ids and lines of what was answered.
    async fn answers<const N: usize>(
        &self,
        asks: [(&str, Wanted); N],
    ) -> Vec<(String, Vec<String>)> {
        let board = Arc::new(Board::default());
        let evidence = Evidence::new(self.surroundings(), Arc::clone(&board));
        let (sender, receiver) = mpsc::channel(N.max(1));
        for (id, what) in asks {
            let id = id.to_owned();
            sender.send(Ask { id, what }).await.unwrap();
        }
        drop(sender);
        evidence.run(receiver).await;
        let events = board.take(0, 0).events.into_iter();
        let answers = events.map(|event| match event.kind {
            EventKind::Evidence { ask, lines } => (ask, lines),
            other => panic!("{other:?}"),
        });
        answers.collect()
    }
}
