//! Tries whole conditions with made-up values of every kind they can meet.
//!
//! In: trees, and which values each name can have. Out: findings: a condition that never
//! holds or always does, a clear that is never reached, that holds while the alert fires,
//! or that leaves an alert standing at the end of a scale. Knows nothing of time: every
//! window, and every question about the host, can be worth anything at any moment.

use vedette_config::{Code, Finding, Findings};
use vedette_triage::detect::{Aggregate, Arithmetic, Comparison, Expression};

use super::{Checked, Interval, Sight};

/// Combinations that are tried; where there are more, nothing is claimed.
const COMBINATIONS_MAX: usize = 50_000;
/// Ends of scales that are looked at; 2 for each value.
const CORNERS_MAX: usize = 64;
/// The end of a scale that has none.
const FAR: f64 = 1e15;

/// A condition that ends what others begin.
pub(crate) struct Clears<'a> {
    /// The conditions that hold the alert at this severity.
    pub(crate) fires: Vec<&'a Checked>,
    /// The condition at the same severity, which must not hold together with `clear`.
    pub(crate) begins: &'a Checked,
    /// The one that ends it.
    pub(crate) clear: &'a Checked,
    /// Others that end it as well.
    pub(crate) others: Vec<&'a Checked>,
}

/// Whether a condition that fires can hold, and can not hold.
pub(crate) fn check_fires(condition: &Checked, sight: &Sight, findings: &mut Findings) {
    let world = World::of(sight, &[condition]);
    let outcome = world.try_all(|case| case.holds(&condition.tree));
    let place = &condition.written.place;
    if outcome.is_proof && !outcome.ever && !condition.is_doubtful {
        findings.push(
            Finding::error(Code::ConditionNeverTrue, "this condition is never true")
                .at(place, "no value makes all of it hold")
                .help("its parts contradict each other"),
        );
    } else if outcome.is_proof && !outcome.ever_not && !condition.is_doubtful {
        findings.push(
            Finding::warning(Code::ConditionAlwaysTrue, "this condition is always true")
                .at(place, "every value makes it hold"),
        );
    }
}

/// Whether a clear is reached, and ends what it should.
pub(crate) fn check_clears(level: &Clears<'_>, sight: &Sight, findings: &mut Findings) {
    let clear = level.clear;
    let place = &clear.written.place;
    let alone = World::of(sight, &[clear]);
    let outcome = alone.try_all(|case| case.holds(&clear.tree));
    if outcome.is_proof && !outcome.ever {
        if !clear.is_doubtful {
            findings.push(
                Finding::error(Code::ClearNeverReached, "this clear is never reached")
                    .at(
                        place,
                        "no value makes it hold: the alert would stay for ever",
                    )
                    .help("leave it out to clear as soon as the condition no longer holds"),
            );
        }
        return;
    }
    let both = World::of(sight, &[level.begins, clear]);
    let overlap = both.find(|case| case.holds(&level.begins.tree) && case.holds(&clear.tree));
    if let Some(values) = overlap {
        findings.push(
            Finding::warning(
                Code::ConflictingKeys,
                "this clear holds while the alert fires",
            )
            .at(place, both.described(sight, &values))
            .at(&level.begins.written.place, "this fires there")
            .help("leave room between them, or the alert comes and goes"),
        );
    }
    let all: Vec<&Checked> = level
        .fires
        .iter()
        .chain(&level.others)
        .copied()
        .chain([clear])
        .collect();
    let world = World::of(sight, &all);
    let stuck = world.stuck_corner(|case| all.iter().any(|condition| case.holds(&condition.tree)));
    if let Some(values) = stuck {
        findings.push(
            Finding::warning(
                Code::ClearNeverReached,
                "an alert of this rule could stay for ever",
            )
            .at(place, world.described(sight, &values))
            .help("there it neither fires nor is clear; is that end of the scale well?"),
        );
    }
}

/// Everything some conditions look at, each with the values worth trying.
struct World<'a> {
    sight: &'a Sight,
    atoms: Vec<Atom>,
    /// Whether the values stand for all values there are.
    is_exact: bool,
}

/// One thing a condition looks at.
struct Atom {
    tree: Expression,
    within: Interval,
    /// Whether it may be worth anything at the next moment: windows, the host.
    is_passing: bool,
    values: Vec<f64>,
}

/// One made-up value for each atom.
struct Case<'a> {
    world: &'a World<'a>,
    values: &'a [f64],
}

struct Outcome {
    ever: bool,
    ever_not: bool,
    /// Whether nothing else can happen than what was tried.
    is_proof: bool,
}

