//! Reads what programs say of the clock.
//!
//! In: what one of them wrote. Out: [`Kept`], or nothing when it says something else.

use super::Kept;
use crate::probe::text;

/// Bits of the kernel's status (`adjtimex(2)`).
const STA_UNSYNC: u64 = 0x40;
const STA_NANO: u64 = 0x2000;

/// `chronyc -c tracking`: one line of fourteen fields. The correction still to be made is
/// positive when the clock is behind; the most it can be off is RFC 5905's root distance
/// and that correction.
pub(super) fn chrony(out: &[u8]) -> Option<Kept> {
    let line = text::lines(out).next()?;
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
    let [.., correction, _, _, _, _, _, delay, dispersion, _, leap] = fields[..] else {
        return None;
    };
    let correction = signed(correction)?;
    let distance = signed(delay)?.abs() / 2.0 + signed(dispersion)?.abs();
    Some(Kept {
        is_synchronized: leap.trim_ascii() != b"Not synchronised",
        offset: Some(correction),
        max_error: Some(distance + correction.abs()),
    })
}

/// `adjtimex --print`, and busybox's: a line for each number of the kernel's account.
pub(super) fn kernel(out: &[u8]) -> Option<Kept> {
    let status = text::whole(labelled(out, b"status")?)?;
    let per_second = if status & STA_NANO == 0 { 1e6 } else { 1e9 };
    let offset = labelled(out, b"offset").and_then(signed);
    let micros = labelled(out, b"maxerror").and_then(text::whole);
    Some(Kept {
        is_synchronized: status & STA_UNSYNC == 0,
        offset: offset.map(|offset| offset / per_second),
        max_error: micros.map(|micros| micros as f64 / 1e6),
    })
}

/// `timedatectl timesync-status`: what systemd-timesyncd knows from its last packet.
pub(super) fn timesyncd(out: &[u8]) -> Option<Kept> {
    let packets = text::whole(labelled(out, b"Packet count")?)?;
    let leap = labelled(out, b"Leap");
    Some(Kept {
        is_synchronized: packets > 0 && leap == Some(b"normal"),
        offset: span(out, b"Offset"),
        max_error: span(out, b"Root distance"),
    })
}

/// `timedatectl show --property=NTPSynchronized --value`.
pub(super) fn timedated(out: &[u8]) -> Option<Kept> {
    let is_synchronized = match out.trim_ascii() {
        b"yes" => true,
        b"no" => false,
        _ => return None,
    };
    Some(Kept {
        is_synchronized,
        offset: None,
        max_error: None,
    })
}

/// What stands behind `label:`.
fn behind<'a>(out: &'a [u8], label: &[u8]) -> Option<&'a [u8]> {
    text::lines(out).find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (before, after) = line.split_at(colon);
        let before = before.trim_ascii();
        // busybox puts the option that sets a number before its label.
        let is_it = before == label || before.ends_with(&[b"  ", label].concat());
        is_it.then_some(&after[1..])
    })
}

/// The first word behind `label:`.
fn labelled<'a>(out: &'a [u8], label: &[u8]) -> Option<&'a [u8]> {
    text::words(behind(out, label)?).next()
}

/// systemd's spans of time behind `label:`, up to a bracket: `+1min 2.5s (max: 5s)`.
fn span(out: &[u8], label: &[u8]) -> Option<f64> {
    const UNITS: [(&[u8], f64); 7] = [
        (b"us", 1e-6),
        (b"ms", 1e-3),
        (b"min", 60.0),
        (b"s", 1.0),
        (b"h", 3600.0),
        (b"d", 86_400.0),
        (b"w", 604_800.0),
    ];
    let words = text::words(behind(out, label)?);
    let mut seconds = None;
    let mut sign = 1.0;
    for word in words.take_while(|word| !word.starts_with(b"(")) {
        let unsigned = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+"));
        if word.starts_with(b"-") {
            sign = -1.0;
        }
        let word = unsigned.unwrap_or(word);
        let unit = UNITS.iter().find_map(|(unit, size)| {
            let number = word.strip_suffix(*unit)?;
            Some(text::decimal(number)? * size)
        });
        seconds = Some(seconds.unwrap_or(0.0) + unit?);
    }
    seconds.map(|seconds: f64| seconds * sign)
}

