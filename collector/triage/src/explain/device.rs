//! Says how a device is: who looks at it, what each sees, what fires, what it needs.

use crate::{Alert, EntityId, Host, Standing, limits};

use super::{Explain, and};

impl Explain<'_> {
    /// How a device is, and what fires on it; nothing if nobody looks at it and nobody knows it.
    pub fn device(&self, name: &str) -> Option<Vec<String>> {
        let lookers: Vec<&Host> = self.state.lookers(name).map(|host| &**host).collect();
        let place = self.policy.topology.place(name);
        let firing = self.fires_at(name);
        if lookers.is_empty() && place.is_none() && firing.is_empty() {
            return None;
        }
        let mut sentences = vec![
            match (place.map(|place| place.kind.as_str()), &lookers[..]) {
                (None, []) => format!(
                    "No agent runs on {name} or looks at it, and no file names it: only others report it."
                ),
                (None | Some(""), _) => format!("{name} is a device. {}", looked_at_by(&lookers)),
                (Some(kind), _) => format!("{name} is a {kind}. {}", looked_at_by(&lookers)),
            },
        ];
        sentences.extend(self.needs(name));
        let views = self.state.alerts_at(name, Standing::View);
        for view in views.take(limits::MEMBERS_LISTED_MAX) {
            let from = view.about.labels.get("from").unwrap_or("an agent");
            let check = view.identity.check().unwrap_or("a check");
            let since = (self.time)(view.starts_at);
            sentences.push(format!("{from} sees {check} fail since {since}."));
        }
        if firing.is_empty() {
            sentences.push("Nothing fires on it.".into());
        }
        for alert in firing.into_iter().take(limits::MEMBERS_LISTED_MAX) {
            sentences.extend(self.condition(alert));
        }
        Some(sentences)
    }

    /// What fires about a device, views apart.
    fn fires_at(&self, name: &str) -> Vec<&Alert> {
        let id = EntityId::of_device(name);
        let of = |standing| self.state.alerts_at(name, standing);
        let firing = of(Standing::Failed).chain(of(Standing::Fires));
        let firing = firing.map(|alert| &**alert);
        // A host of the same name is asked about by itself.
        firing
            .filter(|alert| alert.identity.entity().is_none_or(|entity| entity == id))
            .collect()
    }

    /// What a place needs to be seen, and who needs it.
    pub(super) fn needs(&self, name: &str) -> Option<String> {
        let topology = &self.policy.topology;
        let parents = topology.place(name).map_or(&[][..], |place| &place.parents);
        let groups: Vec<String> = parents
            .iter()
            .map(|group| {
                let names: Vec<&str> = group.0.iter().map(String::as_str).collect();
                match names.len() {
                    1 => names[0].to_owned(),
                    _ => format!("one of {}", and(&names)),
                }
            })
            .collect();
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let dependents = topology.dependents(name).len();
        match (groups.is_empty(), dependents) {
            (true, 0) => None,
            (true, 1) => Some("1 place needs it to be seen.".into()),
            (true, all) => Some(format!("{all} places need it to be seen.")),
            (false, 0) => Some(format!("To be seen it needs {}.", and(&groups))),
            (false, all) => Some(format!(
                "To be seen it needs {}; {all} need it.",
                and(&groups)
            )),
        }
    }
}

fn looked_at_by(lookers: &[&Host]) -> String {
    let named = |here: bool| -> Vec<&str> {
        let lookers = lookers.iter().filter(|host| host.is_here() == here);
        let names = lookers.map(|host| host.facts.name.as_str());
        names.take(limits::CAUSES_MAX).collect()
    };
    let (here, gone) = (named(true), named(false));
    match (here.is_empty(), gone.is_empty()) {
        (true, true) => "No agent looks at it.".into(),
        (false, true) => format!("Looked at from {}.", and(&here)),
        (true, false) => format!("{} would look at it and cannot now.", and(&gone)),
        (false, false) => format!(
            "Looked at from {}; {} would and cannot now.",
            and(&here),
            and(&gone)
        ),
    }
}
