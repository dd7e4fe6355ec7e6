//! The listener: takes a request, records it, and answers or misbehaves.
//!
//! In: a port, the shared state. Out: while the value lives, somebody listens.
//! Knows nothing of tickets.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State as Extract;
use axum::http::{Request as HttpRequest, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::desk::{Asked, Reply};
use super::{Behaviour, Request, Shared};
use crate::http::{block_on, runtime};
use crate::wait::{PATIENCE, wait_for};

/// Bytes of one request that are read; more fails the request, and so the test.
const BODY_BYTES_MAX: usize = 16 << 20;

#[derive(Debug)]
pub(super) struct Door {
    serving: JoinHandle<()>,
}

impl Door {
    /// Listens; connections are accepted when this returns.
    pub(super) fn open(port: u16, shared: Arc<Shared>) -> Door {
        let listener = wait_for("the ticket system's port", PATIENCE, || {
            block_on(TcpListener::bind(("127.0.0.1", port))).ok()
        });
        let router = Router::new().fallback(serve).with_state(shared);
        let serving = runtime().spawn(async move {
            // It ends only with its task.
            let _ = axum::serve(listener, router).await;
        });
        Door { serving }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.serving.abort();
        // The listener is gone only when the task is: after this, connections are refused.
        wait_for("the ticket system to close", PATIENCE, || {
            self.serving.is_finished().then_some(())
        });
    }
}

async fn serve(
    Extract(shared): Extract<Arc<Shared>>,
    request: HttpRequest<Body>,
) -> Response<Body> {
    let request = read(request).await;
    match decide(&shared, request) {
        Some(answer) => answer,
        None => std::future::pending().await,
    }
}

async fn read(request: HttpRequest<Body>) -> Request {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let headers = parts.headers.iter().map(|(name, value)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
        behaviour: Behaviour::Well,
    }
}

/// Records the request and says what is answered; nothing means: hang.
fn decide(shared: &Shared, mut request: Request) -> Option<Response<Body>> {
    let mut state = shared.state();
    request.behaviour = state.next_behaviour();
    let asked = Asked {
        method: &request.method,
        path: &request.path,
        query: &request.query,
        body: &request.body,
        idempotency_key: request.header("idempotency-key"),
    };
    let empty = || serde_json::json!({});
    let answer = match &request.behaviour {
        Behaviour::Well => Some(answer(state.desk.handle(&asked), None)),
        Behaviour::Refuse {
            status,
            retry_after,
        } => Some(answer((*status, empty()), retry_after.as_deref())),
        Behaviour::Hang => None,
        Behaviour::DoneButHang => {
            state.desk.handle(&asked);
            None
        }
        Behaviour::DoneButSays(status) => {
            state.desk.handle(&asked);
            Some(answer((*status, empty()), None))
        }
        Behaviour::SaysDone => Some(answer((200, empty()), None)),
    };
    state.requests.push(request);
    drop(state);
    shared.came.notify_all();
    answer
}

fn answer((status, body): Reply, retry_after: Option<&str>) -> Response<Body> {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        // Nothing lives on over `go_away`: a kept connection would still be answered.
        .header("connection", "close");
    if let Some(value) = retry_after {
        response = response.header("retry-after", value);
    }
    response
        .body(Body::from(body.to_string()))
        .expect("a test's answer is a valid response")
}
