//! Lists incidents, the most urgent first.

use vedette_triage::{Matcher, Phase};

use crate::api::v1::shapes::{Incident, Incidents};
use crate::cli::Desk;
use crate::cli::failure::Standing;
use crate::cli::moment::Look;
use crate::cli::paper::Column;

/// Incidents that are shown where closed ones are among them: there is no end to these.
const ROWS_WITH_CLOSED: &str = "50";
/// Incidents that are shown otherwise; the API gives no more at once.
const ROWS: &str = "1000";

/// What is shown of each.
const COLUMNS: &[Column] = &[
    Column::Whole("ID"),
    Column::Whole("PRIO"),
    Column::Whole("STATE"),
    Column::Whole("SINCE"),
    Column::Wraps("TITLE"),
    Column::Whole("OWNER"),
    Column::Whole("TICKET"),
];

pub(super) async fn list(
    desk: &mut Desk<'_>,
    states: &[Phase],
    matchers: &[Matcher],
) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let filters: Vec<String> = matchers.iter().map(Matcher::to_string).collect();
    let has_closed = states.iter().any(|phase| phase.is_over());
    let limit = if has_closed { ROWS_WITH_CLOSED } else { ROWS };
    let mut query = vec![("limit", limit)];
    query.extend(states.iter().map(|state| ("state", state.as_str())));
    query.extend(filters.iter().map(|filter| ("filter", filter.as_str())));
    let answer = connection.get(&["api", "v1", "incidents"], &query).await?;
    let mut page: Incidents = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    if page.incidents.is_empty() {
        desk.paper
            .line(if states.is_empty() && matchers.is_empty() {
                "No incident is open"
            } else {
                "No such incident"
            })?;
        return Ok(Standing::Well);
    }
    if !has_closed {
        // The newest come first; those of one priority stay in that order.
        page.incidents
            .sort_by(|one, other| one.priority.cmp(&other.priority));
    }
    let look = desk.look();
    let rows = page
        .incidents
        .iter()
        .map(|incident| row(incident, &look))
        .collect();
    desk.paper.table(COLUMNS, rows)?;
    if page.next.is_some() {
        desk.paper
            .line("Older ones are not shown; narrow it down, as in team=\"it-ops\"")?;
    }
    Ok(Standing::Well)
}

fn row(incident: &Incident, look: &Look) -> Vec<String> {
    let state = match &incident.suppressed {
        Some(by) if incident.phase == "pending" => by.replace('_', " "),
        Some(_) | None => incident.phase.clone(),
    };
    let taken = incident.acknowledged.as_ref().map(|taken| &taken.by);
    let owner = match taken.or(incident.assigned_to.as_ref()) {
        Some(person) => format!("{}, {person}", incident.team),
        None => incident.team.clone(),
    };
    let tickets: Vec<&str> = incident
        .tickets
        .iter()
        .map(|ticket| ticket.id.as_deref().unwrap_or(&ticket.state))
        .collect();
    vec![
        incident.id.to_string(),
        incident.priority.clone(),
        state,
        look.brief(incident.started_at),
        super::show::titled(incident),
        owner,
        tickets.join(", "),
    ]
}
