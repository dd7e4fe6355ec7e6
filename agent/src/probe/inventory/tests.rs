//! What a host is made of, and what happens to it, in made-up trees.

#![allow(clippy::unwrap_used)]

use std::fs;

use proptest::prelude::*;
use vedette_wire::Event;

use super::*;
use crate::probe::fixture::{Fixture, Seen, look, spoil};

const TREE: &str = "
    proc/sys/kernel/osrelease = 6.1.0-18-amd64
    proc/cpuinfo = processor : 0\\nmodel name : AMD  EPYC\\nflags : fpu hypervisor\\n\\nprocessor : 1\\nmodel name : AMD EPYC
    etc/os-release = NAME=x\\nPRETTY_NAME=\"Debian GNU/Linux 12\"
    sys/class/dmi/id/sys_vendor = Dell Inc.
    sys/class/dmi/id/product_name = PowerEdge R640
    sys/class/dmi/id/product_serial = To Be Filled By O.E.M.
    sys/class/dmi/id/bios_vendor = Dell Inc.
    sys/class/dmi/id/bios_version = 2.1
    sys/block/sda/size = 976773168
    sys/block/sda/removable = 0
    sys/block/sda/device/model = Samsung SSD 860
    sys/block/nvme0n1/size = 7814037168
    sys/block/nvme0n1/device/model = SSD 990
    sys/block/nvme0n1/device/serial = S6Z1
    sys/block/sdb/size = 1000
    sys/block/sdb/removable = 1
    sys/block/sdb/device/model = USB stick
    sys/block/loop0/size = 1000
    sys/class/net/lo/address = 00:00:00:00:00:00
    sys/class/net/veth1/address = 11:11:11:11:11:11
    sys/class/net/eth0/address = 52:54:00:12:34:56
    sys/class/net/eth0/addr_assign_type = 0
    sys/class/net/eth0/device/driver -> ../../bus/virtio_net
    sys/class/net/wlan0/address = 66:66:66:66:66:66
    sys/class/net/wlan0/addr_assign_type = 3
    sys/class/net/wlan0/device/driver -> ../../bus/iwlwifi
    sys/class/net/bond0/bonding/mode = x
    sys/class/net/bond0/address = 52:54:00:12:34:56
";

/// A list of packages as dpkg keeps it.
fn dpkg(packages: &[(&str, &str)]) -> String {
    let stanza = |(name, version): &(&str, &str)| {
        format!("Package: {name}\nStatus: install ok installed\nVersion: {version}\n\n")
    };
    packages.iter().map(stanza).collect()
}

fn host(packages: &[(&str, &str)]) -> Fixture {
    let host = Fixture::new(TREE);
    host.write("var/lib/dpkg/status", dpkg(packages).as_bytes());
    host
}

/// Changes in words, and how often an inventory was told.
fn told(events: &[Event]) -> (Vec<String>, usize) {
    let changes = events.iter().filter_map(|event| match &event.kind {
        EventKind::Change {
            what,
            name,
            before,
            after,
        } => Some(format!("{what} {name}: {before} -> {after}")),
        _ => None,
    });
    let is_inventory = |event: &&Event| matches!(event.kind, EventKind::Inventory(_));
    (
        changes.collect(),
        events.iter().filter(is_inventory).count(),
    )
}

/// Settings that name these files.
fn watching(files: &[PathBuf]) -> InForce {
    let mut config = vedette_config::AgentConfig::default();
    config.changes.files = files.to_vec();
    InForce::for_ever(config)
}

/// Until a changed list of packages has come to rest, and is read.
fn rest(probe: &mut dyn Probe) -> Seen {
    let first = look(probe);
    assert_eq!(
        told(&first.events),
        (Vec::new(), 0),
        "it is not read at once"
    );
    look(probe)
}

