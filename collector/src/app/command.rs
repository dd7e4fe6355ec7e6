//! The command line of `vedette-collector`: run, check, inbox.
//!
//! Exit codes: 0 ok; 1 what was asked about is not ok; 2 usage or configuration.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use serde_json::json;
use tokio::runtime::Runtime;
use tracing_subscriber::filter::LevelFilter;

use super::{App, Options, StartError};
use crate::inbox::Shows;

/// Where the configuration is when nobody says where; absent is fine.
const CONFIG: &str = "/etc/vedette/collector.toml";
/// Threads that hang in a dead disk are not waited for longer than this.
const END_WITHIN: Duration = Duration::from_secs(1);
/// Configuration or usage is wrong.
const USAGE: u8 = 2;

/// Receives reports and alerts, decides what becomes a ticket, and delivers it.
#[derive(Debug, Parser)]
#[command(name = "vedette-collector", version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve. With no configuration: 127.0.0.1:9720, SQLite in the state directory, shipped rules, no receiver.
    Run {
        /// The configuration [default: /etc/vedette/collector.toml, if it is there].
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Where state is kept [default: $STATE_DIRECTORY, else /var/lib/vedette-collector].
        #[arg(long, value_name = "DIR")]
        state_dir: Option<PathBuf>,
        /// Also log what is decided in detail.
        #[arg(long, short)]
        verbose: bool,
    },
    /// Say everything that is wrong with a configuration, then what it will do.
    Check {
        /// collector.toml [default: /etc/vedette/collector.toml], whose policy directory is read with
        /// it; rules, profiles and exceptions that are not in place yet.
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Print findings and policy as JSON.
        #[arg(long)]
        json: bool,
    },
    /// A small ticket receiver that prints what it gets, for trying things out.
    Inbox {
        /// Where to listen.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9721")]
        listen: SocketAddr,
        /// Also keep every ticket in this file, one JSON document a line.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Print each ticket as a line of JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Everything `vedette-collector` does; the exit code it ends with.
pub fn main() -> ExitCode {
    let line = Line::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&StartError(format!("cannot start: {error}"))),
    };
    let code = obey(line.command, &runtime);
    // A read of a disk that does not answer is not waited for.
    runtime.shutdown_timeout(END_WITHIN);
    code
}

fn obey(command: Command, runtime: &Runtime) -> ExitCode {
    match command {
        Command::Run {
            config,
            state_dir,
            verbose,
        } => {
            log(verbose);
            let options = Options {
                config: config.or_else(default_config),
                state_dir,
            };
            match runtime.block_on(serve(options)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => refuse(error.as_ref()),
            }
        }
        Command::Check { files, json } => check(&files, json),
        Command::Inbox { listen, file, json } => {
            let shows = if json { Shows::Json } else { Shows::Words };
            match runtime.block_on(crate::inbox::run(listen, file, shows)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(why) => refuse(&StartError(why)),
            }
        }
    }
}

async fn serve(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let app = App::start(options).await?;
    Ok(app.until_told_to_stop().await?)
}

fn default_config() -> Option<PathBuf> {
    let path = PathBuf::from(CONFIG);
    path.exists().then_some(path)
}

fn log(verbose: bool) {
    let level = if verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .init();
}

fn refuse(error: &dyn std::error::Error) -> ExitCode {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr(), "vedette-collector: {error}");
    ExitCode::from(USAGE)
}

fn check(files: &[PathBuf], as_json: bool) -> ExitCode {
    let clock = crate::clock::SystemClock::default();
    let today = crate::recording::day(crate::clock::Clock::now(&clock));
    let (findings, text) = vedette_policy::check(None, files, today);
    let is_ok = !findings.has_errors();
    if as_json {
        let list = findings.sorted().into_iter().map(|finding| {
            json!({
                "severity": finding.severity.as_str(),
                "code": finding.code.to_string(),
                "finding": finding.one_line(),
            })
        });
        let list: Vec<_> = list.collect();
        let outcome = json!({ "ok": is_ok, "findings": list, "policy": text });
        let _ = writeln!(std::io::stdout(), "{outcome:#}");
    } else {
        if !findings.is_empty() {
            let _ = writeln!(std::io::stderr(), "{findings}");
        }
        if is_ok {
            let _ = write!(std::io::stdout(), "{text}");
        }
    }
    match is_ok {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(USAGE),
    }
}
