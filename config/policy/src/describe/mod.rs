//! Says what a policy will do, for whoever checks it before it is in force.
//!
//! In: a loaded policy. Out: text for a terminal: who gets what, by which route, what
//! each rule is worth, where it is different, what is [`known`] of places and services,
//! what is [`plan`]ned, who is on call. Knows nothing of findings.

mod known;
mod oncall;
mod plan;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::time::Duration;

use jiff::tz::TimeZone;
use vedette_config::duration;
use vedette_triage::detect::{Effect, Exception, Rule};
use vedette_triage::{DeliverMode, Priority, TicketPer, TicketTo, Timers};
use vedette_wire::Class;

use crate::load::Loaded;
use crate::settings::{ReceiverSettings, RouteSettings, TeamSettings, on_clear_word};

/// What a policy will do, in several lines.
pub fn describe(loaded: &Loaded) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut text, loaded);
    text
}

fn write(out: &mut String, loaded: &Loaded) -> fmt::Result {
    match loaded.settings.mode {
        DeliverMode::Live => {}
        DeliverMode::Observe => {
            writeln!(
                out,
                "Observe mode: everything is decided and shown, nothing is sent.\n"
            )?;
        }
    }
    routes(out, loaded)?;
    receivers(out, loaded)?;
    rules(out, loaded)?;
    known::write(out, loaded)?;
    plan::write(out, loaded)?;
    oncall::write(out, loaded)?;
    exceptions(out, loaded)
}

fn routes(out: &mut String, loaded: &Loaded) -> fmt::Result {
    let settings = &loaded.settings;
    writeln!(out, "Routes: the first that matches an alert takes it")?;
    for (at, route) in settings.routes.iter().enumerate() {
        writeln!(out, "  {}. {}", at + 1, route.name.value)?;
        let matchers: Vec<String> = route
            .matchers
            .iter()
            .map(|matcher| matcher.value.to_string())
            .collect();
        match matchers.as_slice() {
            [] => writeln!(out, "     takes everything that is left")?,
            matchers => writeln!(out, "     takes {}", matchers.join(" and "))?,
        }
        writeln!(out, "     {}", ticket_of(loaded, route))?;
        timers(out, &route.timers)?;
    }
    if !settings
        .routes
        .iter()
        .any(|route| route.matchers.is_empty())
    {
        let what = match settings.routes.is_empty() {
            true => "everything",
            false => "everything else",
        };
        writeln!(out, "  -  {what}")?;
        writeln!(out, "     {}", owners(loaded))?;
        timers(out, &settings.timers)?;
    }
    writeln!(out)
}

fn ticket_of(loaded: &Loaded, route: &RouteSettings) -> String {
    let ticket = match (route.ticket_to(), &route.team) {
        (TicketTo::Receiver(receiver), _) => format!("ticket to {receiver}"),
        (TicketTo::Team, None) => owners(loaded),
        (TicketTo::Team, Some(team)) => {
            let teams = &loaded.settings.teams;
            teams
                .iter()
                .find(|known| known.name == team.value)
                .map_or_else(String::new, team_gets)
        }
    };
    let notify: Vec<&str> = route
        .notify
        .iter()
        .map(|name| name.value.as_str())
        .collect();
    let worth = route.handling.map_or_else(String::new, |handling| {
        format!("; each is worth a {}", handling.as_str())
    });
    match notify.as_slice() {
        [] => format!("{ticket}{worth}"),
        notify => format!("{ticket}; {} told as well{worth}", notify.join(", ")),
    }
}

/// Where the tickets of an alert's own team go.
fn owners(loaded: &Loaded) -> String {
    match loaded.settings.teams.as_slice() {
        [only] => team_gets(only),
        teams => {
            let each: Vec<String> = teams.iter().map(team_gets).collect();
            format!("by label `team`, else the first: {}", each.join("; "))
        }
    }
}

fn team_gets(team: &TeamSettings) -> String {
    let page: Vec<&str> = team.page.iter().map(|name| name.value.as_str()).collect();
    let page = match page.as_slice() {
        [] => String::new(),
        page => format!(", wakes {}", page.join(", ")),
    };
    match &team.ticket {
        Some(receiver) => format!("team {} by ticket to {}{page}", team.name, receiver.value),
        None => format!(
            "team {}, which has no receiver: shown, sent to nobody{page}",
            team.name
        ),
    }
}