fn signed(word: &[u8]) -> Option<f64> {
    match word.strip_prefix(b"-") {
        Some(word) => text::decimal(word).map(|number| -number),
        None => text::decimal(word.strip_prefix(b"+").unwrap_or(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chrony_says_how_far_the_clock_is_behind_and_how_sure_it_is() {
        let line = b"C0A80101,192.168.1.1,3,1700000000.123456789,-0.000250000,0.000010000,\
            0.000020000,12.345,0.001,0.02,0.010000000,0.001000000,64.3,Normal\n";
        check(chrony(line), true, Some(-0.000_25), Some(0.006_25));
        let lost = b"7F7F0101,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,\
            0.000,1.000000000,1.000000000,0.0,Not synchronised\n";
        check(chrony(lost), false, Some(0.0), Some(1.5));
    }

    #[test]
    fn the_kernel_counts_in_its_own_unit() {
        let busybox = b"    mode:         0\n-o  offset:       -1500 us\n\
            -f  freq.adjust:  0 (65536 = 1ppm)\n    maxerror:     16000000\n\
            \x20   esterror:     16000000\n    status:       64 (UNSYNC)\n";
        check(kernel(busybox), false, Some(-0.0015), Some(16.0));
        let adjtimex = b"         mode: 0\n       offset: 2500000\n    frequency: 12\n\
            \x20    maxerror: 500\n     esterror: 0\n       status: 8193\n return value = 0\n";
        check(kernel(adjtimex), true, Some(0.0025), Some(0.0005));
    }

    #[test]
    fn timesyncd_is_believed_after_its_first_packet() {
        let kept =
            b"       Server: 10.0.0.1 (ntp)\nPoll interval: 34min 8s (min: 32s; max 34min 8s)\n\
            \x20        Leap: normal\n      Version: 4\nRoot distance: 953us (max: 5s)\n\
            \x20      Offset: -1min 1.134s\n        Delay: 32.6ms\n Packet count: 4\n";
        check(timesyncd(kept), true, Some(-61.134), Some(0.000_953));
        check(
            timesyncd(b"Server: n/a\n Packet count: 0\n"),
            false,
            None,
            None,
        );
        check(
            timesyncd(b"Leap: not synchronized\nPacket count: 3\n"),
            false,
            None,
            None,
        );
    }

    #[test]
    fn systemd_says_yes_or_no() {
        check(timedated(b"yes\n"), true, None, None);
        check(timedated(b"no\n"), false, None, None);
    }

    #[test]
    fn whoever_says_something_else_is_not_believed() {
        type Read = fn(&[u8]) -> Option<Kept>;
        let cases: [(Read, &[u8]); 7] = [
            (chrony, b"506 Cannot talk to daemon\n"),
            (chrony, b"a,b,c,d,e,f,g,h,i,j,k,l,m,n"),
            (kernel, b"adjtimex: invalid option\n"),
            (kernel, b"status: many\n"),
            (timesyncd, b"Failed to query server\n"),
            (timedated, b""),
            (timedated, b"perhaps\n"),
        ];
        for (read, out) in cases {
            assert_eq!(read(out), None, "{}", String::from_utf8_lossy(out));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: Vec<u8>) {
            for start in [&b""[..], b"Packet count: 1\nOffset: ", b"status: 1\noffset: ", b"a,b,"] {
                let out = [start, &bytes, &tail].concat();
                let _ = (chrony(&out), kernel(&out), timesyncd(&out), timedated(&out));
            }
        }
    }

    #[track_caller]
    fn check(seen: Option<Kept>, is_synchronized: bool, offset: Option<f64>, most: Option<f64>) {
        let close = |seen: Option<f64>, expected: Option<f64>| match (seen, expected) {
            (Some(seen), Some(expected)) => (seen - expected).abs() < 1e-9,
            (seen, expected) => seen == expected,
        };
        let is_right = |kept: Kept| {
            kept.is_synchronized == is_synchronized
                && close(kept.offset, offset)
                && close(kept.max_error, most)
        };
        assert!(seen.is_some_and(is_right), "{seen:?}");
    }
}
