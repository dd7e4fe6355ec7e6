//! Lays down how a decision is made: one file for each of the closed set of inputs,
//! and the pieces they share.
//!
//! In the order of the data: [`alert`] and [`host`] take signals, [`enrich`] describes,
//! [`join`] finds an
//! alert its incident by [`route`] and [`group`], [`escalate`] tells
//! people when nobody works on it, [`lifecycle`] says what follows for
//! an incident from what changed about it, [`merge`] makes two of them one, [`flap`] counts turns, [`together`] makes many one, [`list`] keeps what is
//! better read in one place, [`suppress`] and [`prioritise`] say whether
//! and how urgently, [`tell`] says who is told what, [`facts`] writes down what is so.
//! All of them work on a [`draft::Draft`]; nothing here changes the state.

mod alert;
mod by_hand;
mod clock;
mod command;
mod concern;
mod draft;
mod enrich;
mod escalate;
mod evidence;
mod exception;
mod facts;
mod flap;
mod group;
mod hit;
mod host;
mod join;
mod ledger;
mod lifecycle;
mod list;
mod live;
mod merge;
mod news;
mod oncall;
mod outcome;
mod people;
mod place;
mod plans;
mod policy_changed;
mod prioritise;
mod retire;
mod route;
mod same;
mod silence;
mod suppress;
mod tell;
#[cfg(test)]
mod tests;
mod tick;
mod together;
mod view;
mod window;

use crate::{
    Decision, Incident, Input, Listing, Policy, Signal, State, Timestamp, ToldNext, limits,
};
use draft::Draft;
pub(crate) use escalate::due;
pub use facts::next_step;
pub use route::RECEIVER_DOWN;

/// What a team's digest would say if it were made now; none where there is nothing to do.
pub fn next_digest(
    (state, policy): (&State, &Policy),
    now: Timestamp,
    team: &str,
) -> Option<Listing> {
    list::digest::preview((state, policy), now, team)
}

/// Who is told next of an incident if nobody does anything.
pub fn next_told(state: &State, policy: &Policy, incident: &Incident) -> Option<ToldNext> {
    escalate::who_next((state, policy), incident)
}

/// Says everything that must happen because of `input`.
pub(crate) fn decide(state: &State, now: Timestamp, input: &Input, policy: &Policy) -> Decision {
    let mut draft = Draft::new(state, now, policy);
    match input {
        Input::Signal(Signal::Alert(signal)) => {
            alert::decide(&mut draft, signal, limits::ALERTS_MAX);
        }
        Input::Signal(Signal::Host(signal)) => host::decide(&mut draft, signal, limits::HOSTS_MAX),
        Input::Command(command) => command::decide(&mut draft, command),
        Input::Outcome {
            delivery,
            incident,
            receiver,
            fate,
        } => outcome::decide(&mut draft, (*incident, receiver), *delivery, fate),
        Input::PolicyChanged { .. } => policy_changed::decide(&mut draft),
        Input::Started { down_since } => clock::started(&mut draft, *down_since),
        Input::ClockStepped { by_ms } => clock::stepped(&mut draft, *by_ms),
        Input::NoiseFound { team, noisy } => list::noisy::take(&mut draft, team, noisy),
        Input::Tick => tick::decide(&mut draft),
    }
    draft.finish()
}
