//! The words for what people do.

use std::time::Duration;

use vedette_triage::{
    Actor, Answer, Command, IncidentId, Labels, LiveOf, Matchers, Priority, SilenceId,
    SilenceRequest, Via, WindowRequest,
};

use super::Play;
use super::happen::lasting;
use crate::words::{Words, duration, number};

/// How long an operator may silence, by default.
const OPERATOR_AT_MOST: Duration = Duration::from_secs(7 * 24 * 3600);

/// `silence MATCHER ... for D | until-clear [by NAME] ["why"]`; `silence s1 MATCHER ...` changes the
/// first one.
pub(super) fn silence(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let refusal = words.after("refused");
    let until_clear = words.takes_anywhere("until-clear");
    let lasts = match until_clear {
        // As the command does: at the latest when whoever makes it may silence no longer.
        true => OPERATOR_AT_MOST,
        false => lasting(words)?,
    };
    let by = words.after("by").unwrap_or("ops1").to_owned();
    let comment = words.quoted().unwrap_or_else(|| "planned work".into());
    let known = play.silences.iter().find(|id| words.takes(id.as_str()));
    let replaces = known.cloned();
    let matchers = Matchers::parse(&words.all()).map_err(|error| error.to_string())?;
    let new_id = SilenceId::new(&format!("s{}", play.silences.len() + 1));
    let state = play.world.engine.state();
    let before = replaces.as_ref().and_then(|id| state.silence(id));
    let now = play.world.now;
    let silence = SilenceRequest {
        new_id: new_id.clone(),
        starts_at: before.map_or(now, |before| before.starts_at),
        replaces,
        matchers,
        ends_at: now.after(lasts),
        created_by: by.clone(),
        comment,
        annotations: Labels::none(),
        until_clear,
    };
    let by = actor(&by);
    let made = done(play, Command::SetSilence { by, silence }, refusal)?;
    if made.as_ref() == Some(&new_id) {
        play.silences.push(new_id);
    }
    Ok(())
}

/// `expire s1 [by NAME]`: the first silence that was made.
pub(super) fn expire(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let id = SilenceId::new(words.next("a silence")?);
    let by = actor(words.after("by").unwrap_or("ops1"));
    done(play, Command::ExpireSilence { by, id }, None)?;
    Ok(())
}

/// `window NAME MATCHER ... [in D] for D [report] [by NAME] ["why"]`; `window NAME ends`.
pub(super) fn window(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let refusal = words.after("refused");
    let by = actor(words.after("by").unwrap_or("ops1"));
    let name = words.next("a name")?.to_owned();
    if words.takes("ends") {
        done(play, Command::EndWindow { by, name }, refusal)?;
        return Ok(());
    }
    let begins_in = words.after("in").map(duration).transpose()?;
    let starts_at = play.world.now.after(begins_in.unwrap_or_default());
    let ends_at = starts_at.after(lasting(words)?);
    let report = words.takes_anywhere("report");
    let why = words.quoted().unwrap_or_else(|| "planned work".into());
    let matchers = Matchers::parse(&words.all()).map_err(|error| error.to_string())?;
    let window = WindowRequest {
        name,
        matchers,
        starts_at,
        ends_at,
        why,
        report,
    };
    done(play, Command::AddWindow { by, window }, refusal)?;
    Ok(())
}

/// `retire HOST "why" [by NAME] [refused "words"]`, and `revive`.
pub(super) fn retire(
    play: &mut Play<'_>,
    words: &mut Words<'_>,
    is_gone: bool,
) -> Result<(), String> {
    let refusal = words.after("refused");
    let by = actor(words.after("by").unwrap_or("ops1"));
    let host = words.next("a host")?.to_owned();
    let why = words.quoted().unwrap_or_default();
    let command = match is_gone {
        true => Command::RetireHost { by, host, why },
        false => Command::ReviveHost { by, host, why },
    };
    done(play, command, refusal)?;
    Ok(())
}

