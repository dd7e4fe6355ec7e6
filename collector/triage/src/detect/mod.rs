//! Turns what agents measured into signals: windows, conditions, hysteresis.

/// The compiled detection rules.
#[derive(Debug, Default)]
pub struct RuleSet {}
