//! See `vedette_agent::fuzz::mountinfo`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vedette_agent::fuzz::mountinfo(bytes));
