//! Writes the estate down as its administrators would: settings, tables of places, windows.
//!
//! In: the estate. Out: the files of a policy directory; timers and rules are nobody's, so the
//! shipped ones hold.

use std::fmt::Write;

use super::Estate;

/// Everybody has a desk in the same ticket system, and somebody on call.
const TEAMS: [&str; 7] = [
    "it-ops",
    "linux",
    "virt",
    "db",
    "web",
    "network",
    "workplace",
];

const SERVICES: &str = "service,tier,plain_name,team,hours
erp,2,the ERP,db,Mon-Fri 06:00-20:00
shop,2,the web shop,web,24x7
";

/// Whom everybody asks for names: one is a machine of ours, the other the provider's.
const NAME_SERVERS: &str = "10.1.0.53,name-server,hq,bm-hq-1,linux,,
10.1.1.53,name-server,,,network,,
";

const WINDOWS: &str = r#"
[[window]]
name   = "patch night"
match  = ['patchgroup="A"']
rrule  = "FREQ=WEEKLY;BYDAY=TU;BYHOUR=22;BYMINUTE=0"
length = "4h"
why    = "CHG0012345, monthly patches"
owner  = "linux"
report = true
"#;

impl Estate {
    /// Names and texts of the files; `collector.toml` without its `[policy] dir`.
    pub(crate) fn files(&self) -> Vec<(&'static str, String)> {
        vec![
            ("collector.toml", settings()),
            ("hosts.csv", self.hosts()),
            ("topology.csv", self.topology()),
            ("services.csv", SERVICES.to_owned()),
            ("windows.toml", WINDOWS.to_owned()),
        ]
    }

    fn hosts(&self) -> String {
        let mut text = String::from("name,site,team,service,tier,parent,notes\n");
        for post in self.posts.iter().filter(|post| !post.is_new) {
            let (name, site, team) = (&post.name, &post.site, post.team);
            let (service, parent) = (post.service, &post.parent);
            let _ = writeln!(text, "{name},{site},{team},{service},,{parent},");
        }
        text
    }

    fn topology(&self) -> String {
        let mut text = String::from("name,kind,site,parent,team,service,tier\n");
        for device in &self.devices {
            let (name, kind, site) = (&device.name, device.kind, &device.site);
            let (parent, team) = (&device.parent, device.team);
            let _ = writeln!(text, "{name},{kind},{site},{parent},{team},,");
        }
        text.push_str(NAME_SERVERS);
        text
    }
}

fn settings() -> String {
    let mut text = String::from("[site]\nzone = \"UTC\"\nhours = \"Mon-Fri 07:30-17:30\"\n\n");
    for team in TEAMS {
        let _ = write!(
            text,
            "[[team]]\nname = \"{team}\"\nticket = \"{team}-desk\"\npage = [\"oncall\"]\n\n"
        );
    }
    let desks = TEAMS.map(|team| format!("{team}-desk"));
    for receiver in desks.iter().map(String::as_str).chain(["oncall"]) {
        let _ = write!(
            text,
            "[[receiver]]\nname = \"{receiver}\"\nprofile = \"generic\"\nurl = \"http://127.0.0.1:9721/{receiver}\"\n\n"
        );
    }
    text.push_str("[[route]]\nname = \"everything\"\nmatch = []\n");
    text
}
