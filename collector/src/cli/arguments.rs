//! Decides what can be typed: commands, arguments, and what is refused before anybody is asked.

mod exception;
mod receiver;

pub(super) use exception::{ExceptionArguments, ExceptionCommand};
pub(super) use receiver::{DeliveryCommand, ReceiverCommand};

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use vedette_config::duration;
use vedette_triage::{Matcher, Phase, Priority};

/// Characters a reason has at least: "x" is none.
const WHY_CHARS_MIN: usize = 8;
/// The longest `status --wait`, `drill --for` or silence that is sent; the collector may allow less.
const FOR_MAX: Duration = Duration::from_secs(400 * 86_400);

/// Talks to the collector at VEDETTE_URL.
#[derive(Debug, Parser)]
#[command(
    name = "vedette",
    version,
    disable_help_subcommand = true,
    about = "Asks a Vedette collector, and tells it what people decide",
    after_help = "VEDETTE_URL    the collector; default http://127.0.0.1:9720\n\
                  VEDETTE_TOKEN  who you are; root on the collector's machine needs none\n\n\
                  Exit codes: 0 ok; 1 what was asked about is not ok; 2 usage or configuration."
)]
pub(super) struct Arguments {
    /// Print the collector's answer as it is
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the state of the watcher itself on one page
    Status(StatusArguments),
    /// Say in sentences what is so with a host, a device or an alert
    Why {
        /// Its name; of an alert also its fingerprint
        host: String,
        /// Only of this rule: what it sees there, and why it fires or does not
        rule: Option<String>,
    },
    /// Send a marked, harmless fault through the whole path, and watch it
    Drill(DrillArguments),
    /// Show what was only observed would have opened, and leave observe mode
    Golive(GoLiveArguments),
    /// Look at incidents, and work on them
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// Keep alerts from opening tickets for a while
    #[command(subcommand)]
    Silence(SilenceCommand),
    /// Look at what is worth doing and no ticket of its own
    #[command(subcommand)]
    Digest(DigestCommand),
    /// Plan work that opens no tickets
    #[command(subcommand)]
    Window(WindowCommand),
    /// Who is on call, and who would be told
    #[command(subcommand, name = "oncall")]
    OnCall(OnCallCommand),
    /// Make a rule different somewhere, for a time
    #[command(subcommand)]
    Exception(ExceptionCommand),
    /// Look at receivers, try them out, leave them alone for a while
    #[command(subcommand)]
    Receiver(ReceiverCommand),
    /// Look at what waits for receivers, and what they refused
    #[command(subcommand)]
    Delivery(DeliveryCommand),
    /// Look at hosts
    #[command(subcommand)]
    Host(HostCommand),
    /// Look at rules, and try them
    #[command(subcommand)]
    Rule(RuleCommand),
}

/// `status`
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// First wait until the collector is ready and a host has reported; then 0, whatever else is wrong
    #[arg(
        long,
        value_name = "AT MOST",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "60s",
        value_parser = span
    )]
    pub(super) wait: Option<Duration>,
}

/// `drill`
#[derive(Debug, Args)]
pub(super) struct DrillArguments {
    /// The rule it takes the place of; default: a rule made for drills
    pub(super) rule: Option<String>,
    /// The host it is about; default: the collector's choice
    #[arg(long)]
    pub(super) host: Option<String>,
    /// How long it fires; default: 2m, and without RULE 8s, so that all is over in about ten seconds
    #[arg(long = "for", value_name = "DURATION", value_parser = span)]
    pub(super) lasts: Option<Duration>,
    /// Page as a real one would; without it nobody is woken
    #[arg(long)]
    pub(super) page: bool,
}

