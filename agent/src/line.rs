//! Makes a line that anybody may have written fit for people and for the wire.
//!
//! In: bytes. Out: text, bounded and printable. Knows nothing of where the line is from.

/// Bytes of one line of evidence.
pub(crate) const LINE_BYTES_MAX: usize = 1024;

/// A line as people can read it: at most [`LINE_BYTES_MAX`] bytes, rubbish shown as such.
pub(crate) fn printable(line: &[u8]) -> String {
    let cut = &line[..line.len().min(LINE_BYTES_MAX)];
    let mut text = String::new();
    for character in String::from_utf8_lossy(cut).chars() {
        let shown = match character {
            '\t' => ' ',
            other if other.is_control() => '\u{fffd}',
            other => other,
        };
        if text.len() + shown.len_utf8() > LINE_BYTES_MAX {
            break;
        }
        text.push(shown);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rubbish_is_shown_as_such_and_nothing_is_too_long() {
        assert_eq!(
            printable(b"\x1b[31mred\x07\tand \xff"),
            "\u{fffd}[31mred\u{fffd} and \u{fffd}"
        );
        assert_eq!(
            printable("é".repeat(9_999).as_bytes()).len(),
            LINE_BYTES_MAX
        );
        assert!(printable(&[0xff; 9_999]).len() <= LINE_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let text = printable(&bytes);
            prop_assert!(text.len() <= LINE_BYTES_MAX && !text.contains(char::is_control));
        }
    }
}
