//! The largest of everything the core keeps. A limit that is not here does not exist.

use std::time::Duration;

/// Labels of one alert.
pub const LABELS_MAX: usize = 64;
/// Bytes of a label name.
pub const LABEL_NAME_BYTES_MAX: usize = 256;
/// Bytes of a label or annotation value.
pub const LABEL_VALUE_BYTES_MAX: usize = 8 * 1024;
/// Members named in one payload; the rest is counted (invariant 15).
pub const MEMBERS_LISTED_MAX: usize = 100;
/// Alerts the engine keeps; openings are refused at 90 %, resolves never.
pub const ALERTS_MAX: usize = 1_000_000;
/// Silences that are remembered: pending, active, or over for less than [`SILENCE_KEPT`].
pub const SILENCES_MAX: usize = 20_000;
/// Matchers of one silence.
pub const MATCHERS_MAX: usize = 64;
/// Silences about one host alone: its hold, its jobs.
pub const SILENCES_PER_HOST_MAX: usize = 64;
/// The longest that root on a host can hold it.
pub const HOLD_AT_MOST: Duration = Duration::from_secs(4 * 3600);
/// The longest that one run of a job keeps anything quiet.
pub const JOB_QUIET_AT_MOST: Duration = Duration::from_secs(24 * 3600);
/// Components that one run of a job keeps quiet.
pub const QUIET_COMPONENTS_MAX: usize = 16;
/// Changes of one host that are remembered; the oldest is forgotten first.
pub const CHANGES_PER_HOST_MAX: usize = 32;
/// How long a change is worth a line in a ticket.
pub const CHANGES_SHOWN: Duration = Duration::from_secs(24 * 3600);
/// Changes named in a ticket or explanation; the rest is counted.
pub const CHANGES_TOLD_MAX: usize = 5;
/// Lines kept of one piece of evidence.
pub const EVIDENCE_LINES_MAX: usize = 20;
/// Hosts one collector knows.
pub const HOSTS_MAX: usize = 100_000;
/// Bytes of a note or comment a person writes.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;
/// Groups whose forgotten incidents are remembered; of further ones nothing is.
pub const RECURRENCES_MAX: usize = 100_000;
/// Openings that are remembered of one group, the newest.
pub const OPENINGS_KEPT_MAX: usize = 16;
/// How long an opening is remembered.
pub const OPENINGS_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
/// Votes that are remembered one by one with a rule's account, the newest.
pub const VOTES_KEPT_MAX: usize = 32;
/// Bytes of what people wait for.
pub const WAITS_FOR_BYTES_MAX: usize = 200;
/// Bytes of a title.
pub const TITLE_BYTES_MAX: usize = 512;
/// Values kept as evidence with an alert.
pub const VALUES_MAX: usize = 32;
/// Deliveries of one ticket that may wait at a time; notes and acknowledgements are refused before.
pub const OUTSTANDING_PER_TICKET_MAX: usize = 64;
/// Of these, what tells the turns of the incident: one that is on its way, a reopen, a close and an
/// update at most. A close that is untrue before it is its turn is taken back.
pub const TURNS_PER_TICKET_MAX: usize = 4;
/// Timers handled by one tick; the loop ticks again while more are due.
pub const TIMERS_PER_TICK_MAX: usize = 256;
/// Alerts forgotten by one tick; the rest of a large incident goes with the next ones.
pub const DROPS_PER_TICK_MAX: usize = 1_000;
/// Members of an incident that is merged into another.
pub const MERGED_AT_ONCE_MAX: usize = 1_000;
/// Turns of an alert that are remembered, whatever the policy asks for.
pub const TURNS_KEPT_MAX: usize = 32;
/// How long an alert that comes and goes is kept from opening; then it is told as that.
pub const FLAPPING_HIDDEN_AT_MOST: Duration = Duration::from_secs(3600);
/// What fires at a place and is looked at when something more begins there: it may be another sign
/// of the same fault.
pub const SIGNS_LOOKED_AT_MAX: usize = 64;
/// Alerts that are looked at when one begins that may be one of many.
pub const TOGETHER_LOOKED_AT_MAX: usize = 256;
/// Members of an incident that are looked at before people are told of it, for the same.
pub const TOGETHER_ASKED_MAX: usize = 16;
/// Services of a storm's members that are remembered.
pub const STORM_SERVICES_MAX: usize = 256;
/// How long less than half of a storm's rate must begin until it is over.
pub const STORM_CALM: Duration = Duration::from_secs(5 * 60);
/// Alerts that a storm which is over lets go of at a time.
pub const STORM_LET_GO_MAX: usize = 128;
/// Members and hosts that are compared when many alerts are one; with more, less is claimed.
pub const COMPARED_MAX: usize = 10_000;
/// Things named that all members have in common.
pub const COMMON_TOLD_MAX: usize = 3;
/// Servers counted when an incident is prioritised; above it is "more than".
pub const SERVERS_COUNTED_MAX: usize = 100;
/// Others that are counted as needing a place when something there is prioritised; above it is
/// "more than".
pub const DEPENDENTS_COUNTED_MAX: usize = 100;
/// Firing members of which it is asked how many others need their place, the worst first.
pub const PLACES_WEIGHED_MAX: usize = 16;
/// How long what begins to hold on a host counts as found at its enrolment, counted from when it was
/// first seen; so many of its rounds if that is longer ...
pub const ENROLMENT: Duration = Duration::from_secs(10 * 60);
/// ... see above ...
pub const ENROLMENT_ROUNDS: u32 = 3;
/// ... and no longer than this.
pub const ENROLMENT_AT_MOST: Duration = Duration::from_secs(30 * 60);
/// How long a list of the collector's own gathers before anybody is told of it.
pub const LIST_GATHERS: Duration = Duration::from_secs(10 * 60);
/// After this long without a joiner nothing joins a list: hosts are enrolled over days, not at
/// weekends.
pub const LIST_GAP: Duration = Duration::from_secs(3 * 24 * 3600);
/// After this long nothing joins a list.
pub const LIST_AT_MOST: Duration = Duration::from_secs(7 * 24 * 3600);
/// What was only observed within this is shown to whoever goes live.
pub const OBSERVED_OVER: Duration = Duration::from_secs(24 * 3600);
/// Hours, by team, of what one rule would have told that are remembered.
pub const WITHHELD_KEPT_MAX: usize = 1_000;
/// Incidents of a team that become tickets of their own when it goes live; of more, what is neither
/// critical nor pages is one list.
pub const GO_LIVE_APART_MAX: usize = 4;
/// How long before the end of an exception its owner is told.
pub const EXCEPTION_REMINDED_BEFORE: Duration = Duration::from_secs(14 * 24 * 3600);
/// Rulings that are kept.
pub const RULINGS_MAX: usize = 4_000;
/// Groups of a list that are told.
pub const LISTED_GROUPS_MAX: usize = 20;
/// Lines of one group of a list; the rest is counted.
pub const LISTED_LINES_MAX: usize = 100;
/// Groups named in the title of a list; the rest is counted.
pub const LISTED_IN_TITLE_MAX: usize = 3;
/// What is remembered of a digest, to tell what is new in the next; beyond it all is new.
pub const DIGEST_ENTRIES_MAX: usize = 2_000;
/// How often it is looked at whether all that stands in a digest is over.
pub const DIGEST_LOOKED_AT_EVERY: Duration = Duration::from_secs(24 * 3600);
/// Noisy rules that a digest names.
pub const NOISY_TOLD_MAX: usize = 3;
/// How long it is said what rules cost after that was looked into.
pub const NOISY_COUNTS: Duration = Duration::from_secs(36 * 3600);
/// Exceptions that end soon and stand in one digest; the rest is counted.
pub const ENDING_TOLD_MAX: usize = 50;
/// How long a silence is remembered after its end.
pub const SILENCE_KEPT: Duration = Duration::from_secs(5 * 24 * 3600);
/// How long an alert that belongs to no incident is remembered after its end.
pub const WATCHED_KEPT: Duration = Duration::from_secs(3600);
/// How long an incident whose tickets still wait for an answer is kept before it is looked at again.
pub const ARCHIVE_RETRY: Duration = Duration::from_secs(3600);
/// The longest acknowledgement (invariant 10).
pub const ACKNOWLEDGEMENT_AT_MOST: Duration = Duration::from_secs(30 * 24 * 3600);

