//! Other settings come into force while rounds wait.

use super::*;

#[tokio::test(start_paused = true)]
async fn other_settings_hold_from_the_next_attempt_and_cost_no_round_that_waits() {
    let mut bench = Bench::new(away);
    for id in 1..=3 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    let epoch = bench.seen()[0].report.epoch.clone();
    bench.forget_story();
    bench.collector(acknowledge);
    let host = HostFacts {
        name: "renamed".to_owned(),
        ..HostFacts::default()
    };
    let renewal = bench.terms("http://other", host);
    bench.renewals.send(renewal).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(bench.story(), ["live 3: 3", "backlog 2: 1 2"]);
    for seen in bench.seen() {
        assert_eq!(seen.url, "http://other");
        assert_eq!(seen.report.host.name, "renamed");
    }
    assert_eq!(bench.seen()[0].report.epoch, epoch, "the stream goes on");
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn refused_settings_are_shown_until_good_ones_come_and_change_nothing() {
    let mut bench = Bench::new(acknowledge);
    bench.round(1).await;
    bench.settle().await;
    let why = "agent.toml:3:1: unknown key".to_owned();
    let refused = Renewal::Refused(why.clone());
    bench.renewals.send(refused).await.unwrap();
    bench.round(2).await;
    bench.settle().await;
    let status = crate::status::read(bench.dir.path()).unwrap();
    assert_eq!(status.refused.as_deref(), Some(why.as_str()));
    assert!(bench.pulse.standing().contains(&why));
    assert_eq!(bench.story(), ["live 1: 1", "live 2: 2"]);
    assert!(bench.seen().iter().all(|seen| seen.url == "http://one"));

    let renewal = bench.terms("http://one", HostFacts::default());
    bench.renewals.send(renewal).await.unwrap();
    bench.settle().await;
    let status = crate::status::read(bench.dir.path()).unwrap();
    assert_eq!(status.refused, None);
}
