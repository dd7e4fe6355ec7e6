//! All probes together, on a `/proc` that is healthy, hostile or not there.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use proptest::prelude::*;
use vedette_wire::metric;

use super::*;

const FILES: &[(&str, &str)] = &[
    ("uptime", "4711.08 9000.00\n"),
    ("loadavg", "0.10 0.20 0.30 1/200 4711\n"),
    (
        "stat",
        "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n\
         processes 9\nprocs_running 2\nprocs_blocked 0\n",
    ),
    (
        "meminfo",
        "MemTotal: 1000 kB\nMemAvailable: 500 kB\nSwapTotal: 10 kB\nSwapFree: 5 kB\n",
    ),
    ("1/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"),
    (
        "pressure/cpu",
        "some avg10=1.00 avg60=2.00 avg300=3.00 total=4\n",
    ),
    (
        "pressure/memory",
        "some avg10=1.00 avg60=2.00 avg300=3.00 total=4\nfull avg10=1.00 avg60=2.00 avg300=3.00 total=4\n",
    ),
    (
        "pressure/io",
        "some avg10=1.00 avg60=2.00 avg300=3.00 total=4\nfull avg10=1.00 avg60=2.00 avg300=3.00 total=4\n",
    ),
    (
        "vmstat",
        "pswpin 1\npswpout 2\npgfault 30\npgmajfault 4\noom_kill 0\n",
    ),
    (
        "diskstats",
        "   8       0 sda 100 5 800 250 200 9 1600 500 0 1000 750 0 0 0 0 3 4\n",
    ),
    (
        "net/dev",
        "Inter-| Receive | Transmit\n face |bytes |bytes\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
    ),
    (
        "net/snmp",
        "Tcp: RtoMin OutSegs RetransSegs\nTcp: 200 1000 3\n",
    ),
    (
        "net/netstat",
        "TcpExt: ListenOverflows ListenDrops\nTcpExt: 1 2\n",
    ),
    (
        "net/sockstat",
        "sockets: used 27\nTCP: inuse 3 orphan 0 tw 2 alloc 3 mem 117\n",
    ),
    ("sys/net/netfilter/nf_conntrack_count", "300\n"),
    ("sys/net/netfilter/nf_conntrack_max", "400\n"),
    ("sys/fs/file-nr", "1197\t0\t2466183\n"),
    ("sys/kernel/pid_max", "32768\n"),
    ("sys/kernel/threads-max", "190000\n"),
    ("1/stat", "1 (init) S 0 1 1\n"),
    ("self/status", "VmRSS: 4000 kB\nThreads: 2\n"),
    ("self/fd/0", "a file that is open\n"),
    ("sys/kernel/osrelease", "6.1.0-18-amd64\n"),
    ("self/smaps_rollup", "Pss: 3000 kB\n"),
];

/// What is measured beside the probes.
const BESIDE: &[&str] = &["check", "rule", "textfile"];

/// What a host need not have: where it is not, there is nothing to see.
const NEED_NOT_BE: &[&str] = &[
    "unit", "sensor", "raid", "zfs", "btrfs", "ecc", "smart", "battery", "job", "updates",
    "resolver",
];

#[test]
fn every_probe_of_the_table_can_look_at_a_healthy_host() {
    let proc = proc(FILES);
    for (name, looked) in look(proc.path()) {
        match name {
            "cpu" | "disk" => assert!(matches!(looked, Looked::Partly { .. }), "the first look"),
            "time" => assert!(
                matches!(looked, Looked::Partly { .. }),
                "there are no programs"
            ),
            name => assert_eq!(looked, Looked::Yes, "{name}"),
        }
    }
}

#[test]
fn where_there_is_no_proc_every_probe_says_that_it_could_not_look() {
    let nowhere = tempfile::tempdir().unwrap();
    for (name, looked) in look(nowhere.path()) {
        let said = match (name, looked) {
            (name, Looked::Yes) if NEED_NOT_BE.contains(&name) => continue,
            ("self" | "inventory" | "pressure" | "time", Looked::Partly { why })
            | (_, Looked::No { why }) => why,
            (name, looked) => panic!("{name}: {looked:?}"),
        };
        assert!(said.contains("cannot be read"), "{said}");
    }
}

#[test]
fn every_metric_of_the_table_belongs_to_a_probe() {
    for row in metric::METRICS {
        let is_probe = PROBES.iter().any(|(name, _)| *name == row.probe);
        let is_beside = BESIDE.contains(&row.probe);
        assert!(is_probe != is_beside, "{} of {}", row.name, row.probe);
    }
}

proptest! {
    /// One byte changed, a file cut short, or rubbish instead: whatever comes out is a
    /// value the collector takes.
    #[test]
    fn hostile_files_never_make_a_value_out_of_range(
        which in 0..FILES.len(),
        at: prop::sample::Index,
        byte: u8,
        cut: Option<prop::sample::Index>,
        rubbish: Option<Vec<u8>>,
    ) {
        let (name, healthy) = FILES[which];
        let mut bytes = healthy.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let proc = proc(FILES);
        std::fs::write(proc.path().join(name), rubbish.unwrap_or(bytes)).unwrap();
        look(proc.path());
    }
}

/// Two looks of every probe; the verdict of the first. Checks every value.
fn look(proc: &Path) -> Vec<(&'static str, Looked)> {
    let surroundings = Surroundings {
        proc: proc.to_owned(),
        ..Surroundings::fixture(proc)
    };
    let mut verdicts = Vec::new();
    for (name, build) in PROBES {
        let mut probe = build(&surroundings);
        let mut notes = Notes::default();
        verdicts.push((*name, probe.look(&mut notes)));
        probe.look(&mut notes);
        for sample in notes.samples() {
            let mut texts = sample.attributes.values();
            assert!(texts.all(|text| is_fit(text)), "{sample:?}");
            let row = metric::find(&sample.name).unwrap();
            assert_eq!(row.probe, *name);
            assert!((row.min..=row.max).contains(&sample.value), "{sample:?}");
        }
    }
    verdicts
}

fn proc(files: &[(&str, &str)]) -> tempfile::TempDir {
    let proc = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = proc.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    proc
}
