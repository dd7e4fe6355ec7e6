//! See `vedette_agent::fuzz::textfile`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vedette_agent::fuzz::textfile(bytes));
