//! Reads what people did in the ticket system: one ticket as it stands, or everything
//! that was changed since a cursor.
//!
//! In: a receiver, a ticket or a cursor, the time. Out: a [`Reading`] or a [`Poll`].
//! Whoever asks keeps the cursor, and takes what it has seen before for nothing: a
//! time overlaps. Knows nothing of incidents, or of what follows from a change.

use vedette_policy::profile::{
    Asked, Cursor, CursorKind, Judgement, Named, Operation, TheirState, time_of,
};
use vedette_triage::{TicketReference, Timestamp};

use super::Receiver;
use super::answer::Listed;
use super::operation::{Progress, Report, Subject, carry_out};

/// A ticket as it stands there, or what one change says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its id there.
    pub ticket: Option<String>,
    /// Our key.
    pub key: Option<String>,
    /// How it stands; none where it is not said, or in a word the profile does not map.
    pub state: Option<TheirState>,
    /// Whose it is there; empty = nobody's, none = not said.
    pub owner: Option<String>,
    /// Who changed it.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// What was done, in the profile's word.
    pub what: Option<String>,
    /// What was written.
    pub text: Option<String>,
    /// The place of the row among all changes.
    pub cursor: Option<String>,
}

/// What reading a ticket came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// `Gone` when there is no such ticket any more.
    pub judgement: Judgement,
    /// For people; secrets removed.
    pub why: String,
    /// How it stands; none unless it was read.
    pub seen: Option<Seen>,
}

/// What asking for changes came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// Of the page that ended it: `Done` when all of them were read, or as many as one poll reads.
    pub judgement: Judgement,
    /// For people; secrets removed.
    pub why: String,
    /// The changes, in the order they came.
    pub changes: Vec<Seen>,
    /// From where to ask next: to be kept once the changes are.
    pub cursor: Option<String>,
    /// Whether there is more to be asked for at once.
    pub has_more: bool,
    /// Headers of the last answer that say when to come back.
    pub pace: Vec<(String, String)>,
}

/// Whether the profile of a receiver can read a ticket.
pub fn can_read(receiver: &Receiver) -> bool {
    has(receiver, Operation::Read)
}

/// Whether the profile of a receiver can list changes.
pub fn can_poll(receiver: &Receiver) -> bool {
    has(receiver, Operation::ChangedSince) && receiver.destination().profile.cursor.is_some()
}

fn has(receiver: &Receiver, operation: Operation) -> bool {
    !receiver.destination().profile.steps(operation).is_empty()
}

/// Reads one ticket.
pub async fn read(receiver: &Receiver, ticket: &TicketReference, now: Timestamp) -> Reading {
    let subject = Subject {
        told: None,
        ticket: Some(ticket),
        asked: None,
        now,
    };
    let report = carry_out(receiver, Operation::Read, subject, Progress::default()).await;
    let is_read = matches!(report.judgement, Judgement::Done | Judgement::AlreadyDone);
    let captured = |name: Named| report.progress.captured.get(name.as_str()).cloned();
    let seen = is_read.then(|| Seen {
        ticket: Some(ticket.id.clone()),
        ..Seen::of(captured)
    });
    Reading {
        judgement: report.judgement,
        why: report.why,
        seen,
    }
}