/// `incident ...`
#[derive(Debug, Subcommand)]
pub(super) enum IncidentCommand {
    /// List incidents, the most urgent first
    List {
        /// Only those that stand there; may be repeated; default: all but closed ones
        #[arg(long = "state", value_name = "STATE", value_parser = phase)]
        states: Vec<Phase>,
        /// Labels of their alerts, as in host="db-7" or env=~"prod|stage"
        #[arg(value_name = "MATCHERS", value_parser = matcher)]
        matchers: Vec<Matcher>,
    },
    /// Show all that is known of one
    Show {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
    },
    /// Say in sentences why it is as it is
    Explain {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
    },
    /// Say that you work on it
    Ack {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
        /// For how long, as in 2h; default: as its priority says
        #[arg(long = "for", value_name = "DURATION", value_parser = span)]
        lasts: Option<Duration>,
    },
    /// Take it: it is yours, and you work on it
    Take {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
        /// For how long, as in 2h; default: as its priority says
        #[arg(long = "for", value_name = "DURATION", value_parser = span)]
        lasts: Option<Duration>,
    },
    /// Give it to a person or a team; tickets stay where they are
    Assign {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
        /// The name of a person or a team
        to: String,
        /// Why; needed where it moves to another team
        #[arg(long, value_name = "TEXT", value_parser = why)]
        why: Option<String>,
    },
    /// Wait for something outside your reach; nobody is reminded meanwhile
    Wait(WaitArguments),
    /// Wait no more: what was waited for is there
    Resume {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
        /// What happened
        #[arg(long, value_name = "TEXT", value_parser = why)]
        why: Option<String>,
    },
    /// Say how urgent it is; that stands until it is worse than it ever was
    Priority {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
        /// P1 to P5, or auto: what is computed counts again
        #[arg(value_parser = priority)]
        to: SetTo,
        /// Why, for those who come after; not needed with auto
        #[arg(long, value_name = "TEXT", value_parser = why)]
        why: Option<String>,
    },
    /// Make it part of another incident of the same team; its ticket is closed with a link
    Merge {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
        /// The number of the other
        #[arg(value_name = "INTO", value_parser = number)]
        into: u64,
        /// Why they are one
        #[arg(long, value_name = "TEXT", value_parser = why)]
        why: Option<String>,
    },
    /// Say that it was useful to hear of it
    Useful {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
    },
    /// Say that it was noise
    Noise {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
    },
    /// Close it by hand
    Resolve {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
        /// Why it is over, for those who come after
        #[arg(long, value_name = "TEXT", value_parser = why)]
        why: String,
    },
    /// Write something down, here and in its tickets
    Note {
        /// Its number
        #[arg(value_parser = number)]
        id: u64,
        /// What
        text: String,
    },
}

/// `incident wait`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("wait_end").required(true))]
pub(super) struct WaitArguments {
    /// Its number
    #[arg(value_parser = number)]
    pub(super) id: u64,
    /// What for: vendor, parts, user, or other words
    #[arg(value_name = "WHAT")]
    pub(super) waits_for: String,
    /// For how long at most, as in 5d
    #[arg(long = "for", value_name = "DURATION", group = "wait_end", value_parser = span)]
    pub(super) lasts: Option<Duration>,
    /// Until when at the latest: 18:00, "2026-08-03 18:00" or 2026-08-03T18:00:00Z
    #[arg(long, value_name = "TIME", group = "wait_end")]
    pub(super) until: Option<String>,
}

/// How urgent an incident is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetTo {
    /// This.
    Priority(Priority),
    /// What is computed.
    Computed,
}

/// `silence ...`
#[derive(Debug, Subcommand)]
pub(super) enum SilenceCommand {
    /// Make one; tickets that are open stay, and are closed when their alerts clear
    Add(SilenceArguments),
    /// List those that hold or are to come
    List {
        /// Those that are over as well
        #[arg(long)]
        expired: bool,
    },
    /// End one now
    Expire {
        /// Its id, or the beginning of it
        id: String,
    },
}

