//! What each kind of answer does to the rounds it answers, and when it is tried again.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_live_round_that_is_refused_for_good_is_set_aside_and_the_next_goes_out() {
    let mut bench = Bench::new(|seen: &Seen| match seen.ids().contains(&2) {
        true => refuse(400, "bad_name"),
        false => acknowledge(seen),
    });
    for id in 1..=3 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    assert_eq!(bench.story(), ["live 1: 1", "live 2: 2", "live 3: 3"]);
    assert_eq!(bench.tally.set_aside.get(), 1);
    assert_eq!(bench.spooled(), 0);
    let kept = std::fs::read_dir(bench.dir.path().join("set-aside")).unwrap();
    assert_eq!(kept.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_bad_round_of_the_backlog_costs_none_of_its_neighbours() {
    let mut bench = Bench::new(away);
    for id in 1..=20 {
        bench.round(id).await;
        bench.settle().await;
    }
    let good: Arc<Mutex<Vec<u64>>> = Arc::default();
    let taken = Arc::clone(&good);
    bench.collector(move |seen: &Seen| {
        if seen.ids().contains(&7) {
            return refuse(422, "bad_value");
        }
        taken.lock().unwrap().extend(seen.ids());
        acknowledge(seen)
    });
    tokio::time::sleep(Duration::from_secs(300)).await;
    let mut good = good.lock().unwrap().clone();
    assert_eq!(good.remove(0), 20, "the newest first, live");
    let expected: Vec<u64> = (1..20).filter(|id| *id != 7).collect();
    assert_eq!(good, expected);
    assert_eq!(bench.tally.set_aside.get(), 1);
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_judge_the_report_loses_nothing() {
    for status in [301, 401, 403, 404, 408, 425, 429, 500, 502, 503] {
        let mut bench = Bench::new(move |_: &Seen| refuse(status, "no"));
        for id in 1..=3 {
            bench.round(id).await;
            tokio::time::sleep(INTERVAL).await;
        }
        assert_eq!(bench.spooled(), 3, "{status}");
        bench.forget_story();
        bench.collector(acknowledge);
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_eq!(bench.story(), ["live 3: 3", "backlog 2: 1 2"], "{status}");
        assert_eq!(bench.tally.set_aside.get(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_portal_that_says_200_acknowledges_nothing() {
    let mut bench = Bench::new(|_: &Seen| reply(200, "<html>Welcome</html>"));
    bench.round(1).await;
    bench.settle().await;
    assert_eq!(bench.spooled(), 1);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    for header in ["40", "Thu, 01 Jan 1970 00:00:40 GMT"] {
        let mut bench = Bench::new(move |seen: &Seen| match seen.at < Duration::from_secs(40) {
            true => Ok(Reply {
                retry_after: Some(header.to_owned()),
                ..refuse(503, "not_ready").unwrap()
            }),
            false => acknowledge(seen),
        });
        bench.round(1).await;
        bench.settle().await;
        bench.round(2).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let seen = bench.seen();
        assert_eq!(bench.story(), ["live 1: 1", "live 2: 2", "backlog 1: 1"]);
        let pause = seen[1].at - seen[0].at;
        let most = Duration::from_secs(40) + RETRY_AFTER_SPREAD;
        assert!(
            pause >= Duration::from_secs(40) && pause <= most,
            "{header}: {pause:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_repeated_at_growing_distances() {
    let mut bench = Bench::new(away);
    bench.round(1).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let seen = bench.seen();
    let pauses: Vec<f64> = seen
        .windows(2)
        .map(|pair| (pair[1].at - pair[0].at).as_secs_f64())
        .collect();
    // The test's chance is a half; timers are exact to a millisecond.
    let expected = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0];
    for (pause, expected) in pauses.iter().zip(expected) {
        assert!((pause - expected).abs() < 0.01, "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_collector_of_another_wire_is_asked_slowly_and_costs_no_round() {
    let mut bench = Bench::new(|_: &Seen| refuse(415, "unknown_wire"));
    for id in 1..=10 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    assert_eq!(bench.seen().len(), 1, "it is not asked with every round");
    assert_eq!(bench.spooled(), 10);
    assert_eq!(bench.tally.set_aside.get(), 0);
    let status = crate::status::read(bench.dir.path()).unwrap();
    assert!(status.said.unwrap().text.contains("wire 7"));

    bench.forget_story();
    bench.collector(acknowledge);
    tokio::time::sleep(OTHER_WIRE_PAUSE * 2).await;
    assert_eq!(
        bench.story(),
        ["live 10: 10", "backlog 9: 1 2 3 4 5 6 7 8 9"]
    );
}

#[tokio::test(start_paused = true)]
async fn on_401_the_token_is_read_again() {
    let mut bench = Bench::new(|seen: &Seen| match seen.token.as_deref() {
        Some("new") => acknowledge(seen),
        _ => refuse(401, "unauthorized"),
    });
    bench.round(1).await;
    bench.settle().await;
    assert_eq!(bench.seen().len(), 1, "the same token is not tried twice");
    std::fs::write(bench.dir.path().join("token"), "new\n").unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let tokens: Vec<Option<String>> = bench.seen().into_iter().map(|seen| seen.token).collect();
    assert_eq!(tokens.last().unwrap().as_deref(), Some("new"));
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_of_something_else_forgets_nothing() {
    let wrong: [fn(&mut Acknowledged); 3] = [
        |acknowledged| acknowledged.seq -= 1,
        |acknowledged| acknowledged.epoch = Uuid::nil().to_string(),
        |acknowledged| acknowledged.stream = Stream::Backlog,
    ];
    for change in wrong {
        let mut bench = Bench::new(move |seen: &Seen| {
            let mut acknowledged = seen.whole();
            change(&mut acknowledged);
            answer(acknowledged)
        });
        bench.round(1).await;
        bench.settle().await;
        assert_eq!(bench.spooled(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_of_the_backlog_that_is_acknowledged_is_not_sent_again() {
    let mut bench = Bench::new(away);
    for id in 1..=6 {
        bench.round(id).await;
        bench.settle().await;
    }
    bench.forget_story();
    bench.collector(|seen: &Seen| {
        let mut acknowledged = seen.whole();
        if seen.report.stream == Stream::Backlog && seen.report.rounds.len() > 2 {
            acknowledged.seq = seen.report.rounds[1].seq;
        }
        answer(acknowledged)
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    let expected = [
        "live 6: 6",
        "backlog 5: 1 2 3 4 5",
        "backlog 5: 3 4 5",
        "backlog 5: 5",
    ];
    assert_eq!(bench.story(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_keeps_the_rest_acknowledges_it() {
    let mut bench = Bench::new(|seen: &Seen| {
        let refusal = Refusal {
            acknowledged: Some(seen.whole()),
            ..refusal("bad_value")
        };
        reply(400, &serde_json::to_string(&refusal).unwrap())
    });
    bench.round(1).await;
    bench.settle().await;
    assert_eq!((bench.spooled(), bench.tally.set_aside.get()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn with_several_collectors_the_next_is_tried_and_the_one_that_answered_is_kept() {
    let mut bench = Bench::with(&["http://one", "http://two"], |seen: &Seen| {
        match seen.url.as_str() {
            "http://one" => away(seen),
            _ => acknowledge(seen),
        }
    });
    for id in 1..=2 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    let urls: Vec<String> = bench.seen().into_iter().map(|seen| seen.url).collect();
    assert_eq!(urls, ["http://one", "http://two", "http://two"]);
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_collectors_clock_is_compared_with_ours() {
    let mut bench = Bench::new(|seen: &Seen| {
        let answer = Answer {
            acknowledged: seen.whole(),
            collector_wall_ms: 60_000,
            wire: vec![1],
            ask: Vec::new(),
        };
        reply(200, &serde_json::to_string(&answer).unwrap())
    });
    bench.round(1).await;
    bench.settle().await;
    assert_eq!(
        crate::status::read(bench.dir.path()).unwrap().skew_ms,
        Some(60_000)
    );
    assert_eq!(bench.tally.collector_skew.get(), Some(-60_000));
}
