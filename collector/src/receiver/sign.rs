//! Signs requests as Standard Webhooks says: HMAC-SHA256 over id, time and body.
//!
//! In: the key, the message's id, the time, the body. Out: three headers. The id is
//! the idempotency key and the same on every retry; the time is that of the attempt.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::secret::Secret;

/// Bytes of a key, by the specification.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key to sign with. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads `whsec_` and base64 of 24 to 64 bytes; the prefix may be left out.
    ///
    /// # Errors
    /// A sentence that does not hold the secret.
    pub fn parse(secret: &Secret) -> Result<SigningKey, String> {
        let text = secret.reveal();
        let encoded = text.strip_prefix("whsec_").unwrap_or(text);
        match STANDARD.decode(encoded) {
            Ok(key) if KEY_BYTES.contains(&key.len()) => Ok(SigningKey(key)),
            Ok(key) => Err(format!(
                "the signing secret has {} bytes; it must have 24 to 64",
                key.len()
            )),
            Err(_) => Err("the signing secret is not whsec_ and base64".to_owned()),
        }
    }

    /// The headers for one attempt. `at_s` is in seconds since 1970.
    pub fn headers(&self, id: &str, at_s: i64, body: &[u8]) -> [(String, String); 3] {
        let signature = STANDARD.encode(self.digest(id, at_s, body));
        [
            ("webhook-id".to_owned(), id.to_owned()),
            ("webhook-timestamp".to_owned(), at_s.to_string()),
            ("webhook-signature".to_owned(), format!("v1,{signature}")),
        ]
    }

    fn digest(&self, id: &str, at_s: i64, body: &[u8]) -> Vec<u8> {
        // HMAC takes keys of every length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return Vec::new();
        };
        mac.update(format!("{id}.{at_s}.").as_bytes());
        mac.update(body);
        mac.finalize().into_bytes().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The example that the Standard Webhooks specification publishes.
    #[test]
    fn a_signature_is_the_one_the_specification_gives() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let key = SigningKey::parse(&secret).unwrap();
        let headers = key.headers(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(
            headers[2].1,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        for (text, expected) in [
            ("whsec_c2hvcnQ=", "has 5 bytes"),
            ("whsec_***", "is not whsec_ and base64"),
        ] {
            let error = SigningKey::parse(&Secret::new(text)).unwrap_err();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains(text), "{error}");
        }
    }
}
