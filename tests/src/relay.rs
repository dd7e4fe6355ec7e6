//! A wire between two programs that carries everything, until it loses one answer.
//!
//! In: the port of a server, and the beginning of the request whose answer is lost.
//! Out: [`Relay`], another port for the same server. The server does what it was asked;
//! the asker never hears of it, and the wire stays dead until it is mended.
//! Knows nothing of HTTP but that a request begins with its first line.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::wait::{PATIENCE, wait_until};

/// Bytes carried at once.
const CHUNK: usize = 64 << 10;

/// A listening wire. Its threads end with the connections they carry.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// The answer to the next request that begins so is lost.
    lose: Option<String>,
    /// An answer has been lost, and nothing is carried until the wire is mended.
    dead: bool,
    closed: bool,
}

impl Relay {
    /// Carries connections to `server`, a port of 127.0.0.1.
    pub fn to(server: u16) -> Relay {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port of 127.0.0.1 is free");
        let port = listener
            .local_addr()
            .expect("a listener has an address")
            .port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || accept(&listener, server, &shared));
        Relay { port, state }
    }

    /// The port of 127.0.0.1 on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Loses the answer to the next request that begins with `beginning`, and all that follows.
    pub fn lose_the_answer_to(&self, beginning: &str) {
        locked(&self.state).lose = Some(beginning.to_owned());
    }

    /// Waits until that answer has been lost.
    #[track_caller]
    pub fn wait_until_lost(&self) {
        wait_until("the answer to be lost", PATIENCE, || {
            locked(&self.state).dead
        });
    }

    /// Carries everything again.
    pub fn mend(&self) {
        locked(&self.state).dead = false;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        locked(&self.state).closed = true;
        // Wakes the listener, which then sees that it is closed.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, server: u16, state: &Arc<Mutex<State>>) {
    for asker in listener.incoming() {
        let (closed, dead) = {
            let state = locked(state);
            (state.closed, state.dead)
        };
        if closed {
            return;
        }
        let (Ok(asker), false) = (asker, dead) else {
            continue;
        };
        if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
            carry(asker, server, Arc::clone(state));
        }
    }
}

/// Starts a thread for each direction of one connection.
fn carry(asker: TcpStream, server: TcpStream, state: Arc<Mutex<State>>) {
    let both = asker.try_clone().and_then(|asker_too| {
        let server_too = server.try_clone()?;
        Ok((asker_too, server_too))
    });
    let Ok((asker_too, server_too)) = both else {
        return;
    };
    // Whether the answer that comes next on this connection is the one to lose.
    let losing = Arc::new(Mutex::new(false));
    let (request, answer) = (Arc::clone(&losing), losing);
    let asked = Arc::clone(&state);
    std::thread::spawn(move || {
        pump(asker, server, |bytes| {
            let mut asked = locked(&asked);
            let is_it = asked
                .lose
                .as_ref()
                .is_some_and(|beginning| bytes.starts_with(beginning.as_bytes()));
            if is_it {
                asked.lose = None;
                *request.lock().unwrap_or_else(PoisonError::into_inner) = true;
            }
            Carried::On
        });
    });
    std::thread::spawn(move || {
        pump(server_too, asker_too, |_| {
            let is_it = *answer.lock().unwrap_or_else(PoisonError::into_inner);
            let mut state = locked(&state);
            state.dead |= is_it;
            if state.dead {
                Carried::Lost
            } else {
                Carried::On
            }
        });
    });
}

/// Whether bytes are handed on.
enum Carried {
    On,
    Lost,
}

/// Hands on what comes until either end closes or something is lost; then closes both.
fn pump(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8]) -> Carried) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        let bytes = &chunk[..count];
        match look(bytes) {
            Carried::On if to.write_all(bytes).is_ok() => {}
            Carried::On | Carried::Lost => break,
        }
    }
    // Either may be closed already.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
