//! Turns reasons into sentences, one for each line of the timeline.

use crate::{
    Alert, Close, Drill, End, Entry, Impact, IncidentId, Reason, TogetherOf, Urgency, names,
};

use super::Explain;
use super::people::over_person;

impl Explain<'_> {
    /// One line of the timeline as a sentence. Longer than other functions: it is one table.
    pub fn sentence(&self, entry: &Entry) -> String {
        let about = self.about(entry);
        match &entry.reason {
            Reason::Fired { severity, values } => format!(
                "{about} began to fire ({}){}.",
                severity.as_str(),
                evidence(values)
            ),
            Reason::FiredAgain { severity, values } => format!(
                "{about} fires again ({}){}.",
                severity.as_str(),
                evidence(values)
            ),
            Reason::SeverityChanged { from, to, values } => format!(
                "{about} is {} instead of {}{}.",
                to.as_str(),
                from.as_str(),
                evidence(values)
            ),
            Reason::Redescribed => format!("{about} is described otherwise now."),
            Reason::Ended { end: how, values } => {
                format!("{about} is over: {}{}.", end(how), evidence(values))
            }
            Reason::Watched => format!("{about} is only watched: it opens no ticket."),
            Reason::Grouped {
                // What its alerts have in common is for programs; people see the host and the title.
                group: _,
                team,
                route,
                predecessor,
            } => {
                let route = match route.as_str() {
                    "" => String::new(),
                    route => format!(" by route {route:?}"),
                };
                let after = match predecessor {
                    Some(id) => format!("; incident {id} was the one before it"),
                    None => String::new(),
                };
                format!("A new incident, owned by team {team}{route}{after}.")
            }
            Reason::Joined { members } => format!("{about} joined; {} by now.", alerts(*members)),
            Reason::FoundAtEnrolment { first_seen } => format!(
                "{about} was found at enrolment: its host was new then, first seen at {}.",
                self.at(*first_seen)
            ),
            Reason::DigestMade { says, next } => {
                let next = next.map_or_else(String::new, |next| {
                    format!(" The next one is at {}.", self.at(next))
                });
                format!("The digest was made: {says}.{next}")
            }
            Reason::NoiseFound {
                team,
                rules,
                quieter,
            } => noise_found(team, *rules, *quieter),
            Reason::OpenDelay { until } => {
                format!("It waits until {} before anybody is told.", self.at(*until))
            }
            Reason::Suppressed { suppression } => {
                format!("Nobody is told: {}.", self.suppression(suppression))
            }
            Reason::Released { suppression } => format!(
                "No longer suppressed ({}).",
                suppression.code().replace('_', " ")
            ),
            Reason::Moved { from, to } => {
                format!("It is {} now, it was {}.", to.as_str(), from.as_str())
            }
            Reason::CloseDelay { until } => format!(
                "All clear; it closes at {} unless it fires again.",
                self.at(*until)
            ),
            Reason::Together { of, places } => together(of, *places),
            Reason::StormOver { firing } => format!(
                "The storm is over; {firing} alerts still fire and get incidents of their own once they are few."
            ),
            Reason::LeftFor { incident } => format!("{about} belongs to incident {incident} now."),
            Reason::Flaps { until } => format!(
                "It comes and goes; that is over at {} if nothing changes.",
                self.at(*until)
            ),
            Reason::FlapsNoMore => "It no longer comes and goes.".into(),
            Reason::MergedBy { by, into, why } if why.is_empty() => {
                format!("{by} made it part of incident {into}.")
            }
            Reason::MergedBy { by, into, why } => {
                format!("{by} made it part of incident {into}: {why}.")
            }
            Reason::MergedFrom { incident, members } => {
                let alerts = alerts(*members);
                format!("Incident {incident} is part of it now, with its {alerts}.")
            }
            Reason::Closed { close: how } => format!("Closed: {}.", close(how)),
            Reason::ClosedTooEarly { until } => format!(
                "It still fires: if it does at {}, it is opened again.",
                self.at(*until)
            ),
            Reason::ReopenedOverPerson { by, times } => {
                format!("{} It is opened again.", over_person(by, *times))
            }
            Reason::Reopened { times: 1 } => "Reopened.".into(),
            Reason::Reopened { times } => format!("Reopened, {times} times by now."),
            Reason::Prioritised { from: None, to } => format!("It is {to}."),
            Reason::Prioritised {
                from: Some(from),
                to,
            } => format!("It is {to} now, it was {from}."),
            Reason::Suspected { place } => {
                format!("{place}, which it needs, has failed since: that is the suspected cause.")
            }
            Reason::Acknowledged { by, until } => {
                format!("{by} works on it, until {}.", self.at(*until))
            }
            Reason::AcknowledgementEnded { why } if why == "worse" => {
                "It became worse, so nobody counts as working on it.".into()
            }
            Reason::AcknowledgementEnded { why } => format!("The acknowledgement ended: {why}."),
            Reason::AcknowledgementRenewed { until } => format!(
                "A sign of life: the acknowledgement lasts until {} now.",
                self.at(*until)
            ),
            Reason::Assigned { .. }
            | Reason::Waits { .. }
            | Reason::WaitEnded { .. }
            | Reason::Judged { .. }
            | Reason::PrioritySet { .. }
            | Reason::PriorityFreed { .. } => self.said_by_people(&entry.reason),
            Reason::Escalated { .. }
            | Reason::EscalationWaits { .. }
            | Reason::PingPong { .. }
            | Reason::OnCallTaken { .. }
            | Reason::OnCallOver { .. } => self.of_escalation(&entry.reason),
            Reason::Noted { by, text } => format!("{by} wrote: {text}"),
            Reason::Told {
                delivery,
                receiver,
                action,
            } => format!(
                "{receiver} is told: {} (delivery {}).",
                action.as_str(),
                delivery.0
            ),
            Reason::TakenBack {
                delivery,
                receiver,
                action,
            } => format!(
                "{receiver} was not told yet: {} (delivery {}); it fires again, so it is not told that.",
                action.as_str(),
                delivery.0
            ),
            Reason::Delivered {
                receiver,
                action,
                ticket,
                ..
            } => {
                let ticket = ticket.as_ref().map(|id| format!(" as {id}"));
                format!(
                    "{receiver} did it: {}{}.",
                    action.as_str(),
                    ticket.unwrap_or_default()
                )
            }
            Reason::DeliveryDead {
                receiver,
                action,
                why,
                ..
            } => format!("{receiver} will never do it: {} ({why}).", action.as_str()),
            Reason::ExceptionSet { .. }
            | Reason::ExceptionEnded { .. }
            | Reason::ExceptionEndsSoon { .. } => self.of_exception(&entry.reason),
            Reason::LiveRuled { by, of, live, why } => {
                let so = match live {
                    true => "goes live",
                    false => "is only observed from now on",
                };
                let why = match why.as_str() {
                    "" => String::new(),
                    why => format!(" ({why})"),
                };
                format!("By {by}, {of} {so}{why}.")
            }
            Reason::SilenceSet { id, by, until } => {
                format!("{by} set silence {id} until {}.", self.at(*until))
            }
            Reason::SilenceExpired { id, by } => format!("{by} ended silence {id}."),
            Reason::SilenceCleared { id } => {
                format!("Silence {id} ended: nothing that it matches fires any more.")
            }
            Reason::SilenceEndsSoon {
                id,
                by,
                until,
                alerts,
            } => {
                format!(
                    "Silence {id} of {by} ends at {} and still mutes {}.",
                    self.at(*until),
                    self::alerts(*alerts)
                )
            }
            Reason::WindowSet {
                window,
                from,
                until,
            } => format!(
                "Window {window:?} is planned from {} until {}.",
                self.at(*from),
                self.at(*until)
            ),
            Reason::WindowBegan { window } => format!("Window {window:?} began."),
            Reason::WindowEnded { window, by: None } => format!("Window {window:?} ended."),
            Reason::WindowEnded {
                window,
                by: Some(by),
            } => format!("{by} ended window {window:?}."),
            Reason::WindowReported { window, says } => {
                format!("What is not as it was before window {window:?}: {says}.")
            }
            Reason::HostAppeared => format!("{about} reported for the first time."),
            Reason::HostLeft {
                reason,
                until: Some(until),
            } => format!(
                "{about} said goodbye ({reason}); it should be back by {}.",
                self.at(*until)
            ),
            Reason::HostLeft {
                reason,
                until: None,
            } => format!("{about} said goodbye ({reason})."),
            Reason::HostRetired { by, why } => format!("{by} retired {about}: {why}."),
            Reason::HostRevived { by, why } => format!("{by} revived {about}: {why}."),
            Reason::RetiredHostReports { by, at } => format!(
                "{about} reports, although {by} retired it at {}; revive it, or switch it off.",
                self.at(*at)
            ),
            Reason::HostBack => format!("{about} reports again."),
            Reason::HostChanged => format!("{about} says something else of itself than before."),
            Reason::HostSilent { last_seen } => format!(
                "{about} is silent; it was last heard of at {}.",
                self.at(*last_seen)
            ),
            Reason::HostChangedSomething { changes, more } => {
                let more = match more {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                format!("Changed on {about}: {}{more}.", changes.join(", "))
            }
            Reason::Found { what, lines } => {
                format!("{} for {about}: {}", what.words(), lines.join("; "))
            }
            Reason::NameClaimedTwice { name, by } => {
                format!("{about} claims the name {name}, which host {by} has already.")
            }
            Reason::RuleRenamed { from, to } => format!("Rule {from} is called {to} now."),
            Reason::OverBound { bound } => format!("Refused: {bound} is reached."),
            Reason::WasDown { for_ms } => format!(
                "The collector was down for {} s; what waited goes on waiting.",
                for_ms / 1000
            ),
            Reason::ClockStepped { by_ms } => {
                format!("The clock was set by {} s.", by_ms / 1000)
            }
        }
    }

    /// An alert by its title, with its place where the incident does not begin with it.
    fn placed(&self, alert: &Alert, incident: Option<IncidentId>) -> String {
        let title = &alert.about.title;
        let incident = incident.and_then(|id| self.state.incident(id));
        match (alert.place(), incident) {
            (Some(place), Some(incident))
                if !incident.title.starts_with(place) && !names(title, place) =>
            {
                format!("{place}: {title}")
            }
            (_, _) => title.clone(),
        }
    }

    /// What a line is about, in a word or two.
    fn about(&self, entry: &Entry) -> String {
        let alert = entry.alert.and_then(|id| self.state.alert(id));
        if let Some(alert) = alert {
            return self.placed(alert, entry.incident);
        }
        let host = entry.host.as_ref();
        match (entry.alert, host) {
            (None, Some(id)) => self
                .state
                .host(id)
                .map_or_else(|| format!("Host {id}"), |host| host.facts.name.clone()),
            (Some(_), _) | (None, None) => "An alert".into(),
        }
    }
}

