//! Keeps the way to the database: connects, notices that it is gone, connects again.
//!
//! In: calls. Out: answers, each within a limit. A connection on which anything but a refusal came
//! is given up. After one that could not be made there is a pause, in which callers are told at once.

use std::time::{Duration, Instant};

use vedette_policy::PostgresUrl;
use vedette_triage::{AlertId, Timestamp};

use super::commit::{self, of};
use super::session::{Backend, Failure, Session, Write};
use super::text::kept;
use super::{error, forget, lock, read, recorded, schema};
use crate::store::row::integer;
use crate::store::{
    Answers, Batch, Due, Keepsake, Limits, Loaded, Question, Retry, StoreError, record,
};

/// How long the server has to answer. Longer than it waits for a lock.
const ANSWER_WAIT: Duration = Duration::from_secs(20);
/// How long it has for everything there is.
const LOAD_WAIT: Duration = Duration::from_secs(300);
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// Pauses after a connection that could not be made.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The one collector that writes here.
    Owner,
    /// One of several, of which only the last that loaded can write.
    Writer,
    Reader,
}

/// The way to the database.
pub(super) struct Link {
    url: PostgresUrl,
    role: Role,
    session: Option<Session>,
    /// Who served the last connection.
    before: Option<Backend>,
    /// The run of the collector that loaded through this value; none before.
    epoch: Option<u64>,
    pause: Option<Pause>,
}

/// After a connection that could not be made.
struct Pause {
    until: Instant,
    lasts: Duration,
    why: String,
}

impl Link {
    pub(super) async fn open(url: PostgresUrl, role: Role) -> Result<Link, StoreError> {
        let mut link = Link {
            url,
            role,
            session: None,
            before: None,
            epoch: None,
            pause: None,
        };
        let session = in_time(ANSWER_WAIT, link.connect()).await?;
        link.session = Some(session);
        Ok(link)
    }

    /// What people know it by.
    pub(super) fn url(&self) -> &PostgresUrl {
        &self.url
    }

    async fn connect(&mut self) -> Result<Session, StoreError> {
        let mut session = Session::open(&self.url).await?;
        match self.role {
            Role::Reader => schema::expect(&session.client).await?,
            Role::Writer => schema::prepare(&mut session.client, &self.url).await?,
            Role::Owner => {
                self.own(&mut session).await?;
                schema::prepare(&mut session.client, &self.url).await?;
            }
        }
        self.before = Some(session.backend.clone());
        Ok(session)
    }

    async fn own(&mut self, session: &mut Session) -> Result<(), StoreError> {
        if let Some(before) = &self.before {
            lock::release_of(session, before).await?;
        }
        let Some(holder) = lock::take(session).await? else {
            return Ok(());
        };
        let Some(own) = self.epoch else {
            return Err(StoreError::Taken(format!(
                "{holder}; end that one, or set [store] url to another database"
            )));
        };
        // Somebody who has not loaded yet may still give it back.
        match stored_epoch(session).await? == own {
            true => Err(StoreError::Away(holder)),
            false => Err(StoreError::Taken(holder)),
        }
    }

    /// A connection that lives.
    async fn reach(&mut self) -> Result<&mut Session, StoreError> {
        let lives = match &mut self.session {
            Some(session) => session.is_alive().await,
            None => false,
        };
        if !lives {
            self.session = None;
            self.reconnect().await?;
        }
        let nothing = || StoreError::Away("there is no connection".into());
        self.session.as_mut().ok_or_else(nothing)
    }

    async fn reconnect(&mut self) -> Result<(), StoreError> {
        let lasts = match &self.pause {
            Some(pause) if pause.until > Instant::now() => {
                return Err(StoreError::Away(pause.why.clone()));
            }
            Some(pause) => (pause.lasts * 2).min(PAUSE_MAX),
            None => PAUSE_MIN,
        };
        match in_time(ANSWER_WAIT, self.connect()).await {
            Ok(session) => {
                tracing::info!("connected with the store {} again", self.url);
                self.session = Some(session);
                self.pause = None;
                Ok(())
            }
            Err(error) => {
                if let StoreError::Away(why) = &error {
                    let until = Instant::now() + lasts;
                    let why = why.clone();
                    self.pause = Some(Pause { until, lasts, why });
                }
                Err(error)
            }
        }
    }

