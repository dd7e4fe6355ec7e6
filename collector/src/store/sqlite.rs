//! Keeps records in SQLite: WAL, synchronous=FULL, one writer.
