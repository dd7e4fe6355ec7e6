//! The commands of `vedette-agent`, and what their exit codes mean.
//!
//! In: arguments. Out: text, and 0 (well), 1 (what was asked about is not well) or 2
//! (usage or configuration error). Knows nothing of how anything is done.

mod check;
mod checks;
mod job;
mod jobs;
mod once;
mod run;
mod seal;
mod show;
mod status;
mod word;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Looks at this machine and reports to the collector.
#[derive(Debug, Parser)]
#[command(name = "vedette-agent", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look and report until stopped
    Run(RunArgs),
    /// Validate agent.toml and what agent.d/ adds; exit 2 on errors
    Check(CheckArgs),
    /// Look and check once and print what was seen; exit 1 if a probe could not look or a check is not ok
    Once(OnceArgs),
    /// What the running agent thinks of itself; exit 1 if it is not well
    Status(StatusArgs),
    /// Plan own work on this host, as root: for a while, or `end` it
    Hold(HoldArgs),
    /// Tell the running agent that the host is about to sleep, or it to be upgraded
    Goodbye(GoodbyeArgs),
    /// Empty identity and spool for a golden image; the next start is a new host
    Seal(SealArgs),
    /// Run a job and tell the agent how it went; exits as the job does
    Job(JobArgs),
}

#[derive(Debug, Args)]
struct ConfigArgs {
    /// Settings [default: /etc/vedette/agent.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct StateArgs {
    /// Where id and spool are kept [default: $STATE_DIRECTORY, or /var/lib/vedette-agent]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct RunArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    state: StateArgs,
    /// Report here instead; may be repeated, the first choice first
    #[arg(long, value_name = "URL")]
    collector: Vec<String>,
    /// Pause between rounds instead, 1s to 5m
    #[arg(long, value_name = "DURATION")]
    interval: Option<String>,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Settings [default: /etc/vedette/agent.toml, if it is there]
    file: Option<PathBuf>,
    /// The same
    #[arg(long = "config", value_name = "FILE", conflicts_with = "file")]
    config: Option<PathBuf>,
    /// Print findings and settings as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct OnceArgs {
    /// Only this probe, or this check
    #[arg(value_name = "PROBE|CHECK")]
    name: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
    /// Print the round as JSON, as it would be reported
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct StatusArgs {
    #[command(flatten)]
    state: StateArgs,
    /// Print the status as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct JobArgs {
    /// The job, as under [[job]] in agent.toml
    name: String,
    /// What to run, and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Debug, Args)]
struct HoldArgs {
    /// How long, at most 4h; or `end`
    #[arg(value_name = "DURATION")]
    length: String,
    /// Why, eight characters at least
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    state: StateArgs,
}

#[derive(Debug, Args)]
struct GoodbyeArgs {
    /// What is about to happen
    reason: Parting,
    #[command(flatten)]
    state: StateArgs,
}

/// What the agent does not find out by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Parting {
    /// The host sleeps
    Suspend,
    /// The agent is replaced by another version
    Upgrade,
}

#[derive(Debug, Args)]
struct SealArgs {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    state: StateArgs,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Well,
    /// What was asked about is not well.
    NotWell,
    /// The command or the configuration is wrong.
    Refused,
}

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => run::run(args),
        Command::Check(args) => check::check(args),
        Command::Once(args) => once::once(args),
        Command::Status(args) => status::status(args),
        Command::Hold(args) => word::hold(args),
        Command::Goodbye(args) => word::goodbye(args),
        Command::Seal(args) => seal::seal(args),
        Command::Job(args) => return job::job(&args),
    };
    ExitCode::from(match outcome {
        Outcome::Well => 0,
        Outcome::NotWell => 1,
        Outcome::Refused => 2,
    })
}

/// One clear sentence on standard error.
fn refuse(why: &dyn std::fmt::Display) -> Outcome {
    eprintln!("vedette-agent: {why}");
    Outcome::Refused
}

/// Standard output; a reader that has gone away is not an error.
fn print(text: &str) {
    use std::io::Write;

    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
