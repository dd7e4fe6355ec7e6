//! Takes in what others send: limits, decodes, and says exactly what is wrong with it.
//!
//! In the order of the data: [`body`] reads and decompresses within a bound;
//! [`report`] makes a sound report of what an agent sent, [`alertmanager`] sound
//! alerts of what Prometheus sent; [`skew`] remembers whose clock is off. What is
//! wrong is named with its place, and the rest is kept where it can be trusted.
//!
//! Knows nothing of who asks (`access`) and of what follows (`shard`).

pub mod alertmanager;
pub mod body;
pub mod report;
pub mod skew;
