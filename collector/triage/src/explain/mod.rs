//! Says why, in sentences, from what is stored.
//!
//! In: the state, the policy, the time, and how to write a time. Out: sentences for people.
//! Times and zones are the caller's: it formats each [`Timestamp`]. Decides nothing.

mod device;
mod list;
mod parent;
mod people;
mod sentence;

use std::sync::Arc;

use list::{in_list, of_list};
pub(crate) use parent::and;

use crate::decide::next_step;
use crate::{
    Alert, AlertId, AlertState, EntityId, Host, Identity, Incident, IncidentId, Late, NextStep,
    Origin, Phase, Policy, Silence, SilenceId, SilenceState, State, Suppression, Ticket,
    TicketState, Timestamp, Together, TogetherOf, limits,
};

/// What can be asked about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// An incident.
    Incident(IncidentId),
    /// A host.
    Host(&'a EntityId),
    /// One condition.
    Condition(&'a Identity),
}

/// Answers questions about a state as it is at one time.
#[derive(Clone, Copy)]
pub struct Explain<'a> {
    /// What is known.
    pub state: &'a State,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The time of asking.
    pub now: Timestamp,
    /// How a time is written.
    pub time: &'a dyn Fn(Timestamp) -> String,
}

impl Explain<'_> {
    /// Sentences about anything; one that says so if it is not known.
    pub fn explain(&self, subject: Subject<'_>) -> Vec<String> {
        match subject {
            Subject::Incident(id) => match self.state.incident(id) {
                Some(incident) => self.incident(incident),
                None => vec![format!(
                    "Incident {id} is not known here, or was archived long after its end."
                )],
            },
            Subject::Host(id) => self.why(id),
            Subject::Condition(identity) => match self.state.alert_of(identity) {
                Some(alert) => self.condition(alert),
                None => vec![
                    "This condition is not known; it never fired, or it was over long ago.".into(),
                ],
            },
        }
    }

    /// How a host is, and what fires on it; at most [`limits::MEMBERS_LISTED_MAX`] alerts.
    pub fn why(&self, id: &EntityId) -> Vec<String> {
        let Some(host) = self.state.host(id) else {
            return vec![format!("No host has the id {id}.")];
        };
        let mut sentences = self.host(host);
        sentences.extend(self.needs(&host.facts.name));
        let ours = |alert: &&std::sync::Arc<Alert>| {
            alert.is_firing() && alert.identity.entity().as_ref() == Some(id)
        };
        let firing = self.state.alerts().filter(ours).count();
        if firing == 0 {
            sentences.push("Nothing fires on it.".into());
            return sentences;
        }
        let most = limits::MEMBERS_LISTED_MAX;
        for alert in self.state.alerts().filter(ours).take(most) {
            sentences.extend(self.condition(alert));
        }
        if firing > most {
            sentences.push(format!("{} more alerts fire on it.", firing - most));
        }
        sentences
    }

    /// What is known of a rule's conditions on a host, those that are over among them; at most
    /// [`limits::MEMBERS_LISTED_MAX`].
    pub fn of_rule(&self, id: &EntityId, rule: &str) -> Vec<String> {
        let of_rule = self.state.alerts().filter(|alert| {
            alert.identity.rule() == Some(rule) && alert.identity.entity().as_ref() == Some(id)
        });
        let known = of_rule.take(limits::MEMBERS_LISTED_MAX);
        known.flat_map(|alert| self.condition(alert)).collect()
    }

    fn host(&self, host: &Host) -> Vec<String> {
        let name = &host.facts.name;
        let class = host.facts.class.as_str();
        let first = self.at(host.first_seen);
        let mut sentences = vec![format!("{name} is a {class}, known since {first}.")];
        if let Some(away) = &host.away {
            let (reason, since) = (away.reason.as_str(), self.at(away.since));
            sentences.push(match away.until {
                Some(until) => format!(
                    "It said goodbye ({reason}) at {since} and should be back by {}.",
                    self.at(until)
                ),
                None => format!(
                    "It said goodbye ({reason}) at {since}; no return is expected at any time."
                ),
            });
        }
        if let Some(since) = host.silent_since {
            sentences.push(format!("It has been silent since {}.", self.at(since)));
        }
        sentences.extend(self.plans(host));
        if let Some(other) = &host.name_also_claimed_by {
            sentences.push(format!(
                "Another host, {other}, claims the name {name} as well; give one of them another name."
            ));
        }
        sentences
    }

    /// What root and the jobs of a host keep from opening now, and what was changed there.
    fn plans(&self, host: &Host) -> Vec<String> {
        let now = |silence: &&Arc<Silence>| silence.state(self.now) == SilenceState::Active;
        let planned = self.state.planned(self.policy, self.now, &host.id);
        let windows = planned.iter().filter(|silence| silence.planned.is_some());
        let holding = self
            .state
            .silences_about(&host.id)
            .filter(now)
            .chain(windows);
        let mut sentences: Vec<String> = holding
            .map(|silence| {
                let (by, why, until) =
                    (&silence.created_by, &silence.comment, self.at(silence.ends_at));
                match silence.origin {
                    Origin::Hold | Origin::Person => {
                        format!("{by} holds it until {until} ({why}): nothing opens, what recovers is closed.")
                    }
                    Origin::Job => format!("Until {until} at most: {why}; that opens nothing."),
                    Origin::Window => {
                        let name = self.window(&silence.id).unwrap_or_default();
                        format!("Window {name:?} of {by} lasts for it until {until} ({why}): nothing opens, what recovers is closed.")
                    }
                }
            })
            .collect();
        let recent = host.changes_since(self.now.before(limits::CHANGES_SHOWN));
        for change in recent.take(limits::CHANGES_TOLD_MAX) {
            sentences.push(format!(
                "Changed at {}: {}.",
                self.at(change.at),
                change.words()
            ));
        }
        sentences
    }

    fn condition(&self, alert: &Alert) -> Vec<String> {
        let (title, severity) = (&alert.about.title, alert.severity.as_str());
        let since = self.at(alert.starts_at);
        let mut sentences = vec![match &alert.state {
            AlertState::Firing => format!("{title} ({severity}) fires since {since}."),
            AlertState::Resolved { at, end } => format!(
                "{title} ({severity}) fired from {since} to {}: {}.",
                self.at(*at),
                sentence::end(end)
            ),
        }];
        sentences.extend(found_by(alert));
        match alert.about.late {
            Some(Late::Holds) => sentences.push("It was told late, out of a backlog.".into()),
            Some(Late::Over) => sentences.push(
                "It was told late, out of a backlog; told in time it would be over by now.".into(),
            ),
            None => {}
        }
        if let Some(known) = known_of(alert) {
            sentences.push(known);
        }
        if alert.occurrences > 1 {
            sentences.push(format!("It began to fire {} times.", alert.occurrences));
        }
        if let Some(flap) = &alert.turns.flap {
            sentences.push(format!(
                "It comes and goes since {}; that is over at {} if nothing changes.",
                self.at(flap.since),
                self.at(flap.until)
            ));
        }
        let mutes = self.state.silences_for(alert);
        for silence in mutes.filter(|silence| silence.mutes(self.now, alert)) {
            sentences.push(format!(
                "{} {} of {} keeps it from opening anything until {} ({}).",
                match silence.origin {
                    Origin::Person => "Silence",
                    Origin::Hold => "Hold",
                    Origin::Job => "Run",
                    Origin::Window => "Window",
                },
                match &silence.planned {
                    Some(planned) => format!("{:?}", planned.window),
                    None => silence.id.to_string(),
                },
                silence.created_by,
                self.at(silence.ends_at),
                silence.comment
            ));
        }
        match alert.incident.map(|id| (id, self.state.incident(id))) {
            Some((_, Some(incident))) => {
                sentences.extend(incident.list.map(in_list));
                // What mutes it was said.
                let muted = |by: &&Suppression| !matches!(by, Suppression::Silence { .. });
                let held = incident.suppressed.as_deref().filter(muted);
                sentences.push(format!(
                    "It belongs to incident {}, {}{}. {}",
                    incident.id,
                    incident.phase.as_str(),
                    held.map_or_else(String::new, |by| format!(
                        ", not told: {}",
                        self.suppression(by)
                    )),
                    self.next(incident)
                ));
            }
            Some((id, None)) => sentences.push(format!(
                "A person closed its incident {id}; it opens nothing again until it was well."
            )),
            None if alert.identity.is_view() => sentences.push(
                "It is what one agent sees of a device; what the device comes to is its own alert."
                    .into(),
            ),
            None => sentences.push("It is only watched: it opens no ticket.".into()),
        }
        sentences
    }

    fn incident(&self, incident: &Incident) -> Vec<String> {
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
            firing(incident),
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
        sentences.extend(self.state.tickets(*id).map(|ticket| self.ticket(ticket)));
        sentences.push(self.next(incident));
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
                let close = incident.close.as_ref().map(sentence::close);
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

    fn next(&self, incident: &Incident) -> String {
        match next_step(self.state, self.policy, incident) {
            NextStep::Opens { at } => {
                format!("It is told at {} unless it clears before.", self.at(at))
            }
            NextStep::Suppressed { until: Some(until) } => {
                format!("It stays untold until {}.", self.at(until))
            }
            NextStep::Suppressed { until: None } => {
                "It stays untold until what suppresses it ends.".into()
            }
            NextStep::ClosesWhenWell { after_s: 0 } => "It closes as soon as it is well.".into(),
            NextStep::ClosesWhenWell { after_s } => {
                format!("It closes {after_s} s after it is well.")
            }
            NextStep::Closes { at } => {
                format!("It closes at {} unless it fires again.", self.at(at))
            }
            NextStep::ReopensUntil { at } if at >= self.now => {
                format!("If it fires again by {}, it is reopened.", self.at(at))
            }
            NextStep::ReopensUntil { .. } | NextStep::Nothing => {
                "If it fires again, it is a new incident.".into()
            }
        }
    }

    fn suppression(&self, suppression: &Suppression) -> String {
        match suppression {
            Suppression::Silence { id, until, origin } => {
                let until = self.at(*until);
                let what = match origin {
                    Origin::Person => format!("silence {id}"),
                    Origin::Hold => "the hold".to_owned(),
                    Origin::Job => "the run".to_owned(),
                    Origin::Window => match self.window(id) {
                        Some(name) => format!("window {name:?}"),
                        None => "a window".to_owned(),
                    },
                };
                match self.state.silence(id) {
                    Some(silence) => format!(
                        "{what} of {} mutes it until {until} ({})",
                        silence.created_by, silence.comment
                    ),
                    None => format!("{what} mutes it until {until}"),
                }
            }
            Suppression::Inhibited { name, alert } => {
                format!("{} explains it (inhibition {name:?})", self.named(*alert))
            }
            Suppression::DependsOn { rule, alert } => format!(
                "{} explains it (rule {rule} on the same entity)",
                self.named(*alert)
            ),
            Suppression::Parent {
                place,
                beside,
                on_purpose,
                until,
            } => {
                let places = std::iter::once(place).chain(beside);
                self.parent(&places.collect::<Vec<_>>(), *on_purpose, *until)
            }
            Suppression::ParentUnseen { place, until } => format!(
                "{place}, which it needs, has not been heard of since; it is waited for until {}",
                self.at(*until)
            ),
            Suppression::Recovering { place, until } => format!(
                "{place}, which it needs, has just come back; it must fail anew, or last until {}",
                self.at(*until)
            ),
            Suppression::Flapping { until } => format!(
                "it comes and goes too often; that is over at {} if nothing changes",
                self.at(*until)
            ),
            Suppression::Settling { until } => format!(
                "it waits until {} whether something begins that explains it",
                self.at(*until)
            ),
            Suppression::Gathering { until } => format!(
                "it waits until {} whether others begin with it",
                self.at(*until)
            ),
            Suppression::NotATicket => "it is worth less than a ticket of its own".into(),
            Suppression::Observe => "this collector only observes; nothing is sent".into(),
            Suppression::Shadow => "its rule is a shadow, which is shown but opens nothing".into(),
            Suppression::NoReceiver => {
                "neither its route nor its team names a receiver; set `ticket` of the team".into()
            }
        }
    }

    /// The name of the window that a silence is an occurrence of.
    fn window(&self, id: &SilenceId) -> Option<&str> {
        let planned = self.state.silence(id)?.planned.as_ref()?;
        Some(&planned.window)
    }

    /// An alert by its title, for people.
    fn named(&self, id: AlertId) -> String {
        match self.state.alert(id) {
            Some(alert) => format!("{:?}", alert.about.title),
            None => "another alert".to_owned(),
        }
    }

    fn at(&self, time: Timestamp) -> String {
        (self.time)(time)
    }
}

