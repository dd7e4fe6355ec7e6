//! The words for what hosts do, and what detection makes of that.

use std::collections::BTreeSet;
use std::sync::Arc;

use vedette_triage::{
    Alert, Change, Decision, EvidenceKind, Heard, Host, HostChange, HostSays, HostSignal, Input,
    Look, Looked, Severity, Signal,
};
use vedette_wire::Goodbye;

use super::Play;
use super::conditions::{Turn, of_rule};
use super::happen::lasting;
use crate::cast::Machine;
use crate::words::{Words, names};

/// `host NAME[,NAME...] [workstation] [named NAME] [label=value ...]`: they report, new to the story
/// or changed. Whoever is new to the story was enrolled long before.
pub(super) fn host(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let known: BTreeSet<String> = play.machines.keys().cloned().collect();
    enrols(play, words)?;
    let new = play
        .machines
        .iter()
        .filter(|(key, _)| !known.contains(*key));
    let new: Vec<_> = new.map(|(_, machine)| machine.id()).collect();
    for id in new {
        let host = play.world.engine.state().host(&id);
        let host = host.map(|host| Host::clone(host)).ok_or("it was refused")?;
        let host = Host {
            enrols_until: None,
            ..host
        };
        play.world.engine.apply(&Decision {
            at: play.world.now,
            changes: vec![Change::PutHost(Arc::new(host))],
            ..Decision::default()
        });
    }
    Ok(())
}

/// `enrols NAME[,NAME...] ...`: as `host`, seen for the first time ever.
pub(super) fn enrols(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let all = words.next("a host")?;
    let one = Machine::read(all, words)?;
    for key in names(all)? {
        let known = play.machines.get(&key);
        let machine = Machine {
            boot: known.map_or_else(|| format!("boot of {key}"), |known| known.boot.clone()),
            looks: known.map_or_else(Vec::new, |known| known.looks.clone()),
            fails: known.map_or_else(BTreeSet::new, |known| known.fails.clone()),
            name: match one.name == all {
                true => key.clone(),
                false => one.name.clone(),
            },
            key: key.clone(),
            ..one.clone()
        };
        tell_engine(play, &machine, machine.seen());
        play.machines.insert(key, machine);
    }
    Ok(())
}

/// `silent NAME ... [warning]`: they say nothing any more, and detection has noticed.
pub(super) fn silent(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let severity = words.severity().unwrap_or(Severity::Critical);
    let how = [severity.as_str().to_owned(), "silent for 5 min".to_owned()];
    for mut machine in machines(play, words)? {
        let last_seen = play.world.now;
        tell_engine(play, &machine, HostSays::Silent { last_seen });
        let words = &mut Words::new(&how);
        of_rule(play, "host-silent", &machine, words, Turn::Fires)?;
        machine.is_here = false;
        play.machines.insert(machine.key.clone(), machine);
    }
    Ok(())
}

/// `dies NAME ...`: nothing is heard of them from now on; `dies device NAME ...`: no agent finds
/// them well. Nobody has noticed yet.
pub(super) fn dies(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    if words.takes("device") {
        for device in words.all() {
            for machine in play.machines.values_mut() {
                machine.fails.extend(names(device)?);
            }
        }
        return Ok(());
    }
    for mut machine in machines(play, words)? {
        machine.is_here = false;
        play.machines.insert(machine.key.clone(), machine);
    }
    Ok(())
}

/// `returns NAME ... [rebooted] [kernel=...]`: they report again.
pub(super) fn returns(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let kernel = words.value("kernel");
    let rebooted = words.takes_anywhere("rebooted") || kernel.is_some();
    for mut machine in machines(play, words)? {
        if rebooted {
            machine.boot.push_str(", and another");
        }
        if let Some(kernel) = &kernel {
            machine.kernel.clone_from(kernel);
        }
        machine.is_here = true;
        tell_engine(play, &machine, machine.seen());
        for rule in ["host-silent", "host-did-not-return"] {
            of_rule(play, rule, &machine, &mut Words::new(&[]), Turn::Clears)?;
        }
        play.machines.insert(machine.key.clone(), machine);
    }
    Ok(())
}

/// `overdue NAME ...`: they said goodbye, and detection has noticed that they are not back in time.
pub(super) fn overdue(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let title = ["said goodbye and did not come back in time".to_owned()];
    for machine in machines(play, words)? {
        let words = &mut Words::new(&title);
        of_rule(play, "host-did-not-return", &machine, words, Turn::Fires)?;
    }
    Ok(())
}

