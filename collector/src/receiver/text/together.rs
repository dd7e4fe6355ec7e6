//! Words what is said of many alerts that are one thing: how many, since when, what they share.

use vedette_triage::{Facts, TogetherFacts, TogetherOf};

use super::Site;
use super::phrase::{capital, clock_and_day, day, sentence};
use vedette_config::one_line;

/// `40 hosts: /var fills up (first: web-03 at 09:10); common: logrotate 3.21 installed today`
pub(super) fn subject(together: &TogetherFacts, facts: &Facts, site: &Site) -> String {
    let line = line(together, facts, site);
    match common(together, facts, site) {
        Some(common) if !is_silence_of_site(together) => format!("{line}; common: {common}"),
        Some(_) | None => line,
    }
}

/// The same as sentences, with who shares it and is well.
pub(super) fn what(together: &TogetherFacts, facts: &Facts, site: &Site) -> String {
    let common = common(together, facts, site).map(|common| format!("Common: {common}"));
    let others = together.others.as_deref().map(capital);
    let said = [Some(line(together, facts, site)), common, others];
    let sentences: Vec<String> = said
        .into_iter()
        .flatten()
        .map(|said| sentence(&said))
        .collect();
    sentences.join(" ")
}

fn line(together: &TogetherFacts, facts: &Facts, site: &Site) -> String {
    // Of what is over it is said how many they were.
    let is_over = facts.members_firing == 0;
    let hosts = match (together.places, &together.of) {
        (0, TogetherOf::Silence) => format!("{} hosts", facts.members_total),
        (0, TogetherOf::SameRule { .. } | TogetherOf::Storm) => "many hosts".to_owned(),
        (1, _) => "1 host".to_owned(),
        (many, _) => format!("{many} hosts"),
    };
    let at = |moment| clock_and_day(moment, facts.at, &site.zone);
    let first = together
        .first
        .as_ref()
        .map(|(host, since)| (one_line(host), at(*since)));
    match (&together.of, first) {
        (TogetherOf::SameRule { .. }, Some((host, since))) => {
            let title = one_line(&facts.title);
            format!("{hosts}: {title} (first: {host} at {since})")
        }
        (TogetherOf::SameRule { .. }, None) => format!("{hosts}: {}", one_line(&facts.title)),
        (TogetherOf::Storm, first) => {
            let alerts = match is_over {
                true => facts.members_total,
                false => facts.members_firing,
            };
            let first = first.map_or_else(String::new, |(host, since)| {
                format!(" since {since} (first: {host})")
            });
            format!("Storm: {alerts} alerts on {hosts}{first}")
        }
        (TogetherOf::Silence, first) => {
            let since = first
                .as_ref()
                .map_or_else(String::new, |(_, since)| format!(" since {since}"));
            match (&together.site, first) {
                (Some(of_site), _) if is_over => {
                    format!("Site {}: {hosts} silent{since}", one_line(&of_site.name))
                }
                (Some(of_site), _) => {
                    let many = match of_site.well {
                        0 => format!("all {hosts} silent{since}"),
                        well => format!("{hosts} silent{since}, {well} there are well"),
                    };
                    let others = match of_site.sites_well {
                        0 => String::new(),
                        1 => "; the other site is well".to_owned(),
                        others => format!("; the other {others} sites are well"),
                    };
                    format!("Site {}: {many}{others}", one_line(&of_site.name))
                }
                (None, Some((host, _))) => format!("{hosts} silent{since} (first: {host})"),
                (None, None) => format!("{hosts} silent"),
            }
        }
    }
}

/// The site's name says it already.
fn is_silence_of_site(together: &TogetherFacts) -> bool {
    together.of == TogetherOf::Silence && together.site.is_some()
}

fn common(together: &TogetherFacts, facts: &Facts, site: &Site) -> Option<String> {
    let changes = together.changes.iter().map(|change| {
        let day = day(change.at, facts.at, &site.zone);
        match (change.what.as_str(), change.after.as_str()) {
            ("package", after) if !after.is_empty() => {
                format!("{} {after} installed {day}", one_line(&change.name))
            }
            (_, _) => format!("{} {day}", one_line(&change.words())),
        }
    });
    let all: Vec<String> = changes
        .chain(together.common.iter().map(|common| one_line(common)))
        .collect();
    (!all.is_empty()).then(|| all.join(", "))
}
