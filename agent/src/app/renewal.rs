//! Decides whether other settings come into force while the agent runs.
//!
//! In: requests to read the settings again, and the files themselves, looked at now and
//! then. Out: to everybody the new settings, whole and tried, or to everybody nothing:
//! then all findings are in the log, and the status, a metric and the service manager say
//! that the old ones stay. What waits to be sent is not touched by either.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use vedette_config::{AgentConfig, Findings, Severity};

use super::limits;
use crate::facts;
use crate::service::notify::{Notifier, State};
use crate::settings::{Origin, Replace};
use crate::tally::Tally;
use crate::uplink::{self, Http, Names, Terms};

/// How often the files are looked at. A stat costs microseconds, and a watch by the kernel
/// a thread; nobody waits for this who can ask for it.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Watches over the settings.
pub(super) struct Renewal {
    pub(super) origin: Origin,
    pub(super) asked: mpsc::Receiver<()>,
    pub(super) in_force: Replace,
    pub(super) uplink: mpsc::Sender<uplink::Renewal<Http>>,
    pub(super) tally: Arc<Tally>,
    pub(super) names: Arc<Names>,
    pub(super) notifier: Arc<Notifier>,
}

impl Renewal {
    /// Watches for as long as it is polled; never ends by itself.
    pub(super) async fn run(mut self) {
        let mut known = self.origin.fingerprint();
        loop {
            let is_asked = tokio::select! {
                Some(()) = self.asked.recv() => true,
                () = sleep(LOOK_EVERY) => false,
            };
            // Before they are read: what changes meanwhile is seen at the next look.
            let now = self.origin.fingerprint();
            if is_asked || now != known {
                known = now;
                self.renew().await;
            }
        }
    }

    async fn renew(&self) {
        self.notifier.tell(&[State::Reloading]);
        let (config, findings) = self.origin.read();
        log(&findings);
        let prepared = match config {
            Some(config) => self.prepare(config),
            None => Err(first_error(&findings)),
        };
        let renewal = match prepared {
            Ok((config, terms)) => {
                tracing::info!("the settings have been read again and are in force");
                self.in_force.with(config);
                self.tally.settings_refused.set(0);
                uplink::Renewal::Terms(terms)
            }
            Err(why) => {
                let rule = "those before them stay in force";
                tracing::error!(why, "the settings on disk are refused; {rule}");
                self.tally.settings_refused.set(1);
                uplink::Renewal::Refused(why)
            }
        };
        // It listens as long as this is polled.
        let _ = self.uplink.send(renewal).await;
        self.notifier.tell(&[State::Ready]);
    }

    /// Everything that can fail, before anything is changed.
    fn prepare(&self, config: AgentConfig) -> Result<(AgentConfig, Terms<Http>), String> {
        let mut config = config;
        let before = self.in_force.now();
        if config.spool.dir != before.spool.dir {
            tracing::warn!("another [spool] dir is used from the next start on");
            config.spool.dir.clone_from(&before.spool.dir);
        }
        // The token and the certificates may be others in the same files.
        let is_same_way = config.collector == before.collector
            && config.collector.token_file.is_none()
            && config.collector.ca_file.is_none();
        let way = match is_same_way {
            true => None,
            false => Some((
                Http::new(&config.collector, Arc::clone(&self.names))?,
                config.collector.clone(),
            )),
        };
        let host = facts::host(&config.host);
        let interval = config.interval(host.class);
        let terms = Terms {
            way,
            host,
            interval,
            limits: limits(&config),
        };
        Ok((config, terms))
    }
}

/// All of them, one line each: the log may be read by more people than the files.
fn log(findings: &Findings) {
    for finding in findings.sorted() {
        let line = finding.one_line();
        match finding.severity {
            Severity::Error => tracing::error!("{line}"),
            Severity::Warning => tracing::warn!("{line}"),
        }
    }
}

