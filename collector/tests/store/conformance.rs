//! What every store promises, each promise a story.

use vedette_collector::store::{FORGOTTEN_MAX, Question, Retry, Standing, StoreError};
use vedette_triage::{AlertId, Change, DeliveryId, EntityId, GroupKey, IncidentId, SilenceId};

use crate::records::{
    account, alert, at, batch, decision, delivery, digest, entry, host, incident, recurrence,
    ruling, silence, ticket,
};
use crate::site::{MANY, Site, dead, done, every_store, state_of, timeline_before};

const NOTHING: [u64; 0] = [];

#[test]
fn a_new_store_is_empty_and_begins_with_the_first_commit() {
    every_store(|site| {
        assert_eq!(site.loaded.number.0, 0);
        assert_eq!(site.loaded.epoch, 1);
        assert_eq!(site.loaded.now, None);
        assert!(site.loaded.records.is_empty());
    });
}

#[test]
fn every_kind_of_record_is_loaded_as_it_was_committed() {
    every_store(|site| {
        site.commit(vec![
            Change::PutHost(host("db-7", 1)),
            Change::PutSilence(silence("s-1", 2)),
            Change::PutIncident(incident(1, None, 3)),
            Change::PutTicket(ticket(1, "desk", 4)),
            Change::PutTicket(ticket(1, "chat", 5)),
            Change::PutAlert(alert(1, Some(1), 6)),
            Change::PutAlert(alert(2, None, 7)),
            Change::PutAccount(account("disk", 8)),
            Change::PutAccount(account("", 9)),
            Change::PutRecurrence(recurrence("it-ops/host=1", 10)),
            Change::PutDigest(digest("it-ops", 11)),
            Change::PutRuling(ruling("disk", 10)),
            Change::AddDelivery(delivery(1, (1, "desk"), 1)),
        ]);
        site.restart_and_compare();
    });
}

#[test]
fn the_last_word_on_a_record_is_what_is_loaded() {
    every_store(|site| {
        site.commit(vec![
            Change::PutAlert(alert(1, None, 0)),
            Change::PutHost(host("db-7", 0)),
            Change::PutHost(host("db-8", 0)),
            Change::PutSilence(silence("s-1", 0)),
            Change::PutAccount(account("disk", 0)),
            Change::PutAccount(account("memory", 0)),
            Change::PutRecurrence(recurrence("one", 0)),
            Change::PutRecurrence(recurrence("two", 0)),
            Change::PutDigest(digest("one", 0)),
            Change::PutDigest(digest("two", 0)),
            Change::PutRuling(ruling("one", 0)),
            Change::PutRuling(ruling("two", 0)),
        ]);
        site.commit(vec![
            Change::PutAccount(account("disk", 1)),
            Change::DropAccount("memory".into()),
            Change::PutRecurrence(recurrence("one", 1)),
            Change::DropRecurrence(GroupKey("two".into())),
            Change::PutDigest(digest("one", 1)),
            Change::DropDigest("two".into()),
            Change::PutRuling(ruling("one", 1)),
            Change::DropRuling(ruling("two", 0).id.clone()),
            Change::PutAlert(alert(1, None, 2)),
            Change::PutAlert(alert(1, None, 4)),
            Change::DropHost(EntityId::new("db-7")),
            Change::DropHost(EntityId::new("db-8")),
            Change::PutHost(host("db-8", 1)),
            Change::PutSilence(silence("s-2", 0)),
            Change::DropSilence(SilenceId::new("s-2")),
        ]);
        site.restart_and_compare();
    });
}

#[test]
fn numbers_of_dropped_records_are_never_given_out_again() {
    every_store(|site| {
        site.commit(vec![
            Change::PutAlert(alert(41, None, 0)),
            Change::PutIncident(incident(17, None, 0)),
            Change::AddDelivery(delivery(99, (17, "desk"), 1)),
        ]);
        site.commit(vec![
            Change::DropAlert(AlertId(41)),
            Change::ArchiveIncident(IncidentId(17)),
            done(99),
        ]);
        site.restart_and_compare();
        let counters = state_of(&site.loaded).counters();
        assert_eq!(
            (counters.alert, counters.incident, counters.delivery),
            (42, 18, 100)
        );
    });
}

