//! Keeps what alerts say: titles, meanings, first commands, as templates of each rule.
//!
//! In: a rule's texts when it is loaded, then what was seen. Out: one line, or a few.
//! Every template is tried when it is loaded; one that fails all the same gives way to
//! `rule: value`, because a template must never lose an alert. Knows nothing of tickets.

mod filters;
mod shell;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use vedette_config::{Code, Finding, Findings, Spanned, nearest, one_line, quoted};
use vedette_triage::{Labels, limits};

/// Steps one template may take; a runaway is ended.
const FUEL: u64 = 20_000;
/// Bytes of one template.
const TEMPLATE_BYTES_MAX: usize = 4 * 1024;
/// Bytes of a meaning or command as it is shown.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// The texts of all rules.
#[derive(Debug, Clone)]
pub struct Titles {
    environment: Arc<Environment<'static>>,
    rules: Arc<BTreeMap<Arc<str>, Texts>>,
}

/// The texts of one rule.
#[derive(Debug, Clone, Default)]
struct Texts {
    title: String,
    means: String,
    first: Vec<String>,
    /// Names that are numbers: what is measured, which is not known yet, and parameters.
    values: Vec<(String, f64)>,
}

/// What was seen, to be told of.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// The rule that saw it, by name.
    pub rule: &'a str,
    /// The host's name.
    pub host: &'a str,
    /// What the condition saw, by the names it used.
    pub values: &'a [(String, f64)],
    /// All attributes of the series or event.
    pub attributes: &'a Labels,
}

impl Titles {
    /// What is wrong, in one line without the host.
    pub fn title(&self, sighting: &Sighting<'_>) -> String {
        let title = self.rules.get(sighting.rule).and_then(|texts| {
            let context = context(sighting, &texts.values, As::Text);
            self.render(&texts.title, context)
        });
        let title = title.map(|title| short_line(&title, limits::TITLE_BYTES_MAX));
        title
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| fallback(sighting))
    }

    /// What it means if nothing is done; empty when the rule does not say.
    pub fn means(&self, sighting: &Sighting<'_>) -> String {
        let means = self.rules.get(sighting.rule).and_then(|texts| {
            let context = context(sighting, &texts.values, As::Text);
            self.render(&texts.means, context)
        });
        means.map_or_else(String::new, |means| short_line(&means, TEXT_BYTES_MAX))
    }

    /// The first commands to try, each one line. Values of the host are quoted for a shell,
    /// whatever is in them; a command that fails to be rendered is left out.
    pub fn first(&self, sighting: &Sighting<'_>) -> Vec<String> {
        let Some(texts) = self.rules.get(sighting.rule) else {
            return Vec::new();
        };
        texts
            .first
            .iter()
            .filter_map(|command| {
                let context = context(sighting, &texts.values, As::Words);
                let command = self.render(command, context)?;
                Some(short_line(&command, TEXT_BYTES_MAX)).filter(|command| !command.is_empty())
            })
            .collect()
    }

    fn render(&self, source: &str, context: Value) -> Option<String> {
        self.environment.render_str(source, context).ok()
    }
}

/// Gathers the texts of rules while they are read.
pub(crate) struct TitlesBuilder {
    environment: Environment<'static>,
    rules: BTreeMap<Arc<str>, Texts>,
}

/// The texts of one rule as they are written.
pub(crate) struct WrittenTexts<'a> {
    pub(crate) rule: &'a str,
    pub(crate) title: &'a Spanned<String>,
    pub(crate) means: Option<&'a Spanned<String>>,
    pub(crate) first: &'a [Spanned<String>],
    /// Names of what is measured.
    pub(crate) measured: &'a [String],
    /// Parameters with their values.
    pub(crate) params: &'a [(String, f64)],
    /// Names that are texts; none where nobody knows which there are.
    pub(crate) attributes: Option<&'a [String]>,
}

