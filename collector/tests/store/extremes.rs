//! What is at the edge of what a store can keep: every text, large records, the largest numbers.

use std::sync::Arc;

use vedette_collector::store::{Body, Keepsake, Retry, StoreError, Texts};
use vedette_triage::{
    Alert, Change, DeliveryId, EntityId, GroupKey, IncidentId, Labels, Revision, SilenceId,
};

use crate::records::{
    account, alert, at, delivery, digest, entry, host, incident, recurrence, ruling, silence,
    ticket,
};
use crate::site::{MANY, Site, dead, every_store};

/// Texts that some database, quoting or encoding does not survive.
const TEXTS: [&str; 12] = [
    "",
    " ",
    "\0",
    "a\0b\0",
    "\\0",
    "\\u0000",
    "\\",
    "'; DROP TABLE alerts; --",
    "{\"json\": [1,2], NULL}",
    "\u{FFFD}\u{FEFF}\u{202E}\u{10FFFF}",
    "e\u{301} é 漢字 \u{1F469}\u{200D}\u{1F692} ñ",
    "\u{1}\u{7f}\t\r\n\x1b[31m",
];

#[test]
fn every_text_comes_back_as_it_was_wherever_it_stands() {
    every_store(|site| {
        for (nth, text) in (1..).zip(TEXTS) {
            commit_named(site, nth, text);
        }
        site.restart_and_compare();
        for (nth, text) in (1..).zip(TEXTS) {
            let said = site.timeline(nth, MANY);
            assert_eq!(said[0].entry, entry(Some(nth), Some(text), text));
            assert_eq!(site.host_timeline(text, MANY).len(), 1, "{text:?}");
            let (_, tickets) = site.incident(nth).expect("it is there");
            assert_eq!(tickets, [(*ticket(nth, text, 0)).clone()]);
            assert_eq!(site.due(text, at(MANY)), [nth], "{text:?}");
            let retry = Retry {
                delivery: DeliveryId(nth),
                next_at: at(nth_second(nth)),
                attempts: 1,
                unknown_since: None,
                answer: text.into(),
            };
            site.writer.retry(&[retry]).expect("it is noted");
            assert_eq!(site.deliveries(nth)[0].answer, text);
            site.commit(vec![dead(nth, text)]);
            assert_eq!(site.deliveries(nth)[0].answer, text);
        }
        let mut receivers: Vec<String> =
            site.backlog().into_iter().map(|row| row.receiver).collect();
        receivers.sort();
        let mut expected = TEXTS.map(str::to_owned);
        expected.sort();
        assert_eq!(receivers, expected);
    });
}

#[test]
fn what_has_such_a_name_is_changed_dropped_and_archived_by_it() {
    every_store(|site| {
        for (nth, text) in (1..).zip(TEXTS) {
            commit_named(site, nth, text);
        }
        for (nth, text) in (1..).zip(TEXTS) {
            site.commit(vec![
                Change::PutHost(host(text, 5)),
                Change::DropSilence(SilenceId::new(text)),
                Change::DropAccount(text.into()),
                Change::DropRecurrence(GroupKey(text.into())),
                Change::DropDigest(text.into()),
                Change::DropRuling(ruling(text, 0).id.clone()),
                Change::DropTicket(IncidentId(nth), text.into()),
                Change::ArchiveIncident(IncidentId(nth)),
            ]);
            let (_, tickets) = site.incident(nth).expect("it is archived");
            assert_eq!(tickets, [(*ticket(nth, text, 0)).clone()]);
        }
        site.restart_and_compare();
        for text in TEXTS {
            site.commit(vec![Change::DropHost(EntityId::new(text))]);
        }
        site.restart_and_compare();
    });
}

/// A record of everything that has a name.
fn commit_named(site: &mut Site, nth: u64, text: &str) {
    let mut named: Alert = (*alert(nth, Some(nth), 0)).clone();
    let mut about = (*named.about).clone();
    about.title = text.into();
    about.annotations = [("note", text)].into_iter().collect::<Labels>();
    named.about = Arc::new(about);
    site.commit_with(
        vec![
            Change::PutAlert(named.into()),
            Change::PutHost(host(text, 1)),
            Change::PutSilence(silence(text, 1)),
            Change::PutAccount(account(text, 1)),
            Change::PutRecurrence(recurrence(text, 1)),
            Change::PutDigest(digest(text, 1)),
            Change::PutRuling(ruling(text, 1)),
            Change::PutIncident(incident(nth, None, 0)),
            Change::PutTicket(ticket(nth, text, 0)),
            Change::AddDelivery(delivery(nth, (nth, text), 1)),
        ],
        vec![entry(Some(nth), Some(text), text)],
    );
}

fn nth_second(nth: u64) -> u32 {
    u32::try_from(nth).unwrap_or(MANY)
}

#[test]
fn a_record_of_many_megabytes_is_kept() {
    every_store(|site| {
        let large = "a long text, ".repeat(2 << 20);
        let mut huge: Alert = (*alert(1, None, 0)).clone();
        let mut about = (*huge.about).clone();
        about.means = large.clone();
        huge.about = Arc::new(about);
        site.commit_with(
            vec![Change::PutAlert(huge.into())],
            vec![entry(Some(1), None, &large)],
        );
        let body = Body {
            form: 1,
            bytes: large.into_bytes(),
        };
        let texts = Texts {
            revision: Revision(3),
            body,
        };
        site.writer
            .keep(&Keepsake::Texts(texts))
            .expect("it is kept");
        assert_eq!(site.timeline(1, MANY).len(), 1);
        site.restart_and_compare();
    });
}

#[test]
fn a_number_beyond_what_databases_count_is_refused_and_leaves_nothing() {
    every_store(|site| {
        let largest = i64::MAX.unsigned_abs();
        for beyond in [largest + 1, u64::MAX - 1] {
            let outcome = site.try_commit(vec![
                Change::PutAlert(alert(1, None, 0)),
                Change::PutIncident(incident(beyond, None, 0)),
            ]);
            match outcome {
                // One that is no database may keep it.
                Ok(()) => return,
                Err(StoreError::Refused(_)) => site.restart_and_compare(),
                Err(other) => panic!("{other:?}"),
            }
        }
    });
}
