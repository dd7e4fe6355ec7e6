//! Name servers on loopback, honest and not.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;

/// Answers `good.test` with 192.0.2.7, `large.test` over TCP only, `broken.test` with
/// SERVFAIL, `forged.test` first under a wrong number, `silent.test` never, and everything
/// else with NXDOMAIN.
async fn server() -> SocketAddr {
    // Both protocols on one port; another program may hold one of them.
    let (datagrams, streams) = loop {
        let datagrams = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = datagrams.local_addr().unwrap();
        if let Ok(streams) = TcpListener::bind(address).await {
            break (Arc::new(datagrams), streams);
        }
    };
    let address = datagrams.local_addr().unwrap();
    tokio::spawn(async move {
        let mut question = [0; 512];
        while let Ok((length, from)) = datagrams.recv_from(&mut question).await {
            for answer in answers(&question[..length]) {
                let _ = datagrams.send_to(&answer, from).await;
            }
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = streams.accept().await {
            let length = usize::from(stream.read_u16().await.unwrap());
            let mut question = vec![0; length];
            stream.read_exact(&mut question).await.unwrap();
            let answer = values(&question);
            stream
                .write_u16(u16::try_from(answer.len()).unwrap())
                .await
                .unwrap();
            stream.write_all(&answer).await.unwrap();
        }
    });
    address
}

fn answers(question: &[u8]) -> Vec<Vec<u8>> {
    let asks = |name: &[u8]| question.windows(name.len()).any(|window| window == name);
    let code = |code: u8, flags: u8| {
        let mut answer = question.to_vec();
        answer[2] = 0x81 | flags;
        answer[3] = 0x80 | code;
        answer
    };
    if asks(b"\x04good\x04test") {
        vec![values(question)]
    } else if asks(b"\x06forged\x04test") {
        let mut forged = values(question);
        forged[0] ^= 0xff;
        vec![forged, b"nonsense".to_vec(), values(question)]
    } else if asks(b"\x05large\x04test") {
        vec![code(0, 0x02)]
    } else if asks(b"\x06broken\x04test") {
        vec![code(2, 0)]
    } else if asks(b"\x06silent\x04test") {
        Vec::new()
    } else {
        vec![code(3, 0)]
    }
}

fn values(question: &[u8]) -> Vec<u8> {
    let mut answer = question.to_vec();
    (answer[2], answer[3], answer[7]) = (0x81, 0x80, 1);
    answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    answer
}

#[tokio::test]
async fn a_name_is_judged_by_what_the_server_says() {
    let server = server().await;
    // (name, keys, state, part of the text)
    let cases = [
        ("good.test", "", CheckState::Ok, "good.test is 192.0.2.7"),
        (
            "good.test",
            "expect = [\"192.0.2.7\"]",
            CheckState::Ok,
            "192.0.2.7",
        ),
        (
            "good.test",
            "expect = [\"192.0.2.8\"]",
            CheckState::Critical,
            "not 192.0.2.8",
        ),
        (
            "good.test",
            "record = \"AAAA\"",
            CheckState::Critical,
            "no such record",
        ),
        ("large.test", "", CheckState::Ok, "192.0.2.7"),
        ("forged.test", "", CheckState::Ok, "192.0.2.7"),
        ("broken.test", "", CheckState::Critical, "SERVFAIL"),
        ("missing.test", "", CheckState::Critical, "NXDOMAIN"),
        (
            "silent.test",
            "timeout = \"500ms\"",
            CheckState::Critical,
            "does not answer within",
        ),
    ];
    for (name, keys, state, part) in cases {
        let settings = format!("target = \"{name}\"\nservers = [\"{server}\"]\n{keys}");
        let (run, samples) = check(&of_kind("dns", &settings)).await;
        expect(&run, state, part);
        if state == CheckState::Ok {
            assert!(value(&samples, "time") > 0.0);
        }
    }
}

#[tokio::test]
async fn one_of_two_servers_that_is_gone_is_told() {
    let server = server().await;
    let gone = UdpSocket::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = format!("target = \"good.test\"\nservers = [\"{server}\", \"{gone}\"]");
    let (run, _) = check(&of_kind("dns", &settings)).await;
    expect(&run, CheckState::Critical, "nobody listens at");
    assert!(run.text.contains("192.0.2.7"), "{}", run.text);
}
