//! Makes the router from the table. There is no other way to serve an endpoint.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};

use super::problem::Problem;
use super::shared::Shared;
use super::{guard, program, v1, v2};
use crate::access::{Endpoint, Route, TABLE, Verb};

/// Everything the listener answers.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so that the senders of
/// alerts can be told apart by their address.
pub fn router(shared: Shared) -> Router {
    let shared = Arc::new(shared);
    let mut router = Router::new();
    for route in TABLE {
        let guard = from_fn_with_state((Arc::clone(&shared), route), guard::admit);
        router = router.route(route.path, handler(route).route_layer(guard));
    }
    router
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_this_way)
        .layer(from_fn_with_state(Arc::clone(&shared), guard::only_ours))
        .with_state(shared)
}

/// Who answers a row of the table. A row without one does not compile.
fn handler(route: &Route) -> MethodRouter<Arc<Shared>> {
    match (route.endpoint, route.verb) {
        (Endpoint::Healthy, _) => get(program::healthy),
        (Endpoint::Ready, _) => get(program::ready),
        (Endpoint::Reload, _) => post(program::reload),
        (Endpoint::Metrics, _) => get(program::metrics),
        (Endpoint::Report, _) => post(v1::report),
        (Endpoint::Status, _) => get(v1::status),
        (Endpoint::Incidents, _) => get(v1::incidents),
        (Endpoint::Incident, _) => get(v1::incident),
        (Endpoint::Explain, _) => get(v1::explain),
        (Endpoint::Page, _) => get(v1::incident_page),
        (Endpoint::Acknowledge, _) => post(v1::acknowledge),
        (Endpoint::Resolve, _) => post(v1::resolve),
        (Endpoint::Note, _) => post(v1::note),
        (Endpoint::Take, _) => post(v1::take),
        (Endpoint::Assign, _) => post(v1::assign),
        (Endpoint::Wait, _) => post(v1::wait),
        (Endpoint::Resume, _) => post(v1::resume),
        (Endpoint::Prioritise, _) => post(v1::prioritise),
        (Endpoint::Merge, _) => post(v1::merge),
        (Endpoint::Useful, _) => post(v1::useful),
        (Endpoint::Noise, _) => post(v1::noise),
        (Endpoint::UsefulPage, _) => get(v1::useful_page),
        (Endpoint::NoisePage, _) => get(v1::noise_page),
        (Endpoint::TapPage, _) => get(v1::tap_page),
        (Endpoint::Tap, _) => post(v1::tap),
        (Endpoint::OnCall, _) => get(v1::oncall),
        (Endpoint::OnCallGaps, _) => get(v1::oncall_gaps),
        (Endpoint::OnCallTake, _) => post(v1::take_oncall),
        (Endpoint::OnCallTest, _) => get(v1::test_oncall),
        (Endpoint::Rules, _) => get(v1::rules),
        (Endpoint::Backtest, _) => post(v1::backtest),
        (Endpoint::BacktestShow, _) => get(v1::backtest_show),
        (Endpoint::Hosts, _) => get(v1::hosts),
        (Endpoint::Host, _) => get(v1::host),
        (Endpoint::HostRetire, _) => post(v1::retire_host),
        (Endpoint::HostRevive, _) => post(v1::revive_host),
        (Endpoint::SeriesList, _) => get(v1::series_list),
        (Endpoint::SeriesChart, _) => get(v1::chart),
        (Endpoint::Why, _) => get(v1::why),
        (Endpoint::Recording, _) => get(v1::recording),
        (Endpoint::RecordingRows, _) => get(v1::rows),
        (Endpoint::RecordingPart, _) => get(v1::snapshot_part),
        (Endpoint::RecordingPolicy, _) => get(v1::policy_files),
        (Endpoint::Digests, _) => get(v1::digests),
        (Endpoint::Windows, _) => get(v1::windows),
        (Endpoint::WindowsPost, _) => post(v1::post_window),
        (Endpoint::WindowDelete, _) => delete(v1::delete_window),
        (Endpoint::Exceptions, _) => get(v1::exceptions),
        (Endpoint::ExceptionPost, _) => post(v1::post_exception),
        (Endpoint::GoLive, _) => get(v1::golive),
        (Endpoint::GoLivePost, _) => post(v1::post_golive),
        (Endpoint::Receivers, _) => get(v1::receivers),
        (Endpoint::Receiver, _) => get(v1::receiver),
        (Endpoint::ReceiverTest, _) => post(v1::test_receiver),
        (Endpoint::ReceiverRender, _) => get(v1::render),
        (Endpoint::ReceiverPause, _) => post(v1::pause),
        (Endpoint::ReceiverResume, _) => post(v1::unpause),
        (Endpoint::Deliveries, _) => get(v1::deliveries),
        (Endpoint::Delivery, _) => get(v1::delivery),
        (Endpoint::Drill, _) => post(v1::drill),
        (Endpoint::DrillShow, _) => get(v1::drill_show),
        (Endpoint::AlertsGet, _) => get(v2::alerts),
        (Endpoint::AlertsPost, _) => post(v2::post_alerts),
        (Endpoint::SilencesGet, _) => get(v2::silences),
        (Endpoint::SilencesPost, _) => post(v2::post_silence),
        (Endpoint::SilenceGet, _) => get(v2::silence),
        (Endpoint::SilenceDelete, _) => delete(v2::delete_silence),
        (Endpoint::StatusV2, _) => get(v2::status),
        (Endpoint::GoneV1, Verb::Get) => get(v2::gone),
        (Endpoint::GoneV1, Verb::Post) => post(v2::gone),
        (Endpoint::GoneV1, Verb::Delete) => delete(v2::gone),
    }
}

async fn nothing_here(uri: Uri) -> Response {
    let error = format!("there is nothing at {}", uri.path());
    Problem::not_found(error).into_response()
}

async fn not_this_way(uri: Uri) -> Response {
    let error = format!("{} cannot be asked with this method", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "bad_method", error).into_response()
}
