//! Fetches what was recorded.

use vedette_triage::{Input, Revision};

use crate::api::v1::recording::{Rows, SnapshotAt};
use crate::cli::connection::Connection;
use crate::cli::failure::not_ok;
use crate::recording::{Policies, PolicyFiles, Row, Snapshot, SnapshotPart};

/// What a collector recorded.
pub(super) struct Recording<'a> {
    connection: &'a Connection,
    /// Those that were fetched.
    pub(super) policies: Policies,
}

impl<'a> Recording<'a> {
    pub(super) fn new(connection: &'a Connection) -> Recording<'a> {
        Recording {
            connection,
            policies: Policies::default(),
        }
    }

    pub(super) async fn snapshot(&self, wanted: &SnapshotAt) -> anyhow::Result<Snapshot> {
        let number = wanted.number.to_string();
        let mut parts = Vec::new();
        for part in 0..wanted.parts {
            let path = [
                "api",
                "v1",
                "recording",
                "snapshots",
                &number,
                &part.to_string(),
            ];
            let answer = self.connection.get(&path, &[]).await?;
            parts.push(answer.read::<SnapshotPart>()?);
        }
        Ok(Snapshot::join(wanted.number, parts))
    }

    pub(super) async fn page(&self, after: u64) -> anyhow::Result<Rows> {
        let path = ["api", "v1", "recording", "inputs"];
        let answer = self
            .connection
            .get(&path, &[("after", &after.to_string())])
            .await?;
        answer.read()
    }

    /// The files of a policy.
    pub(super) async fn files(&mut self, revision: Revision) -> anyhow::Result<&PolicyFiles> {
        if self.policies.files(revision).is_none() {
            let number = revision.0.to_string();
            let path = ["api", "v1", "recording", "policies", &number];
            let files: PolicyFiles = self.connection.get(&path, &[]).await?.read()?;
            self.policies.add(files);
        }
        let files = self.policies.files(revision);
        files.ok_or_else(|| {
            let revision = revision.0;
            not_ok(format!(
                "The collector answered with another policy than {revision}"
            ))
        })
    }

    /// Fetches the policies that a row names.
    pub(super) async fn expect_policies(&mut self, row: &Row) -> anyhow::Result<()> {
        self.files(row.policy).await?;
        for input in &row.inputs {
            if let Input::PolicyChanged { after, .. } = input {
                self.files(*after).await?;
            }
        }
        Ok(())
    }
}
