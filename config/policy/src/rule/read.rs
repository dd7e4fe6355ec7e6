//! Takes a rule file apart: every key of a rule, every key of its tests.
//!
//! In: the tree of a file. Out: [`Written`] rules. Conditions and templates are texts
//! still; they are looked at when everything they can name is known.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_config::{
    Code, Document, Finding, Findings, Kind, Reader, Source, Spanned, nearest, quoted,
};
use vedette_triage::detect::{Names, On, Trend, limits};
use vedette_triage::{About, EvidenceKind, Handling, Identity};
use vedette_wire::Class;
use vedette_wire::metric;

use super::{Param, Written, on, quantity, test};
use crate::condition::is_taken;
use crate::matchers;
use crate::name::known_name;
use crate::settings::{HANDLING, ticket_per};

/// Commands of one rule.
const FIRST_MAX: usize = 10;
/// The longest time something must hold.
const FOR_MAX: Duration = Duration::from_secs(7 * 86_400);
/// Bytes of an address.
const URL_BYTES_MAX: usize = 2_000;

/// What rules can be about; a ticket groups by it.
const COMPONENTS: [&str; 11] = [
    "storage", "memory", "cpu", "disk-io", "network", "service", "time", "hardware", "security",
    "liveness", "agent",
];

/// The rules of a file.
pub(crate) fn read_file(
    source: &Arc<Source>,
    is_shipped: bool,
    findings: &mut Findings,
) -> Vec<Written> {
    let Some(document) = Document::parse(source, findings) else {
        return Vec::new();
    };
    document.read(findings, |top| {
        if !top.has("rule") {
            let place = top.place().clone();
            top.push(
                Finding::error(Code::MissingKey, "this file holds no rule")
                    .at(&place, "")
                    .help("write [[rule]] above a rule, or remove the file"),
            );
        }
        let rules = top.tables("rule", |table| rule(table, is_shipped));
        rules.into_iter().flatten().collect()
    })
}

/// Everything is read before anything is given up, so that all findings come at once.
fn rule(table: &mut Reader<'_>, is_shipped: bool) -> Option<Written> {
    let name = known_name(table, "name");
    if let Some(name) = &name
        && let Some(why) = of_engine(&name.value)
    {
        let message = format!("a rule cannot be called {:?}", name.value);
        let finding = Finding::error(Code::BadName, message).at(&name.place, why);
        table.push(finding.help("give it another name"));
    }
    let components = COMPONENTS.map(|word| (word, word));
    let component = match table.has("component") {
        true => table.word("component", &components).map(|word| word.value),
        false => table.required::<String>("component").map(|_| ""),
    };
    let (on, of_on) = match on::read(table) {
        Some(written) => (Some(written.on), written.matcher),
        None => (None, None),
    };
    let handling = handling(table);
    let mut matchers = matchers::read(table, "where");
    matchers.extend(of_on);
    let with = with(table, on.as_ref().map(|on| &on.value));
    let params = params(table);
    let [warning, critical, warning_clear, critical_clear] =
        ["warning", "critical", "warning_clear", "critical_clear"].map(|key| table.optional(key));
    let holds = table.within("for", Duration::ZERO..=FOR_MAX);
    let [warning_for, critical_for] = ["warning_for", "critical_for"]
        .map(|key| table.within(key, Duration::ZERO..=FOR_MAX).or(holds));
    let title = table.required("title");
    let means = table.optional("means");
    let first = first(table);
    let runbook_url = runbook_url(table);
    let evidence = evidence(table, on.as_ref().map(|on| &on.value));
    let trend = trend(table, on.as_ref().map(|on| &on.value));
    let was = table.optional("was");
    let depends_on: Vec<Spanned<String>> = table.or("depends_on", Vec::new());
    let shadow = table.or("shadow", false);
    let ticket_per = ticket_per(table);
    let concerns = table.optional("concerns");
    let names = on.as_ref().map(|on| {
        let short = with.iter().map(|(short, _)| short.value.as_str());
        Names::of(&on.value, short, std::iter::empty())
    });
    // Without them its conditions are looked at all the same; what is missing is said already.
    let title = title.unwrap_or_else(|| Spanned::new(String::from("?"), table.place().clone()));
    let component = component.unwrap_or_default();
    let tests = test::read(table, on.as_ref().map(|on| &on.value), names.as_ref());
    Some(Written {
        name: name?,
        is_shipped,
        component: component.to_owned(),
        handling,
        on: on?,
        matchers,
        with,
        params,
        warning,
        critical,
        warning_for: warning_for.unwrap_or_default(),
        critical_for: critical_for.unwrap_or_default(),
        warning_clear,
        critical_clear,
        title,
        means,
        first,
        runbook_url,
        was,
        trend,
        evidence,
        depends_on,
        ticket_per,
        concerns,
        shadow,
        tests,
    })
}

