//! Says how an incident is: where it stands, what it is about, its tickets, what comes next.

use crate::decide::next_step;
use crate::{
    Close, Incident, NextStep, Phase, Suppression, Ticket, TicketState, Together, TogetherOf,
};

use super::list::of_list;
use super::{Explain, sentence};

impl Explain<'_> {
    pub(super) fn incident(&self, incident: &Incident) -> Vec<String> {
        let Incident {
            id, title, team, ..
        } = incident;
        let drill = if incident.drill.is_some() {
            "DRILL "
        } else {
            ""
        };
        let mut sentences = vec![
            format!("Incident {id}: {drill}{title}. Team {team} owns it."),
            self.phase(incident),
            self.urgent(incident),
            self.firing(incident),
        ];
        sentences.push(match incident.route.as_str() {
            "" => "No route matched, so it goes to its owner team.".to_owned(),
            route => format!("Route {route:?} took it."),
        });
        if let Some(report) = &incident.report {
            sentences.push(format!(
                "It says what is not as it was before window {:?}.",
                report.window
            ));
            sentences.extend(report.lines.iter().cloned());
        }
        if let Some(drill) = incident.drill {
            sentences.push(format!("It is a drill ({}).", sentence::drill(drill)));
        }
        if let Some(together) = &incident.together {
            sentences.push(self.together(together));
        }
        sentences.extend(incident.list.map(of_list));
        if let Some(before) = incident.predecessor {
            sentences.push(format!("Incident {before} was the one before it."));
        }
        sentences.extend(self.times(incident));
        sentences.extend(self.people(incident));
        if let Some(suppression) = &incident.suppressed {
            sentences.push(format!("Not told: {}.", self.suppression(suppression)));
        }
        let front = self.state.firing(incident.id).next();
        sentences.extend(front.and_then(|front| self.in_digest(front, incident)));
        sentences.extend(self.state.tickets(*id).map(|ticket| self.ticket(ticket)));
        sentences.extend(self.told_next(incident));
        if !matches!(incident.close.as_deref(), Some(Close::Merged { .. })) {
            sentences.push(self.next(incident));
        }
        if let Some(at) = incident.weigh_at {
            let at = self.at(at);
            sentences.push(format!(
                "At {at} it is weighed anew, though nothing new may be measured: less time is left."
            ));
        }
        sentences
    }

    fn together(&self, together: &Together) -> String {
        let joined = together.joined;
        let what = match &together.of {
            TogetherOf::SameRule { rule, thing } => {
                let what = TogetherOf::same(rule, thing.as_deref());
                format!("{what} began on many hosts")
            }
            TogetherOf::Silence => "many fell silent".to_owned(),
            TogetherOf::Storm => return self.storm(together),
        };
        let rest = match together.look_at {
            Some(at) => format!(
                " Nearly all are well; what still fires at {} gets incidents of its own.",
                self.at(at)
            ),
            None => String::new(),
        };
        format!("It is about {joined} alerts: {what} at about the same time.{rest}")
    }

    fn storm(&self, together: &Together) -> String {
        let joined = together.joined;
        let storm = together.storm.as_ref();
        if storm.is_some_and(|storm| storm.is_over) {
            return format!(
                "It was a storm of {joined} alerts, which is over; what still fires gets incidents of its own once that is little."
            );
        }
        let calm = match storm.and_then(|storm| storm.calm_since) {
            Some(since) => format!("less has begun since {}", self.at(since)),
            None => "it goes on".to_owned(),
        };
        format!("It is a storm of {joined} alerts and takes what begins; {calm}.")
    }

    fn phase(&self, incident: &Incident) -> String {
        let started = self.at(incident.started_at);
        match incident.phase {
            Phase::Pending => format!("Known since {started}; nobody has been told."),
            Phase::Open | Phase::Acknowledged | Phase::Waiting | Phase::Resolving => {
                let opened = incident.opened_at.map(self.time).unwrap_or_default();
                let told = format!("Known since {started}, told at {opened}.");
                match incident.cleared_at {
                    Some(at) => format!("{told} All its alerts are clear since {}.", self.at(at)),
                    None => told,
                }
            }
            Phase::Resolved | Phase::Closed => {
                let at = incident.closed_at.map(self.time).unwrap_or_default();
                let close = incident.close.as_deref().map(sentence::close);
                format!(
                    "Known since {started}, closed at {at}: {}.",
                    close.unwrap_or_default()
                )
            }
        }
    }

    fn ticket(&self, ticket: &Ticket) -> String {
        let state = match ticket.state {
            TicketState::Opening => "its open is on the way",
            TicketState::Open => "open",
            TicketState::Resolved => "resolved",
            TicketState::Refused => "refused for good",
        };
        let known = match &ticket.reference {
            Some(reference) => format!(" (known there as {})", reference.id),
            None => String::new(),
        };
        let waiting = match ticket.outstanding.len() {
            0 => String::new(),
            1 => "; 1 delivery waits for its answer".to_owned(),
            more => format!("; {more} deliveries wait for their answer"),
        };
        let update = match ticket.update_due {
            Some(at) => format!("; the next update is due at {}", self.at(at)),
            None => String::new(),
        };
        format!(
            "Ticket at {}{known}: {state}{waiting}{update}.",
            ticket.receiver
        )
    }

    /// How many of its alerts fire; those of a merged one are another's.
    fn firing(&self, incident: &Incident) -> String {
        if let Some(Close::Merged { into, .. }) = incident.close.as_deref() {
            return format!("What it was about goes on in incident {into}.");
        }
        match (incident.members, incident.firing) {
            (1, 0) => "Its one alert is clear.".to_owned(),
            (1, _) => "Its one alert fires.".to_owned(),
            (all, 0) => format!("All of its {all} alerts are clear."),
            (all, some) if all == some => format!("All of its {all} alerts fire."),
            (all, some) => format!("{some} of its {all} alerts fire."),
        }
    }

    /// Whether what holds it is a silence that ends before its time once nothing fires.
    fn may_clear_before(&self, incident: &Incident) -> bool {
        match incident.suppressed.as_deref() {
            Some(Suppression::Silence { id, .. }) => {
                let silence = self.state.silence(id);
                silence.is_some_and(|silence| silence.until_clear)
            }
            Some(_) | None => false,
        }
    }

    pub(super) fn next(&self, incident: &Incident) -> String {
        match next_step(self.state, self.policy, incident) {
            NextStep::Opens { at } => {
                format!("It is told at {} unless it clears before.", self.at(at))
            }
            NextStep::Suppressed { until: Some(until) } => {
                let until = self.at(until);
                match self.may_clear_before(incident) {
                    true => format!("It stays untold until {until} at the latest."),
                    false => format!("It stays untold until {until}."),
                }
            }
            NextStep::Suppressed { until: None } => {
                "It stays untold until what suppresses it ends.".into()
            }
            NextStep::ClosesWhenWell { after_s: 0 } => "It closes as soon as it is well.".into(),
            NextStep::ClosesWhenWell { after_s } => {
                format!("It closes {after_s} s after it is well.")
            }
            NextStep::Closes { at } => {
                let why = match incident.flaps {
                    true => "It comes and goes, so it closes",
                    false => "It closes",
                };
                format!("{why} at {} unless it fires again.", self.at(at))
            }
            NextStep::ReopensUntil { at } if at >= self.now => {
                format!("If it fires again by {}, it is reopened.", self.at(at))
            }
            NextStep::ReopensUntil { .. } | NextStep::Nothing => {
                "If it fires again, it is a new incident.".into()
            }
        }
    }
}
