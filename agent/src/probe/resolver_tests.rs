//! Name servers that the test plays, on loopback.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn the_servers_are_those_the_c_library_asks() {
    let cases: [(&str, &[&str]); 6] = [
        (
            "nameserver 10.0.0.1\nsearch x\nnameserver ::1\n",
            &["10.0.0.1", "::1"],
        ),
        ("# nameserver 10.0.0.1\n", &["127.0.0.1"]),
        ("", &["127.0.0.1"]),
        (
            "nameserver\nnameserver x\nnameserver\t10.0.0.2 \n",
            &["10.0.0.2"],
        ),
        ("nameserver 1.1.1.1\n".repeat(9).leak(), &["1.1.1.1"; 3]),
        ("nameserver fe80::1%eth0\n", &["127.0.0.1"]),
    ];
    for (file, expected) in cases {
        let found: Vec<String> = servers(file.as_bytes())
            .iter()
            .map(IpAddr::to_string)
            .collect();
        assert_eq!(found, expected, "{file:?}");
    }
}

#[test]
fn the_collectors_name_is_asked_for_and_must_be_found() {
    let cases = [
        (
            vec!["https://vedette.example.org:9720"],
            "vedette.example.org",
            true,
        ),
        (vec!["http://127.0.0.1:9720"], "db-7", false),
        (vec!["http://[::1]:9720", "https://second/"], "second", true),
        (vec!["http://localhost:9720"], "db-7", false),
    ];
    for (urls, name, must_be_found) in cases {
        let urls: Vec<String> = urls.into_iter().map(str::to_owned).collect();
        let expected = Question {
            name: name.to_owned(),
            must_be_found,
        };
        assert_eq!(question(&urls, "db-7"), expected);
    }
    assert_eq!(question(&[], "").name, "localhost");
}

#[test]
fn a_question_is_written_as_the_protocol_wants_it() {
    let expected =
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02db\x04corp\x00\x00\x01\x00\x01";
    assert_eq!(query(0x1234, "db.corp.").unwrap(), expected);
    for bad in [
        "",
        ".",
        "a..b",
        &"x".repeat(64),
        &"x.".repeat(200),
        "\u{e4}",
    ] {
        assert_eq!(query(1, bad), None, "{bad:?}");
    }
}

#[test]
fn what_a_server_says_is_heard_and_what_is_not_its_answer_is_not() {
    for code in [0, 2, 3, 5] {
        let server = Server::start(move |query| {
            let mut wrong = query.to_vec();
            wrong[0] ^= 1;
            wrong[2] |= 0x80;
            let mut right = query.to_vec();
            right[2] |= 0x80;
            right[3] |= code;
            vec![vec![7], wrong, query.to_vec(), right]
        });
        assert_eq!(ask(server.address, "db.corp"), Ok(code));
    }
}

#[test]
fn where_nobody_listens_there_is_no_answer() {
    let free = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(ask(free, "db.corp"), Err(Silence::NoAnswer));
}

#[test]
fn a_name_that_must_be_found_makes_other_answers_failures() {
    let of = |must_be_found| Question {
        name: "x".to_owned(),
        must_be_found,
    };
    assert!(
        of(true).is_answered_by(0) && !of(true).is_answered_by(3) && !of(true).is_answered_by(2)
    );
    assert!(of(false).is_answered_by(3) && of(false).is_answered_by(2));
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes: Vec<u8>, id: u16, name: String) {
        code(&bytes, id);
        prop_assert!(!servers(&bytes).is_empty());
        if let Some(query) = query(id, &name) {
            prop_assert!(query.len() <= ANSWER_BYTES);
        }
    }
}

/// Answers one question with these packets.
struct Server {
    address: SocketAddr,
}

impl Server {
    fn start(answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Server {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut query = [0; ANSWER_BYTES];
            let (length, asker) = socket.recv_from(&mut query).unwrap();
            for packet in answer(&query[..length]) {
                socket.send_to(&packet, asker).unwrap();
            }
        });
        Server { address }
    }
}
