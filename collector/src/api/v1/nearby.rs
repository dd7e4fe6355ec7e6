//! Words why nothing fires: what comes nearest to it, by which comparison it does not, and what a
//! rule has to look at.

use vedette_triage::detect::{Clause, Comparison, Level, Nearby, On, Sight, Truth, Usual};
use vedette_triage::{EntityId, Host, Labels};
use vedette_wire::metric;

use crate::api::Shared;
use crate::api::words::{clock_time, measured};

/// Conditions that are named where nobody asks for a rule.
const NAMED_MAX: usize = 3;
/// What misses its bound by more than half of it does not come near.
const NEAR_MIN: f64 = 0.5;
/// Things of one rule that are named.
const OF_RULE_MAX: usize = 20;
/// Agents that are asked what they see of a device.
const LOOKERS_MAX: usize = 10;
/// Things of one rule that are looked through on each of them.
const OF_LOOKER_MAX: usize = 1_000;

/// What comes nearest to firing on a host, on which something fires or not; one sentence that nothing
/// does, if so.
pub(super) fn near(shared: &Shared, host: &Host, fires: bool) -> Vec<String> {
    let nearest = shared.shards.nearest(&host.id, None, NAMED_MAX);
    let is_near = |nearby: &&Nearby| nearby.near.near >= NEAR_MIN;
    let near: Vec<String> = nearest
        .iter()
        .filter(is_near)
        .map(|nearby| sentence(shared, nearby))
        .collect();
    if !near.is_empty() {
        return near;
    }
    // What fires is not near to it, nor is what is far away.
    let is_looked_at = !nearest.is_empty() || is_looked_at(shared, host);
    let nothing = match (is_looked_at, fires) {
        (true, true) => "Nothing else comes near to firing.",
        (true, false) => "Nothing comes near to firing.",
        (false, _) => {
            "No series that a rule looks at was measured on it since the collector started."
        }
    };
    vec![nothing.to_owned()]
}

/// Whether any rule has something to look at on a host.
fn is_looked_at(shared: &Shared, host: &Host) -> bool {
    let policy = shared.policy.load();
    let mut rules = policy.policy.rules.keys();
    rules.any(|rule| match shared.shards.sight(&host.id, rule) {
        Sight::Something => true,
        Sight::Nothing | Sight::NoneMatches | Sight::NoSeries => false,
    })
}

/// What a rule sees on a host, and what it would need.
pub(super) fn of_rule(shared: &Shared, host: &Host, rule: &str) -> Vec<String> {
    let policy = shared.policy.load();
    let detected = policy.policy.detection.get(rule);
    let looks_at = match detected.map(|rule| &rule.on) {
        Some(On::Metric(metric)) => metric.to_string(),
        Some(On::Event(kind)) => format!("events of kind {kind}"),
        Some(On::Host) | None => "the host itself: its silence and its return".to_owned(),
    };
    let name = &host.facts.name;
    let all = shared.shards.nearest(&host.id, Some(rule), OF_RULE_MAX + 1);
    if !all.is_empty() {
        let told = all.iter().take(OF_RULE_MAX);
        let mut told: Vec<String> = told.map(|nearby| sentence(shared, nearby)).collect();
        told.extend((all.len() > OF_RULE_MAX).then(|| "There are more.".to_owned()));
        return told;
    }
    vec![match shared.shards.sight(&host.id, rule) {
        Sight::Nothing => format!(
            "It looks at {looks_at}, of which nothing was measured on {name} since the collector started{}.",
            probe(detected.map(|rule| &rule.on))
        ),
        Sight::NoneMatches => format!(
            "It looks at {looks_at}; what {name} reports of it, none of it matches the rule's `where`."
        ),
        Sight::Something => {
            format!(
                "It looks at {looks_at}; it is critical on {name}, which nothing is worse than."
            )
        }
        Sight::NoSeries => format!("It looks at {looks_at}."),
    }]
}

/// What a rule sees of a device, from each agent that looks at it.
pub(super) fn of_rule_on_device(shared: &Shared, device: &str, rule: &str) -> Vec<String> {
    let lookers: Vec<(EntityId, String)> = shared
        .view
        .read()
        .lookers(device)
        .map(|host| (host.id.clone(), host.facts.name.clone()))
        .take(LOOKERS_MAX)
        .collect();
    let mut told = Vec::new();
    for (id, name) in lookers {
        let all = shared.shards.nearest(&id, Some(rule), OF_LOOKER_MAX);
        let of_device = all
            .iter()
            .filter(|nearby| nearby.thing.get("about") == Some(device));
        told.extend(of_device.map(|nearby| format!("{name}: {}", sentence(shared, nearby))));
    }
    told.truncate(OF_RULE_MAX);
    told
}