#[test]
fn the_same_batch_is_not_committed_twice() {
    every_store(|site| {
        let change = || {
            vec![decision(
                at(1),
                vec![Change::PutAlert(alert(1, None, 0))],
                Vec::new(),
            )]
        };
        let batch = batch(&site.loaded, &mut site.state, change());
        site.writer.commit(&batch).expect("it commits");
        refused(site.writer.commit(&batch));
        site.loaded.number = batch.number;
        site.restart_and_compare();
    });
}

#[test]
fn a_number_is_neither_skipped_nor_taken_from_the_past() {
    every_store(|site| {
        site.commit(Vec::new());
        site.commit(Vec::new());
        for wrong in [0, 1, 4, u64::MAX / 2] {
            let mut batch = batch(&site.loaded, &mut site.state.clone(), Vec::new());
            batch.number.0 = wrong;
            refused(site.writer.commit(&batch));
        }
        site.commit(Vec::new());
    });
}

#[test]
fn whoever_loaded_before_can_no_longer_write() {
    every_store(|site| {
        site.commit(vec![
            Change::PutAlert(alert(1, None, 0)),
            Change::AddDelivery(delivery(1, (1, "desk"), 1)),
        ]);
        let (mut old, old_loaded) = site.take_over();
        let mut late = batch(&old_loaded, &mut site.state.clone(), Vec::new());
        taken(old.commit(&late));
        late.epoch = 0;
        taken(old.commit(&late));
        taken(old.retry(&[retry(1, 60)]));
        taken(old.extend(at(900), &[(AlertId(1), at(900))]));
        site.restart_and_compare();
    });
}

#[test]
fn a_refused_batch_leaves_nothing_behind() {
    every_store(|site| {
        site.commit(vec![Change::AddDelivery(delivery(1, (1, "desk"), 1))]);
        let twice = vec![
            Change::PutAlert(alert(1, None, 0)),
            Change::AddDelivery(delivery(1, (1, "desk"), 1)),
        ];
        refused(site.try_commit(twice));
        site.restart_and_compare();
        assert_eq!(site.due("desk", at(MANY)), [1]);
    });
}

#[test]
fn a_value_that_json_cannot_carry_is_refused_instead_of_found_broken_later() {
    every_store(|site| {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut sick = (*host("db-7", 0)).clone();
            sick.interval_s = value;
            refused(site.try_commit(vec![Change::PutHost(sick.into())]));

            let mut sick = (*alert(1, None, 0)).clone();
            let mut about = (*sick.about).clone();
            about.values.push(("used".into(), value));
            sick.about = about.into();
            refused(site.try_commit(vec![Change::PutAlert(sick.into())]));

            let mut sick = (*delivery(1, (1, "desk"), 1)).clone();
            let mut facts = (*sick.facts).clone();
            facts.values.push(("used".into(), value));
            sick.facts = facts.into();
            refused(site.try_commit(vec![Change::AddDelivery(sick.into())]));
        }
        site.restart_and_compare();
    });
}

#[test]
fn per_ticket_only_the_first_unsettled_delivery_is_due() {
    every_store(|site| {
        site.commit(vec![
            Change::AddDelivery(delivery(1, (1, "desk"), 1)),
            Change::AddDelivery(delivery(2, (1, "desk"), 2)),
            Change::AddDelivery(delivery(3, (2, "desk"), 1)),
            Change::AddDelivery(delivery(4, (1, "chat"), 1)),
        ]);
        site.commit(vec![Change::AddDelivery(delivery(5, (1, "desk"), 3))]);
        assert_eq!(site.due("desk", at(MANY)), [1, 3]);
        assert_eq!(site.due("chat", at(MANY)), [4]);
        assert_eq!(site.due("nobody", at(MANY)), NOTHING);
        site.commit(vec![done(1)]);
        assert_eq!(site.due("desk", at(MANY)), [2, 3]);
        site.commit(vec![dead(2, "no such queue"), done(3)]);
        assert_eq!(site.due("desk", at(MANY)), [5]);
        site.restart();
        assert_eq!(site.due("desk", at(MANY)), [5]);
        site.commit(vec![
            done(5),
            Change::AddDelivery(delivery(6, (1, "desk"), 4)),
        ]);
        assert_eq!(site.due("desk", at(MANY)), [6]);
    });
}