/// `1 alert`, `7 alerts`
fn alerts(many: u32) -> String {
    match many {
        1 => "1 alert".to_owned(),
        many => format!("{many} alerts"),
    }
}

pub(super) fn evidence(values: &[(String, f64)]) -> String {
    if values.is_empty() {
        return String::new();
    }
    let listed: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    format!(", seen: {}", listed.join(", "))
}

pub(super) fn end(end: &End) -> String {
    match end {
        End::Recovered => "it was measured to be well".into(),
        End::SaidBySender => "its sender said so".into(),
        End::Expired { sender } => format!("no longer reported by {sender}"),
        End::Gone { after_s } => format!("it was looked for and not there for {after_s} s"),
        End::RuleRemoved => "its rule was removed; nobody has measured that it is well".into(),
        End::EntityRetired { by } => format!("{by} retired the host"),
        End::ClosedByPerson { by } => format!("{by} closed it"),
        End::DrillOver => "the drill is over".into(),
    }
}

fn noise_found(team: &str, rules: u32, quieter: u32) -> String {
    let rules = match rules {
        0 => return format!("No rule was noisy for team {team}."),
        1 => "1 rule was noisy".to_owned(),
        many => format!("{many} rules were noisy"),
    };
    let quieter = match quieter {
        0 => "nothing that was tried would have helped".to_owned(),
        1 => "a change would have helped with 1".to_owned(),
        many => format!("changes would have helped with {many}"),
    };
    format!("{rules} for team {team}; {quieter}.")
}

