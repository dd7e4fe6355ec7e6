//! Measures the engine alone: decisions a second on one core and memory, with many incidents open.
//!
//! `cargo run --release -p vedette-triage --example engine_bench -- [INCIDENTS] [ROUNDS]`: how many
//! incidents are open (100000), and how many decisions are timed of each kind (200000). No store, no
//! sockets: `decide` and `apply` as the loop calls them. Times are processor time of this process,
//! so that others on the machine do not count. Memory is what the process has of its own (`RssAnon`):
//! the records and every index.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a bench reads the time it used and prints"
)]

use std::sync::Arc;
use std::time::Duration;

use vedette_triage::{
    About, Actor, AlertSignal, Change, Command, Counters, Delivery, End, Engine, EntityId, Fate,
    Handling, Identity, IncidentId, Input, Labels, Policy, Receiver, RollUp, RuleMeta, Says,
    Severity, Signal, State, Team, TicketPer, TicketReference, Timestamp, Via,
};

/// What the collector uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let incidents: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let rounds: u64 = arguments.next().map_or(Ok(200_000), |text| text.parse())?;
    let before = own_memory();
    let mut site = Site::new();
    let opening = site.time(incidents, |at| fire(at, Severity::Critical));
    row("opening an incident with its ticket", opening, incidents);
    let held = own_memory() - before;
    println!(
        "{:<52} {:>9} MB  {} bytes each",
        format!("{incidents} open incidents"),
        held / 1_000_000,
        held / incidents
    );
    let seconds = site.time(rounds, |at| fire(at % incidents, Severity::Critical));
    row("an alert that says nothing new", seconds, rounds);
    let seconds = site.time(rounds, |at| {
        fire(at % incidents, worse_or_better(at, incidents))
    });
    row("an alert that becomes better or worse", seconds, rounds);
    let seconds = site.time(rounds / 2, |at| clear(at % incidents));
    row("an alert that ends", seconds, rounds / 2);
    let seconds = site.time(rounds / 2, |at| fire(at % incidents, Severity::Critical));
    row("an alert that fires again", seconds, rounds / 2);
    let seconds = site.time(rounds, |at| acknowledge(1 + at % incidents));
    row("an acknowledgement", seconds, rounds);
    let begun = processor_time();
    let resumed = site.resumed();
    println!(
        "{:<52} {:>9.0} ms  {} alerts",
        "the state again from its records",
        (processor_time() - begun) * 1e3,
        resumed.state().alerts().len()
    );
    drop((site, resumed));
    joining(incidents);
    Ok(())
}

/// One incident that so many alerts join: the time of each is the same however many there are.
fn joining(alerts: u64) {
    let mut site = Site::new();
    let mut policy = Policy::clone(&site.policy);
    policy.timers.ticket_per = TicketPer::Route;
    policy.rollup = RollUp {
        same_rule_hosts: 0,
        storm_per_minute: 0,
        mass_entities: 0,
        ..RollUp::default()
    };
    site.policy = policy;
    let tenth = alerts / 10;
    for part in 0..10 {
        let seconds = site.time(tenth, |at| fire(part * tenth + at, Severity::Critical));
        if part == 0 || part == 9 {
            let name = format!(
                "joining one incident, {} to {}",
                part * tenth,
                (part + 1) * tenth
            );
            row(&name, seconds, tenth);
        }
    }
    assert_eq!(site.engine.state().incidents().len(), 1, "all are in one");
}

/// The engine under a policy with one team and one ticket system, which does what it is asked to.
struct Site {
    engine: Engine,
    policy: Policy,
    now: Timestamp,
}

impl Site {
    fn new() -> Site {
        let desk = Receiver {
            name: "desk".into(),
            on_clear: vedette_triage::OnClear::Resolve,
            on_human_close: vedette_triage::HumanClose::default(),
        };
        let rule = RuleMeta {
            name: "disk".into(),
            component: "storage".into(),
            ..RuleMeta::default()
        };
        let now = Timestamp::from_millis(1_000_000_000_000);
        Site {
            engine: Engine::resume(State::resume(now, Counters::FIRST)),
            policy: Policy {
                installation: "bench".into(),
                teams: vec![Team {
                    name: "it-ops".into(),
                    ticket: Some("desk".into()),
                    page: Vec::new(),
                }],
                receivers: [("desk".into(), desk)].into_iter().collect(),
                rules: [("disk".into(), rule)].into_iter().collect(),
                // Incidents that are one because so many begin at once are measured apart.
                rollup: RollUp {
                    same_rule_hosts: 0,
                    storm_per_minute: 0,
                    mass_entities: 0,
                    ..RollUp::default()
                },
                ..Policy::default()
            },
            now,
        }
    }

