//! Signs and encrypts messages of SNMP version 3: the user-based security model.
//!
//! In: passwords, and the engine that a device says it is. Out: keys that are good for that
//! device only, signatures, encrypted bytes. Sources: RFC 3414 (keys), RFC 7860 (SHA-2), RFC
//! 3826 (AES). MD5 and DES are not here: they protect nothing any more.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use ring::{digest, hmac};
use vedette_config::check::SnmpAuth;

use super::super::secret::Secret;

/// Bytes that a password is stretched to before it is digested.
const STRETCHED_BYTES: usize = 1024 * 1024;
/// The shortest password that the standard allows.
pub(super) const PASSWORD_BYTES_MIN: usize = 8;
/// Bytes of a key and of a block of AES.
const AES_BYTES: usize = 16;
/// Bytes of what makes each message's encryption another.
pub(super) const SALT_BYTES: usize = 8;

/// A device's idea of itself and of its time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Engine {
    /// Its name.
    pub id: Vec<u8>,
    /// How often it has started.
    pub boots: u32,
    /// Seconds since then.
    pub time: u32,
}

/// Signs for one user at one engine.
#[derive(Clone)]
pub(super) struct Signer {
    key: hmac::Key,
    bytes: usize,
}

/// Encrypts for one user at one engine.
#[derive(Clone)]
pub(super) struct Cipher {
    key: [u8; AES_BYTES],
}

impl Signer {
    pub(super) fn new(auth: SnmpAuth, password: &Secret, engine: &[u8]) -> Signer {
        let key = localized(auth, password, engine);
        Signer {
            key: hmac::Key::new(signature(auth), &key),
            bytes: signature_bytes(auth),
        }
    }

    /// Bytes of a signature.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The signature of a message in which the signature's own place is zero.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let tag = hmac::sign(&self.key, message);
        tag.as_ref()[..self.bytes].to_vec()
    }

    /// Whether this is the signature of that message; takes as long for a good one as for a
    /// bad one.
    pub(super) fn is_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let own = self.sign(message);
        let differs = own
            .iter()
            .zip(signature)
            .fold(0, |all, (a, b)| all | (a ^ b));
        own.len() == signature.len() && differs == 0
    }
}

impl Cipher {
    pub(super) fn new(auth: SnmpAuth, password: &Secret, engine: &[u8]) -> Cipher {
        let long = localized(auth, password, engine);
        let mut key = [0; AES_BYTES];
        // The shortest digest has 20 bytes.
        key.copy_from_slice(&long[..AES_BYTES]);
        Cipher { key }
    }

    pub(super) fn encrypt(&self, engine: &Engine, salt: [u8; SALT_BYTES], plain: &[u8]) -> Vec<u8> {
        self.feedback(engine, salt, plain, Way::Encrypt)
    }

    pub(super) fn decrypt(&self, engine: &Engine, salt: [u8; SALT_BYTES], text: &[u8]) -> Vec<u8> {
        self.feedback(engine, salt, text, Way::Decrypt)
    }

    /// Cipher feedback with whole blocks: each block is masked by the encrypted block before.
    fn feedback(&self, engine: &Engine, salt: [u8; SALT_BYTES], bytes: &[u8], way: Way) -> Vec<u8> {
        let cipher = Aes128::new(&self.key.into());
        let mut mask = [0; AES_BYTES];
        mask[..4].copy_from_slice(&engine.boots.to_be_bytes());
        mask[4..8].copy_from_slice(&engine.time.to_be_bytes());
        mask[8..].copy_from_slice(&salt);
        let mut result = Vec::with_capacity(bytes.len());
        for piece in bytes.chunks(AES_BYTES) {
            let mut block = mask.into();
            cipher.encrypt_block(&mut block);
            let masked: Vec<u8> = piece.iter().zip(block.iter()).map(|(a, b)| a ^ b).collect();
            let before = match way {
                Way::Encrypt => &masked,
                Way::Decrypt => piece,
            };
            mask[..before.len()].copy_from_slice(before);
            result.extend_from_slice(&masked);
        }
        result
    }
}

#[derive(Clone, Copy)]
enum Way {
    Encrypt,
    Decrypt,
}

fn signature(auth: SnmpAuth) -> hmac::Algorithm {
    match auth {
        SnmpAuth::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        SnmpAuth::Sha256 => hmac::HMAC_SHA256,
        SnmpAuth::Sha512 => hmac::HMAC_SHA512,
    }
}

fn signature_bytes(auth: SnmpAuth) -> usize {
    match auth {
        SnmpAuth::Sha1 => 12,
        SnmpAuth::Sha256 => 24,
        SnmpAuth::Sha512 => 48,
    }
}

/// A password's key for one engine: who learns it there cannot use it elsewhere.
fn localized(auth: SnmpAuth, password: &Secret, engine: &[u8]) -> Vec<u8> {
    let algorithm = match auth {
        SnmpAuth::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        SnmpAuth::Sha256 => &digest::SHA256,
        SnmpAuth::Sha512 => &digest::SHA512,
    };
    let mut stretched = digest::Context::new(algorithm);
    let endless = password.text().bytes().cycle();
    let pieces: Vec<u8> = endless.take(STRETCHED_BYTES).collect();
    stretched.update(&pieces);
    let key = stretched.finish();
    let mut local = digest::Context::new(algorithm);
    for part in [key.as_ref(), engine, key.as_ref()] {
        local.update(part);
    }
    local.finish().as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 3414, appendix A.3.2.
    #[test]
    fn a_password_becomes_the_key_that_the_standard_says() {
        let mut engine = [0; 12];
        engine[11] = 2;
        let key = localized(SnmpAuth::Sha1, &Secret::from("maplesyrup"), &engine);
        let expected = [
            0x66, 0x95, 0xfe, 0xbc, 0x92, 0x88, 0xe3, 0x62, 0x82, 0x23, 0x5f, 0xc7, 0x15, 0x1f,
            0x12, 0x84, 0x97, 0xb3, 0x8f, 0x3f,
        ];
        assert_eq!(key, expected);
    }

    #[test]
    fn what_is_encrypted_is_decrypted_with_the_same_key_and_time_only() {
        let password = Secret::from("maplesyrup");
        let cipher = Cipher::new(SnmpAuth::Sha256, &password, b"engine");
        let engine = Engine {
            id: b"engine".to_vec(),
            boots: 3,
            time: 99,
        };
        for length in [0, 1, 15, 16, 17, 100] {
            let plain = vec![7; length];
            let secret = cipher.encrypt(&engine, [1; SALT_BYTES], &plain);
            assert_eq!(cipher.decrypt(&engine, [1; SALT_BYTES], &secret), plain);
            assert!(length == 0 || secret != plain);
            let later = Engine {
                time: 100,
                ..engine.clone()
            };
            assert!(length == 0 || cipher.decrypt(&later, [1; SALT_BYTES], &secret) != plain);
        }
    }

    #[test]
    fn a_changed_message_is_not_signed() {
        for auth in [SnmpAuth::Sha1, SnmpAuth::Sha256, SnmpAuth::Sha512] {
            let signer = Signer::new(auth, &Secret::from("maplesyrup"), b"engine");
            let signature = signer.sign(b"message");
            assert_eq!(signature.len(), signer.bytes());
            assert!(signer.is_signed(b"message", &signature));
            assert!(!signer.is_signed(b"massage", &signature));
            assert!(!signer.is_signed(b"message", &signature[1..]));
        }
    }
}
