//! Disks of several kernels, over several looks.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::*;

const FIRST: &str = "   7       0 loop0 10 0 80 5 0 0 0 0 0 40 5\n   \
    8       0 sda 100 5 800 250 200 9 1600 500 0 1000 750\n   \
    8       1 sda1 100 5 800 250 200 9 1600 500 0 1000 750\n 253       0 zram0 0 0 0 0 0 0 0 0 0 0 0\n";
const SECOND: &str = "   7       0 loop0 10 0 80 5 0 0 0 0 0 40 5\n   \
    8       0 sda 110 5 880 290 230 9 1700 620 0 6000 950\n   \
    8       1 sda1 110 5 880 290 230 9 1700 620 0 6000 950\n 253       0 zram0 0 0 0 0 0 0 0 0 0 0 0\n";

#[test]
fn only_whole_disks_are_looked_at_and_compared_from_the_second_look_on() {
    let host = Host::new(FIRST);
    let mut disks = host.disks();
    let begun = Instant::now();
    let (looked, seen) = look(&mut disks, begun);
    assert!(matches!(looked, Looked::Partly { why } if why.contains("first look")));
    assert_eq!(seen.len(), 8);
    assert!(
        seen.iter()
            .all(|sample| sample.attributes["device"] == "sda")
    );

    host.shows(SECOND);
    let (looked, seen) = look(&mut disks, begun + Duration::from_secs(10));
    assert_eq!(looked, Looked::Yes);
    let value = |name: &str| seen.iter().find(|sample| sample.name == name).unwrap();
    assert_eq!(value(metric::DISK_UTILIZATION).value, 0.5);
    assert_eq!(value(metric::DISK_QUEUE).value, 0.02);
    assert_eq!(value(metric::DISK_AWAIT).value, 0.004);
    assert_eq!(value(metric::DISK_AWAIT).attributes["rotational"], "1");
}

#[test]
fn a_disk_that_was_pulled_and_put_back_is_not_compared_with_what_it_was() {
    let host = Host::new(FIRST);
    let mut disks = host.disks();
    let begun = Instant::now();
    look(&mut disks, begun);
    host.shows("");
    assert_eq!(
        look(&mut disks, begun + Duration::from_secs(1)),
        (Looked::Yes, Vec::new())
    );
    host.shows(SECOND);
    let (_, seen) = look(&mut disks, begun + Duration::from_secs(2));
    assert_eq!(seen.len(), 8, "counters only");
}

#[test]
fn disks_that_change_places_keep_their_counters() {
    let line = |name: &str, busy: u32| format!("8 0 {name} 1 1 1 1 1 1 1 1 0 {busy} 1\n");
    let host = Host::new(&(line("sda", 0) + &line("sdb", 100)));
    let mut disks = host.disks();
    let begun = Instant::now();
    look(&mut disks, begun);
    host.shows(&(line("sdb", 600) + &line("sda", 250)));
    let (_, seen) = look(&mut disks, begun + Duration::from_secs(1));
    let busy: Vec<_> = seen
        .iter()
        .filter(|sample| sample.name == metric::DISK_UTILIZATION)
        .map(|sample| (sample.attributes["device"].as_str(), sample.value))
        .collect();
    assert_eq!(busy, [("sdb", 0.5), ("sda", 0.25)]);
}

#[test]
fn more_disks_than_a_round_takes_are_counted_and_said() {
    let lines =
        (0..DISKS_MAX + 3).map(|disk| format!("253 {disk} dm-{disk} 1 1 1 1 1 1 1 1 0 1 1\n"));
    let host = Host::new(&lines.collect::<String>());
    let mut disks = host.disks();
    let (looked, seen) = look(&mut disks, Instant::now());
    assert_eq!(seen.len(), 8 * DISKS_MAX);
    assert!(matches!(looked, Looked::Partly { why } if why.contains("3 disks above")));
}

#[test]
fn a_line_nobody_understands_costs_only_itself() {
    let host = Host::new(&format!("8 0 \u{7f} what\n{FIRST}"));
    let (looked, seen) = look(&mut host.disks(), Instant::now());
    assert_eq!(seen.len(), 8);
    assert!(matches!(looked, Looked::Partly { why } if why.contains("not a disk's")));
}

fn look(disks: &mut Disks, now: Instant) -> (Looked, Vec<vedette_wire::Sample>) {
    let mut notes = Notes::default();
    let looked = disks.look_at(now, &mut notes);
    (looked, notes.into_samples())
}

struct Host(tempfile::TempDir);

impl Host {
    fn new(diskstats: &str) -> Host {
        let host = Host(tempfile::tempdir().unwrap());
        for disk in ["sda", "sdb"] {
            host.write(&format!("sys/block/{disk}/queue/rotational"), "1\n");
        }
        for disk in 0..DISKS_MAX + 3 {
            std::fs::create_dir_all(host.0.path().join(format!("sys/block/dm-{disk}"))).unwrap();
        }
        host.shows(diskstats);
        host
    }

    fn shows(&self, diskstats: &str) {
        self.write("proc/diskstats", diskstats);
    }

    fn write(&self, name: &str, text: &str) {
        let path: &Path = &self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn disks(&self) -> Disks {
        Disks {
            proc: Source::new(&self.0.path().join("proc")),
            sys: Source::new(&self.0.path().join("sys")),
            known: Vec::new(),
            asked: Instant::now(),
            before: None,
        }
    }
}
