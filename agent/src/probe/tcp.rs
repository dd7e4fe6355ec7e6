//! Measures TCP: segments sent again, listeners that overflow, sockets, tracked connections.
//!
//! In: `/proc/net/{snmp,netstat,sockstat}` and the firewall's two numbers. Out: counters since
//! boot, and how full the firewall's table is. A host whose firewall tracks nothing has no
//! such table, which is not a failure.

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};

const CONNTRACK_COUNT: &str = "sys/net/netfilter/nf_conntrack_count";
const CONNTRACK_MAX: &str = "sys/net/netfilter/nf_conntrack_max";

/// Words of the line `TCP:` of sockstat, and the states they stand for.
const STATES: [(&[u8], &str); 4] = [
    (b"inuse", "inuse"),
    (b"orphan", "orphan"),
    (b"tw", "time_wait"),
    (b"alloc", "allocated"),
];

struct Tcp {
    source: Source,
    /// Of a module that may be loaded and unloaded.
    conntrack: Source,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Tcp {
        source: Source::keeping(&surroundings.proc),
        conntrack: Source::new(&surroundings.proc),
    })
}

impl Probe for Tcp {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let mut gaps = Gaps::default();
        let segments = [
            (&b"OutSegs"[..], metric::TCP_SEGMENTS_OUT),
            (b"RetransSegs", metric::TCP_RETRANSMITS),
        ];
        let listeners = [
            (&b"ListenOverflows"[..], metric::TCP_LISTEN_OVERFLOWS),
            (b"ListenDrops", metric::TCP_LISTEN_DROPS),
        ];
        let mut read = 0;
        for (file, line, wanted) in [
            ("net/snmp", &b"Tcp:"[..], segments),
            ("net/netstat", b"TcpExt:", listeners),
        ] {
            match self.source.read(file) {
                Ok(bytes) => {
                    read += 1;
                    named_counters(bytes, line, wanted, notes, &mut gaps);
                }
                Err(why) => gaps.push(why),
            }
        }
        match self.source.read("net/sockstat") {
            Ok(bytes) => {
                read += 1;
                sockets(bytes, notes, &mut gaps);
            }
            Err(why) => gaps.push(why),
        }
        self.conntrack(notes, &mut gaps);
        match (read, gaps.looked()) {
            (0, Looked::Partly { why }) => Looked::No { why },
            (_, looked) => looked,
        }
    }
}

impl Tcp {
    fn conntrack(&mut self, notes: &mut Notes, gaps: &mut Gaps) {
        let numbers = self.number(CONNTRACK_COUNT).and_then(|count| {
            let max = self.number(CONNTRACK_MAX)?;
            Ok(count.zip(max))
        });
        match numbers {
            Ok(Some((count, max))) => {
                notes.push(metric::CONNTRACK_ENTRIES, count);
                notes.push(metric::CONNTRACK_LIMIT, max);
                if max > 0.0 {
                    let share = (count / max).min(1.0);
                    notes.push(metric::CONNTRACK_UTILIZATION, share);
                }
            }
            Ok(None) => {}
            Err(why) => gaps.push(why),
        }
    }

    /// The one number of a file; `None` where there is no such file.
    fn number(&mut self, file: &str) -> Result<Option<f64>, String> {
        let Some(bytes) = self.conntrack.read_if_there(file)? else {
            return Ok(None);
        };
        let number = text::words(bytes).next().and_then(text::whole);
        match number {
            Some(number) => Ok(Some(number as f64)),
            None => Err(format!("/proc/{file} is not a number")),
        }
    }
}

/// These files have two lines for each protocol: names, and below them values.
fn named_counters(
    bytes: &[u8],
    line: &[u8],
    wanted: [(&[u8], &str); 2],
    notes: &mut Notes,
    gaps: &mut Gaps,
) {
    let is_of = |row: &&[u8]| text::words(row).next() == Some(line);
    let mut rows = text::lines(bytes).filter(is_of);
    let (Some(names), Some(values)) = (rows.next(), rows.next()) else {
        let line = String::from_utf8_lossy(line);
        return gaps.push(format!("the kernel's counters have no lines {line}"));
    };
    for (name, metric) in wanted {
        let mut columns = text::words(names).zip(text::words(values));
        let value = columns.find(|(known, _)| *known == name);
        match value.and_then(|(_, value)| text::whole(value)) {
            Some(value) => notes.push(metric, value as f64),
            None => {
                let name = String::from_utf8_lossy(name);
                gaps.push(format!("the kernel does not count {name}"));
            }
        }
    }
}

