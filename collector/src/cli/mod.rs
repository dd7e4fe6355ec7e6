//! `vedette`, the operators' command: asks a collector, and tells it what people decide.
//!
//! In the order of the data: [`arguments`] says what can be typed; [`Surroundings`]
//! keeps what is found around it; a [`Connection`] talks to the collector, in the
//! shapes of [`crate::api`]; one file for each group of commands says what is asked
//! and how the answer reads; [`paper`] and [`moment`] put it onto the terminal;
//! [`failure`] decides the exit code.
//!
//! Decides nothing about incidents: everything here is somebody's question or order.

mod arguments;
mod backtest;
mod connection;
mod delivery;
mod digest;
mod drill;
mod exception;
mod failure;
mod golive;
mod host;
mod incident;
mod moment;
mod oncall;
mod paper;
mod receiver;
mod rule;
mod silence;
mod status;
mod surroundings;
mod why;
mod window;

pub use surroundings::{Ask, Pause, Progress, Surroundings};

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, HostCommand, RuleCommand};
use connection::{Answer, Connection};
use failure::Standing;
use moment::Look;
use paper::Paper;

/// Runs the command that was typed.
pub async fn run() -> ExitCode {
    // Of two that could be the default, the one the collector and the agent use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (mut out, mut error) = (io::stdout(), io::stderr());
    let surroundings = Surroundings::of_process();
    let typed = std::env::args_os().collect();
    ExitCode::from(run_with(typed, &surroundings, (&mut out, &mut error)).await)
}

/// Runs `typed` (the program's name first) and writes to `out` and `error`. The exit code comes back:
/// 0 ok; 1 what was asked about is not ok; 2 usage or configuration.
pub async fn run_with<'a>(
    typed: Vec<OsString>,
    surroundings: &Surroundings,
    (out, error): (&'a mut dyn Write, &'a mut dyn Write),
) -> u8 {
    let arguments = match Arguments::try_parse_from(typed) {
        Ok(arguments) => arguments,
        Err(refused) => {
            // Help that was asked for is an answer; help instead of one is not.
            let to = if refused.use_stderr() { error } else { out };
            let _ = write!(to, "{}", refused.render());
            return u8::try_from(refused.exit_code()).unwrap_or(2);
        }
    };
    let mut desk = Desk {
        json: arguments.json,
        surroundings,
        paper: Paper::new(out, surroundings.columns, surroundings.colour),
    };
    let ended = desk.obey(arguments.command).await;
    let (code, sentence) = failure::verdict(&ended);
    if let Some(sentence) = sentence {
        let _ = writeln!(error, "{}", paper::clean(&sentence));
    }
    code
}

/// Where a command is carried out.
struct Desk<'a> {
    json: bool,
    surroundings: &'a Surroundings,
    paper: Paper<'a>,
}

impl Desk<'_> {
    async fn obey(&mut self, command: Command) -> anyhow::Result<Standing> {
        match command {
            Command::Status(wanted) => status::show(self, &wanted).await,
            Command::Why { host, rule } => why::tell(self, &host, rule.as_deref()).await,
            Command::Drill(wanted) => drill::run(self, &wanted).await,
            Command::Golive(wanted) => golive::run(self, &wanted).await,
            Command::Incident(command) => incident::obey(self, command).await,
            Command::Silence(command) => silence::obey(self, command).await,
            Command::Digest(command) => digest::obey(self, command).await,
            Command::Exception(command) => exception::obey(self, command).await,
            Command::Receiver(command) => receiver::obey(self, command).await,
            Command::Delivery(command) => delivery::obey(self, command).await,
            Command::Window(command) => window::obey(self, command).await,
            Command::OnCall(command) => oncall::obey(self, command).await,
            Command::Host(HostCommand::List { matchers }) => host::list(self, &matchers).await,
            Command::Host(HostCommand::Retire(wanted)) => {
                host::retire(self, ("retire", wanted)).await
            }
            Command::Host(HostCommand::Revive(wanted)) => {
                host::retire(self, ("revive", wanted)).await
            }
            Command::Rule(RuleCommand::List) => rule::list(self).await,
            Command::Rule(RuleCommand::Test { files }) => rule::test(self, &files),
            Command::Rule(RuleCommand::Backtest(wanted)) => backtest::run(self, &wanted).await,
        }
    }

    fn connect(&self) -> anyhow::Result<Connection> {
        Connection::new(self.surroundings)
    }

    fn look(&self) -> Look {
        Look {
            now: self.surroundings.clock.now(),
            zone: self.surroundings.zone.clone(),
        }
    }

    /// For those who want it so: prints the answer as it is. Says whether that was all.
    fn as_it_is(&mut self, answer: &Answer) -> io::Result<bool> {
        if self.json {
            self.paper.verbatim(answer.text())?;
        }
        Ok(self.json)
    }
}
