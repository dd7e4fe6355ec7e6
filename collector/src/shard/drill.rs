//! Lets a drill go the way of what detection finds: described by the same code,
//! under its host's lock. Nothing of it is kept here, so detection goes on undisturbed.

use std::sync::Arc;

use vedette_triage::detect::Found;
use vedette_triage::{About, Drill, Input, Labels, Signal};

use super::{NotTaken, Shards, Taken, locked, place, signals};

/// What a drill pretends was found.
#[derive(Debug, Clone)]
pub struct Pretended {
    /// The condition. Its identity is that of the real one; it is marked here.
    pub found: Found,
    /// The labels of the host it is pretended on.
    pub host: Labels,
    /// What it says instead of the rule's title, which would be a lie.
    pub title: String,
    /// How far it goes.
    pub drill: Drill,
}

impl Shards {
    /// Hands on what a drill pretends was found, or that it is over.
    pub fn drill(&self, pretended: Pretended) -> Result<Taken, NotTaken> {
        let Pretended {
            found,
            host,
            title,
            drill,
        } = pretended;
        let entity = found.identity.entity();
        let _in_order = entity.map(|id| locked(&self.hosts[place(&id)]));
        let in_force = self.in_force.load();
        // Rules that are built in have no condition, and still a component.
        let meta = in_force.policy.rules.get(&found.rule);
        let component = meta.map_or("", |meta| meta.component.as_str());
        let input = match signals::of_found(found, &host, &in_force) {
            Input::Signal(Signal::Alert(mut signal)) => {
                signal.identity = signal.identity.as_drill();
                signal.drill = Some(drill);
                signal.about = Arc::new(About {
                    labels: signal
                        .about
                        .labels
                        .with("drill", "true")
                        .with("component", component),
                    component: component.to_owned(),
                    title,
                    ..About::clone(&signal.about)
                });
                Input::Signal(Signal::Alert(signal))
            }
            other => other,
        };
        let pending = self.engine.submit(input).map_err(|_| NotTaken::Busy)?;
        Ok(Taken {
            pending: vec![pending],
            ..Taken::default()
        })
    }
}
