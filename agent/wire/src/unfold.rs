//! Makes reports of their short form: the collector's side of the table.
//!
//! In: a [`Folded`] report, the [`Table`] it builds on. Out: the [`Report`] it was, and the
//! table the next one builds on; or the place where it cannot be understood. A body of a
//! few bytes must not unfold to more than a report may have.

use std::sync::Arc;

use crate::folded::{Folded, FoldedRound, Line, Run, Series, Speaker};
use crate::limits::{PROBES_PER_ROUND_MAX, REPORT_BYTES_MAX, SAMPLES_PER_ROUND_MAX};
use crate::{Looked, ProbeRun, Report, Round, Sample};

/// Series in one table: an agent begins anew before.
const SERIES_MAX: usize = 3 * SAMPLES_PER_ROUND_MAX;
/// Lines in one table: an agent begins anew before.
const LINES_MAX: usize = 512;
/// Bytes of all names and texts in one table.
const TABLE_BYTES_MAX: usize = REPORT_BYTES_MAX / 2;
/// Bytes of a sample in a report's plain form beside its names and texts.
const SAMPLE_BYTES: usize = 32;

/// What an agent has said and will not say again.
#[derive(Debug, Default)]
pub struct Table {
    name: u64,
    speaker: Option<Speaker>,
    lines: Vec<Line>,
    series: Vec<Arc<Series>>,
    last: Vec<f64>,
    bytes: usize,
}

/// Why a folded report cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfoldable {
    /// It builds on a table that is not at hand; a report that builds on nothing is.
    UnknownBasis,
    /// It unfolds to more than a report may have.
    TooLarge,
    /// It says something impossible.
    Wrong {
        /// The place, as a path.
        at: String,
        /// What is wrong there.
        why: &'static str,
    },
}

impl Table {
    /// The report that was folded. `share` may give the same series for the same names, so
    /// that many tables hold it once. After an error the table is of no more use.
    ///
    /// # Errors
    /// See [`Unfoldable`].
    pub fn unfold(
        &mut self,
        folded: Folded,
        mut share: impl FnMut(Series) -> Arc<Series>,
    ) -> Result<Report, Unfoldable> {
        match (folded.basis, folded.speaker) {
            (0, Some(speaker)) => {
                *self = Table {
                    speaker: Some(speaker),
                    ..Table::default()
                };
            }
            (0, None) => return Err(wrong("speaker", "it is missing, and there is no basis")),
            (basis, _) if basis != self.name => return Err(Unfoldable::UnknownBasis),
            (_, Some(_)) => return Err(wrong("speaker", "it is the one of the basis")),
            (_, None) => {}
        }
        self.name = folded.makes;
        self.bytes += folded.lines.iter().map(line_bytes).sum::<usize>();
        self.bytes += folded.series.iter().map(series_bytes).sum::<usize>();
        self.lines.extend(folded.lines);
        self.series
            .extend(folded.series.into_iter().map(&mut share));
        // A series without a value has none to be repeated.
        self.last.resize(self.series.len(), f64::NAN);
        if self.series.len() > SERIES_MAX
            || self.lines.len() > LINES_MAX
            || self.bytes > TABLE_BYTES_MAX
        {
            return Err(Unfoldable::TooLarge);
        }
        let sent = (folded.sent_wall_ms, folded.sent_mono_ms);
        let mut room = REPORT_BYTES_MAX;
        let rounds = folded.rounds.into_iter().enumerate();
        let rounds: Result<Vec<Round>, Unfoldable> = rounds
            .map(|(at, round)| self.round(round, at, sent, &mut room))
            .collect();
        let rounds = rounds?;
        let Some(speaker) = self.speaker.clone() else {
            return Err(Unfoldable::UnknownBasis);
        };
        Ok(Report {
            wire: folded.wire,
            agent: folded.agent,
            boot: speaker.boot,
            epoch: speaker.epoch,
            stream: folded.stream,
            host: speaker.host,
            version: speaker.version,
            sent_wall_ms: folded.sent_wall_ms,
            sent_mono_ms: folded.sent_mono_ms,
            rounds,
        })
    }

