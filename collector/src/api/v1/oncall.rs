//! Who is on call now and next, when nobody is, who takes a turn, and who would be told.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use vedette_triage::oncall::{Simulation, as_taken, on_call, simulate};
use vedette_triage::{
    self as triage, Command, Handling, Interval, Labels, Policy, Priority, Schedule, Timestamp,
};

use super::incidents::{actor, done, duration, request, why};
use super::shapes::{
    OnCall, OnCallDouble, OnCallGap, OnCallGaps, OnCallSchedule, OnCallStep, OnCallTest,
    OnCallTested, OnCallTold, OnCallTurn, ScheduleGaps, TakeOnCallRequest,
};
use crate::access::Caller;
use crate::api::Shared;
use crate::api::problem::Problem;

/// Turns that are told of a schedule.
const TURNS_MAX: usize = 10;
/// Gaps and double turns that are told of each schedule.
const GAPS_MAX: usize = 100;
/// How long nobody does anything when it is not said.
const TESTED: Duration = Duration::from_secs(4 * 3600);
/// The longest that is tried.
const TESTED_MAX: Duration = Duration::from_secs(7 * 86_400);

/// Who has the turn of each schedule, and who after that.
pub(in crate::api) async fn oncall(State(shared): State<Arc<Shared>>) -> Json<OnCall> {
    let look = Look::of(&shared);
    let names = look.policy.oncall.schedules.keys();
    let schedules = names.filter_map(|name| look.schedule(name));
    Json(OnCall {
        schedules: schedules.collect(),
    })
}

/// When nobody is on call, and who is twice.
pub(in crate::api) async fn gaps(State(shared): State<Arc<Shared>>) -> Json<OnCallGaps> {
    let look = Look::of(&shared);
    let names: Vec<&String> = look.policy.oncall.schedules.keys().collect();
    let mut found = OnCallGaps::default();
    for (at, name) in names.iter().enumerate() {
        let Some(one) = look.as_taken(name) else {
            continue;
        };
        let gaps = look.gaps(&one);
        if !gaps.is_empty() {
            found.gaps.push(ScheduleGaps {
                schedule: (*name).clone(),
                gaps,
            });
        }
        for other_name in &names[at + 1..] {
            let Some(other) = look.as_taken(other_name) else {
                continue;
            };
            let doubles = one.doubles(&other, look.ahead_of(&one));
            found.doubles.extend(
                doubles
                    .into_iter()
                    .take(GAPS_MAX)
                    .map(|double| OnCallDouble {
                        person: double.person.to_string(),
                        schedules: [(*name).clone(), (*other_name).clone()],
                        from: look.shown(double.when.starts_at),
                        until: look.shown(double.when.ends_at),
                    }),
            );
        }
    }
    Json(found)
}

/// Somebody has the turn of a schedule, whatever that says.
pub(in crate::api) async fn take(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: TakeOnCallRequest = request(&body)?;
    why(&wanted.why, "others find that somebody else is told")?;
    let ahead = shared.clock.ahead();
    let by = actor(&caller, wanted.by);
    let command = Command::TakeOnCall {
        schedule: wanted.schedule,
        person: wanted.person.unwrap_or_else(|| by.name.clone()),
        from: wanted.from.map(|at| at.0.after(ahead)),
        until: wanted.until.0.after(ahead),
        why: wanted.why,
        by,
    };
    done(&shared, command).await
}

/// Who would be told when, were an incident to open and nobody did anything. Tells nobody.
pub(in crate::api) async fn test(
    State(shared): State<Arc<Shared>>,
    Query(wanted): Query<OnCallTest>,
) -> Result<Json<OnCallTested>, Problem> {
    let look = Look::of(&shared);
    let of = simulation(&look, wanted)?;
    let steps = simulate(&shared.view.read(), &look.policy, &of);
    let told = |(receiver, person)| OnCallTold { receiver, person };
    let steps = steps.into_iter().map(|step| OnCallStep {
        at: look.shown(step.at),
        ladder: step.ladder.as_str().to_owned(),
        policy: step.policy,
        step: step.step,
        told: step.told.into_iter().map(told).collect(),
        nobody: step.nobody,
    });
    Ok(Json(OnCallTested {
        steps: steps.collect(),
    }))
}

