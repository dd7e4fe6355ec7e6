//! Makes the short form of rounds: the agent's side of the table.
//!
//! In: rounds, in the order in which they are sent. Out: a [`Folded`] report. What a report
//! that was not acknowledged has added is not known to be known: [`Folding::reset`].

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::folded::{Folded, FoldedRound, Line, Run, Series, Speaker};
use crate::{ProbeRun, Report, Round, Sample, WIRE_FOLDED};

/// A table that has grown so far beyond what a round needs is begun anew.
const SERIES_SPARE_MAX: usize = 1_000;
/// Lines in a table; reasons that change with every look would let it grow without end.
const LINES_MAX: usize = 256;
/// Between the names of a series.
const BETWEEN: char = '\0';

/// What the collector is known to know.
#[derive(Debug, Default)]
pub struct Folding {
    /// The name of the table; 0 while there is none.
    name: u64,
    /// The last name that was given.
    given: u64,
    speaker: Option<Speaker>,
    lines: Vec<Line>,
    series: Vec<Names>,
    last: Vec<f64>,
    /// Places of series by their hashes; what is not here is added, if need be once more.
    places: HashMap<u64, u32>,
}

impl Folding {
    /// An empty table. No name of this process is at or below `given`, a random number.
    pub fn new(given: u64) -> Folding {
        Folding {
            given,
            ..Folding::default()
        }
    }

    /// Begins with an empty table. Names that were given stay given.
    pub fn reset(&mut self) {
        *self = Folding::new(self.given);
    }

    /// The short form of a report without rounds; those are added by [`Folding::add`]. With
    /// `is_kept` the next one builds on it. Rounds with another interval than this say so.
    pub fn begin(&mut self, head: &Report, interval_s: f64, is_kept: bool) -> Folded {
        let is_same = self.speaker.as_ref().is_some_and(|speaker| {
            speaker.boot == head.boot
                && speaker.epoch == head.epoch
                && speaker.version == head.version
                && speaker.host == head.host
        });
        if !is_same || !is_kept || self.lines.len() > LINES_MAX {
            self.reset();
        }
        let basis = self.name;
        if basis == 0 {
            self.speaker = Some(Speaker {
                boot: head.boot.clone(),
                epoch: head.epoch.clone(),
                host: head.host.clone(),
                version: head.version.clone(),
                interval_s,
            });
        }
        if is_kept {
            self.given += 1;
            self.name = self.given;
        }
        Folded {
            wire: WIRE_FOLDED,
            agent: head.agent.clone(),
            stream: head.stream,
            sent_wall_ms: head.sent_wall_ms,
            sent_mono_ms: head.sent_mono_ms,
            basis,
            makes: self.name,
            speaker: self.speaker.clone().filter(|_| basis == 0),
            lines: Vec::new(),
            series: Vec::new(),
            rounds: Vec::new(),
        }
    }

    /// Whether the table holds far more than a round with so many samples needs.
    pub fn is_overgrown(&self, samples: usize) -> bool {
        self.series.len() > SERIES_SPARE_MAX + 2 * samples
    }

    /// Adds a round. `None`: its clocks are further from the report's than can be said.
    #[must_use]
    pub fn add(&mut self, round: &Round, to: &mut Folded) -> Option<()> {
        let mono_ms = |ms: u64| i64::try_from(ms).ok();
        let ago_ms = (
            to.sent_wall_ms.checked_sub(round.wall_ms)?,
            mono_ms(to.sent_mono_ms)?.checked_sub(mono_ms(round.mono_ms)?)?,
        );
        let usual_s = self.speaker.as_ref().map(|speaker| speaker.interval_s);
        let mut probes = Vec::new();
        for run in &round.probes {
            let place = self.line(run, to);
            push(&mut probes, place, Some(f64::from(run.took_ms)));
        }
        let mut samples = Vec::with_capacity(8);
        let mut guess = 0;
        for sample in &round.samples {
            let (place, value) = self.value(sample, guess, to);
            guess = place as usize + 1;
            push(&mut samples, place, value);
        }
        to.rounds.push(FoldedRound {
            seq: round.seq,
            ago_ms,
            interval_s: (usual_s != Some(round.interval_s)).then_some(round.interval_s),
            probes,
            samples,
            checks: round.checks.clone(),
            events: round.events.clone(),
        });
        Some(())
    }

    fn line(&mut self, run: &ProbeRun, to: &mut Folded) -> u32 {
        let is_it = |line: &Line| {
            line.probe == run.probe && line.looked == run.looked && line.every_s == run.every_s
        };
        let known = self.lines.iter().position(is_it);
        let place = known.unwrap_or_else(|| {
            let line = Line {
                probe: run.probe.clone(),
                looked: run.looked.clone(),
                every_s: run.every_s,
            };
            to.lines.push(line.clone());
            self.lines.push(line);
            self.lines.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// The place of a sample's series, most likely `guess`, and its value unless it is the
    /// last one again.
    fn value(&mut self, sample: &Sample, guess: usize, to: &mut Folded) -> (u32, Option<f64>) {
        if self
            .series
            .get(guess)
            .is_some_and(|names| names.are_of(sample))
        {
            let value = again(&mut self.last[guess], sample.value);
            return (u32::try_from(guess).unwrap_or(u32::MAX), value);
        }
        let mut hasher = DefaultHasher::new();
        (&sample.name, &sample.attributes).hash(&mut hasher);
        let next = u32::try_from(self.series.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(hasher.finish()).or_insert(next);
        match self.series.get(place as usize) {
            Some(names) if names.are_of(sample) => {
                let value = again(&mut self.last[place as usize], sample.value);
                (place, value)
            }
            Some(_) | None => {
                to.series.push(Series {
                    name: sample.name.clone(),
                    attributes: sample.attributes.clone(),
                });
                self.series.push(Names::of(sample));
                self.last.push(sample.value);
                (next, Some(sample.value))
            }
        }
    }
}

/// The names of a series in one text, for a map of them takes ten times as much memory.
#[derive(Debug)]
struct Names(Box<str>);

impl Names {
    fn of(sample: &Sample) -> Names {
        let mut text = String::new();
        for part in texts(sample) {
            if part.contains(BETWEEN) {
                // Nobody's: two texts. Such a series is said again each time.
                return Names(BETWEEN.to_string().into_boxed_str());
            }
            text.push_str(part);
            text.push(BETWEEN);
        }
        text.pop();
        Names(text.into_boxed_str())
    }

    fn are_of(&self, sample: &Sample) -> bool {
        self.0.split(BETWEEN).eq(texts(sample))
    }
}

/// An odd number of texts: the name, and two of each attribute.
fn texts(sample: &Sample) -> impl Iterator<Item = &str> {
    let attributes = sample.attributes.iter();
    let attributes = attributes.flat_map(|(key, text)| [key.as_str(), text.as_str()]);
    std::iter::once(sample.name.as_str()).chain(attributes)
}

/// The value, unless it is to the bit what `last` was.
fn again(last: &mut f64, value: f64) -> Option<f64> {
    let before = std::mem::replace(last, value);
    (before.to_bits() != value.to_bits()).then_some(value)
}

fn push(runs: &mut Vec<Run>, place: u32, value: Option<f64>) {
    match runs.last_mut() {
        Some(run) if run.first as usize + run.values.len() == place as usize => {
            run.values.push(value);
        }
        Some(_) | None => runs.push(Run {
            first: place,
            values: vec![value],
        }),
    }
}
