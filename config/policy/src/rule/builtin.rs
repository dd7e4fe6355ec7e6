//! Keeps the alerts that exist without a rule file: raised by the program itself.
//!
//! Out: what the engine must know of each, and what it says. A file cannot replace them.

use std::sync::Arc;

use vedette_triage::RuleMeta;

use crate::text::TitlesBuilder;

/// The marked, harmless fault of `vedette drill`.
pub const DRILL: &str = "drill";
/// The collector's own disk is full.
pub const STORE_FULL: &str = "collector-store-full";

struct Builtin {
    name: &'static str,
    component: &'static str,
    title: &'static str,
    means: &'static str,
    first: &'static [&'static str],
}

/// Every one there is.
const BUILTIN: [Builtin; 2] = [
    Builtin {
        name: DRILL,
        component: "drill",
        title: "nothing is wrong, the way from here to your tickets is tried",
        means: "Nothing is broken. Somebody wanted to see a ticket come and go.",
        first: &["vedette status"],
    },
    Builtin {
        name: STORE_FULL,
        component: "storage",
        title: "the collector's disk is full; nothing new is opened",
        means: "Tickets that are open are still closed; new faults open none until there is space.",
        first: &[
            "df -h /var/lib/vedette-collector",
            "du -xh --max-depth=2 /var | sort -h | tail -15",
        ],
    },
];

/// Whether a name belongs to one of these.
pub(crate) fn is_builtin(name: &str) -> bool {
    BUILTIN.iter().any(|builtin| builtin.name == name)
}

/// What the engine must know of each.
pub(crate) fn metas() -> impl Iterator<Item = RuleMeta> {
    BUILTIN.iter().map(|builtin| RuleMeta {
        name: Arc::from(builtin.name),
        component: builtin.component.to_owned(),
        runbook_url: String::new(),
        shadow: false,
        ..RuleMeta::default()
    })
}

/// Hands over what each says.
pub(crate) fn texts(titles: &mut TitlesBuilder) {
    for builtin in &BUILTIN {
        titles.take_plain(builtin.name, builtin.title, builtin.means, builtin.first);
    }
}