fn sockets(bytes: &[u8], notes: &mut Notes, gaps: &mut Gaps) {
    let (mut has_sockets, mut has_tcp) = (false, false);
    for line in text::lines(bytes) {
        let mut words = text::words(line);
        match words.next() {
            Some(b"sockets:") => {
                let used = words.nth(1).and_then(text::whole);
                has_sockets = used.is_some();
                used.into_iter()
                    .for_each(|used| notes.push(metric::SOCKETS, used as f64));
            }
            Some(b"TCP:") => {
                has_tcp = true;
                while let (Some(word), Some(value)) = (words.next(), words.next()) {
                    let state = STATES.iter().find(|(known, _)| *known == word);
                    if let (Some((_, state)), Some(value)) = (state, text::whole(value)) {
                        let attributes = [("state", *state)];
                        notes.push_with(metric::CONNECTIONS, &attributes, value as f64);
                    }
                }
            }
            Some(_) | None => {}
        }
    }
    if !has_sockets || !has_tcp {
        gaps.push("/proc/net/sockstat does not count sockets".to_owned());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SNMP: &[u8] = b"Ip: Forwarding OutSegs\nIp: 2 64\n\
        Tcp: RtoAlgorithm MaxConn OutSegs RetransSegs\nTcp: 1 -1 952944 62\n";

    #[test]
    fn a_counter_is_found_by_its_name_and_its_protocol() {
        let wanted = [(&b"OutSegs"[..], "out"), (b"RetransSegs", "again")];
        let (seen, looked) = counters(SNMP, wanted);
        let expected = [("out".to_owned(), 952_944.0), ("again".to_owned(), 62.0)];
        assert_eq!(seen, expected);
        assert_eq!(looked, Looked::Yes);
    }

    #[test]
    fn a_counter_this_kernel_lacks_is_said_and_the_other_kept() {
        let (seen, looked) = counters(SNMP, [(b"OutSegs", "out"), (b"InCsumErrors", "no")]);
        assert_eq!(seen.len(), 1);
        assert!(matches!(looked, Looked::Partly { why } if why.contains("InCsumErrors")));
    }

    #[test]
    fn a_value_below_no_name_and_a_name_above_no_value_count_nothing() {
        let cases: [&[u8]; 5] = [
            b"",
            b"Tcp: OutSegs",
            b"Tcp: OutSegs\nTcp:",
            b"Tcp: OutSegs\nTcp: -4",
            b"Tcp: OutSegs\nUdp: 4",
        ];
        for bytes in cases {
            assert_eq!(
                counters(bytes, [(b"OutSegs", "out"), (b"OutSegs", "out")]).0,
                []
            );
        }
    }

    #[test]
    fn sockets_are_counted_by_state() {
        let sockstat =
            b"sockets: used 27\nTCP: inuse 3 orphan 0 tw 2 alloc 4 mem 117\nUDP: inuse 9\n";
        let (mut notes, mut gaps) = (Notes::default(), Gaps::default());
        sockets(sockstat, &mut notes, &mut gaps);
        let values: Vec<f64> = notes.samples().iter().map(|sample| sample.value).collect();
        assert_eq!(values, [27.0, 3.0, 0.0, 2.0, 4.0]);
        assert_eq!(gaps.looked(), Looked::Yes);
    }

    #[test]
    fn a_firewall_that_tracks_nothing_is_no_failure() {
        let files = [
            ("net/snmp", "Tcp: OutSegs RetransSegs\nTcp: 1 2\n"),
            (
                "net/netstat",
                "TcpExt: ListenOverflows ListenDrops\nTcpExt: 1 2\n",
            ),
            ("net/sockstat", "sockets: used 1\nTCP: inuse 1\n"),
        ];
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join("proc").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        files.iter().for_each(|(name, text)| write(name, text));
        let mut probe = build(&Surroundings::fixture(root.path()));
        let mut notes = Notes::default();
        assert_eq!(probe.look(&mut notes), Looked::Yes);
        assert_eq!(notes.samples().len(), 6);

        write(CONNTRACK_COUNT, "300\n");
        write(CONNTRACK_MAX, "400\n");
        let mut notes = Notes::default();
        assert_eq!(probe.look(&mut notes), Looked::Yes);
        assert_eq!(notes.samples().last().unwrap().value, 0.75);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            counters(&bytes, [(b"OutSegs", "out"), (b"RetransSegs", "again")]);
            sockets(&bytes, &mut Notes::default(), &mut Gaps::default());
        }
    }

    fn counters(bytes: &[u8], wanted: [(&[u8], &str); 2]) -> (Vec<(String, f64)>, Looked) {
        let (mut notes, mut gaps) = (Notes::default(), Gaps::default());
        named_counters(bytes, b"Tcp:", wanted, &mut notes, &mut gaps);
        let samples = notes.into_samples().into_iter();
        let seen = samples.map(|sample| (sample.name, sample.value)).collect();
        (seen, gaps.looked())
    }
}
