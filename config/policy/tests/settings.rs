//! What `collector.toml` comes to, and what people are told when it is wrong.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use insta::assert_snapshot;
use jiff::civil::Date;
use vedette_config::{Findings, Size, Source};
use vedette_policy::{Anonymous, Database, Loaded, Settings, Sources, describe, load};
use vedette_triage::{DeliverMode, Kind, Lasts, OnClear, Priority, TicketPer, TicketTo};

const SHIPPED: &str = include_str!("../../collector.toml");

// --- what is right

#[test]
fn the_shipped_file_changes_nothing() {
    let shipped = accepted(SHIPPED);
    assert_eq!(described(&shipped), described(&accepted("")));
    assert_eq!(shown(&shipped.settings), shown(&Settings::default()));
}

#[test]
fn every_setting_stands_in_the_shipped_file_with_its_default() {
    let holidays = "BEGIN:VEVENT\nDTSTART:20261224\nEND:VEVENT\n";
    let sources = Sources {
        holidays: Some(Source::new("holidays.ics", holidays)),
        ..sources(&uncommented(SHIPPED), "", "")
    };
    let (loaded, findings) = read(&sources);
    assert!(findings.is_empty(), "{findings}");
    let settings = loaded.unwrap().settings;
    let default = Settings::default();
    assert_eq!(settings.server.listen, default.server.listen);
    assert_eq!(settings.store.reserve, default.store.reserve);
    assert_eq!(settings.policy_dir, default.policy_dir);
    assert_eq!(settings.anonymous, default.anonymous);
    assert_eq!(settings.mode, default.mode);
    assert_eq!(settings.resolve_timeout, default.resolve_timeout);
    assert_eq!(settings.timers, default.timers);
    assert_eq!(settings.other_timers, default.other_timers);
    assert_eq!(settings.matrix, default.matrix);
    assert_eq!(settings.bounds, default.bounds);
    assert_eq!(settings.rollup, default.rollup);
    assert_eq!(settings.flapping, default.flapping);
    assert_eq!(settings.teams[0].name, default.teams[0].name);
    assert_eq!(settings.routes[0].timers, default.timers);
    // These have no default to be equal to: the file shows an example.
    assert_eq!(settings.server.names, ["vedette.example.org"]);
    assert!(settings.store.database != default.store.database && settings.site.zone.is_some());
    assert!(settings.people.len() == 1 && settings.receivers.len() == 1);
}

#[test]
fn every_setting_is_read() {
    let loaded = accepted(
        r#"
        [server]
        listen = "[::1]:9000"
        public_url = "https://Vedette.example.org/"
        names = ["vedette", "10.0.0.1"]
        [store]
        url = "sqlite:/srv/v.db"
        reserve = "1GiB"
        history_at_most = "20GiB"
        [policy]
        dir = "/srv/policy"
        [access]
        anonymous = "operator"
        [site]
        zone = "UTC"
        [deliver]
        mode = "observe"
        [alerts]
        resolve_timeout = "10m"
        [timers]
        open_delay = { P5 = "1h", else = "30s" }
        close_delay = "1m"
        ticket_per = "alert"
        update_interval = "1m"
        ack_expires = "2 working days"
        reboot_grace = "30m"
        keep = { timeline = "30d" }
        wait_at_most = "14d"
        mass_window = "1m"
        [rollup]
        sources = ["rules", "otlp"]
        mass_entities = 3
        same_rule_hosts = 0
        storm_per_minute = 90
        [flapping]
        changes = 7
        within = "30m"
        [priority]
        many_servers = 10
        many_dependents = 20
        soon = "4h"
        [priority.matrix]
        low = ["P3", "P3", "P3"]
        [[team]]
        name = "it-ops"
        ticket = "desk"
        page = ["desk"]
        [[team]]
        name = "db"
        ticket = "desk"
        [[person]]
        name = "ops1"
        team = "db"
        [[receiver]]
        name = "desk"
        profile = "generic"
        url = "http://127.0.0.1:9721/x"
        on_clear = "comment"
        [[route]]
        name = "databases at night"
        match = ['service=~"db.*"', "severity=critical"]
        ticket = "desk"
        notify = ["desk"]
        handling = "page"
        team = "db"
        close_delay = "10m"
        ticket_per = ["service"]
        [[route]]
        name = "rest"
    "#,
    );
    let Settings { server, store, .. } = &loaded.settings;
    assert_eq!(server.listen.to_string(), "[::1]:9000");
    assert_eq!(server.public_url, "https://Vedette.example.org");
    assert_eq!(server.names, ["vedette", "10.0.0.1", "vedette.example.org"]);
    assert_eq!(store.database, Database::Sqlite(Some("/srv/v.db".into())));
    assert_eq!(store.reserve, Size::from_mib(1024));
    assert_eq!(store.history_at_most, Size::from_mib(20 * 1024));
    assert_eq!(loaded.settings.anonymous, Anonymous::Operator);
    assert_eq!(loaded.settings.other_timers.keep.timeline, days(30));

    let policy = &loaded.policy;
    assert_eq!(policy.mode, DeliverMode::Observe);
    assert_eq!(policy.resolve_timeout, Duration::from_secs(600));
    assert_eq!(policy.reboot_grace, Duration::from_secs(1_800));
    assert_eq!(
        policy.timers.open_delay[&Priority::P5],
        Duration::from_secs(3_600)
    );
    assert_eq!(
        policy.timers.open_delay[&Priority::P1],
        Duration::from_secs(30)
    );
    assert_eq!(
        policy.timers.ack_expires[&Priority::P1],
        Lasts::WorkingDays(2)
    );
    assert_eq!(policy.timers.first_update, Duration::from_secs(60));
    assert_eq!(policy.timers.ticket_per, TicketPer::Alert);
    assert_eq!(policy.matrix.rows[0], [Priority::P3; 3]);
    let bounds = policy.bounds;
    assert_eq!((bounds.many_servers, bounds.many_dependents), (10, 20));
    assert_eq!(bounds.soon, Duration::from_secs(4 * 3_600));
    assert_eq!(policy.receivers["desk"].on_clear, OnClear::Comment);
    assert_eq!(policy.teams[0].page, ["desk"]);
    assert_eq!(policy.wait_at_most, days(14));
    assert_eq!(policy.persons["ops1"], "db");
    let rollup = &policy.rollup;
    assert_eq!(rollup.sources, [Kind::Rules, Kind::Otlp].into());
    assert_eq!((rollup.mass_entities, rollup.same_rule_hosts), (3, 0));
    assert_eq!(rollup.mass_window, Duration::from_secs(60));
    assert_eq!(rollup.storm_per_minute, 90);
    assert_eq!(policy.flapping.changes, 7);
    assert_eq!(policy.flapping.within, Duration::from_secs(1_800));
    assert_eq!(policy.flapping.over_after, Duration::from_secs(1_800));
    let route = &policy.routes[0];
    assert_eq!(
        route.matchers.to_string(),
        r#"{service=~"db.*", severity="critical"}"#
    );
    assert_eq!(route.ticket, TicketTo::Receiver("desk".to_owned()));
    assert_eq!(route.team.as_deref(), Some("db"));
    assert_eq!(route.timers.close_delay, Duration::from_secs(600));
    assert_eq!(
        route.timers.ticket_per,
        TicketPer::Labels(vec!["service".to_owned()])
    );
    // What a route does not set is what [timers] says.
    assert_eq!(route.timers.update_interval, Duration::from_secs(60));
}

