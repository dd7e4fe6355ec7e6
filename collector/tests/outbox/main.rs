//! The outbox against ticket systems that misbehave: order, retries, and a ticket made once.
#![allow(clippy::unwrap_used)]

mod books;
mod desk;
mod world;

use std::time::Duration;

use vedette_collector::outbox::Standing;
use vedette_triage::{Action, Fate};

use desk::Does;
use world::{World, seconds};

#[tokio::test(start_paused = true)]
async fn what_is_decided_is_delivered_in_order() {
    let world = World::by_lookup();
    world.decide(1, &[Action::Open, Action::Note, Action::Resolve]);
    world.until_settled(3).await;
    assert_eq!(
        world.desk.told(),
        [
            "verify",
            "create K-1",
            "read T-1",
            "comment T-1",
            "comment T-1",
            "close T-1",
            "read T-1"
        ]
    );
    assert_eq!(world.books.reference(1).unwrap().id, "T-1");
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_away_gets_it_when_it_is_back() {
    let world = World::by_key();
    world.desk.next(3, &Does::Refuse(503, None));
    world.decide(1, &[Action::Open]);
    world.until_settled(1).await;
    assert_eq!(
        world.desk.told(),
        ["refused", "refused", "refused", "told K-1-1"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_is_the_same_request() {
    let world = World::by_key();
    world.desk.next(2, &Does::Lose);
    world.decide(1, &[Action::Open]);
    world.until_settled(1).await;
    let bodies = world.desk.bodies();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_comes_back_before_the_receiver_said_so() {
    for status in [429, 503] {
        let world = World::by_key();
        world.desk.next(1, &Does::Refuse(status, Some("90")));
        world.decide(1, &[Action::Open]);
        let started = tokio::time::Instant::now();
        world.until_settled(1).await;
        assert!(
            started.elapsed() >= seconds(90),
            "{status}: {:?}",
            started.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_whose_making_was_cut_off_is_found_and_not_made_again() {
    for cut_off in [
        Does::DoAndLose,
        Does::DoAndSay(500),
        Does::DoAndSay(502),
        Does::DoAndSay(408),
    ] {
        let world = World::by_lookup();
        world.desk.after_verifying(1, &cut_off);
        world.decide(1, &[Action::Open]);
        world.until_settled(1).await;
        assert_eq!(
            world.desk.told(),
            ["verify", "create K-1", "find K-1"],
            "{cut_off:?}"
        );
        assert_eq!(world.desk.tickets(), ["K-1"]);
        assert_eq!(world.books.reference(1).unwrap().id, "T-1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_is_not_found_is_made_only_when_it_can_no_longer_appear() {
    let world = World::by_lookup();
    world.desk.after_verifying(1, &Does::Lose);
    world.decide(1, &[Action::Open]);
    let started = tokio::time::Instant::now();
    world.until_settled(1).await;
    assert!(started.elapsed() >= seconds(60), "{:?}", started.elapsed());
    assert_eq!(
        world.desk.told(),
        [
            "verify",
            "lost",
            "find K-1",
            "find K-1",
            "create K-1",
            "read T-1"
        ]
    );
    assert_eq!(world.desk.tickets(), ["K-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_appears_late_is_found_by_the_second_look() {
    let world = World::by_lookup();
    world
        .desk
        .after_verifying(1, &Does::DoLaterAndLose(seconds(45)));
    world.decide(1, &[Action::Open]);
    world.until_settled(1).await;
    // Were it made again before the second look, the late one would be its double.
    tokio::time::sleep(seconds(120)).await;
    assert_eq!(world.desk.tickets(), ["K-1"]);
}

#[tokio::test(start_paused = true)]
async fn what_surely_did_not_arrive_is_sent_again_without_a_look() {
    for failure in [Does::CannotBeReached, Does::Refuse(429, None)] {
        let world = World::by_lookup();
        world.desk.after_verifying(1, &failure);
        world.decide(1, &[Action::Open]);
        let started = tokio::time::Instant::now();
        world.until_settled(1).await;
        assert!(started.elapsed() < seconds(60), "{failure:?}");
        let looks = world
            .desk
            .told()
            .iter()
            .filter(|line| line.starts_with("find"))
            .count();
        assert_eq!((looks, world.desk.tickets().len()), (0, 1), "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_says_done_and_did_nothing_is_found_out() {
    let world = World::by_lookup();
    world.desk.after_verifying(1, &Does::SayDone);
    world.decide(1, &[Action::Open]);
    world.until_settled(1).await;
    assert_eq!(world.desk.tickets(), ["K-1"]);
    assert_eq!(world.books.reference(1).unwrap().id, "T-1");
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_was_killed_looks_before_it_makes() {
    let world = World::by_lookup();
    // Made by the run before, which ended before it could write that down.
    world.desk.make("K-1");
    world.decide_before_restart(1, &[Action::Open]);
    world.until_settled(1).await;
    assert_eq!(world.desk.told(), ["verify", "find K-1"]);
    assert_eq!(world.desk.tickets(), ["K-1"]);
}

#[tokio::test(start_paused = true)]
async fn everybodys_tickets_are_not_ours() {
    let world = World::by_lookup();
    world.desk.make("K-foreign");
    world.desk.ignore_filters();
    world.decide_before_restart(1, &[Action::Open]);
    world.until_settled(1).await;
    assert_eq!(world.desk.tickets(), ["K-foreign", "K-1"]);
    assert_eq!(world.books.reference(1).unwrap().id, "T-2");
}

#[tokio::test(start_paused = true)]
async fn a_200_with_an_error_in_it_is_not_done() {
    let world = World::by_lookup();
    world.desk.refuse_to_close();
    world.decide(1, &[Action::Open, Action::Resolve]);
    world.until_settled(2).await;
    let Fate::Dead { why } = world.books.fate(1, Action::Resolve) else {
        panic!("a status that is not valid cannot be set");
    };
    assert!(why.contains("isn't a valid status"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn what_will_never_work_is_given_up_with_the_answer() {
    for status in [400, 413, 422] {
        let world = World::by_key();
        world.desk.next(1, &Does::Refuse(status, None));
        world.decide(1, &[Action::Open]);
        world.decide(2, &[Action::Open]);
        world.until_settled(2).await;
        let Fate::Dead { why } = world.books.fate(1, Action::Open) else {
            panic!("{status} is for ever");
        };
        assert!(why.contains(&status.to_string()), "{why}");
        assert!(matches!(
            world.books.fate(2, Action::Open),
            Fate::Done { .. }
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_loses_nothing_and_a_new_one_is_taken_up() {
    let world = World::by_lookup();
    world.desk.wants_token("new");
    world.decide(1, &[Action::Open]);
    world
        .until("the receiver is held", |world| {
            matches!(world.standing(), Some(Standing::Held { .. }))
        })
        .await;
    assert_eq!(world.books.settled(), 0);
    world.write_token("new");
    world.until_settled(1).await;
    assert_eq!(world.desk.tickets(), ["K-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_in_no_answer_that_is_kept() {
    let world = World::by_lookup();
    world.write_token("hunter22-and-more");
    world.desk.wants_token("another");
    world.decide(1, &[Action::Open]);
    world
        .until("the receiver is held", |world| world.failure().is_some())
        .await;
    let why = world.failure().unwrap();
    assert!(
        why.contains("[secret]") && !why.contains("hunter22"),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_hundred_that_fire_and_clear_while_it_is_away_are_all_accounted_for() {
    let world = World::by_key();
    world.desk.always(Some(Does::Refuse(503, None)));
    for incident in 1..=100 {
        world.decide(incident, &[Action::Open, Action::Resolve]);
    }
    tokio::time::sleep(seconds(1800)).await;
    assert_eq!(world.books.settled(), 0);
    world.desk.always(None);
    world.until_settled(200).await;
    let told = world.desk.told();
    for incident in 1..=100 {
        let place = |sequence: u32| {
            let line = format!("told K-{incident}-{sequence}");
            let places: Vec<usize> = (0..told.len()).filter(|at| told[*at] == line).collect();
            assert_eq!(places.len(), 1, "{line}");
            places[0]
        };
        assert!(
            place(1) < place(2),
            "incident {incident} is closed before it is opened"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_away_is_not_hammered() {
    let world = World::by_key();
    world.desk.always(Some(Does::Refuse(503, None)));
    for incident in 1..=100 {
        world.decide(incident, &[Action::Open]);
    }
    tokio::time::sleep(seconds(3600)).await;
    let requests = world.desk.told().len();
    // The first burst as wide as its concurrency, then one at a time, ever more rarely.
    assert!(
        (20..200).contains(&requests),
        "{requests} requests in an hour"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dead_receiver_does_not_delay_another() {
    let world = World::two();
    world.desk.always(Some(Does::Hang));
    world.decide(1, &[Action::Open]);
    world.decide_for("other", 2, &[Action::Open, Action::Resolve]);
    world.until_settled(2).await;
    assert_eq!(world.books.settled(), 2);
}

#[tokio::test(start_paused = true)]
async fn no_more_is_under_way_than_the_receiver_allows() {
    let world = World::by_key();
    world.desk.always(Some(Does::Hang));
    for incident in 1..=100 {
        world.decide(incident, &[Action::Open]);
    }
    tokio::time::sleep(seconds(30)).await;
    assert_eq!(world.desk.told().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_comment_is_not_repeated_because_what_follows_it_fails() {
    let world = World::by_lookup();
    world.decide(1, &[Action::Open]);
    world.until_settled(1).await;
    world.desk.fail_closing(3);
    world.decide_more(1, 2, &[Action::Resolve]);
    world.until_settled(2).await;
    let comments = world
        .desk
        .told()
        .iter()
        .filter(|line| *line == "comment T-1")
        .count();
    assert_eq!(comments, 1, "{:?}", world.desk.told());
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_receiver_that_is_gone_is_kept_until_it_is_back() {
    let world = World::by_key();
    world.decide(1, &[Action::Open]);
    world.until_settled(1).await;
    world.remove_receiver();
    world.decide(2, &[Action::Open]);
    tokio::time::sleep(seconds(600)).await;
    assert_eq!(world.books.settled(), 1);
    assert_eq!(world.standing(), Some(Standing::Absent));
    world.bring_receiver_back();
    world.until_settled(2).await;
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_cannot_be_written_down_yet_is_not_sent_again() {
    let world = World::by_key();
    world.books.refuse_outcomes(30);
    world.decide(1, &[Action::Open]);
    world.until_settled(1).await;
    assert_eq!(world.desk.told(), ["told K-1-1"]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_cannot_be_written_down_yet_is_still_unknown_afterwards() {
    let world = World::by_lookup();
    world.desk.after_verifying(1, &Does::DoAndLose);
    world.books.refuse_retries(5);
    world.decide(1, &[Action::Open]);
    world.until_settled(1).await;
    assert_eq!(world.desk.tickets(), ["K-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_is_gone_is_closed_and_can_no_longer_be_told() {
    let world = World::by_lookup();
    world.decide(1, &[Action::Open]);
    world.until_settled(1).await;
    world.desk.lose_tickets();
    world.decide_more(1, 2, &[Action::Note, Action::Resolve]);
    world.until_settled(3).await;
    assert!(matches!(
        world.books.fate(1, Action::Note),
        Fate::Dead { .. }
    ));
    assert!(matches!(
        world.books.fate(1, Action::Resolve),
        Fate::Done { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_stops_waits_for_what_is_under_way_and_claims_nothing_more() {
    let world = World::by_key();
    world.desk.always(Some(Does::Slow(seconds(3))));
    for incident in 1..=20 {
        world.decide(incident, &[Action::Open]);
    }
    world
        .until("eight are under way", |world| world.desk.told().len() == 8)
        .await;
    let world = world.shut_down().await;
    assert_eq!((world.books.settled(), world.desk.told().len()), (8, 8));
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_stops_does_not_wait_for_ever() {
    let world = World::by_key();
    world.desk.always(Some(Does::Hang));
    world.decide(1, &[Action::Open]);
    world
        .until("it is under way", |world| world.desk.told().len() == 1)
        .await;
    let started = tokio::time::Instant::now();
    world.shut_down().await;
    assert!(started.elapsed() <= Duration::from_secs(11));
}
