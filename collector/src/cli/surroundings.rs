//! Keeps what a command finds around it: variables, terminal, zone, clocks. Tests bring their own.

use std::env;
use std::fmt;
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::clock::{Clock, SystemClock};

/// Where the collector keeps its state unless told otherwise.
const STATE_DIR: &str = "/var/lib/vedette-collector";
/// A terminal narrower than this is written to as if it were this wide.
const COLUMNS_MIN: u16 = 40;

/// Lets time pass between two looks.
pub type Pause = Box<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Shows how far something is.
pub type Progress = Box<dyn Fn(&str) + Send + Sync>;

/// Asks a person yes or no.
pub type Ask = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// What a command finds around it.
pub struct Surroundings {
    /// `VEDETTE_URL`.
    pub url: Option<String>,
    /// `VEDETTE_TOKEN`.
    pub token: Option<String>,
    /// Where `admin-token` is, on the collector's machine.
    pub state_dir: PathBuf,
    /// In whose name things are done.
    pub user: Option<String>,
    /// In which zone times are shown and read.
    pub zone: TimeZone,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Lets time pass.
    pub pause: Pause,
    /// Columns of the terminal; none where lines may be of any length.
    pub columns: Option<u16>,
    /// Whether colours are understood.
    pub colour: bool,
    /// Shows how far something is, in place of what it showed before; none where nobody looks.
    pub progress: Option<Progress>,
    /// Asks whoever sits there; none where nobody does.
    pub ask: Option<Ask>,
}

impl fmt::Debug for Surroundings {
    // Everything but the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("url", &self.url)
            .field("state_dir", &self.state_dir)
            .field("user", &self.user)
            .field("columns", &self.columns)
            .field("colour", &self.colour)
            .finish_non_exhaustive()
    }
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Surroundings {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let is_terminal = io::stdout().is_terminal();
        let columns = terminal_size::terminal_size().map(|(width, _)| width.0.max(COLUMNS_MIN));
        Surroundings {
            url: variable("VEDETTE_URL"),
            token: variable("VEDETTE_TOKEN"),
            state_dir: variable("VEDETTE_STATE_DIR").map_or(STATE_DIR.into(), PathBuf::from),
            // Behind sudo it is the person that counts.
            user: ["SUDO_USER", "USER", "LOGNAME"]
                .into_iter()
                .find_map(variable),
            zone: TimeZone::system(),
            clock: Arc::new(SystemClock::default()),
            pause: Box::new(|span| Box::pin(tokio::time::sleep(span))),
            columns: columns.filter(|_| is_terminal),
            colour: is_terminal && variable("NO_COLOR").is_none(),
            progress: io::stderr().is_terminal().then(on_stderr),
            ask: (io::stdin().is_terminal() && is_terminal).then(at_terminal),
        }
    }
}

/// Yes is `y` or `yes`; everything else, and no answer, is no.
fn at_terminal() -> Ask {
    Box::new(|question| {
        let _ = write!(io::stdout(), "{question}");
        let _ = io::stdout().flush();
        let mut answer = String::new();
        let is_read = io::stdin().read_line(&mut answer).is_ok();
        is_read && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
    })
}

/// Over the terminal's last line.
fn on_stderr() -> Progress {
    Box::new(|text| {
        // The terminal may be gone; the command goes on.
        let _ = write!(io::stderr(), "\r\x1b[K{text}");
        let _ = io::stderr().flush();
    })
}
