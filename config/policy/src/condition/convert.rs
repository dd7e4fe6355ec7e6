//! Checks names and types of a parsed condition, and builds the core's tree.
//!
//! In: CEL's tree. Out: an [`Expression`], in which integer literals have become doubles.
//! Everything wrong is a finding at its place. Knows nothing of how functions are called.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use vedette_config::{Code, Finding, Findings, Place, Spanned, duration, nearest, quoted};
use vedette_triage::detect::{Arithmetic, Comparison, Expression, On, Variable};

use super::functions::usage;
use super::parse::Parsed;
use super::{Interval, Role, Sight};

/// Names that a help lists when none is near.
const LISTED_MAX: usize = 16;

/// Builds the tree of a condition, and says whether a comparison in it is impossible. `None`
/// after pushing at least one error.
pub(super) fn convert(
    parsed: &Parsed<'_>,
    written: &Spanned<String>,
    (role, sight): (Role, &Sight),
    findings: &mut Findings,
) -> Option<(Expression, bool)> {
    let mut conversion = Conversion {
        parsed,
        written,
        role,
        sight,
        findings,
        is_doubtful: false,
    };
    let tree = conversion.truth(&parsed.root)?;
    Some((tree, conversion.is_doubtful))
}

/// What an expression is.
pub(super) enum Typed {
    Number(Number),
    Truth(Expression),
    /// A text in quotes.
    Text(String),
    /// The class or a label of the host.
    Host(String),
    /// Texts in brackets.
    Texts(Vec<String>),
}

pub(super) struct Number {
    pub(super) tree: Expression,
    pub(super) within: Interval,
    /// Whether anything measured is in it.
    pub(super) is_measured: bool,
}

/// A conversion under way.
pub(super) struct Conversion<'a> {
    parsed: &'a Parsed<'a>,
    written: &'a Spanned<String>,
    pub(super) role: Role,
    pub(super) sight: &'a Sight,
    findings: &'a mut Findings,
    pub(super) is_doubtful: bool,
}

