//! Words through a real socket.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use proptest::prelude::*;

use super::*;

/// Says back what it heard, and from whom.
struct Echo;

impl Answer for Echo {
    async fn answer(&self, word: Word, caller: Caller) -> Reply {
        Reply {
            done: true,
            text: format!("{} {word:?}", caller.uid),
        }
    }
}

#[test]
fn a_word_is_answered_and_the_kernel_says_who_spoke() {
    check(|dir| {
        let word = Word::Goodbye {
            reason: Goodbye::Suspend,
        };
        let reply = say(dir, &word).unwrap();
        let uid = rustix::process::geteuid().as_raw();
        assert_eq!(reply.text, format!("{uid} {word:?}"));
    });
}

#[test]
fn nonsense_is_sent_away_and_the_next_word_is_heard() {
    check(|dir| {
        for nonsense in [&b"\n"[..], b"{\"say\":\"run\"}\n", b"\xff\xfe\n", b"{}"] {
            let reply = raw(dir, nonsense);
            assert!(reply.contains("does not understand"), "{reply}");
        }
        let long = vec![b'x'; 100_000];
        raw(dir, &long);
        assert!(
            say(
                dir,
                &Word::EndHold {
                    by: "me".to_owned()
                }
            )
            .unwrap()
            .done
        );
    });
}

#[test]
fn where_no_agent_runs_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let error = say(
        dir.path(),
        &Word::EndHold {
            by: "me".to_owned(),
        },
    )
    .unwrap_err();
    assert!(error.to_string().contains("no agent is running"), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_make_a_word_panic(bytes: Vec<u8>) {
        let _ = serde_json::from_slice::<Word>(&bytes);
    }
}

/// Bytes as they are; the other side may have hung up before it has read all of them.
fn raw(dir: &Path, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(path(dir)).unwrap();
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

fn check(story: impl FnOnce(&Path) + Send + 'static) {
    let dir = tempfile::tempdir().unwrap();
    let runtime = crate::app::runtime().unwrap();
    runtime.block_on(async {
        let door = Door::open(dir.path()).unwrap();
        let path = dir.path().to_owned();
        let story = tokio::task::spawn_blocking(move || story(&path));
        tokio::select! {
            () = door.answer(&Echo) => {}
            ended = story => ended.unwrap(),
        }
    });
}
