//! Turns what is recorded into bodies for the store and back: JSON, compressed.
//!
//! Blocks of LZ4, because this happens before each commit: measured on one signal of 780 bytes,
//! a tenth of the time of deflate. One signal alone hardly repeats itself, so a text is agreed on
//! that it may repeat.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::Body;

/// The form of every body this version writes; raised when any of them changes in a way that
/// older versions cannot read, or [`AGREED`] does.
const FORM: u32 = 1;
/// What a body may repeat: the words of the usual inputs. Of [`FORM`]; never changed.
const AGREED: &[u8] = include_bytes!("agreed.json");
/// Bytes a body has at most once it is opened: of a torn length nothing is made room for.
const OPENED_BYTES_MAX: usize = 512 << 20;

/// Why a body cannot be read, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// By this version.
    #[error(
        "it has form {0}, written by a newer version; this one reads forms up to {FORM}: use the newer version"
    )]
    Newer(u32),
    /// By nobody.
    #[error("it is unreadable: {0}")]
    Unreadable(String),
}

/// The body of what is written as JSON already.
pub(super) fn seal_text(json: &[u8]) -> Body {
    let mut bytes = lz4_flex::block::compress_prepend_size_with_dict(json, AGREED);
    // It has room for what cannot be compressed at all.
    bytes.shrink_to_fit();
    Body { form: FORM, bytes }
}

/// A body.
pub(super) fn seal(value: &impl Serialize) -> Result<Body, serde_json::Error> {
    Ok(seal_text(&serde_json::to_vec(value)?))
}

/// What is in a body.
pub(super) fn open<T: DeserializeOwned>(body: &Body) -> Result<T, SealError> {
    if body.form > FORM {
        return Err(SealError::Newer(body.form));
    }
    let unreadable = |why: String| SealError::Unreadable(why);
    let (length, rest) = lz4_flex::block::uncompressed_size(&body.bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    if length > OPENED_BYTES_MAX {
        return Err(unreadable(format!("it claims {length} bytes")));
    }
    let json = lz4_flex::block::decompress_with_dict(rest, length, AGREED)
        .map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_as_it_was() {
        for value in ["", "a", "signal", &"says ".repeat(10_000)] {
            let body = seal(&value).unwrap();
            assert_eq!(open::<String>(&body).unwrap(), value);
        }
    }

    #[test]
    fn a_body_that_is_torn_or_newer_is_refused_in_a_sentence() {
        let mut body = seal(&"a text that is long enough").unwrap();
        body.bytes.truncate(9);
        assert!(matches!(
            open::<String>(&body),
            Err(SealError::Unreadable(_))
        ));
        body.bytes = vec![0xff; 64];
        assert!(matches!(
            open::<String>(&body),
            Err(SealError::Unreadable(_))
        ));
        body.bytes = Vec::new();
        assert!(matches!(
            open::<String>(&body),
            Err(SealError::Unreadable(_))
        ));
        body.form = 2;
        let said = open::<String>(&body).unwrap_err().to_string();
        assert!(said.contains("use the newer version"), "{said}");
    }
}
