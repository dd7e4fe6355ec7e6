//! Connects to a port, and may talk: something answers there, in time, with the right words.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vedette_config::check::TcpSettings;

use super::{Check, Found, Lane, Running, Tools};

/// Bytes of an answer in which the expected text is looked for.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Characters of an answer that are shown.
const SHOWN_CHARS_MAX: usize = 200;

pub(super) struct Tcp(TcpSettings);

impl Tcp {
    pub(super) fn new(settings: TcpSettings) -> Tcp {
        Tcp(settings)
    }

    async fn look(&self, tools: &Tools) -> Found {
        let settings = &self.0;
        let addresses = match tools
            .resolve(&settings.target.host, settings.target.port)
            .await
        {
            Ok(addresses) => addresses,
            Err(why) => return Found::critical(why),
        };
        let begun = Instant::now();
        let mut stream = match connect(&addresses).await {
            Ok(stream) => stream,
            Err(error) => {
                return Found::critical(format!("{} cannot be reached: {error}", settings.target));
            }
        };
        if let Err(why) = self.talk(&mut stream).await {
            return Found::critical(why);
        }
        let took = begun.elapsed();
        let text = format!("{} answers in {}", settings.target, milliseconds(took));
        let found = match settings.slow {
            Some(slow) if took > slow => Found::warning(format!("{text}, slower than {slow:?}")),
            Some(_) | None => Found::ok(text),
        };
        found.with([tools.subject.value("time", "s", took.as_secs_f64())])
    }

    async fn talk(&self, stream: &mut TcpStream) -> Result<(), String> {
        let target = &self.0.target;
        if let Some(send) = &self.0.send {
            let sent = stream.write_all(send.as_bytes()).await;
            sent.map_err(|error| format!("{target} takes nothing: {error}"))?;
        }
        let Some(expect) = &self.0.expect else {
            return Ok(());
        };
        let mut answer = Vec::new();
        while answer.len() < ANSWER_BYTES_MAX {
            let read = stream.read_buf(&mut answer).await;
            let length = read.map_err(|error| format!("{target} broke off: {error}"))?;
            if contains(&answer, expect.as_bytes()) {
                return Ok(());
            }
            if length == 0 {
                break;
            }
        }
        let answer = String::from_utf8_lossy(&answer);
        let shown: String = answer.trim().chars().take(SHOWN_CHARS_MAX).collect();
        Err(match shown.as_str() {
            "" => format!("{target} says nothing; {expect:?} was expected"),
            shown => format!("{target} does not say {expect:?} but {shown:?}"),
        })
    }
}

impl Check for Tcp {
    fn lane(&self) -> Lane {
        Lane::Network
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        Box::pin(self.look(tools))
    }

    fn too_late(&self, within: Duration) -> Found {
        Found::critical(format!(
            "{} does not answer within {within:?}",
            self.0.target
        ))
    }
}

/// The first of these addresses that takes a connection.
pub(super) async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut refused = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// A time as people compare times of answers.
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// Whether `part` is in `whole`.
pub(super) fn contains(whole: &[u8], part: &[u8]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|window| window == part)
}
