//! Profile `email` at an SMTP server that says what servers say: taken, later, never,
//! wrong password; and one that is cut off.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use vedette_collector::receiver::operation::{Progress, Report, Subject, carry_out};
use vedette_collector::receiver::{Receivers, Words};
use vedette_policy::profile::{Judgement, Operation, Told, sample_deliveries};
use vedette_triage::{Action, Delivery};

use crate::fakes::SECRET;
use crate::world::{NOW, Setup};

/// How the server behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Takes,
    /// The recipient is greylisted.
    Later,
    /// There is no such recipient.
    Never,
    /// It wants a password.
    AsksWho,
    /// The connection breaks when the mail has been handed over.
    BreaksAfterData,
}

struct Server {
    port: u16,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(mood: Mood) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&mails);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(talk(socket, mood, Arc::clone(&kept)));
            }
        });
        Server { port, mails }
    }

    fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    async fn tell(&self, action: Action, secret: Option<&'static str>) -> Report {
        let url: &'static str =
            Box::leak(format!("smtp://127.0.0.1:{}", self.port).into_boxed_str());
        let keys = "from = \"Vedette <vedette@example.org>\"\nto = \"ops@example.org, Desk <desk@example.org>\"";
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup::shipped("email", url, keys).secret(secret.unwrap_or_default());
        let (mut destination, site) = setup.destination(&folder);
        if secret.is_none() {
            destination.token_file = None;
        }
        let receivers = Receivers::from_policy(&[destination], &site).unwrap();
        let receiver = receivers.get("desk").unwrap();
        let delivery = Delivery {
            seq: 2,
            ..sample_deliveries(action).remove(0)
        };
        let words = Words::of(&delivery, receiver.site());
        let subject = Subject {
            told: Some(Told {
                delivery: &delivery,
                subject: &words.subject,
                text: &words.text,
                first: &words.first,
            }),
            ticket: None,
            asked: None,
            now: NOW,
        };
        let operation = Operation::of(&delivery, &receiver.destination().profile);
        let telling = carry_out(receiver, operation, subject, Progress::default());
        tokio::time::timeout(Duration::from_secs(60), telling)
            .await
            .unwrap()
    }
}

async fn talk(socket: TcpStream, mood: Mood, mails: Arc<Mutex<Vec<String>>>) {
    let (reading, mut writing) = socket.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing
        .write_all(b"220 mail.example.org ready\r\n")
        .await
        .unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let word = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let pair = STANDARD.encode(format!("\0vedette@example.org\0{SECRET}"));
        let answer = match word.as_str() {
            "EHLO" => "250-mail.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            "AUTH" if line.ends_with(&pair) => "235 welcome",
            "AUTH" => "535 5.7.8 authentication failed",
            "MAIL" if mood == Mood::AsksWho => "530 5.7.0 authentication required",
            "RCPT" if mood == Mood::Later => "451 4.7.1 greylisted, try again",
            "RCPT" if mood == Mood::Never => "550 5.1.1 no such user here",
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await.unwrap();
                let mut mail = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                mails.lock().unwrap().push(mail);
                if mood == Mood::BreaksAfterData {
                    return;
                }
                "250 2.0.0 queued as 4F2A"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        writing
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_ticket_is_a_conversation_of_mails() {
    let server = Server::start(Mood::Takes).await;
    for action in [Action::Open, Action::Note, Action::Resolve] {
        let report = server.tell(action, None).await;
        assert_eq!(report.judgement, Judgement::Done, "{}", report.why);
    }
    let mails = server.mails();
    assert_eq!(mails.len(), 3);
    let opening = &mails[0];
    for expected in [
        "From: Vedette <vedette@example.org>",
        "To: ops@example.org, Desk <desk@example.org>",
        "Message-ID: <K-3f2a-4711-1@vedette.invalid>",
        "Auto-Submitted: auto-generated",
        "Content-Type: multipart/alternative",
        "/var is 96 % full",
        "<pre>",
    ] {
        assert!(opening.contains(expected), "no {expected:?} in\n{opening}");
    }
    assert!(!opening.contains("In-Reply-To"), "{opening}");
    for reply in &mails[1..] {
        assert!(
            reply.contains("In-Reply-To: <K-3f2a-4711-1@vedette.invalid>"),
            "{reply}"
        );
        assert!(
            reply.contains("Message-ID: <K-3f2a-4711-1-2@vedette.invalid>"),
            "{reply}"
        );
    }
}

#[tokio::test]
async fn what_the_server_says_is_what_it_means() {
    for (mood, secret, judgement, said) in [
        (Mood::Later, None, Judgement::Transient, "451"),
        (Mood::Never, None, Judgement::Refused, "550"),
        (Mood::AsksWho, None, Judgement::Auth, "530"),
        (Mood::Takes, Some("another"), Judgement::Auth, "535"),
        (Mood::Takes, Some(SECRET), Judgement::Done, "250"),
        (Mood::BreaksAfterData, None, Judgement::Unknown, "broke"),
    ] {
        let server = Server::start(mood).await;
        let report = server.tell(Action::Open, secret).await;
        assert_eq!(report.judgement, judgement, "{said}: {}", report.why);
        assert!(report.why.contains(said), "{said}: {}", report.why);
        assert!(!report.why.contains("another"), "{}", report.why);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_surely_took_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server = Server {
        port,
        mails: Arc::default(),
    };
    let report = server.tell(Action::Open, None).await;
    assert_eq!(report.judgement, Judgement::Transient, "{}", report.why);
    assert!(report.why.contains("cannot be reached"), "{}", report.why);
}