#[test]
fn a_delivery_settled_out_of_order_does_not_let_another_overtake() {
    every_store(|site| {
        let add = |id, seq| Change::AddDelivery(delivery(id, (1, "desk"), seq));
        site.commit(vec![add(1, 1), add(2, 2), add(3, 3), done(2)]);
        assert_eq!(site.due("desk", at(MANY)), [1]);
        site.commit(vec![add(4, 4)]);
        assert_eq!(site.due("desk", at(MANY)), [1]);
        site.commit(vec![done(1)]);
        assert_eq!(site.due("desk", at(MANY)), [3]);
    });
}

#[test]
fn settling_twice_changes_nothing_the_second_time() {
    every_store(|site| {
        let add = |id, seq| Change::AddDelivery(delivery(id, (1, "desk"), seq));
        site.commit(vec![add(1, 1), add(2, 2), add(3, 3)]);
        site.commit(vec![dead(1, "gone")]);
        let before = site.deliveries(1);
        site.commit(vec![done(1), done(77)]);
        assert_eq!(site.deliveries(1), before);
        assert_eq!(site.due("desk", at(MANY)), [2]);
    });
}

#[test]
fn the_longest_waiting_is_due_first_and_nobody_before_its_time() {
    every_store(|site| {
        let add = |id, incident| Change::AddDelivery(delivery(id, (incident, "desk"), 1));
        site.commit(vec![add(30, 1), add(40, 2), add(50, 3)]);
        assert_eq!(site.due("desk", at(29)), NOTHING);
        assert_eq!(site.due("desk", at(40)), [30, 40]);
        site.writer.retry(&[retry(30, 45)]).expect("it is noted");
        assert_eq!(site.due("desk", at(44)), [40]);
        assert_eq!(site.due("desk", at(60)), [40, 30, 50]);
        let two = site.reader.due("desk", at(60), 2).expect("it answers");
        assert_eq!(two.len(), 2);
    });
}

#[test]
fn an_attempt_is_remembered_across_a_restart_and_twice_is_once() {
    every_store(|site| {
        site.commit(vec![Change::AddDelivery(delivery(1, (1, "desk"), 1))]);
        let retry = Retry {
            unknown_since: Some(at(7)),
            ..retry(1, 60)
        };
        site.writer
            .retry(std::slice::from_ref(&retry))
            .expect("it is noted");
        site.writer
            .retry(std::slice::from_ref(&retry))
            .expect("it is noted");
        site.restart();
        let due = site.due_in_full("desk", at(60));
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].attempts, due[0].unknown_since), (3, Some(at(7))));
        assert_eq!(site.deliveries(1)[0].answer, "503 Service Unavailable");
    });
}

#[test]
fn an_attempt_on_a_settled_delivery_does_not_bring_it_back() {
    every_store(|site| {
        site.commit(vec![
            Change::AddDelivery(delivery(1, (1, "desk"), 1)),
            dead(1, "gone"),
        ]);
        site.writer.retry(&[retry(1, 0)]).expect("it is ignored");
        assert_eq!(site.due("desk", at(MANY)), NOTHING);
        let rows = site.deliveries(1);
        assert_eq!(
            (rows[0].standing, rows[0].answer.as_str()),
            (Standing::Dead, "gone")
        );
    });
}

