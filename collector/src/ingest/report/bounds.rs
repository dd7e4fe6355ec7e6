//! Holds a report to its bounds: what breaks one is taken out and named, the rest stays.

use std::collections::BTreeMap;
use std::mem;

use vedette_config::{RESERVED_LABELS, label_name, label_value};
use vedette_triage::EntityId;
use vedette_wire::limits::{
    ATTRIBUTES_MAX, INTERVAL_S_MAX, INTERVAL_S_MIN, LABELS_MAX, PROBES_PER_ROUND_MAX,
    ROUNDS_PER_REPORT_MAX, SAMPLES_PER_ROUND_MAX,
};
use vedette_wire::{HostFacts, Looked, ProbeRun, Report, Round, Sample};

use super::refused::{Places, TOO_MANY_ROUNDS, Unreadable, Why};
use super::texts::{check_id, check_name, check_text, pause_or_none, text_or_empty};
use super::{checks, events};

/// Takes out of a report what breaks a bound.
///
/// # Errors
/// Nobody can say whose it is, or in which order: nothing of it can be trusted.
pub(super) fn check(report: &mut Report, refused: &mut Places) -> Result<(), Unreadable> {
    for (at, id) in [
        ("agent", &report.agent),
        ("boot", &report.boot),
        ("epoch", &report.epoch),
    ] {
        check_id(id).map_err(|why| Unreadable::at("bad_id", at, why))?;
    }
    if RESERVED_AGENTS.contains(&report.agent.as_str()) {
        let why = "the collector uses this id for itself; an agent makes a random one (a UUID)";
        return Err(Unreadable::at("bad_id", "agent", why));
    }
    check_order(&report.rounds)?;
    check_host(&mut report.host, &report.agent, refused);
    text_or_empty(&mut report.version, "version", refused);
    for (at, round) in report.rounds.iter_mut().enumerate() {
        check_round(round, at, refused);
    }
    Ok(())
}

/// Entities of the collector's own: what it says of itself, and drills without a host.
const RESERVED_AGENTS: [&str; 2] = [EntityId::COLLECTOR, EntityId::DRILL];

fn check_order(rounds: &[Round]) -> Result<(), Unreadable> {
    if rounds.len() > ROUNDS_PER_REPORT_MAX {
        let error = format!(
            "the report has {} rounds, at most {ROUNDS_PER_REPORT_MAX} are taken at a time; nothing of it was kept",
            rounds.len()
        );
        return Err(Unreadable::new(TOO_MANY_ROUNDS, error));
    }
    if rounds.is_empty() {
        return Err(Unreadable::at("no_rounds", "rounds", "there is none"));
    }
    let mut before = 0;
    for (at, round) in rounds.iter().enumerate() {
        if round.seq <= before {
            let why = format!(
                "{} does not follow {before}; rounds ascend from 1",
                round.seq
            );
            return Err(Unreadable::at(
                "bad_order",
                &format!("rounds[{at}].seq"),
                why,
            ));
        }
        before = round.seq;
    }
    Ok(())
}

fn check_host(host: &mut HostFacts, agent: &str, refused: &mut Places) {
    if let Err(why) = check_name(&host.name) {
        let why = format!("{why}; the agent's id stands for it");
        refused.refuse("bad_name", "host.name".into(), why);
        host.name = agent.to_owned();
    }
    text_or_empty(&mut host.os, "host.os", refused);
    text_or_empty(&mut host.kernel, "host.kernel", refused);
    let labels = mem::take(&mut host.labels);
    for (at, (name, value)) in labels.into_iter().enumerate() {
        match check_host_label(at, &name, &value) {
            Ok(()) => {
                host.labels.insert(name, value);
            }
            Err((reason, why)) => refused.refuse(reason, format!("host.labels[{name:?}]"), why),
        }
    }
}

fn check_host_label(
    at: usize,
    name: &str,
    value: &str,
) -> Result<(), (&'static str, &'static str)> {
    if RESERVED_LABELS.contains(&name) {
        let why = "the collector sets this label itself; an agent cannot";
        return Err(("reserved_label", why));
    }
    if at >= LABELS_MAX {
        return Err(("too_many_labels", "a host has at most 32 labels"));
    }
    label_name(name).map_err(|why| ("bad_name", why))?;
    label_value(value).map_err(|why| ("bad_label", why))
}