#[test]
fn a_host_tells_what_it_is_made_of_once() {
    let host = host(&[("bash", "5.2"), ("nginx", "1.22")]);
    let mut probe = host.probe(build);
    let seen = look(probe.as_mut());
    assert_eq!(seen.looked, Looked::Yes);
    let [
        Event {
            kind: EventKind::Inventory(inventory),
            ..
        },
    ] = &seen.events[..]
    else {
        panic!("{seen:?}")
    };
    insta::assert_snapshot!(serde_json::to_string_pretty(inventory).unwrap(), @r#"
    {
      "machine": "Dell Inc. PowerEdge R640",
      "firmware": "Dell Inc. 2.1",
      "virtualization": "a hypervisor",
      "processor": "2 x AMD EPYC",
      "os": "Debian GNU/Linux 12",
      "kernel": "6.1.0-18-amd64",
      "disks": [
        "nvme0n1: SSD 990, serial S6Z1, 4.0 TB",
        "sda: Samsung SSD 860, 500 GB"
      ],
      "interfaces": [
        "bond0: 52:54:00:12:34:56, bonding",
        "eth0: 52:54:00:12:34:56, virtio_net",
        "wlan0: iwlwifi"
      ],
      "packages": {
        "bash": "5.2",
        "nginx": "1.22"
      }
    }
    "#);
    assert_eq!(look(probe.as_mut()).events, []);
}

#[test]
fn a_restart_of_the_agent_tells_nothing_anew_but_what_changed_meanwhile() {
    let host = host(&[("bash", "5.2"), ("nginx", "1.22"), ("old", "1")]);
    let first = host.look(build).events;
    // Nobody acknowledged it.
    assert_eq!(host.look(build).events, first);

    host.write(
        "var/lib/dpkg/status",
        dpkg(&[("bash", "5.2"), ("nginx", "1.24"), ("new", "2")]).as_bytes(),
    );
    host.add("proc/sys/kernel/osrelease = 6.1.0-22-amd64");
    let mut events = host.look(build).events;
    events.retain(|event| !first.contains(event));
    let (changes, inventories) = told(&events);
    let expected = [
        "package new:  -> 2",
        "package nginx: 1.22 -> 1.24",
        "package old: 1 -> ",
        "kernel linux: 6.1.0-18-amd64 -> 6.1.0-22-amd64",
    ];
    assert_eq!(
        (changes, inventories),
        (expected.map(str::to_owned).to_vec(), 1)
    );
}

#[test]
fn a_list_of_packages_that_is_being_written_is_read_when_it_has_come_to_rest() {
    let host = host(&[("a", "1")]);
    let mut probe = host.probe(build);
    look(probe.as_mut());
    host.write("var/lib/dpkg/status", dpkg(&[("a", "10")]).as_bytes());
    assert_eq!(look(probe.as_mut()).events, []);
    host.write("var/lib/dpkg/status", dpkg(&[("a", "100")]).as_bytes());
    let seen = rest(probe.as_mut());
    assert_eq!(
        told(&seen.events),
        (vec!["package a: 1 -> 100".to_owned()], 1)
    );
}

#[test]
fn many_packages_at_once_are_one_event() {
    let names: Vec<String> = (0..60).map(|number| format!("p{number:02}")).collect();
    let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let host = host(&all[..30]);
    let mut probe = host.probe(build);
    look(probe.as_mut());
    let mut after = all[1..].to_vec();
    after[0].1 = "2";
    after.extend((0..30).map(|_| ("again", "1")));
    host.write("var/lib/dpkg/status", dpkg(&after).as_bytes());
    let seen = rest(probe.as_mut());
    let (changes, _) = told(&seen.events);
    assert_eq!(changes.len(), 33, "{changes:?}");

    let host = super::tests::host(&[("a", "1"), ("p00", "0")]);
    let mut probe = host.probe(build);
    look(probe.as_mut());
    host.write("var/lib/dpkg/status", dpkg(&all).as_bytes());
    let (changes, _) = told(&rest(probe.as_mut()).events);
    assert_eq!(
        changes,
        ["package 61 packages:  -> 59 installed, 1 changed, 1 removed"]
    );
}

#[test]
fn a_list_that_cannot_be_read_removes_nothing() {
    let host = host(&[("a", "1")]);
    let mut probe = host.probe(build);
    look(probe.as_mut());
    host.write("var/lib/dpkg/status", b"rubbish");
    let seen = rest(probe.as_mut());
    assert_eq!(told(&seen.events), (Vec::new(), 0));
    assert!(seen.why().contains("names none"), "{seen:?}");
    assert!(
        look(probe.as_mut()).why().contains("names none"),
        "it stays unknown"
    );
    host.write("var/lib/dpkg/status", dpkg(&[("a", "2")]).as_bytes());
    let seen = rest(probe.as_mut());
    assert_eq!(seen.looked, Looked::Yes);
    assert_eq!(told(&seen.events).0, ["package a: 1 -> 2"]);
}

#[test]
fn a_file_that_was_named_is_told_when_it_changes_and_never_what_is_in_it() {
    let host = host(&[("a", "1")]);
    host.write("etc/nginx.conf", b"secret one");
    let mut surroundings = host.surroundings();
    surroundings.settings = watching(&[host.path("etc/nginx.conf"), host.path("etc/later.conf")]);
    let mut probe = build(&surroundings);
    assert_eq!(told(&look(probe.as_mut()).events), (Vec::new(), 1));

    host.write("etc/nginx.conf", b"secret two!");
    host.write("etc/later.conf", b"x");
    let events = look(probe.as_mut()).events;
    let (changes, inventories) = told(&events);
    assert_eq!((changes.len(), inventories), (2, 0), "{changes:?}");
    assert!(
        changes[0].contains("nginx.conf: 10 bytes, sha256 "),
        "{changes:?}"
    );
    assert!(changes[0].contains(" -> 11 bytes, sha256 "), "{changes:?}");
    assert!(
        changes[1].contains("later.conf:  -> 1 bytes"),
        "{changes:?}"
    );
    assert!(!serde_json::to_string(&events).unwrap().contains("secret"));
    let memory = fs::read_to_string(host.path("memory/inventory.json")).unwrap();
    assert!(!memory.contains("secret"));

    // Touched, and the same.
    host.write("etc/nginx.conf", b"secret two!");
    assert_eq!(told(&look(probe.as_mut()).events).0.len(), 0);

    // Changed while the agent was away; another file is named meanwhile.
    host.remove("etc/later.conf");
    let named = ["etc/nginx.conf", "etc/later.conf", "etc/os-release"].map(|name| host.path(name));
    surroundings.settings = watching(&named);
    let mut probe = build(&surroundings);
    let (changes, _) = told(&look(probe.as_mut()).events);
    let gone: Vec<&String> = changes
        .iter()
        .filter(|change| change.ends_with(" -> "))
        .collect();
    assert_eq!(gone.len(), 1, "{changes:?}");
    assert!(!changes.iter().any(|change| change.contains("os-release")));
}

#[test]
fn a_file_that_cannot_be_read_is_a_gap() {
    let host = host(&[("a", "1")]);
    let mut surroundings = host.surroundings();
    surroundings.settings = watching(&[host.path("etc")]);
    let mut probe = build(&surroundings);
    assert!(look(probe.as_mut()).why().contains("it is no file"));
}

#[test]
fn hostile_hardware_does_no_harm() {
    let host = Fixture::new(TREE);
    host.program("systemd-detect-virt", "printf 'kvm\\377\\033[0m'; exit 1");
    spoil(&host, build);
}

proptest! {
    /// Whatever two lists are, the events lead from the one to the other.
    #[test]
    fn changes_lead_from_what_was_to_what_is(
        before in prop::collection::btree_map("[a-f]", "[1-3]", 0..6),
        now in prop::collection::btree_map("[a-f]", "[1-3]", 0..6),
    ) {
        let mut state: BTreeMap<String, String> = before.clone();
        for happened in changes::of_packages(&before, &now, None) {
            let EventKind::Change { name, before, after, .. } = happened.kind else {
                panic!("no change")
            };
            prop_assert_eq!(state.remove(&name).unwrap_or_default(), before);
            if !after.is_empty() {
                state.insert(name, after);
            }
        }
        prop_assert_eq!(state, now);
    }
}
