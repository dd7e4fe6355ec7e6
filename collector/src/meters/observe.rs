//! Turns what was committed into counts and log lines.

use std::sync::Arc;

use vedette_triage::{Decision, Entry, Reason};

use super::counters::Meters;
use crate::engine_loop::{Observer, Published};
use crate::store::StoreError;

/// Counts and logs each commit.
#[derive(Debug)]
pub struct Committed {
    meters: Arc<Meters>,
}

impl Committed {
    /// Counts in `meters`.
    pub fn new(meters: Arc<Meters>) -> Committed {
        Committed { meters }
    }

    fn count(&self, decision: &Decision) {
        for tally in &decision.tallies {
            self.meters.signals_ended(tally);
        }
        for entry in &decision.entries {
            match &entry.reason {
                Reason::Delivered {
                    receiver, action, ..
                } => self.meters.delivered(receiver, *action),
                Reason::DeliveryDead {
                    receiver, action, ..
                } => self.meters.delivery_dead(receiver, *action),
                // Once for the silence itself; its incidents are told the same.
                Reason::SilenceEndsSoon { .. } if entry.incident.is_none() => {
                    self.meters.silence_reminded();
                }
                Reason::Escalated {
                    ladder,
                    told,
                    late_ms,
                    ..
                } => self.meters.escalated(*ladder, !told.is_empty(), *late_ms),
                _ => {}
            }
        }
    }
}

impl Observer for Committed {
    fn committed(&mut self, published: &Published<'_>) {
        if !published.took.is_zero() {
            self.meters.committed(published.took);
            self.meters.away(false);
        }
        self.meters.signals_received(false, published.signals.real);
        self.meters.signals_received(true, published.signals.drills);
        for decision in published.decisions {
            self.count(decision);
            decision.entries.iter().for_each(log);
        }
    }

    fn failed(&mut self, error: &StoreError) {
        let reason = match error {
            StoreError::Away(_) => "away",
            StoreError::Full(_) => "full",
            StoreError::Refused(_) => "refused",
            StoreError::Taken(_) => "taken",
            StoreError::Unknown(_) => "unknown",
            StoreError::Broken(_) => "broken",
        };
        self.meters.commit_failed(reason);
        match error {
            // It takes others.
            StoreError::Refused(_) => {}
            StoreError::Away(_)
            | StoreError::Full(_)
            | StoreError::Taken(_)
            | StoreError::Unknown(_)
            | StoreError::Broken(_) => self.meters.away(true),
        }
        tracing::error!(reason, "{error}");
    }

    /// A load is a write, too.
    fn reloaded(&mut self) {
        self.meters.away(false);
    }

    fn tight(&mut self, tight: bool) {
        self.meters.tight(tight);
        if tight {
            tracing::error!("the disk is full: nothing new is opened until there is space again");
        } else {
            tracing::info!("there is space again: incidents are opened as usual");
        }
    }
}

/// What people watch a log for is `info`, what goes wrong `warn`, the rest `debug`.
fn log(entry: &Entry) {
    match &entry.reason {
        Reason::DeliveryDead { .. }
        | Reason::PingPong { .. }
        | Reason::OverBound { .. }
        | Reason::ExceptionEndsSoon { .. }
        | Reason::RetiredHostReports { .. }
        | Reason::NameClaimedTwice { .. } => {
            tracing::warn!("{}", Line(entry));
        }
        Reason::Grouped { .. }
        | Reason::Moved { .. }
        | Reason::Closed { .. }
        | Reason::Together { .. }
        | Reason::StormOver { .. }
        | Reason::Flaps { .. }
        | Reason::FlapsNoMore
        | Reason::MergedBy { .. }
        | Reason::MergedFrom { .. }
        | Reason::Reopened { .. }
        | Reason::ClosedTooEarly { .. }
        | Reason::ReopenedOverPerson { .. }
        | Reason::Suspected { .. }
        | Reason::Acknowledged { .. }
        | Reason::AcknowledgementEnded { .. }
        | Reason::Assigned { .. }
        | Reason::Waits { .. }
        | Reason::WaitEnded { .. }
        | Reason::PrioritySet { .. }
        | Reason::Judged { .. }
        | Reason::PriorityFreed { .. }
        | Reason::Noted { .. }
        | Reason::LiveRuled { .. }
        | Reason::Escalated { .. }
        | Reason::EscalationWaits { .. }
        | Reason::OnCallTaken { .. }
        | Reason::OnCallOver { .. }
        | Reason::ExceptionSet { .. }
        | Reason::ExceptionEnded { .. }
        | Reason::SilenceSet { .. }
        | Reason::SilenceExpired { .. }
        | Reason::SilenceCleared { .. }
        | Reason::SilenceEndsSoon { .. }
        | Reason::WindowSet { .. }
        | Reason::WindowBegan { .. }
        | Reason::WindowEnded { .. }
        | Reason::WindowReported { .. }
        | Reason::HostAppeared
        | Reason::HostLeft { .. }
        | Reason::HostBack
        | Reason::HostRetired { .. }
        | Reason::HostRevived { .. }
        | Reason::HostChangedSomething { .. }
        | Reason::HostSilent { .. }
        | Reason::RuleRenamed { .. }
        | Reason::WasDown { .. }
        | Reason::ClockStepped { .. } => tracing::info!("{}", Line(entry)),
        Reason::Fired { .. }
        | Reason::FiredAgain { .. }
        | Reason::SeverityChanged { .. }
        | Reason::Redescribed
        | Reason::Ended { .. }
        | Reason::Watched
        | Reason::Joined { .. }
        | Reason::LeftFor { .. }
        | Reason::FoundAtEnrolment { .. }
        | Reason::DigestMade { .. }
        | Reason::NoiseFound { .. }
        | Reason::OpenDelay { .. }
        | Reason::Suppressed { .. }
        | Reason::Released { .. }
        | Reason::CloseDelay { .. }
        | Reason::Prioritised { .. }
        | Reason::AcknowledgementRenewed { .. }
        | Reason::Told { .. }
        | Reason::TakenBack { .. }
        | Reason::Delivered { .. }
        | Reason::Found { .. }
        | Reason::HostChanged => tracing::debug!("{}", Line(entry)),
    }
}

/// One entry as one line: what it is about, then the reason with its data as it is stored.
struct Line<'a>(&'a Entry);

impl std::fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Entry {
            incident,
            alert,
            host,
            reason,
        } = self.0;
        if let Some(incident) = incident {
            write!(f, "incident={incident} ")?;
        }
        if let Some(alert) = alert {
            write!(f, "alert={} ", alert.0)?;
        }
        if let Some(host) = host {
            write!(f, "host={host} ")?;
        }
        let reason = serde_json::to_string(reason).map_err(|_| std::fmt::Error)?;
        f.write_str(&reason)
    }
}