fn timers(out: &mut String, timers: &Timers) -> fmt::Result {
    let per = match &timers.ticket_per {
        TicketPer::Labels(labels) => format!("for each {}", labels.join(" and ")),
        TicketPer::Alert => "for each alert".to_owned(),
        TicketPer::Route => "for all of it".to_owned(),
    };
    writeln!(
        out,
        "     one ticket {per}; opens after {}, closes after {}, reopens within {}",
        by_priority(&timers.open_delay),
        duration::show(timers.close_delay),
        duration::show(timers.reopen_within),
    )
}

/// `P1 0s, P2 0s, P3-P5 2m`.
fn by_priority(lengths: &BTreeMap<Priority, Duration>) -> String {
    let mut runs: Vec<(Priority, Priority, Duration)> = Vec::new();
    for (priority, length) in lengths {
        match runs.last_mut() {
            Some((_, last, known)) if known == length => *last = *priority,
            Some(_) | None => runs.push((*priority, *priority, *length)),
        }
    }
    match runs.as_slice() {
        [(_, _, all)] => duration::show(*all),
        runs => {
            let words: Vec<String> = runs
                .iter()
                .map(|(first, last, length)| {
                    let length = duration::show(*length);
                    if first == last {
                        format!("{length} ({first})")
                    } else {
                        format!("{length} ({first}-{last})")
                    }
                })
                .collect();
            words.join(", ")
        }
    }
}

fn receivers(out: &mut String, loaded: &Loaded) -> fmt::Result {
    let receivers = &loaded.settings.receivers;
    if receivers.is_empty() {
        return writeln!(out, "Receivers: none; nothing leaves this collector\n");
    }
    writeln!(out, "Receivers")?;
    let width = widest(
        receivers
            .iter()
            .map(|receiver| receiver.name.value.as_str()),
    );
    for receiver in receivers {
        writeln!(out, "  {}", receiver_line(receiver, width))?;
    }
    writeln!(out)
}

/// Without its address, which may hold a secret behind the host.
fn receiver_line(receiver: &ReceiverSettings, width: usize) -> String {
    let profile = receiver
        .destination
        .as_ref()
        .map_or_else(String::new, |destination| destination.profile.name.clone());
    let name = &receiver.name.value;
    let on_clear = on_clear_word(receiver.on_clear);
    format!("{name:width$}  profile {profile}; when it is over: {on_clear}")
}

fn rules(out: &mut String, loaded: &Loaded) -> fmt::Result {
    writeln!(out, "Rules")?;
    let names = loaded.rules.iter().map(|rule| rule.name.value.as_str());
    let width = widest(names.chain(["rule"]));
    writeln!(
        out,
        "  {:width$}  {:8}  {:11}  from",
        "rule", "server", "workstation"
    )?;
    for written in &loaded.rules {
        let name = &written.name.value;
        let Some(rule) = loaded.policy.detection.get(name) else {
            continue;
        };
        let [server, workstation] =
            [Class::Server, Class::Workstation].map(|class| rule.handling(class).as_str());
        let from = match written.is_shipped {
            true => "shipped",
            false => written.name.place.file(),
        };
        let shadow = match written.shadow {
            true => "  (shadow: opens nothing)",
            false => "",
        };
        writeln!(
            out,
            "  {name:width$}  {server:8}  {workstation:11}  {from}{shadow}"
        )?;
    }
    writeln!(out)
}

fn exceptions(out: &mut String, loaded: &Loaded) -> fmt::Result {
    let zone = loaded.settings.time_zone();
    let with: Vec<&Rule> = loaded
        .policy
        .detection
        .iter()
        .map(|rule| &**rule)
        .filter(|rule| !rule.exceptions.is_empty())
        .collect();
    if with.is_empty() {
        return writeln!(out, "Exceptions: none");
    }
    writeln!(out, "Exceptions")?;
    for rule in with {
        for exception in &rule.exceptions {
            writeln!(out, "  {} on {}", rule.name, exception.matchers)?;
            writeln!(out, "     {}", exception_line(rule, exception, &zone))?;
        }
    }
    Ok(())
}

fn exception_line(rule: &Rule, exception: &Exception, zone: &TimeZone) -> String {
    let names = rule.names();
    let effect = match &exception.effect {
        Effect::Off => "off".to_owned(),
        Effect::Set(set) => {
            let set: Vec<String> = set
                .iter()
                .map(|(variable, value)| {
                    format!("{} = {value}", names.name(*variable).unwrap_or_default())
                })
                .collect();
            set.join(", ")
        }
    };
    let last_day = jiff::Timestamp::from_millisecond(exception.until.as_millis() - 1)
        .map(|end| end.to_zoned(zone.clone()).date().to_string())
        .unwrap_or_default();
    format!(
        "{effect}; to {last_day}, {}: {}",
        exception.owner, exception.why
    )
}

fn widest<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or(0)
}
