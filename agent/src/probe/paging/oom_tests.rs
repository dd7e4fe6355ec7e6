//! Kills that are counted, and one that is real.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vedette_wire::Event;

use super::*;
use crate::probe::paging;

const BOOT: &str = "11111111-1111-4111-8111-111111111111";
const NEXT_BOOT: &str = "22222222-2222-4222-8222-222222222222";

#[test]
fn what_was_killed_before_the_agent_ever_looked_is_not_news() {
    let host = Host::new(BOOT);
    assert_eq!(host.agent().look(3), []);
    assert_eq!(host.agent().look(3), []);
}

#[test]
fn an_agent_that_was_away_tells_it_once_when_it_is_back() {
    let host = Host::new(BOOT);
    host.agent().look(0);
    host.log("3,1,1000,-;Out of memory: Killed process 7 (java) total-vm:1kB\n");
    let mut agent = host.agent();
    let told = agent.look(1);
    assert_eq!(told, [("java".to_owned(), 1)]);
    assert_eq!(agent.look(1), []);
    host.acknowledge(&agent);
    agent.look(1);
    assert_eq!(host.agent().look(1), []);
}

#[test]
fn kill_9_before_it_was_acknowledged_repeats_the_same_event() {
    let host = Host::new(BOOT);
    host.agent().look(0);
    host.log("3,1,1000,-;Killed process 7 (java) total-vm:1kB\n");
    let mut first = host.agent();
    first.look(1);
    let mut second = host.agent();
    second.look(1);
    assert_eq!(first.told, second.told, "id and all");
    assert_eq!(second.told.len(), 1);
}

#[test]
fn a_new_boot_counts_from_nothing() {
    let host = Host::new(BOOT);
    host.agent().look(5);
    host.boots(NEXT_BOOT);
    assert_eq!(host.agent().look(0), []);
    host.boots(BOOT);
    let mut agent = host.agent();
    agent.look(2);
    assert_eq!(
        agent.look(2),
        [(String::new(), 2)],
        "with a log that says nothing"
    );
}

#[test]
fn a_log_that_is_behind_the_count_is_waited_for_once() {
    let host = Host::new(BOOT);
    let mut agent = host.agent();
    agent.look(0);
    assert_eq!(agent.look(1), []);
    host.log("3,1,1000,-;Killed process 7 (java) total-vm:1kB\n");
    assert_eq!(agent.look(1), [("java".to_owned(), 1)]);
}

#[test]
fn of_many_kills_each_name_is_told_once_and_the_count_is_right() {
    let host = Host::new(BOOT);
    host.log("3,1,10,-;Killed process 7 (old) total-vm:1kB\n");
    let mut agent = host.agent();
    agent.look(1);
    let lines: String = ["a", "b", "a", "c", "d", "e", "f"]
        .iter()
        .enumerate()
        .map(|(number, name)| {
            format!(
                "3,1,{},-;Killed process 7 ({name}) total-vm:1kB\n",
                20 + number
            )
        })
        .collect();
    host.log(&lines);
    assert_eq!(agent.look(8), [("a, b, c, d, e".to_owned(), 7)]);
    assert_eq!(agent.look(9), [], "told in steps");
}

/// A child that takes all it can in a cgroup with 16 MB is killed by the kernel.
#[test]
fn a_child_allocated_to_death_raises_the_counter_and_is_one_event() {
    let Some(group) = Group::new() else {
        return;
    };
    let memory = tempfile::tempdir().unwrap();
    let surroundings = Surroundings {
        memory: Some(memory.path().to_owned()),
        ..Surroundings::here(Default::default())
    };
    let mut probe = paging::build(&surroundings);
    let mut notes = Notes::default();
    probe.look(&mut notes);
    let before = kills(&notes);
    assert_eq!(notes.events(), []);

    let script = format!(
        "echo $$ > '{}' && exec tail /dev/zero",
        group.0.join("cgroup.procs").display()
    );
    let status = Command::new("sh").args(["-c", &script]).status().unwrap();
    assert!(!status.success(), "it was killed");

    let mut notes = Notes::default();
    probe.look(&mut notes);
    probe.look(&mut notes);
    assert!(kills(&notes) > before);
    let [event] = notes.events() else {
        panic!("{:?}", notes.events());
    };
    // Without a log that may be read, nobody knows the name. Others on this machine may be
    // killed as well.
    let EventKind::OomKill { victim, kills } = &event.kind else {
        panic!("{event:?}");
    };
    assert!(*kills >= 1);
    match fs::File::open("/dev/kmsg") {
        Ok(_) => assert!(victim.contains("tail"), "{victim}"),
        Err(error) => eprintln!("not tried: the name of the victim, for want of a log: {error}"),
    }

    let mut restarted = paging::build(&surroundings);
    let mut notes = Notes::default();
    restarted.look(&mut notes);
    let again: Vec<&str> = notes
        .events()
        .iter()
        .map(|event| event.id.as_str())
        .collect();
    assert_eq!(
        again,
        [event.id.as_str()],
        "not acknowledged, so the same one again"
    );
}

