//! The state of the program, as Alertmanager's clients read it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use vedette_triage::Policy;

use super::shapes::{Cluster, Config, Status, VersionInfo};
use crate::api::Shared;
use crate::meters::ALERTMANAGER_VERSION;

/// Says which API is served.
pub(in crate::api) async fn status(State(shared): State<Arc<Shared>>) -> Json<Status> {
    Json(Status {
        cluster: Cluster {
            status: "disabled".into(),
            peers: Vec::new(),
        },
        version_info: VersionInfo {
            version: ALERTMANAGER_VERSION.into(),
            revision: concat!("vedette ", env!("CARGO_PKG_VERSION")).into(),
            branch: String::new(),
            build_user: String::new(),
            build_date: String::new(),
            go_version: String::new(),
        },
        config: Config {
            original: configuration(&shared.policy.load().policy),
        },
        uptime: shared.started_at.into(),
    })
}

/// Receivers by name under one route: enough for tools that read the configuration, and true as
/// far as it goes. JSON strings are YAML strings.
fn configuration(policy: &Policy) -> String {
    let quoted = |name: &str| serde_json::Value::from(name).to_string();
    let mut names: Vec<String> = policy.receivers.keys().map(|name| quoted(name)).collect();
    if names.is_empty() {
        names.push(quoted("none"));
    }
    let list: String = names
        .iter()
        .map(|name| format!("- name: {name}\n"))
        .collect();
    format!("route:\n  receiver: {}\nreceivers:\n{list}", names[0])
}
