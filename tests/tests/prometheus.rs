//! A real Prometheus reads the collector's metrics, its checker finds nothing to complain
//! about, and the numbers add up.

use serde_json::json;
use vedette_tests::collector::{Collector, Options, alert, resolved};
use vedette_tests::host::{Host, filesystem};
use vedette_tests::metrics::Metrics;
use vedette_tests::prometheus::{self, Prometheus};
use vedette_tests::ticket_system::TicketSystem;
use vedette_tests::wait::{PATIENCE, wait_until};

const GIB: f64 = (1_u64 << 30) as f64;

/// A collector to which everything has happened that a signal can end as.
fn busy(system: &TicketSystem) -> Collector {
    let options = Options::default().tickets_to(&system.url(), "generic", "");
    let collector = Collector::start(&options);
    let post = |severity: &str, instance: &str| {
        let labels = [
            ("alertname", "A"),
            ("instance", instance),
            ("severity", severity),
        ];
        let _ = collector.post_alerts(&[alert(&labels)]).expect(200);
    };
    collector.silence(&[("instance", "silenced")], 60);
    post("critical", "opened");
    post("critical", "opened");
    post("critical", "silenced");
    post("warning", "waits for its open delay");
    post("info", "watched");
    let gone = [
        ("alertname", "A"),
        ("instance", "waits and clears"),
        ("severity", "warning"),
    ];
    let _ = collector.post_alerts(&[alert(&gone)]).expect(200);
    let _ = collector.post_alerts(&[resolved(&gone)]).expect(200);
    let mut host = Host::server("db-7");
    let _ = collector
        .post_report(&host.report(filesystem("/srv", 0.2, GIB)))
        .expect(200);
    let drill = collector
        .http()
        .post("/api/v1/drills", &json!({ "for": "1s" }));
    assert_eq!(drill.status, 201, "{}", drill.body);
    system.wait_for_tickets("the drill's end", PATIENCE, |tickets| {
        tickets.len() == 2 && tickets[1].texts("action") == ["open", "resolve"]
    });
    collector
}

/// Every signal that came in has ended as exactly one thing, or waits.
fn lost(metrics: &Metrics) -> f64 {
    metrics.sum("vedette_signals_received_total", &[])
        - metrics.sum("vedette_signals_total", &[])
        - metrics.sum("vedette_signals_waiting", &[])
}

#[test]
fn prometheus_scrapes_and_the_signals_add_up() {
    let system = TicketSystem::start();
    let collector = busy(&system);
    let Some(prometheus) = Prometheus::scraping(collector.port(), &collector.token()) else {
        return;
    };
    prometheus.wait_for("up", |value| value == 1.0);
    assert_eq!(prometheus.last_scrape_error(), "");
    prometheus.wait_for("sum(vedette_signals_received_total)", |value| value >= 9.0);
    let balance = "sum(vedette_signals_received_total) - sum(vedette_signals_total) \
                   - sum(vedette_signals_waiting)";
    assert_eq!(prometheus.query(balance), Some(0.0));
    for (expression, expected) in [
        (r#"vedette_hosts{state="well"}"#, 1.0),
        (r#"sum(vedette_incidents{phase="open"})"#, 1.0),
        (
            r#"sum(vedette_deliveries_total{receiver="desk",outcome="sent"})"#,
            3.0,
        ),
        (
            r#"vedette_deliveries_pending{receiver="desk"} or vector(0)"#,
            0.0,
        ),
        ("vedette_policy_last_reload_successful", 1.0),
        ("sum(vedette_build_info)", 1.0),
        ("sum(vedette_commit_duration_seconds_count) > bool 5", 1.0),
    ] {
        let found = prometheus.wait_for(expression, |value| value == expected);
        assert_eq!(found, expected, "{expression}");
    }
}

#[test]
fn promtool_finds_nothing_wrong_with_the_metrics() {
    let system = TicketSystem::start();
    let collector = busy(&system);
    let scrape = collector.http().get("/metrics").expect(200).body;
    if let Some(found) = prometheus::findings(&scrape) {
        assert_eq!(found, "");
    }
}

#[test]
fn each_signal_is_counted_as_what_became_of_it() {
    let system = TicketSystem::start();
    let collector = busy(&system);
    let metrics = collector.metrics();
    assert_eq!(lost(&metrics), 0.0);
    for (outcome, drill, count) in [
        ("opened", "no", 1.0),
        ("repeated", "no", 1.0),
        ("watched", "no", 1.0),
        ("transient", "no", 1.0),
        ("resolved", "no", 1.0),
        ("opened", "yes", 1.0),
        ("resolved", "yes", 1.0),
    ] {
        let labels = [("outcome", outcome), ("drill", drill)];
        let found = metrics.sum("vedette_signals_total", &labels);
        assert_eq!(found, count, "{outcome}, drill {drill}");
    }
    // The silenced one, and the one whose delay is not over.
    assert_eq!(
        metrics.sum("vedette_signals_waiting", &[("drill", "no")]),
        2.0
    );
}

#[test]
fn after_a_restart_the_signals_add_up_with_what_waited_before_it() {
    let system = TicketSystem::start();
    let mut collector = busy(&system);
    collector.restart_with_kill_9();
    // Those that waited were counted as received by the run before.
    let waited = collector.metrics().sum("vedette_signals_waiting", &[]);
    assert_eq!(waited, 2.0);
    let labels = [
        ("alertname", "A"),
        ("instance", "new"),
        ("severity", "critical"),
    ];
    let _ = collector.post_alerts(&[alert(&labels)]).expect(200);
    wait_until("its ticket", PATIENCE, || system.tickets().len() == 3);
    let metrics = collector.metrics();
    assert!(metrics.sum("vedette_signals_received_total", &[]) >= 1.0);
    assert_eq!(lost(&metrics), -waited);
}