fn check_round(round: &mut Round, at: usize, refused: &mut Places) {
    let place = |list: &str, index: usize| format!("rounds[{at}].{list}[{index}]");
    if !(INTERVAL_S_MIN..=INTERVAL_S_MAX).contains(&round.interval_s) {
        let counts_as = round.interval_s.clamp(INTERVAL_S_MIN, INTERVAL_S_MAX);
        let why = format!(
            "{:?} s is not 1 to 300; it counts as {counts_as}",
            round.interval_s
        );
        refused.refuse("bad_value", format!("rounds[{at}].interval_s"), why);
        round.interval_s = counts_as;
    }
    let before = refused.total();
    keep(&mut round.samples, refused, |index, sample| {
        check_sample(index, sample).map_err(|why| why.at(place("samples", index)))
    });
    let lost = refused.total() - before;
    keep(&mut round.probes, refused, |index, run| {
        check_probe(index, run).map_err(|why| why.at(place("probes", index)))
    });
    for (index, run) in round.probes.iter_mut().enumerate() {
        pause_or_none(&mut run.every_s, || place("probes", index), refused);
    }
    checks::check(&mut round.checks, &format!("rounds[{at}].checks"), refused);
    events::check(&mut round.events, &format!("rounds[{at}].events"), refused);
    soften(&mut round.probes, lost);
}

/// A probe whose samples were refused in part did not see everything: what it does not mention
/// may still be there (invariant 6).
pub(super) fn soften(probes: &mut [ProbeRun], lost: u64) {
    if lost == 0 {
        return;
    }
    for run in probes {
        match run.looked {
            Looked::Yes => {
                let why = format!("{lost} samples of this round were refused");
                run.looked = Looked::Partly { why };
            }
            Looked::Partly { .. } | Looked::No { .. } => {}
        }
    }
}

fn keep<T>(list: &mut Vec<T>, refused: &mut Places, check: impl Fn(usize, &T) -> Result<(), Why>) {
    let mut index = 0;
    list.retain(|item| {
        let verdict = check(index, item);
        index += 1;
        match verdict {
            Ok(()) => true,
            Err(why) => {
                refused.refuse(why.reason, why.of, why.why);
                false
            }
        }
    });
}

fn check_sample(index: usize, sample: &Sample) -> Result<(), Why> {
    if index >= SAMPLES_PER_ROUND_MAX {
        let why = format!("a round has at most {SAMPLES_PER_ROUND_MAX} samples");
        return Err(Why::new("too_many_samples", "", why));
    }
    check_name(&sample.name).map_err(|why| Why::new("bad_name", ".name", why))?;
    if !sample.value.is_finite() {
        return Err(Why::new("bad_value", ".value", "it is not a finite number"));
    }
    check_attributes(&sample.attributes)
}

fn check_attributes(attributes: &BTreeMap<String, String>) -> Result<(), Why> {
    if attributes.len() > ATTRIBUTES_MAX {
        let why = format!("a sample has at most {ATTRIBUTES_MAX} attributes");
        return Err(Why::new("too_many_attributes", ".attributes", why));
    }
    for (name, value) in attributes {
        let of = || format!(".attributes[{name:?}]");
        check_name(name).map_err(|why| Why::new("bad_name", &of(), why))?;
        // `@` marks what the collector puts into an alert's identity.
        if name.starts_with('@') {
            return Err(Why::new("bad_name", &of(), "a name does not begin with @"));
        }
        check_text(value).map_err(|why| Why::new("bad_label", &of(), why))?;
    }
    Ok(())
}

fn check_probe(index: usize, run: &ProbeRun) -> Result<(), Why> {
    if index >= PROBES_PER_ROUND_MAX {
        let why = format!("a round has at most {PROBES_PER_ROUND_MAX} probes");
        return Err(Why::new("too_many_probes", "", why));
    }
    check_name(&run.probe).map_err(|why| Why::new("bad_name", ".probe", why))?;
    match &run.looked {
        Looked::Yes => Ok(()),
        Looked::Partly { why } | Looked::No { why } => {
            check_text(why).map_err(|wrong| Why::new("bad_text", ".why", wrong))
        }
    }
}