/// Asks for everything that was changed since `since`; none = never asked before. A first poll by
/// number gives no changes, only the place from where the next one asks.
pub async fn poll(receiver: &Receiver, since: Option<&str>, now: Timestamp) -> Poll {
    let mut poll = Poll {
        judgement: Judgement::Done,
        why: String::new(),
        changes: Vec::new(),
        cursor: since.map(str::to_owned),
        has_more: false,
        pace: Vec::new(),
    };
    let Some(cursor) = receiver.destination().profile.cursor else {
        return poll;
    };
    let begin = begin(&cursor, since, now);
    let is_first = since.is_none() && cursor.kind == CursorKind::Number;
    let mut next: Option<String> = None;
    for page in 1..=cursor.pages_max {
        let asked = Asked {
            since: &begin,
            page,
            next: next.as_deref(),
        };
        let report = page_of(receiver, asked, now).await;
        poll.judgement = report.judgement;
        poll.why = report.why;
        poll.pace = report.pace;
        let listed = match report.judgement {
            Judgement::Done | Judgement::AlreadyDone => report.listed.unwrap_or_default(),
            Judgement::Gone
            | Judgement::Conflict
            | Judgement::Auth
            | Judgement::Refused
            | Judgement::Throttled
            | Judgement::Transient
            | Judgement::Unknown => return poll,
        };
        let is_last = is_first || is_last(receiver, &listed, next.as_deref());
        next.clone_from(&listed.next);
        let seen: Vec<Seen> = listed
            .changes
            .into_iter()
            .map(|said| Seen::of(|name| said.get(&name).cloned()))
            .collect();
        poll.cursor = further(cursor.kind, poll.cursor.take(), &seen, listed.next);
        if !is_first {
            poll.changes.extend(seen);
        }
        poll.has_more = !is_last;
        if is_last {
            break;
        }
    }
    if poll.cursor.is_none() {
        poll.cursor = Some(begin);
    }
    poll
}

async fn page_of(receiver: &Receiver, asked: Asked<'_>, now: Timestamp) -> Report {
    let subject = Subject {
        told: None,
        ticket: None,
        asked: Some(asked),
        now,
    };
    carry_out(
        receiver,
        Operation::ChangedSince,
        subject,
        Progress::default(),
    )
    .await
}

/// From where on the first page asks.
fn begin(cursor: &Cursor, since: Option<&str>, now: Timestamp) -> String {
    match cursor.kind {
        CursorKind::Time => {
            let since = since.and_then(time_of).unwrap_or(now);
            moment(since.before(cursor.overlap))
        }
        CursorKind::Number | CursorKind::Next => since.unwrap_or_default().to_owned(),
    }
}

/// Whether no page follows: there is no link, or the page was not full.
fn is_last(receiver: &Receiver, listed: &Listed, before: Option<&str>) -> bool {
    let steps = receiver
        .destination()
        .profile
        .steps(Operation::ChangedSince);
    let Some(listing) = steps.last().and_then(|step| step.list.as_ref()) else {
        return true;
    };
    let is_short = listing
        .full
        .is_some_and(|full| listed.rows < usize::try_from(full).unwrap_or(usize::MAX));
    let goes_on = match &listing.next {
        // The same link again would be asked for ever.
        Some(_) => listed.next.is_some() && listed.next.as_deref() != before,
        None => listing.full.is_some(),
    };
    listed.rows == 0 || is_short || !goes_on
}

/// The cursor behind what was seen: it never goes back.
fn further(
    kind: CursorKind,
    before: Option<String>,
    seen: &[Seen],
    next: Option<String>,
) -> Option<String> {
    match kind {
        CursorKind::Next => next.or(before),
        CursorKind::Time => {
            let times = seen.iter().filter_map(|seen| match &seen.cursor {
                Some(cursor) => time_of(cursor),
                None => seen.at,
            });
            let latest = times.chain(before.as_deref().and_then(time_of)).max();
            latest.map(moment)
        }
        CursorKind::Number => {
            let number = |text: &str| text.trim().parse::<u64>().ok();
            let numbers = seen
                .iter()
                .filter_map(|seen| number(seen.cursor.as_deref()?));
            let greatest = numbers.chain(before.as_deref().and_then(number)).max();
            greatest.map(|number| number.to_string())
        }
    }
}

impl Seen {
    fn of(said: impl Fn(Named) -> Option<String>) -> Seen {
        Seen {
            ticket: said(Named::Ticket),
            key: said(Named::Key),
            state: said(Named::State).as_deref().and_then(TheirState::of),
            owner: said(Named::Owner),
            by: said(Named::By),
            at: said(Named::At).as_deref().and_then(time_of),
            what: said(Named::What),
            text: said(Named::Text),
            cursor: said(Named::Cursor),
        }
    }
}

/// RFC 3339 in UTC with milliseconds.
fn moment(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.as_millis()) {
        Ok(at) => format!("{at:.3}"),
        // Further away than any calendar: only a broken clock gets here.
        Err(_) => "9999-12-31T23:59:59.999Z".to_owned(),
    }
}
