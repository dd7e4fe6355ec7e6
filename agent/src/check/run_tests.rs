//! Checks that hang, checks that crash the rules of time, and their neighbours.

#![allow(clippy::unwrap_used)]

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use vedette_config::check::{CheckKind, FileSettings};

use super::*;
use crate::check::Running;

/// Does not return until somebody lets it.
struct Stuck(Arc<Mutex<Receiver<()>>>);

impl Check for Stuck {
    fn lane(&self) -> Lane {
        Lane::Blocking
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        let wait = Arc::clone(&self.0);
        Box::pin(async move {
            let waited = tools.block(move || wait.lock().unwrap().recv()).await;
            match waited {
                Ok(_) => Found::ok("free"),
                Err(why) => Found::unknown(why),
            }
        })
    }
}

#[tokio::test]
async fn a_check_that_hangs_is_unknown_and_left_alone_while_others_run() {
    let (kit, shared) = (kit(), Arc::default());
    let (mut stuck, release) = stuck(&kit, &shared);
    assert!(
        told(&mut stuck, &kit)
            .await
            .1
            .contains("did not return within")
    );
    assert!(told(&mut stuck, &kit).await.1.contains("earlier run"));

    let mut other = Slot::new(&settings("other"), &kit, &shared);
    other.within = Duration::from_secs(20);
    assert_eq!(told(&mut other, &kit).await.0, CheckState::Ok);

    for _ in 0..2 {
        release.send(()).unwrap();
    }
    stuck.within = Duration::from_secs(20);
    let free = loop {
        match told(&mut stuck, &kit).await {
            (CheckState::Ok, text) => break text,
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!(free, "free");
}

#[tokio::test]
async fn a_check_that_hangs_again_and_again_is_tried_more_and_more_rarely() {
    let (kit, shared) = (kit(), Arc::default());
    let (mut stuck, release) = stuck(&kit, &shared);
    for _ in 0..3 {
        assert!(
            told(&mut stuck, &kit)
                .await
                .1
                .contains("did not return within")
        );
        release.send(()).unwrap();
        while stuck.last.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    }
    let (state, text) = told(&mut stuck, &kit).await;
    assert_eq!(state, CheckState::Unknown);
    assert!(text.contains("tried again in"), "{text}");
}

#[test]
fn a_check_has_its_place_in_time_and_no_two_have_the_same() {
    let (kit, shared) = (kit(), Arc::default());
    let place = |name: &str, about: Option<&str>, agent: u128| {
        let settings = CheckSettings {
            about: about.map(str::to_owned),
            ..settings(name)
        };
        let kit = Kit {
            agent: Uuid::from_u128(agent),
            ..kit.clone()
        };
        Slot::new(&settings, &kit, &shared).place()
    };
    let places = [
        place("a", None, 1),
        place("b", None, 1),
        place("a", Some("b"), 1),
        place("a", None, 2),
    ];
    for (number, one) in places.iter().enumerate() {
        assert_eq!(
            places.iter().filter(|other| *other == one).count(),
            1,
            "{number}"
        );
    }
    assert_eq!(places[0], place("a", None, 1));
}

#[tokio::test]
async fn other_settings_end_some_checks_begin_others_and_leave_the_rest_alone() {
    let kit = kit();
    let mut checks = Checks::start(&[settings("stays"), settings("goes")], &kit);
    let stays = checks.running[0].1.id();
    let changed = CheckSettings {
        every: Duration::from_secs(90),
        ..settings("goes")
    };
    checks.renew(&[settings("stays"), changed, settings("comes")]);
    let names: Vec<&str> = checks
        .running
        .iter()
        .map(|(known, _)| known.name.as_str())
        .collect();
    assert_eq!(names, ["stays", "goes", "comes"]);
    assert_eq!(checks.running[0].1.id(), stays);
    checks.renew(&[]);
    while checks.tasks.join_next().await.is_some() {}
    assert!(checks.running.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_check_runs_soon_after_the_start_and_then_once_in_its_interval() {
    let kit = kit();
    let _checks = Checks::start(&[unblocking("port")], &kit);
    let mut results = 0;
    for _ in 0..600 {
        tokio::time::advance(Duration::from_secs(1)).await;
        // The check's own task, and what it wakes.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        results += kit.board.take(0, 0).checks.len();
    }
    assert!(
        (9..=12).contains(&results),
        "{results} results in ten minutes"
    );
}

/// What the next turn comes to.
async fn told(slot: &mut Slot, kit: &Kit) -> (CheckState, String) {
    slot.turn().await;
    let run = kit.board.take(0, 0).checks.remove(0);
    (run.state, run.text)
}

fn stuck(kit: &Kit, shared: &Arc<Shared>) -> (Slot, Sender<()>) {
    let (release, wait) = channel();
    let check = Stuck(Arc::new(Mutex::new(wait)));
    let mut slot = Slot::with(Box::new(check), &settings("stuck"), kit, shared);
    slot.within = Duration::from_millis(20);
    (slot, release)
}

/// Needs no thread, which moved time would not wait for.
fn unblocking(name: &str) -> CheckSettings {
    let target = vedette_config::check::Endpoint {
        host: "127.0.0.1".to_owned(),
        port: 1,
    };
    CheckSettings {
        kind: CheckKind::Tcp(vedette_config::check::TcpSettings {
            target,
            send: None,
            expect: None,
            slow: None,
        }),
        ..settings(name)
    }
}

fn settings(name: &str) -> CheckSettings {
    CheckSettings {
        name: name.to_owned(),
        about: None,
        every: Duration::from_secs(60),
        timeout: Duration::from_secs(10),
        kind: CheckKind::File(FileSettings {
            path: "/".into(),
            exists: true,
            age_warning: None,
            age_critical: None,
            size_min: None,
            size_max: None,
        }),
    }
}

fn kit() -> Kit {
    Kit {
        surroundings: Surroundings::here(Arc::default()),
        board: Arc::default(),
        agent: Uuid::from_u128(7),
    }
}
