//! Keeps why an incident is not told, until when, and whose end is worth another look.
//!
//! Never a reason not to record or resolve (invariant 7). Decides nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AlertId, Origin, SilenceId, Timestamp};

/// Why an incident is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Suppression {
    /// Every firing member is silenced; until the earliest end of these.
    Silence {
        /// The silence that ends first.
        id: SilenceId,
        /// When.
        until: Timestamp,
        /// Who does not want it.
        #[serde(default)]
        origin: Origin,
    },
    /// What it is worth is less than a ticket: digest, or P5.
    NotATicket,
    /// It is only observed: everything else would let it be told.
    Observe {
        /// When another look is worthwhile, because some of it is held by something else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// The rule is a shadow.
    Shadow,
    /// The owner team and the route name no receiver.
    NoReceiver,
    /// A firing alert explains it, by an inhibition rule.
    Inhibited {
        /// The inhibition's name.
        name: String,
        /// The alert.
        alert: AlertId,
    },
    /// A firing alert of the same entity explains it: its rule depends on that one's.
    DependsOn {
        /// The other rule.
        rule: Arc<str>,
        /// Its alert.
        alert: AlertId,
    },
    /// What its entity needs to be seen has failed.
    Parent {
        /// The failed place.
        place: Arc<str>,
        /// The others of its redundancy group, or what they need.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        beside: Vec<Arc<str>>,
        /// All of them are down on purpose.
        #[serde(default)]
        on_purpose: bool,
        /// When its entity, which is seen all the same, proves not to need it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// What its entity needs to be seen has not been heard of since it began.
    ParentUnseen {
        /// The place.
        place: Arc<str>,
        /// How long it is waited for at most.
        until: Timestamp,
    },
    /// What its entity needs is back; it must fail anew, or outlast the grace.
    Recovering {
        /// The place that is back.
        place: Arc<str>,
        /// Until when.
        until: Timestamp,
    },
    /// It comes and goes too often to be believed.
    Flapping {
        /// When it is over, if nothing changes.
        until: Timestamp,
    },
    /// It waits whether something begins that explains it.
    Settling {
        /// Until when.
        until: Timestamp,
        /// What explained it until just now, if anything did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Box<Suppression>>,
    },
    /// It waits whether others begin with it.
    Gathering {
        /// Until when.
        until: Timestamp,
    },
}

/// Something whose end or change is worth another look at what it suppresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A silence.
    Silence(SilenceId),
    /// A firing alert.
    Alert(AlertId),
    /// A place that has failed, or was not seen.
    Place(Arc<str>),
    /// More causes than are kept one by one ([`crate::limits::CAUSES_MAX`]).
    Many,
}

impl Suppression {
    /// The stable word: `silence`, `not_a_ticket`, ...; the label of the counter.
    pub fn code(&self) -> &'static str {
        match self {
            Suppression::Silence { origin, .. } => origin.code(),
            Suppression::NotATicket => "not_a_ticket",
            Suppression::Observe { .. } => "observe",
            Suppression::Shadow => "shadow",
            Suppression::NoReceiver => "no_receiver",
            Suppression::Inhibited { .. } => "inhibited",
            Suppression::DependsOn { .. } => "depends_on",
            Suppression::Parent { .. } => "parent",
            Suppression::ParentUnseen { .. } => "parent_unseen",
            Suppression::Recovering { .. } => "recovering",
            Suppression::Flapping { .. } => "flapping",
            Suppression::Settling { .. } => "settling",
            Suppression::Gathering { .. } => "gathering",
        }
    }

    /// The word under which is counted what nobody was told of because of it: what clears together
    /// with what explained it was hidden by that.
    pub fn counted_as(&self) -> &'static str {
        match self {
            Suppression::Settling {
                after: Some(by), ..
            } => by.code(),
            _ => self.code(),
        }
    }

    /// When it ends by itself, if that is known.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Suppression::Parent { until, .. } | Suppression::Observe { until } => *until,
            Suppression::Silence { until, .. }
            | Suppression::ParentUnseen { until, .. }
            | Suppression::Recovering { until, .. }
            | Suppression::Flapping { until }
            | Suppression::Settling { until, .. }
            | Suppression::Gathering { until } => Some(*until),
            Suppression::NotATicket
            | Suppression::Shadow
            | Suppression::NoReceiver
            | Suppression::Inhibited { .. }
            | Suppression::DependsOn { .. } => None,
        }
    }

    /// Whose end or change is worth another look, besides that time.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Suppression::Silence { id, .. } => Some(Cause::Silence(id.clone())),
            Suppression::Inhibited { alert, .. } | Suppression::DependsOn { alert, .. } => {
                Some(Cause::Alert(*alert))
            }
            Suppression::Parent { place, .. }
            | Suppression::ParentUnseen { place, .. }
            | Suppression::Recovering { place, .. } => Some(Cause::Place(Arc::clone(place))),
            Suppression::NotATicket
            | Suppression::Observe { .. }
            | Suppression::Shadow
            | Suppression::NoReceiver
            | Suppression::Flapping { .. }
            | Suppression::Settling { .. }
            | Suppression::Gathering { .. } => None,
        }
    }

    /// All of them: of a redundancy group any is worth a look.
    pub fn causes(&self) -> Vec<Cause> {
        let others = match self {
            Suppression::Parent { beside, .. } => &beside[..],
            _ => &[],
        };
        let others = others.iter().map(|place| Cause::Place(Arc::clone(place)));
        self.cause().into_iter().chain(others).collect()
    }

    /// Whether each firing member has one of its own, so that one free member frees the incident;
    /// else it is the incident's as a whole.
    pub fn is_of_members(&self) -> bool {
        match self {
            Suppression::NotATicket | Suppression::NoReceiver => false,
            Suppression::Observe { .. }
            | Suppression::Silence { .. }
            | Suppression::Shadow
            | Suppression::Inhibited { .. }
            | Suppression::DependsOn { .. }
            | Suppression::Parent { .. }
            | Suppression::ParentUnseen { .. }
            | Suppression::Recovering { .. }
            | Suppression::Flapping { .. }
            | Suppression::Settling { .. }
            | Suppression::Gathering { .. } => true,
        }
    }
}
