//! Counts attempts at delivering. Never decides.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// Seconds in which receivers answer: a fast webhook to the longest timeout.
const SECONDS: [f64; 10] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// What is counted of deliveries, by receiver. Clones share the counts.
#[derive(Debug, Clone)]
pub struct DeliveryMeters {
    /// Attempts by what they came to: the words of a profile's judgements, and `waiting` for a
    /// ticket that may still appear.
    pub attempts: IntCounterVec,
    /// Attempts that will be repeated, by why they failed.
    pub attempts_failed: IntCounterVec,
    /// How long attempts took, in seconds.
    pub seconds: HistogramVec,
    /// Deliveries under way now.
    pub in_flight: IntGaugeVec,
    /// 1 while a receiver is held back because it failed.
    pub held: IntGaugeVec,
    /// Texts of a profile that could not be rendered and were replaced by built-in ones.
    pub replaced: IntCounterVec,
}

impl DeliveryMeters {
    /// Counters that stand at zero.
    ///
    /// # Errors
    /// When a name is not one Prometheus takes; that does not depend on anything at run time.
    pub fn new() -> Result<DeliveryMeters, prometheus::Error> {
        let by_receiver = ["receiver"];
        let seconds = HistogramOpts::new(
            "vedette_delivery_attempt_seconds",
            "How long attempts to deliver took.",
        );
        Ok(DeliveryMeters {
            attempts: IntCounterVec::new(
                Opts::new(
                    "vedette_delivery_attempts_total",
                    "Attempts to deliver, by what they came to.",
                ),
                &["receiver", "outcome"],
            )?,
            attempts_failed: IntCounterVec::new(
                Opts::new(
                    "vedette_delivery_attempts_failed_total",
                    "Attempts to deliver that will be repeated, by why they failed.",
                ),
                &["receiver", "reason"],
            )?,
            seconds: HistogramVec::new(seconds.buckets(SECONDS.to_vec()), &by_receiver)?,
            in_flight: IntGaugeVec::new(
                Opts::new("vedette_deliveries_in_flight", "Deliveries under way."),
                &by_receiver,
            )?,
            held: IntGaugeVec::new(
                Opts::new(
                    "vedette_receiver_held",
                    "1 while a receiver is held back because it failed.",
                ),
                &by_receiver,
            )?,
            replaced: IntCounterVec::new(
                Opts::new(
                    "vedette_delivery_texts_replaced_total",
                    "Texts of a profile that could not be rendered and were replaced by built-in ones.",
                ),
                &by_receiver,
            )?,
        })
    }

    /// Shows them in a registry.
    ///
    /// # Errors
    /// When the registry has another of the same name.
    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.attempts.clone()))?;
        registry.register(Box::new(self.attempts_failed.clone()))?;
        registry.register(Box::new(self.seconds.clone()))?;
        registry.register(Box::new(self.in_flight.clone()))?;
        registry.register(Box::new(self.held.clone()))?;
        registry.register(Box::new(self.replaced.clone()))
    }
}