impl WrittenTexts<'_> {
    /// All names that are numbers; what is measured is worth `measured`.
    fn values(&self, measured: f64) -> Vec<(String, f64)> {
        self.measured
            .iter()
            .map(|name| (name.clone(), measured))
            .chain(self.params.iter().cloned())
            .collect()
    }
}

/// How a text of the host stands in what is rendered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    /// As it is.
    Text,
    /// As words of a shell.
    Words,
}

impl TitlesBuilder {
    pub(crate) fn new() -> TitlesBuilder {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_debug(true);
        filters::add(&mut environment);
        TitlesBuilder {
            environment,
            rules: BTreeMap::new(),
        }
    }

    /// Takes the texts of a rule that is inside the program, and known to be sound.
    pub(crate) fn take_plain(&mut self, rule: &str, title: &str, means: &str, first: &[&str]) {
        let texts = Texts {
            title: title.to_owned(),
            means: means.to_owned(),
            first: first.iter().map(|command| (*command).to_owned()).collect(),
            values: Vec::new(),
        };
        self.rules.insert(Arc::from(rule), texts);
    }

    /// Takes the texts of a rule after trying them.
    pub(crate) fn take(&mut self, written: &WrittenTexts<'_>, findings: &mut Findings) {
        self.check(written.title, written, As::Text, findings);
        if let Some(means) = written.means {
            self.check(means, written, As::Text, findings);
        }
        for command in written.first {
            if let Some(part) = shell::value_in_quotes(&command.value) {
                findings.push(
                    Finding::error(Code::TemplateFailed, "a value stands inside quotes")
                        .at(&command.part(part), "it is quoted by the program")
                        .help("take the quotes around it away; else its own would end them"),
                );
            }
            self.check(command, written, As::Words, findings);
        }
        let texts = Texts {
            title: written.title.value.clone(),
            means: written
                .means
                .map_or_else(String::new, |means| means.value.clone()),
            first: written
                .first
                .iter()
                .map(|command| command.value.clone())
                .collect(),
            values: written.values(f64::NAN),
        };
        self.rules.insert(Arc::from(written.rule), texts);
    }

    pub(crate) fn build(self) -> Titles {
        Titles {
            environment: Arc::new(self.environment),
            rules: Arc::new(self.rules),
        }
    }

    fn check(
        &self,
        template: &Spanned<String>,
        written: &WrittenTexts<'_>,
        as_what: As,
        findings: &mut Findings,
    ) {
        if template.value.len() > TEMPLATE_BYTES_MAX {
            let message = format!("a template has at most {TEMPLATE_BYTES_MAX} bytes");
            findings.push(Finding::error(Code::TooLarge, message).at(&template.place, ""));
            return;
        }
        let parsed = match self.environment.template_from_str(&template.value) {
            Ok(parsed) => parsed,
            Err(error) => {
                findings.push(self.finding(template, &error));
                return;
            }
        };
        let used = self.used(parsed.undeclared_variables(false));
        let mut is_known = true;
        for name in &used {
            is_known &= self.check_name(name, template, written, findings);
        }
        if !is_known {
            return;
        }
        let values = written.values(0.5);
        let attributes: Labels = written
            .attributes
            .map_or_else(|| used.clone(), |known| known.iter().cloned().collect())
            .into_iter()
            .map(|name| (name, "x".to_owned()))
            .collect();
        let sighting = Sighting {
            rule: written.rule,
            host: "db-7",
            values: &values,
            attributes: &attributes,
        };
        match parsed.render(context(&sighting, &[], as_what)) {
            Ok(text) if text.trim().is_empty() => findings.push(
                Finding::error(
                    Code::TemplateFailed,
                    "this text is empty when it is rendered",
                )
                .at(&template.place, ""),
            ),
            Ok(_) => {}
            Err(error) => findings.push(self.finding(template, &error)),
        }
    }

    /// The names a template uses that are nobody's but ours to give.
    fn used(&self, names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let given: BTreeSet<&str> = self.environment.globals().map(|(name, _)| name).collect();
        names
            .into_iter()
            .filter(|name| !given.contains(name.as_str()))
            .collect()
    }

