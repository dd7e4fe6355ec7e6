//! Reads how impact and urgency make a priority, and from when on something counts as much or
//! as soon.
//!
//! In: `[priority] matrix = { high = ["P3", "P2", "P1"], ... }`: a row for each impact,
//! in it the priorities for urgency low, medium and high; beside it the bounds. Out: the
//! core's [`Matrix`] and [`Bounds`].

use std::time::Duration;

use vedette_config::{Code, Finding, Reader, Spanned, quoted};
use vedette_triage::{Bounds, Impact, Matrix, Priority, limits};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// So many are counted at most.
const COUNT_MAX: i64 = limits::SERVERS_COUNTED_MAX as i64;

/// The rows of the matrix, in the order the core keeps them.
fn impacts() -> [(&'static str, Impact); 3] {
    [
        ("low", Impact::Low),
        ("medium", Impact::Medium),
        ("high", Impact::High),
    ]
}

pub(super) fn read(top: &mut Reader<'_>, default: (Matrix, Bounds)) -> (Matrix, Bounds) {
    let (matrix, unchanged) = default;
    let mut rows = matrix.rows;
    let bounds = top.table("priority", |table| {
        table.table("matrix", |table| {
            for ((impact, _), row) in impacts().into_iter().zip(&mut rows) {
                if let Some(written) = read_row(table, impact) {
                    *row = written;
                }
            }
        });
        let mut count = |key, default: usize| {
            let written = table.within::<i64>(key, 2..=COUNT_MAX);
            let written = written.and_then(|count| usize::try_from(count).ok());
            written.unwrap_or(default)
        };
        Bounds {
            many_servers: count("many_servers", unchanged.many_servers),
            many_dependents: count("many_dependents", unchanged.many_dependents),
            soon: table.within("soon", MINUTE..=DAY).unwrap_or(unchanged.soon),
        }
    });
    (Matrix { rows }, bounds.unwrap_or(unchanged))
}

fn read_row(table: &mut Reader<'_>, impact: &str) -> Option<[Priority; 3]> {
    let place = table.key_place(impact)?.clone();
    let words: Vec<Spanned<String>> = table.optional(impact)?;
    let mut row = Vec::new();
    for word in &words {
        let known = Priority::ALL
            .into_iter()
            .find(|known| known.as_str() == word.value);
        match known {
            Some(priority) => row.push(priority),
            None => table.push(
                Finding::error(
                    Code::UnknownWord,
                    format!("{} is not a priority", quoted(&word.value)),
                )
                .at(&word.place, "")
                .help("there are P1, P2, P3, P4 and P5"),
            ),
        }
    }
    let count = row.len();
    let row: Option<[Priority; 3]> = row.try_into().ok();
    if row.is_none() && count == words.len() {
        table.push(
            Finding::error(Code::BadValue, format!("`{impact}` needs three priorities"))
                .at(&place, format!("there are {count}"))
                .help("for urgency low, medium and high, in this order"),
        );
    }
    row
}