fn kills(notes: &Notes) -> f64 {
    let of = |sample: &&vedette_wire::Sample| sample.name == vedette_wire::metric::OOM_KILLS;
    notes.samples().iter().rfind(of).unwrap().value
}

/// A memory cgroup of this test, gone with it.
struct Group(PathBuf);

impl Group {
    fn new() -> Option<Group> {
        let skipped = |why: &str| {
            eprintln!("skipped: {why}");
            None
        };
        if !rustix::process::getuid().is_root() {
            return skipped("a memory cgroup can be made by root only");
        }
        if fs::read_to_string("/proc/sys/vm/panic_on_oom").is_ok_and(|set| set.trim() != "0") {
            return skipped("this kernel panics when it is out of memory");
        }
        if !fs::read_to_string("/proc/vmstat").is_ok_and(|all| all.contains("oom_kill ")) {
            return skipped("this kernel does not count what it kills");
        }
        let own = format!("vedette-test-{}", std::process::id());
        for (root, limit) in [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
            ("/sys/fs/cgroup/unified", "memory.max"),
        ] {
            let group = Group(Path::new(root).join(&own));
            if fs::create_dir(&group.0).is_ok() && fs::write(group.0.join(limit), "16M").is_ok() {
                // Swap would only put it off; not every kernel counts it.
                for swap in ["memory.memsw.limit_in_bytes", "memory.swap.max"] {
                    let size = if swap.contains("memsw") { "16M" } else { "0" };
                    let file = group.0.join(swap);
                    let _ = file.exists().then(|| fs::write(file, size));
                }
                return Some(group);
            }
        }
        skipped("there is no memory controller of cgroups")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Its last process may take a moment to leave.
        for _ in 0..1_000 {
            if !self.0.exists() || fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::yield_now();
        }
    }
}

struct Host {
    root: tempfile::TempDir,
    surroundings: Surroundings,
}

/// One run of the agent.
struct Agent {
    oom: Oom,
    told: Vec<Event>,
}

impl Host {
    fn new(boot: &str) -> Host {
        let root = tempfile::tempdir().unwrap();
        let host = Host {
            surroundings: Surroundings::fixture(root.path()),
            root,
        };
        host.boots(boot);
        host.log("");
        host
    }

    fn boots(&self, boot: &str) {
        self.write("proc/sys/kernel/random/boot_id", boot);
    }

    fn log(&self, records: &str) {
        self.write("dev/kmsg", records);
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn acknowledge(&self, agent: &Agent) {
        for event in &agent.told {
            self.surroundings
                .receipts
                .acknowledge(event.id.parse().unwrap());
        }
    }

    fn agent(&self) -> Agent {
        Agent {
            oom: Oom::new(&self.surroundings),
            told: Vec::new(),
        }
    }
}

impl Agent {
    fn look(&mut self, kills: u64) -> Vec<(String, u64)> {
        let mut notes = Notes::default();
        self.oom.look(kills, &mut notes).unwrap();
        self.told.extend(notes.events().iter().cloned());
        let kinds = notes.events().iter().map(|event| match &event.kind {
            EventKind::OomKill { victim, kills } => (victim.clone(), *kills),
            other => panic!("{other:?}"),
        });
        kinds.collect()
    }
}
