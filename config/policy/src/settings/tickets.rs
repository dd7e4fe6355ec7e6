//! Reads how alerts come in and deliveries go out.
//!
//! In: `[deliver]`, `[alerts]`. Knows nothing of receivers.

use std::time::Duration;

use vedette_config::Reader;
use vedette_triage::DeliverMode;

/// Bounds of `resolve_timeout`: a sender that repeats less often than weekly has gone.
const RESOLVE_TIMEOUT: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(7 * 86_400);

pub(super) fn mode(top: &mut Reader<'_>, default: DeliverMode) -> DeliverMode {
    let words = [
        ("live", DeliverMode::Live),
        ("observe", DeliverMode::Observe),
    ];
    top.table("deliver", |table| table.word("mode", &words))
        .flatten()
        .map_or(default, |mode| mode.value)
}

pub(super) fn resolve_timeout(top: &mut Reader<'_>, default: Duration) -> Duration {
    top.table("alerts", |table| {
        table.within("resolve_timeout", RESOLVE_TIMEOUT)
    })
    .flatten()
    .unwrap_or(default)
}
