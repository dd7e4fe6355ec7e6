//! Sends a marked, harmless fault through the whole path, and says how far it comes.
//!
//! In: what the collector says of the drill, again and again. Out: one line for each
//! step, and whether every receiver that should be told was told to the end.

mod steps;

use std::time::Duration;

use vedette_config::duration;

use self::steps::{Step, Steps};
use super::Desk;
use super::arguments::DrillArguments;
use super::failure::Standing;
use super::paper::Mood;
use crate::api::v1::shapes::{Drill, DrillRequest};
use crate::drill;

/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long it fires where nothing was said at all: with the way there and back about ten seconds.
const LASTS_AT_FIRST: Duration = Duration::from_secs(8);
/// How long after its end a drill is watched.
const WATCHED_LONGER: Duration = Duration::from_secs(60);

pub(super) async fn run(desk: &mut Desk<'_>, wanted: &DrillArguments) -> anyhow::Result<Standing> {
    let lasts = wanted
        .lasts
        .or_else(|| wanted.rule.is_none().then_some(LASTS_AT_FIRST));
    let request = DrillRequest {
        rule: wanted.rule.clone(),
        host: wanted.host.clone(),
        lasts: lasts.map(duration::show),
        page: wanted.page,
    };
    let connection = desk.connect()?;
    let began = desk.surroundings.clock.monotonic_ms();
    let mut answer = connection.post(&["api", "v1", "drills"], &request).await?;
    let sent: Drill = answer.read()?;
    let at_most = lasts.unwrap_or(drill::LASTS) + WATCHED_LONGER;
    let mut steps = Steps::new(&sent);
    say(desk, Duration::ZERO, &steps::sent(&sent))?;
    let end = loop {
        answer = connection
            .get(&["api", "v1", "drills", &sent.fingerprint], &[])
            .await?;
        let drill: Drill = answer.read()?;
        let passed = elapsed(desk, began);
        for step in steps.look(&drill) {
            say(desk, passed, &step)?;
        }
        match steps.end(&drill) {
            Some(end) => break end,
            None if passed >= at_most => break steps.given_up(&drill),
            None => (desk.surroundings.pause)(LOOK_EVERY).await,
        }
    };
    if !desk.as_it_is(&answer)? {
        desk.paper.gap();
        let mood = match end.standing {
            Standing::Well => Mood::Good,
            Standing::NotWell => Mood::Bad,
        };
        desk.paper.headline(&end.sentence, mood)?;
        for line in end.example {
            desk.paper.verbatim(&format!("  {line}"))?;
        }
    }
    Ok(end.standing)
}

fn elapsed(desk: &Desk<'_>, began: i64) -> Duration {
    let passed = desk.surroundings.clock.monotonic_ms() - began;
    Duration::from_millis(u64::try_from(passed).unwrap_or(0))
}

fn say(desk: &mut Desk<'_>, passed: Duration, step: &Step) -> anyhow::Result<()> {
    if !desk.json {
        let mood = if step.is_bad { Mood::Bad } else { Mood::Plain };
        desk.paper.step(passed, &step.text, mood)?;
    }
    Ok(())
}
