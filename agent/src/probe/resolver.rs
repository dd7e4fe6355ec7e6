//! Asks the name servers of a server whether they answer.
//!
//! In: `/etc/resolv.conf`, the settings. Out: for each name server, whether and how fast it
//! answered. Asked is the collector's own name, which must be found; where it is a number,
//! the host's name, and then any answer will do: not everybody keeps such names.
//! A workstation travels, and its name servers with it; there is nothing to say about them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use vedette_config::http_url;
use vedette_wire::{Class, Looked, metric};

use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};
use crate::facts;
use crate::settings::InForce;

/// The C library asks no more of them (resolv.conf(5)).
const SERVERS_MAX: usize = 3;
/// A packet may get lost once.
const ATTEMPTS: u32 = 2;
const ATTEMPT_WITHIN: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_secs(60);
const PORT: u16 = 53;
/// Bytes of an answer that are read; its head has twelve.
const ANSWER_BYTES: usize = 512;
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

struct Resolver {
    source: Source,
    root: PathBuf,
    settings: InForce,
}

/// What is asked, and what counts as an answer.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    name: String,
    /// Whether the name must be there.
    must_be_found: bool,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Resolver {
        source: Source::new(&surroundings.root),
        root: surroundings.root.clone(),
        settings: surroundings.settings.clone(),
    })
}

impl Probe for Resolver {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let config = self.settings.now();
        if facts::class(&config.host) == Class::Workstation {
            return Looked::Yes;
        }
        if !self.root.join("etc/resolv.conf").exists() {
            // Such a host asks nobody, or itself without having been told to.
            return Looked::Yes;
        }
        let servers = match self.source.read("etc/resolv.conf") {
            Ok(bytes) => servers(bytes),
            Err(why) => return Looked::No { why },
        };
        let host = std::fs::read_to_string(self.root.join("etc/hostname")).unwrap_or_default();
        let question = question(&config.collector.urls, host.trim());
        let mut gaps = Gaps::default();
        for server in servers {
            let begun = Instant::now();
            match ask(SocketAddr::new(server, PORT), &question.name) {
                Ok(code) => {
                    let up = question.is_answered_by(code);
                    note(notes, server, up, word(code));
                    notes.push_with(
                        metric::RESOLVER_DURATION,
                        &[("server", &server.to_string())],
                        begun.elapsed().as_secs_f64(),
                    );
                }
                Err(Silence::NoAnswer) => note(notes, server, false, "none"),
                Err(Silence::NotAsked(why)) => gaps.push(why),
            }
        }
        gaps.looked()
    }

    fn deadline(&self) -> Duration {
        let servers = u32::try_from(SERVERS_MAX).unwrap_or(u32::MAX);
        ATTEMPT_WITHIN * ATTEMPTS * servers + Duration::from_secs(2)
    }

    fn every(&self) -> Duration {
        EVERY
    }
}

impl Question {
    /// Response codes of RFC 1035, 4.1.1: 0 found, 3 there is no such name.
    fn is_answered_by(&self, code: u8) -> bool {
        code == 0 || !self.must_be_found
    }
}

fn note(notes: &mut Notes, server: IpAddr, up: bool, answer: &str) {
    let server = server.to_string();
    let attributes = [("server", server.as_str()), ("answer", answer)];
    notes.push_with(metric::RESOLVER_UP, &attributes, f64::from(u8::from(up)));
}

fn word(code: u8) -> &'static str {
    match code {
        0 => "found",
        1 => "format_error",
        2 => "server_failure",
        3 => "no_such_name",
        5 => "refused",
        _ => "other",
    }
}

/// The servers in `resolv.conf`; without any, the C library asks this host.
fn servers(bytes: &[u8]) -> Vec<IpAddr> {
    let named = text::lines(bytes).filter_map(|line| {
        let mut words = text::words(line);
        let is_server = words.next() == Some(b"nameserver");
        let word = words.next().filter(|_| is_server)?;
        // An address of a link has its interface behind it, which is not looked at here.
        std::str::from_utf8(word).ok()?.parse().ok()
    });
    let servers: Vec<IpAddr> = named.take(SERVERS_MAX).collect();
    match servers.is_empty() {
        true => vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        false => servers,
    }
}

/// The collector's name; else the host's, or any.
fn question(urls: &[String], host: &str) -> Question {
    let names = urls.iter().filter_map(|url| {
        let rest = http_url(url).ok()?.url;
        let rest = rest.split_once("://")?.1;
        let host = rest.split(['/', ':']).next()?;
        let is_name = !rest.starts_with('[') && host.parse::<IpAddr>().is_err();
        (is_name && host != "localhost").then(|| host.to_owned())
    });
    match names.into_iter().next() {
        Some(name) => Question {
            name,
            must_be_found: true,
        },
        None => Question {
            name: if host.is_empty() { "localhost" } else { host }.to_owned(),
            must_be_found: false,
        },
    }
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
enum Silence {
    /// Nobody answered in time, or nobody is there.
    NoAnswer,
    /// It could not even be asked.
    NotAsked(String),
}

/// Asks for the addresses of a name. Yields the answer's code.
fn ask(server: SocketAddr, name: &str) -> Result<u8, Silence> {
    let not_asked = |why: String| Silence::NotAsked(format!("{server} cannot be asked: {why}"));
    let id = getrandom::u32().map_err(|error| not_asked(error.to_string()))? as u16;
    let query =
        query(id, name).ok_or_else(|| not_asked(format!("{name} cannot be the name of a host")))?;
    let here: SocketAddr = match server {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0u16; 8], 0).into(),
    };
    let connect = || -> std::io::Result<UdpSocket> {
        let socket = UdpSocket::bind(here)?;
        socket.connect(server)?;
        Ok(socket)
    };
    let socket = connect().map_err(|error| not_asked(error.to_string()))?;
    for _ in 0..ATTEMPTS {
        let begun = Instant::now();
        // A port where nobody listens says so; that is an answer to nothing.
        if socket.send(&query).is_err() {
            continue;
        }
        while let Some(left) = ATTEMPT_WITHIN
            .checked_sub(begun.elapsed())
            .filter(|left| !left.is_zero())
        {
            let mut answer = [0; ANSWER_BYTES];
            let received = socket
                .set_read_timeout(Some(left))
                .and_then(|()| socket.recv(&mut answer));
            match received {
                Ok(length) => {
                    if let Some(code) = code(&answer[..length], id) {
                        return Ok(code);
                    }
                }
                Err(_) => break,
            }
        }
    }
    Err(Silence::NoAnswer)
}

/// A question for the addresses (type A) of a name: RFC 1035, 4.1.
fn query(id: u16, name: &str) -> Option<Vec<u8>> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.is_ascii() {
        return None;
    }
    let mut query = Vec::with_capacity(name.len() + 18);
    query.extend(id.to_be_bytes());
    // Recursion desired; one question, nothing else.
    query.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        let length = u8::try_from(label.len()).ok()?;
        if label.is_empty() || label.len() > LABEL_BYTES_MAX {
            return None;
        }
        query.push(length);
        query.extend(label.bytes());
    }
    query.extend([0, 0, 1, 0, 1]);
    Some(query)
}

/// The response code of an answer to the question `id`.
fn code(answer: &[u8], id: u16) -> Option<u8> {
    let head = answer.first_chunk::<12>()?;
    let is_ours = head[..2] == id.to_be_bytes();
    let is_response = head[2] & 0x80 != 0;
    (is_ours && is_response).then_some(head[3] & 0x0f)
}

#[cfg(test)]
#[path = "resolver_tests.rs"]
mod tests;
