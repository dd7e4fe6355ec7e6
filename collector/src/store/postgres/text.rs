//! Decides how a text lies in a column of PostgreSQL, which cannot keep the character NUL.
//!
//! In: any text. Out: one without NUL, and back. Bodies need none of this: JSON writes
//! NUL as `\u0000`.

use std::borrow::Cow;

/// A backslash is doubled, NUL is written `\0`: most texts stay as they are, and people can read them.
pub(super) fn kept(text: &str) -> Cow<'_, str> {
    match text.contains(['\\', '\0']) {
        false => Cow::Borrowed(text),
        true => Cow::Owned(text.replace('\\', "\\\\").replace('\0', "\\0")),
    }
}

/// The text that was [`kept`].
pub(super) fn restored(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => whole.push(match characters.next() {
                Some('0') => '\0',
                Some(other) => other,
                None => '\\',
            }),
            other => whole.push(other),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_holds_nul_meanwhile() {
        check("desk", "desk");
        check("", "");
        check("\0", "\\0");
        check("a\\0b", "a\\\\0b");
        check("\\\0\\", "\\\\\\0\\\\");
        check("naïve 漢字 \u{1F600}", "naïve 漢字 \u{1F600}");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(kept(text), expected);
        assert_eq!(restored(&kept(text)), text);
    }
}
