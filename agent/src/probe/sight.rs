//! What all probes saw in one round, within the bounds of a round.
//!
//! In: what each look came to. Out: lines, samples and events that the collector takes;
//! what was left out is said. Knows nothing of when a probe looks.

use std::time::Duration;

use vedette_wire::{Event, Looked, ProbeRun, Sample, limits, metric};

use super::{Notes, to_a_millionth};

/// What all probes saw in one round.
#[derive(Debug, Default)]
pub struct Sight {
    /// For each probe that ended a look, whether it could look.
    pub runs: Vec<ProbeRun>,
    /// What they measured.
    pub samples: Vec<Sample>,
    /// What they saw happen.
    pub events: Vec<Event>,
}

/// What became of a probe in one round; nothing if it looks, or has no need to.
pub(super) type Said = Option<(Looked, Notes, Duration)>;

impl Sight {
    /// Takes what one look came to; gives back what happened.
    pub(super) fn take(
        &mut self,
        probe: &str,
        every: Duration,
        (mut looked, notes, took): (Looked, Notes, Duration),
    ) -> Vec<Event> {
        self.say(
            metric::PROBE_DURATION,
            probe,
            to_a_millionth(took.as_secs_f64()),
        );
        let room = limits::SAMPLES_PER_ROUND_MAX - self.samples.len();
        let left_out = notes.samples().len().saturating_sub(room);
        note_left_out(&mut looked, notes.unfit(), left_out as u64);
        bound_why(&mut looked);
        let (samples, events) = notes.into_parts();
        self.samples.extend(samples.into_iter().take(room));
        self.runs.push(ProbeRun {
            probe: probe.to_owned(),
            looked,
            took_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            every_s: (!every.is_zero()).then_some(every.as_secs_f64()),
        });
        events
    }

    /// Takes as many events as there is room for; the others wait where they are.
    pub(super) fn take_events(&mut self, events: &mut Vec<Event>) {
        let room = limits::EVENTS_PER_ROUND_MAX.saturating_sub(self.events.len());
        self.events.extend(events.drain(..room.min(events.len())));
        // A probe that sees more happen than rounds can carry is mistaken.
        events.truncate(limits::EVENTS_PER_ROUND_MAX);
    }

    /// Says which probes are left alone.
    pub(super) fn say_paused(&mut self, paused: &[&str]) {
        for probe in paused {
            self.say(metric::PROBE_PAUSED, probe, 1.0);
        }
    }

    fn say(&mut self, name: &str, probe: &str, value: f64) {
        if self.samples.len() < limits::SAMPLES_PER_ROUND_MAX {
            self.samples.push(Sample {
                name: name.to_owned(),
                attributes: [("probe".to_owned(), probe.to_owned())].into(),
                value,
            });
        }
    }
}

/// What was left out may still be there, so the probe has looked at a part only.
fn note_left_out(looked: &mut Looked, unfit: u64, over: u64) {
    if unfit + over == 0 {
        return;
    }
    let mut note = format!("{} samples left out:", unfit + over);
    if unfit > 0 {
        note.push_str(&format!(" {unfit} with a value the collector would refuse"));
    }
    if over > 0 {
        let most = limits::SAMPLES_PER_ROUND_MAX;
        note.push_str(&format!(" {over} above {most} in a round"));
    }
    let why = match looked {
        Looked::Yes => note,
        Looked::Partly { why } => format!("{why}; {note}"),
        Looked::No { .. } => return,
    };
    *looked = Looked::Partly { why };
}

/// What people read must not make the collector refuse the round.
fn bound_why(looked: &mut Looked) {
    match looked {
        Looked::Yes => {}
        Looked::Partly { why } | Looked::No { why } => {
            let end = (0..=limits::VALUE_BYTES_MAX.min(why.len()))
                .rev()
                .find(|end| why.is_char_boundary(*end));
            why.truncate(end.unwrap_or(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use vedette_wire::EventKind;

    use super::*;

    #[test]
    fn events_without_room_wait_for_the_next_round_in_their_order() {
        let event = |number: usize| Event {
            id: number.to_string(),
            wall_ms: 0,
            kind: EventKind::Other,
        };
        let all = limits::EVENTS_PER_ROUND_MAX + 44;
        let mut waiting: Vec<Event> = (0..all).map(event).collect();
        let mut first = Sight::default();
        first.take_events(&mut waiting);
        let mut second = Sight::default();
        second.take_events(&mut waiting);
        let told = first.events.iter().chain(&second.events);
        assert!(
            told.map(|event| &event.id)
                .eq(&(0..all).map(|n| n.to_string()).collect::<Vec<_>>())
        );
        assert!(waiting.is_empty());
    }

    #[test]
    fn what_the_wire_would_refuse_makes_a_look_partial() {
        let mut looked = Looked::Yes;
        note_left_out(&mut looked, 2, 0);
        let expected = "2 samples left out: 2 with a value the collector would refuse";
        assert_eq!(
            looked,
            Looked::Partly {
                why: expected.to_owned()
            }
        );
    }

    #[test]
    fn a_long_reason_is_cut_between_two_letters() {
        let mut looked = Looked::No {
            why: format!("a{}", "\u{e4}".repeat(limits::VALUE_BYTES_MAX)),
        };
        bound_why(&mut looked);
        assert!(matches!(looked, Looked::No { why } if why.len() == limits::VALUE_BYTES_MAX - 1));
    }
}
