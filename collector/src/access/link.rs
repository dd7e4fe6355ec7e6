//! Decides whether a link was made by this collector: whoever has a ticket may vote on its incident
//! by the links in it, without a token.
//!
//! In: a path, and what its link was signed with. Out: whether that is ours. A link gives nothing
//! but what its own path does, and is good for as long as the key is there. Knows nothing of what
//! can be asked.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key that signs links, in the state directory.
pub const LINK_KEY_FILE: &str = "link-key";
/// Bytes of a signature: it is guessed over HTTP, for one vote, and stands in a line of a ticket.
const SIGNATURE_BYTES: usize = 12;
/// The parameter it stands in.
const PARAMETER: &str = "s=";

/// A key to sign links with. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct LinkKey(String);

impl LinkKey {
    /// From random text.
    pub fn of(text: &str) -> LinkKey {
        LinkKey(text.to_owned())
    }

    /// A path with its signature: `/i/4711/useful?s=...`
    pub fn signed(&self, path: &str) -> String {
        let signature = URL_SAFE_NO_PAD.encode(&self.digest(path)[..SIGNATURE_BYTES]);
        format!("{path}?{PARAMETER}{signature}")
    }

    /// Whether a path was signed with it; takes the same time for every wrong signature.
    pub fn is_signed(&self, path: &str, query: &str) -> bool {
        let Some(signature) = query.strip_prefix(PARAMETER) else {
            return false;
        };
        let Ok(presented) = URL_SAFE_NO_PAD.decode(signature) else {
            return false;
        };
        let expected = &self.digest(path)[..SIGNATURE_BYTES];
        let differing = presented
            .iter()
            .zip(expected)
            .fold(0u8, |differing, (one, two)| differing | (one ^ two));
        presented.len() == SIGNATURE_BYTES && std::hint::black_box(differing) == 0
    }

    fn digest(&self, path: &str) -> [u8; 32] {
        // HMAC takes keys of every length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else {
            return [0; 32];
        };
        mac.update(b"link ");
        mac.update(path.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_its_own_path_and_nothing_else() {
        let key = LinkKey::of("a key that nobody guesses");
        let link = key.signed("/i/4711/useful");
        let (path, query) = link.split_once('?').unwrap_or_default();
        assert!(key.is_signed(path, query));
        for other in ["/i/4712/useful", "/i/4711/noise", "/i/4711", ""] {
            assert!(!key.is_signed(other, query), "{other}");
        }
        for wrong in ["", "s=", "s=AAAAAAAAAAAAAAAA", "s=%41", "t=x", &query[..10]] {
            assert!(!key.is_signed(path, wrong), "{wrong}");
        }
        assert!(!LinkKey::of("another key").is_signed(path, query));
        assert_eq!(format!("{key:?}"), "LinkKey(..)");
    }
}
