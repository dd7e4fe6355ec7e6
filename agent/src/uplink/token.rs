//! Keeps the token that the collector lets this agent in by.
//!
//! In: a file. Out: its text. Read at the start and again whenever the collector says 401,
//! so that a token can be replaced without a restart.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A longer file is not a token.
const TOKEN_BYTES_MAX: u64 = 4096;

/// The token, if there is one.
#[derive(Debug)]
pub(super) struct Token {
    file: Option<PathBuf>,
    text: Option<String>,
}

impl Token {
    /// Reads the token, if a file is named. A file that cannot be read is said aloud; the
    /// collector may let the agent in all the same.
    pub(super) fn new(file: Option<PathBuf>) -> Token {
        let mut token = Token { file, text: None };
        token.reread();
        token
    }

    /// The token.
    pub(super) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Reads the file again. True when there is another token now.
    pub(super) fn reread(&mut self) -> bool {
        let Some(file) = &self.file else { return false };
        match read(file) {
            Ok(text) => {
                let text = Some(text);
                let is_new = text != self.text;
                self.text = text;
                is_new
            }
            Err(why) => {
                tracing::warn!(file = %file.display(), why, "the token file cannot be used");
                false
            }
        }
    }
}

fn read(file: &Path) -> Result<String, String> {
    let mut text = String::new();
    File::open(file)
        .and_then(|file| file.take(TOKEN_BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(|error| error.to_string())?;
    let token = text.trim();
    let fits = text.len() as u64 <= TOKEN_BYTES_MAX && !token.is_empty();
    match fits && token.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(token.to_owned()),
        false => Err("it must hold one line of printable characters".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_token_is_one_printable_line_and_can_be_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        std::fs::write(&file, "first\n").unwrap();
        let mut token = Token::new(Some(file.clone()));
        assert_eq!(token.text(), Some("first"));
        assert!(!token.reread());
        std::fs::write(&file, "second").unwrap();
        assert!(token.reread());
        assert_eq!(token.text(), Some("second"));
    }

    #[test]
    fn a_file_that_holds_no_token_leaves_the_one_known() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        std::fs::write(&file, "good").unwrap();
        let mut token = Token::new(Some(file.clone()));
        for text in ["", " \n", "two words", "bell\u{7}", &"x".repeat(5_000)] {
            std::fs::write(&file, text).unwrap();
            assert!(!token.reread(), "{text:?}");
            assert_eq!(token.text(), Some("good"));
        }
    }
}
