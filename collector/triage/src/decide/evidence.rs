//! Decides what becomes of what a host found when it was asked: it stands with its alert, in the
//! timeline, and in the tickets.
//!
//! In: the alert's number, and lines. Out: the alert with it. One of another host is left alone:
//! a question's id is no secret.

use crate::{AlertId, Evidence, EvidenceKind, Host, Phase, Reason, limits};

use super::draft::Draft;
use super::tell;

/// Takes what a host found.
pub(super) fn take(
    draft: &mut Draft<'_>,
    host: &Host,
    id: AlertId,
    (what, lines): (EvidenceKind, &[String]),
) {
    let Some(mut alert) = draft.alert(id).cloned() else {
        return;
    };
    let is_its_own = alert.identity.entity_id() == Some(host.id.as_str());
    // The same answer again is a report that came again.
    let is_known = |known: &Evidence| known.what == what && known.lines.as_slice() == lines;
    if !is_its_own || lines.is_empty() || alert.evidence.iter().any(is_known) {
        return;
    }
    let found = Evidence {
        what,
        at: draft.now,
        lines: lines
            .iter()
            .take(limits::EVIDENCE_LINES_MAX)
            .cloned()
            .collect(),
    };
    let lines = found.lines.clone();
    draft.note_alert(&alert, Reason::Found { what, lines });
    alert.evidence.retain(|known| known.what != what);
    alert.evidence.push(found.clone());
    let incident = alert.incident.and_then(|id| draft.incident(id).cloned());
    draft.put_alert(alert);
    if let Some(incident) = incident {
        match incident.phase {
            // An open on its way has not left yet, or has: either way this follows it.
            Phase::Open | Phase::Acknowledged | Phase::Waiting => {
                tell::evidence(draft, &incident, &found);
            }
            // The opening tells it; what is over is not asked about any more.
            Phase::Pending | Phase::Resolving | Phase::Resolved | Phase::Closed => {}
        }
    }
}