/// `silence add`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("end").required(true))]
pub(super) struct SilenceArguments {
    /// All must match, as in host="db-7" or env=~"prod|stage"
    #[arg(required = true, value_name = "MATCHERS", value_parser = matcher)]
    pub(super) matchers: Vec<Matcher>,
    /// For how long, as in 2h
    #[arg(long = "for", value_name = "DURATION", group = "end", value_parser = span)]
    pub(super) lasts: Option<Duration>,
    /// Until when: 18:00, "2026-08-03 18:00" or 2026-08-03T18:00:00Z
    #[arg(long, value_name = "TIME", group = "end")]
    pub(super) until: Option<String>,
    /// Until the last alert that matches is clear, and no longer than you may silence
    #[arg(long, group = "end")]
    pub(super) until_clear: bool,
    /// Why, for those who find it
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub(super) why: String,
    /// Only say what it would do
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// `digest ...`
#[derive(Debug, Subcommand)]
pub(super) enum DigestCommand {
    /// Show when the next ones are, and what they would say now
    Show {
        /// Only of this team
        #[arg(long)]
        team: Option<String>,
    },
}

/// `golive`
#[derive(Debug, Args)]
pub(super) struct GoLiveArguments {
    /// Only with what a team owns
    #[arg(long, value_name = "TEAM", conflicts_with = "rule")]
    pub(super) team: Option<String>,
    /// Only with what a rule finds
    #[arg(long, value_name = "RULE")]
    pub(super) rule: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
    /// Back to observing: nothing new is opened, what is open is closed when it is well
    #[arg(long)]
    pub(super) back: bool,
    /// Why; to go back it must be said
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub(super) why: Option<String>,
}

/// `window ...`
#[derive(Debug, Subcommand)]
pub(super) enum WindowCommand {
    /// Plan work once; what is planned again and again stands in windows.toml
    Add(WindowArguments),
    /// List those that last, and those to come
    List,
    /// End one that lasts, or take back one that was added
    End {
        /// Its name
        name: String,
    },
}

/// `window add`
#[derive(Debug, Args)]
pub(super) struct WindowArguments {
    /// What it is about; all must match, as in host="db-7" or env=~"prod|stage"
    #[arg(required = true, value_name = "MATCHERS", value_parser = matcher)]
    pub(super) matchers: Vec<Matcher>,
    /// From when: now, 18:00, "2026-08-03 18:00" or 2026-08-03T18:00:00Z
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub(super) from: String,
    /// For how long, as in 2h
    #[arg(long = "for", value_name = "DURATION", value_parser = span)]
    pub(super) lasts: Duration,
    /// Why: the change it belongs to
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub(super) why: String,
    /// At its end make one ticket of what is not as it was before; nothing wrong: no ticket
    #[arg(long)]
    pub(super) report: bool,
    /// By which it is ended; default: the first words of the reason
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
}

/// `oncall ...`
#[derive(Debug, Subcommand)]
pub(super) enum OnCallCommand {
    /// Show whose turn it is; 1 where nobody has it
    Now,
    /// Show the turns after that
    Next,
    /// Show when nobody has the turn, and who has two at once; 1 where there is any
    Gaps,
    /// Have the turn of a schedule for a while, whatever that says
    Take(TakeArguments),
    /// Show who would be told when, were an incident to open and nobody did anything; tells nobody
    Test(TestArguments),
}

/// `oncall take`
#[derive(Debug, Args)]
pub(super) struct TakeArguments {
    /// The schedule
    pub(super) schedule: String,
    /// Who has the turn; default: you
    #[arg(long, value_name = "NAME")]
    pub(super) person: Option<String>,
    /// From when: now, 18:00, "2026-08-03 18:00" or 2026-08-03T18:00:00Z
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub(super) from: String,
    /// For how long, as in 8h
    #[arg(long = "for", value_name = "DURATION", value_parser = span)]
    pub(super) lasts: Duration,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub(super) why: String,
}

/// `oncall test`
#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// Its owner team; default: the first
    #[arg(long, value_name = "TEAM")]
    pub(super) team: Option<String>,
    /// How urgent it is
    #[arg(long, value_name = "PRIORITY", default_value = "P1")]
    pub(super) priority: String,
    /// It is worth a page
    #[arg(long)]
    pub(super) page: bool,
    /// When it opens: 18:00, "2026-08-03 18:00" or 2026-08-03T18:00:00Z; default: now
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<String>,
    /// How long nobody does anything
    #[arg(long = "for", value_name = "DURATION", value_parser = span, default_value = "4h")]
    pub(super) lasts: Duration,
    /// Labels of its worst alert, as in host=db-7
    #[arg(value_name = "LABELS")]
    pub(super) labels: Vec<String>,
}

