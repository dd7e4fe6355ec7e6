//! Shows when digests are, and what each would say now.

use super::Desk;
use super::arguments::DigestCommand;
use super::failure::{Standing, not_ok};
use crate::api::v1::shapes::{Digest, Digests};

pub(super) async fn obey(desk: &mut Desk<'_>, command: DigestCommand) -> anyhow::Result<Standing> {
    match command {
        DigestCommand::Show { team } => show(desk, team.as_deref()).await,
    }
}

async fn show(desk: &mut Desk<'_>, team: Option<&str>) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection.get(&["api", "v1", "digests"], &[]).await?;
    let found: Digests = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    let is_wanted = |digest: &&Digest| team.is_none_or(|team| digest.team == team);
    let wanted: Vec<&Digest> = found.digests.iter().filter(is_wanted).collect();
    if let (Some(team), true) = (team, wanted.is_empty()) {
        let known = found.digests.iter().map(|digest| digest.team.as_str());
        let known: Vec<&str> = known.collect();
        return Err(not_ok(format!(
            "There is no team {team:?}; there are {}",
            known.join(", ")
        )));
    }
    for (at, digest) in wanted.into_iter().enumerate() {
        if at > 0 {
            desk.paper.line("")?;
        }
        one(desk, digest)?;
    }
    Ok(Standing::Well)
}

fn one(desk: &mut Desk<'_>, digest: &Digest) -> anyhow::Result<()> {
    let look = desk.look();
    let when = match digest.next {
        Some(next) => format!("the next digest is at {}", look.moment(next)),
        None => "no digest is planned".to_owned(),
    };
    let last = match digest.incident {
        Some(incident) => format!("; the last is incident {incident}"),
        None => String::new(),
    };
    desk.paper.line(&format!("{}: {when}{last}", digest.team))?;
    let Some(says) = &digest.says else {
        let nothing = "There is nothing to do, so it would open no ticket";
        return Ok(desk.paper.line(nothing)?);
    };
    desk.paper.line(&format!("It would say: {}", says.title))?;
    for group in &says.groups {
        desk.paper.line("")?;
        desk.paper.line(&group.heading)?;
        let more = (group.more > 0).then(|| format!("and {} more", group.more));
        for line in &group.says {
            desk.paper.item(line)?;
        }
        for line in &group.paste {
            desk.paper.verbatim(&format!("      {line}"))?;
        }
        for line in group.lines.iter().chain(&more) {
            desk.paper.item(line)?;
        }
    }
    Ok(())
}
