//! Lets a fuzzer at every parser of bytes that the agent did not write. Compiled for it only.
//!
//! In: bytes. Out: nothing; a panic is a finding, and so is a value that the collector would
//! refuse. See `agent/fuzz`, and `make fuzz`.

use std::path::Path;

use vedette_wire::metric;

use crate::check;
use crate::line::{LINE_BYTES_MAX, printable};
use crate::probe::{Notes, PROBES, Surroundings, filesystem};
use crate::spool;

/// The kernel's files, and the probe that reads each. The table of mounts has a target of
/// its own: looking at one means asking file systems.
const FILES: &[(&str, &str)] = &[
    ("uptime", "uptime"),
    ("stat", "cpu"),
    ("stat", "process"),
    ("loadavg", "load"),
    ("meminfo", "memory"),
    ("vmstat", "paging"),
    ("pressure/cpu", "pressure"),
    ("diskstats", "disk"),
    ("net/dev", "network"),
    ("net/snmp", "tcp"),
    ("net/netstat", "tcp"),
    ("net/sockstat", "tcp"),
    ("sys/fs/file-nr", "filehandles"),
];

/// What a monitoring plugin writes.
pub fn perfdata(bytes: &[u8]) {
    check::fuzz::perfdata(bytes);
}

/// The kernel's table of mounts.
pub fn mountinfo(bytes: &[u8]) {
    filesystem::fuzz(bytes);
}

/// A file below `/proc`; the first byte says which. `host` is an empty folder.
pub fn proc(bytes: &[u8], host: &Path) {
    let Some((which, text)) = bytes.split_first() else {
        return;
    };
    let (file, name) = FILES[usize::from(*which) % FILES.len()];
    let path = host.join("proc").join(file);
    let written = std::fs::create_dir_all(path.parent().unwrap_or(host))
        .and_then(|()| std::fs::write(&path, text));
    assert!(written.is_ok(), "the fuzzer's own folder can be written to");
    let surroundings = Surroundings {
        memory: None,
        ..Surroundings::fixture(host)
    };
    for (_, build) in PROBES.iter().filter(|(known, _)| *known == name) {
        let mut probe = build(&surroundings);
        let mut notes = Notes::default();
        probe.look(&mut notes);
        probe.look(&mut notes);
        for sample in notes.samples() {
            let row = metric::find(&sample.name);
            let fits = row.is_some_and(|row| (row.min..=row.max).contains(&sample.value));
            assert!(fits, "{sample:?}");
        }
    }
}

/// A drop-in file in Prometheus' text format.
pub fn textfile(bytes: &[u8]) {
    check::fuzz::textfile(bytes);
}

/// Lines of a log and of the journal.
pub fn log(bytes: &[u8]) {
    let shown = printable(bytes);
    assert!(shown.len() <= LINE_BYTES_MAX && !shown.contains(char::is_control));
    check::fuzz::journal(bytes);
}

/// A segment of the spool: as it is, and as one whole record with this body.
pub fn segment(bytes: &[u8]) {
    spool::fuzz(bytes);
}

/// What devices, name servers and web servers send.
pub fn network(bytes: &[u8]) {
    check::fuzz::network(bytes);
}