fn simulation(look: &Look<'_>, wanted: OnCallTest) -> Result<Simulation, Problem> {
    let teams: Vec<&str> = look
        .policy
        .teams
        .iter()
        .map(|team| team.name.as_str())
        .collect();
    let team = wanted.team.unwrap_or_else(|| teams[0].to_owned());
    if !teams.contains(&team.as_str()) {
        let known = teams.join(", ");
        return Err(Problem::not_found(format!(
            "there is no team {team:?}; there are {known}"
        )));
    }
    let priority = wanted.priority.as_deref().unwrap_or("P1");
    let known = Priority::ALL
        .into_iter()
        .find(|known| known.as_str() == priority);
    let priority = known
        .ok_or_else(|| Problem::bad(format!("{priority:?} is no priority; they are P1 to P5")))?;
    let handling = match wanted.handling.as_deref() {
        None | Some("ticket") => Handling::Ticket,
        Some("page") => Handling::Page,
        Some(other) => {
            return Err(Problem::bad(format!(
                "{other:?} is neither \"page\" nor \"ticket\""
            )));
        }
    };
    let lasts = wanted.lasts.as_deref().map(duration).transpose()?;
    Ok(Simulation {
        team,
        priority,
        handling,
        labels: labels(wanted.labels.as_deref().unwrap_or(""))?,
        at: wanted.at.map_or(look.now, |at| at.0.after(look.ahead)),
        lasts: lasts.unwrap_or(TESTED).min(TESTED_MAX),
    })
}

fn labels(text: &str) -> Result<Labels, Problem> {
    let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
    let pairs = pairs.map(|pair| {
        let pair = pair.trim();
        pair.split_once('=')
            .ok_or_else(|| Problem::bad(format!("{pair:?} is no label as in host=db-7")))
    });
    let pairs: Vec<(&str, &str)> = pairs.collect::<Result<_, _>>()?;
    Ok(pairs.into_iter().collect())
}

/// The policy, and now.
struct Look<'a> {
    shared: &'a Shared,
    policy: Arc<Policy>,
    now: Timestamp,
    ahead: Duration,
}

impl Look<'_> {
    fn of(shared: &Shared) -> Look<'_> {
        Look {
            shared,
            policy: Arc::clone(&shared.policy.load().policy),
            now: shared.clock.now(),
            ahead: shared.clock.ahead(),
        }
    }

    /// With the times of the world, which ours may be ahead of.
    fn shown(&self, at: Timestamp) -> crate::api::Time {
        at.before(self.ahead).into()
    }

    fn as_taken(&self, name: &str) -> Option<Schedule> {
        as_taken(&self.shared.view.read(), &self.policy, name)
    }

    fn ahead_of(&self, schedule: &Schedule) -> Interval {
        Interval {
            starts_at: self.now,
            ends_at: schedule.known.map_or(self.now, |known| known.ends_at),
        }
    }

    fn gaps(&self, schedule: &Schedule) -> Vec<OnCallGap> {
        let gaps = schedule.gaps(self.ahead_of(schedule)).into_iter();
        let gaps = gaps.take(GAPS_MAX).map(|gap| OnCallGap {
            from: self.shown(gap.starts_at),
            until: self.shown(gap.ends_at),
        });
        gaps.collect()
    }

    fn turn(&self, person: &str, (from, until): (Timestamp, Timestamp)) -> OnCallTurn {
        let contact = self.policy.oncall.contacts.get(person);
        OnCallTurn {
            person: person.to_owned(),
            from: self.shown(from),
            until: self.shown(until),
            contact: contact.map_or_else(Vec::new, |contact| contact.receivers.clone()),
        }
    }

    fn schedule(&self, name: &str) -> Option<OnCallSchedule> {
        let schedule = self.as_taken(name)?;
        let duty = on_call(&self.shared.view.read(), &self.policy, name, self.now);
        let coming = schedule
            .shifts
            .iter()
            .filter(|shift| shift.when.starts_at > self.now);
        let turns = coming.take(TURNS_MAX).map(|shift: &triage::Shift| {
            self.turn(&shift.person, (shift.when.starts_at, shift.when.ends_at))
        });
        Some(OnCallSchedule {
            name: name.to_owned(),
            team: schedule.team.clone(),
            now: duty.map(|duty| self.turn(&duty.person, (duty.since, duty.until))),
            next: turns.collect(),
            gaps: self.gaps(&schedule),
            known_until: schedule.known.map(|known| self.shown(known.ends_at)),
        })
    }
}
