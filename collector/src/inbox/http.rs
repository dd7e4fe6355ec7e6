//! The inbox over HTTP: takes what profile `generic` sends, shows what it has.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::desk::{Did, Message, Ticket};
use super::{Inbox, Shows};
use super::{file, show};

/// Bytes of one message; a ticket with a hundred members has a tenth of it.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

#[derive(Clone)]
struct Served {
    inbox: Arc<Inbox>,
    address: SocketAddr,
}

pub(super) fn router(inbox: Arc<Inbox>, address: SocketAddr) -> Router {
    Router::new()
        .route("/", post(take).get(list))
        .route("/tickets", get(list))
        .route("/tickets/{number}", get(ticket))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Served { inbox, address })
}

/// Takes one message; it is kept when this is answered.
async fn take(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    let inbox = &served.inbox;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let message = match Message::parse(&body, header("idempotency-key")) {
        Ok(message) => message,
        Err(why) => return refused(StatusCode::BAD_REQUEST, &why),
    };
    let at = inbox.clock.now();
    // One lock over file and desk: the file's order is the desk's.
    let mut desk = inbox.desk.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = &inbox.file
        && !desk.knows(&message)
    {
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(why) = file.add(&message, at) {
            return refused(StatusCode::SERVICE_UNAVAILABLE, &why);
        }
    }
    let taken = desk.take(&message, at);
    drop(desk);
    let shown = match (inbox.shows, taken.did) {
        (Shows::Words, _) => show::arrival(&message, taken, at, &inbox.zone),
        (Shows::Json, Did::New | Did::Added) => file::line(&message, at),
        (Shows::Json, Did::Repeated) => String::new(),
    };
    if !shown.is_empty() {
        (inbox.sink)(&shown);
    }
    let status = match taken.did {
        Did::New => StatusCode::CREATED,
        Did::Added | Did::Repeated => StatusCode::OK,
    };
    let number = taken.number;
    let url = format!("http://{}/tickets/{number}", served.address);
    (
        status,
        axum::Json(json!({ "id": number.to_string(), "url": url })),
    )
        .into_response()
}

async fn list(State(served): State<Served>, headers: HeaderMap) -> Response {
    let inbox = &served.inbox;
    inbox.look(|desk| match wants_json(&headers) {
        true => axum::Json(desk.tickets().map(summary).collect::<Vec<Value>>()).into_response(),
        false => show::list(desk, &inbox.zone).into_response(),
    })
}

async fn ticket(
    State(served): State<Served>,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Response {
    let inbox = &served.inbox;
    inbox.look(|desk| {
        let found = number.parse().ok().and_then(|number| desk.ticket(number));
        match found {
            None => refused(
                StatusCode::NOT_FOUND,
                &format!("there is no ticket {number}"),
            ),
            Some(ticket) if wants_json(&headers) => axum::Json(whole(ticket)).into_response(),
            Some(ticket) => show::ticket(ticket, &inbox.zone).into_response(),
        }
    })
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json"))
}

fn summary(ticket: &Ticket) -> Value {
    json!({
        "number": ticket.number,
        "ticket_key": ticket.key,
        "subject": ticket.subject,
        "resolved": ticket.is_resolved,
        "messages": ticket.messages.len(),
    })
}

fn whole(ticket: &Ticket) -> Value {
    let messages = ticket.messages.iter();
    let messages: Vec<&Value> = messages.map(|(_, message)| &message.whole).collect();
    let mut shown = summary(ticket);
    shown["messages"] = json!(messages);
    shown
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, axum::Json(json!({ "error": why }))).into_response()
}
