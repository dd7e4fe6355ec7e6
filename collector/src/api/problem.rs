//! Says no: one sentence that names what happened, to what, and what to do.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use vedette_triage::Answer;
use vedette_wire::{Refusal, WIRE_VERSIONS_READ};

use crate::access::Dialect;
use crate::engine_loop::{Rejection, Verdict};
use crate::shard::NotTaken;
use crate::store::StoreError;

/// Seconds after which a sender that was told "later" should come back.
pub(crate) const RETRY_AFTER_S: &str = "5";

/// A refusal before it is put into the asker's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// The stable word.
    pub(crate) reason: &'static str,
    pub(crate) error: String,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        reason: &'static str,
        error: impl Into<String>,
    ) -> Problem {
        Problem {
            status,
            reason,
            error: error.into(),
        }
    }

    pub(crate) fn bad(error: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "bad_request", error)
    }

    pub(crate) fn not_found(error: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", error)
    }

    pub(crate) fn later(error: impl Into<String>) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "later", error)
    }

    /// In the form the asker reads.
    pub(crate) fn speak(self, dialect: Dialect) -> Response {
        let status = self.status;
        let mut response = match dialect {
            Dialect::Own => {
                let body = json!({ "error": self.error, "reason": self.reason });
                (status, Json(body)).into_response()
            }
            Dialect::Alertmanager => (status, Json(self.error)).into_response(),
            Dialect::Wire => (status, Json(self.refusal())).into_response(),
        };
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let after = HeaderValue::from_static(RETRY_AFTER_S);
            headers.insert(header::RETRY_AFTER, after);
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"vedette\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }

    fn refusal(self) -> Refusal {
        Refusal {
            error: self.error,
            reason: self.reason.to_owned(),
            refused: Vec::new(),
            kept: 0,
            acknowledged: None,
            wire: WIRE_VERSIONS_READ.to_vec(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.speak(Dialect::Own)
    }
}

impl From<NotTaken> for Problem {
    fn from(not_taken: NotTaken) -> Problem {
        let later = StatusCode::SERVICE_UNAVAILABLE;
        let (status, reason) = match not_taken {
            NotTaken::Busy => (later, "busy"),
            NotTaken::TooManyHosts => (later, "too_many_hosts"),
            NotTaken::Straggler => (later, "straggler"),
            NotTaken::Clone => (StatusCode::CONFLICT, "clone"),
        };
        Problem::new(status, reason, not_taken.to_string())
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Problem {
        let error = rejection.to_string();
        match rejection {
            Rejection::Later(_) => Problem::later(error),
            Rejection::Never(_) => {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "not_stored", error)
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Problem::later(error.to_string())
    }
}

/// What a sender is told of a verdict: the engine's answer, if it is one to go on with.
pub(crate) fn answer(verdict: Verdict) -> Result<Answer, Problem> {
    match verdict {
        Verdict::Rejected(rejection) => Err(rejection.into()),
        Verdict::Committed { answer, .. } => match answer {
            Answer::Done | Answer::Silence(_) => Ok(answer),
            Answer::NotFound(why) => Err(Problem::not_found(why)),
            Answer::Invalid(why) => Err(Problem::bad(why)),
            Answer::Conflict(why) => Err(Problem::new(StatusCode::CONFLICT, "conflict", why)),
            Answer::Full(why) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "full", why)),
        },
    }
}