/// One word for all, or one for each class. Without: a ticket.
fn handling(table: &mut Reader<'_>) -> BTreeMap<Class, Handling> {
    let classes = [Class::Server, Class::Workstation];
    match table.kind("handling") {
        None => BTreeMap::new(),
        Some(Kind::Table) => table
            .table("handling", |table| {
                classes
                    .into_iter()
                    .filter_map(|class| {
                        let word = table.word(class.as_str(), &HANDLING)?;
                        Some((class, word.value))
                    })
                    .collect()
            })
            .unwrap_or_default(),
        Some(_) => match table.word("handling", &HANDLING) {
            Some(word) => classes.map(|class| (class, word.value)).into(),
            None => BTreeMap::new(),
        },
    }
}

/// Short names of other series of the same thing.
fn with(table: &mut Reader<'_>, on: Option<&On>) -> Vec<(Spanned<String>, Spanned<String>)> {
    let is_metric = matches!(on, Some(On::Metric(_)) | None);
    if let (false, Some(place)) = (is_metric, table.key_place("with").cloned()) {
        let message = "only a rule on a metric can look at other metrics of the same thing";
        table.push(Finding::error(Code::ConflictingKeys, message).at(&place, ""));
    }
    let read = |table: &mut Reader<'_>| {
        let mut with = Vec::new();
        for short in table.keys() {
            let metric = table.optional::<Spanned<String>>(&short.value);
            free_name(table, &short, on);
            let Some(metric) = metric else { continue };
            if on::check_metric(table, &metric).is_some() {
                same_thing(table, on, &metric);
                with.push((short, metric));
            }
        }
        with
    };
    table.table("with", read).unwrap_or_default()
}

/// `trend = { limit = 1.0, over = "6h" }`: told with the alert is when that value is reached.
fn trend(table: &mut Reader<'_>, on: Option<&On>) -> Option<Trend> {
    let place = table.key_place("trend").cloned();
    let trend = table.table("trend", |table| {
        let limit = quantity(table, "limit");
        if limit.is_none() && !table.has("limit") {
            table.required::<f64>("limit");
        }
        let over = table.within("over", Duration::from_secs(1)..=limits::WINDOW_MAX);
        if over.is_none() && !table.has("over") {
            table.required::<String>("over");
        }
        Some(Trend {
            limit: limit?.value.value,
            over: over?,
        })
    })??;
    match (on, place) {
        (Some(On::Event(_) | On::Host), Some(place)) => {
            let message = "only what is measured heads anywhere";
            table.push(Finding::error(Code::ConflictingKeys, message).at(&place, ""));
            None
        }
        (_, _) => Some(trend),
    }
}

/// That two metrics are of the same thing: the same attributes, or of the whole host.
fn same_thing(table: &mut Reader<'_>, on: Option<&On>, other: &Spanned<String>) {
    let Some(On::Metric(own)) = on else { return };
    let (Some(own), Some(other_metric)) = (metric::find(own), metric::find(&other.value)) else {
        return;
    };
    if other_metric.attributes.is_empty() || other_metric.attributes == own.attributes {
        return;
    }
    let message = format!("{} is of another thing than {}", other.value, own.name);
    let [own, others] = [own.attributes, other_metric.attributes].map(|names| match names {
        [] => "the whole host".to_owned(),
        names => names.join(", "),
    });
    table.push(
        Finding::error(Code::UnknownAttribute, message)
            .at(&other.place, format!("this is told apart by {others}"))
            .help(format!("the rule is on one told apart by {own}")),
    );
}

fn params(table: &mut Reader<'_>) -> Vec<Param> {
    let read = |table: &mut Reader<'_>| {
        let mut params = Vec::new();
        for name in table.keys() {
            free_name(table, &name, None);
            if let Some(value) = quantity(table, &name.value) {
                params.push(Param {
                    name: name.value,
                    value: value.value,
                    place: value.place,
                });
            }
        }
        params
    };
    table.table("params", read).unwrap_or_default()
}

