//! Keeps what the engine decides by. Made by `vedette-policy`, swapped whole.
//!
//! Plain data; knows nothing of files, templates or time zones.

mod enrichment;
mod oncall;
mod plan;
mod together;
mod topology;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::detect::RuleSet;
use crate::{Bounds, Handling, Labels, Matchers, Matrix, Priority, Timestamp};

pub use enrichment::{Enrichment, Piece, Template, UNTOUCHABLE, enriched};
pub use oncall::{
    Contact, Escalation, Hours, Ladder, OnCall, Repeat, Schedule, Shift, Step, Target, Wakes, When,
};
pub use plan::{Interval, Lasts, Window, WorkingTime};
pub use together::{Flapping, Inhibition, Kind, RollUp};
pub use topology::{Parents, Place, Service, Topology};

/// The number of a policy; each change of any file makes the next.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// Everything the engine and detection decide by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its number.
    pub revision: Revision,
    /// Names this installation in ticket keys: `[A-Za-z0-9-]`, at most 12.
    pub installation: String,
    /// Send, or only decide and show.
    pub mode: DeliverMode,
    /// Owner teams; the first owns what nobody else owns. Never empty.
    pub teams: Vec<Team>,
    /// Receivers by name.
    pub receivers: BTreeMap<String, Receiver>,
    /// Routes in order; the first that matches wins. Without a match: the implicit one.
    pub routes: Vec<Route>,
    /// Timers of the implicit route.
    pub timers: Timers,
    /// Impact x urgency.
    pub matrix: Matrix,
    /// From when on something counts as much, or as soon.
    pub bounds: Bounds,
    /// How long an alert from outside without `endsAt` holds.
    pub resolve_timeout: Duration,
    /// How long a server that said it reboots or goes off may take (reboot 20 min by default).
    pub reboot_grace: Duration,
    /// How long an agent that stops or is upgraded may take.
    pub agent_grace: Duration,
    /// How long an incident may wait for somebody (a vendor, parts, the user) at most.
    pub wait_at_most: Duration,
    /// What the engine must know of each rule, by name.
    pub rules: BTreeMap<Arc<str>, RuleMeta>,
    /// Former names of rules -> names now.
    pub renamed: BTreeMap<Arc<str>, Arc<str>>,
    /// The compiled rules, for detection.
    pub detection: Arc<RuleSet>,
    /// What hangs on what, and what people know of it.
    pub topology: Arc<Topology>,
    /// Rules that set labels from labels, in order.
    pub enrichments: Arc<Vec<Enrichment>>,
    /// Planned work.
    pub windows: Arc<Vec<Window>>,
    /// When the digests of each team are, in order, for some weeks ahead; no team that has none.
    pub digests: Arc<BTreeMap<String, Vec<Timestamp>>>,
    /// Alerts that explain others.
    pub inhibitions: Arc<Vec<Inhibition>>,
    /// From when on an alert that comes and goes is one long trouble.
    pub flapping: Flapping,
    /// From when on many alerts are one incident.
    pub rollup: RollUp,
    /// When people work.
    pub working: Arc<WorkingTime>,
    /// Persons and the team of each; empty where nobody is named.
    pub persons: BTreeMap<String, String>,
    /// The receivers by which the lead of a team is told, by team; no team that has none.
    pub leads: BTreeMap<String, Vec<String>>,
    /// Who is on call when, and who is told when nobody does anything.
    pub oncall: Arc<OnCall>,
}

impl Default for Policy {
    /// What holds where nothing is configured: one team, no receiver.
    fn default() -> Policy {
        Policy {
            revision: Revision::default(),
            installation: String::new(),
            mode: DeliverMode::Live,
            teams: vec![Team {
                name: "ops".into(),
                ticket: None,
                page: Vec::new(),
            }],
            receivers: BTreeMap::new(),
            routes: Vec::new(),
            timers: Timers::default(),
            matrix: Matrix::default(),
            bounds: Bounds::default(),
            resolve_timeout: Duration::from_secs(5 * 60),
            reboot_grace: Duration::from_secs(20 * 60),
            agent_grace: Duration::from_secs(5 * 60),
            wait_at_most: Duration::from_secs(30 * 24 * 3600),
            rules: BTreeMap::new(),
            renamed: BTreeMap::new(),
            detection: Arc::new(RuleSet::default()),
            topology: Arc::default(),
            enrichments: Arc::default(),
            windows: Arc::default(),
            digests: Arc::default(),
            inhibitions: Arc::default(),
            flapping: Flapping::default(),
            rollup: RollUp::default(),
            working: Arc::default(),
            persons: BTreeMap::new(),
            leads: BTreeMap::new(),
            oncall: Arc::default(),
        }
    }
}

/// Send, or only decide and show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliverMode {
    /// Deliveries are sent.
    Live,
    /// Everything is decided and shown, nothing is sent.
    Observe,
}

/// People who own incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// The receiver of its tickets.
    pub ticket: Option<String>,
    /// The receivers that wake somebody.
    pub page: Vec<String>,
}

