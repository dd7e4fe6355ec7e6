//! Keeps secrets from being shown.
//!
//! A [`Secret`] is read from a file and never printed; a [`Redaction`] takes every
//! form of it out of whatever is stored, logged or shown.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a secret; a file with more is not one.
const SECRET_BYTES_MAX: u64 = 16 * 1024;
/// A secret shorter than this cannot be taken out of a text without destroying it.
const REDACTED_BYTES_MIN: usize = 4;
/// What stands where a secret stood.
const REDACTED: &str = "[secret]";

/// A secret. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret that is already in memory.
    pub fn new(secret: impl Into<String>) -> Secret {
        Secret(secret.into())
    }

    /// Reads a file that holds a secret and nothing else; white space around it is not part of it.
    ///
    /// # Errors
    /// A sentence when the file cannot be read, is empty or too long. It never holds what was read.
    pub fn read(path: &Path) -> Result<Secret, String> {
        let shown = path.display();
        let about = std::fs::metadata(path)
            .map_err(|error| format!("the secret in {shown} cannot be read: {error}"))?;
        if about.len() > SECRET_BYTES_MAX {
            return Err(format!("{shown} is too long to be a secret"));
        }
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("the secret in {shown} cannot be read: {error}"))?;
        match text.trim() {
            "" => Err(format!("{shown} is empty; write the secret into it")),
            secret => Ok(Secret(secret.to_owned())),
        }
    }

    /// The secret itself, for sending it. Whoever calls this must not show it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

/// Takes secrets out of texts.
#[derive(Clone, Default)]
pub struct Redaction {
    /// Every form a secret can be echoed in, the longest first.
    forms: Vec<String>,
}

impl Redaction {
    /// Of these secrets; `user` is the one they stand with in Basic authentication.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>, user: Option<&str>) -> Redaction {
        let mut forms = Vec::new();
        for secret in secrets {
            let plain = secret.reveal();
            if plain.len() < REDACTED_BYTES_MIN {
                continue;
            }
            let json = serde_json::Value::from(plain).to_string();
            forms.push(json.trim_matches('"').to_owned());
            forms.push(encoded(plain));
            forms.push(STANDARD.encode(plain));
            if let Some(user) = user {
                forms.push(STANDARD.encode(format!("{user}:{plain}")));
            }
            // Of a secret address: an error names it without its origin.
            if let Some((_, below)) = plain
                .split_once("://")
                .and_then(|(_, rest)| rest.split_once('/'))
                && below.len() >= REDACTED_BYTES_MIN
            {
                forms.push(below.to_owned());
            }
            forms.push(plain.to_owned());
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Redaction { forms }
    }

    /// The same, and every form of one more secret.
    pub fn and(&self, secret: &Secret) -> Redaction {
        let mut forms = self.forms.clone();
        forms.extend(Redaction::of([secret], None).forms);
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Redaction { forms }
    }

    /// The text without them.
    pub fn redact(&self, text: &str) -> String {
        self.forms.iter().fold(text.to_owned(), |text, form| {
            if text.contains(form.as_str()) {
                text.replace(form.as_str(), REDACTED)
            } else {
                text
            }
        })
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Redaction of {} forms", self.forms.len())
    }
}

/// As it stands in a query or a form.
pub(super) fn encoded(plain: &str) -> String {
    let mut encoded = String::new();
    for byte in plain.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn no_form_of_a_secret_survives() {
        let secret = Secret::new("p/\"w+ d");
        let redaction = Redaction::of([&secret], Some("me"));
        for echo in [
            "p/\"w+ d",
            "p/\\\"w+ d",
            "p%2F%22w%2B%20d",
            &STANDARD.encode("p/\"w+ d"),
            &STANDARD.encode("me:p/\"w+ d"),
        ] {
            let text = redaction.redact(&format!("bad token <{echo}>, go away"));
            assert_eq!(text, "bad token <[secret]>, go away");
        }
    }

    #[test]
    fn a_secret_is_not_shown_by_debug() {
        let secret = Secret::new("hunter22");
        let shown = format!("{secret:?} {:?}", Redaction::of([&secret], None));
        assert!(!shown.contains("hunter22"), "{shown}");
    }

    #[test]
    fn a_secret_is_read_without_the_line_end_editors_add() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "abc-def\n").unwrap();
        assert_eq!(Secret::read(&path).unwrap().reveal(), "abc-def");
    }

    #[test]
    fn an_empty_or_missing_file_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        assert!(Secret::read(&path).unwrap_err().contains("cannot be read"));
        std::fs::write(&path, " \n").unwrap();
        assert!(Secret::read(&path).unwrap_err().contains("is empty"));
    }
}
