//! Turns the numbers JSON does not have into `null`, so that the rest can be read.
//!
//! Many writers print `NaN`, `Infinity` and `1e999`. One such sample is refused
//! where it stands; without this the whole report could not be read.

/// The same text with every number that is no finite double replaced by `null`.
pub(super) fn tame(text: &str) -> String {
    let mut tamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '-' | '0'..='9' | 'a'..='z' | 'A'..='Z' => word_length(rest),
            other => other.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tamed.push_str(if is_no_number(token) { "null" } else { token });
        rest = after;
    }
    tamed
}

/// The length of a string with its quotes, or of all that is left when it is not closed.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn word_length(text: &str) -> usize {
    let in_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
    text.bytes()
        .position(|byte| !in_word(byte))
        .unwrap_or(text.len())
}

fn is_no_number(token: &str) -> bool {
    let unsigned = token.strip_prefix('-').unwrap_or(token);
    let begins_as_number = unsigned.starts_with(|first: char| first.is_ascii_digit());
    matches!(unsigned, "NaN" | "nan" | "Infinity" | "Inf" | "inf")
        || (begins_as_number && token.parse::<f64>().is_ok_and(f64::is_infinite))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_are_none_become_null() {
        for (text, expected) in [
            (r#"{"value":NaN}"#, r#"{"value":null}"#),
            (
                r#"[Infinity,-Infinity, nan,-inf]"#,
                "[null,null, null,null]",
            ),
            ("[1e999,-1e999,1e308]", "[null,null,1e308]"),
            (
                r#"{"NaN":"NaN \" Infinity"}"#,
                r#"{"NaN":"NaN \" Infinity"}"#,
            ),
            (r#"["ü\\",NaN]"#, r#"["ü\\",null]"#),
            ("[true,false,null,1.5e-3]", "[true,false,null,1.5e-3]"),
            (r#"["open NaN"#, r#"["open NaN"#),
            ("NaNs", "NaNs"),
            ("", ""),
        ] {
            assert_eq!(tame(text), expected);
        }
    }
}
