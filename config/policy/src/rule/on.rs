//! Decides what a rule looks at, and what can be known of it beforehand.
//!
//! In: `"system.filesystem.utilization"`, `"check(\"ssh\")"`, `"event(\"reboot\")"`, `"host"`.
//! Out: the core's [`On`], its attributes, the values it can have. Knows nothing of conditions.

use vedette_config::{Code, Finding, Reader, Spanned, nearest, quoted};
use vedette_triage::Matcher;
use vedette_triage::detect::{EVENTS, EventForm, On};
use vedette_triage::matcher::Operator;
use vedette_wire::limits::NAME_BYTES_MAX;
use vedette_wire::metric::{self, CHECK_STATE, METRICS, Metric};

use crate::condition::Interval;

/// Beginnings of the names that agents measure; others are somebody's own.
const OURS: [&str; 3] = ["system.", "agent.", "hw."];

/// What the required key `on` says.
pub(super) struct Written {
    pub(super) on: Spanned<On>,
    /// What it asks of attributes beside `where`: `check("ssh")` is on one check.
    pub(super) matcher: Option<Spanned<Matcher>>,
}

impl From<Spanned<On>> for Written {
    fn from(on: Spanned<On>) -> Written {
        Written { on, matcher: None }
    }
}

/// What the required key `on` says. `None` after a finding.
pub(super) fn read(table: &mut Reader<'_>) -> Option<Written> {
    let written = table.required::<Spanned<String>>("on")?;
    let text = written.value.as_str();
    if text == "host" {
        return Some(written.map(|_| On::Host).into());
    }
    if let Some(kind) = call(text, "event") {
        if EventForm::find(kind).is_none() {
            let names = EVENTS.map(|form| form.kind);
            let message = format!("no agent tells of an event {}", quoted(kind));
            let help = match nearest(kind, names) {
                Some(near) => format!("did you mean event(\"{near}\")?"),
                None => format!("there are {}", names.join(", ")),
            };
            table.push(
                Finding::error(Code::UnknownName, message)
                    .at(&written.place, "")
                    .help(help),
            );
            return None;
        }
        return Some(Spanned::new(On::Event(kind.into()), written.place).into());
    }
    if let Some(name) = call(text, "check") {
        return check(table, name, &written);
    }
    check_metric(table, &written)?;
    Some(written.map(|name| On::Metric(name.into())).into())
}

/// The state of one check, by the name agents give it.
fn check(table: &mut Reader<'_>, name: &str, written: &Spanned<String>) -> Option<Written> {
    let place = &written.place;
    let matcher = Matcher::new("check", Operator::Equal, name);
    match matcher {
        Ok(matcher) if !name.is_empty() => Some(Written {
            on: Spanned::new(On::Metric(CHECK_STATE.into()), place.clone()),
            matcher: Some(Spanned::new(matcher, place.clone())),
        }),
        Ok(_) | Err(_) => {
            table.push(
                Finding::error(Code::BadName, "this names no check")
                    .at(place, "")
                    .help("write check(\"ssh\") for a check named ssh in agent.toml"),
            );
            None
        }
    }
}

/// That a metric exists, as far as it can be known. `None` after an error.
pub(super) fn check_metric(
    table: &mut Reader<'_>,
    written: &Spanned<String>,
) -> Option<&'static Metric> {
    /// What is known of a metric that is somebody's own.
    static OWN: Metric = Metric {
        name: "",
        probe: "",
        unit: "",
        min: f64::NEG_INFINITY,
        max: f64::INFINITY,
        attributes: &[],
        describing: &[],
        about: "",
    };
    let name = written.value.as_str();
    if let Some(known) = metric::find(name) {
        return Some(known);
    }
    let is_form_of_name = !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    // Drop-in files have names as in Prometheus; what has a dot looks like one of ours.
    if is_form_of_name && !name.contains('.') {
        return Some(&OWN);
    }
    let is_ours = OURS.iter().any(|beginning| name.starts_with(beginning));
    let near = nearest(name, METRICS.iter().map(|metric| metric.name));
    let help = near.map(|near| format!("did you mean {near}?"));
    let message = format!("no agent measures {}", quoted(name));
    let finding = if is_ours || !is_form_of_name {
        Finding::error(Code::UnknownMetric, message).at(&written.place, "")
    } else {
        Finding::warning(Code::UnknownMetric, message)
            .at(&written.place, "it is looked at if somebody sends it")
    };
    table.push(match (help, is_form_of_name) {
        (Some(help), _) => finding.help(help),
        (None, true) => finding,
        (None, false) => finding.help("write a metric, check(\"ssh\"), event(\"reboot\") or host"),
    });
    (!is_ours && is_form_of_name).then_some(&OWN)
}

/// The attributes of what a rule is on, the describing ones last; none where nobody knows them.
pub(super) fn attributes(on: &On) -> Option<Vec<String>> {
    match on {
        On::Metric(name) => metric::find(name).map(|metric| {
            metric
                .attributes
                .iter()
                .chain(metric.describing)
                .map(|name| (*name).to_owned())
                .collect()
        }),
        On::Event(kind) => EventForm::find(kind).map(|form| {
            let names = form.all_attributes();
            names.map(str::to_owned).collect()
        }),
        On::Host => Some(Vec::new()),
    }
}

/// Whether what a rule is on says something in words, which titles can show.
pub(super) fn has_text(on: &On) -> bool {
    match on {
        On::Metric(name) => &**name == CHECK_STATE,
        On::Event(_) => true,
        On::Host => false,
    }
}

/// Which values a metric can have.
pub(super) fn within(metric: &str) -> Interval {
    metric::find(metric).map_or(Interval::ALL, |metric| Interval {
        low: metric.min,
        high: metric.max,
    })
}

/// `x` of `name("x")`.
fn call<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let inner = text
        .strip_prefix(name)?
        .trim()
        .strip_prefix('(')?
        .strip_suffix(')')?;
    let inner = inner.trim();
    let quoted = |mark: char| inner.strip_prefix(mark)?.strip_suffix(mark);
    quoted('"').or_else(|| quoted('\''))
}
