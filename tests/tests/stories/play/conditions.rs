//! The words for conditions that begin, change and end, as rules and senders would say it.

use std::sync::Arc;
use std::time::Duration;

use vedette_triage::{
    Alert, AlertSignal, Drill, End, EntityId, Identity, Input, Labels, Says, Signal, Timestamp,
};
use vedette_wire::Class;

use super::Play;
use super::hosts::machine;
use crate::cast::{Condition, Machine};
use crate::words::{Words, duration, names};

/// Which way a condition turns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Fires,
    Clears,
    /// The probe looked, and the thing was not there for a day.
    Gone,
}

/// `RULE on NAME[,NAME...] ...` of a host; `RULE on device NAME seen by HOST ...` of a device.
pub(super) fn condition(
    play: &mut Play<'_>,
    words: &mut Words<'_>,
    turn: Turn,
) -> Result<(), String> {
    let rule = words.next("a rule")?;
    if !words.takes("on") {
        return Err("on which host?".into());
    }
    if words.takes("device") {
        let device = words.next("a device")?;
        let by = words.after("by").ok_or("seen by which host?")?;
        words.takes("seen");
        let rest: Vec<String> = words.all().into_iter().map(str::to_owned).collect();
        for name in names(by)? {
            let by = machine(play, &name)?;
            of_device(play, (rule, device, by), &mut Words::new(&rest), turn)?;
        }
        return Ok(());
    }
    let hosts = names(words.next("a host")?)?;
    let rest: Vec<String> = words.all().into_iter().map(str::to_owned).collect();
    for name in hosts {
        let machine = machine(play, &name)?;
        of_rule(play, rule, &machine, &mut Words::new(&rest), turn)?;
    }
    Ok(())
}

pub(super) fn of_rule(
    play: &mut Play<'_>,
    rule: &str,
    machine: &Machine,
    words: &mut Words<'_>,
    turn: Turn,
) -> Result<(), String> {
    let drill = words.takes_anywhere("drill").then_some(Drill::Quiet);
    let own = [
        ("host", machine.name.as_str()),
        ("class", machine.class.as_str()),
    ];
    let labels: Labels = machine.labels.iter().chain(own).collect();
    let policy = &play.world.policy;
    let who = (machine.class, &labels);
    let mut said = Condition::of_rule(rule, &machine.id(), who, words, policy)?;
    if drill.is_some() {
        said.identity = said.identity.as_drill();
    }
    signal(play, said, drill, turn);
    Ok(())
}

fn of_device(
    play: &mut Play<'_>,
    (rule, device, mut by): (&str, &str, Machine),
    words: &mut Words<'_>,
    turn: Turn,
) -> Result<(), String> {
    let own = [
        ("host", device),
        ("kind", "device"),
        ("from", by.name.as_str()),
    ];
    let labels: Labels = own.into_iter().collect();
    let entity = EntityId::of_device(device);
    let who = (Class::Server, &labels);
    let mut said = Condition::of_rule(rule, &entity, who, words, &play.world.policy)?;
    let looked_at = [("about", device)];
    let attributes = said.identity.attributes();
    let attributes: Labels = attributes.iter().chain(looked_at).collect();
    said.identity = Identity::found_by(&by.id(), rule, &attributes);
    signal(play, said, None, turn);
    match turn {
        Turn::Fires => by.fails.insert(device.to_owned()),
        Turn::Clears | Turn::Gone => by.fails.remove(device),
    };
    play.machines.insert(by.key.clone(), by);
    Ok(())
}

/// `post label=value ... [for D]`, `end label=value ...`
pub(super) fn outside(
    play: &mut Play<'_>,
    words: &mut Words<'_>,
    fires: bool,
) -> Result<(), String> {
    let lasts = words.after("for").map(duration).transpose()?;
    let said = Condition::from_outside(words)?;
    let now = play.world.now;
    let lasts = lasts.unwrap_or(play.world.policy.resolve_timeout);
    let says = match fires {
        true => Says::Firing {
            severity: said.severity,
            since: now,
            valid_until: Some(now.after(lasts)),
        },
        false => Says::Ok {
            end: End::SaidBySender,
            since: now,
        },
    };
    submit(play, said, says, None);
    Ok(())
}

fn signal(play: &mut Play<'_>, said: Condition, drill: Option<Drill>, turn: Turn) {
    let since = play.world.now;
    let says = match turn {
        Turn::Fires => Says::Firing {
            severity: said.severity,
            since,
            valid_until: None,
        },
        Turn::Clears => Says::Ok {
            end: End::Recovered,
            since,
        },
        Turn::Gone => Says::Ok {
            end: End::Gone { after_s: 86_400 },
            since,
        },
    };
    submit(play, said, says, drill);
}

fn submit(play: &mut Play<'_>, said: Condition, says: Says, drill: Option<Drill>) {
    play.world.input(&Input::Signal(Signal::Alert(AlertSignal {
        identity: said.identity,
        says,
        about: said.about,
        drill,
    })));
}

/// What its sender has not repeated in time ends, as the shards would say it: after a start not
/// before the time it is valid for has passed anew.
pub(super) fn expire(play: &mut Play<'_>) {
    let now = play.world.now;
    let over: Vec<Arc<Alert>> = play
        .world
        .engine
        .state()
        .alerts()
        .filter(|alert| alert.is_firing() && ends(play, alert).is_some_and(|end| end <= now))
        .cloned()
        .collect();
    for alert in over {
        let sender = "prometheus".to_owned();
        let (identity, about) = (alert.identity.clone(), alert.said());
        let said = Condition {
            severity: alert.severity,
            identity,
            about,
        };
        let end = End::Expired { sender };
        submit(play, said, Says::Ok { end, since: now }, None);
    }
}

/// The next time at which [`expire`] would end something.
pub(super) fn next_expiry(play: &Play<'_>) -> Option<Timestamp> {
    let alerts = play.world.engine.state().alerts();
    let firing = alerts.filter(|alert| alert.is_firing());
    firing.filter_map(|alert| ends(play, alert)).min()
}

fn ends(play: &Play<'_>, alert: &Alert) -> Option<Timestamp> {
    let validity = Duration::from_millis(alert.validity_ms?);
    let anew = play.started.map(|started| started.after(validity));
    Some(alert.valid_until?.max(anew.unwrap_or(Timestamp::MIN)))
}
