//! Says in a digest which rules cost its team most, and the exact change that would have helped.
//!
//! In: what was found outside of the core, which is kept with the digests of the team. Out: a group
//! for each rule. A change that would have helped is worth doing; what a rule only cost is said
//! where there is a digest anyway, and makes none.

use crate::{Fingerprint, Labels, Listed, Noisy, Quieter, Reason, Remedy, Timestamp, limits};

use super::super::draft::Draft;

/// Keeps what was found for a team, for its next digest.
pub(in super::super) fn take(draft: &mut Draft<'_>, team: &str, noisy: &[Noisy]) {
    let Some(mut digest) = draft.digest(team).cloned() else {
        return;
    };
    let told = noisy.iter().take(limits::NOISY_TOLD_MAX);
    digest.noisy = told.cloned().collect();
    digest.noisy_at = Some(draft.now);
    if !digest.noisy.is_empty() {
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        draft.note_host(
            None,
            Reason::NoiseFound {
                team: team.to_owned(),
                rules: count(digest.noisy.len()),
                quieter: count(helped(&digest.noisy).count()),
            },
        );
    }
    draft.put_digest(digest);
}

/// What is known of a team's noise and still counts.
pub(super) fn of_team(draft: &Draft<'_>, team: &str) -> Vec<Noisy> {
    let known = draft.digest(team).filter(|digest| {
        let counts = |at: Timestamp| draft.now <= at.after(limits::NOISY_COUNTS);
        digest.noisy_at.is_some_and(counts)
    });
    known.map_or_else(Vec::new, |digest| digest.noisy.clone())
}

/// Those for which something would have helped, and what.
pub(super) fn helped(all: &[Noisy]) -> impl Iterator<Item = (&Noisy, &Remedy)> {
    all.iter().filter_map(|noisy| match &noisy.quieter {
        Quieter::By(remedy) => Some((noisy, remedy)),
        Quieter::Nothing { .. } | Quieter::Untried { .. } => None,
    })
}

/// By what it is known again in the next digest that something would help.
pub(super) fn known_by(noisy: &Noisy) -> Fingerprint {
    let id: Labels = [("@quieter", &*noisy.rule)].into_iter().collect();
    Fingerprint::of(&id)
}

/// How that is called once it is gone.
pub(super) fn line(noisy: &Noisy) -> String {
    format!("{} could be quieter", noisy.rule)
}

/// `2 rules that could be quieter`
pub(super) fn count(many: usize) -> String {
    match many {
        1 => "1 rule that could be quieter".to_owned(),
        many => format!("{many} rules that could be quieter"),
    }
}

/// What is said of each.
pub(super) fn groups(draft: &Draft<'_>, all: &[Noisy]) -> Vec<Listed> {
    let group = |noisy: &Noisy| {
        let (says, paste) = says(noisy);
        Listed {
            heading: heading(noisy, draft.now),
            says,
            lines: Vec::new(),
            paste,
            more: 0,
        }
    };
    all.iter().map(group).collect()
}

/// `filesystem-space made 41 tickets in 7 days; 33 were over before anybody did anything`
fn heading(noisy: &Noisy, now: Timestamp) -> String {
    let hours = now.since(noisy.since).as_secs() / 3600;
    let days = match (hours + 12) / 24 {
        0 | 1 => "a day".to_owned(),
        many => format!("{many} days"),
    };
    let unattended = match (noisy.unattended, noisy.tickets) {
        (0, _) => String::new(),
        (all, tickets) if all == tickets => {
            "; all of them were over before anybody did anything".to_owned()
        }
        (1, _) => "; 1 was over before anybody did anything".to_owned(),
        (many, _) => format!("; {many} were over before anybody did anything"),
    };
    let tickets = tickets(noisy.tickets);
    format!("{} made {tickets} in {days}{unattended}", noisy.rule)
}

fn says(noisy: &Noisy) -> (Vec<String>, Vec<String>) {
    match &noisy.quieter {
        Quieter::By(remedy) => {
            let words = format!(
                "{}: {} of {} fewer, none missed that anybody worked on, that became worse or lasted an hour. Tried on {}.",
                capital(&remedy.words),
                remedy.fewer,
                tickets(remedy.of),
                remedy.measured
            );
            let place = format!("To be pasted into {}:", remedy.place);
            (vec![words, place], remedy.toml.clone())
        }
        Quieter::Nothing { tried, measured } => {
            let words = format!(
                "Nothing else makes it quieter without missing what mattered: {tried} changes were tried on {measured}."
            );
            (vec![words], Vec::new())
        }
        Quieter::Untried { why } => {
            let words = format!("Whether anything would have helped is not known: {why}.");
            (vec![words], Vec::new())
        }
    }
}

fn tickets(count: u64) -> String {
    match count {
        1 => "1 ticket".to_owned(),
        many => format!("{many} tickets"),
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
