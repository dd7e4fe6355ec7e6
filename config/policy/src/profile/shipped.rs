//! Keeps the profiles that are inside the program.

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_config::{Findings, Source};

use super::model::Profile;

/// Name and text of every shipped profile, by name.
pub const SHIPPED: &[(&str, &str)] = &[
    (
        "alertmanager",
        include_str!("../../../receivers/alertmanager.toml"),
    ),
    ("email", include_str!("../../../receivers/email.toml")),
    ("generic", include_str!("../../../receivers/generic.toml")),
    ("github", include_str!("../../../receivers/github.toml")),
    ("gitlab", include_str!("../../../receivers/gitlab.toml")),
    ("jira", include_str!("../../../receivers/jira.toml")),
    (
        "mattermost",
        include_str!("../../../receivers/mattermost.toml"),
    ),
    ("ntfy", include_str!("../../../receivers/ntfy.toml")),
    (
        "pagerduty",
        include_str!("../../../receivers/pagerduty.toml"),
    ),
    ("redmine", include_str!("../../../receivers/redmine.toml")),
    ("roundup", include_str!("../../../receivers/roundup.toml")),
    ("rt", include_str!("../../../receivers/rt.toml")),
    (
        "servicenow",
        include_str!("../../../receivers/servicenow.toml"),
    ),
    ("slack", include_str!("../../../receivers/slack.toml")),
    ("teams", include_str!("../../../receivers/teams.toml")),
    ("zendesk", include_str!("../../../receivers/zendesk.toml")),
];

/// The shipped profiles by name. A file of the same name replaces one.
pub fn shipped(findings: &mut Findings) -> BTreeMap<String, Arc<Profile>> {
    SHIPPED
        .iter()
        .filter_map(|(name, text)| {
            let source = Source::new(format!("shipped receivers/{name}.toml"), *text);
            let profile = Profile::read(&source, findings)?;
            Some(((*name).to_owned(), Arc::new(profile)))
        })
        .collect()
}
