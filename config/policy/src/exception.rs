//! Reads where rules are different, until when, and who answers for it.
//!
//! In: `exceptions.toml`, the rules there are, the day. Out: the core's exceptions by
//! rule. Every one has an end (invariant 10), at most a year away; past it the rule is
//! as it was, and a finding says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use vedette_config::{
    Code, Document, Finding, Findings, Place, Reader, Severity, Source, Spanned, quoted,
};
use vedette_triage::Timestamp;
use vedette_triage::detect::{Effect, Exception, Names, Variable};

use crate::calendar::Calendar;
use crate::label::KnownLabels;
use crate::matchers::{self, plain};
use crate::name::unknown;
use crate::reason;
use crate::rule::{Unit, Written, attributes, exception_sight, quantity, reread};

/// Exceptions of one policy.
const EXCEPTIONS_MAX: usize = 2_000;

/// Exceptions by the rule they are of, in the order of the file.
pub(crate) type ByRule = BTreeMap<String, Vec<Exception>>;

/// What exceptions can name, and the day they are looked at from.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) rules: &'a [Written],
    pub(crate) calendar: &'a Calendar,
    pub(crate) labels: &'a KnownLabels,
}

/// The exceptions of a file.
pub(crate) fn read(source: &Arc<Source>, around: Around<'_>, findings: &mut Findings) -> ByRule {
    let mut by_rule = ByRule::new();
    let Some(document) = Document::parse(source, findings) else {
        return by_rule;
    };
    let read = document.read(findings, |top| {
        top.tables("exception", |table| exception(table, around))
    });
    if read.len() > EXCEPTIONS_MAX {
        let message = format!("more than {EXCEPTIONS_MAX} exceptions");
        let finding = Finding::error(Code::TooLarge, message).at(&Place::whole(source), "");
        findings.push(finding.help("change the rule instead"));
    }
    for (rule, exception) in read.into_iter().flatten() {
        by_rule.entry(rule).or_default().push(exception);
    }
    by_rule
}

/// Adds the exceptions that people made with the command. Each was sound when it was made; one that
/// does not fit any more, because its rule is another now, is left out and said to be, so that the
/// files can be read all the same. One that is over is nothing to say.
pub(crate) fn add_made(
    by_rule: &mut ByRule,
    source: &Arc<Source>,
    around: Around<'_>,
    findings: &mut Findings,
) {
    let mut found = Findings::new();
    let Some(document) = Document::parse(source, &mut found) else {
        findings.push(left_out(
            "the exceptions that were made cannot be read",
            source,
        ));
        return;
    };
    let read = document.read(&mut found, |top| {
        top.tables("exception", |table| {
            let before = table.findings().errors();
            let read = exception(table, around);
            let is_sound = table.findings().errors() == before;
            read.filter(|_| is_sound)
        })
    });
    // Before those of the file, the newest first: whoever makes one wants it to count.
    for (rule, mut exception) in read.into_iter().flatten() {
        exception.is_made = true;
        by_rule.entry(rule).or_default().insert(0, exception);
    }
    for finding in found.of(Severity::Error) {
        findings.push(left_out(&finding.message, source));
    }
}

fn left_out(why: &str, source: &Arc<Source>) -> Finding {
    let message = format!("an exception that was made is left out: {why}");
    Finding::warning(Code::BadValue, message)
        .at(&Place::whole(source), "")
        .help("see `vedette exception list`, and add it again as it should be now")
}

fn exception(table: &mut Reader<'_>, around: Around<'_>) -> Option<(String, Exception)> {
    let Around {
        rules,
        calendar,
        labels,
    } = around;
    let rule = rule(table, rules);
    let matchers = matchers::something(
        table,
        "match",
        "this exception does not say for what",
        "write match = ['host=\"nas-1\"']; to change a rule everywhere, copy it to rules/",
    );
    let attributes = rule.and_then(attributes).unwrap_or_default();
    for matcher in &matchers {
        let name = matcher.value.name();
        if !attributes.iter().any(|attribute| attribute == name) {
            labels.check(name, &matcher.place, table.findings());
        }
    }
    let effect = effect(table, rule);
    let why = reason::why(table);
    let owner = reason::owner(table, &calendar.owners);
    let until = until(table, calendar);
    let exception = Exception {
        matchers: plain(&matchers),
        effect: effect?,
        until: until?,
        owner: owner?,
        why: why?,
        is_made: false,
    };
    Some((rule?.name.value.clone(), exception))
}

fn rule<'r>(table: &mut Reader<'_>, rules: &'r [Written]) -> Option<&'r Written> {
    let name = table.required::<Spanned<String>>("rule")?;
    let rule = rules.iter().find(|rule| rule.name.value == name.value);
    if rule.is_none() {
        let names = rules.iter().map(|rule| rule.name.value.as_str());
        let finding = unknown("rule", &name.value, &name.place, names);
        table.push(finding);
    }
    rule
}

