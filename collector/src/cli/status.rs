//! Shows the state of the watcher on one page, what is wrong first.

use std::time::Duration;

use super::Desk;
use super::arguments::StatusArguments;
use super::connection::{Answer, Connection};
use super::failure::{Failure, Standing, not_ok};
use super::moment::{Look, about};
use super::paper::{Mood, Paper};
use crate::api::v1::shapes::{
    HistoryStatus, HostCounts, IncidentCount, PolicyStatus, ReceiverBacklog, Status,
};

/// Pause between two looks while waiting.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What is said first, and whether that is good.
struct Headline {
    text: String,
    is_well: bool,
}

pub(super) async fn show(
    desk: &mut Desk<'_>,
    wanted: &StatusArguments,
) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let (answer, waited_for) = match wanted.wait {
        None => (ask(&connection).await?, false),
        Some(at_most) => wait(desk, &connection, at_most).await?,
    };
    let status: Status = answer.read()?;
    let headline = headline(&status);
    if !desk.as_it_is(&answer)? {
        let look = desk.look();
        page(&mut desk.paper, &look, &status, &headline)?;
    }
    Ok(Standing::well_if(waited_for || headline.is_well))
}

async fn ask(connection: &Connection) -> anyhow::Result<Answer> {
    connection.get(&["api", "v1", "status"], &[]).await
}

/// Looks until the collector takes data and a host reports. Says whether that came true in time;
/// the last look is worth showing either way.
async fn wait(
    desk: &Desk<'_>,
    connection: &Connection,
    at_most: Duration,
) -> anyhow::Result<(Answer, bool)> {
    let clock = &desk.surroundings.clock;
    let began = clock.monotonic_ms();
    loop {
        let looked = ask(connection).await;
        let waited = u64::try_from(clock.monotonic_ms() - began).unwrap_or(0);
        let is_over = Duration::from_millis(waited) >= at_most;
        match looked {
            Ok(answer) => {
                let status: Status = answer.read()?;
                if status.ready && status.hosts.well > 0 {
                    return Ok((answer, true));
                }
                if is_over {
                    return Ok((answer, false));
                }
            }
            // Nobody is there yet; a wrong token or address does not become right by waiting.
            Err(error) => match error.downcast_ref() {
                Some(Failure::NotOk(_)) if !is_over => {}
                Some(Failure::NotOk(why)) => {
                    let waited = about(at_most);
                    return Err(not_ok(format!("{why} (asked for {waited})")));
                }
                Some(Failure::Misused(_)) | None => return Err(error),
            },
        }
        (desk.surroundings.pause)(LOOK_EVERY).await;
    }
}

fn headline(status: &Status) -> Headline {
    let hosts = &status.hosts;
    let is_watching = hosts.well + hosts.silent + hosts.away > 0
        || status.alerts_firing > 0
        || !status.incidents.is_empty();
    let (text, is_well) = match status.troubles.as_slice() {
        [trouble] => (trouble.clone(), false),
        [_, ..] => (
            format!("{} things are wrong here:", status.troubles.len()),
            false,
        ),
        [] if !is_watching => ("Nothing has reported yet".to_owned(), false),
        [] => (quiet(status), true),
    };
    let text = match observing(status) {
        Some(observing) => format!("{observing}. {text}"),
        None => text,
    };
    Headline { text, is_well }
}

/// Whoever looks must see first that nothing, or not all, is told.
fn observing(status: &Status) -> Option<String> {
    let of = |live: bool| {
        let ruled = status.live.iter().filter(|ruling| ruling.live == live);
        let ruled = ruled.filter(|ruling| ruling.of != "everything");
        let ruled: Vec<&str> = ruled.map(|ruling| ruling.of.as_str()).collect();
        (!ruled.is_empty()).then(|| ruled.join(", "))
    };
    match (status.mode.as_str(), of(true), of(false)) {
        ("observe", None, _) => Some("Observe mode: nothing is sent".to_owned()),
        ("observe", Some(live), _) => {
            Some(format!("Observe mode: only of {live} anything is sent"))
        }
        (_, _, Some(observed)) => Some(format!("Nothing new is sent of {observed}")),
        (_, _, None) => None,
    }
}

/// The watcher itself is well; what it sees may not be.
fn quiet(status: &Status) -> String {
    let open = total(&status.incidents, is_open);
    match (open, status.hosts.silent) {
        (0, 0) => "All well".into(),
        (0, silent) => format!("The watcher is well; {} silent", hosts_are(silent)),
        (1, _) => "The watcher is well; 1 incident is open".into(),
        (open, _) => format!("The watcher is well; {open} incidents are open"),
    }
}

