//! `vedette rule backtest RULE`: the collector is asked until it is done, and what is said fits.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};
use vedette_collector::api::v1::shapes::{
    Backtest, BacktestBegun, BacktestState, HourSums, TicketSums, TicketTried,
};

use crate::world::{World, at};

const BEGIN: &str = "POST /api/v1/rules/filesystem-space/backtest";
const STATE: &str = "GET /api/v1/backtests/3";

fn report() -> Backtest {
    let ticket = |at, title: &str, lasted_s, acted_on| TicketTried {
        at,
        title: title.into(),
        severity: "warning".into(),
        priority: "P3".into(),
        lasted_s,
        over: true,
        acted_on,
        worse: false,
        elsewhere: false,
    };
    let sums = TicketSums {
        then: 3,
        now: 1,
        avoided: 1,
        missed: 1,
        ..TicketSums::default()
    };
    Backtest {
        rule: "filesystem-space".into(),
        changed: "warn_used=0.93".into(),
        from: at("02:00:00"),
        to: at("12:31:00"),
        full_since: Some(at("11:00:00")),
        hosts: 12,
        series: 34,
        as_if_tickets: true,
        tickets: sums,
        by_hour: vec![
            HourSums {
                hour: at("03:00:00"),
                tickets: TicketSums {
                    then: 1,
                    now: 1,
                    ..TicketSums::default()
                },
            },
            HourSums {
                hour: at("07:00:00"),
                tickets: TicketSums {
                    then: 2,
                    now: 0,
                    avoided: 1,
                    missed: 1,
                    ..TicketSums::default()
                },
            },
        ],
        missed: vec![ticket(
            at("07:10:00"),
            "db-7: /var is 92 % full, 8.1 GiB left",
            7_200,
            false,
        )],
        opened: Vec::new(),
        avoided: vec![ticket(
            at("07:40:00"),
            "web-1: /srv is 91 % full, 18.1 GiB left",
            600,
            false,
        )],
        left_out: 0,
    }
}

fn state(done: f64, report: Option<Backtest>) -> BacktestState {
    BacktestState {
        id: 3,
        done,
        error: None,
        report,
    }
}

async fn collector() -> World {
    World::new()
        .await
        .answers(BEGIN, &BacktestBegun { id: 3 })
        .answers(STATE, &state(0.0, None))
        .answers(STATE, &state(0.42, None))
        .answers(STATE, &state(1.0, Some(report())))
}

#[tokio::test]
async fn a_changed_threshold_is_tried_and_shown() {
    let words = [
        "rule",
        "backtest",
        "filesystem-space",
        "--set",
        "warn_used=0.93",
    ];
    assert_snapshot!(collector().await.page(&words).await);
}

#[tokio::test]
async fn how_far_it_is_is_shown_on_a_terminal_and_what_is_missed_makes_it_fail() {
    let world = collector().await;
    let words = [
        "rule",
        "backtest",
        "filesystem-space",
        "--set",
        "warn_used=0.93",
        "--json",
    ];
    let ran = world.run(Some(100), &words).await;
    assert_eq!(ran.code, 1, "{}", ran.error);
    let said: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(said["tickets"]["missed"], 1);
    assert_eq!(said["by_hour"][1]["then"], 2);
    let drawn = world.drawn.lock().unwrap().clone();
    assert!(drawn.iter().any(|bar| bar.contains(" 42 %")), "{drawn:?}");
    assert_eq!(drawn.last().unwrap(), "", "nothing is left of it");
}

#[tokio::test]
async fn what_is_asked_is_the_span_the_parameters_and_the_file() {
    let world = collector().await;
    let file = world.state().join("changed.toml");
    fs::write(&file, "[[rule]]\n").unwrap();
    let words = [
        "rule",
        "backtest",
        "filesystem-space",
        "--file",
        file.to_str().unwrap(),
        "--set",
        "free=10GiB",
        "--set",
        "warn_used = 0.9",
        "--from",
        "2026-10-02T12:00:00Z",
    ];
    assert_eq!(world.run(Some(100), &words).await.code, 1);
    let asked: Value = serde_json::from_str(&world.asked()[0].body).unwrap();
    let expected = json!({
        "from": "2026-10-02T12:00:00.000Z",
        "set": { "free": "10GiB", "warn_used": "0.9" },
        "file": "[[rule]]\n",
    });
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn what_cannot_be_tried_is_said_in_one_sentence() {
    let failed = BacktestState {
        error: Some("rule x is on events".into()),
        ..state(0.3, None)
    };
    let world = World::new()
        .await
        .answers(BEGIN, &BacktestBegun { id: 3 })
        .answers(STATE, &failed);
    let ran = world
        .run(Some(100), &["rule", "backtest", "filesystem-space"])
        .await;
    assert_eq!(
        (ran.code, ran.error.trim()),
        (1, "It cannot be tried: rule x is on events")
    );

    for words in [
        &["rule", "backtest"][..],
        &["rule", "backtest", "x", "--policy", "dir"],
        &["rule", "backtest", "--policy", "dir", "--set", "a=1"],
        &["rule", "backtest", "x", "--set", "warn_used"],
        &["rule", "backtest", "x", "--file", "/nowhere/at/all"],
    ] {
        assert_eq!(
            World::new().await.run(Some(100), words).await.code,
            2,
            "{words:?}"
        );
    }
}
