//! Reports that are read again, removed in time, and forged.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;
use crate::job::report::{End, Report, What};

const RUN: Uuid = Uuid::from_u128(42);

/// A made-up host with a job `backup`.
struct Host {
    dir: tempfile::TempDir,
    surroundings: Surroundings,
}

impl Host {
    fn new() -> Host {
        let dir = tempfile::tempdir().unwrap();
        let text = "[[job]]\nname = \"backup\"\n[[job]]\nname = \"theirs\"\nuser = \"nobody\"";
        let source = vedette_config::Source::new("agent.toml", text);
        let (config, findings) = vedette_config::AgentConfig::from_sources(&[source]);
        let surroundings = Surroundings {
            settings: InForce::for_ever(config.unwrap_or_else(|| panic!("{findings}"))),
            ..Surroundings::fixture(dir.path())
        };
        fs::create_dir_all(dir.path().join("etc")).unwrap();
        fs::write(
            dir.path().join("etc/passwd"),
            "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
        )
        .unwrap();
        Host { dir, surroundings }
    }

    /// An agent that has just started: nothing is waited for.
    fn restarted(&self) -> Host {
        let dir = tempfile::tempdir().unwrap();
        Host {
            surroundings: Surroundings {
                receipts: Arc::default(),
                ..self.surroundings.clone()
            },
            dir,
        }
    }

