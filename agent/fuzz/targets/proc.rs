//! See `vedette_agent::fuzz::proc`.
#![no_main]

use std::sync::OnceLock;

use tempfile::TempDir;

/// One made-up host for all inputs; it lies in memory where there is such a place.
static HOST: OnceLock<TempDir> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let host = HOST.get_or_init(|| {
        tempfile::tempdir_in("/dev/shm")
            .or_else(|_| tempfile::tempdir())
            .expect("a folder for the made-up host")
    });
    vedette_agent::fuzz::proc(bytes, host.path());
});
