//! The words for what happens.

use vedette_triage::{
    Actor, AlertSignal, Answer, Command, Drill, End, EntityId, HostSays, HostSignal, Identity,
    IncidentId, Input, Labels, Matchers, Says, Signal, SilenceId, SilenceRequest, Via,
};
use vedette_wire::{Class, Goodbye};

use super::{Play, now_files};
use crate::cast::{Condition, Machine};
use crate::policy;
use crate::words::{Words, duration, number};

/// Makes a line happen.
pub(super) fn happen(play: &mut Play<'_>, verb: &str, words: &mut Words<'_>) -> Result<(), String> {
    match verb {
        "host" => host(play, words),
        "silent" => silent(play, words),
        "returns" => returns(play, words),
        "goodbye" => goodbye(play, words),
        "hold" => hold(play, words),
        "job" => job(play, words),
        "fire" => condition(play, words, Turn::Fires),
        "clear" => condition(play, words, Turn::Clears),
        "gone" => condition(play, words, Turn::Gone),
        "post" => outside(play, words, true),
        "end" => outside(play, words, false),
        "silence" => silence(play, words),
        "expire" => expire(play, words),
        "ack" | "note" | "resolve" => command(play, verb, words),
        "receiver" => receiver(play, words),
        "collector" => collector(play, words),
        "clock" => clock(play, words),
        "reload" => reload(play, words),
        other => Err(format!("nothing is called {other:?} here")),
    }
}

/// `host NAME [workstation] [label=value ...]`: it reports, new or changed.
fn host(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let machine = Machine::read(words)?;
    tell_engine(play, &machine, machine.seen());
    play.machines.insert(machine.name.clone(), machine);
    Ok(())
}

/// `silent NAME ...`: they say nothing any more, and detection has noticed.
fn silent(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    for machine in machines(play, words)? {
        let last_seen = play.world.now;
        tell_engine(play, &machine, HostSays::Silent { last_seen });
        of_rule(
            play,
            "host-silent",
            &machine,
            &mut Words::new(&[]),
            Turn::Fires,
        )?;
    }
    Ok(())
}

/// `returns NAME ... [rebooted] [kernel=...]`: they report again.
fn returns(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let kernel = words.value("kernel");
    let rebooted = words.takes("rebooted") || kernel.is_some();
    for mut machine in machines(play, words)? {
        if rebooted {
            machine.boot.push_str(", and another");
        }
        if let Some(kernel) = &kernel {
            machine.kernel.clone_from(kernel);
        }
        tell_engine(play, &machine, machine.seen());
        for rule in ["host-silent", "host-did-not-return"] {
            of_rule(play, rule, &machine, &mut Words::new(&[]), Turn::Clears)?;
        }
        play.machines.insert(machine.name.clone(), machine);
    }
    Ok(())
}

/// `goodbye NAME ... reboot|power-off|suspend|agent-stop|agent-upgrade`
fn goodbye(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let reasons = [
        Goodbye::Reboot,
        Goodbye::PowerOff,
        Goodbye::Suspend,
        Goodbye::AgentStop,
        Goodbye::AgentUpgrade,
    ];
    let found = reasons
        .into_iter()
        .find(|reason| words.takes_anywhere(&reason.as_str().replace('_', "-")));
    let reason = found.ok_or("why does it leave?")?;
    for machine in machines(play, words)? {
        tell_engine(play, &machine, HostSays::Left { reason });
    }
    Ok(())
}

/// `hold NAME for D ["why"]`, `hold NAME ends`
fn hold(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let machine = machine(play, words.next("a host")?)?;
    let until = match words.takes("ends") {
        true => play.world.now,
        false => play.world.now.after(lasting(words)?),
    };
    let why = words.quoted().unwrap_or_else(|| "CHG0012345".into());
    let by = "ops1 (root)".to_owned();
    tell_engine(play, &machine, HostSays::Holds { until, why, by });
    Ok(())
}

/// `job NAME JOB quiet a,b for D`, `job NAME JOB ends`
fn job(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let machine = machine(play, words.next("a host")?)?;
    let job = words.next("a job")?.to_owned();
    let run = format!("run of {job}");
    let says = match words.takes("ends") {
        true => HostSays::JobEnded { job, run },
        false => HostSays::JobRuns {
            quiet: words
                .after("quiet")
                .ok_or("what does it keep quiet?")?
                .split(',')
                .map(str::to_owned)
                .collect(),
            until: play.world.now.after(lasting(words)?),
            job,
            run,
        },
    };
    tell_engine(play, &machine, says);
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Fires,
    Clears,
    /// The probe looked, and the thing was not there for a day.
    Gone,
}

