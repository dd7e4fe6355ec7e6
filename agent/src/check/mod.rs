//! Lays down what a check is, and lists all kinds of them.
//!
//! In: `[[check]]` of the settings. Out: for each run what it came to, and what it measured;
//! see [`Checks`]. Knows nothing of rounds, spools or the collector.
//!
//! How one thread runs hundreds of checks: what waits for the network waits in the runtime's
//! own thread. What would block it, a file or a name lookup, has one thread for all of them,
//! and a plugin has a thread while it runs; see [`lanes`] for how many at once, and what
//! happens when one hangs. So the agent has three threads as long as no plugin runs: its own,
//! the probes' and this one.

mod ber;
mod certificate;
mod datagram;
mod dns;
mod file;
#[cfg(fuzzing)]
pub(crate) mod fuzz;
mod http;
mod icmp;
mod lanes;
mod log;
mod perfdata;
mod plugin;
mod process;
mod run;
mod secret;
mod snmp;
mod tcp;
mod textfile;
mod tls;
mod tools;
mod trust;
mod unit;

use std::pin::Pin;
use std::time::Duration;

use vedette_config::check::CheckKind;
use vedette_wire::{CheckState, Event, Sample, limits};

pub use lanes::{Lane, THREADS_MAX};
pub use run::{Checks, Kit};
pub use tools::{Subject, Tools};

/// What a run comes to, sooner or later.
pub type Running<'a> = Pin<Box<dyn Future<Output = Found> + Send + 'a>>;

/// One kind of check, set up for one target.
pub trait Check: Send {
    /// What it needs while it runs.
    fn lane(&self) -> Lane;

    /// Runs once. The future is dropped when it takes longer than [`Tools::within`]; what it
    /// left to [`Tools::block`] ends when it ends, and until then the check is not run again.
    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a>;

    /// What it means that a run took too long.
    fn too_late(&self, within: Duration) -> Found {
        Found::unknown(format!("it did not return within {within:?}"))
    }
}

/// What one run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What it came to.
    pub state: CheckState,
    /// What it says, for people; the first line says the most.
    pub text: String,
    /// What it measured; see [`Subject::sample`].
    pub samples: Vec<Sample>,
    /// What it saw happen.
    pub events: Vec<Event>,
    /// Whether it had to be broken off; a check that hangs again and again is left alone.
    pub is_broken_off: bool,
}

/// Builds a check of any kind. To add one: a file beside this, a variant of [`CheckKind`],
/// and a row here.
pub fn build(kind: &CheckKind) -> Box<dyn Check> {
    match kind {
        CheckKind::Tcp(settings) => Box::new(tcp::Tcp::new(settings.clone())),
        CheckKind::Plugin(settings) => Box::new(plugin::Plugin::new(settings.clone())),
        CheckKind::Http(settings) => Box::new(http::Http::new(settings.clone())),
        CheckKind::Icmp(settings) => Box::new(icmp::Icmp::new(settings.clone())),
        CheckKind::Dns(settings) => Box::new(dns::Dns::new(settings.clone())),
        CheckKind::Tls(settings) => Box::new(tls::Tls::new(settings.clone())),
        CheckKind::Snmp(settings) => Box::new(snmp::Snmp::new(settings.clone())),
        CheckKind::Process(settings) => Box::new(process::Process::new(settings.clone())),
        CheckKind::Unit(settings) => Box::new(unit::Unit::new(settings.clone())),
        CheckKind::File(settings) => Box::new(file::File::new(settings.clone())),
        CheckKind::Log(settings) => Box::new(log::Log::new(settings.clone())),
        CheckKind::Textfile(settings) => Box::new(textfile::Textfile::new(settings.clone())),
    }
}

impl Found {
    /// All is well.
    pub fn ok(text: impl Into<String>) -> Found {
        Found::of(CheckState::Ok, text)
    }

    /// Not well, not urgent.
    pub fn warning(text: impl Into<String>) -> Found {
        Found::of(CheckState::Warning, text)
    }

    /// It fails.
    pub fn critical(text: impl Into<String>) -> Found {
        Found::of(CheckState::Critical, text)
    }

    /// Nobody knows: the check itself could not find out.
    pub fn unknown(text: impl Into<String>) -> Found {
        Found::of(CheckState::Unknown, text)
    }

    /// A state and what is said of it. The text is cut at
    /// [`limits::CHECK_TEXT_BYTES_MAX`], and says so.
    pub fn of(state: CheckState, text: impl Into<String>) -> Found {
        Found {
            state,
            text: cut(plain(text.into()), limits::CHECK_TEXT_BYTES_MAX),
            samples: Vec::new(),
            events: Vec::new(),
            is_broken_off: false,
        }
    }

    /// With what was measured.
    #[must_use]
    pub fn with(mut self, samples: impl IntoIterator<Item = Sample>) -> Found {
        self.samples.extend(samples);
        self
    }
}

/// How bad a state is among others: what is known to be bad is worse than not to know.
fn gravity(state: CheckState) -> u8 {
    match state {
        CheckState::Ok => 0,
        CheckState::Unknown => 1,
        CheckState::Warning => 2,
        CheckState::Critical => 3,
    }
}

/// A text without what would confuse a terminal.
fn plain(text: String) -> String {
    let is_plain = |letter: char| !letter.is_control() || letter == '\n' || letter == '\t';
    match text.chars().all(is_plain) {
        true => text,
        false => text
            .chars()
            .map(|letter| if is_plain(letter) { letter } else { '\u{fffd}' })
            .collect(),
    }
}

/// A text that leaves room for more; what is cut off is said.
fn cut(mut text: String, bytes_max: usize) -> String {
    const CUT: &str = "\n(cut: it says more than is kept)";
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max.saturating_sub(CUT.len())));
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests;
