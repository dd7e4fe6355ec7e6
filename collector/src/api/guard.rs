//! Stands before every handler: was it meant for us, may they ask, is it JSON?

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::problem::Problem;
use super::shared::Shared;
use crate::access::{
    Caller, Denied, Dialect, Endpoint, Needs, Route, Verb, content_is_json, host_is_ours,
    origin_is_ours,
};

/// Bytes of a refusal the framework words.
const FRAMEWORK_TEXT_BYTES_MAX: usize = 4096;

/// Before everything, whether there is such a path or not: a request for another name is not for us.
pub(super) async fn only_ours(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let host = text(request.headers(), header::HOST);
    let mut response = if host_is_ours(host, shared.access.names()) {
        next.run(request).await
    } else {
        shared.meters.request_denied("foreign_host");
        let error = format!(
            "this collector is not called {:?}; ask it by a loopback address, or name it in [server] public_url",
            host.unwrap_or("")
        );
        Problem::new(StatusCode::MISDIRECTED_REQUEST, "foreign_host", error).speak(Dialect::Own)
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// Before one handler: what its row of the table asks for.
pub(super) async fn admit(
    State((shared, route)): State<(Arc<Shared>, &'static Route)>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let response = match examine(&shared, route, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            worded(next.run(request).await, route.endpoint.dialect()).await
        }
        Err(problem) => {
            shared.meters.request_denied(problem.reason);
            problem.speak(route.endpoint.dialect())
        }
    };
    let status = response.status().as_u16();
    shared.meters.request(route.path, status, began.elapsed());
    response
}

/// What the framework itself refuses (a body over its bound, a path that is not UTF-8) it says in
/// plain text; askers are promised their own form.
async fn worded(response: Response, dialect: Dialect) -> Response {
    let status = response.status();
    let plain = text(response.headers(), header::CONTENT_TYPE)
        .is_some_and(|content| content.starts_with("text/plain"));
    if !status.is_client_error() || !plain {
        return response;
    }
    let body = axum::body::to_bytes(response.into_body(), FRAMEWORK_TEXT_BYTES_MAX).await;
    let error = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
    Problem::new(status, "bad_request", error).speak(dialect)
}

fn examine(shared: &Shared, route: &Route, request: &Request) -> Result<Caller, Problem> {
    let headers = request.headers();
    let host = text(headers, header::HOST);
    if route.verb.writes() && !origin_is_ours(text(headers, header::ORIGIN), host) {
        let error = "a web page of another origin asked for this; only this collector's own pages, and programs that send no Origin, may change anything";
        return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", error));
    }
    let caller = match by_link(shared, route, request.uri()) {
        Some(caller) => caller,
        None => shared
            .access
            .admit(text(headers, header::AUTHORIZATION), host, route.needs)
            .map_err(denied)?,
    };
    if needs_json(route, headers) && !content_is_json(text(headers, header::CONTENT_TYPE)) {
        let error = "send the body as JSON, with `Content-Type: application/json`";
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json_content",
            error,
        ));
    }
    let stores = match route.endpoint {
        Endpoint::Reload | Endpoint::GoneV1 => false,
        _ => route.verb.writes(),
    };
    if stores && !shared.is_ready() {
        let error = "the collector starts or stops and takes nothing at the moment; send it again";
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not_ready",
            error,
        ));
    }
    Ok(caller)
}

/// Whoever comes by a link in a ticket; a link that is not ours needs a token like anything else.
fn by_link(shared: &Shared, route: &Route, uri: &Uri) -> Option<Caller> {
    let may = route.has_links();
    may.then(|| shared.access.admit_by_link(uri.path(), uri.query()))?
}

/// A DELETE without a body needs no type: no web page can send one to us without being asked first.
fn needs_json(route: &Route, headers: &HeaderMap) -> bool {
    match (route.endpoint, route.verb) {
        (Endpoint::GoneV1, _) | (_, Verb::Get) => false,
        (_, Verb::Post) => true,
        (_, Verb::Delete) => {
            text(headers, header::CONTENT_LENGTH).is_some_and(|length| length != "0")
                || headers.contains_key(header::TRANSFER_ENCODING)
        }
    }
}

fn denied(denied: Denied) -> Problem {
    match denied {
        Denied::Unknown { advice } => {
            Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", advice)
        }
        Denied::Forbidden { name, needs } => {
            let needs = match needs {
                Needs::Open => "nobody's",
                Needs::Viewer => "a viewer's",
                Needs::Operator => "an operator's",
                Needs::Admin => "the administrator's",
                Needs::Agent => "an agent's",
            };
            let error = format!("the token of {name} is not enough; this needs {needs} token");
            Problem::new(StatusCode::FORBIDDEN, "forbidden", error)
        }
    }
}

/// A header's value; one that is there twice is nobody's.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.to_str().unwrap_or("?")),
        (Some(_), Some(_)) => Some("?"),
        (None, _) => None,
    }
}
