//! Turns records into stored bodies and back. Every body carries a version number.