impl<'a> World<'a> {
    fn of(sight: &'a Sight, conditions: &[&Checked]) -> World<'a> {
        let mut world = World {
            sight,
            atoms: Vec::new(),
            is_exact: true,
        };
        for condition in conditions {
            world.collect(&condition.tree);
        }
        let mut breaks = vec![Vec::new(); world.atoms.len()];
        for condition in conditions {
            world.is_exact &= world.breaks(&condition.tree, &mut breaks);
        }
        for (atom, breaks) in world.atoms.iter_mut().zip(breaks) {
            atom.values = values(atom, breaks);
        }
        world
    }

    fn collect(&mut self, tree: &Expression) {
        match kind(tree, self.sight) {
            Kind::Constant => {}
            Kind::Atom(within, is_passing) => {
                if !self.atoms.iter().any(|atom| atom.tree == *tree) {
                    self.atoms.push(Atom {
                        tree: tree.clone(),
                        within,
                        is_passing,
                        values: Vec::new(),
                    });
                }
            }
            Kind::Parts => parts(tree).into_iter().for_each(|part| self.collect(part)),
        }
    }

    /// Collects where the truth of comparisons changes; says whether these are all such places.
    fn breaks(&self, tree: &Expression, breaks: &mut [Vec<f64>]) -> bool {
        let Expression::Compare(comparison, left, right) = tree else {
            return match kind(tree, self.sight) {
                Kind::Constant | Kind::Atom(..) => true,
                Kind::Parts => {
                    let mut is_exact = true;
                    for part in parts(tree) {
                        is_exact &= self.breaks(part, breaks);
                    }
                    is_exact
                }
            };
        };
        let (mut looked_at, mut others) = (Vec::new(), Vec::new());
        for side in [left, right] {
            self.constants(side, &mut others);
            self.looked_at(side, &mut looked_at);
        }
        for at in &looked_at {
            breaks[*at].extend(&others);
        }
        match looked_at.as_slice() {
            [] => true,
            [at] => match self.crossing(*at, *comparison, (left, right)) {
                Some(crossing) => {
                    breaks[*at].push(crossing);
                    true
                }
                None => false,
            },
            _ => false,
        }
    }

    /// The value of an atom at which two sides are equal, if their difference is a line.
    fn crossing(
        &self,
        at: usize,
        comparison: Comparison,
        (left, right): (&Expression, &Expression),
    ) -> Option<f64> {
        let mut values = vec![0.0; self.atoms.len()];
        let atom = &self.atoms[at].tree;
        // Exactly, where no arithmetic is needed.
        for (side, other) in [(left, right), (right, left)] {
            if side == atom {
                return Some(self.case(&values).number(other));
            }
        }
        let mut difference = |value: f64| {
            values[at] = value;
            let case = self.case(&values);
            case.number(left) - case.number(right)
        };
        let [zero, one, two, far] = [0.0, 1.0, 2.0, 1_000.0].map(&mut difference);
        let slope = one - zero;
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (a.abs() + b.abs() + 1e-9);
        let is_line = near(two - one, slope) && near(far - zero, 1_000.0 * slope) && slope != 0.0;
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        (is_line && !is_equality).then(|| -zero / slope)
    }

    fn case<'c>(&'c self, values: &'c [f64]) -> Case<'c> {
        Case {
            world: self,
            values,
        }
    }

    /// Which atoms an expression looks at.
    fn looked_at(&self, tree: &Expression, found: &mut Vec<usize>) {
        let at = self.atoms.iter().position(|atom| atom.tree == *tree);
        match at {
            Some(at) if !found.contains(&at) => found.push(at),
            Some(_) => {}
            None => parts(tree)
                .into_iter()
                .for_each(|part| self.looked_at(part, found)),
        }
    }

    /// The constants in an expression, the largest first: `warn - 0.05` before `warn`.
    fn constants(&self, tree: &Expression, found: &mut Vec<f64>) {
        let mut looked_at = Vec::new();
        self.looked_at(tree, &mut looked_at);
        if looked_at.is_empty() {
            found.push(self.case(&[]).number(tree));
            return;
        }
        for part in parts(tree) {
            self.constants(part, found);
        }
    }

    fn try_all(&self, holds: impl Fn(&Case<'_>) -> bool) -> Outcome {
        let (mut ever, mut ever_not) = (false, false);
        let is_complete = self.each(|case| {
            if holds(case) {
                ever = true;
            } else {
                ever_not = true;
            }
            ever && ever_not
        });
        Outcome {
            ever,
            ever_not,
            is_proof: is_complete && self.is_exact,
        }
    }

    fn find(&self, holds: impl Fn(&Case<'_>) -> bool) -> Option<Vec<f64>> {
        let mut found = None;
        self.each(|case| {
            if holds(case) {
                found = Some(case.values.to_vec());
            }
            found.is_some()
        });
        found
    }

    /// Shows cases until one is enough; false if not all could be shown.
    fn each(&self, mut is_enough: impl FnMut(&Case<'_>) -> bool) -> bool {
        let mut digits = vec![0_usize; self.atoms.len()];
        for _ in 0..COMBINATIONS_MAX {
            let values: Vec<f64> = self
                .atoms
                .iter()
                .zip(&digits)
                .map(|(atom, digit)| atom.values[*digit])
                .collect();
            if is_enough(&self.case(&values)) || !self.next(&mut digits, |_| true) {
                return true;
            }
        }
        false
    }

    /// The next combination of the atoms chosen; false after the last.
    fn next(&self, digits: &mut [usize], chosen: impl Fn(&Atom) -> bool) -> bool {
        for (atom, digit) in self.atoms.iter().zip(digits) {
            if !chosen(atom) {
                continue;
            }
            *digit += 1;
            if *digit < atom.values.len() {
                return true;
            }
            *digit = 0;
        }
        false
    }

    /// The ends of the scales of everything lasting, at which nothing holds whatever the passing
    /// things are worth.
    fn stuck_corner(&self, any_holds: impl Fn(&Case<'_>) -> bool) -> Option<Vec<f64>> {
        let lasting = self.atoms.iter().filter(|atom| !atom.is_passing).count();
        let corners = 1_usize.checked_shl(u32::try_from(lasting).ok()?)?;
        if corners > CORNERS_MAX {
            return None;
        }
        (0..corners).find_map(|corner| {
            let mut digits = vec![0; self.atoms.len()];
            let lasting = self
                .atoms
                .iter()
                .enumerate()
                .filter(|(_, atom)| !atom.is_passing);
            for (bit, (at, atom)) in lasting.enumerate() {
                digits[at] = if corner >> bit & 1 == 0 {
                    0
                } else {
                    atom.values.len() - 1
                };
            }
            for _ in 0..COMBINATIONS_MAX / CORNERS_MAX {
                let values: Vec<f64> = self
                    .atoms
                    .iter()
                    .zip(&digits)
                    .map(|(atom, digit)| atom.values[*digit])
                    .collect();
                if any_holds(&self.case(&values)) {
                    return None;
                }
                if !self.next(&mut digits, |atom| atom.is_passing) {
                    return Some(values);
                }
            }
            None
        })
    }

    /// A case in words: `value` 0.9, `free` 0.
    fn described(&self, sight: &Sight, values: &[f64]) -> String {
        let words: Vec<String> = self
            .atoms
            .iter()
            .zip(values)
            .filter_map(|(atom, value)| match &atom.tree {
                Expression::Variable(variable) => {
                    let name = sight.names.name(*variable)?;
                    Some(match *value {
                        value if value >= FAR => format!("`{name}` very large"),
                        value if value <= -FAR => format!("`{name}` very small"),
                        value => format!("`{name}` {value}"),
                    })
                }
                _ => None,
            })
            .collect();
        match words.is_empty() {
            true => String::new(),
            false => format!("for example with {}", words.join(", ")),
        }
    }
}

impl Case<'_> {
    fn atom(&self, tree: &Expression) -> Option<f64> {
        let at = self
            .world
            .atoms
            .iter()
            .position(|atom| atom.tree == *tree)?;
        self.values.get(at).copied()
    }

    fn holds(&self, tree: &Expression) -> bool {
        if let Some(value) = self.atom(tree) {
            return value != 0.0;
        }
        match tree {
            Expression::Truth(holds) => *holds,
            Expression::Compare(comparison, left, right) => {
                compared(*comparison, self.number(left), self.number(right))
            }
            Expression::And(left, right) => self.holds(left) && self.holds(right),
            Expression::Or(left, right) => self.holds(left) || self.holds(right),
            Expression::Not(inner) => !self.holds(inner),
            Expression::If(condition, then, otherwise) => self.holds(if self.holds(condition) {
                then
            } else {
                otherwise
            }),
            // What holds now can have held often enough.
            Expression::NOf { condition, .. } => self.holds(condition),
            // Atoms, and numbers, which have no truth.
            Expression::Changed { .. }
            | Expression::Absent { .. }
            | Expression::HostIs { .. }
            | Expression::Number(_)
            | Expression::Variable(_)
            | Expression::Negative(_)
            | Expression::Arithmetic(..)
            | Expression::Aggregate { .. }
            | Expression::Forecast { .. }
            | Expression::TimeTo { .. } => false,
        }
    }

    fn number(&self, tree: &Expression) -> f64 {
        if let Some(value) = self.atom(tree) {
            return value;
        }
        match tree {
            Expression::Number(number) => *number,
            Expression::Variable(variable) => self.world.sight.within(*variable).low,
            Expression::Negative(inner) => -self.number(inner),
            Expression::Arithmetic(what, left, right) => {
                let (left, right) = (self.number(left), self.number(right));
                match what {
                    Arithmetic::Add => left + right,
                    Arithmetic::Subtract => left - right,
                    Arithmetic::Multiply => left * right,
                    Arithmetic::Divide => left / right,
                    Arithmetic::Remainder => left % right,
                }
            }
            Expression::If(condition, then, otherwise) => self.number(if self.holds(condition) {
                then
            } else {
                otherwise
            }),
            // Atoms, and truths, which have no number.
            Expression::Aggregate { .. }
            | Expression::Forecast { .. }
            | Expression::TimeTo { .. }
            | Expression::Truth(_)
            | Expression::Compare(..)
            | Expression::And(..)
            | Expression::Or(..)
            | Expression::Not(_)
            | Expression::Changed { .. }
            | Expression::Absent { .. }
            | Expression::NOf { .. }
            | Expression::HostIs { .. } => f64::NAN,
        }
    }
}

/// What an expression is to a trial.
enum Kind {
    /// The same always.
    Constant,
    /// It can be worth anything within this; whether it passes.
    Atom(Interval, bool),
    /// What its parts make it.
    Parts,
}

fn kind(tree: &Expression, sight: &Sight) -> Kind {
    let either = Interval {
        low: 0.0,
        high: 1.0,
    };
    match tree {
        Expression::Number(_) | Expression::Truth(_) => Kind::Constant,
        Expression::Variable(variable) if sight.names.is_parameter(*variable) => Kind::Constant,
        Expression::Variable(variable) => Kind::Atom(sight.within(*variable), false),
        Expression::Aggregate { function, of, .. } => match function {
            Aggregate::Average | Aggregate::Minimum | Aggregate::Maximum | Aggregate::Last => {
                Kind::Atom(sight.within(*of), true)
            }
            Aggregate::Rate | Aggregate::Increase | Aggregate::Count => {
                Kind::Atom(Interval::POSITIVE, true)
            }
        },
        Expression::Forecast { .. } => Kind::Atom(Interval::ALL, true),
        Expression::TimeTo { .. } => Kind::Atom(Interval::POSITIVE, true),
        Expression::Changed { .. } | Expression::Absent { .. } | Expression::HostIs { .. } => {
            Kind::Atom(either, true)
        }
        Expression::Negative(_)
        | Expression::Arithmetic(..)
        | Expression::Compare(..)
        | Expression::And(..)
        | Expression::Or(..)
        | Expression::Not(_)
        | Expression::If(..)
        | Expression::NOf { .. } => Kind::Parts,
    }
}

fn parts(tree: &Expression) -> Vec<&Expression> {
    match tree {
        Expression::Negative(inner)
        | Expression::Not(inner)
        | Expression::NOf {
            condition: inner, ..
        } => vec![inner],
        Expression::Arithmetic(_, left, right)
        | Expression::Compare(_, left, right)
        | Expression::And(left, right)
        | Expression::Or(left, right) => vec![left, right],
        Expression::If(condition, then, otherwise) => vec![condition, then, otherwise],
        Expression::Number(_)
        | Expression::Truth(_)
        | Expression::Variable(_)
        | Expression::Aggregate { .. }
        | Expression::Forecast { .. }
        | Expression::TimeTo { .. }
        | Expression::Changed { .. }
        | Expression::Absent { .. }
        | Expression::HostIs { .. } => Vec::new(),
    }
}

/// Both ends of the scale, every place where something changes, and one value between each two.
fn values(atom: &Atom, mut breaks: Vec<f64>) -> Vec<f64> {
    let is_truth = matches!(
        atom.tree,
        Expression::Changed { .. } | Expression::Absent { .. } | Expression::HostIs { .. }
    );
    if is_truth {
        return vec![0.0, 1.0];
    }
    let (low, high) = (atom.within.low.max(-FAR), atom.within.high.min(FAR));
    breaks.retain(|value| low < *value && *value < high);
    breaks.sort_by(f64::total_cmp);
    breaks.dedup();
    let mut values = vec![low];
    for value in breaks.into_iter().chain([high]) {
        let before = values.last().copied().unwrap_or(low);
        values.push(f64::midpoint(before, value));
        values.push(value);
    }
    values
}

#[allow(clippy::float_cmp)] // as the core compares
fn compared(comparison: Comparison, left: f64, right: f64) -> bool {
    match comparison {
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
        Comparison::Equal => left == right,
        Comparison::NotEqual => !left.is_nan() && !right.is_nan() && left != right,
    }
}
