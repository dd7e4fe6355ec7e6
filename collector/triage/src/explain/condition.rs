//! Says how one condition is: since when, who found it, what mutes it, to which incident it belongs.

use crate::{Alert, AlertState, Late, Origin, Suppression};

use super::list::in_list;
use super::{Explain, sentence};

impl Explain<'_> {
    pub(super) fn condition(&self, alert: &Alert) -> Vec<String> {
        let (title, severity) = (&alert.about.title, alert.severity.as_str());
        let since = self.at(alert.starts_at);
        let mut sentences = vec![match &alert.state {
            AlertState::Firing => format!("{title} ({severity}), since {since}."),
            AlertState::Resolved { at, end } => format!(
                "{title} ({severity}), from {since} to {}: {}.",
                self.at(*at),
                sentence::end(end)
            ),
        }];
        sentences.extend(found_by(alert));
        sentences.extend(self.exception_of(alert));
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
            let what = match (silence.origin, &silence.planned) {
                (_, Some(planned)) => format!("Window {:?}", planned.window),
                (Origin::Person, None) => format!("Silence {}", silence.id),
                (Origin::Hold, None) => "The hold".to_owned(),
                (Origin::Job, None) => "The run".to_owned(),
                (Origin::Window, None) => "A window".to_owned(),
            };
            sentences.push(format!(
                "{what} of {} keeps it from opening anything {} ({}).",
                silence.created_by,
                self.until_end(silence),
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
                sentences.extend(self.in_digest(alert, incident));
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
