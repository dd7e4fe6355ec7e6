//! Reads when work is planned: once, or again and again.
//!
//! In: `windows.toml`, the day. Out: the core's windows, each as intervals from a little
//! before today to some weeks ahead, and when each is next, for whoever checks; [`when`]
//! says how the times are written. Every window has an end (invariant 10).

mod when;

use std::sync::Arc;

use jiff::tz::TimeZone;
use vedette_config::{Code, Document, Finding, Findings, Place, Reader, Source, Spanned};
use vedette_triage::{Interval, Window};

use crate::calendar::Calendar;
use crate::label::KnownLabels;
use crate::matchers::{self, contradiction, plain};
use crate::name::{spoken_name, unique};
use crate::reason;
use crate::settings::zone;
pub(crate) use when::local as written_local;

/// Windows of one policy.
const WINDOWS_MAX: usize = 2_000;

/// A window, and what is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) window: Window,
    /// When it is next, the one that lasts included.
    pub(crate) next: Vec<Interval>,
    /// In which its times are meant.
    pub(crate) zone: TimeZone,
}

/// The windows of a file.
pub(crate) fn read(
    source: &Arc<Source>,
    calendar: &Calendar,
    labels: &KnownLabels,
    findings: &mut Findings,
) -> Vec<Planned> {
    let Some(document) = Document::parse(source, findings) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let windows = document.read(findings, |top| {
        top.tables("window", |table| {
            let name = spoken_name(table, "name");
            if let Some(name) = &name {
                unique(&mut names, name, "window", table.findings());
            }
            window(table, name, calendar, labels)
        })
    });
    if windows.len() > WINDOWS_MAX {
        let message = format!("more than {WINDOWS_MAX} windows");
        let finding = Finding::error(Code::TooLarge, message).at(&Place::whole(source), "");
        findings.push(finding.help("remove those that are over, or match several things at once"));
    }
    windows.into_iter().flatten().collect()
}

/// Everything is read before anything is given up, so that all findings come at once.
fn window(
    table: &mut Reader<'_>,
    name: Option<Spanned<String>>,
    calendar: &Calendar,
    labels: &KnownLabels,
) -> Option<Planned> {
    let matchers = matchers::something(
        table,
        "match",
        "this window does not say for what",
        "write match = ['patchgroup=\"A\"']",
    );
    labels.check_matchers(&matchers, table.findings());
    if let Some((first, second)) = contradiction(&matchers) {
        let finding = Finding::error(Code::ConditionNeverTrue, "this window is for nothing");
        table.push(
            finding
                .at(&first.place, "this")
                .at(&second.place, "and this cannot both hold"),
        );
    }
    let zone = zone(table).unwrap_or(calendar.zone.clone());
    let when = when::read(table, &zone);
    let why = reason::why(table);
    let owner = reason::owner(table, &calendar.owners);
    let report = table.or("report", false);
    let times = when?.times(&zone, calendar, table.findings());
    Some(Planned {
        window: Window {
            name: name?.value,
            matchers: plain(&matchers),
            intervals: times.intervals,
            why: why?,
            owner: owner?,
            report,
        },
        next: times.next,
        zone,
    })
}
