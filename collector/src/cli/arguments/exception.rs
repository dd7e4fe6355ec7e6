//! What can be typed about exceptions.

use clap::{Args, Subcommand};
use vedette_triage::Matcher;

use super::{matcher, pair, why};

/// `exception ...`
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ExceptionCommand {
    /// Give a rule other parameters somewhere, or switch it off there; one of the same rule and
    /// matchers that was added before ends
    Add(ExceptionArguments),
    /// List those in force, of the files and of this command
    List,
    /// End one that was added
    End {
        /// The rule
        rule: String,
        /// Where it is, as it was added
        #[arg(required = true, value_name = "MATCHERS", value_parser = matcher)]
        matchers: Vec<Matcher>,
    },
}

/// `exception add`
#[derive(Debug, Args)]
pub(in crate::cli) struct ExceptionArguments {
    /// The rule
    pub(in crate::cli) rule: String,
    /// Where; all must match, as in host="nas-1" mountpoint="/backup"
    #[arg(required = true, value_name = "MATCHERS", value_parser = matcher)]
    pub(in crate::cli) matchers: Vec<Matcher>,
    /// Another value of a parameter, as in warn_used=0.98 or warn_free=10GiB
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(in crate::cli) set: Vec<(String, String)>,
    /// The rule does not exist there
    #[arg(long)]
    pub(in crate::cli) off: bool,
    /// Who answers for it, and is told before it ends; default: you
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) owner: Option<String>,
    /// Its last day, as in 2027-06-30; at most a year away
    #[arg(long, value_name = "DAY")]
    pub(in crate::cli) until: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub(in crate::cli) why: String,
}