#[test]
fn only_what_may_have_been_sent_by_an_earlier_run_carries_its_epoch() {
    every_store(|site| {
        let add = |id, seq| Change::AddDelivery(delivery(id, (1, "desk"), seq));
        site.commit(vec![add(1, 1), add(2, 2)]);
        let first = site.loaded.epoch;
        site.restart();
        let epoch_of_due = |site: &mut Site| site.due_in_full("desk", at(MANY))[0].epoch;
        assert_eq!(
            epoch_of_due(site),
            first,
            "it may have been sent without a record"
        );
        site.commit(vec![done(1)]);
        assert_eq!(epoch_of_due(site), first + 1, "it was never first before");
        site.restart();
        assert_eq!(epoch_of_due(site), first + 1);
        site.writer.retry(&[retry(2, 0)]).expect("it is noted");
        assert_eq!(epoch_of_due(site), first + 2);
    });
}

#[test]
fn until_when_it_ran_is_remembered_and_never_moved_back() {
    every_store(|site| {
        site.commit(vec![Change::PutAlert(alert(1, None, 4))]);
        site.writer.extend(at(90_000), &[]).expect("it is noted");
        site.restart();
        assert_eq!(site.loaded.now, Some(at(90_000)));
        site.writer.extend(at(4), &[]).expect("it is noted");
        site.restart();
        assert_eq!(site.loaded.now, Some(at(90_000)));
    });
}

#[test]
fn what_is_not_the_next_of_its_ticket_can_be_taken_back_and_the_next_cannot() {
    every_store(|site| {
        let add = |id, seq| Change::AddDelivery(delivery(id, (1, "desk"), seq));
        site.commit(vec![add(1, 1), add(2, 2), add(3, 3)]);
        let take_back = |id| Change::TakeBackDelivery(DeliveryId(id));
        site.commit(vec![take_back(1), take_back(2), take_back(7)]);
        assert_eq!(site.due("desk", at(MANY)), [1]);
        site.commit(vec![done(1)]);
        assert_eq!(site.due("desk", at(MANY)), [3]);
        site.commit(vec![take_back(1), take_back(3)]);
        assert_eq!(site.due("desk", at(MANY)), [3]);
    });
}

#[test]
fn a_senders_word_moves_an_end_later_never_earlier() {
    every_store(|site| {
        let end = |site: &mut Site| {
            site.restart();
            let state = state_of(&site.loaded);
            state.alert(AlertId(1)).and_then(|alert| alert.valid_until)
        };
        site.commit(vec![
            Change::PutAlert(alert(1, None, 4)), // valid until 304
            Change::PutAlert(alert(2, None, 6)), // one of ours: no end
        ]);
        let ends = [
            (AlertId(1), at(700)),
            (AlertId(2), at(700)),
            (AlertId(3), at(700)),
        ];
        site.writer.extend(at(4), &ends).expect("it is noted");
        assert_eq!(end(site), Some(at(700)));
        site.writer
            .extend(at(4), &[(AlertId(1), at(500))])
            .expect("it is noted");
        assert_eq!(end(site), Some(at(700)));
        assert_eq!(
            state_of(&site.loaded)
                .alert(AlertId(2))
                .and_then(|alert| alert.valid_until),
            None
        );
        site.commit(vec![Change::PutAlert(alert(1, None, 8))]);
        assert_eq!(end(site), Some(at(308)));
    });
}

#[test]
fn an_archived_incident_is_answered_with_its_tickets_and_not_loaded() {
    every_store(|site| {
        for id in 1..=4 {
            site.commit(vec![
                Change::PutIncident(incident(id, None, 0)),
                Change::PutTicket(ticket(id, "desk", 0)),
                Change::PutTicket(ticket(id, "chat", 0)),
            ]);
        }
        site.commit(archiving(2, 50));
        // The close and the archiving may share a commit.
        let mut at_once = vec![Change::PutIncident(incident(3, Some(at(60)), 9))];
        at_once.extend(archiving(3, 60));
        site.commit(at_once);
        site.restart_and_compare();
        let (found, tickets) = site.incident(3).expect("it is kept for people");
        assert_eq!(found, *incident(3, Some(at(60)), 9));
        assert_eq!(
            tickets,
            [
                (*ticket(3, "chat", 0)).clone(),
                (*ticket(3, "desk", 0)).clone()
            ]
        );
        let (_, tickets) = site.incident(1).expect("it is open");
        assert_eq!(tickets.len(), 2);
        assert_eq!(site.incident(9), None);
        assert_eq!(site.archived(u64::MAX, MANY), [3, 2]);
        assert_eq!(site.archived(3, MANY), [2]);
        assert_eq!(site.archived(u64::MAX, 1), [3]);
    });
}

