//! Checks calls of functions over a window, and builds the core's tree of them.
//!
//! In: a call in CEL's tree. Out: a number or a truth. To add a function: a row in the
//! table, and an arm below it.

use std::time::Duration;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};
use vedette_config::{Code, duration, nearest, quoted};
use vedette_triage::detect::{Aggregate, Expression, Names, On, Variable, limits};

use super::Interval;
use super::convert::{Conversion, Number, Typed};

const DAY: Duration = Duration::from_secs(86_400);

/// What a function does with a window.
#[derive(Debug, Clone, Copy)]
enum Function {
    Aggregate(Aggregate),
    Forecast,
    TimeTo,
    Anomaly,
    Changed,
    Absent,
    NOf,
    Known,
}

/// Every function there is, with how it is written.
const FUNCTIONS: [(&str, Function, &str); 14] = [
    (
        "avg",
        Function::Aggregate(Aggregate::Average),
        "avg(\"5m\")",
    ),
    (
        "min",
        Function::Aggregate(Aggregate::Minimum),
        "min(\"5m\")",
    ),
    (
        "max",
        Function::Aggregate(Aggregate::Maximum),
        "max(\"5m\")",
    ),
    ("rate", Function::Aggregate(Aggregate::Rate), "rate(\"5m\")"),
    (
        "increase",
        Function::Aggregate(Aggregate::Increase),
        "increase(\"5m\")",
    ),
    (
        "count",
        Function::Aggregate(Aggregate::Count),
        "count(\"5m\")",
    ),
    ("last", Function::Aggregate(Aggregate::Last), "last(\"5m\")"),
    ("forecast", Function::Forecast, "forecast(\"6h\", \"24h\")"),
    ("time_to", Function::TimeTo, "time_to(1.0, \"6h\")"),
    ("anomaly", Function::Anomaly, "anomaly(\"7d\")"),
    ("changed", Function::Changed, "changed(\"10m\")"),
    ("absent", Function::Absent, "absent(\"10m\")"),
    ("n_of", Function::NOf, "n_of(3, 5, value > 0.9)"),
    ("known", Function::Known, "known(free, 0.0)"),
];

/// Names that no series or parameter can have.
pub(crate) fn is_taken(name: &str) -> bool {
    const WORDS: [&str; 5] = ["host", "true", "false", "null", "in"];
    WORDS.contains(&name)
        || Names::OF_BASELINE.contains(&name)
        || FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

/// How a function is written, if there is one of this name.
pub(super) fn usage(name: &str) -> Option<&'static str> {
    let known = FUNCTIONS.iter().find(|(known, ..)| *known == name);
    known.map(|(.., usage)| *usage)
}

