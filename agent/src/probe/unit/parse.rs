//! Takes apart what systemctl and journalctl write.
//!
//! In: bytes that may be anything. Out: units and numbers. Never panics.

use vedette_wire::limits;

use crate::probe::text;

/// What is asked of each failed unit.
pub(super) const FAILURE_PROPERTIES: &str =
    "--property=Id,Result,InvocationID,InactiveEnterTimestampMonotonic";
/// What is asked of each service.
pub(super) const RESTART_PROPERTIES: &str = "--property=Id,NRestarts,Restart";
/// Bytes of a unit's name: systemd's own bound.
const UNIT_BYTES_MAX: usize = 255;
/// Bytes of one line of the journal that are kept.
const LINE_BYTES_MAX: usize = 400;

/// What systemd says of the whole system.
#[derive(Debug, PartialEq)]
pub(super) struct Manager {
    pub(super) failed: f64,
    pub(super) state: String,
}

/// One unit that has failed.
#[derive(Debug, PartialEq)]
pub(super) struct Failure {
    pub(super) unit: String,
    pub(super) result: String,
    /// Another failure of the same unit has another one.
    pub(super) mark: String,
}

/// The answer about the manager itself.
pub(super) fn manager(answer: &[u8]) -> Result<Manager, String> {
    let properties = properties(answer);
    let property = |name| value(&properties, name);
    let failed = property("NFailedUnits").and_then(|text| text.parse::<u32>().ok());
    let state = property("SystemState").filter(|state| is_word(state));
    match (failed, state) {
        (Some(failed), Some(state)) => Ok(Manager {
            failed: f64::from(failed),
            state: state.to_owned(),
        }),
        _ => Err("systemctl show does not say how many units failed".to_owned()),
    }
}

/// The names in a list of units.
pub(super) fn listed(answer: &[u8]) -> Vec<String> {
    let names = text::lines(answer).filter_map(|line| {
        // A bullet stands before the name where `--plain` is not known.
        let mut words = text::words(line).filter_map(|word| std::str::from_utf8(word).ok());
        words.find(|word| *word != "\u{25cf}" && *word != "*")
    });
    names
        .filter(|name| is_unit(name))
        .map(str::to_owned)
        .collect()
}

/// The failed units of an answer with [`FAILURE_PROPERTIES`].
pub(super) fn failures(answer: &[u8]) -> Vec<Failure> {
    let failure = |block: &[u8]| {
        let properties = properties(block);
        let property = |name| value(&properties, name).unwrap_or_default();
        Some(Failure {
            unit: Some(property("Id"))
                .filter(|name| is_unit(name))?
                .to_owned(),
            result: Some(property("Result"))
                .filter(|result| is_word(result))
                .unwrap_or_default()
                .to_owned(),
            mark: format!(
                "{}/{}",
                property("InvocationID"),
                property("InactiveEnterTimestampMonotonic")
            ),
        })
    };
    blocks(answer)
        .iter()
        .filter_map(|block| failure(block))
        .collect()
}

/// How often each service was restarted, of an answer with [`RESTART_PROPERTIES`].
/// Services that systemd never restarts by itself are left out.
pub(super) fn restarts(answer: &[u8]) -> Vec<(String, f64)> {
    let service = |block: &[u8]| {
        let properties = properties(block);
        let unit = value(&properties, "Id").filter(|name| is_unit(name))?;
        let restarts: u32 = value(&properties, "NRestarts")?.parse().ok()?;
        let is_restarted = value(&properties, "Restart").is_some_and(|when| when != "no");
        (is_restarted || restarts > 0).then(|| (unit.to_owned(), f64::from(restarts)))
    };
    blocks(answer)
        .iter()
        .filter_map(|block| service(block))
        .collect()
}

/// The last `count` lines, each readable and of bounded length.
pub(crate) fn lines(out: &[u8], count: usize) -> Vec<String> {
    let lines: Vec<&[u8]> = text::lines(out).filter(|line| !line.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(count)..];
    last.iter()
        .map(|line| {
            let text = String::from_utf8_lossy(&line[..line.len().min(LINE_BYTES_MAX)]);
            text.replace(|letter: char| letter.is_control(), " ")
        })
        .collect()
}

/// Units are told apart by empty lines.
fn blocks(answer: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    let mut rest = answer;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"\n\n") {
        blocks.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    blocks.push(rest);
    blocks
}

fn properties(block: &[u8]) -> Vec<(&str, &str)> {
    text::lines(block)
        .filter_map(|line| std::str::from_utf8(line).ok()?.split_once('='))
        .collect()
}

fn value<'a>(properties: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    let found = properties.iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| *value)
}

/// A name that systemd allows: `systemd.unit(5)`.
pub(crate) fn is_unit(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte);
    name.contains('.') && name.len() <= UNIT_BYTES_MAX && name.bytes().all(allowed)
}

fn is_word(word: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !word.is_empty() && word.len() <= limits::NAME_BYTES_MAX && word.bytes().all(allowed)
}
