//! What the rest of the agent hears of an answer.

use vedette_wire::Wanted;

use super::*;

#[tokio::test(start_paused = true)]
async fn an_event_is_safe_when_its_round_was_acknowledged_live() {
    let mut bench = Bench::new(away);
    let event = bench.event(1).await;
    bench.settle().await;
    assert!(!bench.receipts.take(event), "nobody has heard of it");
    bench.collector(acknowledge);
    tokio::time::sleep(INTERVAL).await;
    assert!(bench.receipts.take(event));
}

#[tokio::test(start_paused = true)]
async fn an_event_of_the_backlog_is_safe_when_its_own_round_was_acknowledged() {
    let mut bench = Bench::new(away);
    let first = bench.event(1).await;
    let second = bench.event(2).await;
    bench.round(3).await;
    tokio::time::sleep(INTERVAL).await;
    let upto = Arc::new(Mutex::new(1));
    let taken = Arc::clone(&upto);
    bench.collector(move |seen: &Seen| {
        let mut acknowledged = seen.whole();
        if seen.report.stream == Stream::Backlog {
            acknowledged.seq = acknowledged.seq.min(*taken.lock().unwrap());
        }
        answer(acknowledged)
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(bench.receipts.take(first));
    assert!(!bench.receipts.take(second));
    *upto.lock().unwrap() = u64::MAX;
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(bench.receipts.take(second));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_refused_for_good_is_not_waited_for_for_ever() {
    let mut bench = Bench::new(|_: &Seen| refuse(400, "bad_name"));
    let live = bench.event(1).await;
    bench.settle().await;
    assert!(bench.receipts.take(live));
    bench.collector(away);
    let late = bench.event(2).await;
    bench.round(3).await;
    tokio::time::sleep(INTERVAL).await;
    bench.collector(|_: &Seen| refuse(400, "bad_name"));
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(bench.receipts.take(late));
}

#[tokio::test(start_paused = true)]
async fn what_the_collector_wants_to_know_is_handed_on_and_no_more_than_can_wait() {
    let mut bench = Bench::new(|seen: &Seen| {
        let ask = |number: usize| Ask {
            id: number.to_string(),
            what: Wanted::TopProcesses,
        };
        let answer = Answer {
            acknowledged: seen.whole(),
            collector_wall_ms: 0,
            wire: vec![1],
            ask: (0..100).map(ask).collect(),
        };
        reply(200, &serde_json::to_string(&answer).unwrap())
    });
    bench.round(1).await;
    bench.settle().await;
    let mut asked = Vec::new();
    while let Ok(ask) = bench.asked.try_recv() {
        asked.push(ask.id);
    }
    let expected: Vec<String> = (0..ASKS_WAITING_MAX).map(|id| id.to_string()).collect();
    assert_eq!(asked, expected);
}
