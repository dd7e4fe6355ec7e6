//! What conditions are worth, as tables.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::time::Duration;

use vedette_triage::Labels;
use vedette_triage::detect::{
    Aggregate, Arithmetic, Comparison, Condition, Expression, Fault, Names, On, Scope, Truth,
    Variable, limits,
};

use Comparison::{Equal, Greater, Less, NotEqual};
use Expression as E;

const UNKNOWN: f64 = f64::NAN;

#[test]
fn the_unknown_follows_the_rules_for_errors() {
    // `a > 0` is true, false or unknown by the first value; `b > 0` by the second.
    let a = || compare(0, Greater, 0.0);
    let b = || compare(1, Greater, 0.0);
    let (t, f, u) = (1.0, -1.0, UNKNOWN);
    for (left, right, and, or) in [
        (t, t, Truth::True, Truth::True),
        (t, f, Truth::False, Truth::True),
        (t, u, Truth::Unknown, Truth::True),
        (f, u, Truth::False, Truth::Unknown),
        (f, f, Truth::False, Truth::False),
        (u, u, Truth::Unknown, Truth::Unknown),
    ] {
        for values in [[left, right], [right, left]] {
            check(&and_of(a(), b()), &values, and);
            check(&or_of(a(), b()), &values, or);
        }
    }
    check(&not(a()), &[u], Truth::Unknown);
    check(&not(a()), &[t], Truth::False);
}

#[test]
fn a_choice_on_the_unknown_is_unknown_even_if_both_ways_agree() {
    let choice = E::If(
        Box::new(compare(0, Greater, 0.0)),
        Box::new(E::Truth(true)),
        Box::new(E::Truth(true)),
    );
    check(&choice, &[1.0], Truth::True);
    check(&choice, &[UNKNOWN], Truth::Unknown);
}

#[test]
fn numbers_are_calculated_as_doubles() {
    let sum = E::Arithmetic(Arithmetic::Add, number(0.1), number(0.2));
    check(&than(sum, Greater, 0.3), &[], Truth::True);
    let share = E::Arithmetic(Arithmetic::Divide, variable(0), variable(1));
    check(&than(share.clone(), Greater, 0.5), &[3.0, 4.0], Truth::True);
    check(&than(share.clone(), Greater, 0.5), &[3.0, 0.0], Truth::True);
    check(&than(share, Greater, 0.5), &[0.0, 0.0], Truth::Unknown);
    let negative = E::Negative(variable(0));
    check(&than(negative, Equal, -2.0), &[2.0], Truth::True);
    check(&compare(0, NotEqual, 1.0), &[1.0], Truth::False);
}

#[test]
fn the_host_is_known_by_class_and_labels() {
    let is = |label: &str, value: &str| E::HostIs {
        label: label.into(),
        value: value.into(),
    };
    check(&is("class", "server"), &[], Truth::True);
    check(&is("class", "workstation"), &[], Truth::False);
    check(&is("site", "hq"), &[], Truth::True);
    check(&is("site", ""), &[], Truth::False);
    check(&is("rack", ""), &[], Truth::True);
}

#[test]
fn a_trial_gives_functions_made_up_values_or_none() {
    let mean = E::Aggregate {
        function: Aggregate::Average,
        of: Variable::OWN,
        over: Duration::from_secs(300),
    };
    let high = than(mean, Greater, 0.9);
    check_made_up(&high, &[0.95], 1.0, Truth::True);
    check_made_up(&high, &[0.95], UNKNOWN, Truth::Unknown);
    let often = E::NOf {
        at_least: 3,
        of: 5,
        condition: Box::new(compare(0, Greater, 0.9)),
    };
    check_made_up(&often, &[0.95], 1.0, Truth::True);
}

#[test]
fn what_is_no_condition_is_refused() {
    let truth = || Box::new(E::Truth(true));
    refuse(&E::Number(1.0), "a true or false must stand here");
    refuse(
        &E::And(truth(), number(1.0)),
        "a true or false must stand here",
    );
    refuse(
        &E::Compare(Less, truth(), number(1.0)),
        "a number must stand here",
    );
    let window = |over| E::Changed {
        of: Variable::OWN,
        over,
    };
    refuse(&window(Duration::ZERO), "a window of 0 s is not possible");
    refuse(
        &window(limits::WINDOW_MAX + Duration::from_secs(1)),
        "is not possible",
    );
    let n_of = |at_least, of, condition| E::NOf {
        at_least,
        of,
        condition,
    };
    refuse(&n_of(0, 5, truth()), "1 <= k <= n");
    refuse(&n_of(6, 5, truth()), "1 <= k <= n");
    refuse(&n_of(1, 65, truth()), "1 <= k <= n");
    let inner = Box::new(n_of(1, 2, truth()));
    assert_eq!(compile(&n_of(1, 2, inner)).unwrap_err(), Fault::NOfInNOf);
}

