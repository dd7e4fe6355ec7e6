//! Reads the policy of a story, as the collector would.

use std::fs;

use jiff::Zoned;
use vedette_policy::Loaded;
use vedette_triage::{Policy, Revision};

/// Where a story does not bring its own: two teams, each with its desk, and somebody on call who is
/// told of what is worth a page; whoever is told because nobody works on it, a story says itself.
const SETTINGS: &str = r#"
[[team]]
name = "it-ops"
ticket = "desk"
page = ["oncall"]

[[team]]
name = "linux"
ticket = "linux-desk"
page = ["oncall"]

[[person]]
name = "ops1"
team = "it-ops"

[[person]]
name = "ops2"
team = "linux"

[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9721/desk"

[[receiver]]
name = "linux-desk"
profile = "generic"
url = "http://127.0.0.1:9721/linux"

[[receiver]]
name = "oncall"
profile = "generic"
url = "http://127.0.0.1:9721/oncall"

[[route]]
name = "everything"
match = []

[[escalation]]
name = "nobody climbs"
priority = ["P5"]
[[escalation.step]]
teams = ["owner"]
"#;

/// The policy that these files make, read at that time. Findings of any kind fail the story:
/// a policy somebody reads here as an example must be right.
pub(crate) fn read(
    files: &[(String, String)],
    now: &Zoned,
    revision: u64,
) -> Result<Policy, String> {
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    let own = files.iter().find(|(name, _)| name == "collector.toml");
    let (settings, more) = match own {
        Some((_, text)) => (text.as_str(), ""),
        None => (SETTINGS, ""),
    };
    let added = files
        .iter()
        .find(|(name, _)| name == "collector.toml (added)");
    let more = added.map_or(more, |(_, text)| text);
    let zone = now.time_zone().iana_name().unwrap_or("UTC");
    let site = match settings.contains("[site]") || more.contains("[site]") {
        true => String::new(),
        false => format!("[site]\nzone = {zone:?}\n"),
    };
    let settings = format!(
        "[policy]\ndir = {:?}\n{site}{more}\n{settings}",
        dir.path().display().to_string()
    );
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        fs::write(&path, text).map_err(|error| error.to_string())?;
        Ok::<_, String>(path)
    };
    let config = write("collector.toml", &settings)?;
    for (name, text) in files {
        if !name.starts_with("collector.toml") {
            write(name, text)?;
        }
    }
    let (loaded, findings) = vedette_policy::read(Some(&config), now.date());
    let found: Vec<String> = findings
        .sorted()
        .iter()
        .map(|finding| finding.one_line())
        .collect();
    match loaded {
        Some(loaded) if found.is_empty() => {
            Ok(Loaded::numbered(&loaded, Revision(revision), "test"))
        }
        Some(_) | None => Err(format!("the policy of the story:\n{}", found.join("\n"))),
    }
}
