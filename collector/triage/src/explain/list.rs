//! Says what a list of the collector's own is, and what it means that something is only observed.

use crate::{Alert, DeliverMode, Handling, Incident, ListOf, Suppression};

use super::Explain;

/// What is in it, what is not, and when it is over.
pub(super) fn of_list(of: ListOf) -> String {
    match of {
        ListOf::Digest => {
            "It lists what was worth doing when it was made, and is no ticket of its own; what is new waits for the next one, which takes its place. It closes when all of it is over, which is looked at once a day.".into()
        }
        ListOf::GoLive => {
            "It lists what held already when its team went live; what is critical is told by itself. It closes when all of it is gone.".into()
        }
        ListOf::Enrolment => {
            "It lists what held when hosts were new here; what is critical is told by itself. It closes when all of it is gone.".into()
        }
    }
}

/// Why an alert is in it.
pub(super) fn in_list(of: ListOf) -> String {
    match of {
        ListOf::Digest => "It stands for the digest of its team.".into(),
        ListOf::GoLive => {
            "It held already when its team went live, so it is in the list of that.".into()
        }
        ListOf::Enrolment => {
            "It held when its host was new here, so it is in the list of what was found at enrolment.".into()
        }
    }
}

impl Explain<'_> {
    /// When an alert that is no ticket of its own stands in a digest next.
    pub(super) fn in_digest(&self, alert: &Alert, incident: &Incident) -> Option<String> {
        let is_little = matches!(
            incident.suppressed.as_deref(),
            Some(Suppression::NotATicket)
        );
        let is_watched = incident.handling == Handling::Watch;
        if !is_little || is_watched || !alert.is_firing() || alert.drill.is_some() {
            return None;
        }
        let team = &incident.team;
        let next = self.state.digest(team).and_then(|digest| digest.next);
        Some(match next {
            Some(at) => format!(
                "If it still fires then, it stands in the digest of team {team} at {}.",
                self.at(at)
            ),
            None => format!("No digest of team {team} is planned."),
        })
    }

    /// Why people are not told of what everything else would let be told.
    pub(super) fn observed(&self) -> String {
        let is_ruled = self.state.is_live_ruled();
        match self.policy.mode {
            DeliverMode::Observe if !is_ruled => {
                "this collector only observes; nothing is sent".into()
            }
            DeliverMode::Observe | DeliverMode::Live => {
                "it is only observed: neither its rule nor its team is live".into()
            }
        }
    }
}
