//! Decides whether a condition holds: an [`Expression`] compiled to closures over doubles.
//!
//! In: a tree, then a [`Scope`] per evaluation. Out: a [`Truth`]. NaN is the
//! unknown number. Knows nothing of hosts, durations of holding, or severities.

use std::fmt;
use std::time::Duration;

use super::scope::{MadeUp, Sources, UsualNeed};
use super::{
    Aggregate, Arithmetic, Comparison, Expression, Fault, Keeps, Need, Scope, Truth, Variable,
    limits,
};

type NumberOf = Box<dyn Fn(&Scope<'_>) -> f64 + Send + Sync>;
type TruthOf = Box<dyn Fn(&Scope<'_>) -> Truth + Send + Sync>;

/// A compiled condition.
pub struct Condition {
    source: String,
    /// What it was compiled from, for whoever asks why it does not hold.
    expression: Expression,
    holds: TruthOf,
    /// The conditions inside `n_of`, in the order of the text.
    n_of: Vec<NOf>,
    windows: Vec<Need>,
    baselines: Vec<UsualNeed>,
    variables: Vec<Variable>,
    looks_for_absence: bool,
}

struct NOf {
    of: u32,
    holds: TruthOf,
}

/// What the last observations of one `n_of` were; the newest in the lowest bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    held: u64,
    did_not: u64,
}

impl Condition {
    /// Compiles a tree; `source` is the text people see.
    pub fn compile(expression: &Expression, source: &str) -> Result<Condition, Fault> {
        let mut compiler = Compiler::default();
        let holds = compiler.truth(expression, 0)?;
        compiler.windows.sort_unstable();
        compiler.windows.dedup();
        compiler.baselines.sort_unstable();
        compiler.baselines.dedup();
        compiler.variables.sort_unstable();
        compiler.variables.dedup();
        Ok(Condition {
            source: source.to_owned(),
            expression: expression.clone(),
            holds,
            n_of: compiler.n_of,
            windows: compiler.windows,
            baselines: compiler.baselines,
            variables: compiler.variables,
            looks_for_absence: compiler.looks_for_absence,
        })
    }

    /// Whether it holds in this scope.
    pub fn holds(&self, scope: &Scope<'_>) -> Truth {
        (self.holds)(scope)
    }

    /// The text it was written as.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it was compiled from.
    pub(super) fn expression(&self) -> &Expression {
        &self.expression
    }

    /// The windows it looks at, sorted.
    pub fn windows(&self) -> &[Need] {
        &self.windows
    }

    /// What it must know the usual of, sorted.
    pub(crate) fn baselines(&self) -> &[UsualNeed] {
        &self.baselines
    }

    /// The variables it names, windows included, sorted.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Whether it can hold because something is not there.
    pub(crate) fn looks_for_absence(&self) -> bool {
        self.looks_for_absence
    }

    /// Whether it must be shown every observation, because it counts them.
    pub(crate) fn counts_observations(&self) -> bool {
        !self.n_of.is_empty()
    }

    /// How many memories it has.
    pub(crate) fn memories(&self) -> usize {
        self.n_of.len()
    }

    /// Takes one observation into the memories of its `n_of`, of which there are as many.
    pub(crate) fn remember(&self, scope: &Scope<'_>, memories: &mut [Memory]) {
        for (n_of, memory) in self.n_of.iter().zip(memories) {
            memory.push((n_of.holds)(scope), n_of.of);
        }
    }
}

/// What a part of a condition is worth here; NaN if that is not known.
pub(super) fn number(part: &Expression, scope: &Scope<'_>) -> f64 {
    let compiled = Compiler::default().number(part, 0);
    compiled.map_or(f64::NAN, |number| number(scope))
}

/// Whether a part of a condition holds here. What counts observations is not known: the memories
/// of a scope are those of whole conditions.
pub(super) fn truth(part: &Expression, scope: &Scope<'_>) -> Truth {
    let compiled = Compiler::default().truth(part, 0);
    compiled.map_or(Truth::Unknown, |holds| holds(&scope.with_memories(&[])))
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Memory {
    fn push(&mut self, truth: Truth, of: u32) {
        let kept = u64::MAX >> (u64::BITS - of.clamp(1, u64::BITS));
        self.held = (self.held << 1 | u64::from(truth == Truth::True)) & kept;
        self.did_not = (self.did_not << 1 | u64::from(truth == Truth::False)) & kept;
    }

    /// What was not seen may have been either.
    fn holds(self, at_least: u32, of: u32) -> Truth {
        if self.held.count_ones() >= at_least {
            Truth::True
        } else if of - self.did_not.count_ones() < at_least {
            Truth::False
        } else {
            Truth::Unknown
        }
    }
}

#[derive(Default)]
struct Compiler {
    nodes: usize,
    in_n_of: bool,
    n_of: Vec<NOf>,
    windows: Vec<Need>,
    baselines: Vec<UsualNeed>,
    variables: Vec<Variable>,
    looks_for_absence: bool,
}

impl Compiler {
    fn enter(&mut self, depth: usize) -> Result<usize, Fault> {
        self.nodes += 1;
        if depth >= limits::DEPTH_MAX {
            Err(Fault::TooDeep)
        } else if self.nodes > limits::NODES_MAX {
            Err(Fault::TooLarge)
        } else {
            Ok(depth + 1)
        }
    }

    fn need(&mut self, of: Variable, over: Duration, keeps: Keeps) -> Result<Need, Fault> {
        if over < Duration::from_millis(1) || over > limits::WINDOW_MAX {
            return Err(Fault::Window(over));
        }
        let need = Need { of, over, keeps };
        self.windows.push(need);
        self.variables.push(of);
        Ok(need)
    }

    fn usual(&mut self, of: Variable, days: u32) -> Result<UsualNeed, Fault> {
        if !(limits::BASELINE_DAYS_MIN..=limits::BASELINE_DAYS_MAX).contains(&days) {
            return Err(Fault::Days(days));
        }
        let need = UsualNeed { of, days };
        self.baselines.push(need);
        self.variables.push(of);
        Ok(need)
    }

    fn truth(&mut self, expression: &Expression, depth: usize) -> Result<TruthOf, Fault> {
        let depth = self.enter(depth)?;
        Ok(match expression {
            Expression::Truth(holds) => {
                let holds = Truth::from(*holds);
                Box::new(move |_| holds)
            }
            Expression::Compare(comparison, left, right) => {
                return self.compare(*comparison, left, right, depth);
            }
            Expression::And(left, right) => {
                let (left, right) = (self.truth(left, depth)?, self.truth(right, depth)?);
                Box::new(move |scope| match left(scope) {
                    Truth::False => Truth::False,
                    left @ (Truth::True | Truth::Unknown) => left.and(right(scope)),
                })
            }
            Expression::Or(left, right) => {
                let (left, right) = (self.truth(left, depth)?, self.truth(right, depth)?);
                Box::new(move |scope| match left(scope) {
                    Truth::True => Truth::True,
                    left @ (Truth::False | Truth::Unknown) => left.or(right(scope)),
                })
            }
            Expression::Not(inner) => {
                let inner = self.truth(inner, depth)?;
                Box::new(move |scope| inner(scope).negated())
            }
            Expression::If(condition, then, otherwise) => {
                let condition = self.truth(condition, depth)?;
                let (then, otherwise) = (self.truth(then, depth)?, self.truth(otherwise, depth)?);
                Box::new(move |scope| match condition(scope) {
                    Truth::True => then(scope),
                    Truth::False => otherwise(scope),
                    Truth::Unknown => Truth::Unknown,
                })
            }
            Expression::Changed { of, over } => {
                let need = self.need(*of, *over, Keeps::Change)?;
                Box::new(move |scope| match scope.recent(need.of) {
                    Ok(recent) => recent.changed(need.over, scope.now),
                    Err(MadeUp(functions)) => known(functions, functions != 0.0),
                })
            }
            Expression::Absent { of, over } => {
                let (of, over) = (*of, *over);
                self.variables.push(of);
                self.looks_for_absence = true;
                Box::new(move |scope| scope.absent(of, over))
            }
            Expression::NOf {
                at_least,
                of,
                condition,
            } => return self.n_of(*at_least, *of, condition, depth),
            Expression::HostIs { label, value } => {
                let (label, value) = (label.clone(), value.clone());
                Box::new(move |scope| (scope.host.get(&label).unwrap_or("") == value).into())
            }
            Expression::Number(_)
            | Expression::Variable(_)
            | Expression::Negative(_)
            | Expression::Arithmetic(..)
            | Expression::Known(..)
            | Expression::Aggregate { .. }
            | Expression::Forecast { .. }
            | Expression::TimeTo { .. }
            | Expression::Anomaly { .. } => {
                return Err(Fault::TruthNeeded {
                    found: kind(expression),
                });
            }
        })
    }

    fn n_of(
        &mut self,
        at_least: u32,
        of: u32,
        condition: &Expression,
        depth: usize,
    ) -> Result<TruthOf, Fault> {
        if at_least < 1 || at_least > of || of > limits::N_OF_MAX {
            return Err(Fault::NOfCount { at_least, of });
        }
        if std::mem::replace(&mut self.in_n_of, true) {
            return Err(Fault::NOfInNOf);
        }
        let holds = self.truth(condition, depth)?;
        // The same condition once more: one copy is shown each observation, the other stands in
        // for the memory in a trial, where nothing was observed.
        let nodes = self.nodes;
        let in_trial = self.truth(condition, depth)?;
        self.nodes = nodes;
        self.in_n_of = false;
        let at = self.n_of.len();
        self.n_of.push(NOf { of, holds });
        Ok(Box::new(move |scope| match scope.sources {
            Sources::MadeUp(_) => in_trial(scope),
            Sources::Measured(_) => scope
                .memories
                .get(at)
                .map_or(Truth::Unknown, |memory| memory.holds(at_least, of)),
        }))
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &Expression,
        right: &Expression,
        depth: usize,
    ) -> Result<TruthOf, Fault> {
        if let Some(counted) = self.compare_count(comparison, left, right, depth)? {
            return Ok(counted);
        }
        // By far the most frequent shape gets no closure inside the closure.
        if let (Expression::Variable(left), Expression::Variable(right)) = (left, right) {
            let (left, right) = (*left, *right);
            self.nodes += 2;
            self.variables.extend([left, right]);
            return Ok(Box::new(move |scope| {
                compared(comparison, scope.value(left), scope.value(right))
            }));
        }
        let (left, right) = (self.number(left, depth)?, self.number(right, depth)?);
        Ok(Box::new(move |scope| {
            compared(comparison, left(scope), right(scope))
        }))
    }

    /// `count("15m") > 0` is known as soon as one was seen, however long the window was watched;
    /// without this an event soon after a restart would be told a quarter of an hour late.
    fn compare_count(
        &mut self,
        comparison: Comparison,
        left: &Expression,
        right: &Expression,
        depth: usize,
    ) -> Result<Option<TruthOf>, Fault> {
        let (comparison, of, over, other) = match (left, right) {
            (
                Expression::Aggregate {
                    function: Aggregate::Count,
                    of,
                    over,
                },
                other,
            ) => (comparison, *of, *over, other),
            (
                other,
                Expression::Aggregate {
                    function: Aggregate::Count,
                    of,
                    over,
                },
            ) => (comparison.flipped(), *of, *over, other),
            _ => return Ok(None),
        };
        self.nodes += 1;
        let need = self.need(of, over, Keeps::Means)?;
        let other = self.number(other, depth)?;
        Ok(Some(Box::new(move |scope| {
            let limit = other(scope);
            let count = match scope.count(need) {
                Ok(count) => count,
                Err(MadeUp(functions)) => return compared(comparison, functions, limit),
            };
            let now = compared(comparison, count.seen, limit);
            // More can only come to light: what more of them would not change is known.
            let ever = compared(comparison, f64::INFINITY, limit);
            let settled = match comparison {
                Comparison::Equal | Comparison::NotEqual => count.seen > limit,
                Comparison::Less
                | Comparison::LessOrEqual
                | Comparison::Greater
                | Comparison::GreaterOrEqual => now == ever,
            };
            if count.complete || settled {
                now
            } else {
                Truth::Unknown
            }
        })))
    }

    fn number(&mut self, expression: &Expression, depth: usize) -> Result<NumberOf, Fault> {
        let depth = self.enter(depth)?;
        Ok(match expression {
            Expression::Number(number) => {
                let number = *number;
                Box::new(move |_| number)
            }
            Expression::Variable(variable) => {
                let variable = *variable;
                self.variables.push(variable);
                Box::new(move |scope| scope.value(variable))
            }
            Expression::Negative(inner) => {
                let inner = self.number(inner, depth)?;
                Box::new(move |scope| -inner(scope))
            }
            Expression::Arithmetic(what, left, right) => {
                let (what, left, right) =
                    (*what, self.number(left, depth)?, self.number(right, depth)?);
                Box::new(move |scope| calculated(what, left(scope), right(scope)))
            }
            Expression::If(condition, then, otherwise) => {
                let condition = self.truth(condition, depth)?;
                let (then, otherwise) = (self.number(then, depth)?, self.number(otherwise, depth)?);
                Box::new(move |scope| match condition(scope) {
                    Truth::True => then(scope),
                    Truth::False => otherwise(scope),
                    Truth::Unknown => f64::NAN,
                })
            }
            Expression::Known(value, otherwise) => {
                let value = self.number(value, depth)?;
                let otherwise = self.number(otherwise, depth)?;
                Box::new(move |scope| {
                    let value = value(scope);
                    if value.is_nan() {
                        otherwise(scope)
                    } else {
                        value
                    }
                })
            }
            Expression::Aggregate { function, of, over } => {
                let function = *function;
                let need = self.need(*of, *over, kept_for(function))?;
                Box::new(move |scope| match scope.aggregate(function, need) {
                    Ok(number) => number,
                    Err(MadeUp(functions)) => made_up(function, scope.value(need.of), functions),
                })
            }
            Expression::Forecast { of, over, ahead } => {
                let (ahead, need) = (*ahead, self.need(*of, *over, Keeps::Line)?);
                Box::new(move |scope| match scope.recent(need.of) {
                    Ok(recent) => recent.forecast(need.over, scope.now, ahead),
                    Err(MadeUp(functions)) => known_number(functions, scope.value(need.of)),
                })
            }
            Expression::TimeTo { of, target, over } => {
                let target = self.number(target, depth)?;
                let need = self.need(*of, *over, Keeps::Line)?;
                Box::new(move |scope| match scope.recent(need.of) {
                    Ok(recent) => recent.time_to(need.over, scope.now, target(scope)),
                    Err(MadeUp(functions)) => functions,
                })
            }
            Expression::Anomaly { of, days } => {
                let need = self.usual(*of, *days)?;
                Box::new(move |scope| match scope.baseline(need) {
                    Ok(baseline) => baseline.deviations(scope.now),
                    Err(MadeUp(functions)) => functions,
                })
            }
            Expression::Truth(_)
            | Expression::Compare(..)
            | Expression::And(..)
            | Expression::Or(..)
            | Expression::Not(_)
            | Expression::Changed { .. }
            | Expression::Absent { .. }
            | Expression::NOf { .. }
            | Expression::HostIs { .. } => {
                return Err(Fault::NumberNeeded {
                    found: kind(expression),
                });
            }
        })
    }
}

/// What must be kept for it.
fn kept_for(function: Aggregate) -> Keeps {
    match function {
        Aggregate::Average | Aggregate::Count => Keeps::Means,
        Aggregate::Minimum => Keeps::Least,
        Aggregate::Maximum => Keeps::Greatest,
        Aggregate::Rate | Aggregate::Increase => Keeps::Rises,
        Aggregate::Last => Keeps::Newest,
    }
}

fn made_up(function: Aggregate, value: f64, functions: f64) -> f64 {
    match function {
        Aggregate::Average | Aggregate::Minimum | Aggregate::Maximum | Aggregate::Last => {
            known_number(functions, value)
        }
        Aggregate::Rate | Aggregate::Increase | Aggregate::Count => functions,
    }
}

/// Without a window there is no function of it, whatever the variable is worth.
fn known_number(functions: f64, value: f64) -> f64 {
    if functions.is_nan() { f64::NAN } else { value }
}

fn known(number: f64, holds: bool) -> Truth {
    if number.is_nan() {
        Truth::Unknown
    } else {
        holds.into()
    }
}

#[allow(clippy::float_cmp)] // rules compare states such as 0 and 1 exactly
fn compared(comparison: Comparison, left: f64, right: f64) -> Truth {
    if left.is_nan() || right.is_nan() {
        return Truth::Unknown;
    }
    Truth::from(match comparison {
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
    })
}

fn calculated(what: Arithmetic, left: f64, right: f64) -> f64 {
    match what {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
    }
}

fn kind(expression: &Expression) -> &'static str {
    match expression {
        Expression::Number(_) => "a number",
        Expression::Variable(_) => "a variable, which is a number",
        Expression::Negative(_) | Expression::Arithmetic(..) => "the result of a calculation",
        Expression::Truth(_) => "true or false",
        Expression::Compare(..) => "a comparison, which is true or false",
        Expression::And(..) | Expression::Or(..) | Expression::Not(_) => {
            "a condition, which is true or false"
        }
        Expression::If(..) | Expression::Known(..) => "a choice",
        Expression::Aggregate { .. } | Expression::Forecast { .. } | Expression::TimeTo { .. } => {
            "a function over a window, which is a number"
        }
        Expression::Anomaly { .. } => "anomaly(), which is a number",
        Expression::Changed { .. } => "changed(), which is true or false",
        Expression::Absent { .. } => "absent(), which is true or false",
        Expression::NOf { .. } => "n_of(), which is true or false",
        Expression::HostIs { .. } => "a comparison of text, which is true or false",
    }
}