/// Alerts from which on openings are refused, given the bound: 90 % of it (invariant 15).
pub const fn openings_refused_at(alerts_max: usize) -> usize {
    alerts_max / 10 * 9
}
/// Causes of one suppression that are kept one by one; with more, any end is worth another look.
pub const CAUSES_MAX: usize = 16;
/// Inhibitions that one alert can be the source of.
pub const EXPLAINS_MAX: usize = 32;
/// How long an alert that others can explain waits for them before it opens, counted from when it
/// began, became worse, or what explained it ended: a report of most agents and a bit.
pub const SETTLE: Duration = Duration::from_secs(30);
/// Alerts and hosts of which each window with a report remembers how they were when it began.
pub const WINDOW_REMEMBERS_MAX: usize = 10_000;
/// Alerts that one window's report takes; what is more opens by itself.
pub const REPORTED_MAX: usize = 1_000;
/// Names in one line of a window's report; the rest is counted.
pub const REPORT_NAMES_MAX: usize = 20;
/// The longest window that a person makes.
pub const WINDOW_AT_MOST: Duration = Duration::from_secs(90 * 24 * 3600);
/// How long before the end of a silence its author is reminded of what it still mutes.
pub const REMINDED_BEFORE: Duration = Duration::from_secs(30 * 60);
/// Incidents in which one reminder is noted; the rest is counted.
pub const REMINDED_MAX: usize = 100;
/// How long after an alert ended it is looked at whether it was the last of a silence.
pub const CLEAR_FOR: Duration = Duration::from_secs(60);
/// Steps from a place to what it needs, and from that on.
pub const ANCESTORS_MAX: usize = 32;
/// Places looked at to know whether one can be seen.
pub const PLACES_LOOKED_AT_MAX: usize = 1_000;
/// Names one alert waits for.
pub const PLACES_AWAITED_MAX: usize = 16;
/// The longest that is waited for a word; an agent reports every five minutes at least.
pub const AWAITED_AT_MOST: Duration = Duration::from_secs(30 * 60);
/// The shortest time that a place has to come back after what it needs; two of its pauses if longer.
pub const GRACE_MIN: Duration = Duration::from_secs(90);
/// A place that is seen for so long while what it needs has failed does not need it.
pub const PROOF_OF_LIFE: Duration = Duration::from_secs(5 * 60);
/// Checks of devices that one agent makes; what is more is no part of what is known of devices.
pub const LOOKS_PER_HOST_MAX: usize = 1_000;
/// Owner teams of an incident that are remembered, the newest.
pub const OWNERS_KEPT_MAX: usize = 16;
/// So many different owner teams are a sign that nobody feels responsible.
pub const OWNERS_DISTINCT_MAX: usize = 3;
/// Receivers and persons that one step tells.
pub const TOLD_BY_STEP_MAX: usize = 50;
/// Notices that may wait for one ticket; one more would say the same.
pub const NOTICES_WAITING_MAX: usize = 8;
/// Steps of each ladder that are simulated.
pub const SIMULATED_STEPS_MAX: usize = 500;
/// Turns of one schedule that people took.
pub const ONCALL_TAKEN_MAX: usize = 200;
/// How far ahead a turn that is taken may end.
pub const ONCALL_TAKEN_AT_MOST: Duration = Duration::from_secs(90 * 24 * 3600);
/// How long after a start nobody is told for want of somebody who works on it: agents are heard,
/// and what has cleared meanwhile is known by then.
pub const LOOKS_AROUND: Duration = Duration::from_secs(60);
/// Places hit by the failure of another that are named; the rest is counted.
pub const HIT_TOLD_MAX: usize = 20;
/// Places hit by the failure of another that are counted.
pub const HIT_COUNTED_MAX: usize = 1_000;
/// Agents named in the title of a device's alert; the rest is counted.
pub const LOOKERS_NAMED_MAX: usize = 3;
/// Places that are counted as needing another.
pub const DEPENDENTS_MAX: usize = 10_000;
