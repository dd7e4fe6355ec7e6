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
/// A receiver takes nothing.
pub const RECEIVER_DOWN: &str = vedette_triage::RECEIVER_DOWN;
/// Deliveries were given up.
pub const DELIVERIES_DEAD: &str = "collector-deliveries-dead";
/// The engine does not keep up.
pub const ENGINE_LATE: &str = "collector-engine-late";
/// The store takes long for what it is given.
pub const STORE_SLOW: &str = "collector-store-slow";

struct Builtin {
    name: &'static str,
    component: &'static str,
    title: &'static str,
    means: &'static str,
    first: &'static [&'static str],
}

/// Every one there is.
const BUILTIN: [Builtin; 6] = [
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
    Builtin {
        name: RECEIVER_DOWN,
        component: "collector",
        title: "it takes nothing; what it should be told waits",
        means: "Tickets there are neither opened nor closed; nothing is lost, all of it is told when it answers again.",
        first: &["vedette status"],
    },
    Builtin {
        name: DELIVERIES_DEAD,
        component: "collector",
        title: "it refused for good what it was told",
        means: "These tickets are not as they should be there, and will not be by themselves.",
        first: &[
            "vedette status",
            "journalctl -u vedette-collector --since -2h",
        ],
    },
    Builtin {
        name: ENGINE_LATE,
        component: "collector",
        title: "the collector does not keep up; tickets are late",
        means: "What agents say waits longer than 5 seconds before it is decided.",
        first: &["vedette status", "uptime"],
    },
    Builtin {
        name: STORE_SLOW,
        component: "collector",
        title: "the collector's disk takes longer than 2 seconds for a write",
        means: "Each decision waits for the disk, so tickets are late.",
        first: &["iostat -x 1 5", "vedette status"],
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
