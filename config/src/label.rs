//! Decides what a label that a person writes can be called, and can hold.
//!
//! In: names and values. Out: the reason a name or value is refused. Knows nothing
//! of what labels are used for.

use vedette_wire::limits::{NAME_BYTES_MAX, VALUE_BYTES_MAX};

/// Labels that the collector sets on every alert: whoever else could set them
/// could pass for another host, or choose its own owner or severity.
pub const RESERVED_LABELS: &[&str] = &[
    "alertname",
    "class",
    "component",
    "host",
    "instance",
    "rule",
    "severity",
    "source",
    "team",
];

/// Whether a label can have this name: letters, digits and `_`, no digit first, as in
/// Prometheus. Says nothing of [`RESERVED_LABELS`].
///
/// # Errors
/// Why not, to follow the name in a sentence.
pub fn label_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("a label needs a name");
    }
    if name.len() > NAME_BYTES_MAX {
        return Err("it is longer than 128 bytes");
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("a label's name does not begin with a digit");
    }
    if name.starts_with("__") {
        return Err("names that begin with __ are internal");
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.bytes().all(allowed) {
        return Err("a label's name has letters a to z, digits and _ only");
    }
    Ok(())
}

/// Whether a label can have this value.
///
/// # Errors
/// Why not, to follow the value in a sentence.
pub fn label_value(value: &str) -> Result<(), &'static str> {
    if value.is_empty() {
        return Err("an empty label is no label");
    }
    if value.len() > VALUE_BYTES_MAX {
        return Err("it is longer than 1024 bytes");
    }
    if value.chars().any(char::is_control) {
        return Err("it holds a control character");
    }
    Ok(())
}

// The sentences above name the bounds.
const _: () = assert!(NAME_BYTES_MAX == 128 && VALUE_BYTES_MAX == 1024);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_prometheus() {
        for name in ["site", "patch_group", "_x", "Rack7", "a"] {
            assert_eq!(label_name(name), Ok(()), "{name}");
        }
        for name in [
            "",
            "7site",
            "patch-group",
            "a.b",
            "a b",
            "süd",
            "__name__",
            "x\0",
        ] {
            assert!(label_name(name).is_err(), "{name}");
        }
        assert!(label_name(&"x".repeat(NAME_BYTES_MAX)).is_ok());
        assert!(label_name(&"x".repeat(NAME_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn values_are_any_text_of_one_line() {
        for value in ["hq", "Wien, Süd 3", "7"] {
            assert_eq!(label_value(value), Ok(()), "{value}");
        }
        for value in ["", "a\nb", "a\0", "\u{1b}[31m"] {
            assert!(label_value(value).is_err(), "{value:?}");
        }
        assert!(label_value(&"x".repeat(VALUE_BYTES_MAX)).is_ok());
        assert!(label_value(&"x".repeat(VALUE_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn no_reserved_name_is_one_that_could_not_be_written_anyway() {
        for name in RESERVED_LABELS {
            assert_eq!(label_name(name), Ok(()), "{name}");
        }
    }
}