    fn round(
        &mut self,
        round: FoldedRound,
        at: usize,
        (sent_wall_ms, sent_mono_ms): (i64, u64),
        room: &mut usize,
    ) -> Result<Round, Unfoldable> {
        let at = |what: &str| format!("rounds[{at}].{what}");
        let (wall_ago_ms, mono_ago_ms) = round.ago_ms;
        let wall_ms = sent_wall_ms.checked_sub(wall_ago_ms);
        let mono_ms = match mono_ago_ms >= 0 {
            true => sent_mono_ms.checked_sub(mono_ago_ms.unsigned_abs()),
            false => sent_mono_ms.checked_add(mono_ago_ms.unsigned_abs()),
        };
        let (Some(wall_ms), Some(mono_ms)) = (wall_ms, mono_ms) else {
            return Err(wrong(at("ago_ms"), "there is no such time"));
        };
        let usual_s = self.speaker.as_ref().map(|speaker| speaker.interval_s);
        Ok(Round {
            seq: round.seq,
            wall_ms,
            mono_ms,
            interval_s: round.interval_s.or(usual_s).unwrap_or_default(),
            probes: self.probes(&round.probes, &at("probes"), room)?,
            samples: self.samples(&round.samples, &at("samples"), room)?,
            checks: round.checks,
            events: round.events,
        })
    }

    fn probes(
        &self,
        runs: &[Run],
        at: &str,
        room: &mut usize,
    ) -> Result<Vec<ProbeRun>, Unfoldable> {
        bounded(runs, PROBES_PER_ROUND_MAX)?;
        let mut probes = Vec::new();
        for (place, took_ms) in places(runs) {
            let line = self.lines.get(place);
            let line = line.ok_or_else(|| wrong(at, "there is no line at this place"))?;
            take(room, line_bytes(line))?;
            probes.push(ProbeRun {
                probe: line.probe.clone(),
                looked: line.looked.clone(),
                took_ms: took_ms.unwrap_or_default() as u32,
                every_s: line.every_s,
            });
        }
        Ok(probes)
    }

    fn samples(
        &mut self,
        runs: &[Run],
        at: &str,
        room: &mut usize,
    ) -> Result<Vec<Sample>, Unfoldable> {
        // More than a round may have are refused one by one, as in a plain report.
        bounded(runs, 2 * SAMPLES_PER_ROUND_MAX)?;
        let mut samples = Vec::new();
        for (place, value) in places(runs) {
            let series = self.series.get(place);
            let series = series.ok_or_else(|| wrong(at, "there is no series at this place"))?;
            let value = value.unwrap_or(self.last[place]);
            if value.is_nan() {
                return Err(wrong(at, "this series has no value before"));
            }
            self.last[place] = value;
            take(room, series_bytes(series))?;
            samples.push(Sample {
                name: series.name.clone(),
                attributes: series.attributes.clone(),
                value,
            });
        }
        Ok(samples)
    }
}

fn places(runs: &[Run]) -> impl Iterator<Item = (usize, Option<f64>)> {
    runs.iter().flat_map(|run| {
        let values = run.values.iter().enumerate();
        values.map(|(next, value)| ((run.first as usize).saturating_add(next), *value))
    })
}

fn bounded(runs: &[Run], most: usize) -> Result<(), Unfoldable> {
    let all: usize = runs.iter().map(|run| run.values.len()).sum();
    match all <= most {
        true => Ok(()),
        false => Err(Unfoldable::TooLarge),
    }
}

fn line_bytes(line: &Line) -> usize {
    let words = match &line.looked {
        Looked::Yes => "",
        Looked::Partly { why } | Looked::No { why } => why,
    };
    line.probe.len() + words.len()
}

fn series_bytes(series: &Series) -> usize {
    let texts = series.attributes.iter();
    let texts: usize = texts.map(|(key, text)| key.len() + text.len()).sum();
    series.name.len() + texts
}

fn take(room: &mut usize, texts: usize) -> Result<(), Unfoldable> {
    let left = room.checked_sub(texts + SAMPLE_BYTES);
    *room = left.ok_or(Unfoldable::TooLarge)?;
    Ok(())
}

fn wrong(at: impl Into<String>, why: &'static str) -> Unfoldable {
    Unfoldable::Wrong { at: at.into(), why }
}

#[cfg(test)]
mod tests;
