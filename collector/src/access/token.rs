//! Makes tokens, keeps them in files only their owner can read, and compares them.
//!
//! A token is never logged, shown or kept in memory longer than it takes to
//! digest it. Knows nothing of roles.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The administrator's token in the state directory.
pub const ADMIN_TOKEN_FILE: &str = "admin-token";
/// The agents' token in the state directory.
pub const AGENT_TOKEN_FILE: &str = "agent-token";

/// Random bytes in a token: as many as its digest has.
const TOKEN_BYTES: usize = 32;
/// A shorter token could be guessed.
const TOKEN_CHARACTERS_MIN: usize = 16;
/// A longer file is not a token.
const TOKEN_CHARACTERS_MAX: usize = 1024;

/// The SHA-256 of a token.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Digests a token.
    pub fn of(token: &str) -> Digest {
        Digest(Sha256::digest(token.as_bytes()).into())
    }

    /// Whether both are of the same token; takes the same time either way.
    pub fn matches(&self, other: &Digest) -> bool {
        let differing = self
            .0
            .iter()
            .zip(&other.0)
            .fold(0u8, |differing, (one, two)| differing | (one ^ two));
        std::hint::black_box(differing) == 0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read or made.
    #[error("{path}: {error}; make it readable and writable for the collector")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file holds something else.
    #[error(
        "{path} holds no token (16 to 1024 letters, digits and signs, no spaces); remove it and a new one is made"
    )]
    NoToken {
        /// Which.
        path: PathBuf,
    },
    /// The system gives no random bytes.
    #[error("no token can be made: {0}")]
    NoRandomness(getrandom::Error),
}

/// The token in a file of a directory, made if it is not there: 32 random bytes as base64url, 0600.
///
/// # Errors
/// See [`TokenError`].
pub fn token_in(directory: &Path, file: &str) -> Result<(Digest, PathBuf), TokenError> {
    let path = directory.join(file);
    match make(&path) {
        Ok(token) => Ok((Digest::of(&token), path)),
        Err(TokenError::File { error, .. }) if error.kind() == ErrorKind::AlreadyExists => {
            let token = token_of_file(&path)?;
            Ok((Digest::of(&token), path))
        }
        Err(error) => Err(error),
    }
}

/// The token in a file.
///
/// # Errors
/// The file cannot be read, or holds no token.
pub fn token_of_file(path: &Path) -> Result<String, TokenError> {
    let failed = |error| TokenError::File {
        path: path.to_owned(),
        error,
    };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let token = text.trim();
    let sound = (TOKEN_CHARACTERS_MIN..=TOKEN_CHARACTERS_MAX).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    if !sound {
        return Err(TokenError::NoToken {
            path: path.to_owned(),
        });
    }
    Ok(token.to_owned())
}

/// Written under another name first, so that a half-written token is never read.
fn make(path: &Path) -> Result<String, TokenError> {
    let failed = |error| TokenError::File {
        path: path.to_owned(),
        error,
    };
    if path.exists() {
        return Err(failed(ErrorKind::AlreadyExists.into()));
    }
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(TokenError::NoRandomness)?;
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let unfinished = path.with_extension("new");
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        writeln!(file, "{token}")?;
        file.sync_all()?;
        std::fs::rename(&unfinished, path)
    };
    write().map_err(failed)?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_is_made_once_and_only_its_owner_can_read_it() {
        let directory = tempfile::tempdir().unwrap();
        let (made, path) = token_in(directory.path(), ADMIN_TOKEN_FILE).unwrap();
        let (read, _) = token_in(directory.path(), ADMIN_TOKEN_FILE).unwrap();
        assert!(made.matches(&read));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let token = token_of_file(&path).unwrap();
        assert_eq!(token.len(), 43);
        assert!(Digest::of(&token).matches(&made));
        let (other, _) = token_in(directory.path(), AGENT_TOKEN_FILE).unwrap();
        assert!(!other.matches(&made));
    }

    #[test]
    fn what_is_no_token_is_refused_and_left_alone() {
        for text in [
            "",
            "\n",
            "short",
            "two words that are long",
            &"x".repeat(1025),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(ADMIN_TOKEN_FILE);
            std::fs::write(&path, text).unwrap();
            let found = token_in(directory.path(), ADMIN_TOKEN_FILE);
            assert!(
                matches!(found, Err(TokenError::NoToken { .. })),
                "{text:?} gave {found:?}"
            );
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_digest_shows_nothing_of_its_token() {
        assert_eq!(format!("{:?}", Digest::of("secret")), "Digest(..)");
    }
}