impl Conversion<'_> {
    /// A call that is no operator.
    pub(super) fn function(&mut self, name: &str, call: &CallExpr, at: &IdedExpr) -> Option<Typed> {
        let Some((_, function, usage)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
            let names = FUNCTIONS.map(|(known, ..)| known);
            let help = match nearest(name, names) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.join(", ")),
            };
            let message = format!("there is no function {}", quoted(name));
            return self.refuse(Code::ConditionUnknownName, &message, at, &help);
        };
        let of = self.of(*function, call, at)?;
        let number = |tree, within| {
            Some(Typed::Number(Number {
                tree,
                within,
                is_measured: true,
            }))
        };
        let wrong = |conversion: &mut Self| {
            let message = format!("{name} is not called like this");
            conversion.refuse(Code::ConditionType, &message, at, &format!("write {usage}"))
        };
        match (function, call.args.as_slice()) {
            (Function::Aggregate(function), [over]) => {
                let (function, over) = (*function, self.window(over)?);
                let tree = Expression::Aggregate { function, of, over };
                number(tree, self.aggregated(function, of))
            }
            (Function::Forecast, [over, ahead]) => {
                let (over, ahead) = (self.window(over), self.length(ahead));
                let (over, ahead) = (over?, ahead?);
                number(Expression::Forecast { of, over, ahead }, Interval::ALL)
            }
            (Function::TimeTo, [target, over]) => {
                let (target, over) = (self.number(target), self.window(over));
                let (target, over) = (Box::new(target?.tree), over?);
                number(Expression::TimeTo { of, target, over }, Interval::POSITIVE)
            }
            (Function::Anomaly, [over]) => {
                let days = self.days(over)?;
                number(Expression::Anomaly { of, days }, Interval::ALL)
            }
            (Function::Changed, [over]) => {
                let over = self.window(over)?;
                Some(Typed::Truth(Expression::Changed { of, over }))
            }
            (Function::Absent, [over]) => {
                let over = self.window(over)?;
                Some(Typed::Truth(Expression::Absent { of, over }))
            }
            (Function::Known, [value, otherwise]) => {
                let (value, otherwise) = (self.number(value), self.number(otherwise));
                let (value, otherwise) = (value?, otherwise?);
                let ends = [value.within, otherwise.within].map(|within| [within.low, within.high]);
                let (value, otherwise) = (Box::new(value.tree), Box::new(otherwise.tree));
                let within = Interval::spanning(&ends.concat());
                number(Expression::Known(value, otherwise), within)
            }
            (Function::NOf, [at_least, of, condition]) => {
                let condition = self.truth(condition);
                let counts = (count(at_least), count(of));
                let (Some(at_least), Some(of)) = counts else {
                    return wrong(self);
                };
                if at_least < 1 || at_least > of || of > limits::N_OF_MAX {
                    let message = format!("{at_least} of {of} is not possible");
                    let help = format!(
                        "write n_of(k, n, ...) with 1 <= k <= n <= {}",
                        limits::N_OF_MAX
                    );
                    return self.refuse(Code::OutOfRange, &message, at, &help);
                }
                let condition = Box::new(condition?);
                Some(Typed::Truth(Expression::NOf {
                    at_least,
                    of,
                    condition,
                }))
            }
            (_, _) => wrong(self),
        }
    }

    /// What a function is over: the rule's own series, or the one before the dot.
    fn of(&mut self, function: Function, call: &CallExpr, at: &IdedExpr) -> Option<Variable> {
        let of = match call.target.as_deref() {
            None => Variable::OWN,
            Some(target) => match self.number(target)?.tree {
                Expression::Variable(of) if !self.sight.names.is_parameter(of) => of,
                _ => {
                    let message = "only what is measured has a window";
                    return self.refuse(Code::ConditionType, message, target, "");
                }
            },
        };
        let message = match (&self.sight.on, function) {
            (_, Function::NOf | Function::Known) | (On::Metric(_), _) => return Some(of),
            (On::Event(_), Function::Aggregate(Aggregate::Count)) => return Some(of),
            (On::Event(_), _) => "of events there is only count(\"15m\")",
            (On::Host, _) => "a rule on the host has no window to look back on",
        };
        self.refuse(Code::ConditionType, message, at, "")
    }

    fn aggregated(&self, function: Aggregate, of: Variable) -> Interval {
        match function {
            Aggregate::Average | Aggregate::Minimum | Aggregate::Maximum | Aggregate::Last => {
                self.sight.within(of)
            }
            Aggregate::Rate | Aggregate::Increase | Aggregate::Count => Interval::POSITIVE,
        }
    }

    fn window(&mut self, expression: &IdedExpr) -> Option<Duration> {
        let over = self.length(expression)?;
        if over < Duration::from_millis(1) || over > limits::WINDOW_MAX {
            let longest = duration::show(limits::WINDOW_MAX);
            let message = format!("a window cannot be {}", duration::show(over));
            let help = format!("it can be up to {longest}");
            return self.refuse(Code::OutOfRange, &message, expression, &help);
        }
        Some(over)
    }

    /// Whole days, as many as a baseline looks back on.
    fn days(&mut self, expression: &IdedExpr) -> Option<u32> {
        let over = self.length(expression)?;
        let (least, most) = (limits::BASELINE_DAYS_MIN, limits::BASELINE_DAYS_MAX);
        let days = (least..=most).find(|days| over == DAY * *days);
        if days.is_none() {
            let shown = duration::show(over);
            let message = format!("what is usual cannot be told from {shown}");
            let help = format!("it can be {least} to {most} whole days");
            return self.refuse(Code::OutOfRange, &message, expression, &help);
        }
        days
    }

    fn length(&mut self, expression: &IdedExpr) -> Option<Duration> {
        let Expr::Literal(LiteralValue::String(text)) = &expression.expr else {
            let message = "a duration in quotes must stand here";
            return self.refuse(
                Code::BadDuration,
                message,
                expression,
                "write it like \"5m\"",
            );
        };
        match duration::parse(text.inner()) {
            Ok(length) => Some(length),
            Err(error) => {
                let message = format!("{} is not a duration", quoted(text.inner()));
                self.refuse(Code::BadDuration, &message, expression, &error.to_string())
            }
        }
    }
}

fn count(expression: &IdedExpr) -> Option<u32> {
    match &expression.expr {
        Expr::Literal(LiteralValue::Int(number)) => u32::try_from(**number).ok(),
        _ => None,
    }
}
