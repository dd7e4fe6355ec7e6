//! Says why nobody is told: what suppresses, and until when.

use crate::{AlertId, Origin, Silence, SilenceId, Suppression};

use super::Explain;

impl Explain<'_> {
    pub(super) fn suppression(&self, suppression: &Suppression) -> String {
        match suppression {
            Suppression::Silence { id, until, origin } => {
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
                        "{what} of {} mutes it {} ({})",
                        silence.created_by,
                        self.until_end(silence),
                        silence.comment
                    ),
                    None => format!("{what} mutes it until {}", self.at(*until)),
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
            Suppression::Settling {
                until,
                after: Some(_),
            } => format!(
                "what explained it is over; it waits until {} whether it clears as well",
                self.at(*until)
            ),
            Suppression::Settling { until, after: None } => format!(
                "it waits until {} whether something begins that explains it",
                self.at(*until)
            ),
            Suppression::Gathering { until } => format!(
                "it waits until {} whether others begin with it",
                self.at(*until)
            ),
            Suppression::NotATicket => "it is worth less than a ticket of its own".into(),
            Suppression::Observe { .. } => self.observed(),
            Suppression::Shadow => "its rule is a shadow, which is shown but opens nothing".into(),
            Suppression::NoReceiver => {
                "neither its route nor its team names a receiver; set `ticket` of the team".into()
            }
        }
    }

    /// When a silence ends, and what ends it before.
    pub(super) fn until_end(&self, silence: &Silence) -> String {
        let until = self.at(silence.ends_at);
        match silence.until_clear {
            true => format!("until nothing that it matches fires, {until} at the latest"),
            false => format!("until {until}"),
        }
    }

    /// The name of the window that a silence is an occurrence of.
    pub(super) fn window(&self, id: &SilenceId) -> Option<&str> {
        let planned = self.state.silence(id)?.planned.as_ref()?;
        Some(&planned.window)
    }

    /// An alert by its title, for people.
    pub(super) fn named(&self, id: AlertId) -> String {
        match self.state.alert(id) {
            Some(alert) => format!("{:?}", alert.about.title),
            None => "another alert".to_owned(),
        }
    }
}
