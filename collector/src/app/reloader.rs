//! Reads the policy again when files change, somebody asks, or a day is over, and swaps it whole or
//! not at all.
//!
//! In: hints that files changed, requests to reload. A regular look finds a new day, too: the same
//! files then mean other intervals (windows, days of work), which is another policy. Out: a policy
//! in force, or findings in the log, the API and `/metrics` while the policy before stays. What only
//! a restart can change (listener, store) is said, not done.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vedette_config::{Code, Finding, Findings};
use vedette_policy::{Loaded, Settings};
use vedette_triage::{Policy, Revision};

use super::exceptions;
use super::keepsakes;
use super::open;
use super::revision::{Revisions, content_of};
use super::titles::in_force;
use crate::api::{
    ExceptionWanted, PolicyInForce, PolicyStanding, ReloadOutcome, ReloadRequest, Wanted,
};
use crate::clock::Clock;
use crate::engine_loop::{EngineHandle, Rejection, Verdict};
use crate::recording::day;
use crate::reload::{Watch, folders_of};
use crate::shard::Shards;
use crate::store::StoreHandle;

/// A disk that does not answer by then is not waited for.
const READ_WITHIN: Duration = Duration::from_secs(20);

/// Where a policy comes from, and what it is called once it is in force.
pub(super) struct Reloader {
    pub(super) config: Option<PathBuf>,
    /// The exceptions that people made.
    pub(super) exceptions: PathBuf,
    pub(super) installation: String,
    pub(super) revisions: Revisions,
    pub(super) in_force: Arc<ArcSwap<PolicyInForce>>,
    pub(super) standing: Arc<ArcSwap<PolicyStanding>>,
    pub(super) engine: EngineHandle,
    pub(super) clock: Arc<dyn Clock>,
    /// What was read last, in force or not, so that the same files are not judged twice; none
    /// where it could not be put in force for a reason that is not in the files.
    pub(super) seen: Option<u64>,
    /// A read that hangs.
    pub(super) reading: Option<JoinHandle<(Option<Loaded>, Findings)>>,
    /// The settings in force, to see what only a restart changes.
    pub(super) settings: Settings,
    /// They judge by it from the moment the engine is told.
    pub(super) shards: Arc<Shards>,
    /// Keeps the files of each policy.
    pub(super) store: StoreHandle,
    /// Told after a new policy is in force.
    pub(super) follower: Follower,
}

/// Told after a new policy is in force.
pub(super) type Follower = Box<dyn Fn(&Loaded) + Send + Sync>;

