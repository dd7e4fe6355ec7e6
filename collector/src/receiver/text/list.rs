//! Words a list of the collector's own: what is in it, a group after the other.

use vedette_config::one_line;
use vedette_triage::{ListOf, Listing};

use super::phrase::{cut, filled, sentence};

/// `Found at enrolment: 60 hosts with filesystem-space, 80 hosts with unit-failed`
pub(super) fn subject(list: &Listing) -> String {
    match list.title.as_str() {
        "" => list.of.words().to_owned(),
        title => format!("{}: {}", list.of.words(), one_line(title)),
    }
}

/// The same as a sentence, with what that means.
pub(super) fn what(list: &Listing) -> String {
    let means = match list.of {
        ListOf::Digest => {
            "None of it is a ticket of its own: it waits for a quiet hour. What is new since the last digest begins with +; the next digest takes the place of this one."
        }
        ListOf::GoLive => {
            "This held already when tickets began, so it is one list and not a ticket each; what is critical has one of its own."
        }
        ListOf::Enrolment => {
            "This held when the hosts were new here, so it is one list and not a ticket each; what is critical has one of its own."
        }
    };
    format!("{} {means}", sentence(&subject(list)))
}

/// When it closes, where that is otherwise than of other tickets.
pub(super) fn closes(list: &Listing) -> Option<&'static str> {
    match list.of {
        ListOf::Digest => Some(
            "Closes by itself when all of it is over, which is looked at once a day; else when the next digest takes its place.",
        ),
        ListOf::Enrolment | ListOf::GoLive => None,
    }
}

/// Its groups, a line for each thing.
pub(super) fn groups(list: &Listing) -> String {
    let groups = list.groups.iter().map(|group| {
        let lines = group
            .lines
            .iter()
            .map(|line| format!("  {}", cut(&one_line(line), super::COLUMNS - 2)));
        let more = (group.more > 0).then(|| format!("  and {} more", group.more));
        let heading = one_line(&group.heading);
        let says = group.says.iter().map(|says| match says.starts_with("$ ") {
            true => format!("  {}", one_line(says)),
            false => filled("  ", says),
        });
        // What is to be pasted is neither filled nor cut.
        let paste = group.paste.iter();
        let paste = paste.map(|line| format!("    {}", one_line(line)));
        let says = says.chain(paste);
        let lines = std::iter::once(heading).chain(says).chain(lines);
        let lines: Vec<String> = lines.chain(more).collect();
        lines.join("\n")
    });
    groups.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use vedette_triage::{ListOf, Listed, Listing};

    use super::{closes, groups, subject, what};

    #[test]
    fn a_list_names_its_hosts_by_rule() {
        let group = |heading: &str, lines: &[&str], more: u32| Listed {
            heading: heading.into(),
            says: Vec::new(),
            paste: Vec::new(),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            more,
        };
        let list = Listing {
            of: ListOf::Enrolment,
            title: "60 hosts with filesystem-space, 1 host with unit-failed".into(),
            groups: vec![
                group(
                    "filesystem-space on 60 hosts",
                    &["db-1: /var is 93 % full", "db-2: /srv\nis 91 % full"],
                    58,
                ),
                group(
                    "unit-failed on 1 host",
                    &["web-1: cron.service has failed"],
                    0,
                ),
            ],
        };
        assert_eq!(
            subject(&list),
            "Found at enrolment: 60 hosts with filesystem-space, 1 host with unit-failed"
        );
        assert_eq!(closes(&list), None);
        let pasted = Listing {
            of: ListOf::Digest,
            groups: vec![Listed {
                says: vec!["To be pasted into exceptions.toml:".into()],
                paste: vec![
                    "[[exception]]".into(),
                    format!("why = {:?}", "x".repeat(80)),
                ],
                ..group("disk made 41 tickets in 7 days", &[], 0)
            }],
            ..list.clone()
        };
        assert!(closes(&pasted).is_some_and(|closes| closes.contains("once a day")));
        assert_eq!(
            groups(&pasted),
            format!(
                "disk made 41 tickets in 7 days
  To be pasted into exceptions.toml:
    [[exception]]
    why = {:?}",
                "x".repeat(80)
            )
        );
        assert!(what(&list).ends_with("what is critical has one of its own."));
        assert_eq!(
            groups(&list),
            "filesystem-space on 60 hosts
  db-1: /var is 93 % full
  db-2: /srv is 91 % full
  and 58 more

unit-failed on 1 host
  web-1: cron.service has failed"
        );
    }
}