    fn folder(&self) -> Folder {
        Folder::at(&self.surroundings.jobs_dir)
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.surroundings.jobs_dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn look(probe: &mut Box<dyn Probe>) -> (Looked, Notes) {
    let mut notes = Notes::default();
    let looked = probe.look(&mut notes);
    (looked, notes)
}

fn started(job: &str) -> Report {
    Report {
        job: job.to_owned(),
        run: RUN,
        started_wall_ms: HostClock.now().wall_ms,
        what: What::Started { reporter: None },
    }
}

fn ended(job: &str) -> Report {
    Report {
        what: What::Ended(End {
            took_ms: 7,
            exit_code: Some(0),
            signal: None,
            lines: vec!["done".to_owned()],
        }),
        ..started(job)
    }
}

#[test]
fn the_folder_is_open_to_writers_and_closed_to_readers() {
    let host = Host::new();
    fs::create_dir(&host.surroundings.jobs_dir).unwrap();
    let mut probe = build(&host.surroundings);
    assert_eq!(look(&mut probe).0, Looked::Yes);
    let mode = fs::metadata(&host.surroundings.jobs_dir).unwrap().mode();
    assert_eq!(mode & 0o7777, 0o1733);
    host.folder().leave(&started("backup")).unwrap();
    let file = host.surroundings.jobs_dir.join(&host.files()[0]);
    let mode = fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "the agent is another user");
}

#[test]
fn a_report_stays_until_its_event_is_in_the_spool() {
    let host = Host::new();
    let mut probe = build(&host.surroundings);
    look(&mut probe);
    host.folder().leave(&started("backup")).unwrap();
    host.folder().leave(&ended("backup")).unwrap();
    let (looked, first) = look(&mut probe);
    assert_eq!((looked, first.events().len()), (Looked::Yes, 2));
    let (_, again) = look(&mut probe);
    assert_eq!((again.events().len(), host.files().len()), (0, 2), "once");

    // Killed before anything was in the spool.
    let next = host.restarted();
    let (_, told) = look(&mut build(&next.surroundings));
    assert_eq!(told.events(), first.events(), "the same under the same ids");

    for event in first.events() {
        host.surroundings.receipts.keep(event.id.parse().unwrap());
    }
    let (_, notes) = look(&mut probe);
    assert!(notes.events().is_empty() && host.files().is_empty());
    assert!(!host.surroundings.receipts.is_awaited());
}

#[test]
fn success_is_remembered_by_the_next_start_of_the_agent() {
    let host = Host::new();
    let mut probe = build(&host.surroundings);
    look(&mut probe);
    let age = |notes: &Notes| {
        let of = |sample: &&vedette_wire::Sample| {
            sample.name == metric::JOB_USUAL_RUNTIME && sample.attributes["job"] == "backup"
        };
        notes.samples().iter().find(of).map(|sample| sample.value)
    };
    host.folder().leave(&ended("backup")).unwrap();
    let (_, notes) = look(&mut probe);
    assert_eq!(age(&notes), Some(0.007));
    fs::remove_file(host.surroundings.jobs_dir.join(&host.files()[0])).unwrap();
    let (_, notes) = look(&mut build(&host.restarted().surroundings));
    assert_eq!(age(&notes), Some(0.007));
}

#[test]
fn rubbish_is_removed_and_costs_the_good_ones_nothing() {
    let host = Host::new();
    let mut probe = build(&host.surroundings);
    look(&mut probe);
    let dir = &host.surroundings.jobs_dir;
    let name = |number: u128| dir.join(format!("{}.end", Uuid::from_u128(number)));
    let secret = host.dir.path().join("secret");
    fs::write(&secret, ended("backup").to_bytes()).unwrap();
    symlink(&secret, name(1)).unwrap();
    fs::hard_link(&secret, name(2)).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        name(3),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    fs::create_dir(name(4)).unwrap();
    fs::write(name(5), vec![b' '; 200_000]).unwrap();
    fs::write(name(6), b"\xff\xfe").unwrap();
    fs::write(dir.join("hello"), "").unwrap();
    fs::write(dir.join(".begun"), "").unwrap();
    host.folder().leave(&ended("backup")).unwrap();

    let (looked, notes) = look(&mut probe);
    assert_eq!(looked, Looked::Yes);
    assert_eq!(notes.events().len(), 1, "{:?}", notes.events());
    assert_eq!(host.files().len(), 2, "the good one and the unfinished one");
    assert!(secret.exists());
}

#[test]
fn a_flood_of_reports_is_taken_in_look_by_look() {
    let host = Host::new();
    let mut probe = build(&host.surroundings);
    look(&mut probe);
    for _ in 0..REPORTS_MAX + 1 {
        host.folder()
            .leave(&Report {
                run: Uuid::new_v4(),
                ..ended("unheard-of")
            })
            .unwrap();
    }
    assert_eq!(look(&mut probe).1.events().len(), REPORTS_MAX);
    assert_eq!(look(&mut probe).1.events().len(), 1);
}

#[test]
fn only_its_user_speaks_for_a_job_that_has_one() {
    let host = Host::new();
    let mut probe = build(&host.surroundings);
    look(&mut probe);
    host.folder().leave(&ended("theirs")).unwrap();
    let (_, notes) = look(&mut probe);
    let vedette_wire::EventKind::JobEnded { lines, .. } = &notes.events()[0].kind else {
        panic!("{:?}", notes.events());
    };
    let is_nobody = rustix::process::geteuid().as_raw() == 65_534;
    assert_eq!(lines.len() == 1, is_nobody, "{lines:?}");
}

#[test]
fn the_host_has_been_awake_since_it_booted_or_woke() {
    let at = |wall_ms, mono_ms| Stamp { wall_ms, mono_ms };
    let mut awake = Awake::default();
    assert_eq!(awake.since_wall_ms(at(100_000, 40_000), 9_000), 60_000);
    assert_eq!(awake.since_wall_ms(at(110_000, 50_000), 9_000), 60_000);
    assert_eq!(awake.since_wall_ms(at(900_000, 840_000), 500_000), 900_000);
    assert_eq!(awake.since_wall_ms(at(910_000, 850_000), 500_000), 900_000);
}

#[test]
fn a_user_is_known_by_name() {
    let host = Host::new();
    let passwd = host.dir.path().join("etc/passwd");
    assert_eq!(user_number(&passwd, "nobody"), Some(65_534));
    assert_eq!(user_number(&passwd, "no"), None);
    assert_eq!(user_number(Path::new("/nowhere"), "root"), None);
}
