//! Decides what is said of exceptions: that one was made, that it is over or was taken back, and to
//! its owner, two weeks before, that it ends.
//!
//! In: the exceptions of the policy in force, which detection judges by. Out: a record of each, so
//! that its owner is told once whatever restarts. Nobody can be told by name yet: it is a line in the
//! timeline, in the log and in the list of exceptions.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::detect::{Exception, Rule};
use crate::{Reason, Ruled, Ruling, RulingId, limits};

use super::draft::Draft;

/// Keeps a record of each exception of the policy, and none of what is none any more.
pub(super) fn follow(draft: &mut Draft<'_>) {
    let policy = draft.policy;
    let now = draft.now;
    let mut wanted: BTreeMap<RulingId, Ruling> = BTreeMap::new();
    for rule in policy.detection.iter() {
        let stands = rule
            .exceptions
            .iter()
            .filter(|exception| exception.until > now);
        for exception in stands.take(limits::RULINGS_MAX) {
            let ruling = ruling(draft, rule, exception);
            wanted.insert(ruling.id.clone(), ruling);
        }
    }
    let state = draft.state;
    let gone = state.rulings().filter(|known| {
        matches!(known.says, Ruled::Exception { .. }) && !wanted.contains_key(&known.id)
    });
    for known in gone {
        if let Ruled::Exception {
            about,
            owner,
            until,
            ..
        } = &known.says
        {
            let is_over = *until <= now;
            draft.note_host(
                None,
                Reason::ExceptionEnded {
                    about: about.clone(),
                    owner: owner.clone(),
                    is_over,
                },
            );
        }
        draft.drop_ruling(known.id.clone());
    }
    for (id, ruling) in wanted {
        if draft.ruling(&id).is_some() {
            continue;
        }
        if let Ruled::Exception {
            about,
            words,
            owner,
            until,
            is_made,
            ..
        } = &ruling.says
        {
            let reason = Reason::ExceptionSet {
                about: about.clone(),
                words: words.clone(),
                owner: owner.clone(),
                until: *until,
                why: ruling.why.clone(),
                is_made: *is_made,
            };
            draft.note_host(None, reason);
        }
        draft.put_ruling(ruling);
    }
}

fn ruling(draft: &Draft<'_>, rule: &Rule, exception: &Exception) -> Ruling {
    let (about, words) = (exception.about(rule), exception.words(rule));
    let until = exception.until;
    Ruling {
        id: RulingId::of_exception(&about, &words, until),
        by: exception.owner.clone(),
        at: draft.now,
        why: exception.why.clone(),
        says: Ruled::Exception {
            rule: Arc::clone(&rule.name),
            about,
            words,
            owner: exception.owner.clone(),
            until,
            is_made: exception.is_made,
            reminded: false,
        },
    }
}

/// Tells the owner of an exception that it ends.
pub(super) fn remind(draft: &mut Draft<'_>, id: &RulingId) {
    let Some(mut ruling) = draft.ruling(id).cloned() else {
        return;
    };
    if ruling.reminds_at().is_none_or(|at| at > draft.now) {
        return;
    }
    let why = ruling.why.clone();
    if let Ruled::Exception {
        about,
        owner,
        until,
        reminded,
        ..
    } = &mut ruling.says
    {
        *reminded = true;
        let reason = Reason::ExceptionEndsSoon {
            about: about.clone(),
            owner: owner.clone(),
            until: *until,
            why,
        };
        draft.note_host(None, reason);
    }
    draft.put_ruling(ruling);
}
