//! Carries an e-mail to an SMTP server, and says what is known of it afterwards.
//!
//! In: a letter, the server's address, perhaps user and secret. Out: an [`Arrival`] whose
//! status is the server's reply code. Credentials are sent over TLS only, but to this
//! machine. What was refused before the letter was handed over surely did not arrive;
//! what breaks while it is handed over is unknown.

use std::time::Duration;

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailboxes, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use vedette_policy::profile::Letter;

use super::render::{Outgoing, Post};
use super::sender::{Arrival, Bounds, Carried, Carrier, Response, install_ring};

/// Where mail is handed in, when the address says no port.
const SUBMISSION: u16 = 587;
/// The same, with TLS from the first byte.
const SUBMISSIONS: u16 = 465;
/// Behind the `@` of our ids: nobody's name, so that no id is anybody else's.
const IDS: &str = "vedette.invalid";

/// Carries e-mails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Postman {
    bounds: Bounds,
}

impl Postman {
    /// One with these bounds.
    pub(super) fn new(bounds: Bounds) -> Postman {
        install_ring();
        Postman { bounds }
    }

    async fn carried(&self, outgoing: &Outgoing) -> Arrival {
        let Some(post) = &outgoing.mail else {
            let why = "this is no e-mail, and the receiver is an SMTP server".to_owned();
            return Arrival::Unsendable { why };
        };
        let message = match message_of(&post.letter) {
            Ok(message) => message,
            Err(why) => return Arrival::Unsendable { why },
        };
        let connecting = self.connected(outgoing, post);
        let mut connection = match within(self.bounds.timeout, connecting).await {
            Some(Ok(connection)) => connection,
            Some(Err(arrival)) => return arrival,
            None => {
                let why = "it did not answer in time, before the mail was handed over".to_owned();
                return Arrival::NotSent { why };
            }
        };
        let bytes = message.formatted();
        let sending = connection.send(message.envelope(), &bytes);
        let arrival = match within(self.bounds.timeout, sending).await {
            Some(Ok(response)) => answered(&response),
            Some(Err(error)) => refused(&error).unwrap_or_else(|| Arrival::Lost {
                why: format!("the connection broke: {}", innermost(&error)),
            }),
            None => Arrival::Lost {
                why: "it did not answer in time".to_owned(),
            },
        };
        // A server that does not say goodbye in time changes nothing.
        let _ = within(Duration::from_secs(1), connection.quit()).await;
        arrival
    }

    /// A connection on which a mail can be handed over.
    async fn connected(
        &self,
        outgoing: &Outgoing,
        post: &Post,
    ) -> Result<AsyncSmtpConnection, Arrival> {
        let url = &outgoing.url;
        let host = url
            .host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
            .to_owned();
        let is_tls = url.scheme() == "smtps";
        let port = url
            .port()
            .unwrap_or(if is_tls { SUBMISSIONS } else { SUBMISSION });
        let not_sent = |what: &str, error: &Error| Arrival::NotSent {
            why: format!("{what}: {}", innermost(error)),
        };
        let hello = ClientId::default();
        let tls = || {
            TlsParameters::new(host.clone())
                .map_err(|error| not_sent("TLS cannot be used here", &error))
        };
        let at_once = is_tls.then(&tls).transpose()?;
        let timeout = Some(self.bounds.connect_timeout);
        let server = (host.as_str(), port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, timeout, &hello, at_once, None)
                .await
                .map_err(|error| {
                    refused(&error).unwrap_or_else(|| not_sent("it cannot be reached", &error))
                })?;
        if connection.can_starttls() {
            let upgraded = connection.starttls(tls()?, &hello).await;
            upgraded.map_err(|error| not_sent("TLS fails", &error))?;
        }
        let Some((user, secret)) = &post.login else {
            return Ok(connection);
        };
        if !connection.is_encrypted() && !is_this_machine(&host) {
            let why = "it offers no TLS, and a password does not travel without".to_owned();
            return Err(Arrival::Unsendable { why });
        }
        let credentials = Credentials::new(user.clone(), secret.reveal().to_owned());
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        match connection.auth(&mechanisms, &credentials).await {
            Ok(_) => Ok(connection),
            Err(error) => Err(refused(&error).unwrap_or_else(|| Arrival::Unsendable {
                why: format!(
                    "it takes no password as we can give it: {}",
                    innermost(&error)
                ),
            })),
        }
    }
}

impl Carrier for Postman {
    fn carry<'a>(&'a self, outgoing: &'a Outgoing) -> Carried<'a> {
        Box::pin(self.carried(outgoing))
    }
}

/// The letter as it goes over the wire.
fn message_of(letter: &Letter) -> Result<Message, String> {
    let from = letter.from.parse();
    let from = from.map_err(|error| format!("{:?} is not an address: {error}", letter.from))?;
    let to: Result<Mailboxes, _> = letter.to.parse();
    let to = to.map_err(|error| format!("{:?} is not a list of addresses: {error}", letter.to))?;
    let mut builder = Message::builder()
        .from(from)
        .subject(one_line(&letter.subject))
        .message_id(Some(id_of(&letter.id)))
        .raw_header(header("Auto-Submitted", "auto-generated"));
    for mailbox in to {
        builder = builder.to(mailbox);
    }
    if !letter.answers.is_empty() {
        builder = builder
            .in_reply_to(id_of(&letter.answers))
            .references(id_of(&letter.answers));
    }
    let text = SinglePart::plain(letter.text.clone());
    let built = match &letter.html {
        Some(html) => builder.multipart(
            MultiPart::alternative()
                .singlepart(text)
                .singlepart(SinglePart::html(html.clone())),
        ),
        None => builder.singlepart(text),
    };
    built.map_err(|error| format!("the mail cannot be made: {error}"))
}

/// Letters, digits and dashes only: it stands between angle brackets.
fn id_of(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '-')
        .collect();
    format!("<{name}@{IDS}>")
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A line break would begin another header.
fn one_line(text: &str) -> String {
    text.replace(['\r', '\n', '\0'], " ")
}

fn answered(response: &lettre::transport::smtp::response::Response) -> Arrival {
    let text: Vec<&str> = response.message().collect();
    Arrival::Answered(Response {
        status: u16::from(response.code()),
        headers: Vec::new(),
        body: text.join(" ").into_bytes(),
    })
}

/// What the server said against it, if it said something: then it surely was not taken.
fn refused(error: &Error) -> Option<Arrival> {
    let status = u16::from(error.status()?);
    Some(Arrival::Answered(Response {
        status,
        headers: Vec::new(),
        body: innermost(error).into_bytes(),
    }))
}

fn innermost(error: &Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

async fn within<T>(limit: Duration, working: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, working).await.ok()
}
