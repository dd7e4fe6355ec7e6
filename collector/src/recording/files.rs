//! Writes down the files of a policy under their number, and makes the policy of them again.
//!
//! In: a policy as it was loaded. Out: its files as the store keeps them, and the same policy
//! later. What the program itself brings (its own rules) is this version's.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vedette_config::Findings;
use vedette_policy::{Kept, Loaded, load};
use vedette_triage::{Policy, Revision, Timestamp};

use super::seal::{SealError, open, seal};
use crate::store::{Answers, Question, StoreError, StoreHandle, Texts};

/// This program's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The files of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFiles {
    /// Its number.
    pub revision: Revision,
    /// Names the installation in ticket keys.
    pub installation: String,
    /// The version of the program that read them last.
    pub version: String,
    /// When: what is planned ahead is counted from that day.
    pub read_at: Timestamp,
    /// The files.
    pub kept: Kept,
}

/// Why the files of a policy are not there.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// The store does not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// They are not kept.
    #[error("the files of policy {} are not kept", .0.0)]
    Missing(Revision),
    /// They are kept and cannot be read.
    #[error("the files of the policy cannot be read: {0}")]
    Damaged(#[from] SealError),
}

impl PolicyFiles {
    /// As the store keeps them.
    ///
    /// # Errors
    /// See [`NotKept`].
    pub async fn kept(store: &StoreHandle, revision: Revision) -> Result<PolicyFiles, NotKept> {
        match store.ask(Question::Texts(revision)).await? {
            Answers::Texts(Some(texts)) => Ok(PolicyFiles::open(&texts)?),
            _ => Err(NotKept::Missing(revision)),
        }
    }

    /// Of a policy that is put in force under its number.
    pub fn of(loaded: &Loaded, policy: &Policy, read_at: Timestamp) -> PolicyFiles {
        PolicyFiles {
            revision: policy.revision,
            installation: policy.installation.clone(),
            version: VERSION.into(),
            read_at,
            kept: Kept::of(&loaded.sources),
        }
    }

    /// As the store keeps them.
    ///
    /// # Errors
    /// A path that is no text.
    pub fn seal(&self) -> Result<Texts, serde_json::Error> {
        Ok(Texts {
            revision: self.revision,
            body: seal(self)?,
        })
    }

    /// Opens what the store kept.
    ///
    /// # Errors
    /// The body is torn, or a newer version's.
    pub fn open(texts: &Texts) -> Result<PolicyFiles, SealError> {
        open(&texts.body)
    }

    /// The policy, as it was made then.
    ///
    /// # Errors
    /// What this version finds wrong with the files.
    pub fn policy(&self) -> Result<Policy, Findings> {
        let day = super::day(self.read_at);
        let (loaded, findings) = load(&self.kept.sources(), day, Findings::new());
        match loaded {
            Some(loaded) => Ok(loaded.numbered(self.revision, &self.installation)),
            None => Err(findings),
        }
    }
}

/// Policies by number, each made when it is first needed.
#[derive(Debug, Default)]
pub struct Policies {
    files: BTreeMap<Revision, PolicyFiles>,
    made: BTreeMap<Revision, Option<Arc<Policy>>>,
}

impl Policies {
    /// Takes what is kept.
    pub fn add(&mut self, files: PolicyFiles) {
        self.made.remove(&files.revision);
        self.files.insert(files.revision, files);
    }

    /// What was taken of one.
    pub fn files(&self, revision: Revision) -> Option<&PolicyFiles> {
        self.files.get(&revision)
    }

    /// A policy; none if its files are not there, or are none for this version.
    pub fn find(&mut self, revision: Revision) -> Option<Arc<Policy>> {
        let files = self.files.get(&revision)?;
        let make = || files.policy().ok().map(Arc::new);
        self.made.entry(revision).or_insert_with(make).clone()
    }

    /// Versions that read them, other than this one.
    pub fn other_versions(&self) -> Vec<&str> {
        let versions = self.files.values().map(|files| files.version.as_str());
        let mut others: Vec<&str> = versions.filter(|version| *version != VERSION).collect();
        others.sort_unstable();
        others.dedup();
        others
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use vedette_config::Source;
    use vedette_policy::Sources;

    const NOW: Timestamp = Timestamp::from_millis(1_750_000_000_000);
    const COLLECTOR: &str = r#"
[timers]
close_delay = "7m"

[[receiver]]
name = "chat"
profile = "generic"
url = "https://hooks.example.org/services/T0/B1/a-secret"

[[team]]
name = "it-ops"
ticket = "chat"
"#;
    const RULE: &str = r#"
[[rule]]
name = "disk"
component = "storage"
on = "system.filesystem.utilization"
warning = "value > 0.9"
title = "{{ mountpoint }} is {{ value | percent }} full"
"#;

    fn loaded() -> Loaded {
        let sources = Sources {
            collector: Some(Source::new("/etc/vedette/collector.toml", COLLECTOR)),
            rules: vec![Source::new("/etc/vedette/rules/disk.toml", RULE)],
            dir: "/etc/vedette".into(),
            ..Sources::default()
        };
        let (loaded, findings) = load(&sources, crate::recording::day(NOW), Findings::new());
        loaded.unwrap_or_else(|| panic!("{findings}"))
    }

    #[test]
    fn a_policy_made_of_what_was_kept_decides_as_before_and_no_secret_was_kept() {
        let loaded = loaded();
        let policy = loaded.numbered(Revision(7), "K-abcdef");
        let texts = PolicyFiles::of(&loaded, &policy, NOW).seal().unwrap();
        let files = PolicyFiles::open(&texts).unwrap();
        let text = serde_json::to_string(&files).unwrap();
        assert!(!text.contains("a-secret"), "{text}");
        let mut policies = Policies::default();
        policies.add(files);
        let again = policies.find(Revision(7)).unwrap();
        assert_eq!(again.timers.close_delay.as_secs(), 7 * 60);
        assert_eq!(format!("{:?}", *again), format!("{policy:?}"));
        assert!(policies.other_versions().is_empty());
        assert!(policies.find(Revision(8)).is_none());
    }
}
