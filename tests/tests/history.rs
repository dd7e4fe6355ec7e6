//! The history of samples in real programs: a window is full right after a kill, a full disk stops
//! nothing else, and whatever a kill leaves is read as far as it is whole.

use std::fs;
use std::time::Duration;

use serde_json::json;
use vedette_tests::collector::{Collector, Options, alert};
use vedette_tests::filesystem::{Filesystem, Kind};
use vedette_tests::host::{Host, sample};
use vedette_tests::wait::{PATIENCE, wait_for, wait_until};
use vedette_wire::{Report, Sample, metric};

/// The pause between the rounds of an invented host.
const ROUND_MS: u64 = 15_000;

/// Faults per second over five minutes: unknown before four of them were watched.
const RULE: &str = r#"
[[rule]]
name    = "faults"
component = "memory"
on      = "system.paging.faults"
warning = 'rate("5m") > 90.0'
title   = "too many faults"
"#;

fn faults(count: f64) -> Vec<Sample> {
    vec![sample("system.paging.faults", &[("type", "major")], count)]
}

/// Rounds of the last minutes, one each quarter of a minute: `per_s` faults a second.
fn past(host: &mut Host, minutes: u64, per_s: f64) -> Report {
    let rounds = minutes * 4;
    let mut reports: Vec<Report> = (0..=rounds).map(|_| host.report(Vec::new())).collect();
    let mut report = reports.pop().expect("there is the newest one");
    let newest = report.rounds.remove(0);
    report.rounds = reports
        .into_iter()
        .flat_map(|report| report.rounds)
        .collect();
    report.rounds.push(newest);
    for (at, round) in (0_u64..).zip(&mut report.rounds) {
        let age_ms = (rounds - at) * ROUND_MS;
        round.mono_ms = report.sent_mono_ms - age_ms;
        round.wall_ms = report.sent_wall_ms - age_ms as i64;
        round.samples = faults(per_s * (at * ROUND_MS) as f64 / 1_000.0);
    }
    report
}

fn written(collector: &Collector) -> f64 {
    collector
        .metrics()
        .sum("vedette_history_samples_written_total", &[])
}

fn is_stopped(collector: &Collector) -> bool {
    collector.metrics().sum("vedette_history_stopped", &[]) == 1.0
}

#[test]
fn a_rate_over_five_minutes_is_known_right_after_a_kill() {
    for with_history in [true, false] {
        let options = Options::default().file("rules/faults.toml", RULE);
        let mut collector = Collector::start(&options);
        let mut host = Host::server("db-7");
        let report = past(&mut host, 5, 80.0);
        let _ = collector.post_report(&report).expect(200);
        wait_until("the samples to be written", PATIENCE, || {
            written(&collector) >= 21.0
        });
        assert!(
            collector.firing("alertname").is_empty(),
            "80 a second are not too many"
        );

        collector.kill_9();
        if !with_history {
            fs::remove_dir_all(collector.state_dir().join("history")).expect("it is there");
        }
        collector.start_again();
        // 300 s at 80 a second, then a burst: 100 a second over the last five minutes.
        let _ = collector
            .post_report(&host.report(faults(30_300.0)))
            .expect(200);
        let expected: &[&str] = if with_history { &["faults"] } else { &[] };
        assert_eq!(
            collector.firing("alertname"),
            expected,
            "with history: {with_history}"
        );
    }
}