fn page(
    paper: &mut Paper<'_>,
    look: &Look,
    status: &Status,
    headline: &Headline,
) -> anyhow::Result<()> {
    let mood = if headline.is_well {
        Mood::Good
    } else {
        Mood::Bad
    };
    paper.headline(&headline.text, mood)?;
    if status.troubles.len() > 1 {
        for trouble in &status.troubles {
            paper.item(trouble)?;
        }
    }
    paper.gap();
    let mode = match status.mode.as_str() {
        "observe" => {
            "observe: everything is decided and shown; vedette golive shows what that would have sent"
        }
        _ => "",
    };
    let receivers = match &status.receivers {
        Some(receivers) => receivers.iter().map(|row| backlog(row, look)).collect(),
        None => vec!["what waits for them is not known".to_owned()],
    };
    let mut facts = vec![
        ("hosts", hosts(&status.hosts)),
        ("incidents", incidents(&status.incidents)),
        ("alerts", counted(status.alerts_firing, "fires", "fire")),
        ("silences", counted(status.silences_active, "holds", "hold")),
        ("drills", counted(status.drills, "lately", "lately")),
        (
            "history",
            status
                .history
                .as_ref()
                .map_or_else(String::new, |kept| history(kept, look)),
        ),
        ("mode", mode.to_owned()),
        ("policy", policy(&status.policy, look)),
        ("version", version(status, look)),
    ];
    let at = facts.len() - 2;
    for (row, backlog) in receivers
        .into_iter()
        .filter(|row| !row.is_empty())
        .enumerate()
    {
        let name = if row == 0 { "receivers" } else { " " };
        facts.insert(at + row, (name, backlog));
    }
    paper.facts(&facts)?;
    paper.gap();
    if !status.policy.findings.is_empty() {
        paper.line("The last reload found:")?;
    }
    for finding in &status.policy.findings {
        paper.item(finding)?;
    }
    Ok(())
}

fn hosts(hosts: &HostCounts) -> String {
    list(&[
        (hosts.well, "well"),
        (hosts.silent, "silent"),
        (hosts.away, "away"),
        (hosts.clock_off, "with a clock that is far off"),
    ])
}

fn hosts_are(count: u64) -> String {
    match count {
        1 => "1 host is".into(),
        many => format!("{many} hosts are"),
    }
}

fn is_open(phase: &str) -> bool {
    matches!(phase, "open" | "acknowledged" | "waiting" | "resolving")
}

fn total(incidents: &[IncidentCount], is_meant: fn(&str) -> bool) -> u64 {
    let meant = incidents.iter().filter(|row| is_meant(&row.phase));
    meant.map(|row| row.count).sum()
}

/// `1 P2 and 3 P4 open, 2 not told yet`
fn incidents(incidents: &[IncidentCount]) -> String {
    let mut priorities: Vec<&str> = incidents
        .iter()
        .filter(|row| is_open(&row.phase))
        .map(|row| row.priority.as_str())
        .collect();
    priorities.sort_unstable();
    priorities.dedup();
    let open: Vec<String> = priorities
        .into_iter()
        .map(|priority| {
            let rows = incidents
                .iter()
                .filter(|row| is_open(&row.phase) && row.priority == priority);
            format!("{} {priority}", rows.map(|row| row.count).sum::<u64>())
        })
        .collect();
    let open = match open.as_slice() {
        [] => String::new(),
        [one] => format!("{one} open"),
        [first @ .., last] => format!("{} and {last} open", first.join(", ")),
    };
    let resolving = total(incidents, |phase| phase == "resolving");
    let pending = total(incidents, |phase| phase == "pending");
    let rest = list(&[
        (resolving, "of these clear and about to close"),
        (pending, "not told"),
    ]);
    let parts = [open, rest];
    let parts: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(", ")
}

fn backlog(row: &ReceiverBacklog, look: &Look) -> String {
    let oldest = row
        .oldest
        .map(|oldest| format!(", the oldest since {}", look.moment(oldest)));
    let waits = counted(row.pending, "delivery waits", "deliveries wait");
    let waits = match waits.is_empty() {
        true => waits,
        false => waits + &oldest.unwrap_or_default(),
    };
    let dead = counted(row.dead, "was given up", "were given up");
    let state = match row.state.as_str() {
        "" | "well" => "",
        "gone" => "not in the policy",
        "trying" => "fails, is tried",
        _ => "fails, is left alone for now",
    };
    let parts: Vec<&str> = [state, waits.as_str(), dead.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [] => String::new(),
        parts => format!("{}: {}", row.receiver, parts.join("; ")),
    }
}

fn history(history: &HistoryStatus, look: &Look) -> String {
    let size = size(history.bytes);
    let since = history
        .since
        .map(|since| format!(" since {}", look.moment(since)));
    let full = history
        .full_since
        .filter(|_| history.since != history.full_since);
    let full = full.map(|full| format!(", by minutes until {}", look.moment(full)));
    format!(
        "{size}{}{}",
        since.unwrap_or_default(),
        full.unwrap_or_default()
    )
}

/// As disks are sold.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..10_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

fn policy(policy: &PolicyStatus, look: &Look) -> String {
    let since = look.moment(policy.since);
    let failed = if policy.last_reload_worked {
        ""
    } else {
        "; the last reload failed, and this one stays in force"
    };
    format!("revision {} since {since}{failed}", policy.revision)
}

fn version(status: &Status, look: &Look) -> String {
    format!(
        "{}, runs since {}",
        status.version,
        look.moment(status.started_at)
    )
}

fn counted(count: u64, one: &str, many: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

fn list(counts: &[(u64, &str)]) -> String {
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    parts.join(", ")
}