/// `host ...`
#[derive(Debug, Subcommand)]
pub(super) enum HostCommand {
    /// List hosts, those that are not well first
    List {
        /// Their labels, as in site="hq"
        #[arg(value_name = "MATCHERS", value_parser = matcher)]
        matchers: Vec<Matcher>,
    },
    /// Say that a host is not there any more: its incidents close, and nobody misses it
    Retire(RetireArguments),
    /// Say that a retired host is there again
    Revive(RetireArguments),
}

/// `host retire`, `host revive`
#[derive(Debug, Args)]
pub(super) struct RetireArguments {
    /// Its name, or its id
    #[arg(value_name = "HOST")]
    pub(super) host: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub(super) why: String,
}

/// `rule ...`
#[derive(Debug, Subcommand)]
pub(super) enum RuleCommand {
    /// List rules with what came of what they found, the noisiest first
    List,
    /// Run the tests in rule files, here; without a file, those of the shipped rules
    Test {
        /// Rule files
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Say which tickets a changed rule or policy would have opened, avoided and missed
    ///
    /// RULE, with --set or --file: the collector judges once more what was measured in the last days,
    /// by the rule as it is and as it would be, and compares the tickets. Silences and what people
    /// did are left out of both.
    ///
    /// --policy DIR: what the collector was told is decided once more, here, by the policy in DIR:
    /// the same alerts, silences and commands. Alerts are those that were found then: conditions are
    /// not judged again; what a rule's alert is worth is DIR's.
    ///
    /// A ticket is missed that would not be there, none of its alerts in another one either, although
    /// a person did something about it or it lasted an hour.
    Backtest(BacktestArguments),
}

/// `rule backtest`
#[derive(Debug, Args)]
pub(super) struct BacktestArguments {
    /// The rule to try on what was measured
    #[arg(
        value_name = "RULE",
        required_unless_present = "policy",
        conflicts_with = "policy"
    )]
    pub(super) rule: Option<String>,
    /// Another value of one of its parameters, as in warn_used=0.93 or free=20GiB; repeatable
    #[arg(long = "set", value_name = "PARAMETER=VALUE", requires = "rule", conflicts_with = "policy", value_parser = parameter)]
    pub(super) set: Vec<(String, String)>,
    /// A changed rule file, in place of the one that has the rule
    #[arg(
        long,
        value_name = "FILE",
        requires = "rule",
        conflicts_with = "policy"
    )]
    pub(super) file: Option<PathBuf>,
    /// A changed policy directory; without a collector.toml in it, the collector's own
    #[arg(long, value_name = "DIR")]
    pub(super) policy: Option<PathBuf>,
    /// From when: 7d (ago), 08:00, "2026-08-03 08:00" or 2026-08-03T08:00:00Z; default: as far back as it is recorded
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<String>,
    /// Until when; default: now
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<String>,
}

fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "an incident has a number, as in 7".to_owned())
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| "write it as in warn_used=0.93".to_owned())?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn span(text: &str) -> Result<Duration, String> {
    let span = duration::parse(text)
        .map_err(|error| format!("{error}; write it as in 90s, 15m, 2h or 1d12h"))?;
    if span.is_zero() {
        return Err("it must be longer than nothing".into());
    }
    if span > FOR_MAX {
        let most = duration::show(FOR_MAX);
        return Err(format!("it is longer than {most}"));
    }
    Ok(span)
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        Some(_) | None => Err("write it as NAME=VALUE, as in warn_used=0.98".into()),
    }
}

fn matcher(text: &str) -> Result<Matcher, String> {
    Matcher::parse(text)
}

fn why(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() < WHY_CHARS_MIN {
        return Err(format!(
            "say it in at least {WHY_CHARS_MIN} characters, for those who read it later"
        ));
    }
    Ok(text.to_owned())
}

fn priority(text: &str) -> Result<SetTo, String> {
    if text == "auto" {
        return Ok(SetTo::Computed);
    }
    let known = Priority::ALL
        .into_iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(text));
    known
        .map(SetTo::Priority)
        .ok_or_else(|| "it is one of P1, P2, P3, P4, P5, and auto".to_owned())
}

fn phase(text: &str) -> Result<Phase, String> {
    let phases = Phase::ALL;
    phases
        .into_iter()
        .find(|phase| phase.as_str() == text)
        .ok_or_else(|| {
            "it is one of pending, open, acknowledged, waiting, resolving, resolved, closed"
                .to_owned()
        })
}