/// That a name can be written in conditions and titles, and means nothing else there.
fn free_name(table: &mut Reader<'_>, name: &Spanned<String>, on: Option<&On>) {
    let text = name.value.as_str();
    let form = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(form)
        && text.len() <= 64;
    if !is_name {
        let message = format!("{} cannot be a name in conditions", quoted(text));
        table.push(
            Finding::error(Code::BadName, message)
                .at(&name.place, "")
                .help("use a to z, digits and _, beginning with a letter"),
        );
        return;
    }
    let is_attribute = on
        .and_then(on::attributes)
        .is_some_and(|attributes| attributes.iter().any(|known| known == text));
    let why = if is_attribute {
        "it is an attribute of the metric"
    } else if text == Names::VALUE || Names::OF_HOST.contains(&text) {
        "it is what is measured"
    } else if [About::TIME_TO_BREACH, About::TREND].contains(&text) {
        "it is what `trend` tells"
    } else if is_taken(text) || text == "rule" {
        "it means something else there"
    } else {
        return;
    };
    let message = format!("{} cannot be given another meaning", quoted(text));
    table.push(Finding::error(Code::ReservedName, message).at(&name.place, why));
}

fn first(table: &mut Reader<'_>) -> Vec<Spanned<String>> {
    let mut first: Vec<Spanned<String>> = table.or("first", Vec::new());
    if let Some(surplus) = first.get(FIRST_MAX) {
        let finding = Finding::error(Code::TooLarge, format!("more than {FIRST_MAX} commands"))
            .at(&surplus.place, "this one is too many");
        table.push(finding);
        first.truncate(FIRST_MAX);
    }
    for command in &first {
        if command.value.contains('\n') {
            let message = "a command stands on one line";
            table.push(Finding::error(Code::BadValue, message).at(&command.place, ""));
        }
    }
    first
}

/// What the host is asked for when the rule begins to fire.
fn evidence(table: &mut Reader<'_>, on: Option<&On>) -> Vec<EvidenceKind> {
    let written: Vec<Spanned<String>> = table.or("evidence", Vec::new());
    let mut evidence = Vec::new();
    for word in written {
        let names = EvidenceKind::ALL.map(EvidenceKind::as_str);
        let known = EvidenceKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word.value);
        let Some(kind) = known else {
            let message = format!("no agent can be asked for {}", quoted(&word.value));
            let help = match nearest(&word.value, names) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.join(", ")),
            };
            let finding = Finding::error(Code::UnknownName, message).at(&word.place, "");
            table.push(finding.help(help));
            continue;
        };
        let needs = match kind {
            EvidenceKind::TopProcesses => None,
            EvidenceKind::LargestFolders => Some("mountpoint"),
            EvidenceKind::LastLines => Some("unit"),
        };
        let known = on.and_then(on::attributes);
        if let (Some(needs), Some(known)) = (needs, known)
            && !known.iter().any(|name| name == needs)
        {
            let message = format!("{} needs to know the {needs}", kind.as_str());
            let finding = Finding::error(Code::UnknownAttribute, message);
            table.push(finding.at(&word.place, "what this rule is on has none"));
            continue;
        }
        if !evidence.contains(&kind) {
            evidence.push(kind);
        }
    }
    evidence
}

fn runbook_url(table: &mut Reader<'_>) -> String {
    let url = table.parsed("runbook_url", Code::BadUrl, |text| {
        let is_address = text.starts_with("https://") || text.starts_with("http://");
        let is_printed = text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_address && is_printed && text.len() <= URL_BYTES_MAX {
            Ok(text.to_owned())
        } else {
            Err("write it like \"https://wiki.example.org/runbooks/...\"")
        }
    });
    url.map_or_else(String::new, |url| url.value)
}

/// What the engine itself calls so.
fn of_engine(name: &str) -> Option<&'static str> {
    match name {
        Identity::REPORT => Some("what is not as it was before a window is called so"),
        Identity::DIGEST => Some("what stands for the digest of a team is called so"),
        _ => None,
    }
}

/// The finding for an attribute that what a rule is on does not have.
pub(super) fn unknown_attribute(
    name: &str,
    of: &str,
    known: &[String],
) -> (Code, String, Option<String>) {
    let message = format!("{of} has no attribute {}", quoted(name));
    let help = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => Some(format!("did you mean {near}?")),
        None if known.is_empty() => None,
        None => Some(format!("there are {}", known.join(", "))),
    };
    (Code::UnknownAttribute, message, help)
}

// The bound of the core is met by what can be read.
const _: () = assert!(FOR_MAX.as_secs() <= limits::WINDOW_MAX.as_secs());
