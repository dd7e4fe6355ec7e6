//! Lays out the values worth trying for everything some conditions look at.
//!
//! In: trees. Out: cases, each one value for everything, and whether a condition holds in
//! them. Where every comparison is a line in one value, a value at each crossing, between
//! each two and at both ends stand for all there are.

use vedette_triage::detect::{Arithmetic, Comparison, Expression};

use super::atom::{self, Atom, Kind, kind, parts, values};
use super::{Checked, Sight};

/// Combinations that are tried; where there are more, nothing is claimed.
const COMBINATIONS_MAX: usize = 50_000;
/// Ends of scales that are looked at; 2 for each value.
const CORNERS_MAX: usize = 64;

/// Everything some conditions look at, each with the values worth trying.
pub(super) struct World<'a> {
    sight: &'a Sight,
    atoms: Vec<Atom>,
    /// Whether the values stand for all values there are.
    is_exact: bool,
}

/// One made-up value for each atom.
pub(super) struct Case<'a> {
    world: &'a World<'a>,
    values: &'a [f64],
}

/// What came of trying.
pub(super) struct Outcome {
    pub(super) ever: bool,
    pub(super) ever_not: bool,
    /// Whether nothing else can happen than what was tried.
    pub(super) is_proof: bool,
}

impl<'a> World<'a> {
    pub(super) fn of(sight: &'a Sight, conditions: &[&Checked]) -> World<'a> {
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

    pub(super) fn try_all(&self, holds: impl Fn(&Case<'_>) -> bool) -> Outcome {
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

    pub(super) fn find(&self, holds: impl Fn(&Case<'_>) -> bool) -> Option<Vec<f64>> {
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
            let values = self.values(&digits);
            if is_enough(&self.case(&values)) || !self.next(&mut digits, |_| true) {
                return true;
            }
        }
        false
    }

    /// What the atoms are worth in one combination.
    fn values(&self, digits: &[usize]) -> Vec<f64> {
        let atoms = self.atoms.iter().zip(digits);
        atoms.map(|(atom, digit)| atom.values[*digit]).collect()
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
    pub(super) fn stuck_corner(&self, any_holds: impl Fn(&Case<'_>) -> bool) -> Option<Vec<f64>> {
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
                let values = self.values(&digits);
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
    pub(super) fn described(&self, sight: &Sight, values: &[f64]) -> String {
        let words: Vec<String> = self
            .atoms
            .iter()
            .zip(values)
            .filter_map(|(atom, value)| match &atom.tree {
                Expression::Variable(variable) => {
                    let name = sight.names.name(*variable)?;
                    Some(match *value {
                        value if value >= atom::LARGE => format!("`{name}` very large"),
                        value if value <= -atom::LARGE => format!("`{name}` very small"),
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

    pub(super) fn holds(&self, tree: &Expression) -> bool {
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
            | Expression::Known(..)
            | Expression::Aggregate { .. }
            | Expression::Forecast { .. }
            | Expression::TimeTo { .. }
            | Expression::Anomaly { .. } => false,
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
            // In a trial everything is known.
            Expression::Known(value, _) => self.number(value),
            Expression::If(condition, then, otherwise) => self.number(if self.holds(condition) {
                then
            } else {
                otherwise
            }),
            // Atoms, and truths, which have no number.
            Expression::Aggregate { .. }
            | Expression::Forecast { .. }
            | Expression::TimeTo { .. }
            | Expression::Anomaly { .. }
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
