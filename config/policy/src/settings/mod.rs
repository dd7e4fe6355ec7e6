//! Keeps what `collector.toml` says, every default filled in.
//!
//! In: the file's tree, read by the modules below, one for each group of tables.
//! Out: plain data for the shell, and what the core needs of it. Knows nothing of
//! rules, and nothing of whether a receiver or a database is there.

mod database;
mod escalation;
mod heartbeat;
mod network;
mod oncall;
mod people;
mod priority;
mod receivers;
mod rollup;
mod routes;
mod site;
mod span;
mod tickets;
mod timers;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use vedette_config::{Reader, Size};
use vedette_triage::{Bounds, DeliverMode, Flapping, Matrix, RollUp, Timers};

use crate::profile::Profile;

pub use database::{Database, Password, PostgresTls, PostgresUrl};
pub use escalation::EscalationSettings;
pub use heartbeat::HeartbeatSettings;
pub use oncall::ScheduleSettings;
pub(crate) use oncall::{Layer, Override, Within};
pub use people::{Person, TeamSettings};
pub(crate) use receivers::on_clear_word;
pub use receivers::{HumanClose, ReceiverSettings, WhenDown};
pub(crate) use routes::HANDLING;
pub use routes::RouteSettings;
pub(crate) use site::zone;
pub use site::{Digests, Hours, SiteSettings};
pub(crate) use timers::ticket_per;
pub use timers::{Keep, OtherTimers, SilenceBounds};

/// Where the policy's files are when nobody says where.
pub const POLICY_DIR: &str = "/etc/vedette";
/// The port of the one listener.
const PORT: u16 = 9720;
/// The team that owns everything when no team is written.
const FIRST_TEAM: &str = "it-ops";

/// Everything that can be set for a collector.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `[server]`: the one listener.
    pub server: ServerSettings,
    /// `[store]`: where decisions are kept.
    pub store: StoreSettings,
    /// `[policy] dir`: rules, receivers, exceptions.
    pub policy_dir: PathBuf,
    /// `[access] anonymous`: what whoever has no token may do.
    pub anonymous: Anonymous,
    /// `[site]`: where and when people work.
    pub site: SiteSettings,
    /// `[deliver] mode`: send, or only decide and show.
    pub mode: DeliverMode,
    /// `[alerts] resolve_timeout`: how long an alert from outside without `endsAt` holds.
    pub resolve_timeout: Duration,
    /// `[[team]]`; the first owns what nobody else owns. Never empty.
    pub teams: Vec<TeamSettings>,
    /// `[[person]]`.
    pub people: Vec<Person>,
    /// `[heartbeat]`; none where no service is told.
    pub heartbeat: Option<HeartbeatSettings>,
    /// `[[schedule]]`.
    pub schedules: Vec<ScheduleSettings>,
    /// `[[escalation]]`, in order.
    pub escalations: Vec<EscalationSettings>,
    /// `[[receiver]]`.
    pub receivers: Vec<ReceiverSettings>,
    /// `[[route]]`, in order.
    pub routes: Vec<RouteSettings>,
    /// `[timers]`, as far as the core knows them.
    pub timers: Timers,
    /// `[timers]`, the others.
    pub other_timers: OtherTimers,
    /// `[priority] matrix`.
    pub matrix: Matrix,
    /// `[priority]`, the others.
    pub bounds: Bounds,
    /// `[rollup]`, and `[timers] mass_window`.
    pub rollup: RollUp,
    /// `[flapping]`.
    pub flapping: Flapping,
}

/// `[server]`: the one listener for agents, API, console and metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSettings {
    /// Where to listen; always loopback in this version.
    pub listen: SocketAddr,
    /// The address people and ticket systems reach it by, without a slash at the end.
    pub public_url: String,
    /// Host names a request may name besides those of loopback, in lower case; that of
    /// `public_url` is among them.
    pub names: Vec<String>,
}

/// `[store]`: where decisions are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreSettings {
    /// Which database.
    pub database: Database,
    /// How much disk is set aside, to be released when the disk is full.
    pub reserve: Size,
    /// How much disk samples may take; nothing is kept of them where it is zero.
    pub history_at_most: Size,
}

/// What whoever has no token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anonymous {
    /// Nothing.
    None,
    /// Look.
    Viewer,
    /// Everything an operator may; only on a loopback listener.
    Operator,
}

impl Anonymous {
    /// The word used in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Anonymous::None => "none",
            Anonymous::Viewer => "viewer",
            Anonymous::Operator => "operator",
        }
    }
}

impl Default for Settings {
    /// What a collector does that was told nothing. The only place with defaults.
    fn default() -> Settings {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
        Settings {
            server: ServerSettings {
                listen,
                public_url: String::new(),
                names: Vec::new(),
            },
            store: StoreSettings {
                database: Database::Sqlite(None),
                reserve: Size::from_mib(64),
                history_at_most: Size::from_mib(1024),
            },
            policy_dir: PathBuf::from(POLICY_DIR),
            anonymous: Anonymous::None,
            site: SiteSettings::default(),
            mode: DeliverMode::Live,
            resolve_timeout: Duration::from_secs(5 * 60),
            teams: vec![TeamSettings::named(FIRST_TEAM)],
            people: Vec::new(),
            heartbeat: None,
            schedules: Vec::new(),
            escalations: Vec::new(),
            receivers: Vec::new(),
            routes: Vec::new(),
            timers: Timers::default(),
            other_timers: OtherTimers::default(),
            matrix: Matrix::default(),
            bounds: Bounds::default(),
            rollup: RollUp::default(),
            flapping: Flapping::default(),
        }
    }
}

impl Settings {
    /// Reads the top of `collector.toml`. What is wrong is a finding, and its default
    /// is taken so that reading goes on.
    pub(crate) fn read(
        top: &mut Reader<'_>,
        profiles: &BTreeMap<String, Arc<Profile>>,
    ) -> Settings {
        let default = Settings::default();
        let server = network::server(top, default.server);
        let anonymous = network::anonymous(top, server.listen, default.anonymous);
        let (timers, other_timers) = timers::read(top, default.timers, default.other_timers);
        let rollup = RollUp {
            mass_window: other_timers.mass_window,
            ..default.rollup
        };
        let teams = people::teams(top);
        let routes = routes::read(top, &timers);
        let (matrix, bounds) = priority::read(top, (default.matrix, default.bounds));
        Settings {
            store: network::store(top, default.store),
            policy_dir: network::policy_dir(top, default.policy_dir),
            site: site::read(top, default.site),
            mode: tickets::mode(top, default.mode),
            resolve_timeout: tickets::resolve_timeout(top, default.resolve_timeout),
            people: people::people(top),
            heartbeat: heartbeat::read(top),
            schedules: oncall::schedules(top),
            escalations: escalation::read(top),
            receivers: receivers::read(top, profiles),
            matrix,
            bounds,
            rollup: rollup::read(top, rollup),
            flapping: rollup::flapping(top, default.flapping),
            teams: if teams.is_empty() {
                default.teams
            } else {
                teams
            },
            server,
            anonymous,
            timers,
            other_timers,
            routes,
        }
    }

    /// The zone in which people read times: `[site] zone`, or the machine's.
    pub fn time_zone(&self) -> TimeZone {
        self.site.time_zone()
    }

    /// What people are called in the ticket systems, by our name.
    pub fn users_there(&self) -> std::collections::BTreeMap<String, String> {
        let people = self.people.iter();
        people
            .filter_map(|person| Some((person.name.clone(), person.ticket_user.clone()?)))
            .collect()
    }
}
