//! Reads the policy of the week as the collector does: the estate's files, the shipped rules,
//! every timer at its default.

use std::fs;

use jiff::civil::date;
use vedette_policy::Loaded;

use crate::estate::Estate;

/// The policy; any finding fails the week, as it would irritate an administrator.
pub(crate) fn load(estate: &Estate) -> Loaded {
    let dir = tempfile::tempdir().expect("a folder for the policy");
    for (name, text) in estate.files() {
        let text = match name {
            "collector.toml" => {
                let dir = dir.path().display().to_string();
                format!("[policy]\ndir = {dir:?}\n\n{text}")
            }
            _ => text,
        };
        fs::write(dir.path().join(name), text).expect("a file of the policy");
    }
    let config = dir.path().join("collector.toml");
    let (loaded, findings) = vedette_policy::read(Some(&config), date(2026, 3, 1));
    let found = findings.sorted();
    let found: Vec<String> = found.iter().map(|finding| finding.one_line()).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    loaded.expect("a policy without findings loads")
}
