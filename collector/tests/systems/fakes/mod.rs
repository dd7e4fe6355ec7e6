//! One fake for each system that cannot run here: what its documentation says of
//! credentials, required fields, ids, filters it ignores, and how it refuses.

pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod jira;
pub(crate) mod messages;
pub(crate) mod pagerduty;
pub(crate) mod redmine;
pub(crate) mod servicenow;
pub(crate) mod zendesk;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::desk::{Asked, Held};

/// The secret of every receiver under test.
pub(crate) const SECRET: &str = "s3cret-token";

/// Whether Basic authentication is that of this user and [`SECRET`].
pub(crate) fn is_basic(asked: &Asked, user: &str) -> bool {
    let pair = STANDARD.encode(format!("{user}:{SECRET}"));
    asked.header("authorization") == format!("Basic {pair}")
}

/// The ticket of that id, if there is one.
pub(crate) fn of_id<'a>(held: &'a mut [Held], id: &str) -> Option<&'a mut Held> {
    held.iter_mut().find(|ticket| ticket.id == id)
}