/// `set = { ... }` or `off = true`.
fn effect(table: &mut Reader<'_>, rule: Option<&Written>) -> Option<Effect> {
    let off = table.optional::<Spanned<bool>>("off");
    let has_set = table.has("set");
    let set = table.table("set", |table| set(table, rule)).flatten();
    match (off, has_set) {
        (Some(off), true) => {
            table.push(
                Finding::error(
                    Code::ConflictingKeys,
                    "an exception has `set` or `off`, not both",
                )
                .at(&off.place, ""),
            );
            None
        }
        (Some(off), false) if off.value => Some(Effect::Off),
        (None, true) => set.map(Effect::Set),
        (Some(_) | None, _) => {
            let place = table.place().clone();
            table.push(
                Finding::error(Code::MissingKey, "this exception changes nothing")
                    .at(&place, "")
                    .help("write set = { warn_used = 0.98 } or off = true"),
            );
            None
        }
    }
}

fn set(table: &mut Reader<'_>, rule: Option<&Written>) -> Option<Vec<(Variable, f64)>> {
    let Some(rule) = rule else {
        for name in table.keys() {
            table.kind(&name.value);
        }
        return None;
    };
    let names = Names::of(
        &rule.on.value,
        rule.with.iter().map(|(short, _)| short.value.as_str()),
        rule.params.iter().map(|param| param.name.as_str()),
    );
    let mut set = Vec::new();
    // Asked for by name, so that any other key is a finding that knows these.
    for param in &rule.params {
        let Some(value) = quantity(table, &param.name) else {
            continue;
        };
        let is_same_kind = value.value.unit == param.value.unit
            || (value.value.unit == Unit::Bare && value.value.value == 0.0);
        if !is_same_kind {
            let message = format!(
                "{} is {} in the rule",
                quoted(&param.name),
                param.value.unit.written()
            );
            table.push(
                Finding::error(Code::WrongType, message)
                    .at(&value.place, "")
                    .at(&param.place, "there it is this"),
            );
        }
        if let Some(variable) = names.find(&param.name) {
            set.push((Spanned::new(variable, value.place), value.value.value));
        }
    }
    check_reach(rule, &set, table.findings());
    let plain = |(variable, value): (Spanned<Variable>, f64)| (variable.value, value);
    Some(set.into_iter().map(plain).collect())
}

/// That a rule with other parameters can still fire and clear.
fn check_reach(rule: &Written, set: &[(Spanned<Variable>, f64)], findings: &mut Findings) {
    let found = |set: &[(Spanned<Variable>, f64)]| {
        let set: Vec<_> = set
            .iter()
            .map(|(variable, value)| (variable.value, *value))
            .collect();
        let mut found = Findings::new();
        reread(rule, &exception_sight(rule, &set), &mut found);
        found
    };
    let all = found(set);
    // What is wrong with the rule itself is told where that is written.
    if !all.has_errors() || found(&[]).has_errors() {
        return;
    }
    // One alone is to blame, or all of them together.
    let alone = set
        .iter()
        .map(|one| (one, found(std::slice::from_ref(one))))
        .find(|(_, found)| found.has_errors());
    let (blamed, found) = match (alone, set.first()) {
        (Some((one, found)), _) => (one, found),
        (None, Some(first)) => (first, all),
        (None, None) => return,
    };
    if let Some(worst) = found.of(Severity::Error).next() {
        let name = quoted(&rule.name.value);
        let message = format!("with this value rule {name} does not work");
        let mut finding = Finding::warning(worst.code, message).at(&blamed.0.place, &worst.message);
        for (place, text) in &worst.labels {
            finding = finding.at(place, text);
        }
        findings.push(match &worst.help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }
}

/// The end of the day that is written. `None` also when that day is over.
fn until(table: &mut Reader<'_>, calendar: &Calendar) -> Option<Timestamp> {
    let written = table.required::<Spanned<vedette_config::Date>>("until")?;
    let place = &written.place;
    let bad = |why: &str| Finding::error(Code::BadDate, "this is no day").at(place, why);
    let Some(until) = civil(written.value) else {
        table.push(bad("there is no such day"));
        return None;
    };
    let longest = calendar.today.checked_add(1.year()).unwrap_or(Date::MAX);
    if until > longest {
        table.push(
            Finding::error(Code::ExceptionTooLong, "an exception lasts at most a year")
                .at(place, "")
                .help(format!(
                    "{longest} is the latest; if it is for ever, change the rule"
                )),
        );
        return None;
    }
    if until < calendar.today {
        table.push(
            Finding::warning(Code::ExceptionExpired, "this exception is over")
                .at(place, "the rule is as it was since then")
                .help("remove it, or give it a new end"),
        );
        return None;
    }
    let end = until
        .tomorrow()
        .and_then(|day| day.to_zoned(calendar.zone.clone()));
    match end {
        Ok(end) => Some(Timestamp::from_millis(end.timestamp().as_millisecond())),
        Err(_) => {
            table.push(bad("it cannot be counted"));
            None
        }
    }
}

fn civil(date: vedette_config::Date) -> Option<Date> {
    let year = i16::try_from(date.year).ok()?;
    let month = i8::try_from(date.month).ok()?;
    let day = i8::try_from(date.day).ok()?;
    Date::new(year, month, day).ok()
}