fn probe(on: Option<&On>) -> String {
    let Some(On::Metric(name)) = on else {
        return String::new();
    };
    match metric::find(name) {
        Some(known) => format!("; probe {} of its agent measures it", known.probe),
        None => String::new(),
    }
}

fn sentence(shared: &Shared, nearby: &Nearby) -> String {
    let head = match thing(&nearby.thing).as_str() {
        "" => nearby.rule.to_string(),
        thing => format!("{} on {thing}", nearby.rule),
    };
    if nearby.is_off {
        return format!("{head}: an exception switches it off here.");
    }
    let fires = match nearby.level {
        Level::Ok => "",
        Level::Warning => "fires as a warning; ",
        Level::Critical => "fires as critical; ",
    };
    let next = nearby.next.as_str();
    let clauses = &nearby.near.clauses;
    let with = |holds: Truth, words: fn(&Clause) -> String| -> Vec<String> {
        let which = clauses.iter().filter(|clause| clause.holds == holds);
        which.map(words).collect()
    };
    let met = with(Truth::True, is_so);
    match (nearby.near.holds, nearby.since) {
        (Truth::True, Some(since)) => {
            let since = clock_time(since, shared.clock.now());
            format!(
                "{head}: {fires}{next} holds since {since}, and is told when that has lasted long enough: {}.",
                met.join(", ")
            )
        }
        (Truth::True, None) => format!("{head}: {fires}{next} holds: {}.", met.join(", ")),
        (Truth::False, _) => {
            let needs = with(Truth::False, is_needed).join(" and ");
            let met = match met.is_empty() {
                true => String::new(),
                false => format!("; {}", met.join(", ")),
            };
            format!("{head}: {fires}{next} needs {needs}{met}.")
        }
        (Truth::Unknown, _) => {
            let unknown = with(Truth::Unknown, |clause| clause.subject.clone());
            let unknown = unknown.join(", ");
            let why = clauses.iter().find_map(warming_up).unwrap_or_default();
            format!(
                "{head}: {fires}whether it is {next} cannot be told: {unknown} is not known{why}."
            )
        }
    }
}

/// `/var`, or `device sda, direction read`.
fn thing(attributes: &Labels) -> String {
    let words = |(name, value): (&str, &str)| match name {
        "mountpoint" | "unit" | "check" => value.to_owned(),
        name => format!("{name} {value}"),
    };
    attributes.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// `; this hour was seen on 1 of the 4 days it takes`
fn warming_up(clause: &Clause) -> Option<String> {
    match clause.against.as_ref()?.usual {
        Usual::WarmingUp { days, needed } => Some(format!(
            "; this hour of the day was seen on {days} of the {needed} days it takes"
        )),
        Usual::Known { .. } => None,
    }
}

/// ` (it is 9.1 lately; usual at this hour is 1.2 to 3.4)`
fn against(clause: &Clause) -> String {
    let Some(against) = &clause.against else {
        return String::new();
    };
    let Usual::Known { low, high, .. } = against.usual else {
        return String::new();
    };
    let metric = against.metric.as_deref();
    let rate = match metric.is_some_and(metric::is_counter) {
        true => "/s",
        false => "",
    };
    let unit = metric.and_then(metric::find);
    let [lately, low, high] = [against.lately, low, high].map(|value| measured(value, unit));
    format!(" (it is {lately}{rate} lately; usual at this hour is {low} to {high}{rate})")
}

/// `free below 20.0 GiB, it is 31.0 GiB`
fn is_needed(clause: &Clause) -> String {
    match clause.bound {
        Some((comparison, bound)) => format!(
            "{} {} {}, it is {}{}",
            clause.subject,
            word(comparison),
            value(bound, clause),
            value(clause.value, clause),
            against(clause)
        ),
        None => clause.subject.clone(),
    }
}

/// `utilization is 91 %, above 90 %`
fn is_so(clause: &Clause) -> String {
    match clause.bound {
        Some((comparison, bound)) => format!(
            "{} is {}, {} {}{}",
            clause.subject,
            value(clause.value, clause),
            word(comparison),
            value(bound, clause),
            against(clause)
        ),
        None => clause.subject.clone(),
    }
}

fn value(number: f64, clause: &Clause) -> String {
    let unit = clause.metric.as_deref().and_then(metric::find);
    measured(number, unit)
}

fn word(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "below",
        Comparison::LessOrEqual => "at most",
        Comparison::Greater => "above",
        Comparison::GreaterOrEqual => "at least",
        Comparison::Equal => "exactly",
        Comparison::NotEqual => "other than",
    }
}
