//! Writes questions to devices, and reads what they answer.
//!
//! In: object identifiers, and how to be let in; bytes of any kind. Out: values, or a report.
//! Sources: RFC 3416 (what is asked), RFC 1901 (version 2c), RFC 3412 and 3414 (version 3).
//! Knows nothing of sockets.

use super::super::ber::{self, Reader};
use super::usm::{Cipher, Engine, SALT_BYTES, Signer};

const GET: u8 = 0xa0;
const RESPONSE: u8 = 0xa2;
const REPORT: u8 = 0xa8;
const VERSION_2C: i64 = 1;
const VERSION_3: i64 = 3;
const USER_BASED: i64 = 3;
const IS_SIGNED: u8 = 1;
const IS_ENCRYPTED: u8 = 2;
const REPORTABLE: u8 = 4;
/// The largest answer we ask for.
const MESSAGE_BYTES_MAX: i64 = 16 * 1024;
/// Seconds that a signed answer's time may differ from what we know (RFC 3414 section 2.2.3).
const TIME_WINDOW: u32 = 150;
/// Values of one answer.
const VALUES_MAX: usize = 64;

/// One value of a device.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A number.
    Number(f64),
    /// Hundredths of a second.
    Ticks(f64),
    /// Text, or an address, or an object identifier.
    Text(String),
    /// The device has no such value.
    Missing,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reply {
    /// Values in the order they were asked for, or the number of an error.
    Values(Vec<(Vec<u32>, Value)>),
    /// The device's word for what is wrong with the question.
    Error(i64),
    /// The security model does not take the message; the counter that was raised.
    Report(Vec<u32>, Engine),
}

/// A user of version 3 at one engine.
#[derive(Clone)]
pub(super) struct User {
    pub name: String,
    pub engine: Engine,
    pub signer: Option<Signer>,
    pub cipher: Option<Cipher>,
}

/// A question in version 2c.
pub(super) fn ask_v2c(community: &str, id: i32, objects: &[&[u32]]) -> Vec<u8> {
    ber::wrap(
        ber::SEQUENCE,
        &[
            &ber::write_integer(VERSION_2C),
            &ber::wrap(ber::OCTETS, &[community.as_bytes()]),
            &question(id, objects),
        ],
    )
}

/// The answer to a question in version 2c; nothing if these bytes are not it.
pub(super) fn reply_v2c(bytes: &[u8], community: &str, id: i32) -> Option<Reply> {
    let mut message = Reader::new(bytes).enter(ber::SEQUENCE)?;
    let is_ours =
        message.integer()? == VERSION_2C && message.expect(ber::OCTETS)? == community.as_bytes();
    is_ours.then(|| reply(&mut message, id, &Engine::default()))?
}

/// A question in version 3. Without an engine it asks who the engine is.
pub(super) fn ask_v3(user: &User, id: i32, salt: [u8; SALT_BYTES], objects: &[&[u32]]) -> Vec<u8> {
    let scoped = ber::wrap(
        ber::SEQUENCE,
        &[
            &ber::wrap(ber::OCTETS, &[&user.engine.id]),
            &ber::wrap(ber::OCTETS, &[]),
            &question(id, objects),
        ],
    );
    seal(user, id, salt, scoped)
}

/// The whole message around what is asked: signed and encrypted as this user does.
fn seal(user: &User, id: i32, salt: [u8; SALT_BYTES], scoped: Vec<u8>) -> Vec<u8> {
    let engine = &user.engine;
    let (body, salt) = match &user.cipher {
        None => (scoped, Vec::new()),
        Some(cipher) => {
            let secret = cipher.encrypt(engine, salt, &scoped);
            (ber::wrap(ber::OCTETS, &[&secret]), salt.to_vec())
        }
    };
    let room = vec![0; user.signer.as_ref().map_or(0, Signer::bytes)];
    let salt = ber::wrap(ber::OCTETS, &[&salt]);
    let security = ber::wrap(
        ber::SEQUENCE,
        &[
            &ber::wrap(ber::OCTETS, &[&engine.id]),
            &ber::write_integer(engine.boots.into()),
            &ber::write_integer(engine.time.into()),
            &ber::wrap(ber::OCTETS, &[user.name.as_bytes()]),
            &ber::wrap(ber::OCTETS, &[&room]),
            &salt,
        ],
    );
    let head = ber::wrap(
        ber::SEQUENCE,
        &[
            &ber::write_integer(id.into()),
            &ber::write_integer(MESSAGE_BYTES_MAX),
            &ber::wrap(ber::OCTETS, &[&[user.flags()]]),
            &ber::write_integer(USER_BASED),
        ],
    );
    let version = ber::write_integer(VERSION_3);
    let security = ber::wrap(ber::OCTETS, &[&security]);
    let mut whole = ber::wrap(ber::SEQUENCE, &[&version, &head, &security, &body]);
    if let Some(signer) = &user.signer {
        let end = whole.len() - body.len() - salt.len();
        let signature = signer.sign(&whole);
        whole[end - signature.len()..end].copy_from_slice(&signature);
    }
    whole
}

impl User {
    fn flags(&self) -> u8 {
        let signed = if self.signer.is_some() { IS_SIGNED } else { 0 };
        let encrypted = if self.cipher.is_some() {
            IS_ENCRYPTED
        } else {
            0
        };
        REPORTABLE | signed | encrypted
    }
}

