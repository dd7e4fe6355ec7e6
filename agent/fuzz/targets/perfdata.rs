//! See `vedette_agent::fuzz::perfdata`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vedette_agent::fuzz::perfdata(bytes));
