//! Turns what checks came to into series, so that rules look at them as at any metric.
//!
//! In: a round. Out: what was measured in it, each with how long it stays known. Knows
//! nothing of rules.

use std::time::Duration;

use vedette_wire::{CheckRun, Looked, Round, Sample, metric};

/// A value is known for so many of its pauses.
const PAUSES_KNOWN: u32 = 3;
/// Nothing is forgotten sooner than this.
const KNOWN_MIN: Duration = Duration::from_secs(90);
/// The probe that checks count as.
const CHECK: &str = "check";
/// The probe that measures what no build knows: drop-in files.
const TEXTFILE: &str = "textfile";

/// One value of a round.
#[derive(Debug, Clone, Copy)]
pub(in crate::detect) struct Measured<'a> {
    pub(in crate::detect) sample: &'a Sample,
    /// How long it stays known.
    pub(in crate::detect) known_for: Duration,
    /// What the check that came to it says.
    pub(in crate::detect) text: &'a str,
}

/// The states and durations of the checks of a round, as series.
pub(in crate::detect) fn samples(runs: &[CheckRun]) -> Vec<Sample> {
    let sample = |run: &CheckRun, name: &str, value: f64| {
        let attributes = [
            ("check", Some(run.check.as_str())),
            ("about", run.about.as_deref()),
            ("kind", Some(run.kind.as_str())),
        ];
        Sample {
            name: name.to_owned(),
            attributes: attributes
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect(),
            value,
        }
    };
    runs.iter()
        .flat_map(|run| {
            [
                sample(run, metric::CHECK_STATE, run.state.value()),
                sample(run, metric::CHECK_DURATION, f64::from(run.took_ms) / 1000.0),
            ]
        })
        .collect()
}

/// Everything a round measured; `of_checks` is what [`samples`] made of its checks, which win
/// over samples of the same series.
pub(in crate::detect) fn measured<'a>(
    round: &'a Round,
    of_checks: &'a [Sample],
    interval: Duration,
) -> impl Iterator<Item = Measured<'a>> {
    let of_run = move |run: &CheckRun| known_for(interval, run.every_s);
    let checks = of_checks
        .chunks(2)
        .zip(&round.checks)
        .flat_map(move |(samples, run)| {
            samples.iter().map(move |sample| Measured {
                sample,
                known_for: of_run(run),
                text: &run.text,
            })
        });
    // Samples of one probe stand together.
    let (mut name, mut probe, mut of_probe) = ("", "", Duration::ZERO);
    let samples = round.samples.iter().map(move |sample| {
        if name != sample.name {
            name = &sample.name;
            let of_name = probe_of(name);
            if probe != of_name {
                probe = of_name;
                of_probe = known_for(interval, every(round, probe));
            }
        }
        let known_for = match probe {
            CHECK => run_of(round, sample).map_or_else(|| known_for(interval, None), of_run),
            _ => of_probe,
        };
        Measured {
            sample,
            known_for,
            text: "",
        }
    });
    checks.chain(samples)
}

/// What detection itself has to say as if it were measured.
pub(in crate::detect) fn own(
    samples: &[Sample],
    interval: Duration,
) -> impl Iterator<Item = Measured<'_>> {
    samples.iter().map(move |sample| Measured {
        sample,
        known_for: known_for(interval, None),
        text: "",
    })
}

/// How long a value stays known that is measured in this pause, or with every round.
pub(in crate::detect) fn known_for(interval: Duration, every_s: Option<f64>) -> Duration {
    let every = every_s.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    KNOWN_MIN.max(interval.max(every.unwrap_or_default()) * PAUSES_KNOWN)
}

/// Whether the probe of a metric looked at all of it.
pub(in crate::detect) fn looked_at(round: &Round, name: &str) -> bool {
    let Some(metric) = metric::find(name) else {
        // Nobody knows its probe: what is missing may be there.
        return false;
    };
    let looked = round.probes.iter().any(|run| {
        run.probe == metric.probe
            && match run.looked {
                Looked::Yes => true,
                Looked::Partly { .. } | Looked::No { .. } => false,
            }
    });
    // Whoever brings results of some checks has run those that are due.
    looked || (metric.probe == CHECK && !round.checks.is_empty())
}

/// Whether a series is looked for in every round in which its probe looks; each check has a
/// pause of its own, and is missing only when that is over.
pub(in crate::detect) fn is_in_every_look(name: &str) -> bool {
    probe_of(name) != CHECK
}

/// The pause of a probe, if it has one of its own.
fn every(round: &Round, probe: &str) -> Option<f64> {
    let mut runs = round.probes.iter().rev();
    runs.find_map(|run| run.every_s.filter(|_| run.probe == probe))
}

fn probe_of(name: &str) -> &'static str {
    metric::find(name).map_or(TEXTFILE, |metric| metric.probe)
}

/// The run of the check a sample is of, if it is in this round.
fn run_of<'a>(round: &'a Round, sample: &Sample) -> Option<&'a CheckRun> {
    let check = sample.attributes.get("check")?;
    let about = sample.attributes.get("about");
    let same = |run: &&CheckRun| run.check == *check && run.about.as_ref() == about;
    round.checks.iter().find(same)
}