/// What the engine must know of a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// Its name.
    pub name: String,
    /// What it is asked to do when an incident is over.
    pub on_clear: OnClear,
    /// What happens when a person closes a ticket there while its condition holds.
    pub on_human_close: HumanClose,
}

/// What happens when a person closes a ticket while its condition still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HumanClose {
    /// It is opened again so long afterwards.
    ReopenAfter(Duration),
    /// Nothing more is sent until it has cleared; firing again soon after that opens it again.
    UntilClear,
    /// The person is right: firing again after that is a new incident.
    Accept,
}

impl Default for HumanClose {
    /// The contract's: opened again after a quarter of an hour.
    fn default() -> HumanClose {
        HumanClose::ReopenAfter(Duration::from_secs(15 * 60))
    }
}

/// What a receiver is asked to do when an incident is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnClear {
    /// Close the ticket.
    Resolve,
    /// Close it unless somebody acknowledged it; then only say so.
    ResolveUnlessOwned,
    /// Only say so.
    Comment,
}

/// Where an alert goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Its name.
    pub name: String,
    /// All must hold for an alert's labels.
    pub matchers: Matchers,
    /// Who gets the ticket.
    pub ticket: TicketTo,
    /// Who is told as well.
    pub notify: Vec<String>,
    /// What the alert is worth, instead of what its rule says.
    pub handling: Option<Handling>,
    /// The owner team, instead of the alert's `team` label.
    pub team: Option<String>,
    /// Timers, those the route sets itself already put in.
    pub timers: Timers,
}

/// Who gets the ticket of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketTo {
    /// The owner team's receiver.
    Team,
    /// This receiver.
    Receiver(String),
}

/// Every timer and grouping of a route, by the names of the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Timers {
    /// How long it must hold before anybody is told, by priority.
    pub open_delay: BTreeMap<Priority, Duration>,
    /// How long it must be well before it is closed (own rules; alerts from outside: zero).
    pub close_delay: Duration,
    /// What makes one ticket.
    pub ticket_per: TicketPer,
    /// After this long without a joiner nothing joins.
    pub join_gap: Duration,
    /// After this long nothing joins.
    pub join_at_most: Duration,
    /// A re-fire within it reopens; later it is a new incident, linked.
    pub reopen_within: Duration,
    /// Shortest pause between updates of a ticket.
    pub update_interval: Duration,
    /// The first update comes this long after the opening.
    pub first_update: Duration,
    /// How long an acknowledgement lasts, by priority.
    pub ack_expires: BTreeMap<Priority, Lasts>,
    /// How often people are reminded of what nobody works on once all steps were taken, by
    /// priority; of none that is not here.
    pub remind_every: BTreeMap<Priority, Duration>,
}

impl Default for Timers {
    /// The defaults of the contract.
    fn default() -> Timers {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let by_priority = |of: [Duration; 5]| Priority::ALL.into_iter().zip(of).collect();
        Timers {
            open_delay: by_priority([
                Duration::ZERO,
                Duration::ZERO,
                minutes(2),
                minutes(2),
                minutes(2),
            ]),
            close_delay: minutes(5),
            ticket_per: TicketPer::Labels(vec!["host".into(), "component".into()]),
            join_gap: minutes(10),
            join_at_most: minutes(24 * 60),
            reopen_within: minutes(4 * 60),
            update_interval: minutes(15),
            first_update: minutes(2),
            ack_expires: Priority::ALL
                .into_iter()
                .zip([
                    Lasts::For(minutes(60)),
                    Lasts::For(minutes(4 * 60)),
                    Lasts::WorkingDays(1),
                    Lasts::WorkingDays(1),
                    Lasts::WorkingDays(1),
                ])
                .collect(),
            remind_every: [(Priority::P1, minutes(30)), (Priority::P2, minutes(120))].into(),
        }
    }
}

/// What makes one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketPer {
    /// Alerts that agree on these labels share one. `host` stands for the entity; an alert from
    /// outside without `host` is taken by `instance`, without `component` by `alertname`.
    Labels(Vec<String>),
    /// Each alert its own.
    Alert,
    /// All of the route in one.
    Route,
}

/// What the engine must know of a rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleMeta {
    /// Its name.
    pub name: Arc<str>,
    /// `storage`, `memory`, ...
    pub component: String,
    /// The runbook; may be empty.
    pub runbook_url: String,
    /// Decides and is shown, but opens nothing.
    pub shadow: bool,
    /// Rules whose firing on the same entity explains this one.
    pub depends_on: Vec<Arc<str>>,
    /// What makes one ticket of its alerts, instead of what the route says.
    pub ticket_per: Option<TicketPer>,
    /// The attribute that names the thing its alerts are about, where hosts only see that fail: a
    /// name server. What such a thing needs is what its place in the topology needs, and what many
    /// hosts see of it is its owner's.
    pub concerns: Option<Arc<str>>,
}

impl Policy {
    /// The team that owns an alert: its `team` label if that is a team, else the first.
    pub fn owner(&self, labels: &Labels) -> &Team {
        let named = labels
            .get("team")
            .and_then(|name| self.teams.iter().find(|team| team.name == name));
        match named {
            Some(team) => team,
            None => &self.teams[0],
        }
    }
}
