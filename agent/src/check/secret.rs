//! Reads secrets from files, and keeps them out of what is printed.
//!
//! In: the path of a file that holds one secret. Out: a [`Secret`], which nobody can print
//! by mistake. Knows nothing of what it opens.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a secret; a larger file is not one.
const SECRET_BYTES_MAX: u64 = 4_096;
/// A shorter secret stands in any text by chance, so that it cannot be blotted out.
const BLOTTED_BYTES_MIN: usize = 4;

/// A password, token or community.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    /// The secret itself; for whoever it is meant for.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Secret {
        Secret(text.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(...)")
    }
}

/// The first line of a file. Blocks.
///
/// # Errors
/// A sentence that names the file.
pub(super) fn read(path: &Path) -> Result<Secret, String> {
    let name = path.display();
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(|error| format!("the secret in {name} cannot be read: {error}"))?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(format!(
            "{name} holds no secret; write it into the first line"
        ));
    }
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(format!("{name} is too large for a secret"));
    }
    Ok(Secret(line.to_owned()))
}

/// The text without these secrets.
pub(super) fn blot_out(text: &str, secrets: &[Secret]) -> String {
    let long = secrets
        .iter()
        .filter(|secret| secret.0.len() >= BLOTTED_BYTES_MIN);
    long.fold(text.to_owned(), |text, secret| {
        text.replace(&secret.0, "***")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_secret_is_the_first_line_and_is_never_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, "swordfish\nnot this\n").unwrap();
        let secret = read(&path).unwrap();
        assert_eq!(secret.text(), "swordfish");
        assert!(!format!("{secret:?}").contains("sword"));
        assert_eq!(blot_out("say swordfish", &[secret]), "say ***");
    }

    #[test]
    fn a_file_without_a_secret_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        assert!(read(&path).unwrap_err().contains("cannot be read"));
        std::fs::write(&path, "\n").unwrap();
        assert!(read(&path).unwrap_err().contains("holds no secret"));
        std::fs::write(&path, "x".repeat(5_000)).unwrap();
        assert!(read(&path).unwrap_err().contains("too large"));
    }
}
