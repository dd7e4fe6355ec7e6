//! What `hosts.csv`, `topology.csv` and `services.csv` come to, and what people are told
//! when they are wrong.

#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use jiff::civil::Date;
use vedette_config::{Findings, Source};
use vedette_policy::{Loaded, Sources, describe, load};
use vedette_triage::{Parents, Place};

const TEAMS: &str = "[[team]]\nname = \"it-ops\"\nticket = \"desk\"\n[[team]]\nname = \"db\"\nticket = \"desk\"\n[[receiver]]\nname = \"desk\"\nprofile = \"generic\"\nurl = \"http://127.0.0.1:9721/\"\n";
const HOSTS: &str = "name,site,team,service,tier,parent,notes\n\
                     db-7,hq,,erp,,sw-1|sw-2;ups-3,\"old, but good\"\n\
                     web-1,graz,it-ops,shop,3,,\n";
const TOPOLOGY: &str = "name,kind,site,parent,team,service,tier\n\
                        sw-1,switch,hq,,,,\nsw-2,switch,hq,,,,\nups-3,ups,hq,,,,\nwww.example.org,,,web-1,,shop,\n";
const SERVICES: &str = "service,tier,plain_name,team,hours\n\
                        erp,1,The ERP,db,Mon-Fri 07:30-17:30\nshop,2,Web shop,,24x7\n";

// --- what is right

#[test]
fn a_place_is_what_its_row_says_and_its_service_where_that_says_nothing() {
    let loaded = accepted(HOSTS, TOPOLOGY, SERVICES);
    let topology = &loaded.policy.topology;
    let expected = Place {
        name: "db-7".to_owned(),
        kind: "host".to_owned(),
        labels: [
            ("service", "erp"),
            ("site", "hq"),
            ("team", "db"),
            ("tier", "1"),
        ]
        .into_iter()
        .collect(),
        parents: vec![
            Parents(vec!["sw-1".to_owned(), "sw-2".to_owned()]),
            Parents(vec!["ups-3".to_owned()]),
        ],
        notes: "old, but good".to_owned(),
    };
    assert_eq!(topology.place("db-7"), Some(&expected));
    let web = topology.place("web-1").unwrap();
    assert_eq!(
        (web.labels.get("team"), web.labels.get("tier")),
        (Some("it-ops"), Some("3"))
    );
    assert_eq!(topology.place("www.example.org").unwrap().kind, "device");
    assert_eq!(topology.service("erp").unwrap().plain_name, "The ERP");
    assert_eq!(topology.service("shop").unwrap().hours, "24x7");
}

#[test]
fn a_service_that_nobody_keeps_a_table_of_is_a_word() {
    let loaded = accepted("name;service\r\ndb-7;erp\r\n", "", "");
    let place = loaded.policy.topology.place("db-7").unwrap().clone();
    assert_eq!(place.labels.get("service"), Some("erp"));
}

