//! Decides what a row of `services.csv` says of a service.
//!
//! In: rows, and the teams there are. Out: services, and where their names stand.

use std::sync::Arc;

use vedette_config::{Code, Finding, Findings, Source, Spanned, label_value, quoted};
use vedette_triage::Service;

use super::{Named, bad_name, once, sheet, team, tier};
use crate::settings::Hours;

const COLUMNS: &[&str] = &["service", "tier", "plain_name", "team", "hours"];
/// What is needed at any time.
const ALWAYS: &str = "24x7";

/// A service, and where its name stands.
pub(super) struct Row {
    pub(super) name: Spanned<String>,
    pub(super) service: Service,
}

impl Named for Row {
    fn name(&self) -> &Spanned<String> {
        &self.name
    }
}

/// The services of a file. A cell that is wrong is a finding, and as if it were empty.
pub(super) fn read(source: &Arc<Source>, teams: &[&str], findings: &mut Findings) -> Vec<Row> {
    let rows = sheet::read(source, COLUMNS, findings)
        .iter()
        .filter_map(|row| service(row, teams, findings))
        .collect();
    once(rows, "services", findings)
}

fn service(row: &sheet::Row, teams: &[&str], findings: &mut Findings) -> Option<Row> {
    let name = row.get("service")?;
    if let Err(why) = label_value(&name.value) {
        findings.push(bad_name(name, why));
    }
    if let Some(hours) = row.get("hours")
        && hours.value != ALWAYS
        && let Err(why) = Hours::parse(&hours.value)
    {
        let message = format!("{} are no hours", quoted(&hours.value));
        let finding = Finding::error(Code::BadDate, message).at(&hours.place, why);
        findings.push(finding.help(format!("or write {ALWAYS}")));
    }
    let service = Service {
        name: name.value.clone(),
        tier: tier(row.get("tier"), findings),
        plain_name: row
            .text("plain_name")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        team: team(row.get("team"), teams, findings).unwrap_or_default(),
        hours: row.text("hours"),
    };
    Some(Row {
        name: name.clone(),
        service,
    })
}