#[test]
fn timelines_keep_every_reason_in_order() {
    every_store(|site| {
        let note = |incident, host, text: &str| entry(incident, host, text);
        site.commit_all(vec![
            decision(
                at(1),
                Vec::new(),
                vec![
                    note(Some(1), Some("db-7"), "a"),
                    note(Some(2), None, "x"),
                    note(Some(1), None, "b"),
                    note(Some(1), Some("db-8"), "c"),
                ],
            ),
            decision(
                at(2),
                Vec::new(),
                vec![note(None, Some("db-7"), "d"), note(None, None, "y")],
            ),
        ]);
        site.commit_with(
            Vec::new(),
            vec![note(Some(1), Some("db-7"), "e"), note(Some(1), None, "f")],
        );
        assert_eq!(texts(&site.timeline(1, MANY)), ["a", "b", "c", "e", "f"]);
        assert_eq!(texts(&site.timeline(1, 2)), ["a", "b"]);
        assert_eq!(texts(&site.timeline(2, MANY)), ["x"]);
        assert_eq!(texts(&site.timeline(3, MANY)), Vec::<String>::new());
        assert_eq!(texts(&site.host_timeline("db-7", MANY)), ["e", "d", "a"]);
        assert_eq!(texts(&site.host_timeline("db-7", 1)), ["e"]);
        assert_eq!(texts(&site.host_timeline("db-8", MANY)), ["c"]);
        let line = site.timeline(1, 1).remove(0);
        assert_eq!((line.at, line.revision.0), (at(1), 3));
    });
}

#[test]
fn what_waits_and_what_is_dead_is_listed_the_newest_first_and_one_is_found_by_its_number() {
    every_store(|site| {
        let add = |id, receiver, seq| Change::AddDelivery(delivery(id, (1, receiver), seq));
        site.commit(vec![
            add(1, "desk", 1),
            add(2, "desk", 2),
            add(3, "chat", 1),
            add(4, "mail", 1),
        ]);
        site.commit(vec![done(3), dead(4, "gone")]);
        let mut listed = |receiver: Option<&str>, only_dead, before: Option<u64>, at_most| {
            let question = Question::Unfinished {
                receiver: receiver.map(str::to_owned),
                only_dead,
                before: before.map(DeliveryId),
                at_most,
            };
            let rows = site.listed(&question);
            rows.iter().map(|row| row.delivery.id.0).collect::<Vec<_>>()
        };
        assert_eq!(listed(None, false, None, MANY), [4, 2, 1]);
        assert_eq!(listed(Some("desk"), false, None, MANY), [2, 1]);
        assert_eq!(listed(None, true, None, MANY), [4]);
        assert_eq!(listed(None, false, Some(4), 1), [2]);
        let found = site.listed(&Question::Delivery(DeliveryId(4)));
        assert_eq!((found.len(), found[0].answer.as_str()), (1, "gone"));
        assert_eq!(site.listed(&Question::Delivery(DeliveryId(9))).len(), 0);
    });
}

#[test]
fn the_backlog_counts_what_waits_and_what_is_dead_by_receiver() {
    every_store(|site| {
        let add = |id, receiver, seq| Change::AddDelivery(delivery(id, (1, receiver), seq));
        site.commit(vec![
            add(1, "desk", 1),
            add(2, "desk", 2),
            add(3, "desk", 3),
            add(4, "chat", 1),
            add(5, "mail", 1),
        ]);
        site.commit(vec![done(1), done(4), dead(5, "gone")]);
        let backlog: Vec<_> = site
            .backlog()
            .into_iter()
            .map(|row| (row.receiver, row.pending, row.dead, row.oldest))
            .collect();
        assert_eq!(
            backlog,
            [
                ("desk".to_owned(), 2, 0, Some(at(2))),
                ("mail".to_owned(), 0, 1, None)
            ]
        );
    });
}