fn first_error(findings: &Findings) -> String {
    let sorted = findings.sorted();
    let errors = sorted
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let mut lines = errors.map(|finding| finding.one_line());
    let first = lines.next();
    let first = first.unwrap_or_else(|| "they cannot be read".to_owned());
    match lines.count() {
        0 => first,
        more => format!("{first}, and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::settings::{self, InForce};

    const GOOD: &str = "[host]\nname = \"erp\"\n";
    /// Two mistakes, so that one can see that both are found.
    const BAD: &str = "[host]\nnmae = \"erp\"\n[report]\ninterval = \"soon\"\n";

    struct Bench {
        dir: TempDir,
        ask: mpsc::Sender<()>,
        in_force: InForce,
        heard: mpsc::Receiver<uplink::Renewal<Http>>,
        tally: Arc<Tally>,
    }

    impl Bench {
        fn new() -> (Bench, Renewal) {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("agent.toml");
            fs::write(&file, "").unwrap();
            let (in_force, seen) = settings::begin(AgentConfig::default());
            let (ask, asked) = mpsc::channel(1);
            let (uplink, heard) = mpsc::channel(1);
            let tally = Arc::new(Tally::default());
            let renewal = Renewal {
                origin: Origin {
                    file: Some(file),
                    ..Origin::default()
                },
                asked,
                in_force,
                uplink,
                tally: Arc::clone(&tally),
                names: Arc::default(),
                notifier: Arc::default(),
            };
            let bench = Bench {
                dir,
                ask,
                in_force: seen,
                heard,
                tally,
            };
            (bench, renewal)
        }

        fn write(&self, text: &str) {
            fs::write(self.dir.path().join("agent.toml"), text).unwrap();
        }

        fn name(&self) -> Option<String> {
            self.in_force.now().host.name.clone()
        }

        async fn refused(&mut self) -> Option<String> {
            match self.heard.recv().await.unwrap() {
                uplink::Renewal::Refused(why) => Some(why),
                uplink::Renewal::Terms(_) => None,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_file_is_in_force_within_half_a_minute_and_a_bad_one_never() {
        let (mut bench, renewal) = Bench::new();
        let task = tokio::spawn(renewal.run());
        tokio::task::yield_now().await;
        let story = [(GOOD, None), (BAD, Some("1 more")), (GOOD, None)];
        for (text, expected) in story {
            bench.write(text);
            let within = LOOK_EVERY * 2;
            let refused = tokio::time::timeout(within, bench.refused()).await.unwrap();
            assert_eq!(refused.is_some(), expected.is_some(), "{refused:?}");
            if let (Some(why), Some(part)) = (&refused, expected) {
                assert!(
                    why.contains("agent.toml:2:1") && why.contains(part),
                    "{why}"
                );
            }
            assert_eq!(bench.name().as_deref(), Some("erp"));
            let flag = u64::from(refused.is_some());
            assert_eq!(bench.tally.settings_refused.get(), flag);
        }
        let quiet = tokio::time::timeout(LOOK_EVERY * 4, bench.refused()).await;
        assert!(quiet.is_err(), "an unchanged file is not read again");
        task.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_is_answered_at_once_though_nothing_has_changed() {
        let (mut bench, renewal) = Bench::new();
        let task = tokio::spawn(renewal.run());
        bench.ask.send(()).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(1), bench.refused());
        assert_eq!(answer.await.unwrap(), None);
        task.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_way_that_cannot_be_prepared_changes_nothing_at_all() {
        let (mut bench, renewal) = Bench::new();
        let task = tokio::spawn(renewal.run());
        bench.write(
            "[collector]\nurls = [\"https://c:9720\"]\nca_file = \"/nowhere/ca.pem\"\n[host]\nname = \"erp\"\n",
        );
        bench.ask.send(()).await.unwrap();
        let why = bench.refused().await.unwrap();
        assert!(why.contains("/nowhere/ca.pem"), "{why}");
        assert_eq!(*bench.in_force.now(), AgentConfig::default());
        task.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn the_spool_stays_where_it_is_until_the_next_start() {
        let (mut bench, renewal) = Bench::new();
        let task = tokio::spawn(renewal.run());
        bench.write("[spool]\ndir = \"/srv/spool\"\nbytes_max = \"8MiB\"\n");
        bench.ask.send(()).await.unwrap();
        let uplink::Renewal::Terms(terms) = bench.heard.recv().await.unwrap() else {
            panic!("good settings are not refused");
        };
        assert_eq!(terms.limits.bytes_max, 8 << 20);
        assert!(terms.way.is_none(), "the way has not changed");
        assert_eq!(bench.in_force.now().spool.dir, None);
        task.abort();
    }
}
