//! Holds what happened to its bounds. An event is refused only where nobody could say what
//! happened to what; lines and lists are cut to what is sound, and each cut is named.

use vedette_wire::limits::{
    EVENTS_PER_ROUND_MAX, INVENTORY_LIST_MAX, PACKAGES_MAX, QUIET_COMPONENTS_MAX,
};
use vedette_wire::{Event, EventKind, Inventory};

use super::refused::{Places, Why};
use super::texts::{check_id, check_key, check_name, check_text, sound_lines, text_or_empty};

/// Takes out of the events of a round what breaks a bound; `at` is the place of the list.
pub(super) fn check(events: &mut Vec<Event>, at: &str, refused: &mut Places) {
    let mut index = 0;
    events.retain_mut(|event| {
        let place = format!("{at}[{index}]");
        let verdict = check_event(index, event);
        index += 1;
        match verdict {
            Ok(()) => {
                cut(&mut event.kind, &place, refused);
                true
            }
            Err(why) => {
                refused.refuse_why(why.at(place));
                false
            }
        }
    });
}

fn check_event(index: usize, event: &Event) -> Result<(), Why> {
    if index >= EVENTS_PER_ROUND_MAX {
        let why = format!("a round has at most {EVENTS_PER_ROUND_MAX} events");
        return Err(Why::new("too_many_events", "", why));
    }
    check_id(&event.id).map_err(|why| Why::new("bad_id", ".id", why))?;
    let key = |of: &str, text: &str| check_key(text).map_err(|why| Why::new("bad_text", of, why));
    let text = |of: &str, text: &str| check_text(text).map_err(|why| Why::new("bad_text", of, why));
    let id = |of: &str, id: &str| check_id(id).map_err(|why| Why::new("bad_id", of, why));
    match &event.kind {
        EventKind::Goodbye { reason: _ } | EventKind::Inventory(_) | EventKind::Other => Ok(()),
        EventKind::SpoolLoss { records: _, why } => text(".why", why),
        EventKind::OomKill { victim, kills: _ } => text(".victim", victim),
        EventKind::UnitFailed {
            unit,
            result,
            lines: _,
        } => key(".unit", unit).and_then(|()| text(".result", result)),
        EventKind::JobStarted {
            job,
            run,
            max_runtime_s,
            quiet: _,
        } => {
            key(".job", job)?;
            id(".run", run)?;
            match max_runtime_s {
                Some(seconds) if !(seconds.is_finite() && *seconds >= 0.0) => {
                    let why = format!("{seconds} s is no time that something can take");
                    Err(Why::new("bad_value", ".max_runtime_s", why))
                }
                Some(_) | None => Ok(()),
            }
        }
        EventKind::JobEnded {
            job,
            run,
            ok: _,
            exit_code: _,
            took_ms: _,
            lines: _,
        } => key(".job", job).and_then(|()| id(".run", run)),
        EventKind::JobMissed {
            job,
            due_wall_ms: _,
        } => key(".job", job),
        EventKind::LogMatch {
            check,
            about,
            matches: _,
            lines: _,
        } => {
            let name = |of: &str, name: &str| {
                check_name(name).map_err(|why| Why::new("bad_name", of, why))
            };
            name(".check", check)?;
            about.as_ref().map_or(Ok(()), |about| name(".about", about))
        }
        EventKind::Change {
            what,
            name,
            before,
            after,
        } => {
            check_name(what).map_err(|why| Why::new("bad_name", ".what", why))?;
            key(".name", name)?;
            text(".before", before)?;
            text(".after", after)
        }
        EventKind::Hold {
            until_wall_ms: _,
            why,
            by,
        } => key(".why", why).and_then(|()| key(".by", by)),
        EventKind::Evidence { ask, lines: _ } => id(".ask", ask),
    }
}

/// Cuts the lists of an event to what is sound.
fn cut(kind: &mut EventKind, at: &str, refused: &mut Places) {
    match kind {
        EventKind::UnitFailed { lines, .. }
        | EventKind::JobEnded { lines, .. }
        | EventKind::LogMatch { lines, .. }
        | EventKind::Evidence { lines, .. } => {
            sound_lines(lines, &format!("{at}.lines"), refused);
        }
        EventKind::JobStarted { quiet, .. } => {
            let most = (QUIET_COMPONENTS_MAX, "too_many_components");
            list(quiet, most, &format!("{at}.quiet"), refused);
        }
        EventKind::Inventory(inventory) => cut_inventory(inventory, at, refused),
        EventKind::Goodbye { .. }
        | EventKind::SpoolLoss { .. }
        | EventKind::OomKill { .. }
        | EventKind::JobMissed { .. }
        | EventKind::Change { .. }
        | EventKind::Hold { .. }
        | EventKind::Other => {}
    }
}

fn cut_inventory(inventory: &mut Inventory, at: &str, refused: &mut Places) {
    let Inventory {
        machine,
        serial,
        firmware,
        virtualization,
        processor,
        os,
        kernel,
        disks,
        interfaces,
        packages,
    } = inventory;
    for (name, text) in [
        ("machine", machine),
        ("serial", serial),
        ("firmware", firmware),
        ("virtualization", virtualization),
        ("processor", processor),
        ("os", os),
        ("kernel", kernel),
    ] {
        text_or_empty(text, &format!("{at}.{name}"), refused);
    }
    let most = (INVENTORY_LIST_MAX, "too_many_items");
    list(disks, most, &format!("{at}.disks"), refused);
    list(interfaces, most, &format!("{at}.interfaces"), refused);
    let mut index = 0;
    packages.retain(|name, version| {
        let place = || format!("{at}.packages[{name:?}]");
        index += 1;
        if index > PACKAGES_MAX {
            let why = format!("an inventory has at most {PACKAGES_MAX} packages");
            refused.refuse("too_many_packages", place(), why);
            return false;
        }
        let verdict = check_name(name).and_then(|()| check_text(version));
        if let Err(why) = verdict {
            refused.refuse("bad_text", place(), why);
        }
        verdict.is_ok()
    });
}

/// Takes out of a list of texts what is not sound and what is too much.
fn list(
    items: &mut Vec<String>,
    (most, reason): (usize, &'static str),
    at: &str,
    refused: &mut Places,
) {
    let mut index = 0;
    items.retain(|item| {
        let place = format!("{at}[{index}]");
        index += 1;
        if index > most {
            refused.refuse(reason, place, format!("there are at most {most}"));
            return false;
        }
        let verdict = check_key(item);
        if let Err(why) = verdict {
            refused.refuse("bad_text", place, why);
        }
        verdict.is_ok()
    });
}