/// The answer to a question in version 3; nothing if these bytes are not it, or if they are
/// not signed and encrypted as the question was. Reports that are not signed are taken: they
/// tell nothing but why there is no answer.
pub(super) fn reply_v3(bytes: &[u8], user: &User, id: i32) -> Option<Reply> {
    let mut message = Reader::new(bytes).enter(ber::SEQUENCE)?;
    if message.integer()? != VERSION_3 {
        return None;
    }
    let mut head = message.enter(ber::SEQUENCE)?;
    if head.integer()? != i64::from(id) {
        return None;
    }
    head.integer()?;
    let flags = *head.expect(ber::OCTETS)?.first()?;
    if head.integer()? != USER_BASED {
        return None;
    }
    let security = message.expect(ber::OCTETS)?;
    let mut security = Reader::new(security).enter(ber::SEQUENCE)?;
    let engine = Engine {
        id: security.expect(ber::OCTETS)?.to_vec(),
        boots: u32::try_from(security.integer()?).ok()?,
        time: u32::try_from(security.integer()?).ok()?,
    };
    let _name = security.expect(ber::OCTETS)?;
    let signature = security.expect(ber::OCTETS)?;
    let salt = security.expect(ber::OCTETS)?;

    let is_signed = match &user.signer {
        Some(signer) if flags & IS_SIGNED != 0 => {
            let is_good = is_good(signer, bytes, signature) && engine.id == user.engine.id;
            is_good.then_some(true)?
        }
        Some(_) | None => false,
    };
    let mut decrypted = Vec::new();
    let mut scoped = match (&user.cipher, flags & IS_ENCRYPTED != 0) {
        (Some(cipher), true) => {
            let salt = <[u8; SALT_BYTES]>::try_from(salt).ok()?;
            decrypted.extend(cipher.decrypt(&engine, salt, message.expect(ber::OCTETS)?));
            Reader::new(&decrypted).enter(ber::SEQUENCE)?
        }
        (None, true) => return None,
        (_, false) => message.enter(ber::SEQUENCE)?,
    };
    // Engine and name of the context.
    scoped.expect(ber::OCTETS)?;
    scoped.expect(ber::OCTETS)?;
    let reply = reply(&mut scoped, id, &engine)?;
    let is_report = matches!(reply, Reply::Report(..));
    let is_as_safe = (is_signed || user.signer.is_none())
        && (flags & IS_ENCRYPTED != 0 || user.cipher.is_none());
    let is_now = !is_signed
        || engine.boots == user.engine.boots
            && engine.time.abs_diff(user.engine.time) <= TIME_WINDOW;
    (is_report || is_as_safe && is_now).then_some(reply)
}

/// Whether a message carries the signature that it should.
fn is_good(signer: &Signer, message: &[u8], signature: &[u8]) -> bool {
    // A slice of the message itself, so that the difference is its place.
    let place = (signature.as_ptr() as usize).wrapping_sub(message.as_ptr() as usize);
    let mut blank = message.to_vec();
    match blank.get_mut(place..place.saturating_add(signature.len())) {
        Some(room) => room.fill(0),
        None => return false,
    }
    signer.is_signed(&blank, signature)
}

fn question(id: i32, objects: &[&[u32]]) -> Vec<u8> {
    let pairs: Vec<Vec<u8>> = objects
        .iter()
        .map(|object| {
            let nothing = ber::wrap(ber::NULL, &[]);
            ber::wrap(ber::SEQUENCE, &[&ber::write_object(object), &nothing])
        })
        .collect();
    let pairs: Vec<&[u8]> = pairs.iter().map(Vec::as_slice).collect();
    let zero = ber::write_integer(0);
    let pairs = ber::wrap(ber::SEQUENCE, &pairs);
    ber::wrap(GET, &[&ber::write_integer(id.into()), &zero, &zero, &pairs])
}

fn reply(message: &mut Reader<'_>, id: i32, engine: &Engine) -> Option<Reply> {
    let (tag, body) = message.next()?;
    let mut body = Reader::new(body);
    let answered = body.integer()?;
    let error = body.integer()?;
    body.integer()?;
    let mut pairs = body.enter(ber::SEQUENCE)?;
    let mut values = Vec::new();
    while let Some(mut pair) = pairs.enter(ber::SEQUENCE) {
        let object = ber::numbers(pair.expect(ber::OBJECT)?)?;
        values.push((object, value(pair.next()?)?));
        if values.len() > VALUES_MAX {
            return None;
        }
    }
    match tag {
        REPORT => Some(Reply::Report(values.into_iter().next()?.0, engine.clone())),
        RESPONSE if answered != i64::from(id) => None,
        RESPONSE if error != 0 => Some(Reply::Error(error)),
        RESPONSE => Some(Reply::Values(values)),
        _ => None,
    }
}

fn value((tag, bytes): (u8, &[u8])) -> Option<Value> {
    // Exact up to 2^53; a counter beyond is shown all the same.
    #[allow(clippy::cast_precision_loss)]
    let value = match tag {
        ber::INTEGER => Value::Number(ber::signed(bytes)? as f64),
        // Counter32, Gauge32, Counter64.
        0x41 | 0x42 | 0x46 => Value::Number(ber::unsigned(bytes)? as f64),
        0x43 => Value::Ticks(ber::unsigned(bytes)? as f64),
        ber::OCTETS => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ber::OBJECT => {
            let numbers: Vec<String> = ber::numbers(bytes)?.iter().map(u32::to_string).collect();
            Value::Text(numbers.join("."))
        }
        0x40 => Value::Text(std::net::Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).to_string()),
        // A floating-point number in an envelope of its own, as net-snmp writes it.
        0x44 => match bytes {
            [0x9f, 0x78, 4, number @ ..] => {
                let number = f32::from_be_bytes(<[u8; 4]>::try_from(number).ok()?);
                Value::Number(number.into())
            }
            _ => Value::Text(format!("{} opaque bytes", bytes.len())),
        },
        // No such object, no such instance, end of the view.
        0x80..=0x82 | ber::NULL => Value::Missing,
        _ => return None,
    };
    Some(value)
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
