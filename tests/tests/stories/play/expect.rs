//! The words for what must be so.

use vedette_triage::explain::{Explain, Subject};
use vedette_triage::{Incident, IncidentId, Outcome, Timestamp};

use super::Play;
use super::told::line;
use crate::words::{Words, number};

/// Checks a line, if it is one of these.
pub(super) fn check(
    play: &mut Play<'_>,
    verb: &str,
    words: &mut Words<'_>,
) -> Result<bool, String> {
    match verb {
        "tell" => tell(play, words)?,
        "nobody" => {
            if words.rest() != "is told" {
                return Err("`nobody is told`".into());
            }
            play.nothing_is_told()?;
        }
        "incident" => incident(play, words)?,
        "explain" => explain(play, words)?,
        "why" => why(play, words)?,
        "timeline" => timeline(play, words)?,
        "counted" => counted(play, words)?,
        _ => return Ok(false),
    }
    Ok(true)
}

impl Play<'_> {
    /// Everything that was told was named.
    pub(super) fn nothing_is_told(&self) -> Result<(), String> {
        match self.told.is_empty() {
            true => Ok(()),
            false => {
                let told: Vec<String> = self.told.iter().map(|told| line(told)).collect();
                Err(format!("told, and not named:\n    {}", told.join("\n    ")))
            }
        }
    }
}

/// `tell RECEIVER ACTION #N ["words of the subject or of the news" ...]`
fn tell(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let delivery = play.told.pop_front().ok_or("nobody is told anything")?;
    let told = line(&delivery);
    let (receiver, action) = (words.next("a receiver")?, words.next("an action")?);
    let incident = number(words.next("an incident")?)?;
    let is = (
        delivery.receiver.as_str(),
        delivery.action.as_str(),
        delivery.incident,
    );
    if is != (receiver, action, IncidentId(incident)) {
        return Err(format!("but this is told:\n    {told}"));
    }
    contains(&told, words)
}

/// `incident #N [phase] [P1..P5] [team NAME] [held CODE] [members N] [firing N] ["title"] ...`
fn incident(play: &Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let id = number(words.next("an incident")?)?;
    let state = play.world.engine.state();
    let Some(incident) = state.incident(IncidentId(id)) else {
        return match words.takes("unknown") {
            true => Ok(()),
            false => Err(format!("#{id} is not known (any more)")),
        };
    };
    let is = stands(incident);
    for (word, value) in [
        ("team", incident.team.clone()),
        (
            "held",
            incident
                .suppressed
                .as_ref()
                .map_or("by nothing".into(), |by| by.code().to_owned()),
        ),
        ("members", incident.members.to_string()),
        ("firing", incident.firing.to_string()),
    ] {
        if let Some(expected) = words.after(word)
            && expected != value
        {
            return Err(format!("but {word} is {value}: {is}"));
        }
    }
    for word in words.all() {
        let holds = word == incident.phase.as_str()
            || word == incident.priority.as_str()
            || is.contains(word);
        if !holds {
            return Err(format!("not {word:?}: {is}"));
        }
    }
    Ok(())
}

fn stands(incident: &Incident) -> String {
    format!(
        "#{} {} {} {:?} team {} held {:?} members {} firing {}",
        incident.id,
        incident.phase.as_str(),
        incident.priority,
        incident.title,
        incident.team,
        incident.suppressed,
        incident.members,
        incident.firing
    )
}

/// `explain #N "words" ...`
fn explain(play: &Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let id = IncidentId(number(words.next("an incident")?)?);
    contains(&say(play, Subject::Incident(id)), words)
}

/// `why NAME "words" ...`
fn why(play: &Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let name = words.next("a host")?;
    let machine = play.machines.get(name).ok_or("no such host")?;
    contains(&say(play, Subject::Host(&machine.id())), words)
}

/// `timeline #N "words" ...`: what is stored of it, line by line; `timeline everything "words"`.
fn timeline(play: &Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let id = match words.takes("everything") {
        true => None,
        false => Some(IncidentId(number(words.next("an incident")?)?)),
    };
    let time = time(play);
    let explain = explaining(play, &time);
    let entries = play.world.entries.iter();
    let of_it = entries.filter(|entry| id.is_none() || entry.incident == id);
    let lines: Vec<String> = of_it.map(|entry| explain.sentence(entry)).collect();
    contains(&lines.join("\n    "), words)
}

fn say(play: &Play<'_>, subject: Subject<'_>) -> String {
    explaining(play, &time(play))
        .explain(subject)
        .join("\n    ")
}

fn explaining<'p>(play: &'p Play<'_>, time: &'p dyn Fn(Timestamp) -> String) -> Explain<'p> {
    Explain {
        state: play.world.engine.state(),
        policy: &play.world.policy,
        now: play.world.now,
        time,
    }
}

/// Times as the story writes them: `Mon 14:02`.
fn time(play: &Play<'_>) -> impl Fn(Timestamp) -> String + use<> {
    let zone = play.script.begins.time_zone().clone();
    move |at: Timestamp| {
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        at.to_zoned(zone.clone()).strftime("%a %H:%M").to_string()
    }
}

/// `counted OUTCOME [of CODE] N`
fn counted(play: &Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let outcome = match words.next("an outcome")? {
        "opened" => Outcome::Opened,
        "joined" => Outcome::Joined,
        "updated" => Outcome::Updated,
        "repeated" => Outcome::Repeated,
        "resolved" => Outcome::Resolved,
        "transient" => Outcome::Transient,
        "watched" => Outcome::Watched,
        "suppressed" => {
            let code = words.next("by what")?.to_owned();
            Outcome::Suppressed(Box::leak(code.into_boxed_str()))
        }
        other => return Err(format!("{other:?} is no outcome")),
    };
    let expected = words.next("how many")?;
    let counted = play.world.tally(outcome);
    match counted.to_string() == expected {
        true => Ok(()),
        false => Err(format!("but it is {counted}")),
    }
}

fn contains(text: &str, words: &mut Words<'_>) -> Result<(), String> {
    for word in words.all() {
        if !text.contains(word) {
            return Err(format!("{word:?} is not in:\n    {text}"));
        }
    }
    Ok(())
}
