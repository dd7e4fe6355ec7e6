//! Lists hosts, those that are not well first; retires and revives them.

use vedette_triage::Matcher;

use super::Desk;
use super::arguments::RetireArguments;
use super::failure::Standing;
use super::moment::Look;
use super::paper::Column;
use crate::api::v1::shapes::{Device, Host, Hosts, ResolveRequest};

/// Hosts of one answer.
const ROWS: &str = "1000";
/// What is shown of each.
const COLUMNS: &[Column] = &[
    Column::Whole("HOST"),
    Column::Whole("STATE"),
    Column::Whole("CLASS"),
    Column::Whole("ALERTS"),
    Column::Whole("LAST REPORT"),
    Column::Whole("AGENT"),
    Column::Wraps("REMARKS"),
];
/// Answers that are put together into one list: 20,000 hosts.
const PAGES_MAX: usize = 20;

pub(super) async fn list(desk: &mut Desk<'_>, matchers: &[Matcher]) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let filters: Vec<String> = matchers.iter().map(Matcher::to_string).collect();
    let (mut found, mut devices) = (Vec::new(), Vec::new());
    let mut after: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let mut query = vec![("limit", ROWS)];
        query.extend(filters.iter().map(|filter| ("filter", filter.as_str())));
        query.extend(after.as_deref().map(|after| ("after", after)));
        let answer = connection.get(&["api", "v1", "hosts"], &query).await?;
        let page: Hosts = answer.read()?;
        desk.as_it_is(&answer)?;
        found.extend(page.hosts);
        devices.extend(page.devices);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if !desk.json {
        print(desk, (found, devices), after.is_some())?;
    }
    Ok(Standing::Well)
}

/// Says that a host is not there any more, or is again.
pub(super) async fn retire(
    desk: &mut Desk<'_>,
    (verb, wanted): (&str, RetireArguments),
) -> anyhow::Result<Standing> {
    let RetireArguments { host, why } = wanted;
    let by = desk.surroundings.user.clone();
    let connection = desk.connect()?;
    let path = ["api", "v1", "hosts", &host, verb];
    let answer = connection.post(&path, &ResolveRequest { by, why }).await?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    desk.paper.line(&match verb {
        "retire" => format!("{host} is retired: its incidents close, and nothing of it opens"),
        _ => format!("{host} is watched again"),
    })?;
    Ok(Standing::Well)
}

fn print(
    desk: &mut Desk<'_>,
    (mut hosts, devices): (Vec<Host>, Vec<Device>),
    is_cut: bool,
) -> anyhow::Result<()> {
    if hosts.is_empty() && devices.is_empty() {
        desk.paper.line("No such host has reported")?;
        return Ok(());
    }
    let rank = |host: &Host| match host.state.as_str() {
        "silent" => 0,
        "away" => 1,
        _ => 2,
    };
    hosts.sort_by_key(|host| (rank(host), host.name.to_lowercase()));
    let look = desk.look();
    let hosts = hosts.iter().map(|host| row(host, &look));
    let rows = hosts.chain(devices.iter().map(of_device)).collect();
    desk.paper.table(COLUMNS, rows)?;
    if is_cut {
        desk.paper
            .line("There are more; narrow it down, as in site=\"hq\"")?;
    }
    Ok(())
}

fn row(host: &Host, look: &Look) -> Vec<String> {
    let firing = match host.firing {
        0 => String::new(),
        firing => firing.to_string(),
    };
    vec![
        host.name.clone(),
        host.state.clone(),
        host.class.clone(),
        firing,
        host.last_seen.map_or_else(String::new, |at| look.brief(at)),
        host.agent_version.clone(),
        remarks(host, look),
    ]
}

/// A device beside the hosts: its kind stands for the class.
fn of_device(device: &Device) -> Vec<String> {
    let firing = match device.firing {
        0 => String::new(),
        firing => firing.to_string(),
    };
    vec![
        device.name.clone(),
        device.state.clone(),
        device.kind.clone(),
        firing,
        String::new(),
        String::new(),
        format!("looked at from {}", device.looked_at_from.join(", ")),
    ]
}

fn remarks(host: &Host, look: &Look) -> String {
    let back = host.back_by.map(|at| format!("back by {}", look.clock(at)));
    let claimed = host
        .name_also_claimed_by
        .as_ref()
        .map(|other| format!("name also claimed by {other}"));
    let remarks: Vec<String> = [back, claimed].into_iter().flatten().collect();
    remarks.join("; ")
}
