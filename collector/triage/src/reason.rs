//! Keeps reasons: why something was decided, as values with stable codes.
//!
//! The shell turns them into metrics, log lines and the timeline; `explain`
//! turns them into sentences.

use serde::{Deserialize, Serialize};

use crate::{
    Action, Close, DeliveryId, End, EvidenceKind, IncidentId, Ladder, Phase, Priority, Severity,
    SilenceId, Suppression, Timestamp, TogetherOf,
};

/// One reason of one decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// An alert began to fire.
    Fired {
        /// How bad.
        severity: Severity,
        /// The values the condition saw.
        values: Vec<(String, f64)>,
    },
    /// An alert fires again within its incident.
    FiredAgain {
        /// How bad.
        severity: Severity,
        /// The values the condition saw.
        values: Vec<(String, f64)>,
    },
    /// An alert became worse or better.
    SeverityChanged {
        /// Before.
        from: Severity,
        /// Now.
        to: Severity,
        /// The values the condition saw.
        values: Vec<(String, f64)>,
    },
    /// What describes an alert changed; its identity did not.
    Redescribed,
    /// An alert ended.
    Ended {
        /// By which statement.
        end: End,
        /// The values the condition saw.
        values: Vec<(String, f64)>,
    },
    /// An alert is only watched: its handling says so.
    Watched,
    /// A new incident was made.
    Grouped {
        /// What its alerts have in common.
        group: String,
        /// The owner team.
        team: String,
        /// The route, by name.
        route: String,
        /// The incident before it in the same group, if any.
        predecessor: Option<IncidentId>,
    },
    /// An alert joined an incident.
    Joined {
        /// How many members it has now.
        members: u32,
    },
    /// An alert held already when its host was first seen, so it is in a list.
    FoundAtEnrolment {
        /// When its host was first seen.
        first_seen: Timestamp,
    },
    /// A team's digest was made.
    DigestMade {
        /// What stands in it.
        says: String,
        /// When the next one is.
        next: Option<Timestamp>,
    },
    /// It was looked into what rules cost a team, and what would have made them quieter.
    NoiseFound {
        /// The team.
        team: String,
        /// How many rules are noisy.
        rules: u32,
        /// For how many of them something would have helped.
        quieter: u32,
    },
    /// It waits before anybody is told.
    OpenDelay {
        /// Until when.
        until: Timestamp,
    },
    /// It is not told, and why.
    Suppressed {
        /// Why.
        suppression: Suppression,
    },
    /// What suppressed it is over.
    Released {
        /// What it was.
        suppression: Suppression,
    },
    /// It moved.
    Moved {
        /// From.
        from: Phase,
        /// To.
        to: Phase,
    },
    /// All its alerts are clear; it closes then unless one fires again.
    CloseDelay {
        /// When.
        until: Timestamp,
    },
    /// It is about many alerts that are one thing.
    Together {
        /// What makes them one.
        of: TogetherOf,
        /// On how many places it fired then.
        places: u32,
    },
    /// Less than half as much begins as when it was a storm, and for a while.
    StormOver {
        /// How many still fire: they are placed anew once they are few.
        firing: u32,
    },
    /// An alert left it for another incident.
    LeftFor {
        /// Which.
        incident: IncidentId,
    },
    /// A member comes and goes too often to be believed.
    Flaps {
        /// When that is over, if nothing turns.
        until: Timestamp,
    },
    /// It no longer comes and goes.
    FlapsNoMore,
    /// Somebody made it part of another incident.
    MergedBy {
        /// Who.
        by: String,
        /// Which.
        into: IncidentId,
        /// Why; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// The members of another incident belong to this one now.
    MergedFrom {
        /// Which.
        incident: IncidentId,
        /// How many.
        members: u32,
    },
    /// These were told because nobody works on it.
    Escalated {
        /// On which ladder.
        ladder: Ladder,
        /// By which policy.
        policy: String,
        /// The step, from 1.
        step: u32,
        /// Who, in words; empty where nobody could be.
        told: Vec<String>,
        /// What led to nobody, so that a later step was taken, in words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        nobody: Vec<String>,
        /// How much later than it was due.
        #[serde(default)]
        late_ms: u64,
    },
    /// Whoever is told next does not work now, and it is not urgent enough to wake anybody.
    EscalationWaits {
        /// Until when.
        until: Timestamp,
    },
    /// Teams hand it to each other.
    PingPong {
        /// Which, in order.
        teams: Vec<String>,
        /// The receivers by which whoever leads the last two is told.
        leads: Vec<String>,
    },
    /// A person has the turn of a schedule, whatever that says.
    OnCallTaken {
        /// Who said so.
        by: String,
        /// Of which schedule.
        schedule: String,
        /// Who.
        person: String,
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// Why; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// That is over.
    OnCallOver {
        /// Of which schedule.
        schedule: String,
        /// Who had it.
        person: String,
    },
    /// It was closed.
    Closed {
        /// Why.
        close: Close,
    },
    /// A person closed its ticket while it fires: it is opened again if it does so at the end.
    ClosedTooEarly {
        /// Until when it may become well.
        until: Timestamp,
    },
    /// A person closed its ticket, and it still fires.
    ReopenedOverPerson {
        /// Who closed it.
        by: String,
        /// How often within a day that was so.
        times: u32,
    },
    /// It fired again within `reopen_within`.
    Reopened {
        /// How often now.
        times: u32,
    },
    /// Its priority changed.
    Prioritised {
        /// Before; none when it is new.
        from: Option<Priority>,
        /// Now.
        to: Priority,
    },
    /// What its members need has failed since it was told.
    Suspected {
        /// The failed place.
        place: String,
    },
    /// Somebody works on it.
    Acknowledged {
        /// Who.
        by: String,
        /// Until when.
        until: Timestamp,
    },
    /// The acknowledgement ended.
    AcknowledgementEnded {
        /// `expired` or `worse`.
        why: String,
    },
    /// A sign of life: the acknowledgement lasts longer.
    AcknowledgementRenewed {
        /// Until when.
        until: Timestamp,
    },
    /// It is somebody's now, or another team's.
    Assigned {
        /// Who said so.
        by: String,
        /// Whose it is within the team, if anybody's.
        to: Option<String>,
        /// The owner team before.
        from_team: String,
        /// The owner team now.
        team: String,
        /// Why; may be empty.
        why: String,
    },
    /// People wait for something.
    Waits {
        /// Who said so.
        by: String,
        /// What for.
        waits_for: String,
        /// Until when at the latest.
        until: Timestamp,
    },
    /// Nobody waits any more.
    WaitEnded {
        /// `over`, `worse`, `clear`, `taken`, or what happened, in words.
        why: String,
    },
    /// A person says whether it was worth the noise.
    Judged {
        /// Who.
        by: String,
        /// Useful, or noise.
        useful: bool,
    },
    /// A person says how urgent it is.
    PrioritySet {
        /// Who.
        by: String,
        /// How urgent.
        to: Priority,
        /// Why.
        why: String,
    },
    /// What is computed counts again.
    PriorityFreed {
        /// `worse`, or who said so.
        why: String,
    },
    /// Somebody wrote something.
    Noted {
        /// Who.
        by: String,
        /// What.
        text: String,
    },
    /// A receiver is to be told.
    Told {
        /// Which delivery.
        delivery: DeliveryId,
        /// Who.
        receiver: String,
        /// What.
        action: Action,
    },
    /// What waited to be told is not true any more, and is not told.
    TakenBack {
        /// Which delivery.
        delivery: DeliveryId,
        /// Who.
        receiver: String,
        /// What.
        action: Action,
    },
    /// A receiver did it.
    Delivered {
        /// Which delivery.
        delivery: DeliveryId,
        /// Who.
        receiver: String,
        /// What.
        action: Action,
        /// The ticket's id there, if known.
        ticket: Option<String>,
    },
    /// A receiver will never do it.
    DeliveryDead {
        /// Which delivery.
        delivery: DeliveryId,
        /// Who.
        receiver: String,
        /// What.
        action: Action,
        /// Its answer.
        why: String,
    },
    /// A rule is different somewhere from now on.
    ExceptionSet {
        /// Where, in words.
        about: String,
        /// How, in words.
        words: String,
        /// Who answers for it.
        owner: String,
        /// Until when.
        until: Timestamp,
        /// Why.
        why: String,
        /// Whether a person made it with the command; else a file says so.
        is_made: bool,
    },
    /// A rule is as it was.
    ExceptionEnded {
        /// Where, in words.
        about: String,
        /// Who answered for it.
        owner: String,
        /// Whether its time was over; else it was taken back.
        is_over: bool,
    },
    /// An exception ends in two weeks.
    ExceptionEndsSoon {
        /// Where, in words.
        about: String,
        /// Who answers for it.
        owner: String,
        /// When.
        until: Timestamp,
        /// Why it is there.
        why: String,
    },
    /// Somebody went live, or back to observing.
    LiveRuled {
        /// Who.
        by: String,
        /// With what, in words.
        of: String,
        /// Live; else observing.
        live: bool,
        /// Why; may be empty.
        why: String,
    },
    /// A silence was made or changed.
    SilenceSet {
        /// Which.
        id: SilenceId,
        /// By whom.
        by: String,
        /// Until when.
        until: Timestamp,
    },
    /// A silence was ended by a person.
    SilenceExpired {
        /// Which.
        id: SilenceId,
        /// By whom.
        by: String,
    },
    /// A silence ended because nothing that fires matches it any more.
    SilenceCleared {
        /// Which.
        id: SilenceId,
    },
    /// A silence ends soon, and what it mutes still fires.
    SilenceEndsSoon {
        /// Which.
        id: SilenceId,
        /// Whose.
        by: String,
        /// When.
        until: Timestamp,
        /// How many alerts it mutes.
        alerts: u32,
    },
    /// An occurrence of a window was planned, or is planned otherwise.
    WindowSet {
        /// The window's name.
        window: String,
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// A window began.
    WindowBegan {
        /// Its name.
        window: String,
    },
    /// A window ended.
    WindowEnded {
        /// Its name.
        window: String,
        /// Who ended it before its time; none where nobody did.
        by: Option<String>,
    },
    /// Not everything is as it was before a window; one incident says so.
    WindowReported {
        /// The window's name.
        window: String,
        /// What it says.
        says: String,
    },
    /// A host was heard of for the first time.
    HostAppeared,
    /// A host said goodbye.
    HostLeft {
        /// Why.
        reason: String,
        /// When it should be back.
        until: Option<Timestamp>,
    },
    /// A host that was away or silent reports again.
    HostBack,
    /// A person said that a host is not there any more.
    HostRetired {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A person said that a retired host is there again.
    HostRevived {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A host that was retired reports all the same.
    RetiredHostReports {
        /// Who retired it.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// A host has another name, class, label or boot than before.
    HostChanged,
    /// A host fell silent.
    HostSilent {
        /// When it was last heard of.
        last_seen: Timestamp,
    },
    /// Something was changed on a host on purpose.
    HostChangedSomething {
        /// What, in words; the newest first, at most [`crate::limits::CHANGES_TOLD_MAX`].
        changes: Vec<String>,
        /// How many more.
        more: u32,
    },
    /// What an agent was asked for when the alert began.
    Found {
        /// What it was asked for.
        what: EvidenceKind,
        /// What was found, a line each.
        lines: Vec<String>,
    },
    /// Another host claims the same name.
    NameClaimedTwice {
        /// The name.
        name: String,
        /// The id of the other one.
        by: String,
    },
    /// A rule has a new name; its alerts follow.
    RuleRenamed {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// Refused: over a named bound.
    OverBound {
        /// The bound's name in `limits`.
        bound: String,
    },
    /// The collector was down.
    WasDown {
        /// For how many milliseconds.
        for_ms: u64,
    },
    /// The clock was set.
    ClockStepped {
        /// By how many milliseconds, forward positive.
        by_ms: i64,
    },
}