/// `RULE on NAME[,NAME...] ...` of a host; `RULE on device NAME seen by HOST ...` of a device.
fn condition(play: &mut Play<'_>, words: &mut Words<'_>, turn: Turn) -> Result<(), String> {
    let rule = words.next("a rule")?;
    if !words.takes("on") {
        return Err("on which host?".into());
    }
    if words.takes("device") {
        let device = words.next("a device")?;
        let by = words.after("by").ok_or("seen by which host?")?;
        words.takes("seen");
        let by = machine(play, by)?;
        return of_device(play, (rule, device, &by), words, turn);
    }
    let names = words.next("a host")?;
    let rest: Vec<String> = words.all().into_iter().map(str::to_owned).collect();
    for name in names.split(',') {
        let machine = machine(play, name)?;
        of_rule(play, rule, &machine, &mut Words::new(&rest), turn)?;
    }
    Ok(())
}

fn of_rule(
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
    (rule, device, by): (&str, &str, &Machine),
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
    Ok(())
}

/// `post label=value ... [for D]`, `end label=value ...`
fn outside(play: &mut Play<'_>, words: &mut Words<'_>, fires: bool) -> Result<(), String> {
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

/// `silence MATCHER ... for D [by NAME] ["why"]`
fn silence(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let lasts = lasting(words)?;
    let by = words.after("by").unwrap_or("ops1").to_owned();
    let comment = words.quoted().unwrap_or_else(|| "planned work".into());
    let matchers = Matchers::parse(&words.all()).map_err(|error| error.to_string())?;
    let id = SilenceId::new(&format!("s{}", play.silences.len() + 1));
    play.silences.push(id.clone());
    let now = play.world.now;
    let silence = SilenceRequest {
        new_id: id,
        replaces: None,
        matchers,
        starts_at: now,
        ends_at: now.after(lasts),
        created_by: by.clone(),
        comment,
        annotations: Labels::none(),
    };
    done(
        play,
        Command::SetSilence {
            by: actor(&by),
            silence,
        },
    )
}

/// `expire s1`: the first silence that was made.
fn expire(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let id = SilenceId::new(words.next("a silence")?);
    done(
        play,
        Command::ExpireSilence {
            by: actor("ops1"),
            id,
        },
    )
}

/// `ack #1 [by NAME] [for D]`, `note #1 [by NAME] "text"`, `resolve #1 [by NAME] ["why"]`
fn command(play: &mut Play<'_>, verb: &str, words: &mut Words<'_>) -> Result<(), String> {
    let incident = IncidentId(number(words.next("an incident")?)?);
    let by = actor(words.after("by").unwrap_or("ops1"));
    let command = match verb {
        "ack" => Command::Acknowledge {
            by,
            incident,
            lasts: words.after("for").map(duration).transpose()?,
        },
        "note" => Command::Note {
            by,
            incident,
            text: words.rest(),
        },
        _ => Command::Resolve {
            by,
            incident,
            why: words.rest(),
        },
    };
    done(play, command)
}

fn done(play: &mut Play<'_>, command: Command) -> Result<(), String> {
    match play.world.command(command) {
        Answer::Done | Answer::Silence(_) => Ok(()),
        other => Err(format!("refused: {other:?}")),
    }
}

/// `receiver NAME away`, `receiver NAME back`
fn receiver(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let name = words.next("a receiver")?.to_owned();
    match words.next("away or back")? {
        "away" => play.away.insert(name),
        "back" => play.away.remove(&name),
        other => return Err(format!("{other:?} is neither away nor back")),
    };
    Ok(())
}

/// `collector stops`, `collector starts`: in between it sees nothing.
fn collector(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    match (words.next("stops or starts")?, play.stopped) {
        ("stops", None) => play.stopped = Some(play.world.now),
        ("starts", Some(down_since)) => {
            play.stopped = None;
            play.restart();
            play.world.input(&Input::Started { down_since });
            play.world.tick();
        }
        (other, _) => return Err(format!("it cannot be that it {other} now")),
    }
    Ok(())
}

/// `clock forward D`: it is set by that much.
fn clock(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let by = words.after("forward").ok_or("forward by how much?")?;
    let by = duration(by)?;
    play.world.now = play.world.now.after(by);
    let by_ms = i64::try_from(by.as_millis()).map_err(|_| "too much")?;
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

fn tell_engine(play: &mut Play<'_>, machine: &Machine, says: HostSays) {
    play.world.input(&Input::Signal(Signal::Host(HostSignal {
        id: machine.id(),
        says,
    })));
}

fn machines(play: &Play<'_>, words: &mut Words<'_>) -> Result<Vec<Machine>, String> {
    let names = words.all();
    names.iter().map(|name| machine(play, name)).collect()
}

fn machine(play: &Play<'_>, name: &str) -> Result<Machine, String> {
    let known = play.machines.get(name).cloned();
    known.ok_or_else(|| format!("no host {name:?} has reported in this story"))
}

fn lasting(words: &mut Words<'_>) -> Result<std::time::Duration, String> {
    duration(words.after("for").ok_or("for how long?")?)
}

fn actor(name: &str) -> Actor {
    Actor {
        name: name.into(),
        via: Via::Api,
    }
}
