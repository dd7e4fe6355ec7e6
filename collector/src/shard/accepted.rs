//! Keeps which rounds of a host were taken for good, so that a repeat says nothing new.

use vedette_wire::Stream;

/// Runs of an agent that are remembered per host; beyond it the oldest is forgotten.
const EPOCHS_REMEMBERED_MAX: usize = 4;

/// Up to where each stream of each run of an agent was taken.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    /// The newest last.
    streams: Vec<Reach>,
}

/// Everything of one stream and epoch up to a sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) stream: Stream,
    pub(super) epoch: String,
    pub(super) seq: u64,
}

impl Accepted {
    /// Up to where this stream was taken.
    pub(super) fn up_to(&self, stream: Stream, epoch: &str) -> u64 {
        self.streams
            .iter()
            .find(|reach| reach.stream == stream && reach.epoch == epoch)
            .map_or(0, |reach| reach.seq)
    }

    /// Takes note that everything up to there is taken for good.
    pub(super) fn accept(&mut self, reach: Reach) {
        let seq = reach.seq.max(self.up_to(reach.stream, &reach.epoch));
        self.streams
            .retain(|known| known.stream != reach.stream || known.epoch != reach.epoch);
        let of_stream = |known: &&Reach| known.stream == reach.stream;
        if self.streams.iter().filter(of_stream).count() >= EPOCHS_REMEMBERED_MAX {
            let oldest = self
                .streams
                .iter()
                .position(|known| known.stream == reach.stream);
            if let Some(oldest) = oldest {
                self.streams.remove(oldest);
            }
        }
        self.streams.push(Reach { seq, ..reach });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_of_each_run_counts_for_itself() {
        let mut accepted = Accepted::default();
        let reach = |stream, epoch: &str, seq| Reach {
            stream,
            epoch: epoch.into(),
            seq,
        };
        accepted.accept(reach(Stream::Live, "a", 7));
        accepted.accept(reach(Stream::Backlog, "a", 3));
        accepted.accept(reach(Stream::Live, "a", 5));
        assert_eq!(accepted.up_to(Stream::Live, "a"), 7);
        assert_eq!(accepted.up_to(Stream::Backlog, "a"), 3);
        assert_eq!(accepted.up_to(Stream::Live, "b"), 0);
    }

    #[test]
    fn old_runs_are_forgotten_and_those_of_the_other_stream_are_not() {
        let mut accepted = Accepted::default();
        for epoch in ["a", "b", "c", "d", "e"] {
            accepted.accept(Reach {
                stream: Stream::Live,
                epoch: epoch.into(),
                seq: 1,
            });
            accepted.accept(Reach {
                stream: Stream::Backlog,
                epoch: "a".into(),
                seq: 1,
            });
        }
        assert_eq!(accepted.up_to(Stream::Live, "a"), 0);
        assert_eq!(accepted.up_to(Stream::Live, "b"), 1);
        assert_eq!(accepted.up_to(Stream::Backlog, "a"), 1);
    }
}
