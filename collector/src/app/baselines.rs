//! Keeps what is usual on each host while the collector does not run.
//!
//! One file in the state directory, a line for each host, compressed; written behind once an hour
//! and at a stop, whole or not at all. Nothing waits for it, and losing it loses no ticket: what
//! is usual is then learned anew, which takes days.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::chores::next;
use crate::shard::{HostBaselines, Shards};

/// Its name in the state directory.
pub(super) const FILE: &str = "baselines.gz";
/// A crash costs at most what was learned in so long.
const WRITE_EVERY: Duration = Duration::from_secs(3600);

/// Takes over what was usual before the start; what cannot be read is said, and learned anew.
pub(super) fn recall(file: &Path, shards: &Shards) {
    let mut hosts = 0;
    let read = read(file, |host| {
        shards.remember(&host);
        hosts += 1;
    });
    match read {
        Ok(()) => tracing::debug!(hosts, "what is usual on hosts is known from before"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            let file = file.display();
            tracing::warn!(%error, %file, hosts, "what was usual is known of these hosts only; of the rest it is learned anew, which takes days");
        }
    }
}

/// Writes it behind until told to stop, and once more then.
pub(super) async fn write_behind(
    shards: Arc<Shards>,
    file: PathBuf,
    mut stop: watch::Receiver<bool>,
) {
    let mut ticks = interval_at(Instant::now() + WRITE_EVERY, WRITE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let goes_on = next(&mut ticks, &mut stop).await;
        let (shards, to) = (Arc::clone(&shards), file.clone());
        // Off the runtime's threads: hosts may be many. A shard is locked while it is copied only.
        let written = tokio::task::spawn_blocking(move || {
            let all = (0..).map_while(|shard| shards.baselines(shard));
            write(&to, all.flatten())
        });
        if let Ok(Err(error)) = written.await {
            tracing::warn!(%error, "what is usual on hosts is not written; a restart would go back to what was written before");
        }
        if !goes_on {
            return;
        }
    }
}

fn read(file: &Path, mut each: impl FnMut(HostBaselines)) -> io::Result<()> {
    let lines = BufReader::new(GzDecoder::new(BufReader::new(File::open(file)?))).lines();
    for line in lines {
        each(serde_json::from_str(&line?)?);
    }
    Ok(())
}

/// Whole or not at all, also if the power goes.
fn write(file: &Path, all: impl Iterator<Item = HostBaselines>) -> io::Result<()> {
    let beside = file.with_extension("new");
    let new = BufWriter::new(File::create(&beside)?);
    let mut new = GzEncoder::new(new, Compression::fast());
    for host in all {
        serde_json::to_writer(&mut new, &host)?;
        new.write_all(b"\n")?;
    }
    let new = new.finish()?.into_inner().map_err(io::Error::from)?;
    new.sync_all()?;
    std::fs::rename(&beside, file)?;
    File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use vedette_policy::Sources;
    use vedette_triage::detect::HostWatch;
    use vedette_triage::{EntityId, Timestamp};
    use vedette_wire::{HostFacts, Report, Round, Sample, Stream, WIRE_VERSION, metric};

    use super::*;

    const MINUTE_MS: i64 = 60_000;

    #[test]
    fn what_is_usual_outlasts_a_restart_by_the_shipped_rules() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join(FILE);
        let today = jiff::civil::date(2026, 7, 1);
        let findings = vedette_config::Findings::new();
        let (loaded, _) = vedette_policy::load(&Sources::default(), today, findings);
        let rules = loaded.unwrap().policy.detection;
        let id = EntityId::new("agent-1");
        let mut watch = HostWatch::new(&id, at(0));
        let days = 5 * 24 * 60;
        for minute in 0..days {
            look(&mut watch, minute, 0.1, &rules);
        }
        let kept = HostBaselines {
            host: id.clone(),
            kept: watch.baselines(),
        };
        assert_eq!(kept.kept.len(), 1);
        write(&file, [kept.clone()].into_iter()).unwrap();
        let mut known = Vec::new();
        read(&file, |host| known.push(host)).unwrap();
        assert_eq!(known, [kept]);
        let fires = |remembers: bool| {
            let mut watch = HostWatch::new(&id, at(days));
            if remembers {
                watch.remember(&known[0].kept);
            }
            let mut found = 0;
            for minute in days..days + 60 {
                found += look(&mut watch, minute, 1.9, &rules);
            }
            found > 0
        };
        assert!(fires(true));
        assert!(!fires(false), "nobody knows what is usual");
    }

    #[test]
    fn of_a_file_cut_off_what_stands_in_it_is_taken() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join(FILE);
        let host = |number: u32| HostBaselines {
            host: EntityId::new(&format!("agent-{number}")),
            kept: Vec::new(),
        };
        write(&file, (0..20_000).map(host)).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
        let mut known = 0;
        read(&file, |_| known += 1).unwrap_err();
        assert!(known > 1_000, "{known}");
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(1_750_000_000_000 + minute * MINUTE_MS)
    }

    /// Shows it one minute; says how much it found.
    fn look(
        watch: &mut HostWatch,
        minute: i64,
        load: f64,
        rules: &vedette_triage::detect::RuleSet,
    ) -> usize {
        let mono_ms = u64::try_from(minute * MINUTE_MS).unwrap();
        let round = Round {
            seq: mono_ms,
            wall_ms: at(minute).as_millis(),
            mono_ms,
            interval_s: 60.0,
            probes: Vec::new(),
            samples: vec![Sample {
                name: metric::LOAD_15M_PER_CPU.into(),
                attributes: BTreeMap::new(),
                value: load,
            }],
            checks: Vec::new(),
            events: Vec::new(),
        };
        let report = Report {
            wire: WIRE_VERSION,
            agent: "agent-1".into(),
            boot: "boot-1".into(),
            epoch: "epoch-1".into(),
            stream: Stream::Live,
            host: HostFacts::default(),
            version: String::new(),
            sent_wall_ms: round.wall_ms,
            sent_mono_ms: mono_ms,
            rounds: vec![round],
        };
        watch
            .observe(at(minute), &report, &report.rounds[0], rules)
            .found
            .len()
    }
}