#[test]
fn an_incident_is_forgotten_as_a_whole_and_only_once_it_is_over() {
    every_store(|site| {
        for id in 1..=3 {
            let add = Change::AddDelivery(delivery(id, (id, "desk"), 1));
            let open = vec![Change::PutIncident(incident(id, None, 0)), add, done(id)];
            site.commit_with(open, vec![entry(Some(id), Some("db-7"), "opened")]);
        }
        site.commit_with(
            vec![Change::AddDelivery(delivery(4, (1, "desk"), 2))],
            vec![entry(None, Some("db-7"), "appeared")],
        );
        site.commit(archiving(1, 50));
        site.commit(archiving(2, 150));
        site.commit_all(vec![decision(
            at(160),
            Vec::new(),
            vec![entry(None, Some("db-7"), "left")],
        )]);
        site.forget(&timeline_before(at(100)));
        assert_eq!(site.incident(1), None, "it closed before");
        assert_eq!(texts(&site.timeline(1, MANY)), Vec::<String>::new());
        assert!(site.incident(2).is_some(), "it closed later");
        assert_eq!(texts(&site.timeline(2, MANY)), ["opened"]);
        assert!(site.incident(3).is_some(), "it is open");
        assert_eq!(site.deliveries(3).len(), 1);
        assert_eq!(
            texts(&site.host_timeline("db-7", MANY)),
            ["left", "opened", "opened"]
        );
        assert_eq!(
            site.due("desk", at(MANY)),
            [4],
            "what is to be sent is never forgotten"
        );
        site.restart_and_compare();
    });
}

#[test]
fn forgetting_takes_a_bounded_number_at_a_time() {
    every_store(|site| {
        let rows = u32::try_from(FORGOTTEN_MAX).unwrap_or(u32::MAX) * 2 + 1;
        let decisions = (0..rows)
            .map(|_| decision(at(1), Vec::new(), vec![entry(Some(9), None, "long ago")]))
            .collect();
        site.commit_all(decisions);
        assert_eq!(
            site.writer
                .forget(&timeline_before(at(1)))
                .expect("it forgets"),
            0
        );
        assert_eq!(
            site.writer
                .forget(&timeline_before(at(2)))
                .expect("it forgets"),
            FORGOTTEN_MAX
        );
        assert_eq!(
            site.timeline(9, u32::MAX).len(),
            rows as usize - FORGOTTEN_MAX as usize
        );
        assert_eq!(site.forget(&timeline_before(at(2))), 2);
        assert!(site.timeline(9, u32::MAX).is_empty());
    });
}

/// The changes that close an incident's book.
fn archiving(id: u64, closed_at: u32) -> Vec<Change> {
    vec![
        Change::PutIncident(incident(id, Some(at(closed_at)), 9)),
        Change::DropTicket(IncidentId(id), "desk".into()),
        Change::DropTicket(IncidentId(id), "chat".into()),
        Change::ArchiveIncident(IncidentId(id)),
    ]
}

fn retry(delivery: u64, next_at: u32) -> Retry {
    Retry {
        delivery: DeliveryId(delivery),
        next_at: at(next_at),
        attempts: 3,
        unknown_since: None,
        answer: "503 Service Unavailable".into(),
    }
}

#[track_caller]
fn taken(outcome: Result<(), StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Taken(_))), "{outcome:?}");
}

#[track_caller]
fn refused(outcome: Result<(), StoreError>) {
    assert!(
        matches!(outcome, Err(StoreError::Refused(_))),
        "{outcome:?}"
    );
}

fn texts(lines: &[vedette_collector::store::Line]) -> Vec<String> {
    lines
        .iter()
        .map(|line| match &line.entry.reason {
            vedette_triage::Reason::Noted { text, .. } => text.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}