/// `golive [back] [team NAME | rule NAME] [by NAME] ["why"] [refused "words"]`
pub(super) fn golive(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let refusal = words.after("refused");
    let by = actor(words.after("by").unwrap_or("ops1"));
    let live = !words.takes("back");
    let of = match (words.after("team"), words.after("rule")) {
        (Some(team), _) => LiveOf::Team(team.into()),
        (None, Some(rule)) => LiveOf::Rule(rule.into()),
        (None, None) => LiveOf::Everything,
    };
    let why = words.quoted().unwrap_or_default();
    done(play, Command::RuleLive { by, of, live, why }, refusal)?;
    Ok(())
}

/// What people do with an incident: `VERB #1 ... [by NAME] [refused "words"]`.
pub(super) fn command(
    play: &mut Play<'_>,
    verb: &str,
    words: &mut Words<'_>,
) -> Result<(), String> {
    let refusal = words.after("refused");
    let incident = IncidentId(number(words.next("an incident")?)?);
    let by = actor(words.after("by").unwrap_or("ops1"));
    let lasts = words.after("for").map(duration).transpose()?;
    let command = match verb {
        "ack" => Command::Acknowledge {
            by,
            incident,
            lasts,
        },
        "take" => Command::Take {
            by,
            incident,
            lasts,
        },
        "assign" => Command::Assign {
            by,
            incident,
            to: words.after("to").ok_or("to whom?")?.to_owned(),
            why: words.rest(),
        },
        "wait" => Command::Wait {
            by,
            incident,
            waits_for: words.after("on").ok_or("on what?")?.to_owned(),
            until: play.world.now.after(lasts.ok_or("for how long?")?),
        },
        "resume" => Command::Resume {
            by,
            incident,
            why: words.rest(),
        },
        "priority" => Command::Prioritise {
            by,
            incident,
            to: priority(words.next("P1 to P5, or computed")?)?,
            why: words.rest(),
        },
        "merge" => Command::Merge {
            by,
            incident,
            into: IncidentId(number(words.after("into").ok_or("into which?")?)?),
            why: words.rest(),
        },
        "note" => Command::Note {
            by,
            incident,
            text: words.rest(),
        },
        "resolve" => Command::Resolve {
            by,
            incident,
            why: words.rest(),
        },
        "closes" => Command::TicketClosed {
            by: Actor {
                via: Via::Ticket,
                ..by
            },
            incident,
            receiver: words.after("at").unwrap_or("desk").to_owned(),
            at: play.world.now,
        },
        other => return Err(format!("nobody can {other}")),
    };
    done(play, command, refusal)?;
    Ok(())
}

fn priority(word: &str) -> Result<Option<Priority>, String> {
    let known = Priority::ALL
        .into_iter()
        .find(|known| known.as_str() == word);
    match (word, known) {
        ("computed", None) => Ok(None),
        (_, None) => Err(format!("{word:?} is no priority")),
        (_, known) => Ok(known),
    }
}

/// Gives a command, which must be taken, or refused in these words; says which silence it made.
fn done(
    play: &mut Play<'_>,
    command: Command,
    refusal: Option<&str>,
) -> Result<Option<SilenceId>, String> {
    let (answer, silence) = match play.world.command(command) {
        Answer::Done => (Ok(()), None),
        Answer::Silence(id) => (Ok(()), Some(id)),
        Answer::Invalid(why)
        | Answer::Conflict(why)
        | Answer::NotFound(why)
        | Answer::Full(why) => (Err(why), None),
    };
    match (answer, refusal) {
        (Ok(()), None) => Ok(silence),
        (Ok(()), Some(_)) => Err("but it was not refused".into()),
        (Err(why), None) => Err(format!("refused: {why}")),
        (Err(why), Some(words)) if why.contains(words) => Ok(None),
        (Err(why), Some(_)) => Err(format!("but it was refused so: {why}")),
    }
}

fn actor(name: &str) -> Actor {
    Actor {
        name: name.into(),
        via: Via::Api,
    }
}
