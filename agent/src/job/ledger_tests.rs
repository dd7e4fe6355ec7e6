//! Jobs that run, fail, hang, vanish, come late, and that nobody has heard of.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use jiff::tz::TimeZone;
use uuid::Uuid;
use vedette_config::{JobSettings, Schedule};
use vedette_wire::EventKind;

use super::ledger::{Figures, Ledger, Present, Writer};
use super::report::{End, Report, Reporter, What};

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;
/// Midnight, UTC.
const DAY: i64 = 1_700_006_400_000;
const BOOT: Uuid = Uuid::from_u128(1);
const ROOT: Option<u32> = Some(0);

/// A nightly job at 02:00 that may be 15 minutes late and take an hour.
fn nightly() -> JobSettings {
    JobSettings {
        name: "backup".to_owned(),
        schedule: Some(Schedule::parse("0 2 * * *").unwrap()),
        start_within: Duration::from_secs(15 * 60),
        max_runtime: Some(Duration::from_secs(3_600)),
        ok_exit: vec![0, 1],
        quiet: vec!["cpu".to_owned()],
        user: None,
    }
}

fn present(wall_ms: i64) -> Present {
    Present {
        wall_ms,
        awake_ms: DAY - 30 * 24 * HOUR,
        boot: BOOT,
    }
}

/// A ledger that knows the nightly job since midnight.
struct Night {
    jobs: Vec<JobSettings>,
    ledger: Ledger,
}

impl Night {
    fn new() -> Night {
        let jobs = vec![nightly()];
        let mut ledger = Ledger::default();
        ledger.follow(&jobs, DAY);
        Night { jobs, ledger }
    }

    fn started(&mut self, run: u128, at: i64) -> EventKind {
        self.report(run, at, What::Started { reporter: None })
    }

    fn ended(&mut self, run: u128, at: i64, exit_code: Option<i32>, took_ms: u64) -> EventKind {
        let end = End {
            took_ms,
            exit_code,
            signal: exit_code.is_none().then_some(9),
            lines: vec!["bye".to_owned()],
        };
        self.report(run, at, What::Ended(end))
    }

    fn report(&mut self, run: u128, at: i64, what: What) -> EventKind {
        let report = Report {
            job: "backup".to_owned(),
            run: Uuid::from_u128(run),
            started_wall_ms: at,
            what,
        };
        let writer = Writer {
            owner: ROOT,
            settings: Some(&self.jobs[0]),
        };
        self.ledger.take(&report, writer, at, BOOT).kind
    }

