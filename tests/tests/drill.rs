//! A drill goes the whole way, says so on the screen and in the ticket, wakes nobody unless
//! told to, and counts apart.

use vedette_tests::collector::{Collector, Options};
use vedette_tests::command::vedette;
use vedette_tests::host::{Host, filesystem};
use vedette_tests::inbox::Inbox;
use vedette_tests::ticket_system::TicketSystem;
use vedette_tests::wait::PATIENCE;

const GIB: f64 = (1_u64 << 30) as f64;

/// Tickets go to `desk`; whoever is paged, or told by the route, hears it at `pager`.
fn with_a_pager(desk: &str, pager: &str) -> Options {
    Options::default().settings(&format!(
        "[[team]]\nname = \"it-ops\"\nticket = \"desk\"\npage = [\"pager\"]\n\n\
         [[receiver]]\nname = \"desk\"\nprofile = \"generic\"\nurl = \"{desk}\"\n\n\
         [[receiver]]\nname = \"pager\"\nprofile = \"generic\"\nurl = \"{pager}\"\n\n\
         [[route]]\nname = \"all\"\nmatch = []\nticket = \"team\"\nnotify = [\"pager\"]\n"
    ))
}

#[test]
fn a_drill_goes_to_the_inbox_and_back_and_says_so() {
    let inbox = Inbox::start();
    let collector = Collector::start(&Options::default().tickets_to(&inbox.url(), "generic", ""));
    let mut host = Host::server("db-7");
    let _ = collector
        .post_report(&host.report(filesystem("/srv", 0.2, GIB)))
        .expect(200);
    let said = vedette(&collector, &["drill", "--for", "1s"]).expect(0);
    assert!(
        said.out.contains("The way to the ticket and back works."),
        "{}",
        said.out
    );
    let printed = inbox.printed();
    assert!(printed.contains("DRILL "), "{printed}");
    assert!(printed.contains("db-7"), "{printed}");
    assert!(printed.contains("The drill is over since "), "{printed}");

    // Nothing of it is among the real ones.
    let metrics = collector.metrics();
    for name in [
        "vedette_incidents",
        "vedette_signals_total",
        "vedette_signals_received_total",
    ] {
        assert_eq!(metrics.sum(name, &[("drill", "no")]), 0.0, "{name}");
        assert!(metrics.sum(name, &[("drill", "yes")]) > 0.0, "{name}");
    }
    let status = collector.http().get("/api/v1/status").expect(200).json();
    assert_eq!(
        status["incidents"].as_array().map(Vec::len),
        Some(0),
        "{status}"
    );
    assert_eq!(
        (&status["drills"], &status["alerts_firing"]),
        (&1.into(), &0.into())
    );
}

#[test]
fn a_drill_tells_the_desk_only_and_the_pager_when_told_to() {
    for (arguments, is_paged) in [
        (&["drill", "--for", "1s"][..], false),
        (&["drill", "--for", "1s", "--page"][..], true),
    ] {
        let (desk, pager) = (TicketSystem::start(), TicketSystem::start());
        let collector = Collector::start(&with_a_pager(&desk.url(), &pager.url()));
        let _ = vedette(&collector, arguments).expect(0);
        let tickets = desk.wait_for_tickets("the drill's ticket", PATIENCE, |tickets| {
            tickets
                .iter()
                .any(|one| one.texts("action") == ["open", "resolve"])
        });
        assert_eq!(tickets.len(), 1);
        for message in &tickets[0].messages {
            let subject = message["subject"].as_str().unwrap_or_default();
            assert!(subject.starts_with("DRILL "), "{subject}");
            assert_eq!(message["drill"], true);
        }
        assert_eq!(!pager.requests().is_empty(), is_paged, "{arguments:?}");
    }
}

#[test]
fn a_drill_without_a_receiver_says_what_is_missing_and_is_not_well() {
    let collector = Collector::start(&Options::default());
    let said = vedette(&collector, &["drill", "--for", "1s"]).expect(1);
    assert!(
        said.all().contains("no receiver is configured"),
        "{}",
        said.all()
    );
}
