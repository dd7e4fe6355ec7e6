//! What can be typed about receivers and deliveries.

use std::time::Duration;

use clap::Subcommand;

use super::{span, why};

/// `receiver ...`
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ReceiverCommand {
    /// List them with how they do; 1 when one is not well
    List,
    /// Say what one can do, and what has to be made at the other side
    Describe {
        /// The receiver
        name: String,
    },
    /// Try one out; 1 when something fails
    Test {
        /// The receiver
        name: String,
        /// Open a real ticket marked TEST, comment, resolve, reopen and resolve it
        #[arg(long)]
        full: bool,
    },
    /// Show what would be sent of an incident, byte for byte, with secrets masked
    Render {
        /// The receiver
        name: String,
        /// The incident's number
        incident: String,
    },
    /// Leave one alone for a while: what is for it waits
    Pause {
        /// The receiver
        name: String,
        /// For how long, at most 7d; then it is sent to again by itself
        #[arg(long = "for", value_name = "DURATION", value_parser = span)]
        lasts: Duration,
        /// Why
        #[arg(long, value_name = "TEXT", value_parser = why)]
        why: String,
    },
    /// Send to one again before its pause is over
    Resume {
        /// The receiver
        name: String,
    },
}

/// `delivery ...`
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DeliveryCommand {
    /// List what is not done, the newest first, with the last answer
    List {
        /// Only of this receiver
        #[arg(long, value_name = "NAME")]
        receiver: Option<String>,
        /// Only what was refused for good
        #[arg(long)]
        dead: bool,
    },
    /// Show one
    Show {
        /// Its number
        id: String,
    },
}