    /// When the missed starts were due at the latest, in minutes after midnight.
    fn missed(&mut self, at: Present) -> Vec<i64> {
        let missed = self.ledger.missed(&self.jobs, at, &TimeZone::UTC);
        missed
            .into_iter()
            .map(|kind| match kind {
                EventKind::JobMissed { job, due_wall_ms } => {
                    assert_eq!(job, "backup");
                    (due_wall_ms - DAY) / MINUTE
                }
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn figures(&self, at: i64) -> Figures {
        self.ledger.figures(&self.jobs, at).remove(0)
    }
}

#[test]
fn a_job_that_does_not_start_in_time_is_missed_once_and_overdue_until_it_starts() {
    let mut night = Night::new();
    assert!(
        night
            .missed(present(DAY + 2 * HOUR + 14 * MINUTE))
            .is_empty()
    );
    assert_eq!(night.missed(present(DAY + 2 * HOUR + 15 * MINUTE)), [135]);
    assert!(night.missed(present(DAY + 3 * HOUR)).is_empty());
    assert!(night.figures(DAY + 3 * HOUR).is_overdue);
    night.started(1, DAY + 4 * HOUR);
    assert!(!night.figures(DAY + 4 * HOUR).is_overdue);
}

#[test]
fn a_job_that_starts_on_time_is_not_missed() {
    for minutes in [-1, 0, 14] {
        let mut night = Night::new();
        night.started(1, DAY + 2 * HOUR + minutes * MINUTE);
        assert!(
            night.missed(present(DAY + 12 * HOUR)).is_empty(),
            "{minutes}"
        );
    }
}

#[test]
fn a_job_of_every_minute_that_runs_every_second_one_misses_the_others() {
    for (schedule, every, late_s) in [("* * * * *", 1, 2), ("*/2 * * * *", 2, 50)] {
        let mut night = Night::new();
        night.jobs[0].schedule = Some(Schedule::parse(schedule).unwrap());
        night.jobs[0].start_within = Duration::from_secs(55);
        let due = |number: i64| DAY + number * every * MINUTE;
        let mut missed = Vec::new();
        for number in 1..=6 {
            if number % 2 == 0 {
                night.started(number as u128, due(number) + late_s * 1_000);
            }
            missed.extend(night.missed(present(due(number) + 55_000)));
        }
        assert_eq!(missed, [1, 3, 5].map(|number| number * every), "{schedule}");
    }
}

#[test]
fn a_job_of_every_minute_may_be_a_little_early_each_time() {
    let mut night = Night::new();
    night.jobs[0].schedule = Some(Schedule::parse("* * * * *").unwrap());
    night.jobs[0].start_within = Duration::from_secs(20);
    for number in 1..=5 {
        let due = DAY + number * MINUTE;
        night.started(number as u128, due - 29_000);
        let missed = night.missed(present(due + 20_000));
        assert!(missed.is_empty(), "{number}");
    }
}

#[test]
fn nothing_before_it_was_configured_is_missed() {
    let mut ledger = Ledger::default();
    let jobs = vec![nightly()];
    ledger.follow(&jobs, DAY + 3 * HOUR);
    let mut night = Night { jobs, ledger };
    assert!(night.missed(present(DAY + 23 * HOUR)).is_empty());
    assert_eq!(night.missed(present(DAY + 27 * HOUR)).len(), 1);
}

#[test]
fn a_week_asleep_is_one_missed_start_and_what_starts_after_it_is_none() {
    let woken = DAY + 7 * 24 * HOUR + 9 * HOUR;
    let awake = |wall_ms| Present {
        awake_ms: woken,
        ..present(wall_ms)
    };
    let mut night = Night::new();
    assert!(night.missed(awake(woken + 14 * MINUTE)).is_empty());
    let latest = 7 * 24 * 60 + 135;
    assert_eq!(night.missed(awake(woken + 16 * MINUTE)), [latest]);

    let mut night = Night::new();
    night.started(1, woken + 5 * MINUTE);
    assert!(night.missed(awake(woken + 16 * MINUTE)).is_empty());
}

#[test]
fn a_clock_that_was_set_back_far_is_a_new_beginning() {
    let mut night = Night::new();
    night.missed(present(DAY + 30 * 24 * HOUR));
    night.ledger.follow(&night.jobs, DAY);
    assert_eq!(night.missed(present(DAY + 3 * HOUR)), [135]);
}

#[test]
fn a_run_is_told_with_what_its_job_is_allowed() {
    let mut night = Night::new();
    let started = night.started(1, DAY);
    let EventKind::JobStarted {
        max_runtime_s,
        quiet,
        ..
    } = started
    else {
        panic!("{started:?}");
    };
    assert_eq!(
        (max_runtime_s, quiet),
        (Some(3_600.0), vec!["cpu".to_owned()])
    );
    let cases = [
        (Some(0), true),
        (Some(1), true),
        (Some(2), false),
        (None, false),
    ];
    for (exit, well) in cases {
        let ended = night.ended(1, DAY + 5, exit, 5);
        let EventKind::JobEnded {
            ok,
            exit_code,
            lines,
            ..
        } = ended
        else {
            panic!("{ended:?}");
        };
        assert_eq!((ok, exit_code), (well, exit));
        assert_eq!(
            lines.last().unwrap() == "(ended by signal 9)",
            exit.is_none()
        );
    }
}

#[test]
fn a_run_that_takes_too_long_is_overdue_while_it_runs() {
    let mut night = Night::new();
    night.started(1, DAY);
    assert!(!night.figures(DAY + HOUR).is_overdue);
    let late = night.figures(DAY + HOUR + MINUTE);
    assert!(late.is_overdue);
    assert_eq!(late.runtime_s, Some(3_660.0));
    night.ended(1, DAY + 2 * HOUR, Some(0), 1);
    let after = night.figures(DAY + 2 * HOUR);
    assert_eq!((after.is_overdue, after.runtime_s), (false, None));
}

#[test]
fn the_age_of_success_counts_from_the_configuration_until_there_is_one() {
    let mut night = Night::new();
    assert_eq!(night.figures(DAY + HOUR).success_age_s, 3_600.0);
    night.ended(1, DAY + HOUR, Some(2), 1);
    assert_eq!(night.figures(DAY + 2 * HOUR).success_age_s, 7_200.0);
    night.ended(2, DAY + 2 * HOUR, Some(1), 1);
    assert_eq!(night.figures(DAY + 2 * HOUR).success_age_s, 0.0);
}

#[test]
fn the_usual_duration_is_the_median_of_successes_only() {
    let mut night = Night::new();
    assert_eq!(night.figures(DAY).usual_s, None);
    let runs = [(9_000, 0), (1_000, 0), (500_000, 2), (2_000, 0)];
    for (number, (took, exit)) in runs.into_iter().enumerate() {
        let run = number as u128;
        night.ended(run, DAY + number as i64 * HOUR, Some(exit), took);
    }
    assert_eq!(night.figures(DAY).usual_s, Some(2.0));
}

#[test]
fn a_report_that_is_read_again_says_the_same_under_the_same_id() {
    let mut night = Night::new();
    let report = Report {
        job: "backup".to_owned(),
        run: Uuid::from_u128(9),
        started_wall_ms: DAY,
        what: What::Started { reporter: None },
    };
    let settings = night.jobs[0].clone();
    let mut take = |owner| {
        let writer = Writer {
            owner,
            settings: Some(&settings),
        };
        night.ledger.take(&report, writer, DAY, BOOT)
    };
    let first = take(ROOT);
    assert_eq!(take(ROOT), first);
    assert_ne!(take(Some(1_000)).id, first.id, "another user's is another");
}

#[test]
fn who_cannot_speak_for_a_job_changes_nothing_about_it_and_is_named() {
    let mut night = Night::new();
    night.started(1, DAY);
    let report = Report {
        job: "backup".to_owned(),
        run: Uuid::from_u128(1),
        started_wall_ms: DAY,
        what: What::Ended(End {
            took_ms: 1,
            exit_code: Some(0),
            signal: None,
            lines: vec!["all well".to_owned(); 20],
        }),
    };
    let writer = Writer {
        owner: Some(1_000),
        settings: None,
    };
    let event = night.ledger.take(&report, writer, DAY + HOUR, BOOT);
    let EventKind::JobEnded { lines, .. } = event.kind else {
        panic!("{event:?}");
    };
    assert_eq!(lines.len(), 20);
    assert_eq!(lines[19], "(agent.toml has no such job of user 1000)");
    let figures = night.figures(DAY + HOUR);
    assert_eq!(
        (figures.success_age_s, figures.runtime_s),
        (3_600.0, Some(3_600.0))
    );
}

#[test]
fn a_run_nobody_will_end_is_ended_after_two_looks_or_with_the_boot() {
    let reporter = Some(Reporter {
        pid: 7,
        since_ticks: 1,
        namespace: 1,
    });
    let lines = |kinds: Vec<EventKind>| -> Vec<String> {
        kinds
            .into_iter()
            .flat_map(|kind| match kind {
                EventKind::JobEnded {
                    ok: false,
                    exit_code: None,
                    lines,
                    ..
                } => lines,
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let mut night = Night::new();
    night.report(1, DAY, What::Started { reporter });
    let now = present(DAY + HOUR);
    assert!(night.ledger.vanished(now, |_| Some(true)).is_empty());
    assert!(
        night.ledger.vanished(now, |_| None).is_empty(),
        "it cannot be told"
    );
    assert!(night.ledger.vanished(now, |_| Some(false)).is_empty());
    let told = lines(night.ledger.vanished(now, |_| Some(false)));
    assert!(told[0].contains("killed"), "{told:?}");
    assert!(
        night.ledger.vanished(now, |_| Some(false)).is_empty(),
        "once"
    );

    night.started(2, DAY);
    let boot = Uuid::from_u128(2);
    let told = lines(night.ledger.vanished(Present { boot, ..now }, |_| None));
    assert!(told[0].contains("went down"), "{told:?}");
}