    /// Gives up a connection on which something went wrong.
    fn watch<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match &outcome {
            Ok(_) | Err(StoreError::Refused(_) | StoreError::Taken(_)) => {}
            Err(
                StoreError::Away(_)
                | StoreError::Full(_)
                | StoreError::Unknown(_)
                | StoreError::Broken(_),
            ) => self.session = None,
        }
        outcome
    }

    /// All or nothing. The first takes the store for `claim`, or fails.
    async fn transact(&mut self, writes: &[Write<'_>], claim: Claim) -> Result<(), StoreError> {
        let session = self.reach().await?;
        let outcome = match tokio::time::timeout(ANSWER_WAIT, session.transact(writes)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::Lost(unheard(ANSWER_WAIT))),
        };
        let outcome = match outcome {
            Err(Failure::Said(error, 0)) if error::is_for_want_of_value(&error) => {
                in_time(ANSWER_WAIT, claim.refused(session)).await
            }
            outcome => outcome.map_err(StoreError::from),
        };
        self.watch(outcome)
    }

    /// One step that is no commit.
    async fn write(
        &mut self,
        now: Option<Timestamp>,
        change: Vec<Write<'_>>,
    ) -> Result<(), StoreError> {
        self.writable()?;
        let claim = Claim {
            epoch: self.epoch.unwrap_or_default(),
            number: None,
        };
        let mut writes = vec![commit::hold(claim.epoch, now.map(|now| now.as_millis()))?];
        writes.extend(change);
        self.transact(&writes, claim).await
    }

    fn writable(&self) -> Result<(), StoreError> {
        match self.role {
            Role::Owner | Role::Writer => Ok(()),
            Role::Reader => Err(StoreError::Refused("it was opened for reading".into())),
        }
    }

    pub(super) async fn load(&mut self) -> Result<Loaded, StoreError> {
        self.writable()?;
        let session = self.reach().await?;
        let loaded = in_time(LOAD_WAIT, read::load(session)).await;
        let loaded = self.watch_steps(loaded)?;
        self.epoch = Some(loaded.epoch);
        Ok(loaded)
    }

    pub(super) async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.writable()?;
        record::admit(batch)?;
        let writes = commit::writes(batch)?;
        let claim = Claim {
            epoch: batch.epoch,
            number: Some(batch.number.0),
        };
        self.transact(&writes, claim).await
    }

    pub(super) async fn retry(&mut self, retries: &[Retry]) -> Result<(), StoreError> {
        let (mut ids, mut times, mut attempts) = (vec![], vec![], vec![]);
        let (mut unknown, mut answers) = (vec![], vec![]);
        // Of several on one delivery the last counts.
        let last: std::collections::BTreeMap<_, _> = retries
            .iter()
            .map(|retry| (retry.delivery, retry))
            .collect();
        for retry in last.values() {
            ids.push(integer(retry.delivery.0)?);
            times.push(retry.next_at.as_millis());
            attempts.push(i64::from(retry.attempts));
            unknown.push(retry.unknown_since.map(|at| at.as_millis()));
            answers.push(kept(&retry.answer));
        }
        let change = Write {
            sql: "UPDATE deliveries d SET at = r.at, attempts = r.attempts, unknown_since = r.unknown_since,
                      answer = r.answer, epoch = $6::bigint
                  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
                      AS r (id, at, attempts, unknown_since, answer)
                  WHERE d.id = r.id AND d.standing = 0"
                .into(),
            values: vec![
                of(ids),
                of(times),
                of(attempts),
                of(unknown),
                of(answers),
                of(integer(self.epoch.unwrap_or_default())?),
            ],
        };
        self.write(None, vec![change]).await
    }

    pub(super) async fn extend(
        &mut self,
        now: Timestamp,
        ends: &[(AlertId, Timestamp)],
    ) -> Result<(), StoreError> {
        let (mut ids, mut until) = (vec![], vec![]);
        for (id, end) in ends {
            ids.push(integer(id.0)?);
            until.push(end.as_millis());
        }
        let change = Write {
            sql: "UPDATE alerts a SET valid_until = r.until
                  FROM (SELECT id, max(until) AS until
                        FROM unnest($1::bigint[], $2::bigint[]) AS r (id, until) GROUP BY id) AS r
                  WHERE a.id = r.id AND a.valid_until < r.until"
                .into(),
            values: vec![of(ids), of(until)],
        };
        self.write(Some(now), vec![change]).await
    }

    pub(super) async fn keep(&mut self, keepsake: &Keepsake) -> Result<(), StoreError> {
        self.write(None, vec![recorded::keep(keepsake)?]).await
    }

    pub(super) async fn forget(&mut self, limits: &Limits) -> Result<u64, StoreError> {
        self.writable()?;
        let own = self.epoch;
        let session = self.reach().await?;
        let steps = async {
            session.begin(BEGIN).await?;
            let epoch = held_epoch(session).await?;
            if own != Some(epoch) {
                return Err(taken(epoch));
            }
            let forgotten = forget::forget(session, limits).await?;
            session.commit().await?;
            Ok(forgotten)
        };
        let forgotten = in_time(ANSWER_WAIT, steps).await;
        self.watch_steps(forgotten)
    }

    pub(super) async fn due(
        &mut self,
        receiver: &str,
        now: Timestamp,
        at_most: u32,
    ) -> Result<Vec<Due>, StoreError> {
        let session = self.reach().await?;
        let due = in_time(ANSWER_WAIT, read::due(session, receiver, (now, at_most))).await;
        self.watch(due)
    }

    pub(super) async fn ask(&mut self, question: &Question) -> Result<Answers, StoreError> {
        let session = self.reach().await?;
        let answers = in_time(ANSWER_WAIT, read::ask(session, question)).await;
        self.watch_steps(answers)
    }

    /// Of several steps: whatever ended them left their transaction open.
    fn watch_steps<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if outcome.is_err() {
            self.session = None;
        }
        outcome
    }
}

