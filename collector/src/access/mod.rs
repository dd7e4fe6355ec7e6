//! Decides who may ask what. Closed by default: what is not in the table does not exist.
//!
//! In the order of a request: [`TABLE`] says what can be asked and what it
//! needs; [`host_is_ours`], [`origin_is_ours`] and [`content_is_json`] keep web
//! pages of others from asking in somebody's name; [`Access`] turns a token, or
//! its absence, into a [`Caller`], and [`LinkKey`] a link in a ticket. Tokens are
//! kept as digests and compared in constant time.
//!
//! Knows nothing of handlers, and sends nothing.

mod caller;
mod endpoint;
mod link;
mod origin;
mod table;
mod tap;
mod token;

pub use caller::{Access, AccessError, Anonymous, Caller, Denied};
pub use endpoint::Endpoint;
pub use link::{LINK_KEY_FILE, LinkKey};
pub use origin::{HostName, content_is_json, host_is_ours, origin_is_ours};
pub use table::{Dialect, Needs, Route, TABLE, Verb};
pub use tap::Tap;
pub use token::{ADMIN_TOKEN_FILE, AGENT_TOKEN_FILE, Digest, TokenError, token_in, token_of_file};
