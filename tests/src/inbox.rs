//! Our own small ticket receiver: `vedette-collector inbox`.
//!
//! In: nothing. Out: [`Inbox`], an address for a receiver, and what it prints of each ticket.

use std::process::Command;

use crate::program::{Program, built};
use crate::scratch::{Scratch, free_port};

/// A running inbox.
#[derive(Debug)]
pub struct Inbox {
    // First, so that the program has ended before its folder is removed.
    program: Program,
    port: u16,
    _scratch: Scratch,
}

impl Inbox {
    /// Starts one and waits until it listens.
    pub fn start() -> Inbox {
        let scratch = Scratch::new();
        let port = free_port();
        let mut command = Command::new(built("vedette-collector"));
        command
            .arg("inbox")
            .arg("--listen")
            .arg(format!("127.0.0.1:{port}"));
        let mut program = Program::start("inbox", &mut command, &scratch.join("inbox.log"));
        program.wait_ready(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Inbox {
            program,
            port,
            _scratch: scratch,
        }
    }

    /// Where it takes tickets.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Everything it has printed.
    pub fn printed(&self) -> String {
        self.program.log()
    }
}