/// What people know of it that its source did not say.
fn known_of(alert: &Alert) -> Option<String> {
    let labels = &alert.about.labels;
    let set = alert.enriched.iter().map(|(name, said)| {
        let said = match &**said {
            "" => String::new(),
            said => format!(" (its source said {said:?})"),
        };
        match labels.get(name) {
            Some(value) => format!("{name}={value:?}{said}"),
            None => format!("no {name}{said}"),
        }
    });
    let set: Vec<String> = set.collect();
    (!set.is_empty()).then(|| format!("Known of it: {}.", set.join(", ")))
}

/// Which rule found it, and what that saw last.
fn found_by(alert: &Alert) -> Option<String> {
    let rule = alert.identity.rule()?;
    let seen = sentence::evidence(&alert.about.values);
    (!seen.is_empty()).then(|| format!("Rule {rule} found it{seen}."))
}

/// How many of its alerts fire.
fn firing(incident: &Incident) -> String {
    match (incident.members, incident.firing) {
        (1, 0) => "Its one alert is clear.".to_owned(),
        (1, _) => "Its one alert fires.".to_owned(),
        (all, 0) => format!("All of its {all} alerts are clear."),
        (all, some) if all == some => format!("All of its {all} alerts fire."),
        (all, some) => format!("{some} of its {all} alerts fire."),
    }
}