/// `goodbye NAME ... reboot|power-off|suspend|agent-stop|agent-upgrade`
pub(super) fn goodbye(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
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
    for mut machine in machines(play, words)? {
        tell_engine(play, &machine, HostSays::Left { reason });
        machine.is_here = false;
        play.machines.insert(machine.key.clone(), machine);
    }
    Ok(())
}

/// `hold NAME for D ["why"]`, `hold NAME ends`
pub(super) fn hold(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
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
pub(super) fn job(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
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

/// `changes NAME[,NAME...] NAME-OF-PACKAGE BEFORE AFTER`: a package was changed on them.
pub(super) fn changes(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let hosts = names(words.next("a host")?)?;
    let name = words.next("a package")?;
    let (before, after) = (words.next("a version")?, words.next("a version")?);
    for host in hosts {
        let machine = machine(play, &host)?;
        let change = HostChange {
            id: format!("{host} {name} {after}"),
            at: play.world.now,
            what: "package".into(),
            name: name.into(),
            before: before.into(),
            after: after.into(),
        };
        let changes = vec![change];
        tell_engine(play, &machine, HostSays::Changed { changes });
    }
    Ok(())
}

/// `finds RULE on NAME last_lines|top_processes|largest_folders "what"`: the host was asked.
pub(super) fn finds(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let rule = words.next("a rule")?;
    words.takes("on");
    let machine = machine(play, words.next("a host")?)?;
    let what = words.next("what was asked for")?;
    let what = EvidenceKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == what);
    let is_it = |alert: &&Arc<Alert>| {
        let of_rule = alert.identity.rule() == Some(rule);
        of_rule && alert.is_firing() && alert.identity.entity() == Some(machine.id())
    };
    let alert = play.world.engine.state().alerts().find(is_it);
    let says = HostSays::Found {
        alert: alert.ok_or("that does not fire there")?.id,
        what: what.ok_or("nobody can be asked for that")?,
        lines: words.all().into_iter().map(str::to_owned).collect(),
    };
    tell_engine(play, &machine, says);
    Ok(())
}

/// `looks NAME[,NAME...] at DEVICE[,DEVICE...] with CHECK [icmp|http|snmp|...]`
pub(super) fn looks(play: &mut Play<'_>, words: &mut Words<'_>) -> Result<(), String> {
    let hosts = names(words.next("a host")?)?;
    let devices = names(words.after("at").ok_or("at which device?")?)?;
    let check = words.after("with").ok_or("with which check?")?;
    let kind = words.next("what kind of check").unwrap_or("icmp");
    for host in hosts {
        let mut machine = machine(play, &host)?;
        machine.looks.extend(devices.iter().map(|device| Look {
            device: device.as_str().into(),
            check: check.into(),
            kind: kind.into(),
            every_s: 30.0,
        }));
        let at = machine.looks.clone();
        tell_engine(play, &machine, HostSays::Looks { at });
        play.machines.insert(host, machine);
    }
    Ok(())
}

/// Everybody who is waited for reports, as the shards would tell it.
pub(super) fn report(play: &mut Play<'_>) {
    let at = play.world.now;
    let here = play.machines.values().filter(|machine| machine.is_here);
    let here: Vec<Machine> = here.cloned().collect();
    for machine in here {
        let state = play.world.engine.state();
        let is_awaited = |heard: Heard| state.listening(heard).next().is_some();
        let mut looked: Vec<Looked> = Vec::new();
        for look in &machine.looks {
            let device = Arc::clone(&look.device);
            let is_known = looked.iter().any(|looked| looked.device == device);
            let heard = [
                Heard::Device(Arc::clone(&device)),
                Heard::Place(Arc::clone(&device)),
            ];
            if !is_known && heard.into_iter().any(is_awaited) {
                let well = !machine.fails.contains(&*device);
                looked.push(Looked { device, well });
            }
        }
        let name = Heard::Place(Arc::from(machine.name.as_str()));
        if !looked.is_empty() || is_awaited(name) || is_awaited(Heard::Host(machine.id())) {
            tell_engine(play, &machine, HostSays::Observed { at, looked });
        }
    }
}

pub(super) fn tell_engine(play: &mut Play<'_>, machine: &Machine, says: HostSays) {
    play.world.input(&Input::Signal(Signal::Host(HostSignal {
        id: machine.id(),
        says,
    })));
}

fn machines(play: &Play<'_>, words: &mut Words<'_>) -> Result<Vec<Machine>, String> {
    let mut all = Vec::new();
    for word in words.all() {
        for name in names(word)? {
            all.push(machine(play, &name)?);
        }
    }
    Ok(all)
}

pub(super) fn machine(play: &Play<'_>, name: &str) -> Result<Machine, String> {
    let known = play.machines.get(name).cloned();
    known.ok_or_else(|| format!("no host {name:?} has reported in this story"))
}
