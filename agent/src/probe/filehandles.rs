//! Measures how many files the whole host has open.
//!
//! In: `/proc/sys/fs/file-nr`. Out: open files, their limit, and the share.

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Notes, Probe, Surroundings, text};

struct Filehandles {
    source: Source,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Filehandles {
        source: Source::new(&surroundings.proc),
    })
}

impl Probe for Filehandles {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let (open, limit) = match self.source.read("sys/fs/file-nr").and_then(parse) {
            Ok(seen) => seen,
            Err(why) => return Looked::No { why },
        };
        notes.push(metric::FILE_HANDLES, open);
        notes.push(metric::FILE_HANDLES_LIMIT, limit);
        // Root may open more than the limit.
        notes.push(metric::FILE_HANDLES_UTILIZATION, (open / limit).min(1.0));
        Looked::Yes
    }
}

/// Open files and their limit. Between them stands the number of free handles, which is 0
/// since kernel 2.6.
fn parse(bytes: &[u8]) -> Result<(f64, f64), String> {
    let mut numbers = text::words(bytes).map(text::whole);
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Some(open)), Some(Some(_)), Some(Some(limit))) if limit > 0 => {
            Ok((open as f64, limit as f64))
        }
        _ => Err("/proc/sys/fs/file-nr is not three numbers".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_files_are_the_first_number_and_the_limit_the_last() {
        assert_eq!(parse(b"1197\t0\t2466183\n"), Ok((1197.0, 2_466_183.0)));
        let unlimited = parse(b"1120\t0\t9223372036854775807\n");
        assert!(unlimited.is_ok_and(|(_, limit)| limit > 9e18));
    }

    #[test]
    fn what_is_not_three_numbers_is_not_looked_at() {
        for bytes in [&b""[..], b"1 0", b"1 0 0", b"1 0 x", b"-1 0 5", b"\xff 0 5"] {
            assert!(parse(bytes).is_err());
        }
    }
}