fn together(of: &TogetherOf, places: u32) -> String {
    match of {
        TogetherOf::SameRule { rule, thing } => {
            let what = TogetherOf::same(rule, thing.as_deref());
            format!("{what} fires on {places} hosts at about the same time: that is one thing.")
        }
        TogetherOf::Storm => {
            "So much begins within a minute that it is one thing: a storm.".to_owned()
        }
        TogetherOf::Silence => {
            format!("{places} hosts fell silent at about the same time: that is one thing.")
        }
    }
}

pub(super) fn close(close: &Close) -> String {
    match close {
        Close::Cleared => "nothing of it fires any more".into(),
        Close::Transient => "it cleared before anybody was told".into(),
        Close::ClearedWhileSuppressed => "it cleared while it was suppressed".into(),
        Close::ByPerson { by, why } if why.is_empty() => format!("by {by}"),
        Close::ByPerson { by, why } => format!("by {by}, who wrote: {why}"),
        Close::Divided { rest: 1 } => {
            "nothing else fires of it; the last one has an incident of its own".into()
        }
        Close::Divided { rest } => {
            format!("nearly all are well; the other {rest} have incidents of their own")
        }
        Close::Merged { into, .. } => format!("it is part of incident {into} now"),
    }
}

pub(super) fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::Low => "low",
        Impact::Medium => "medium",
        Impact::High => "high",
    }
}

pub(super) fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Low => "low",
        Urgency::Medium => "medium",
        Urgency::High => "high",
    }
}

pub(super) fn drill(drill: Drill) -> &'static str {
    match drill {
        Drill::Quiet => "it pages nobody",
        Drill::Paging => "it pages as the real fault would",
    }
}
