//! Keeps everything in memory, for tests: forgets on drop, fails on request.
