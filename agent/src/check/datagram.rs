//! Asks by datagram, and asks again when nothing comes back.
//!
//! In: whom, what, and how to recognise the answer. Out: the answer and how long it took.
//! Datagrams that are not the answer are ignored: anybody can send some.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::time::timeout;

/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// How often it is asked in all; datagrams get lost.
const TRIES: u32 = 3;
/// Datagrams that are not the answer; more are an attack.
const FOREIGN_MAX: usize = 64;

/// A socket for one question after the other to one address.
#[derive(Debug)]
pub(super) struct Datagrams {
    socket: UdpSocket,
    to: SocketAddr,
}

impl Datagrams {
    /// Prepares to ask; sends nothing.
    ///
    /// # Errors
    /// A sentence: there is no way to that address.
    pub(super) async fn to(to: SocketAddr) -> Result<Datagrams, String> {
        let any: SocketAddr = match to {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let failed = |error| format!("{to} cannot be reached: {error}");
        let socket = UdpSocket::bind(any).await.map_err(failed)?;
        // The kernel then drops what others send, and tells when nobody listens.
        socket.connect(to).await.map_err(failed)?;
        Ok(Datagrams { socket, to })
    }

    /// Asks until `accept` recognises an answer; `within` counts for all tries together.
    ///
    /// # Errors
    /// A sentence: nobody answers.
    pub(super) async fn ask<T>(
        &self,
        question: &[u8],
        within: Duration,
        mut accept: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<(T, Duration), String> {
        for _ in 0..TRIES {
            let begun = Instant::now();
            let sent = self.socket.send(question).await;
            sent.map_err(|error| self.failed(&error))?;
            match timeout(within / TRIES, self.receive(&mut accept)).await {
                Ok(Ok(answer)) => return Ok((answer, begun.elapsed())),
                Ok(Err(error)) => return Err(self.failed(&error)),
                Err(_) => {}
            }
        }
        Err(format!("{} does not answer within {within:?}", self.to))
    }

    async fn receive<T>(&self, accept: &mut impl FnMut(&[u8]) -> Option<T>) -> io::Result<T> {
        let mut answer = vec![0; ANSWER_BYTES_MAX];
        for _ in 0..FOREIGN_MAX {
            let length = self.socket.recv(&mut answer).await?;
            if let Some(answer) = accept(&answer[..length]) {
                return Ok(answer);
            }
        }
        Err(io::Error::other("it sends what was not asked for"))
    }

    fn failed(&self, error: &io::Error) -> String {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => format!("nobody listens at {}", self.to),
            _ => format!("{} cannot be asked: {error}", self.to),
        }
    }
}
