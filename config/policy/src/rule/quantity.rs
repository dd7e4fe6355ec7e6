//! Reads numbers as rules write them: bare, or sizes and durations with a unit.
//!
//! In: `0.90`, `"20GiB"`, `"5m"`. Out: the number in its base unit, and which kind of
//! unit it had. Knows nothing of what it is compared with.

use std::time::Duration;

use vedette_config::{Code, Finding, Kind, Reader, Size, Spanned, duration, quoted};

/// A number in its base unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantity {
    pub(crate) value: f64,
    pub(crate) unit: Unit,
}

/// Which kind of unit a number was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// None.
    Bare,
    /// A size; the value is in bytes.
    Bytes,
    /// A duration; the value is in seconds.
    Seconds,
}

impl Unit {
    /// How a value of it is written.
    pub(crate) fn written(self) -> &'static str {
        match self {
            Unit::Bare => "a number such as 0.90",
            Unit::Bytes => "a size such as \"20GiB\"",
            Unit::Seconds => "a duration such as \"5m\"",
        }
    }
}

/// The quantity under `key`.
pub(crate) fn quantity(table: &mut Reader<'_>, key: &str) -> Option<Spanned<Quantity>> {
    if table.kind(key)? != Kind::String {
        let number: Spanned<f64> = table.optional(key)?;
        return Some(number.map(|value| Quantity {
            value,
            unit: Unit::Bare,
        }));
    }
    let text: Spanned<String> = table.optional(key)?;
    match parse(&text.value) {
        Some(quantity) => Some(Spanned::new(quantity, text.place)),
        None => {
            let message = format!("{} is neither a size nor a duration", quoted(&text.value));
            table.push(
                Finding::error(Code::BadValue, message)
                    .at(&text.place, "")
                    .help("write a number, a size such as \"20GiB\" or a duration such as \"5m\""),
            );
            None
        }
    }
}

/// What a text is: a bare number, a size or a duration.
pub(crate) fn quantity_of(text: &str) -> Option<Quantity> {
    let bare = text.parse().ok().map(|value| Quantity {
        value,
        unit: Unit::Bare,
    });
    bare.or_else(|| parse(text))
}

fn parse(text: &str) -> Option<Quantity> {
    let size = text.parse::<Size>().ok().map(|size| {
        // Exact up to 8 PiB; no disk of ours is larger.
        #[allow(clippy::cast_precision_loss)]
        let value = size.bytes as f64;
        Quantity {
            value,
            unit: Unit::Bytes,
        }
    });
    let length = || duration::parse(text).ok();
    size.or_else(|| {
        length().map(|length: Duration| Quantity {
            value: length.as_secs_f64(),
            unit: Unit::Seconds,
        })
    })
}
