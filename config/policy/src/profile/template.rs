//! Keeps the small language of profiles: templates, expressions, and JSON made of them.
//!
//! minijinja with strict undefined and bounded fuel. A text leaf is a template; a
//! text that begins with `= ` is an expression and keeps its type, so that numbers
//! stay numbers; an expression that gives `none` leaves its key out.
//! Knows nothing of requests or deliveries.

use std::fmt;
use std::sync::OnceLock;

use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use serde_json::Value as Json;

use super::filter;

/// Instructions one template may execute; a runaway loop ends here.
const FUEL: u64 = 200_000;
/// Bytes of one rendered text; what is longer fails.
pub(super) const TEXT_BYTES_MAX: usize = 256 * 1024;

/// A text with `{{ }}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
}

/// An expression, as between `{{` and `}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    source: String,
}

/// JSON whose texts are templates or expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A number or a boolean, as it is.
    Fixed(Json),
    /// A text.
    Template(Template),
    /// A value that keeps its type; `none` leaves its key out.
    Expression(Expression),
    /// A list.
    List(Vec<Shape>),
    /// An object, in the order of the file; keys are templates, too.
    Object(Vec<(Template, Shape)>),
}

/// Why a template gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// A sentence.
    pub why: String,
    /// Whether it can never work: it is not a template at all.
    pub is_syntax: bool,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.why)
    }
}

impl std::error::Error for TemplateError {}

impl Template {
    /// A template.
    ///
    /// # Errors
    /// When it cannot be parsed.
    pub fn new(source: impl Into<String>) -> Result<Template, TemplateError> {
        let source = source.into();
        environment().template_from_str(&source).map_err(shown)?;
        Ok(Template { source })
    }

    /// What was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The text it makes of a context.
    ///
    /// # Errors
    /// When it names what is not there, prints what has no value, runs too long or grows too large.
    pub fn render(&self, context: &Value) -> Result<String, TemplateError> {
        let text = environment()
            .render_str(&self.source, context.clone())
            .map_err(shown)?;
        bounded(text)
    }
}

impl Expression {
    /// An expression.
    ///
    /// # Errors
    /// When it cannot be parsed.
    pub fn new(source: impl Into<String>) -> Result<Expression, TemplateError> {
        let source = source.into();
        environment()
            .compile_expression_owned(source.as_str())
            .map_err(shown)?;
        Ok(Expression { source })
    }

    /// What was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its value in a context, as JSON.
    ///
    /// # Errors
    /// When it names what is not there or cannot be JSON.
    pub fn json(&self, context: &Value) -> Result<Json, TemplateError> {
        let value = self.value(context)?;
        if value.is_undefined() {
            return Err(failed(format!("`{}` is not there", self.source)));
        }
        let mut json = serde_json::to_value(&value).map_err(|error| failed(error.to_string()))?;
        leave_out_nulls(&mut json);
        Ok(json)
    }

    /// Whether it holds in a context.
    ///
    /// # Errors
    /// When it names what is not there.
    pub fn holds(&self, context: &Value) -> Result<bool, TemplateError> {
        Ok(self.value(context)?.is_true())
    }

    fn value(&self, context: &Value) -> Result<Value, TemplateError> {
        environment()
            .compile_expression_owned(self.source.as_str())
            .and_then(|expression| expression.eval(context.clone()))
            .map_err(shown)
    }
}

impl Shape {
    /// The JSON it makes. A leaf that fails is handed to `instead`, which says what stands there;
    /// `None` leaves the key out.
    pub fn render(
        &self,
        context: &Value,
        instead: &mut dyn FnMut(&Shape, TemplateError) -> Option<Json>,
    ) -> Option<Json> {
        match self {
            Shape::Fixed(value) => Some(value.clone()),
            Shape::Template(template) => match template.render(context) {
                Ok(text) => Some(Json::String(text)),
                Err(error) => instead(self, error),
            },
            Shape::Expression(expression) => match expression.json(context) {
                Ok(Json::Null) => None,
                Ok(value) => Some(value),
                Err(error) => instead(self, error),
            },
            Shape::List(shapes) => Some(Json::Array(
                shapes
                    .iter()
                    .filter_map(|shape| shape.render(context, instead))
                    .collect(),
            )),
            Shape::Object(entries) => Some(Json::Object(
                entries
                    .iter()
                    .filter_map(|(key, shape)| match key.render(context) {
                        Ok(key) => Some((key, shape.render(context, instead)?)),
                        Err(error) => {
                            // Without its name a value says nothing.
                            instead(&Shape::Object(Vec::new()), error);
                            None
                        }
                    })
                    .collect(),
            )),
        }
    }
}

/// What has no value has no key either.
fn leave_out_nulls(json: &mut Json) {
    match json {
        Json::Object(entries) => {
            entries.retain(|_, value| !value.is_null());
            entries.values_mut().for_each(leave_out_nulls);
        }
        Json::Array(values) => values.iter_mut().for_each(leave_out_nulls),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The one environment: nothing in it ever changes.
fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        // "none" never reaches a person: what has no value is a mistake of the template.
        environment.set_formatter(|out, state, value| match value.kind() {
            ValueKind::None => Err(Error::new(
                ErrorKind::InvalidOperation,
                "this has no value here; ask for it with `if`, or give a `default`",
            )),
            _ => minijinja::escape_formatter(out, state, value),
        });
        filter::add_to(&mut environment);
        environment
    })
}

fn bounded(text: String) -> Result<String, TemplateError> {
    if text.len() <= TEXT_BYTES_MAX {
        return Ok(text);
    }
    Err(failed(format!("it makes more than {TEXT_BYTES_MAX} bytes")))
}

fn failed(why: String) -> TemplateError {
    TemplateError {
        why,
        is_syntax: false,
    }
}

fn shown(error: Error) -> TemplateError {
    // The detail says what; the kind alone ("undefined value") says nothing a person can use.
    let why = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    TemplateError {
        why,
        is_syntax: error.kind() == ErrorKind::SyntaxError,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use minijinja::context;

    use super::*;

    #[test]
    fn a_template_makes_text_and_an_expression_keeps_its_type() {
        check("= number", "7");
        check("= list", r#"["a","b"]"#);
        check("{{ number }}", r#""7""#);
        check("= text | number", "12");
        check("= none", "left out");
    }

    #[test]
    fn what_is_not_there_is_not_empty_but_a_failure() {
        check("{{ absent }}", "failed");
        check("= absent", "failed");
        check("{{ map.absent }}", "failed");
    }

    #[test]
    fn what_has_no_value_is_not_printed_as_none() {
        check("{{ nothing }}", "failed");
        check("{{ nothing or 'nobody' }}", r#""nobody""#);
    }

    #[test]
    fn a_template_that_never_ends_is_ended() {
        check(
            "{% for a in range(90000) %}{{ a * 2 - a }}{% endfor %}",
            "failed",
        );
    }

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let context = context! { number => 7, text => "12", list => ["a", "b"], map => context!{}, nothing => () };
        let shape = match source.strip_prefix("= ") {
            Some(expression) => Shape::Expression(Expression::new(expression).unwrap()),
            None => Shape::Template(Template::new(source).unwrap()),
        };
        let mut has_failed = false;
        let made = shape.render(&context, &mut |_, _| {
            has_failed = true;
            None
        });
        let shown = match made {
            Some(value) => value.to_string(),
            None if has_failed => "failed".to_owned(),
            None => "left out".to_owned(),
        };
        assert_eq!(shown, expected, "{source}");
    }
}