    fn check_name(
        &self,
        name: &str,
        template: &Spanned<String>,
        written: &WrittenTexts<'_>,
        findings: &mut Findings,
    ) -> bool {
        let Some(attributes) = written.attributes else {
            return true;
        };
        // `cpu.mode` is looked up as `cpu`.
        let roots = attributes
            .iter()
            .map(|name| name.split('.').next().unwrap_or(name));
        let params = written.params.iter().map(|(name, _)| name.as_str());
        let values = written.measured.iter().map(String::as_str).chain(params);
        let known: Vec<&str> = values.chain(roots).chain(["host", "rule"]).collect();
        if known.contains(&name) {
            return true;
        }
        let message = format!("this template is not given {}", quoted(name));
        let place = template.value.find(name).map_or_else(
            || template.place.clone(),
            |at| template.part(at..at + name.len()),
        );
        let finding = Finding::error(Code::TemplateUnknownName, message).at(&place, "");
        findings.push(match nearest(name, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean {near}?")),
            None => finding.help(format!("there are {}", known.join(", "))),
        });
        false
    }

    fn finding(&self, template: &Spanned<String>, error: &Error) -> Finding {
        let code = match error.kind() {
            ErrorKind::SyntaxError => Code::TemplateSyntax,
            ErrorKind::UndefinedError => Code::TemplateUnknownName,
            _ => Code::TemplateFailed,
        };
        let place = error
            .range()
            .map_or_else(|| template.place.clone(), |part| template.part(part));
        let why = error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned);
        let finding = Finding::error(code, format!("this template fails: {why}")).at(&place, "");
        match error.kind() {
            ErrorKind::UnknownFilter => finding.help(format!(
                "filters for numbers are {}",
                filters::NAMES.join(", ")
            )),
            _ => finding,
        }
    }
}

/// What a template sees: attributes, then what stands for values, then the host.
fn context(sighting: &Sighting<'_>, known: &[(String, f64)], as_what: As) -> Value {
    let worded = |text: &str| match as_what {
        As::Text => Value::from(text),
        As::Words => Value::from(shell::quoted(text)),
    };
    let mut names = Nested::default();
    for (name, value) in sighting.attributes.iter() {
        names.put(name, worded(value));
    }
    // A name whose value nobody knows is not a number, and reads "unknown".
    for (name, value) in known.iter().chain(sighting.values) {
        names.put(name, Value::from(*value));
    }
    names.put("rule", Value::from(sighting.rule));
    names.put("host", worded(sighting.host));
    names.into_value()
}

/// Names with dots in them, as templates look them up: `cpu.mode` in `cpu`.
#[derive(Default)]
struct Nested {
    leaf: Option<Value>,
    below: BTreeMap<String, Nested>,
}

impl Nested {
    fn put(&mut self, name: &str, value: Value) {
        let place = name.split('.').fold(self, |at, part| {
            at.below.entry(part.to_owned()).or_default()
        });
        place.leaf = Some(value);
    }

    fn into_value(self) -> Value {
        match self.leaf {
            Some(leaf) => leaf,
            None => Value::from_pairs(
                self.below
                    .into_iter()
                    .map(|(name, nested)| (name, nested.into_value())),
            ),
        }
    }
}

fn fallback(sighting: &Sighting<'_>) -> String {
    let own = sighting.values.first().map(|(_, value)| value);
    let title = match own {
        Some(value) => format!("{}: {value}", sighting.rule),
        None => sighting.rule.to_owned(),
    };
    short_line(&title, limits::TITLE_BYTES_MAX)
}

/// The same text on one line, without control characters, cut where it is too long.
fn short_line(text: &str, bytes_max: usize) -> String {
    let trimmed = one_line(text);
    if trimmed.len() <= bytes_max {
        return trimmed.to_owned();
    }
    let cut = trimmed.floor_char_boundary(bytes_max - '…'.len_utf8());
    format!("{}…", &trimmed[..cut])
}
