//! Reads what a program says of itself at `/metrics`.
//!
//! In: text in the Prometheus exposition format. Out: values by name and labels.
//! Knows nothing of which metrics there are.

use std::collections::BTreeMap;

/// One scrape.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    series: Vec<Series>,
}

#[derive(Debug, Clone)]
struct Series {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Metrics {
    /// Reads a scrape; panics and shows the line that cannot be read.
    pub fn parse(text: &str) -> Metrics {
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let series = lines
            .map(|line| series(line).unwrap_or_else(|| panic!("not a series: {line:?}")))
            .collect();
        Metrics { series }
    }

    /// The sum over all series of that name that have these labels; 0 where there is none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.matching(name, labels).map(|series| series.value).sum()
    }

    /// Is there any series of that name with these labels?
    pub fn has(&self, name: &str, labels: &[(&str, &str)]) -> bool {
        self.matching(name, labels).next().is_some()
    }

    /// The values of a name by those of one of its labels, summed over the others.
    pub fn by(&self, name: &str, label: &str) -> BTreeMap<String, f64> {
        let mut sums = BTreeMap::new();
        for series in self.matching(name, &[]) {
            let value = series.labels.get(label).cloned().unwrap_or_default();
            *sums.entry(value).or_insert(0.0) += series.value;
        }
        sums
    }

    fn matching(&self, name: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(move |series| {
            let has = |(key, value): &(&str, &str)| {
                series.labels.get(*key).is_some_and(|found| found == value)
            };
            series.name == name && labels.iter().all(has)
        })
    }
}

fn series(line: &str) -> Option<Series> {
    let (head, rest) = match line.split_once('{') {
        Some((name, rest)) => (name, Some(rest)),
        None => (line.split(' ').next()?, None),
    };
    let (labels, value) = match rest {
        Some(rest) => labels(rest)?,
        None => (BTreeMap::new(), line.get(head.len()..)?),
    };
    let value = value.split_whitespace().next()?.parse().ok()?;
    Some(Series {
        name: head.to_owned(),
        labels,
        value,
    })
}

/// Reads `a="x",b="y"}` and gives what stands after it.
fn labels(mut rest: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut labels = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, quoted) = rest.split_once("=\"")?;
        let (value, after) = unquoted(quoted)?;
        labels.insert(name.to_owned(), value);
        rest = after;
    }
}

/// Reads up to the closing quote, undoing `\\`, `\"` and `\n`.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}
