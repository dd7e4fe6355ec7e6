//! Whoever reads while others write sees whole commits, one after the other, and keeps nobody waiting.

use std::sync::atomic::{AtomicBool, Ordering};

use vedette_collector::store::{Answers, Question};
use vedette_triage::{Change, IncidentId};

use crate::records::{delivery, incident, ticket};
use crate::server::{self, Person};
use crate::site::{Place, Site};

const READERS: usize = 3;
const COMMITS: u32 = 150;

#[test]
fn readers_of_a_file_see_whole_commits_in_order() {
    let directory = tempfile::tempdir().expect("a temporary folder can be made");
    sees_whole_commits(&Place::File(directory.path().join("vedette.db")));
}

#[test]
fn readers_of_a_database_see_whole_commits_in_order() {
    if let Some(url) = server::new_schema() {
        sees_whole_commits(&Place::Database(url));
    }
}

/// Each commit says the same number in the incident and in its ticket, and adds a delivery.
fn sees_whole_commits(place: &Place) {
    let mut site = Site::at(place.clone(), None);
    let is_over = AtomicBool::new(false);
    commit(&mut site, 1);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|_| scope.spawn(|| read_until(place, &is_over)))
            .collect();
        for number in 2..=COMMITS {
            commit(&mut site, number);
        }
        is_over.store(true, Ordering::Release);
        for reader in readers {
            let looks = reader.join().expect("it saw nothing but whole commits");
            assert!(looks > 0);
        }
    });
}

fn commit(site: &mut Site, number: u32) {
    site.commit(vec![
        Change::PutIncident(incident(1, None, number)),
        Change::PutTicket(ticket(1, "desk", number)),
        Change::AddDelivery(delivery(number.into(), (1, "desk"), number)),
    ]);
}

fn read_until(place: &Place, is_over: &AtomicBool) -> u32 {
    let mut reader = place.open_reader();
    let (mut looks, mut last) = (0, 0);
    while !is_over.load(Ordering::Acquire) {
        let answers = reader
            .ask(&Question::Incident(IncidentId(1)))
            .expect("it answers");
        let Answers::Incident(Some(found)) = answers else {
            panic!("{answers:?}");
        };
        let (incident, tickets) = *found;
        assert_eq!(incident.hit, tickets[0].last_seq, "half a commit was seen");
        assert!(incident.hit >= last, "a commit was seen that was undone");
        last = incident.hit;
        looks += 1;
    }
    looks
}

#[test]
fn a_person_who_looks_for_long_keeps_no_commit_waiting() {
    let Some(url) = server::new_schema() else {
        return;
    };
    let mut site = Site::at(Place::Database(url.clone()), None);
    commit(&mut site, 1);
    let person = Person::at(&url);
    person.does("BEGIN ISOLATION LEVEL REPEATABLE READ");
    assert_eq!(person.asks("SELECT count(*) FROM deliveries"), 1);
    for number in 2..20 {
        commit(&mut site, number);
    }
    assert_eq!(
        person.asks("SELECT count(*) FROM deliveries"),
        1,
        "its own moment"
    );
    assert_eq!(site.deliveries(1).len(), 19);
    site.restart_and_compare();
    person.does("COMMIT");
}