#[test]
fn what_was_read_is_described() {
    let text = describe(&accepted(HOSTS, TOPOLOGY, SERVICES));
    let (from, to) = (
        text.find("Places").unwrap(),
        text.find("Exceptions").unwrap(),
    );
    assert_snapshot!(&text[from..to], @r#"
        Places: 1 device, 2 host, 2 switch, 1 ups
          1 other needs sw-1 (switch)
          1 other needs sw-2 (switch)
          1 other needs ups-3 (ups)
          1 other needs web-1 (host)

        Services
          erp, tier 1, team db, "The ERP": on 1 of the places
          shop, tier 2, "Web shop": on 2 of the places
    "#);
}

#[test]
fn a_change_of_a_table_is_another_policy() {
    let before = accepted(HOSTS, TOPOLOGY, SERVICES).content_hash;
    assert_eq!(accepted(HOSTS, TOPOLOGY, SERVICES).content_hash, before);
    let after = accepted(&HOSTS.replace("graz", "linz"), TOPOLOGY, SERVICES);
    assert_ne!(after.content_hash, before);
}

#[test]
fn the_shipped_tables_are_empty_and_their_examples_are_right() {
    let [hosts, topology, services] = [
        include_str!("../../hosts.csv"),
        include_str!("../../topology.csv"),
        include_str!("../../services.csv"),
    ];
    let shipped = accepted(hosts, topology, services);
    assert_eq!(shipped.policy.topology.places().len(), 0);
    assert_eq!(shipped.policy.topology.services().len(), 0);
    // An example is a row behind a #, without a space.
    let examples = |text: &str| {
        let row = |line: &str| match line.strip_prefix('#') {
            Some(row) if row.starts_with(|first: char| first.is_ascii_lowercase()) => {
                row.to_owned()
            }
            Some(_) | None => line.to_owned(),
        };
        text.lines()
            .map(|line| row(line) + "\n")
            .collect::<String>()
    };
    let loaded = accepted(&examples(hosts), &examples(topology), &examples(services));
    assert_eq!(loaded.policy.topology.places().len(), 6);
    assert_eq!(loaded.policy.topology.services().len(), 2);
}

// --- what is wrong

#[test]
fn names_that_lead_nowhere_are_told_with_the_nearest() {
    let hosts = HOSTS
        .replace("sw-1|sw-2", "sw1|sw-2|")
        .replace("it-ops,shop,3", "itops,shopp,first");
    assert_snapshot!(findings(&hosts, TOPOLOGY, &SERVICES.replace("07:30-", "7:30am-")), @r#"
        hosts.csv:2:15: error[unknown-name]: there is no place "sw1"
          2 | db-7,hq,,erp,,sw1|sw-2|;ups-3,"old, but good"
            |               ^^^
          help: did you mean "sw-1"?

        hosts.csv:2:24: error[bad-name]: "" cannot be a name
          2 | db-7,hq,,erp,,sw1|sw-2|;ups-3,"old, but good"
            |                        ^ a name is missing here
          help: write a;b where both are needed, a|b where one of them is enough

        hosts.csv:3:12: error[unknown-name]: there is no team "itops"
          3 | web-1,graz,itops,shopp,first,,
            |            ^^^^^
          help: did you mean "it-ops"?

        hosts.csv:3:18: error[unknown-name]: there is no service "shopp"
          3 | web-1,graz,itops,shopp,first,,
            |                  ^^^^^
          help: did you mean "shop"?

        hosts.csv:3:24: error[bad-value]: "first" is not a tier
          3 | web-1,graz,itops,shopp,first,,
            |                        ^^^^^
          help: write 1 (the most important) to 5

        services.csv:2:18: error[bad-date]: "Mon-Fri 7:30am-17:30" are no hours
          2 | erp,1,The ERP,db,Mon-Fri 7:30am-17:30
            |                  ^^^^^^^^^^^^^^^^^^^^ write it like "Mon-Fri 07:30-17:30"
          help: or write 24x7

        6 errors
    "#);
}

#[test]
fn a_circle_is_named() {
    let topology = "name,parent\nsw-1,sw-2\nsw-2,ups-3\nups-3,sw-1|sw-2\nups-4,ups-4\n";
    assert_snapshot!(findings("", topology, ""), @r#"
        topology.csv:2:6: error[circular]: sw-1 needs sw-2 needs ups-3 needs sw-1: a circle
          2 | sw-1,sw-2
            |      ^^^^
          help: a parent is what must work so that this one can be seen; write it on one side only

        topology.csv:3:6: error[circular]: sw-2 needs ups-3 needs sw-2: a circle
          3 | sw-2,ups-3
            |      ^^^^^
          help: a parent is what must work so that this one can be seen; write it on one side only

        topology.csv:5:7: error[circular]: ups-4 needs itself
          5 | ups-4,ups-4
            |       ^^^^^
          help: a parent is what must work so that this one can be seen; write it on one side only

        3 errors
    "#);
}

#[test]
fn a_chain_is_not_endless() {
    let mut topology = "name,parent\nsw-0,\n".to_owned();
    for number in 1..=33 {
        topology.push_str(&format!("sw-{number},sw-{}\n", number - 1));
    }
    assert_snapshot!(findings("", &topology, ""), @r#"
        topology.csv:35:1: error[too-large]: 33 places stand one behind the other
          35 | sw-33,sw-32
             | ^^^^^ the last of them
          help: at most 32 are looked at

        1 error
    "#);
}

#[test]
fn a_name_given_twice_is_told_at_both_places() {
    let hosts = "name\ndb-7\nDB-7\n\"sw-1\"\nsüd\n";
    let services = "service\nerp\nerp\n";
    assert_snapshot!(findings(hosts, "name;kind\nsw-1;a switch\n", services), @r#"
        hosts.csv:3:1: error[duplicate-name]: two places are called "DB-7"
          3 | DB-7
            | ^^^^ named again here
         hosts.csv:2:1:
          2 | db-7
            | ^^^^ named first here
          help: rename or remove one of them

        hosts.csv:5:1: error[bad-name]: "süd" cannot be a name
          5 | süd
            | ^^^ it has letters a to z, digits and - . _ : / @ only

        services.csv:3:1: error[duplicate-name]: two services are called "erp"
          3 | erp
            | ^^^ named again here
         services.csv:2:1:
          2 | erp
            | ^^^ named first here
          help: rename or remove one of them

        topology.csv:2:1: error[duplicate-name]: two places are called "sw-1"
          2 | sw-1;a switch
            | ^^^^ named again here
         hosts.csv:4:1:
          4 | "sw-1"
            | ^^^^^^ named first here
          help: rename or remove one of them

        topology.csv:2:6: error[bad-name]: "a switch" cannot be a kind of place
          2 | sw-1;a switch
            |      ^^^^^^^^ a name has letters a to z, digits, -, . and _ only
          help: write a word such as switch, hypervisor, ups, printer or website

        5 errors
    "#);
}

#[test]
fn what_is_no_table_is_told() {
    assert_snapshot!(findings("", "name,sites,kind,kind\nsw-1,hq\n,hq\nsw-2,hq,x,,more\n", ""), @r#"
        topology.csv:1:6: error[unknown-key]: there is no column "sites"
          1 | name,sites,kind,kind
            |      ^^^^^
          help: did you mean site?

        topology.csv:1:17: error[duplicate-key]: two columns are called kind
          1 | name,sites,kind,kind
            |                 ^^^^ again here
         topology.csv:1:12:
          1 | name,sites,kind,kind
            |            ^^^^ first here

        topology.csv:3:1: error[missing-key]: this row has no name
          3 | ,hq
            | ^

        topology.csv:4:12: error[syntax]: this row has more cells than there are columns
          4 | sw-2,hq,x,,more
            |            ^^^^
          help: put quotes around a text that holds the separator

        4 errors
    "#);
    assert_snapshot!(findings("# hosts\n", "site\nhq\n", "service,notes\nerp,x\n"), @r#"
        hosts.csv: error[missing-key]: this table has no header line
          help: begin it with name,site,team,service,tier,parent,notes

        services.csv:1:9: error[unknown-key]: there is no column "notes"
          1 | service,notes
            |         ^^^^^
          help: there are service, tier, plain_name, team, hours

        topology.csv:1:1: error[missing-key]: there is no column name
          1 | site
            | ^^^^ the first line names the columns
          help: write name,kind,site,parent,team,service,tier

        3 errors
    "#);
    assert_snapshot!(findings("name,notes\ndb-7,\"a\" b\ndb-8,\"no end\ndb-9,\n", "", ""), @r#"
        hosts.csv:2:9: error[syntax]: a cell ends with its closing quote
          2 | db-7,"a" b
            |         ^^ this belongs to no cell
          help: two quotes in a row stand for one

        hosts.csv:3:6: error[syntax]: this quote is not closed
          3 | db-8,"no end
            |      ^
          help: two quotes in a row stand for one

        2 errors
    "#);
}

#[test]
fn a_table_that_is_no_text_is_told_how_to_save_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hosts.csv");
    std::fs::write(&path, b"name;notes\ndb-7;S\xfcd\n").unwrap();
    let mut findings = Findings::new();
    let config = folder.path().join("collector.toml");
    std::fs::write(&config, "").unwrap();
    let _ = Sources::with_files(Some(&config), &[path], &mut findings);
    let text = findings.to_string();
    assert!(
        text.contains("hosts.csv:2:7: error[unreadable-file]"),
        "{text}"
    );
    assert!(text.contains("CSV UTF-8"), "{text}");
}

fn findings(hosts: &str, topology: &str, services: &str) -> String {
    read(hosts, topology, services).1.to_string()
}

#[track_caller]
fn accepted(hosts: &str, topology: &str, services: &str) -> Loaded {
    let (loaded, findings) = read(hosts, topology, services);
    assert!(findings.is_empty(), "{findings}");
    loaded.unwrap()
}

fn read(hosts: &str, topology: &str, services: &str) -> (Option<Loaded>, Findings) {
    let source = |name: &str, text: &str| (!text.is_empty()).then(|| Source::new(name, text));
    let sources = Sources {
        collector: Some(Source::new("collector.toml", TEAMS)),
        hosts: source("hosts.csv", hosts),
        topology: source("topology.csv", topology),
        services: source("services.csv", services),
        ..Sources::default()
    };
    load(&sources, Date::constant(2026, 11, 22), Findings::new())
}
