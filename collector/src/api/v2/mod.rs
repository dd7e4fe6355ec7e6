//! Alertmanager's API, version 2, for Prometheus, amtool and whoever speaks it.
//!
//! Shapes, sort orders and error forms are those of its `openapi.yaml`; errors are
//! JSON strings. What differs: a 200 means it is on disk.

mod alerts;
mod gone;
mod post_alerts;
mod query;
pub mod shapes;
mod silences;
mod status;

pub(super) use alerts::alerts;
pub(super) use gone::gone;
pub(super) use post_alerts::post_alerts;
pub(super) use silences::{delete_silence, post_silence, silence, silences};
pub(super) use status::status;

use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::access::Dialect;

/// A refusal as Alertmanager words it.
pub(super) struct Said(Problem);

impl From<Problem> for Said {
    fn from(problem: Problem) -> Said {
        Said(problem)
    }
}

impl IntoResponse for Said {
    fn into_response(self) -> Response {
        self.0.speak(Dialect::Alertmanager)
    }
}
