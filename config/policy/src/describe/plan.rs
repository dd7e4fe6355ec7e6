//! Says what keeps alerts from opening: windows with their next times, alerts that explain
//! others; and when people work.
//!
//! In: a loaded policy. Out: lines, none where nothing is planned.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use vedette_triage::{Interval, Timestamp};

use crate::calendar::local;
use crate::inhibition::Explains;
use crate::load::Loaded;
use crate::window::Planned;

/// Days off that are named; the rest is counted.
const DAYS_OFF_NAMED_MAX: usize = 10;

pub(super) fn write(out: &mut String, loaded: &Loaded) -> fmt::Result {
    windows(out, loaded)?;
    inhibitions(out, loaded)?;
    enrichments(out, loaded)?;
    working(out, loaded)
}

fn windows(out: &mut String, loaded: &Loaded) -> fmt::Result {
    if loaded.windows.is_empty() {
        return Ok(());
    }
    writeln!(out, "Windows")?;
    for Planned { window, next, zone } in &loaded.windows {
        writeln!(out, "  {} on {}", window.name, window.matchers)?;
        let report = match window.report {
            true => "; a ticket at its end says what is not as it was",
            false => "",
        };
        writeln!(out, "     {}: {}{report}", window.owner, window.why)?;
        let times: Vec<String> = next.iter().map(|one| interval(one, zone)).collect();
        match times.as_slice() {
            [] => writeln!(out, "     not any more")?,
            times => writeln!(out, "     next {}", times.join(", "))?,
        }
    }
    writeln!(out)
}

fn inhibitions(out: &mut String, loaded: &Loaded) -> fmt::Result {
    if loaded.inhibitions.is_empty() {
        return Ok(());
    }
    writeln!(out, "Alerts that explain others")?;
    for Explains { inhibition, why } in &loaded.inhibitions {
        let equal = match inhibition.equal.as_slice() {
            [] => "anywhere".to_owned(),
            labels => format!("with the same {}", labels.join(" and ")),
        };
        let (source, target) = (&inhibition.source, &inhibition.target);
        writeln!(
            out,
            "  {}: {source} explains {target} {equal}",
            inhibition.name
        )?;
        writeln!(out, "     {why}")?;
    }
    writeln!(out)
}

fn enrichments(out: &mut String, loaded: &Loaded) -> fmt::Result {
    if loaded.policy.enrichments.is_empty() {
        return Ok(());
    }
    writeln!(out, "Labels that are added")?;
    for enrichment in &*loaded.policy.enrichments {
        let names: Vec<&str> = enrichment
            .set
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let on = match enrichment.matchers.0.as_slice() {
            [] => "every alert".to_owned(),
            _ => enrichment.matchers.to_string(),
        };
        writeln!(out, "  {}: {} on {on}", enrichment.name, names.join(", "))?;
    }
    writeln!(out)
}

/// `2026-12-08 22:00 to 02:00`, with the day it ends on where it is not the night after.
fn interval(interval: &Interval, zone: &TimeZone) -> String {
    let at = |at: Timestamp| local(at, zone).unwrap_or(DateTime::MIN);
    let [begin, end] = [interval.starts_at, interval.ends_at].map(at);
    let is_near = end.date() <= begin.date().saturating_add(1.day()) && end.time() < begin.time()
        || end.date() == begin.date();
    let end = end.strftime(if is_near { "%H:%M" } else { "%Y-%m-%d %H:%M" });
    format!("{} to {end}", begin.strftime("%Y-%m-%d %H:%M"))
}

fn working(out: &mut String, loaded: &Loaded) -> fmt::Result {
    let zone = loaded.settings.time_zone();
    let work: BTreeSet<Date> = loaded
        .policy
        .working
        .0
        .iter()
        .filter_map(|day| Some(local(day.starts_at, &zone)?.date()))
        .collect();
    let (Some(hours), Some(first), Some(last)) =
        (&loaded.settings.site.hours, work.first(), work.last())
    else {
        return Ok(());
    };
    let off: Vec<String> = first
        .series(1.day())
        .take_while(|day| day <= last)
        .filter(|day| hours.includes(*day) && !work.contains(day))
        .map(|day| day.to_string())
        .collect();
    let named = &off[..off.len().min(DAYS_OFF_NAMED_MAX)];
    let more = match off.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match named {
        [] => writeln!(out, "Work: {hours}; no day off until {last}\n"),
        named => writeln!(
            out,
            "Work: {hours}; off until {last}: {}{more}\n",
            named.join(", ")
        ),
    }
}
