//! Every store keeps the same promises: one set of stories, run on each of them.

mod awaited;
mod conformance;
mod file;
mod kill;
mod random;
mod recorded;
mod records;
mod site;
