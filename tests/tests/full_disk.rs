//! A full disk under the collector's store: what is open still closes, nothing new is taken on
//! and nothing that was promised is lost; with space back it goes on without a restart.

use vedette_tests::collector::{Collector, Options, alert, resolved};
use vedette_tests::filesystem::{Filesystem, Kind};
use vedette_tests::ticket_system::{Ticket, TicketSystem};
use vedette_tests::wait::{PATIENCE, wait_until};

/// Openings until a full disk is noticed, at most: the log has space that it wrote before.
const OPENINGS_MAX: usize = 2_000;

fn labels(instance: &str) -> [(&str, &str); 3] {
    [
        ("alertname", "DiskFull"),
        ("instance", instance),
        ("severity", "critical"),
    ]
}

/// The rule by which the collector tells of its own full disk.
const OWN: &str = "collector-store-full";

fn fire(collector: &Collector, number: usize) -> u16 {
    let alerts = [alert(&labels(&name(number)))];
    collector.post_alerts(&alerts).status
}

fn is_tight(collector: &Collector) -> bool {
    collector.metrics().sum("vedette_openings_refused", &[]) == 1.0
}

/// How many tickets of an alert of that name were told exactly this.
fn told_as(tickets: &[Ticket], name: &str, told: &[&str]) -> usize {
    let is_it = |ticket: &&Ticket| {
        ticket.fields["labels"]["alertname"] == name && ticket.texts("action") == told
    };
    tickets.iter().filter(is_it).count()
}

fn name(number: usize) -> String {
    format!("db-{number:04}")
}

#[test]
fn a_full_disk_refuses_openings_lets_ends_through_and_is_over_when_space_is_back() {
    let Some(disk) = Filesystem::mount(Kind::Ext4, 48 << 20) else {
        return;
    };
    let system = TicketSystem::start();
    let options = Options::default()
        .tickets_to(&system.url(), "generic", "")
        .settings("[store]\nreserve = \"4MiB\"\n\n[timers]\nclose_delay = \"0s\"\n")
        .state_dir(&disk.mountpoint().join("state"));
    let mut collector = Collector::start(&options);
    let mut opened = 0;
    while opened < 5 {
        assert_eq!(fire(&collector, opened), 200);
        opened += 1;
    }
    assert!(!is_tight(&collector));

    disk.fill_up();
    let refused = loop {
        match fire(&collector, opened) {
            200 => opened += 1,
            other => break other,
        }
        assert!(opened < OPENINGS_MAX, "the disk is not full");
    };
    assert_eq!(refused, 503);
    assert!(is_tight(&collector));
    let answer = collector.post_alerts(&[alert(&labels(&name(opened)))]);
    assert!(answer.header("retry-after").is_some(), "{answer:?}");

    // Ends are taken, and told, also after a restart; so is the collector's own trouble.
    for number in 0..opened {
        if number == opened / 2 {
            collector.restart_with_kill_9();
            assert!(is_tight(&collector), "what is left is for what is open");
            assert_eq!(fire(&collector, opened), 503);
        }
        let over = [resolved(&labels(&name(number)))];
        let _ = collector.post_alerts(&over).expect(200);
    }
    let what = format!("{opened} tickets that are closed, and the collector's own");
    system.wait_for_tickets(&what, PATIENCE, |tickets| {
        told_as(tickets, "DiskFull", &["open", "resolve"]) == opened
            && told_as(tickets, OWN, &["open"]) == 1
            && tickets.len() == opened + 1
    });

    disk.free();
    wait_until("openings to be taken again", PATIENCE, || {
        fire(&collector, opened) == 200
    });
    wait_until("the space to be set aside again", PATIENCE, || {
        !is_tight(&collector)
    });
    system.wait_for_tickets("its ticket, and the end of the own", PATIENCE, |tickets| {
        told_as(tickets, "DiskFull", &["open"]) == 1
            && told_as(tickets, OWN, &["open", "resolve"]) == 1
            && tickets.len() == opened + 2
    });
}