#[test]
fn depth_and_size_are_bounded() {
    let mut deep = E::Truth(true);
    for _ in 0..limits::DEPTH_MAX {
        deep = not(deep);
    }
    assert_eq!(compile(&deep).unwrap_err(), Fault::TooDeep);
    let mut wide: VecDeque<E> = (0..limits::NODES_MAX).map(|_| E::Truth(true)).collect();
    while wide.len() > 1 {
        let (left, right) = (wide.pop_front().unwrap(), wide.pop_front().unwrap());
        wide.push_back(and_of(left, right));
    }
    assert_eq!(compile(&wide[0]).unwrap_err(), Fault::TooLarge);
}

#[test]
fn a_condition_says_which_windows_and_variables_it_needs() {
    let over = Duration::from_secs(300);
    let mean = |of| {
        Box::new(E::Aggregate {
            function: Aggregate::Average,
            of,
            over,
        })
    };
    let names = names();
    let free = names.find("free").unwrap();
    let both = and_of(
        E::Compare(Less, mean(free), number(1.0)),
        or_of(
            E::Compare(Less, mean(Variable::OWN), number(1.0)),
            E::Compare(Less, mean(free), variable(2)),
        ),
    );
    let condition = compile(&both).unwrap();
    let windows: Vec<&str> = condition
        .windows()
        .iter()
        .map(|need| names.name(need.of).unwrap())
        .collect();
    assert_eq!(windows, ["value", "free"]);
    assert_eq!(condition.variables().len(), 3);
    assert_eq!(condition.source(), "text");
}

#[test]
fn names_are_numbered_measured_first() {
    let names = names();
    assert_eq!(names.find("value"), Some(Variable::OWN));
    assert!(!names.is_parameter(names.find("free").unwrap()));
    assert!(names.is_parameter(names.find("limit").unwrap()));
    assert_eq!(names.find("nothing"), None);
    let of_event = Names::of(&On::Event("reboot".into()), [], []);
    assert_eq!(of_event.find(""), None);
    let of_host = Names::of(&On::Host, [], []);
    assert!(of_host.find("overdue").is_some());
}

fn names() -> Names {
    Names::of(&On::Metric("m".into()), ["free"], ["limit"])
}

fn variable(at: usize) -> Box<Expression> {
    let names = names();
    let name = names.iter().nth(at).unwrap();
    Box::new(E::Variable(names.find(name).unwrap()))
}

fn number(number: f64) -> Box<Expression> {
    Box::new(E::Number(number))
}

fn compare(at: usize, comparison: Comparison, limit: f64) -> Expression {
    E::Compare(comparison, variable(at), number(limit))
}

fn than(left: Expression, comparison: Comparison, limit: f64) -> Expression {
    E::Compare(comparison, Box::new(left), number(limit))
}

fn and_of(left: Expression, right: Expression) -> Expression {
    E::And(Box::new(left), Box::new(right))
}

fn or_of(left: Expression, right: Expression) -> Expression {
    E::Or(Box::new(left), Box::new(right))
}

fn not(inner: Expression) -> Expression {
    E::Not(Box::new(inner))
}

fn compile(expression: &Expression) -> Result<Condition, Fault> {
    Condition::compile(expression, "text")
}

#[track_caller]
fn check(expression: &Expression, values: &[f64], expected: Truth) {
    check_made_up(expression, values, UNKNOWN, expected);
}

#[track_caller]
fn check_made_up(expression: &Expression, values: &[f64], functions: f64, expected: Truth) {
    let host: Labels = [("class", "server"), ("site", "hq")].into_iter().collect();
    let condition = compile(expression).unwrap();
    let found = condition.holds(&Scope::made_up(values, &host, functions));
    assert_eq!(found, expected, "{expression:?} with {values:?}");
}

#[track_caller]
fn refuse(expression: &Expression, why: &str) {
    let fault = compile(expression).unwrap_err().to_string();
    assert!(fault.contains(why), "{fault}");
}
