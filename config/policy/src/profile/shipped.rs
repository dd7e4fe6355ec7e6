//! Keeps the profiles that are inside the program.

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_config::{Findings, Source};

use super::model::Profile;

/// Name and text of every shipped profile, by name.
pub const SHIPPED: &[(&str, &str)] = &[
    (
        "alertmanager",
        include_str!("../../../receivers/alertmanager.toml"),
    ),
    ("generic", include_str!("../../../receivers/generic.toml")),
    ("rt", include_str!("../../../receivers/rt.toml")),
];

/// The shipped profiles by name. A file of the same name replaces one.
pub fn shipped(findings: &mut Findings) -> BTreeMap<String, Arc<Profile>> {
    SHIPPED
        .iter()
        .filter_map(|(name, text)| {
            let source = Source::new(format!("shipped receivers/{name}.toml"), *text);
            let profile = Profile::read(&source, findings)?;
            Some(((*name).to_owned(), Arc::new(profile)))
        })
        .collect()
}
