//! Alertmanager's first API, which is gone there, too.

use axum::http::StatusCode;

use super::Said;
use crate::api::problem::Problem;

/// Says where to go.
pub(in crate::api) async fn gone() -> Said {
    let error = "Alertmanager's API v1 is not served; use /api/v2 (in Prometheus: `api_version: v2`, the default since 2.0)";
    Problem::new(StatusCode::GONE, "gone", error).into()
}
