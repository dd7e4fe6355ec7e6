//! Two agents of one id in one boot, as in a container and its copy: one is believed, the other
//! refused and told of, whoever of them is started again.

use std::time::Duration;

use vedette_tests::agent::Agent;
use vedette_tests::collector::{Collector, Options};
use vedette_tests::wait::{PATIENCE, stays, wait_until};

fn refused(collector: &Collector) -> f64 {
    let clone = [("reason", "clone")];
    collector.metrics().sum("vedette_reports_total", &clone)
}

/// Whether the collector has told it that it is a copy.
fn is_refused(agent: &Agent) -> bool {
    let said = agent.status().map(|status| status.to_string());
    said.is_some_and(|said| said.contains("vedette-agent seal"))
}

#[test]
fn of_two_agents_of_one_id_in_one_boot_one_is_refused_and_told_of() {
    let collector = Collector::start(&Options::default());
    let mut first = Agent::start(&collector.url(), "");
    let samples = || collector.metrics().sum("vedette_samples_total", &[]);
    wait_until("a first report", PATIENCE, || samples() > 0.0);

    // Started again it is the same machine, also with what an earlier run left on its way.
    first.kill_9();
    first.start_again();
    let before = samples();
    wait_until("reports of the second run", PATIENCE, || samples() > before);
    assert_eq!(refused(&collector), 0.0);

    let copy = first.copy();
    wait_until("the copy to be refused", PATIENCE, || is_refused(&copy));
    stays("the first believed", Duration::from_secs(4), || {
        !is_refused(&first)
    });
    let before = samples();
    wait_until("more of the first", PATIENCE, || samples() > before);
    let firing = collector.firing("alertname");
    assert!(firing.contains(&"host-cloned".to_owned()), "{firing:?}");
    assert_eq!(refused(&collector), 1.0, "it asks again after an hour only");
}