    /// Seconds that these inputs take, the answers of the ticket system and what is due among them.
    fn time(&mut self, inputs: u64, input: impl Fn(u64) -> Input) -> f64 {
        let begun = processor_time();
        for at in 0..inputs {
            self.now = self.now.after(Duration::from_millis(1));
            self.take(&input(at));
            if self.engine.next_wake().is_some_and(|due| due <= self.now) {
                self.take(&Input::Tick);
            }
        }
        processor_time() - begun
    }

    fn take(&mut self, input: &Input) {
        let decision = self.engine.decide(self.now, input, &self.policy);
        self.engine.apply(&decision);
        for change in &decision.changes {
            if let Change::AddDelivery(delivery) = change {
                let outcome = answer(delivery);
                let settled = self.engine.decide(self.now, &outcome, &self.policy);
                self.engine.apply(&settled);
            }
        }
    }

    fn resumed(&self) -> Engine {
        let state = self.engine.state();
        let mut again = State::resume(state.now(), state.counters());
        for record in state.records() {
            again.load(record);
        }
        Engine::resume(again)
    }
}

fn answer(delivery: &Delivery) -> Input {
    Input::Outcome {
        delivery: delivery.id,
        incident: delivery.incident,
        receiver: delivery.receiver.clone(),
        fate: Fate::Done {
            ticket: Some(TicketReference {
                id: delivery.incident.to_string(),
                url: String::new(),
            }),
        },
    }
}

fn signal(at: u64, severity: Severity, says: impl FnOnce(Timestamp) -> Says) -> Input {
    let host = format!("host-{at:06}");
    let id = format!("5f0f8a60-0000-4000-8000-{at:012}");
    let attributes: Labels = [("mountpoint", "/var")].into_iter().collect();
    let labels = [
        ("alertname", "disk"),
        ("class", "server"),
        ("component", "storage"),
        ("host", &host),
        ("mountpoint", "/var"),
        ("severity", severity.as_str()),
        ("site", "hq"),
    ];
    Input::Signal(Signal::Alert(AlertSignal {
        identity: Identity::of_rule(&EntityId::new(&id), "disk", &attributes),
        says: says(Timestamp::from_millis(1_000_000_000_000)),
        about: Arc::new(About {
            labels: labels.into_iter().collect(),
            title: "/var is 96 % full, 3.1 GiB left".into(),
            means: "At 100 % every program that writes there fails.".into(),
            first: vec!["du -xh --max-depth=2 /var | sort -h | tail -15".into()],
            component: "storage".into(),
            handling: Some(Handling::Ticket),
            values: vec![("value".into(), 0.96), ("free".into(), 3.3e9)],
            ..About::default()
        }),
        drill: None,
    }))
}

fn fire(at: u64, severity: Severity) -> Input {
    signal(at, severity, |since| Says::Firing {
        severity,
        since,
        valid_until: None,
    })
}

fn clear(at: u64) -> Input {
    signal(at, Severity::Critical, |since| Says::Ok {
        end: End::Recovered,
        since,
    })
}

fn worse_or_better(at: u64, incidents: u64) -> Severity {
    match (at / incidents).is_multiple_of(2) {
        true => Severity::Warning,
        false => Severity::Critical,
    }
}

fn acknowledge(incident: u64) -> Input {
    Input::Command(Command::Acknowledge {
        by: Actor {
            name: "ops1".into(),
            via: Via::Api,
        },
        incident: IncidentId(incident),
        lasts: None,
    })
}

fn row(name: &str, seconds: f64, inputs: u64) {
    #[allow(clippy::cast_precision_loss)]
    let (each, rate) = (seconds * 1e6 / inputs as f64, inputs as f64 / seconds);
    println!("{name:<52} {rate:>9.0} /s  {each:.1} us each");
}

/// Seconds that this process has run on a processor.
fn processor_time() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split_whitespace()
        .next()
        .and_then(|first| first.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

/// Bytes that the process has of its own.
fn own_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
