//! Measures how much of the time tasks waited for processors, memory and disks.
//!
//! In: `/proc/pressure/{cpu,memory,io}` (PSI, kernel 4.20 and later). Out: shares of the last
//! minute and the last five, and the time added up since boot. A kernel without PSI is said to
//! be one. For processors there is no "full": the kernel leaves it 0 for a whole host.

use std::io::ErrorKind;

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};

/// Resources, and the lines of their files that mean something.
const FILES: [(&str, &str, &[&str]); 3] = [
    ("cpu", "pressure/cpu", &["some"]),
    ("memory", "pressure/memory", &["some", "full"]),
    ("io", "pressure/io", &["some", "full"]),
];

/// One line of such a file.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stalled {
    /// Share of the last minute.
    minute: f64,
    /// Share of the last five minutes.
    five_minutes: f64,
    /// Seconds since boot.
    seconds: f64,
}

struct Pressure {
    source: Source,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Pressure {
        source: Source::new(&surroundings.proc),
    })
}

impl Probe for Pressure {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let mut gaps = Gaps::default();
        for (resource, file, lines) in FILES {
            let bytes = match self.source.open(file) {
                Ok(bytes) => bytes,
                Err(error) if is_without(&error.kind) => {
                    // No fault of this host: nothing to complain about at every look.
                    return Looked::Partly {
                        why: format!("{error}; this kernel does not measure pressure (PSI)"),
                    };
                }
                Err(error) => {
                    gaps.push(error.to_string());
                    continue;
                }
            };
            for stalled in lines {
                match find(bytes, stalled) {
                    Some(seen) => seen.write(resource, stalled, notes),
                    None => gaps.push(format!("/proc/{file} has no line `{stalled}`")),
                }
            }
        }
        gaps.looked()
    }
}

/// Not built in, or switched off at boot: older kernels show the files then and refuse to
/// read them.
fn is_without(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::Unsupported)
}

impl Stalled {
    fn write(self, resource: &str, stalled: &str, notes: &mut Notes) {
        let attributes = [("resource", resource), ("stalled", stalled)];
        notes.push_with(metric::PRESSURE_SHARE, &attributes, self.minute);
        notes.push_with(metric::PRESSURE_SHARE_5M, &attributes, self.five_minutes);
        notes.push_with(metric::PRESSURE_TIME, &attributes, self.seconds);
    }
}

fn find(bytes: &[u8], name: &str) -> Option<Stalled> {
    let mut lines = text::lines(bytes);
    let mut words = lines.find_map(|line| {
        let mut words = text::words(line);
        (words.next() == Some(name.as_bytes())).then_some(words)
    })?;
    let (mut minute, mut five_minutes, mut micros) = (None, None, None);
    for word in &mut words {
        if let Some(percent) = word.strip_prefix(b"avg60=") {
            minute = text::decimal(percent);
        } else if let Some(percent) = word.strip_prefix(b"avg300=") {
            five_minutes = text::decimal(percent);
        } else if let Some(total) = word.strip_prefix(b"total=") {
            micros = text::whole(total);
        }
    }
    let share = |percent: f64| (percent / 100.0).min(1.0);
    Some(Stalled {
        minute: share(minute?),
        five_minutes: share(five_minutes?),
        seconds: micros? as f64 / 1e6,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const IO: &[u8] = b"some avg10=15.61 avg60=16.50 avg300=5.75 total=252009894\n\
        full avg10=6.47 avg60=4.00 avg300=1.50 total=47713113\n";

    #[test]
    fn each_line_has_its_shares_and_its_time() {
        let some = Stalled {
            minute: 0.165,
            five_minutes: 0.0575,
            seconds: 252.009_894,
        };
        assert_eq!(find(IO, "some"), Some(some));
        assert_eq!(find(IO, "full").unwrap().minute, 0.04);
    }

    #[test]
    fn before_5_13_processors_had_no_second_line() {
        let cpu = b"some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n";
        assert!(find(cpu, "some").is_some());
        assert_eq!(find(cpu, "full"), None);
    }

    #[test]
    fn a_share_is_never_more_than_all_of_the_time() {
        let over = b"some avg10=0 avg60=100.04 avg300=100 total=1";
        assert_eq!(find(over, "some").unwrap().minute, 1.0);
    }

    #[test]
    fn a_line_that_lacks_anything_is_no_line() {
        let cases: [&[u8]; 6] = [
            b"",
            b"some",
            b"some avg60=1.0 avg300=1.0",
            b"some avg60=-1 avg300=1.0 total=1",
            b"some avg60=nan avg300=1.0 total=1",
            b"someavg60=1 avg300=1.0 total=1",
        ];
        for bytes in cases {
            assert_eq!(find(bytes, "some"), None);
        }
    }

    #[test]
    fn a_kernel_without_pressure_is_said_to_be_one() {
        let root = tempfile::tempdir().unwrap();
        let mut notes = Notes::default();
        let looked = build(&Surroundings::fixture(root.path())).look(&mut notes);
        assert!(
            matches!(looked, Looked::Partly { why } if why.contains("does not measure pressure"))
        );
        assert_eq!(notes.samples(), []);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: Vec<u8>) {
            let _ = find(&bytes, "some");
            let mut line = b"some avg10=1.00 avg60=".to_vec();
            line.extend(tail);
            let _ = find(&line, "some");
        }
    }
}
