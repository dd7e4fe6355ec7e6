//! Whatever happens to a spool, in any order: what was not acknowledged is sent.

use std::collections::{BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;

/// One thing that happens to a spool.
#[derive(Debug, Clone)]
enum Step {
    Append {
        has_samples: bool,
        has_check: bool,
        has_event: bool,
    },
    Send {
        items: usize,
        acknowledged: usize,
    },
    Restart,
    Reboot,
    /// The collector knew more than was ever sent.
    PutBack,
    Full(bool),
    /// A write was cut short: these bytes of a record follow the newest segment.
    Torn(usize),
}

/// What waits, as the test has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Waiting {
    id: u64,
    queue: Queue,
    in_memory: bool,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |(has_samples, has_check, has_event)| Step::Append { has_samples, has_check, has_event }
        ),
        3 => (1usize..5, 0usize..6)
            .prop_map(|(items, acknowledged)| Step::Send { items, acknowledged }),
        1 => Just(Step::Restart),
        1 => Just(Step::Reboot),
        1 => Just(Step::PutBack),
        1 => any::<bool>().prop_map(Step::Full),
        1 => (1usize..60).prop_map(Step::Torn),
    ]
}

/// The bench, and what must be true of it.
struct Model {
    bench: Bench,
    waiting: VecDeque<Waiting>,
    given: BTreeSet<(Uuid, u64)>,
    id: u64,
}

impl Model {
    fn append(&mut self, has_samples: bool, has_check: bool, has_event: bool) {
        self.id += 1;
        let mut round = of_state(self.id, has_event);
        if !has_check {
            round.checks.clear();
        }
        if has_samples {
            round.samples = super::round(self.id, false).samples;
        }
        let kept = self.bench.append(&round);
        assert_eq!(kept.state.is_some(), has_check || has_event);
        let in_memory = self.bench.spool.trouble().is_some();
        let parts = [(Queue::State, kept.state), (Queue::Samples, kept.samples)];
        for (queue, place) in parts {
            let Some(place) = place else { continue };
            assert!(
                self.given.insert((place.epoch, place.seq)),
                "{place:?} twice"
            );
            self.waiting.push_back(Waiting {
                id: self.id,
                queue,
                in_memory,
            });
        }
        if !in_memory {
            self.waiting
                .iter_mut()
                .for_each(|one| one.in_memory = false);
        }
    }

    fn send(&mut self, items: usize, acknowledged: usize) {
        let Some(batch) = self.bench.next(items) else {
            assert!(self.waiting.is_empty(), "{:?}", self.waiting);
            return;
        };
        assert_eq!(parts(&batch), self.expected(batch.items.len()));
        let acknowledged = acknowledged.min(batch.items.len());
        let Some(last) = acknowledged.checked_sub(1) else {
            return;
        };
        let seq = batch.items[last].seq;
        self.bench.spool.acknowledge(Place { seq, ..batch.last });
        self.waiting.drain(..acknowledged);
    }

    fn expected(&self, items: usize) -> Vec<(u64, Queue)> {
        let waiting = self.waiting.iter().take(items);
        waiting.map(|one| (one.id, one.queue)).collect()
    }

    fn restart(&mut self) {
        self.bench.restart();
        self.waiting.retain(|one| !one.in_memory);
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Append {
                has_samples,
                has_check,
                has_event,
            } => self.append(has_samples, has_check, has_event),
            Step::Send {
                items,
                acknowledged,
            } => self.send(items, acknowledged),
            Step::Restart => self.restart(),
            Step::Reboot => {
                self.bench.boot = Uuid::new_v4();
                self.restart();
            }
            Step::PutBack => self.bench.spool.begin_epoch(),
            Step::Full(full) => {
                self.bench.disk.full.store(full, Ordering::Relaxed);
                self.bench.now.mono_ms += DISK_AGAIN_AFTER_MS;
            }
            Step::Torn(bytes) => self.tear(bytes),
        }
    }

    fn tear(&mut self, bytes: usize) {
        let segments = self.bench.segments();
        let Some(newest) = segments.last() else {
            return;
        };
        let place = Place {
            epoch: Uuid::nil(),
            seq: 1,
        };
        let mut record = Vec::new();
        Record::new(round(0, false), Queue::Samples, place, self.bench.boot).write(&mut record);
        let mut file = File::options().append(true).open(newest).unwrap();
        file.write_all(&record[..bytes]).unwrap();
        self.restart();
    }
}

fn parts(batch: &Batch) -> Vec<(u64, Queue)> {
    let part = |round: &Round| match round.checks.is_empty() && round.events.is_empty() {
        true => Queue::Samples,
        false => Queue::State,
    };
    let rounds = rounds(batch);
    rounds
        .iter()
        .map(|round| (round.wall_ms as u64, part(round)))
        .collect()
}

proptest! {
    /// Below the bounds nothing unacknowledged is lost, order is kept over both queues, and
    /// no number is given to two records. What only memory held is lost with the process,
    /// no more.
    #[test]
    fn what_is_not_acknowledged_is_sent_in_order(steps in prop::collection::vec(step(), 1..60)) {
        let mut model = Model {
            bench: Bench::new(),
            waiting: VecDeque::new(),
            given: BTreeSet::new(),
            id: 0,
        };
        for step in steps {
            model.step(step);
            let depth = model.bench.spool.depth();
            prop_assert_eq!(depth.records(), model.waiting.len() as u64);
            let of_state = model.waiting.iter().filter(|one| one.queue == Queue::State);
            prop_assert_eq!(depth.state, of_state.count() as u64);
        }
        while let Some(batch) = model.bench.next(7) {
            prop_assert_eq!(parts(&batch), model.expected(batch.items.len()));
            model.bench.spool.acknowledge(batch.last);
            model.waiting.drain(..batch.items.len());
        }
        prop_assert!(model.waiting.is_empty());
        prop_assert_eq!(model.bench.spool.take_loss().given_up, 0);
    }
}