impl Conversion<'_> {
    pub(super) fn place(&self, expression: &IdedExpr) -> Place {
        self.written.part(self.parsed.part(expression))
    }

    pub(super) fn text(&self, expression: &IdedExpr) -> &str {
        self.parsed.text(self.parsed.part(expression))
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Pushes an error about an expression; always `None`.
    pub(super) fn refuse<T>(
        &mut self,
        code: Code,
        message: &str,
        at: &IdedExpr,
        help: &str,
    ) -> Option<T> {
        let place = self.place(at);
        let finding = Finding::error(code, message).at(&place, "");
        self.push(if help.is_empty() {
            finding
        } else {
            finding.help(help)
        });
        None
    }

    pub(super) fn truth(&mut self, expression: &IdedExpr) -> Option<Expression> {
        match self.typed(expression)? {
            Typed::Truth(tree) => Some(tree),
            Typed::Number(_) => self.refuse(
                Code::ConditionType,
                "a number is neither true nor false",
                expression,
                "compare it with something: value > 0.9",
            ),
            Typed::Text(_) | Typed::Host(_) | Typed::Texts(_) => self.refuse(
                Code::ConditionType,
                "a text is neither true nor false",
                expression,
                "compare it with something: host.class == \"server\"",
            ),
        }
    }

    pub(super) fn number(&mut self, expression: &IdedExpr) -> Option<Number> {
        match self.typed(expression)? {
            Typed::Number(number) => Some(number),
            Typed::Truth(_) => self.refuse(
                Code::ConditionType,
                "a number must stand here, and this is true or false",
                expression,
                "",
            ),
            Typed::Text(text) => {
                let help = if duration::parse(&text).is_ok() || text.ends_with('B') {
                    "put sizes and durations into `params`: params = { limit = \"20GiB\" }"
                } else {
                    "only numbers are compared with <, > and calculated with"
                };
                let message = "a number must stand here, and this is a text";
                self.refuse(Code::ConditionType, message, expression, help)
            }
            Typed::Host(_) | Typed::Texts(_) => self.refuse(
                Code::ConditionType,
                "a number must stand here, and this is a text",
                expression,
                "",
            ),
        }
    }

    fn typed(&mut self, expression: &IdedExpr) -> Option<Typed> {
        match &expression.expr {
            Expr::Literal(literal) => self.literal(literal, expression),
            Expr::Ident(name) => self.name(name, expression),
            Expr::Select(select) if !select.test => self.select(expression),
            Expr::Call(call) => self.call(call, expression),
            Expr::List(list) => {
                let mut texts = Vec::new();
                for element in &list.elements {
                    match self.typed(element)? {
                        Typed::Text(text) => texts.push(text),
                        Typed::Number(_) | Typed::Truth(_) | Typed::Host(_) | Typed::Texts(_) => {
                            let message = "a list holds texts in quotes";
                            return self.refuse(Code::ConditionType, message, element, "");
                        }
                    }
                }
                Some(Typed::Texts(texts))
            }
            Expr::Unspecified
            | Expr::Select(_)
            | Expr::Comprehension(_)
            | Expr::Map(_)
            | Expr::Struct(_) => self.refuse(
                Code::ConditionSyntax,
                "this part of CEL is not read in conditions",
                expression,
                "conditions compare and calculate; see the list of functions in the manual",
            ),
        }
    }

    fn literal(&mut self, literal: &LiteralValue, at: &IdedExpr) -> Option<Typed> {
        let number = match literal {
            LiteralValue::Boolean(holds) => return Some(Typed::Truth(Expression::Truth(**holds))),
            LiteralValue::String(text) => return Some(Typed::Text(text.inner().to_owned())),
            LiteralValue::Double(number) => **number,
            // Exact up to 2^53; nobody compares with more.
            #[allow(clippy::cast_precision_loss)]
            LiteralValue::Int(number) => **number as f64,
            LiteralValue::Bytes(_) | LiteralValue::Null | LiteralValue::UInt(_) => {
                let message = "this is neither a number nor a text";
                return self.refuse(Code::ConditionType, message, at, "");
            }
        };
        Some(Typed::Number(Number {
            tree: Expression::Number(number),
            within: Interval::point(number),
            is_measured: false,
        }))
    }

    fn name(&mut self, name: &str, at: &IdedExpr) -> Option<Typed> {
        if let Some(variable) = self.sight.names.find(name) {
            return Some(Typed::Number(self.variable(variable)));
        }
        let message = format!("{} is not a name this condition can see", quoted(name));
        let help = self.instead(name);
        self.refuse(Code::ConditionUnknownName, &message, at, &help)
    }

    fn variable(&self, variable: Variable) -> Number {
        Number {
            tree: Expression::Variable(variable),
            within: self.sight.within(variable),
            is_measured: !self.sight.names.is_parameter(variable),
        }
    }

    /// What somebody probably meant by a name that is not there.
    fn instead(&self, name: &str) -> String {
        if let Some(usage) = usage(name) {
            return format!("write {usage}");
        }
        if self.sight.attributes.iter().any(|known| known == name) {
            return format!("choose series by attributes: where = ['{name}=\"...\"']");
        }
        let known = self.sight.names.iter().filter(|known| !known.is_empty());
        let words = known.clone().chain(["host.class", "host.labels"]);
        if let Some(near) = nearest(name, words) {
            return format!("did you mean {near}?");
        }
        let listed: Vec<&str> = known.take(LISTED_MAX).collect();
        match (&self.sight.on, listed.is_empty()) {
            (On::Event(_), true) => "an event has no value; write count(\"15m\") > 0".to_owned(),
            (On::Event(_) | On::Metric(_) | On::Host, _) => {
                format!("there are {} and host", listed.join(", "))
            }
        }
    }

    /// `host.class`, `host.labels.site`.
    fn select(&mut self, expression: &IdedExpr) -> Option<Typed> {
        match path(expression).as_deref() {
            Some(["host", "class"]) => Some(Typed::Host("class".to_owned())),
            Some(["host", "labels", label]) => Some(Typed::Host((*label).to_owned())),
            Some(["host", ..]) => {
                let message = format!("a host has no {}", quoted(self.text(expression)));
                let help = "there are host.class and host.labels[\"site\"]";
                self.refuse(Code::ConditionUnknownName, &message, expression, help)
            }
            Some(_) | None => {
                let message = format!(
                    "{} is not a name this condition can see",
                    quoted(self.text(expression))
                );
                let help = "give the other metric a short name: with = { free = \"system.filesystem.available\" }";
                self.refuse(Code::ConditionUnknownName, &message, expression, help)
            }
        }
    }

    fn call(&mut self, call: &CallExpr, at: &IdedExpr) -> Option<Typed> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, [left, right]) => self.both(left, right, Expression::And),
            (operators::LOGICAL_OR, [left, right]) => self.both(left, right, Expression::Or),
            (operators::LOGICAL_NOT, [inner]) => {
                let inner = self.truth(inner)?;
                Some(Typed::Truth(Expression::Not(Box::new(inner))))
            }
            (operators::NEGATE, [inner]) => {
                let inner = self.number(inner)?;
                Some(Typed::Number(Number {
                    tree: Expression::Negative(Box::new(inner.tree)),
                    within: inner.within.negative(),
                    ..inner
                }))
            }
            (operators::CONDITIONAL, [condition, then, otherwise]) => {
                self.choice(condition, then, otherwise)
            }
            (operators::INDEX, [target, index]) => self.label(target, index, at),
            (operators::IN, [left, right]) => self.is_in(left, right, at),
            (name, [left, right]) if comparison(name).is_some() => {
                self.compare(comparison(name)?, left, right, at)
            }
            (name, [left, right]) if arithmetic(name).is_some() => {
                let what = arithmetic(name)?;
                // Both sides are looked at, so that both can be wrong.
                let (left, right) = (self.number(left), self.number(right));
                let (left, right) = (left?, right?);
                Some(Typed::Number(Number {
                    within: left.within.calculated(what, right.within),
                    is_measured: left.is_measured || right.is_measured,
                    tree: Expression::Arithmetic(what, Box::new(left.tree), Box::new(right.tree)),
                }))
            }
            (name, _) => self.function(name, call, at),
        }
    }

    fn both(
        &mut self,
        left: &IdedExpr,
        right: &IdedExpr,
        join: fn(Box<Expression>, Box<Expression>) -> Expression,
    ) -> Option<Typed> {
        let (left, right) = (self.truth(left), self.truth(right));
        Some(Typed::Truth(join(Box::new(left?), Box::new(right?))))
    }

    fn choice(
        &mut self,
        condition: &IdedExpr,
        then: &IdedExpr,
        otherwise: &IdedExpr,
    ) -> Option<Typed> {
        let condition = self.truth(condition);
        let (left, right) = (self.typed(then), self.typed(otherwise));
        let condition = Box::new(condition?);
        match (left?, right?) {
            (Typed::Number(left), Typed::Number(right)) => Some(Typed::Number(Number {
                within: left.within.or(right.within),
                is_measured: left.is_measured || right.is_measured,
                tree: Expression::If(condition, Box::new(left.tree), Box::new(right.tree)),
            })),
            (Typed::Truth(left), Typed::Truth(right)) => Some(Typed::Truth(Expression::If(
                condition,
                Box::new(left),
                Box::new(right),
            ))),
            (_, _) => {
                let message = "both sides of : must be numbers, or both true or false";
                self.refuse(Code::ConditionType, message, otherwise, "")
            }
        }
    }

    /// `host.labels["site"]`.
    fn label(&mut self, target: &IdedExpr, index: &IdedExpr, at: &IdedExpr) -> Option<Typed> {
        if path(target).as_deref() != Some(&["host", "labels"]) {
            let message = "only host.labels has [...]";
            return self.refuse(Code::ConditionType, message, at, "");
        }
        match self.typed(index)? {
            Typed::Text(label) => Some(Typed::Host(label)),
            Typed::Number(_) | Typed::Truth(_) | Typed::Host(_) | Typed::Texts(_) => {
                let message = "a label's name is a text in quotes";
                self.refuse(Code::ConditionType, message, index, "")
            }
        }
    }

    fn is_in(&mut self, left: &IdedExpr, right: &IdedExpr, at: &IdedExpr) -> Option<Typed> {
        match (self.typed(left)?, self.typed(right)?) {
            (Typed::Host(label), Typed::Texts(values)) => {
                let any = values
                    .into_iter()
                    .map(|value| Expression::HostIs {
                        label: label.clone(),
                        value,
                    })
                    .reduce(|any, one| Expression::Or(Box::new(any), Box::new(one)))
                    .unwrap_or(Expression::Truth(false));
                Some(Typed::Truth(any))
            }
            (_, _) => self.refuse(
                Code::ConditionType,
                "`in` asks whether a label of the host is one of several texts",
                at,
                "write it like host.labels[\"site\"] in [\"hq\", \"graz\"]",
            ),
        }
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &IdedExpr,
        right: &IdedExpr,
        at: &IdedExpr,
    ) -> Option<Typed> {
        let (first, second) = (self.typed(left), self.typed(right));
        let tree = match (first?, second?) {
            (Typed::Number(first), Typed::Number(second)) => {
                self.check_reach(comparison, (&first, left), (&second, right), at);
                Expression::Compare(comparison, Box::new(first.tree), Box::new(second.tree))
            }
            (Typed::Host(label), Typed::Text(value)) | (Typed::Text(value), Typed::Host(label)) => {
                let is = Expression::HostIs { label, value };
                match comparison {
                    Comparison::Equal => is,
                    Comparison::NotEqual => Expression::Not(Box::new(is)),
                    Comparison::Less
                    | Comparison::LessOrEqual
                    | Comparison::Greater
                    | Comparison::GreaterOrEqual => {
                        let message = "texts are compared with == and != only";
                        return self.refuse(Code::ConditionType, message, at, "");
                    }
                }
            }
            (first, second) => {
                let message = format!(
                    "{} cannot be compared with {}",
                    first.called(),
                    second.called()
                );
                return self.refuse(Code::ConditionType, &message, at, first.way_out(&second));
            }
        };
        Some(Typed::Truth(tree))
    }
}

