//! Decides whether a silence keeps an alert from opening: a person's, a host's own plan, a window.

use crate::{Alert, Suppression};

use super::super::draft::Draft;

/// The silence that lasts longest decides how long this alert is held.
pub(super) fn of_alert(draft: &Draft<'_>, alert: &Alert) -> Option<Suppression> {
    draft
        .silences_of(alert)
        .max_by(|one, other| (one.ends_at, &one.id).cmp(&(other.ends_at, &other.id)))
        .map(|silence| Suppression::Silence {
            id: silence.id.clone(),
            until: silence.ends_at,
            origin: silence.origin,
        })
}