#[test]
fn a_change_of_any_file_is_another_policy() {
    let hash = |collector: &str, rule: &str| sources(collector, rule, "").content_hash();
    assert_eq!(hash("", ""), hash("", ""));
    assert_ne!(hash("", ""), hash("#", ""));
    assert_ne!(hash("", ""), hash("", "#"));
    assert_ne!(hash("#", ""), hash("", "#"));
}

// --- what is wrong

#[test]
fn who_may_reach_it_is_never_more_open_than_it_is_safe() {
    assert_snapshot!(findings("[server]\nlisten = \"0.0.0.0:9720\"\n[access]\nanonymous = \"operator\"\n"), @r#"
        collector.toml:2:10: error[not-supported]: this version listens on loopback only, because it does not speak TLS yet
          2 | listen = "0.0.0.0:9720"
            |          ^^^^^^^^^^^^^^ others would reach it unencrypted here
          help: listen on "127.0.0.1:9720" and let a TLS proxy on this machine forward to it

        collector.toml:4:13: error[conflicting-keys]: anybody who reaches 0.0.0.0:9720 could silence and close everything
          4 | anonymous = "operator"
            |             ^^^^^^^^^^ "operator" is for a loopback listener only
          help: write "none" or "viewer", and give people tokens

        2 errors
    "#);
    assert_snapshot!(findings("[server]\nlisten = \"localhost\"\npublic_url = \"vedette\"\nnames = [\"https://x\", \"a:1\", \"ok.example\"]\n[access]\nanonymous = \"admin\"\n"), @r#"
        collector.toml:2:10: error[bad-value]: `listen` cannot be "localhost"
          2 | listen = "localhost"
            |          ^^^^^^^^^^^ an IP address and a port are needed, such as "127.0.0.1:9720"

        collector.toml:3:14: error[bad-url]: `public_url` cannot be "vedette"
          3 | public_url = "vedette"
            |              ^^^^^^^^^ it must begin with http:// or https://

        collector.toml:4:10: error[bad-name]: "https://x" is not the name of a machine
          4 | names = ["https://x", "a:1", "ok.example"]
            |          ^^^^^^^^^^^
          help: write a name such as "vedette.example.org", without https:// and port

        collector.toml:4:23: error[bad-name]: "a:1" is not the name of a machine
          4 | names = ["https://x", "a:1", "ok.example"]
            |                       ^^^^^
          help: write a name such as "vedette.example.org", without https:// and port

        collector.toml:6:13: error[unknown-word]: "admin" is not a word `anonymous` can have
          6 | anonymous = "admin"
            |             ^^^^^^^
          help: it can be none, viewer, operator

        5 errors
    "#);
    assert_snapshot!(findings("[store]\nurl = \"postgres://u:pw@h/\"\nreserve = \"1TiB\"\n[policy]\ndir = \"here\"\n"), @r#"
        collector.toml:2:7: error[bad-url]: this URL of a PostgreSQL database cannot be used
          2 | url = "postgres://****@h/"
            |       ^^^^^^^^^^^^^^^^^^^^ it names no database
          help: write it like "postgres://vedette@db.example.org/vedette?sslmode=verify-full", or for this machine "postgres://vedette@/vedette?host=/run/postgresql"

        collector.toml:3:11: error[out-of-range]: `reserve` cannot be 1TiB
          3 | reserve = "1TiB"
            |           ^^^^^^
          help: it can be from 0B to 16GiB

        collector.toml:5:7: error[bad-value]: `dir` cannot be "here"
          5 | dir = "here"
            |       ^^^^^^ an absolute path is needed: the collector may be started anywhere

        3 errors
    "#);
    assert_snapshot!(findings("[store]\nurl = \"vedette.db\"\n[deliver]\nmode = \"dry\"\n[site]\nhours = \"9-5\"\n"), @r#"
        collector.toml:2:7: error[bad-url]: this names no store
          2 | url = "vedette.db"
            |       ^^^^^^^^^^^^
          help: write it like "sqlite:/var/lib/vedette-collector/vedette.db" or "postgres://vedette@db.example.org/vedette?sslmode=verify-full"

        collector.toml:4:8: error[unknown-word]: "dry" is not a word `mode` can have
          4 | mode = "dry"
            |        ^^^^^
          help: it can be live, observe

        collector.toml:6:9: error[bad-date]: `hours` cannot be "9-5"
          6 | hours = "9-5"
            |         ^^^^^ write it like "Mon-Fri 07:30-17:30"

        3 errors
    "#);
}

#[test]
fn a_name_that_leads_nowhere_is_told_with_the_nearest() {
    assert_snapshot!(findings(
        r#"
[[team]]
name = "it-ops"
ticket = "dsek"
page = ["oncall"]
[[person]]
name = "ops1"
team = "itops"
[[receiver]]
name = "desk"
profile = "generc"
url = "http://127.0.0.1:1/"
queue = "x"
[[route]]
name = "all"
ticket = "deskk"
team = "db"
notify = ["desk"]
"#), @r#"
        collector.toml:4:10: error[unknown-name]: there is no receiver "dsek"
          4 | ticket = "dsek"
            |          ^^^^^^
          help: did you mean "desk"?

        collector.toml:5:9: error[unknown-name]: there is no receiver "oncall"
          5 | page = ["oncall"]
            |         ^^^^^^^^
          help: there are desk

        collector.toml:8:8: error[unknown-name]: there is no team "itops"
          8 | team = "itops"
            |        ^^^^^^^
          help: did you mean "it-ops"?

        collector.toml:11:11: error[unknown-name]: there is no profile "generc"
          11 | profile = "generc"
             |           ^^^^^^^^
          help: did you mean "generic"?

        collector.toml:16:10: error[unknown-name]: there is no receiver "deskk"
          16 | ticket = "deskk"
             |          ^^^^^^^
          help: did you mean "desk"?

        collector.toml:17:8: error[unknown-name]: there is no team "db"
          17 | team = "db"
             |        ^^^^
          help: there are it-ops

        6 errors
    "#);
}

#[test]
fn two_of_one_name_are_told_at_both_places() {
    assert_snapshot!(findings("[[team]]\nname = \"a\"\nticket = \"team\"\n[[team]]\nname = \"a\"\n[[receiver]]\nname = \"team\"\nprofile = \"generic\"\nurl = \"http://127.0.0.1\"\n[[route]]\nname = \"r\"\n[[route]]\nname = \"r\"\nmatch = ['a=b']\n"), @r#"
        collector.toml:5:8: error[duplicate-name]: two of [[team]] are called "a"
          5 | name = "a"
            |        ^^^ named again here
         collector.toml:2:8:
          2 | name = "a"
            |        ^^^ named first here
          help: rename or remove one of them

        collector.toml:5:8: warning[nobody-told]: nobody is told of the incidents of team "a"
          5 | name = "a"
            |        ^^^ it has no receiver for its tickets
          help: add ticket = "..." with the name of a [[receiver]]

        collector.toml:7:8: error[reserved-name]: a receiver cannot be called "team"
          7 | name = "team"
            |        ^^^^^^ in a route it stands for the owner team's receiver

        collector.toml:13:8: error[duplicate-name]: two of [[route]] are called "r"
          13 | name = "r"
             |        ^^^ named again here
         collector.toml:11:8:
          11 | name = "r"
             |        ^^^ named first here
          help: rename or remove one of them

        collector.toml:13:8: error[unreachable-route]: route "r" is never reached
          13 | name = "r"
             |        ^^^
         collector.toml:11:8:
          11 | name = "r"
             |        ^^^ this one takes everything it would
          help: put the narrower route first, or remove it

        4 errors, 1 warning
    "#);
}

#[test]
fn a_receiver_needs_what_its_profile_asks_for() {
    assert_snapshot!(findings("[[receiver]]\nname = \"desk\"\n[[receiver]]\nname = \"rt\"\nprofile = \"rt\"\nurl = \"http://rt.example.org/REST/2.0\"\ntoken_file = \"/nonexistent/token\"\nqeue = \"General\"\non_clear = \"close\"\non_human_close = \"reopen\"\n"), @r#"
        collector.toml:1:1: error[missing-key]: `receiver` has no `profile`
          1 | [[receiver]]
            | ^^^^^^^^^^^^ `profile` is required here
          help: add profile = ...

        collector.toml:1:1: error[missing-key]: `receiver` has no `url`
          1 | [[receiver]]
            | ^^^^^^^^^^^^ `url` is required here
          help: add url = ...

        collector.toml:4:8: error[missing-key]: profile `rt` needs `queue`
          4 | name = "rt"
            |        ^^^^ this receiver has no `queue`
          help: add queue = ...: the queue tickets are made in

        collector.toml:6:7: warning[clear-text]: the token would travel unencrypted
          6 | url = "http://rt.example.org/REST/2.0"
            |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          help: use https://

        collector.toml:7:1: warning[unreadable-file]: /nonexistent/token cannot be read: No such file or directory (os error 2)
          7 | token_file = "/nonexistent/token"
            | ^^^^^^^^^^ nothing can be delivered without it

        collector.toml:8:1: error[unknown-key]: profile `rt` asks for no `qeue`
          8 | qeue = "General"
            | ^^^^
          help: did you mean `queue`?

        collector.toml:9:12: error[unknown-word]: "close" is not a word `on_clear` can have
          9 | on_clear = "close"
            |            ^^^^^^^
          help: it can be resolve, resolve-unless-owned, comment

        collector.toml:10:18: error[unknown-word]: `on_human_close` cannot be "reopen"
          10 | on_human_close = "reopen"
             |                  ^^^^^^^^ it can be "reopen after 15m" (at most 7d), "until-clear" or "accept"

        6 errors, 2 warnings
    "#);
}

#[test]
fn a_route_that_cannot_be_reached_or_leaves_something_over_is_told() {
    assert_snapshot!(findings(
        r#"
[[route]]
name = "production"
match = ['env="prod"']
[[route]]
name = "production, critical"
match = ['severity="critical"', 'env="prod"']
[[route]]
name = "both"
match = ['site="hq"', 'site="graz"']
[[route]]
name = "not a matcher"
match = ['site']
"#), @r#"
        collector.toml:6:8: error[unreachable-route]: route "production, critical" is never reached
          6 | name = "production, critical"
            |        ^^^^^^^^^^^^^^^^^^^^^^
         collector.toml:3:8:
          3 | name = "production"
            |        ^^^^^^^^^^^^ this one takes everything it would
          help: put the narrower route first, or remove it

        collector.toml:9:8: error[unreachable-route]: route "both" is never reached
           9 | name = "both"
             |        ^^^^^^
         collector.toml:10:10:
          10 | match = ['site="hq"', 'site="graz"']
             |          ^^^^^^^^^^^ this
         collector.toml:10:23:
          10 | match = ['site="hq"', 'site="graz"']
             |                       ^^^^^^^^^^^^^ and this cannot both hold

        collector.toml:13:10: error[bad-matcher]: "site" is not a matcher; write name="value", name!="value", name=~"regex" or name!~"regex"
          13 | match = ['site']
             |          ^^^^^^
          help: write it like 'env="prod"' or 'host=~"db-.*"'

        3 errors
    "#);
    assert_snapshot!(findings("[[route]]\nname = \"all\"\n[[route]]\nname = \"late\"\nmatch = ['env=\"prod\"']\n"), @r#"
        collector.toml:4:8: error[unreachable-route]: route "late" is never reached
          4 | name = "late"
            |        ^^^^^^
         collector.toml:2:8:
          2 | name = "all"
            |        ^^^^^ this one takes everything it would
          help: put the narrower route first, or remove it

        1 error
    "#);
}

#[test]
fn a_team_that_nobody_tells_is_told_of() {
    assert_snapshot!(findings("[[team]]\nname = \"it-ops\"\n"), @r#"
        collector.toml:2:8: warning[nobody-told]: nobody is told of the incidents of team "it-ops"
          2 | name = "it-ops"
            |        ^^^^^^^^ it has no receiver for its tickets
          help: add ticket = "..." with the name of a [[receiver]]

        1 warning
    "#);
}

#[test]
fn times_that_make_no_sense_are_refused() {
    assert_snapshot!(findings(
        r#"
[timers]
open_delay = { P1 = "never", P6 = "1m", else = "2 weeks" }
close_delay = "3 intervals"
ticket_per = []
update_interval = "15"
ack_expires = { P1 = "90d", P2 = "21 working days", else = "2 working days" }
reopen_within = "1 working day"
mass_window = "1h"
keep = { timeline = "1h" }
silence_default = "30d"
"#), @r#"
        collector.toml:3:21: error[out-of-range]: `P1` cannot be "never"
          3 | open_delay = { P1 = "never", P6 = "1m", else = "2 weeks" }
            |                     ^^^^^^^ it needs an end, at most 1d

        collector.toml:3:30: error[unknown-key]: `P6` is not a key of `timers.open_delay`
          3 | open_delay = { P1 = "never", P6 = "1m", else = "2 weeks" }
            |                              ^^
          help: did you mean `P1`?

        collector.toml:3:48: error[bad-duration]: `else` cannot be "2 weeks"
          3 | open_delay = { P1 = "never", P6 = "1m", else = "2 weeks" }
            |                                                ^^^^^^^^^ only working days and intervals are written with a space

        collector.toml:4:15: error[out-of-range]: `close_delay` cannot be "3 intervals"
          4 | close_delay = "3 intervals"
            |               ^^^^^^^^^^^^^ it does not depend on who reports

        collector.toml:5:1: error[bad-value]: `ticket_per` takes 1 to 8 labels
          5 | ticket_per = []
            | ^^^^^^^^^^
          help: write "route" for one ticket of everything, "alert" for one of each

        collector.toml:6:19: error[bad-duration]: `update_interval` cannot be "15"
          6 | update_interval = "15"
            |                   ^^^^ 15 has no unit

        collector.toml:7:22: error[out-of-range]: `P1` cannot be "90d"
          7 | ack_expires = { P1 = "90d", P2 = "21 working days", else = "2 working days" }
            |                      ^^^^^ it can be from 1m to 30d

        collector.toml:7:34: error[out-of-range]: `P2` cannot be "21 working days"
          7 | ack_expires = { P1 = "90d", P2 = "21 working days", else = "2 working days" }
            |                                  ^^^^^^^^^^^^^^^^^ it can be at most 20 working days

        collector.toml:8:17: error[out-of-range]: `reopen_within` cannot be "1 working day"
          8 | reopen_within = "1 working day"
            |                 ^^^^^^^^^^^^^^^ it is not counted in days of work; 24h is a day

        collector.toml:9:15: error[out-of-range]: `mass_window` cannot be "1h"
          9 | mass_window = "1h"
            |               ^^^^ it can be from 1s to 10m

        collector.toml:10:21: error[out-of-range]: `timeline` cannot be "1h"
          10 | keep = { timeline = "1h" }
             |                     ^^^^ it can be from 1d to 3652d

        collector.toml:11:19: error[out-of-range]: `silence_default` cannot be "30d"
          11 | silence_default = "30d"
             |                   ^^^^^ it can be from 1m to 7d

        12 errors
    "#);
}

#[test]
fn what_this_version_does_not_do_is_told_and_not_ignored() {
    assert_snapshot!(findings(
        r#"
[site]
zone = "UTC"
holidays = "holidays.ics"
[timers]
no_data = "5 intervals"
[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9721/"
on_human_close = "accept"
when_down = "summary"
"#), @r#"
        collector.toml:4:1: warning[missing-key]: holidays are left out of working hours, and there are none
          4 | holidays = "holidays.ics"
            | ^^^^^^^^ this has no effect
          help: add hours = "Mon-Fri 07:30-17:30"

        collector.toml:6:1: warning[not-supported]: `no_data` has no effect in this version
          6 | no_data = "5 intervals"
            | ^^^^^^^ rule host-silent decides

        collector.toml:11:1: warning[not-supported]: `on_human_close` has no effect in this version
          11 | on_human_close = "accept"
             | ^^^^^^^^^^^^^^ it is not noticed when a person closes a ticket

        collector.toml:12:1: warning[not-supported]: `when_down` has no effect in this version
          12 | when_down = "summary"
             | ^^^^^^^^^ each incident gets its ticket

        4 warnings
    "#);
    let defaults = "[timers]\nremind_every = { P1 = \"30m\", P2 = \"2h\", else = \"never\" }\nno_data = \"3 intervals\"\n";
    assert_snapshot!(findings(defaults), @r#"
        no findings
    "#);
}

#[test]
fn from_when_on_many_are_one_is_a_number_of_at_least_two() {
    assert_snapshot!(findings(
        r#"
[rollup]
mass_entities = 1
same_rule_hosts = -5
storm_per_minute = "many"
sources = ["rules", "alertmanger"]
[flapping]
changes = 1
within = "10s"
over = "5m"
"#), @r#"
        collector.toml:3:17: error[out-of-range]: `mass_entities` cannot be 1
          3 | mass_entities = 1
            |                 ^
          help: it can be from 2 to 100000, or 0 for never

        collector.toml:4:19: error[out-of-range]: `same_rule_hosts` cannot be -5
          4 | same_rule_hosts = -5
            |                   ^^
          help: it can be from 2 to 100000, or 0 for never

        collector.toml:5:20: error[wrong-type]: expected a whole number, found a text
          5 | storm_per_minute = "many"
            |                    ^^^^^^ this is a text

        collector.toml:6:21: error[unknown-word]: "alertmanger" is not a source of alerts
          6 | sources = ["rules", "alertmanger"]
            |                     ^^^^^^^^^^^^^
          help: did you mean "alertmanager"?

        collector.toml:8:11: error[out-of-range]: `changes` cannot be 1
          8 | changes = 1
            |           ^
          help: it can be from 2 to 50

        collector.toml:9:10: error[out-of-range]: `within` cannot be 10s
          9 | within = "10s"
            |          ^^^^^
          help: it can be from 1m to 1d

        collector.toml:10:1: error[unknown-key]: `over` is not a key of `flapping`
          10 | over = "5m"
             | ^^^^
          help: keys here are changes, over_after, within

        7 errors
    "#);
}

#[test]
fn a_matrix_has_three_priorities_for_each_impact() {
    assert_snapshot!(findings("[priority.matrix]\nlow = [\"P1\"]\nmedium = [\"P1\", \"P9\", \"P2\"]\nnone = []\n"), @r#"
        collector.toml:2:1: error[bad-value]: `low` needs three priorities
          2 | low = ["P1"]
            | ^^^ there are 1
          help: for urgency low, medium and high, in this order

        collector.toml:3:17: error[unknown-word]: "P9" is not a priority
          3 | medium = ["P1", "P9", "P2"]
            |                 ^^^^
          help: there are P1, P2, P3, P4 and P5

        collector.toml:4:1: error[unknown-key]: `none` is not a key of `priority.matrix`
          4 | none = []
            | ^^^^
          help: keys here are low, medium

        3 errors
    "#);
}

// --- exceptions

const EXCEPTION: &str = r#"
[[exception]]
rule = "filesystem-space"
match = ['host="nas-1"', 'mountpoint="/backup"']
set = { warn_used = 0.98, warn_free = "1GiB" }
why = "backup volume is meant to be full"
owner = "ops1"
until = 2027-06-30
"#;

#[test]
fn an_exception_holds_to_the_end_of_its_last_day() {
    let (loaded, findings) = with_exceptions(EXCEPTION);
    assert!(findings.is_empty(), "{findings}");
    let loaded = loaded.unwrap();
    let rule = loaded.policy.detection.get("filesystem-space").unwrap();
    let exception = &rule.exceptions[0];
    assert_eq!(exception.owner, "ops1");
    let end = jiff::Timestamp::from_millisecond(exception.until.as_millis()).unwrap();
    assert_eq!(end.to_string(), "2027-07-01T00:00:00Z");
}

#[test]
fn whoever_answers_for_an_exception_is_somebody() {
    let people = "[[team]]\nname = \"it-ops\"\n[[person]]\nname = \"ops1\"\nteam = \"it-ops\"\n";
    let with = |owner: &str| {
        let exception = format!(
            "[[exception]]\nrule = \"load\"\nmatch = ['host=\"nas-1\"']\noff = true\nwhy = \"a busy machine\"\nowner = \"{owner}\"\nuntil = 2026-12-31\n"
        );
        read(&sources(people, "", &exception)).1.to_string()
    };
    for owner in ["ops1", "it-ops"] {
        assert!(!with(owner).contains("called"), "{}", with(owner));
    }
    let text = with("ops2");
    assert!(
        text.contains("no person or team is called \"ops2\""),
        "{text}"
    );
    assert!(text.contains("did you mean \"ops1\"?"), "{text}");
}

#[test]
fn an_exception_that_is_over_is_told_and_not_applied() {
    let (loaded, findings) = with_exceptions(&EXCEPTION.replace("2027-06-30", "2026-11-21"));
    assert_snapshot!(findings.to_string(), @r#"
        exceptions.toml:8:9: warning[exception-expired]: this exception is over
          8 | until = 2026-11-21
            |         ^^^^^^^^^^ the rule is as it was since then
          help: remove it, or give it a new end

        1 warning
    "#);
    let loaded = loaded.unwrap();
    let rule = loaded.policy.detection.get("filesystem-space").unwrap();
    assert!(rule.exceptions.is_empty());
    // Its last day still counts.
    let (_, findings) = with_exceptions(&EXCEPTION.replace("2027-06-30", "2026-11-22"));
    assert!(findings.is_empty(), "{findings}");
}

#[test]
fn an_exception_says_where_why_how_long_and_what() {
    assert_snapshot!(exceptions("[[exception]]\nrule = \"filesystem-spcae\"\nwhy = \"because\"\nuntil = 2028-01-01\nset = { warn_use = 1 }\n[[exception]]\nrule = \"load\"\nmatch = ['host=\"x\"']\nset = { warn = \"5m\", wran = 3 }\noff = true\nwhy = \"it is always busy\"\nowner = \"o\"\nuntil = \"soon\"\n[[exception]]\nrule = \"load\"\nmatch = []\nowner = \"o\"\nwhy = \"it is always busy\"\nuntil = 2026-12-01\noff = false\n"), @r#"
        exceptions.toml:1:1: error[missing-key]: this exception does not say for what
          1 | [[exception]]
            | ^^^^^^^^^^^^^ `match` needs at least one matcher
          help: write match = ['host="nas-1"']; to change a rule everywhere, copy it to rules/

        exceptions.toml:1:1: error[missing-key]: `exception` has no `owner`
          1 | [[exception]]
            | ^^^^^^^^^^^^^ `owner` is required here
          help: add owner = ...

        exceptions.toml:2:8: error[unknown-name]: there is no rule "filesystem-spcae"
          2 | rule = "filesystem-spcae"
            |        ^^^^^^^^^^^^^^^^^^
          help: did you mean "filesystem-space"?

        exceptions.toml:3:7: error[bad-value]: a reason has 8 to 1000 characters
          3 | why = "because"
            |       ^^^^^^^^^
          help: say it so that it is still understood in a year

        exceptions.toml:4:9: error[exception-too-long]: an exception lasts at most a year
          4 | until = 2028-01-01
            |         ^^^^^^^^^^
          help: 2027-11-22 is the latest; if it is for ever, change the rule

        exceptions.toml:9:16: error[wrong-type]: "warn" is a number such as 0.90 in the rule
          9 | set = { warn = "5m", wran = 3 }
            |                ^^^^
         shipped rules/load.toml:8:22:
          8 | params    = { warn = 2.0 }
            |                      ^^^ there it is this

        exceptions.toml:9:22: error[unknown-key]: `wran` is not a key of `exception.set`
          9 | set = { warn = "5m", wran = 3 }
            |                      ^^^^
          help: did you mean `warn`?

        exceptions.toml:10:7: error[conflicting-keys]: an exception has `set` or `off`, not both
          10 | off = true
             |       ^^^^

        exceptions.toml:13:9: error[wrong-type]: expected a date, found a text
          13 | until = "soon"
             |         ^^^^^^ this is a text
          help: write it like 2027-06-30, without quotes

        exceptions.toml:14:1: error[missing-key]: this exception does not say for what
          14 | [[exception]]
             | ^^^^^^^^^^^^^ `match` needs at least one matcher
          help: write match = ['host="nas-1"']; to change a rule everywhere, copy it to rules/

        exceptions.toml:14:1: error[missing-key]: this exception changes nothing
          14 | [[exception]]
             | ^^^^^^^^^^^^^
          help: write set = { warn_used = 0.98 } or off = true

        11 errors
    "#);
}

#[test]
fn a_label_in_an_exception_that_looks_like_a_slip_is_told() {
    let slip = EXCEPTION.replace("mountpoint=", "mount_point=");
    assert_snapshot!(exceptions(&slip), @r#"
        exceptions.toml:4:26: warning[unknown-label]: no alert has a label "mount_point" that we know of
          4 | match = ['host="nas-1"', 'mount_point="/backup"']
            |                          ^^^^^^^^^^^^^^^^^^^^^^^
          help: did you mean mountpoint?

        1 warning
    "#);
}

#[test]
fn an_exception_with_which_the_rule_cannot_work_is_told() {
    assert_snapshot!(exceptions(&EXCEPTION.replace("0.98", "98")), @r#"
        exceptions.toml:5:21: warning[condition-never-true]: with this value rule "filesystem-space" does not work
           5 | set = { warn_used = 98, warn_free = "1GiB" }
             |                     ^^ this is never true: `value` is 0 to 1
         shipped rules/filesystem-space.toml:11:19:
          11 | warning        = 'value > warn_used && free < warn_free'
             |                   ^^^^^^^^^^^^^^^^^ it is never above 98
         shipped rules/filesystem-space.toml:9:27:
           9 | params    = { warn_used = 0.90, warn_free = "20GiB", crit_used = 0.95, crit_free = "5GiB", last_free = "512MiB", large =...
             |                           ^^^^ `warn_used` is 98
          help: did you mean 0.98?

        1 warning
    "#);
}

// --- what it will do

/// With two of the shipped rules: the others would be written down here once more.
fn few(described: &str) -> String {
    let is_told = |line: &&str| {
        let is_named = |name: &&str| line.trim_start().starts_with(*name);
        let told = ["filesystem-space ", "workstation-system-disk "];
        !line.ends_with("  shipped") || told.iter().any(is_named)
    };
    let lines = described.lines().filter(is_told);
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn what_a_policy_will_do_is_said_in_words() {
    let loaded = accepted_with(
        r#"
[site]
zone = "UTC"
[deliver]
mode = "observe"
[[team]]
name = "it-ops"
ticket = "desk"
page = ["oncall"]
[[team]]
name = "db"
ticket = "oncall"
[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9721/secret"
[[receiver]]
name = "oncall"
profile = "alertmanager"
url = "http://127.0.0.1:9722/"
on_clear = "resolve-unless-owned"
[[route]]
name = "production, worst first"
match = ['env="prod"', 'severity="critical"']
notify = ["oncall"]
open_delay = "0s"
[[route]]
name = "tests"
match = ['env="test"']
ticket = "desk"
handling = "digest"
ticket_per = "route"
[[route]]
name = "everything else"
"#,
        EXCEPTION,
    );
    assert_snapshot!(few(&describe(&loaded)), @r#"
        Observe mode: everything is decided and shown, nothing is sent.

        Routes: the first that matches an alert takes it
          1. production, worst first
             takes env="prod" and severity="critical"
             by label `team`, else the first: team it-ops by ticket to desk, wakes oncall; team db by ticket to oncall; oncall told as well
             one ticket for each host and component; opens after 0s, closes after 5m, reopens within 4h
          2. tests
             takes env="test"
             ticket to desk; each is worth a digest
             one ticket for all of it; opens after 0s (P1-P2), 2m (P3-P5), closes after 5m, reopens within 4h
          3. everything else
             takes everything that is left
             by label `team`, else the first: team it-ops by ticket to desk, wakes oncall; team db by ticket to oncall
             one ticket for each host and component; opens after 0s (P1-P2), 2m (P3-P5), closes after 5m, reopens within 4h

        Receivers
          desk    profile generic; when it is over: resolve
          oncall  profile alertmanager; when it is over: resolve-unless-owned

        Rules
          rule                     server    workstation  from
          filesystem-space         ticket    digest       shipped
          workstation-system-disk  watch     ticket       shipped

        When nobody does anything
          usual for P1 (functional): P1; waits for working hours unless it is P1 or worth a page
             now: the owner team
             after 15m: the owner team
             after 30m: all of the owner team
             then the last again every 30m
          usual for P2 (functional): P2; waits for working hours unless it is P1 or worth a page
             now: the owner team
             after 1h: the owner team
             then the last again as `remind_every` says

        Exceptions
          filesystem-space on {host="nas-1", mountpoint="/backup"}
             warn_used = 0.98, warn_free = 1073741824; to 2027-06-30, ops1: backup volume is meant to be full
    "#);
    assert_snapshot!(few(&described(&accepted(""))), @r#"
        Routes: the first that matches an alert takes it
          -  everything
             team it-ops, which has no receiver: shown, sent to nobody
             one ticket for each host and component; opens after 0s (P1-P2), 2m (P3-P5), closes after 5m, reopens within 4h

        Receivers: none; nothing leaves this collector

        Rules
          rule                     server    workstation  from
          filesystem-space         ticket    digest       shipped
          workstation-system-disk  watch     ticket       shipped

        Exceptions: none
    "#);
}

/// The shipped file with every setting in force.
fn uncommented(text: &str) -> String {
    let is_setting = |line: &str| {
        let rest = line.strip_prefix('#')?;
        rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '[')
            .then(|| rest.to_owned())
    };
    let lines: Vec<String> = text
        .lines()
        .map(|line| is_setting(line).unwrap_or_else(|| line.to_owned()))
        .collect();
    lines.join("\n")
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

fn described(loaded: &Loaded) -> String {
    describe(loaded)
}

fn shown(settings: &Settings) -> String {
    format!("{settings:?}")
}

fn findings(collector: &str) -> String {
    read(&sources(collector, "", "")).1.to_string()
}

fn exceptions(text: &str) -> String {
    with_exceptions(text).1.to_string()
}

fn with_exceptions(text: &str) -> (Option<Loaded>, Findings) {
    read(&sources("[site]\nzone = \"UTC\"\n", "", text))
}

#[track_caller]
fn accepted(collector: &str) -> Loaded {
    accepted_with(collector, "")
}

#[track_caller]
fn accepted_with(collector: &str, exceptions: &str) -> Loaded {
    let (loaded, findings) = read(&sources(collector, "", exceptions));
    assert!(findings.is_empty(), "{findings}");
    loaded.unwrap()
}

fn sources(collector: &str, rule: &str, exceptions: &str) -> Sources {
    let source = |name: &str, text: &str| (!text.is_empty()).then(|| Source::new(name, text));
    Sources {
        collector: Some(Source::new("collector.toml", collector)),
        rules: source("rules/x.toml", rule).into_iter().collect(),
        exceptions: source("exceptions.toml", exceptions),
        ..Sources::default()
    }
}

fn read(sources: &Sources) -> (Option<Loaded>, Findings) {
    load(sources, Date::constant(2026, 11, 22), Findings::new())
}

#[test]
fn samples_are_kept_in_some_disk_or_not_at_all() {
    let at_most = |text: &str| {
        let loaded = accepted(&format!("[store]\nhistory_at_most = \"{text}\"\n"));
        loaded.settings.store.history_at_most
    };
    assert_eq!(at_most("0B"), Size::from_bytes(0));
    assert_eq!(at_most("16MiB"), Size::from_mib(16));
    assert_snapshot!(findings("[store]\nhistory_at_most = \"1MiB\"\n[timers]\nkeep = { history = \"1h\" }\n"), @r#"
        collector.toml:2:19: error[out-of-range]: `history_at_most` cannot be 1MiB
          2 | history_at_most = "1MiB"
            |                   ^^^^^^
          help: it can be from 16MiB to 1TiB, or "0B" to keep no samples

        collector.toml:4:20: error[out-of-range]: `history` cannot be "1h"
          4 | keep = { history = "1h" }
            |                    ^^^^ it can be from 6h to 90d

        2 errors
    "#);
}
