//! Incidents: listed, shown, explained, and worked on.

mod change;
mod list;
mod people;
mod show;

pub(in crate::cli) use show::{name_of, titled};

use super::Desk;
use super::arguments::IncidentCommand;
use super::failure::Standing;

pub(super) async fn obey(
    desk: &mut Desk<'_>,
    command: IncidentCommand,
) -> anyhow::Result<Standing> {
    match command {
        IncidentCommand::List { states, matchers } => list::list(desk, &states, &matchers).await,
        IncidentCommand::Show { id } => show::show(desk, id).await,
        IncidentCommand::Explain { id } => show::explain(desk, id).await,
        IncidentCommand::Ack { id, lasts } => change::acknowledge(desk, id, lasts).await,
        IncidentCommand::Resolve { id, why } => change::resolve(desk, id, why).await,
        IncidentCommand::Note { id, text } => change::note(desk, id, text).await,
        IncidentCommand::Take { id, lasts } => people::take(desk, id, lasts).await,
        IncidentCommand::Assign { id, to, why } => people::assign(desk, id, (to, why)).await,
        IncidentCommand::Wait(wanted) => people::wait(desk, wanted).await,
        IncidentCommand::Merge { id, into, why } => people::merge(desk, id, (into, why)).await,
        IncidentCommand::Useful { id } => people::judge(desk, (id, "useful")).await,
        IncidentCommand::Noise { id } => people::judge(desk, (id, "noise")).await,
        IncidentCommand::Resume { id, why } => people::resume(desk, id, why).await,
        IncidentCommand::Priority { id, to, why } => people::prioritise(desk, id, (to, why)).await,
    }
}

/// The path of an incident, or of something below it.
fn path<'a>(id: &'a str, below: &'a [&'a str]) -> Vec<&'a str> {
    [&["api", "v1", "incidents", id], below].concat()
}