#[test]
fn what_was_measured_is_listed_and_drawn_and_an_alert_says_where() {
    let options = Options::default().file("rules/faults.toml", RULE);
    let collector = Collector::start(&options);
    let mut host = Host::server("db-7");
    let report = past(&mut host, 5, 100.0);
    let _ = collector.post_report(&report).expect(200);
    wait_until("the samples to be written", PATIENCE, || {
        written(&collector) >= 21.0
    });
    let get = |path: &str| collector.http().get(path);

    let list = get("/api/v1/hosts/db-7/series").expect(200).json();
    let series = &list["series"];
    assert_eq!(series.as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(
        (&series[0]["metric"], &series[0]["value"]),
        (&"system.paging.faults".into(), &30_000.0.into())
    );
    assert_eq!(series[0]["attributes"]["type"], "major");

    let incident = &collector.incidents()[0]["id"];
    let detail = get(&format!("/api/v1/incidents/{incident}"))
        .expect(200)
        .json();
    let link = detail["alerts"][0]["series"]
        .as_str()
        .expect("a link")
        .to_owned();
    let chart = get(&link).expect(200).json();
    let points = chart["series"][0]["points"]
        .as_array()
        .expect("points")
        .clone();
    assert_eq!(points.len(), 21);
    assert_eq!(points[20]["last"], 30_000.0);
    let coarse = get(&format!("{link}&step=24h")).expect(200).json();
    let point = &coarse["series"][0]["points"][0];
    assert_eq!(
        (&point["min"], &point["max"]),
        (&0.0.into(), &30_000.0.into())
    );
    let other = get("/api/v1/hosts/db-7/series/system.paging.faults?filter=type%3D%22minor%22");
    assert_eq!(other.expect(200).json()["series"], json!([]));

    for (path, status) in [
        ("/api/v1/hosts/db-8/series", 404),
        ("/api/v1/hosts/db-7/series/x?from=yesterday", 400),
        ("/api/v1/hosts/db-7/series/x?step=0s", 400),
        ("/api/v1/hosts/db-7/series/x?since=1h", 400),
        (
            "/api/v1/hosts/db-7/series/x?to=2020-01-01T00:00:00Z&from=2020-01-02T00:00:00Z",
            400,
        ),
    ] {
        assert_eq!(get(path).status, status, "{path}");
    }
}

#[test]
fn a_changed_threshold_is_tried_on_what_was_measured() {
    let rule = RULE
        .replace("> 90.0", "> most")
        .replace("warning =", "params  = { most = 90.0 }\nwarning =");
    let options = Options::default().file("rules/faults.toml", &rule);
    let collector = Collector::start(&options);
    for (name, per_s) in [("db-7", 100.0), ("db-8", 200.0)] {
        let report = past(&mut Host::server(name), 12, per_s);
        let _ = collector.post_report(&report).expect(200);
    }
    wait_until("the samples to be written", PATIENCE, || {
        written(&collector) >= 98.0
    });

    let tried = |body: &serde_json::Value| {
        let http = collector.http();
        let begun = http
            .post("/api/v1/rules/faults/backtest", body)
            .expect(202)
            .json();
        let path = format!("/api/v1/backtests/{}", begun["id"]);
        wait_for("the back-test to end", PATIENCE, || {
            let state = http.get(&path).expect(200).json();
            state.get("report").cloned()
        })
    };
    let higher = tried(&json!({ "set": { "most": 150 } }));
    assert_eq!(higher["changed"], "most=150", "{higher}");
    let sums = &higher["tickets"];
    assert_eq!(
        (&sums["then"], &sums["now"], &sums["avoided"]),
        (&2.into(), &1.into(), &1.into()),
        "{higher}"
    );
    assert!(
        higher["avoided"][0]["title"]
            .as_str()
            .is_some_and(|title| title.starts_with("db-7"))
    );
    let file = rule.replace("> most", "> 2.0 * most");
    let changed = tried(&json!({ "file": file }));
    assert_eq!(
        (&changed["changed"], &changed["tickets"]["now"]),
        (&"the changed file".into(), &1.into()),
        "{changed}"
    );

    let refused = |body: &serde_json::Value| {
        let answer = collector.http().post("/api/v1/rules/faults/backtest", body);
        (
            answer.status,
            answer.json()["error"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    for (body, why) in [
        (json!({ "set": { "least": 1 } }), "has no parameter least"),
        (
            json!({ "file": "[[rule]]\nname = \"other\"\n" }),
            "there is no rule faults in the file",
        ),
        (
            json!({ "file": rule.replace("component", "komponent") }),
            "the changed policy has errors",
        ),
    ] {
        let (status, error) = refused(&body);
        assert!(status == 400 && error.contains(why), "{status} {error}");
    }
    let _ = collector
        .http()
        .post("/api/v1/rules/nothing/backtest", &json!({}))
        .expect(404);
    let _ = collector.http().get("/api/v1/backtests/99").expect(404);
}

#[test]
fn a_full_disk_stops_the_history_and_nothing_else() {
    let Some(disk) = Filesystem::mount(Kind::Tmpfs, 8 << 20) else {
        return;
    };
    let state = vedette_tests::scratch::Scratch::new();
    let history = state.join("history");
    std::os::unix::fs::symlink(disk.mountpoint(), &history).expect("a link can be made");
    let options = Options::default()
        .state_dir(state.path())
        .settings("[store]\nreserve = \"1MiB\"\n");
    let collector = Collector::start(&options);
    let mut host = Host::server("db-7");
    let mut report = || {
        let _ = collector.post_report(&host.report(faults(1.0))).expect(200);
    };
    report();
    wait_until("the first sample to be written", PATIENCE, || {
        written(&collector) >= 1.0
    });

    disk.fill_up();
    wait_until("the history to stop", PATIENCE, || {
        report();
        is_stopped(&collector)
    });
    let status = collector.http().get("/api/v1/status").expect(200).json();
    assert_eq!(
        status["troubles"][0],
        "The history of samples is not written: the disk is full. Tickets do not need it; charts and back-tests have a gap."
    );
    assert_eq!(status["openings_refused"], false);
    let _ = collector
        .post_alerts(&[alert(&[("alertname", "Down")])])
        .expect(200);
    assert_eq!(collector.firing("alertname"), ["Down"]);
    let dropped = collector
        .metrics()
        .by("vedette_history_samples_dropped_total", "reason");
    assert!(dropped["disk"] >= 1.0, "{dropped:?}");

    disk.free();
    wait_until("the history to go on", Duration::from_secs(60), || {
        report();
        !is_stopped(&collector)
    });
    let status = collector.http().get("/api/v1/status").expect(200).json();
    assert_eq!(
        status["troubles"].as_array().map(Vec::len),
        Some(0),
        "{status}"
    );
}

#[test]
fn whatever_a_kill_leaves_is_read_as_far_as_it_is_whole() {
    let mut collector = Collector::start(&Options::default());
    let mut host = Host::server("db-7");
    let mut sent = 0.0;
    let mut known = 0;
    for kill in 1..=4 {
        // Written while it is killed: every report brings more than waits in memory.
        let before = written(&collector);
        wait_until("some of it to be written", PATIENCE, || {
            for _ in 0..20 {
                sent += 1.0;
                let samples = (0..200).map(|of| {
                    sample(
                        metric::CHECK_DURATION,
                        &[("check", &format!("check-{of}"))],
                        sent,
                    )
                });
                let _ = collector
                    .post_report(&host.report(samples.collect()))
                    .expect(200);
            }
            written(&collector) > before
        });
        collector.restart_with_kill_9();
        let path = format!(
            "/api/v1/hosts/{}/series/{}?step=1s",
            host.id(),
            metric::CHECK_DURATION
        );
        let chart = collector.http().get(&path).expect(200).json();
        let series = chart["series"].as_array().expect("a list").clone();
        assert_eq!(series.len(), 200, "after kill {kill}");
        let whole: f64 = series[0]["points"]
            .as_array()
            .expect("a list")
            .last()
            .expect("points")["last"]
            .as_f64()
            .expect("a number");
        assert!(
            whole <= sent && whole as u64 > known,
            "{whole} of {sent}, {known} before"
        );
        known = whole as u64;
    }
    let damaged = collector
        .metrics()
        .sum("vedette_history_damaged_total", &[]);
    assert!(damaged <= 1.0, "a half-written end is named once");
}
