//! The words for what happens: which there are, and what surrounds the engine.

use vedette_triage::Input;

use super::conditions::{self, Turn};
use super::{Answers, Play, hosts, now_files, people};
use crate::policy;
use crate::words::{Words, duration};

/// Makes a line happen.
pub(super) fn happen(play: &mut Play<'_>, verb: &str, words: &mut Words<'_>) -> Result<(), String> {
    match verb {
        "host" => hosts::host(play, words),
        "enrols" => hosts::enrols(play, words),
        "dies" => hosts::dies(play, words),
        "silent" => hosts::silent(play, words),
        "returns" => hosts::returns(play, words),
        "overdue" => hosts::overdue(play, words),
        "goodbye" => hosts::goodbye(play, words),
        "hold" => hosts::hold(play, words),
        "job" => hosts::job(play, words),
        "changes" => hosts::changes(play, words),
        "finds" => hosts::finds(play, words),
        "looks" => hosts::looks(play, words),
        "fire" => conditions::condition(play, words, Turn::Fires),
        "clear" => conditions::condition(play, words, Turn::Clears),
        "gone" => conditions::condition(play, words, Turn::Gone),
        "post" => conditions::outside(play, words, true),
        "end" => conditions::outside(play, words, false),
        "silence" => people::silence(play, words),
        "window" => people::window(play, words),
        "retire" => people::retire(play, words, true),
        "revive" => people::retire(play, words, false),
        "golive" => people::golive(play, words),
        "expire" => people::expire(play, words),
        "ack" | "take" | "assign" | "wait" | "resume" | "priority" | "merge" | "note"
        | "resolve" | "closes" => people::command(play, verb, words),
        "receiver" => receiver(play, words),
        "collector" => collector(play, words),
        "clock" => clock(play, words),
        "reload" => reload(play, words),
        other => Err(format!("nothing is called {other:?} here")),
    }
}

/// `receiver NAME away`, `receiver NAME refuses` (everything, for good), `receiver NAME back`
fn receiver(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let name = words.next("a receiver")?.to_owned();
    let how = match words.next("away, refuses or back")? {
        "away" => Some(Answers::Nothing),
        "refuses" => Some(Answers::No),
        "back" => None,
        other => return Err(format!("{other:?} is neither away, refuses nor back")),
    };
    match how {
        Some(how) => play.receivers.insert(name, how),
        None => play.receivers.remove(&name),
    };
    Ok(())
}

/// `collector stops`, `collector starts`: in between it sees nothing.
fn collector(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    match (words.next("stops or starts")?, play.stopped) {
        ("stops", None) => play.stopped = Some(play.world.now),
        ("starts", Some(down_since)) => {
            play.stopped = None;
            play.started = Some(play.world.now);
            play.restart();
            play.world.input(&Input::Started { down_since });
            play.world.tick();
        }
        (other, _) => return Err(format!("it cannot be that it {other} now")),
    }
    Ok(())
}

/// `clock forward D`, `clock back D`: it is set by that much. Time does not follow it back.
fn clock(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let by_ms = |by: &str| {
        let by = duration(by)?;
        let by_ms = i64::try_from(by.as_millis()).map_err(|_| "too much")?;
        Ok::<_, String>((by, by_ms))
    };
    let by_ms = match (words.after("forward"), words.after("back")) {
        (Some(by), None) => {
            let (by, by_ms) = by_ms(by)?;
            play.world.now = play.world.now.after(by);
            by_ms
        }
        (None, Some(by)) => -by_ms(by)?.1,
        (_, _) => return Err("forward or back by how much?".into()),
    };
    play.world.input(&Input::ClockStepped { by_ms });
    play.world.tick();
    Ok(())
}

/// `reload NAME`: the files that are marked `(NAME)` are in force.
fn reload(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let files = now_files(play.script, Some(words.next("which files")?));
    let before = play.world.policy.revision;
    play.world.policy = policy::read(&files, &play.script.begins, before.0 + 1)?;
    let after = play.world.policy.revision;
    play.world.input(&Input::PolicyChanged { before, after });
    Ok(())
}

pub(super) fn lasting(words: &mut Words<'_>) -> Result<std::time::Duration, String> {
    duration(words.after("for").ok_or("for how long?")?)
}