/// For whom a change is made.
#[derive(Debug, Clone, Copy)]
struct Claim {
    epoch: u64,
    /// Of a commit.
    number: Option<u64>,
}

impl Claim {
    /// Why the store could not be taken for it.
    async fn refused(self, session: &mut Session) -> Result<(), StoreError> {
        let rows = session.rows("SELECT number, epoch FROM meta", &[]).await?;
        let row = rows.first().ok_or_else(read::lost_meta)?;
        let (number, epoch) = (read::number(row, 0)?, read::number(row, 1)?);
        Err(match self.number {
            Some(wanted) if epoch == self.epoch => StoreError::Refused(format!(
                "commit {wanted} of run {epoch} does not follow commit {number}; load again"
            )),
            Some(_) | None => taken(epoch),
        })
    }
}

fn taken(epoch: u64) -> StoreError {
    StoreError::Taken(format!("it is run {epoch} now"))
}

async fn stored_epoch(session: &mut Session) -> Result<u64, StoreError> {
    let rows = session.rows("SELECT epoch FROM meta", &[]).await?;
    read::number(rows.first().ok_or_else(read::lost_meta)?, 0)
}

/// Nobody else writes until the transaction has ended.
async fn held_epoch(session: &mut Session) -> Result<u64, StoreError> {
    let rows = session
        .rows("SELECT epoch FROM meta FOR UPDATE", &[])
        .await?;
    read::number(rows.first().ok_or_else(read::lost_meta)?, 0)
}

/// What has not ended by then wrote nothing, or is begun anew: its connection is given up.
async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let ended = tokio::time::timeout(limit, work).await;
    ended.unwrap_or_else(|_| Err(StoreError::Away(unheard(limit))))
}

fn unheard(limit: Duration) -> String {
    format!("the server did not answer within {} s", limit.as_secs())
}
