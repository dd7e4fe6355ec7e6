//! Looks at a policy as `vedette-collector check` does: everything that is wrong, failing
//! tests of rules included, then what the policy will do.
//!
//! In: files. Out: findings and text. Changes nothing.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use vedette_config::Findings;

use crate::describe::describe;
use crate::load::load;
use crate::rule::run_tests;
use crate::sources::Sources;

/// Everything that is wrong, and what the policy will do, which is empty when there is none.
///
/// `files` are looked at as if they stood where they belong: rules, profiles, exceptions, or
/// another `collector.toml`; a folder is a policy directory. Without them it is what
/// [`read`](crate::read) reads.
pub fn check(config: Option<&Path>, files: &[PathBuf], today: Date) -> (Findings, String) {
    let mut findings = Findings::new();
    let sources = Sources::with_files(config, files, &mut findings);
    let (loaded, mut findings) = load(&sources, today, findings);
    let Some(loaded) = loaded else {
        return (findings, String::new());
    };
    findings.append(run_tests(&loaded, None).findings);
    let text = describe(&loaded);
    (findings, text)
}
