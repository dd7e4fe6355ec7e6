//! Messages of devices, honest, forged and broken.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use vedette_config::check::SnmpAuth;

use super::super::super::secret::Secret;
use super::*;

const UPTIME: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 3, 0];

#[test]
fn an_answer_of_version_2c_is_known_by_its_number_and_community() {
    let bytes = answered(7, &ber::wrap(0x43, &[&[1, 0]]));
    let values = vec![(UPTIME.to_vec(), Value::Ticks(256.0))];
    assert_eq!(reply_v2c(&bytes, "public", 7), Some(Reply::Values(values)));
    assert_eq!(reply_v2c(&bytes, "public", 8), None);
    assert_eq!(reply_v2c(&bytes, "private", 7), None);
}

#[test]
fn every_kind_of_value_is_read() {
    let cases: [(u8, &[u8], Value); 10] = [
        (ber::INTEGER, &[0xff], Value::Number(-1.0)),
        (
            0x41,
            &[0, 0xff, 0xff, 0xff, 0xff],
            Value::Number(4_294_967_295.0),
        ),
        (0x42, &[9], Value::Number(9.0)),
        (
            0x46,
            &[0, 0xff, 0, 0, 0, 0, 0, 0, 0],
            Value::Number(18_374_686_479_671_623_680.0),
        ),
        (ber::OCTETS, b"42.5", Value::Text("42.5".to_owned())),
        (0x40, &[192, 0, 2, 1], Value::Text("192.0.2.1".to_owned())),
        (ber::OBJECT, &[43, 6, 1], Value::Text("1.3.6.1".to_owned())),
        (0x44, &[0x9f, 0x78, 4, 0x3f, 0x80, 0, 0], Value::Number(1.0)),
        (0x80, &[], Value::Missing),
        (0x81, &[], Value::Missing),
    ];
    for (tag, bytes, expected) in cases {
        assert_eq!(value((tag, bytes)), Some(expected), "{tag:#x}");
    }
}

#[test]
fn an_answer_that_is_not_as_safe_as_the_question_is_none() {
    let user = user();
    let plain = User {
        signer: None,
        cipher: None,
        ..user.clone()
    };
    let wrong = Signer::new(
        SnmpAuth::Sha256,
        &Secret::from("wrongpassword"),
        &user.engine.id,
    );
    let forged = User {
        signer: Some(wrong),
        ..user.clone()
    };
    let unencrypted = User {
        cipher: None,
        ..user.clone()
    };
    assert!(reply_v3(&as_answer(&user), &user, 7).is_some());
    for other in [plain, forged, unencrypted] {
        assert_eq!(reply_v3(&as_answer(&other), &user, 7), None);
    }
    let mut old = user.clone();
    old.engine.time += TIME_WINDOW + 1;
    assert_eq!(reply_v3(&as_answer(&old), &user, 7), None);
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        reply_v2c(&bytes, "public", 7);
        reply_v3(&bytes, &user(), 7);
    }

    #[test]
    fn no_change_to_a_message_breaks_it(place in 0usize..200, byte in any::<u8>()) {
        let user = User { signer: None, cipher: None, ..user() };
        for mut bytes in [as_answer(&user), answered(7, &ber::write_integer(5))] {
            let place = place % bytes.len();
            bytes[place] = byte;
            reply_v2c(&bytes, "public", 7);
            reply_v3(&bytes, &user, 7);
            reply_v2c(&bytes[..place], "public", 7);
            reply_v3(&bytes[..place], &user, 7);
        }
    }
}

fn user() -> User {
    let password = Secret::from("maplesyrup");
    let engine = Engine {
        id: b"device".to_vec(),
        boots: 2,
        time: 1_000,
    };
    User {
        name: "monitor".to_owned(),
        signer: Some(Signer::new(SnmpAuth::Sha256, &password, &engine.id)),
        cipher: Some(Cipher::new(SnmpAuth::Sha256, &password, &engine.id)),
        engine,
    }
}

/// A question is an answer but for the tag in it.
fn as_answer(user: &User) -> Vec<u8> {
    let mut body = question(7, &[UPTIME]);
    body[0] = RESPONSE;
    let nothing = ber::wrap(ber::OCTETS, &[]);
    let scoped = ber::wrap(ber::SEQUENCE, &[&nothing, &nothing, &body]);
    seal(user, 7, [0; SALT_BYTES], scoped)
}

fn answered(id: i32, value: &[u8]) -> Vec<u8> {
    let pair = ber::wrap(ber::SEQUENCE, &[&ber::write_object(UPTIME), value]);
    let zero = ber::write_integer(0);
    let pairs = ber::wrap(ber::SEQUENCE, &[&pair]);
    let body = ber::wrap(
        RESPONSE,
        &[&ber::write_integer(id.into()), &zero, &zero, &pairs],
    );
    let community = ber::wrap(ber::OCTETS, &[b"public"]);
    ber::wrap(
        ber::SEQUENCE,
        &[&ber::write_integer(VERSION_2C), &community, &body],
    )
}
