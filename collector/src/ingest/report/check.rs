//! Holds a report to its bounds: what breaks one is taken out and named, the rest stays.

use std::collections::BTreeMap;
use std::mem;

use vedette_config::{RESERVED_LABELS, label_name, label_value};
use vedette_triage::EntityId;
use vedette_wire::limits::{
    ATTRIBUTES_MAX, EVENTS_PER_ROUND_MAX, INTERVAL_S_MAX, INTERVAL_S_MIN, LABELS_MAX,
    NAME_BYTES_MAX, PROBES_PER_ROUND_MAX, ROUNDS_PER_REPORT_MAX, SAMPLES_PER_ROUND_MAX,
    VALUE_BYTES_MAX,
};
use vedette_wire::{Event, EventKind, HostFacts, Looked, ProbeRun, Report, Round, Sample};

use super::refused::{Places, TOO_MANY_ROUNDS, Unreadable};

/// Bytes of an id: a UUID has 36.
const ID_BYTES_MAX: usize = 64;

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

fn check_id(id: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(allowed) {
        return Err("an id has 1 to 64 letters, digits, - _ and . (a UUID)");
    }
    Ok(())
}

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
    keep(&mut round.events, refused, |index, event| {
        check_event(index, event).map_err(|why| why.at(place("events", index)))
    });
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

/// One reason to refuse one place.
struct Why {
    reason: &'static str,
    /// What within the place, as `.name`; may be empty.
    of: String,
    why: String,
}

impl Why {
    fn new(reason: &'static str, of: &str, why: impl Into<String>) -> Why {
        Why {
            reason,
            of: of.to_owned(),
            why: why.into(),
        }
    }

    fn at(mut self, place: String) -> Why {
        self.of.insert_str(0, &place);
        self
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

fn check_event(index: usize, event: &Event) -> Result<(), Why> {
    if index >= EVENTS_PER_ROUND_MAX {
        let why = format!("a round has at most {EVENTS_PER_ROUND_MAX} events");
        return Err(Why::new("too_many_events", "", why));
    }
    check_id(&event.id).map_err(|why| Why::new("bad_id", ".id", why))?;
    match &event.kind {
        EventKind::SpoolLoss { why, .. } => {
            check_text(why).map_err(|wrong| Why::new("bad_text", ".why", wrong))
        }
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("a name is empty");
    }
    if name.len() > NAME_BYTES_MAX {
        return Err("a name has at most 128 bytes");
    }
    if has_control(name) {
        return Err("a name holds no NUL or other control characters");
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), &'static str> {
    if text.len() > VALUE_BYTES_MAX {
        return Err("a text has at most 1024 bytes");
    }
    if has_control(text) {
        return Err("a text holds no NUL or other control characters");
    }
    Ok(())
}

/// ASCII first: it is nearly always ASCII, and decoding every name costs more than the rest.
fn has_control(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().any(|byte| byte.is_ascii_control())
    } else {
        text.chars().any(char::is_control)
    }
}

fn text_or_empty(text: &mut String, at: &str, refused: &mut Places) {
    if let Err(why) = check_text(text) {
        refused.refuse("bad_text", at.to_owned(), why);
        text.clear();
    }
}

// The sentences above name the bounds.
const _: () = assert!(NAME_BYTES_MAX == 128 && VALUE_BYTES_MAX == 1024 && LABELS_MAX == 32);