impl Reloader {
    /// Runs until nobody can ask any more.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<ReloadRequest>) {
        let folders = |settings: &Settings, config: Option<&std::path::Path>| {
            folders_of(&settings.policy_dir, config)
        };
        let mut watch = Watch::new(&folders(&self.settings, self.config.as_deref()));
        loop {
            tokio::select! {
                () = watch.changed() => {
                    self.look().await;
                }
                request = requests.recv() => {
                    let Some(request) = request else { return };
                    let outcome = match &request.exception {
                        None => self.look_now().await,
                        Some(wanted) => self.make_exception(wanted).await,
                    };
                    // Whoever asked may have hung up; it was done all the same.
                    let _ = request.answer.send(outcome);
                }
            }
            watch.cover(&folders(&self.settings, self.config.as_deref()));
        }
    }

    /// Looks whether anything changed since the last look.
    async fn look(&mut self) {
        let (loaded, findings) = self.read().await;
        let seen = fingerprint(loaded.as_ref(), &findings);
        if self.seen == Some(seen) {
            return;
        }
        self.seen = Some(seen);
        // Said in the log by `take`; nobody waits for the answer.
        let _ = self.take(loaded, &findings).await;
    }

    /// As [`Reloader::look`], for somebody who wants to know what came of it.
    async fn look_now(&mut self) -> ReloadOutcome {
        let (loaded, findings) = self.read().await;
        let seen = fingerprint(loaded.as_ref(), &findings);
        self.seen = Some(seen);
        self.take(loaded, &findings).await
    }

    /// Makes or ends an exception: judged as it would be in a file, written down, and in force, or
    /// nothing of it.
    async fn make_exception(&mut self, wanted: &ExceptionWanted) -> ReloadOutcome {
        let today = day(self.clock.now());
        let (config, text) = (self.config.clone(), exceptions::written(wanted));
        if wanted.what != Wanted::End {
            let judge = move || vedette_policy::judge_exceptions(config.as_deref(), &text, today);
            let judged = tokio::task::spawn_blocking(judge).await;
            let wrong = judged.unwrap_or_else(|_| vec!["it could not be judged".into()]);
            if !wrong.is_empty() {
                return Err(wrong);
            }
        }
        let file = self.exceptions.clone();
        let cannot = |error: std::io::Error| vec![format!("{}: {error}", file.display())];
        let before = exceptions::read(&file).map_err(cannot)?;
        let after = exceptions::with(&before, wanted, today).map_err(|why| vec![why])?;
        open::write_whole(&file, &after).map_err(cannot)?;
        let outcome = self.look_now().await;
        if outcome.is_err() {
            open::write_whole(&file, &before).map_err(cannot)?;
            self.seen = None;
        }
        outcome
    }

    /// Files are read off the runtime's threads: they may be many, or far away. A read that hangs
    /// is waited for again at the next look; there is never a second one beside it.
    async fn read(&mut self) -> (Option<Loaded>, Findings) {
        let (config, made) = (self.config.clone(), self.exceptions.clone());
        let today = day(self.clock.now());
        let mut reading = self.reading.take().unwrap_or_else(|| {
            let read = move || vedette_policy::read_with(config.as_deref(), &made, today);
            tokio::task::spawn_blocking(read)
        });
        match tokio::time::timeout(READ_WITHIN, &mut reading).await {
            Ok(read) => read.unwrap_or_else(|_| (None, Findings::new())),
            Err(_) => {
                self.reading = Some(reading);
                let mut findings = Findings::new();
                let message = format!("the policy could not be read within {READ_WITHIN:?}");
                findings.push(
                    Finding::error(Code::UnreadableFile, message)
                        .help("see whether the disk it lies on answers"),
                );
                (None, findings)
            }
        }
    }

    async fn take(&mut self, loaded: Option<Loaded>, findings: &Findings) -> ReloadOutcome {
        let lines = one_lines(findings);
        for line in &lines {
            tracing::warn!("{line}");
        }
        let Some(loaded) = loaded else {
            self.stand(false, findings, lines.clone());
            tracing::error!("the policy is not changed: {}", findings.summary());
            return Err(lines);
        };
        self.say_what_needs_a_restart(&loaded.settings);
        let before = self.in_force.load_full();
        let revision = self.revisions.of(&content_of(&loaded));
        if revision == before.policy.revision {
            self.stand(true, findings, lines);
            return Ok(revision);
        }
        let policy = Arc::new(loaded.numbered(revision, &self.installation));
        let next = in_force(&loaded, Arc::clone(&policy));
        let now = self.clock.now();
        keepsakes::keep_files(&self.store, (&loaded, &policy), now).await;
        match self.tell(&before, &next).await {
            Verdict::Committed { .. } => {
                self.in_force.store(Arc::new(next));
                Ok(self.put_in_force(loaded, &policy, findings, lines))
            }
            Verdict::Rejected(rejection) => {
                // The next look finds it unseen and tries again.
                self.seen = None;
                let why = vec![format!("the policy could not be put in force: {rejection}")];
                self.stand(false, findings, why.clone());
                tracing::error!("{}", why[0]);
                Err(why)
            }
        }
    }

    /// Shards and engine change over together, and go back together.
    async fn tell(&self, before: &PolicyInForce, next: &PolicyInForce) -> Verdict {
        let renamed = &next.policy.renamed;
        let pending = self.shards.change_policy(next.judged_by(), renamed, || {
            let after = Arc::clone(&next.policy);
            self.engine.change_policy(before.policy.revision, after)
        });
        let verdict = match pending {
            Ok(pending) => pending.verdict().await,
            Err(busy) => return Verdict::Rejected(Rejection::Later(busy.to_string())),
        };
        if let Verdict::Rejected(_) = verdict {
            let back = renamed
                .iter()
                .map(|(former, new)| (Arc::clone(new), Arc::clone(former)));
            let told = Ok::<(), Infallible>(());
            let Ok(()) = self
                .shards
                .change_policy(before.judged_by(), &back.collect(), || told);
        }
        verdict
    }

    fn put_in_force(
        &mut self,
        loaded: Loaded,
        policy: &Arc<Policy>,
        findings: &Findings,
        lines: Vec<String>,
    ) -> Revision {
        (self.follower)(&loaded);
        self.settings = loaded.settings;
        self.stand(true, findings, lines);
        tracing::info!(revision = policy.revision.0, "a new policy is in force");
        policy.revision
    }

    fn stand(&self, worked: bool, findings: &Findings, lines: Vec<String>) {
        let before = self.standing.load();
        self.standing.store(Arc::new(PolicyStanding {
            since: if worked {
                self.clock.now()
            } else {
                before.since
            },
            ..standing_of(worked, findings, lines)
        }));
    }

    fn say_what_needs_a_restart(&self, after: &Settings) {
        let before = &self.settings;
        for (changed, what) in [
            (before.server != after.server, "[server]"),
            (before.store != after.store, "[store]"),
            (before.anonymous != after.anonymous, "[access]"),
            (before.heartbeat != after.heartbeat, "[heartbeat]"),
        ] {
            if changed {
                tracing::warn!(
                    "{what} has changed; that takes effect when the collector is restarted"
                );
            }
        }
    }
}

/// How a look at the policy went, for the API and `/metrics`.
pub(super) fn standing_of(worked: bool, findings: &Findings, lines: Vec<String>) -> PolicyStanding {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    PolicyStanding {
        worked,
        errors: count(findings.errors()),
        warnings: count(findings.warnings()),
        findings: lines,
        ..PolicyStanding::default()
    }
}

/// Each finding in a line without excerpts of the file, which may hold secrets.
pub(super) fn one_lines(findings: &Findings) -> Vec<String> {
    findings
        .sorted()
        .iter()
        .map(|finding| finding.one_line())
        .collect()
}

/// Two looks with the same fingerprint found the same.
pub(super) fn fingerprint(loaded: Option<&Loaded>, findings: &Findings) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    loaded.map(|loaded| loaded.content_hash).hash(&mut hasher);
    one_lines(findings).hash(&mut hasher);
    hasher.finish()
}