impl Typed {
    fn called(&self) -> &'static str {
        match self {
            Typed::Number(_) => "a number",
            Typed::Truth(_) => "a true or false",
            Typed::Text(_) => "a text",
            Typed::Host(_) => "a label of the host",
            Typed::Texts(_) => "a list",
        }
    }

    fn way_out(&self, other: &Typed) -> &'static str {
        match (self, other) {
            (Typed::Number(_), Typed::Text(_)) | (Typed::Text(_), Typed::Number(_)) => {
                "put sizes and durations into `params`: params = { limit = \"20GiB\" }"
            }
            (Typed::Truth(_), _) | (_, Typed::Truth(_)) => {
                "a comparison is true or false already; join them with && and ||"
            }
            (Typed::Host(_), Typed::Texts(_)) => "write `in` instead",
            (_, _) => "",
        }
    }
}

/// The words of `a.b.c`.
fn path(expression: &IdedExpr) -> Option<Vec<&str>> {
    match &expression.expr {
        Expr::Ident(name) => Some(vec![name]),
        Expr::Select(select) if !select.test => {
            let mut words = path(&select.operand)?;
            words.push(&select.field);
            Some(words)
        }
        _ => None,
    }
}

fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::LessOrEqual,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        _ => return None,
    })
}

fn arithmetic(operator: &str) -> Option<Arithmetic> {
    Some(match operator {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        operators::MODULO => Arithmetic::Remainder,
        _ => return None,
    })
}
