//! What a changed policy would have made of a recorded day.
#![allow(clippy::unwrap_used)]

mod day;
mod measured;
mod quieter;

use std::time::Duration;

use vedette_collector::backtest::{Kind, Report};
use vedette_triage::{Command, Handling, IncidentId, Input, Policy, TicketPer};

use day::{Day, ada, minute, policy, three_disks, watched};

/// What came of it: kind and minute of each ticket on one side only, and how many there are.
#[track_caller]
fn check(report: &Report, then: usize, now: usize, lines: &[(Kind, u32)]) {
    let found: Vec<(Kind, u32)> = report
        .lines
        .iter()
        .map(|line| (line.kind, day::minute_of(line.at)))
        .collect();
    assert_eq!(found, lines, "{report:#?}");
    assert_eq!((report.before.len(), report.after.len()), (then, now));
    assert_eq!(report.differences, 0);
}

#[test]
fn the_same_policy_makes_the_same_tickets() {
    let report = three_disks().try_from_begin(policy());
    check(&report, 3, 3, &[]);
    assert_eq!(report.left_out.commands, 0);
}

#[test]
fn what_is_only_watched_opens_nothing_and_is_missed_where_it_mattered() {
    let report = three_disks().try_from_begin(watched());
    let lines = [(Kind::Avoided, 10), (Kind::Missed, 30), (Kind::Missed, 60)];
    check(&report, 3, 0, &lines);
    let acted: Vec<bool> = report.lines.iter().map(|line| line.acted).collect();
    assert_eq!(acted, [false, false, true]);
    assert_eq!(report.lines[1].lasted, Duration::from_secs(120 * 60));
    assert_eq!(report.lines[0].rule, "disk");
    assert_eq!(
        report.left_out.commands, 1,
        "there is nothing to acknowledge"
    );
}

#[test]
fn a_longer_delay_avoids_what_is_over_before_it_ends() {
    let mut slow = policy();
    let delay = Duration::from_secs(8 * 60);
    slow.timers
        .open_delay
        .values_mut()
        .for_each(|of| *of = delay);
    let report = three_disks().try_from_begin(slow);
    check(&report, 3, 2, &[(Kind::Avoided, 10)]);
}

#[test]
fn its_own_timers_run_and_what_it_opens_alone_counts_as_done() {
    let mut slow = policy();
    let delay = Duration::from_secs(8 * 60);
    slow.timers
        .open_delay
        .values_mut()
        .for_each(|of| *of = delay);
    let mut day = Day::by(slow);
    day.fires(10, "disk-1");
    day.clears(15, "disk-1");
    day.fires(30, "disk-2");
    day.quiet_until(400);
    let report = day.try_from_begin(policy());
    check(&report, 1, 2, &[(Kind::Opened, 10)]);
    assert_eq!(report.lines[0].title, "disk-1 is almost full");
}

#[test]
fn tickets_that_become_one_are_avoided_and_none_of_them_is_missed() {
    let mut together = policy();
    together.timers.ticket_per = TicketPer::Route;
    together.timers.join_gap = Duration::from_secs(3_600);
    let report = three_disks().try_from_begin(together);
    // The first is closed before the second begins; the third joins the second.
    check(&report, 3, 2, &[(Kind::Avoided, 60)]);
    assert!(report.lines[0].elsewhere);
}

#[test]
fn rules_that_are_gone_and_what_a_rule_is_worth_are_the_changed_policys() {
    let mut without = policy();
    without.rules.remove("disk");
    let report = three_disks().try_from_begin(without);
    assert_eq!(report.after.len(), 0);
    assert_eq!(report.left_out.signals, 6);
}

#[test]
fn only_what_is_decided_in_the_span_counts_and_the_changed_policy_begins_there() {
    let report = three_disks().try_from(minute(20), minute(300), watched());
    check(&report, 2, 0, &[(Kind::Missed, 30), (Kind::Missed, 60)]);
    let (first, last) = report.span.unwrap();
    let span = (day::minute_of(first), day::minute_of(last));
    assert_eq!(span, (27, 282), "first and last decision in it");
    let report = three_disks().try_from(minute(1_000), minute(2_000), watched());
    check(&report, 0, 0, &[]);
    assert_eq!(report.span, None);
}

#[test]
fn what_was_told_before_the_span_is_closed_and_no_ticket_of_it() {
    let report = three_disks().try_from(minute(65), minute(300), policy());
    check(&report, 0, 0, &[]);
}

#[test]
fn time_the_collector_did_not_run_delays_what_waits_as_it_did_then() {
    let mut slow = policy();
    let delay = Duration::from_secs(8 * 60);
    slow.timers
        .open_delay
        .values_mut()
        .for_each(|of| *of = delay);
    let mut day = Day::begin();
    day.fires(10, "disk-1");
    day.down(12, 60);
    day.clears(61, "disk-1");
    day.quiet_until(400);
    let report = day.try_from_begin(slow);
    check(&report, 1, 0, &[(Kind::Avoided, 10)]);
}

#[test]
fn silences_and_answers_are_as_they_were() {
    let mut day = Day::begin();
    day.silence(5, "disk-1", 60);
    day.fires(10, "disk-1");
    day.fires(12, "disk-2");
    day.answer(13);
    day.clears(20, "disk-1");
    day.clears(21, "disk-2");
    day.answer(60);
    day.quiet_until(400);
    let report = day.try_from_begin(policy());
    check(&report, 1, 1, &[]);
    assert_eq!(report.left_out.answers, 0);
    let report = day.try_from_begin(watched());
    assert_eq!(report.left_out.answers, 2, "an opening and a close");
}

#[test]
fn what_a_rules_alert_is_worth_is_the_changed_policys() {
    let mut by_rule: Policy = policy();
    by_rule.detection = day::rules(Handling::Watch);
    let report = three_disks().try_from_begin(by_rule);
    assert_eq!(report.after.len(), 0);
    assert_eq!(report.lines.len(), 3);
}

#[test]
fn what_still_fires_at_the_end_lasted_until_then() {
    let mut day = Day::begin();
    day.fires(10, "disk-1");
    day.fires(100, "disk-2");
    let report = day.try_from_begin(watched());
    check(&report, 2, 0, &[(Kind::Missed, 10), (Kind::Avoided, 100)]);
    assert!(report.lines.iter().all(|line| !line.over));
    assert_eq!(report.lines[0].lasted, Duration::from_secs(90 * 60));
}

#[test]
fn a_decision_of_then_that_is_another_one_now_is_counted() {
    let mut day = three_disks();
    day.rows[2].digests[0].0 ^= 1;
    let report = day.try_from_begin(policy());
    assert_eq!(report.differences, 1);
    assert_eq!(report.difference.unwrap().number, 3);
}

#[test]
fn a_command_finds_its_incident_by_what_is_in_it() {
    let mut day = Day::begin();
    // Under the changed policy this one has no incident, so numbers differ from here on.
    day.fires(5, "fan-1");
    day.fires(10, "disk-2");
    day.command(20, |day| Command::Resolve {
        by: ada(),
        incident: day.incident("disk-2"),
        why: "it is over".into(),
    });
    day.quiet_until(30);
    let mut without_fans = policy();
    without_fans.rules.remove("fan");
    let report = day.try_from_begin(without_fans);
    check(&report, 2, 1, &[(Kind::Avoided, 5)]);
    assert_eq!(report.left_out.commands, 0);
    assert!(day.rows.iter().any(|row| {
        let told = IncidentId(2);
        row.inputs.iter().any(|input| match input {
            Input::Command(Command::Resolve { incident, .. }) => *incident == told,
            _ => false,
        })
    }));
}
