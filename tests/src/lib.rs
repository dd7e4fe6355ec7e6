//! The world the end-to-end tests live in: real programs, real servers, real disks.
//!
//! A test asks for what it needs and tells a story with it:
//!
//! * [`agent::Agent`] and [`collector::Collector`] are the built programs, started as
//!   processes with a state directory of their own, stopped politely or by `kill -9`;
//!   [`command`] runs those that end by themselves;
//! * [`host::Host`] speaks as an agent does where a test wants to choose every value;
//! * [`ticket_system::TicketSystem`] is a ticket system that misbehaves on command,
//!   [`request_tracker::RequestTracker`] is a real one, [`inbox::Inbox`] is our own;
//!   [`relay::Relay`] is a wire to any of them that loses an answer;
//! * [`prometheus::Prometheus`] and [`postgres::Postgres`] are real ones, too;
//! * [`booted::Booted`] is a small Debian that boots in a second, to install the agent in;
//! * [`filesystem::Filesystem`] is a small real disk to fill and to free;
//! * [`http::Http`] asks and tells, [`scratch`] gives folders and ports,
//!   [`wait`] is the only place that may wait, [`skip`] says what was not tested.
//!
//! Everything here panics when the world itself fails: a test has nothing better to do.
//! Nothing here knows how the programs work inside; it knows their contract. Whatever
//! a value here started ends with that value, and only that.

pub mod agent;
pub mod booted;
pub mod collector;
pub mod command;
pub mod filesystem;
pub mod host;
pub mod http;
pub mod inbox;
pub mod metrics;
pub mod postgres;
pub mod program;
pub mod prometheus;
pub mod relay;
pub mod request_tracker;
pub mod roundup;
pub mod scratch;
pub mod skip;
pub mod ticket_system;
pub mod wait;
