//! Interfaces of several kernels and kinds.

#![allow(clippy::unwrap_used)]

use super::facts::Kind;
use super::*;

const HEAD: &str = "Inter-|   Receive                                                |  Transmit\n \
    face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n";

#[test]
fn each_direction_has_its_four_counts() {
    let line = b"  eth0: 176401093 7629 1 2 3 4 5 6 631873 5069 7 8 9 10 11 12";
    let (name, received, transmitted) = parse(line).unwrap();
    assert_eq!(name, "eth0");
    assert_eq!(
        received,
        Carried {
            bytes: 176_401_093,
            packets: 7629,
            errors: 1,
            dropped: 2
        }
    );
    assert_eq!((transmitted.errors, transmitted.dropped), (7, 8));
}

#[test]
fn a_count_may_stand_right_behind_the_colon_and_a_name_may_have_one() {
    let counts = "9 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0";
    for name in ["eth0", "eth0:1", "enp0s31f6.100"] {
        let line = format!("{name}:{counts}");
        let (seen, received, _) = parse(line.as_bytes()).unwrap();
        assert_eq!((seen, received.bytes), (name, 9));
    }
}

#[test]
fn what_is_not_a_name_and_twelve_counts_is_no_interface() {
    let cases: [&[u8]; 6] = [
        b"",
        b"eth0 1 2 3 4 5 6 7 8 9 10 11 12",
        b": 1 2 3 4 5 6 7 8 9 10 11 12",
        b"eth0: 1 2 3 4 5 6 7 8 9 10 11",
        b"eth0: 1 2 3 4 5 6 7 8 9 10 11 -12",
        b"\xff: 1 2 3 4 5 6 7 8 9 10 11 12",
    ];
    for line in cases {
        assert_eq!(parse(line), None);
    }
}

#[test]
fn what_containers_are_given_by_the_hundred_is_left_out() {
    let cases = [
        ("lo", true),
        ("veth1a2b3c4", true),
        ("docker0", true),
        ("br-0a1b2c3d4e5f", true),
        ("br-lan", false),
        ("br0", false),
        ("vmbr0", false),
        ("cali9f8e7d6c5b4", true),
        ("ip6tnl0", true),
        ("ip_vti0", true),
        ("gre0", true),
        ("gre1", false),
        ("eth0", false),
        ("enp3s0", false),
        ("bond0", false),
        ("wg0", false),
        ("tap0", false),
        ("wlp2s0", false),
        ("ib0", false),
    ];
    for (name, is_out) in cases {
        assert_eq!(is_left_out(name), is_out, "{name}");
    }
}

#[test]
fn a_port_of_a_bond_is_told_from_one_of_a_bridge() {
    let host = Host::new();
    host.write("bond0/uevent", "INTERFACE=bond0\nDEVTYPE=bond\n");
    host.write("bond0/bonding/mode", "802.3ad 4\n");
    host.write("br0/bridge/stp_state", "0\n");
    for (port, master) in [("eth0", "bond0"), ("eth1", "br0")] {
        host.write(&format!("{port}/device/vendor"), "0x8086\n");
        host.write(&format!("{port}/operstate"), "up\n");
        host.write(&format!("{port}/speed"), "10000\n");
        let link = host.0.path().join(format!("sys/class/net/{port}/master"));
        std::os::unix::fs::symlink(format!("../{master}"), link).unwrap();
    }
    let eth0 = host.facts("eth0");
    assert_eq!(eth0.bond.as_deref(), Some("bond0"));
    assert_eq!(
        (eth0.kind, eth0.is_up, eth0.speed),
        (Kind::Physical, Some(true), Some(1.25e9))
    );
    assert_eq!(host.facts("eth1").bond, None);
    assert_eq!(
        (host.facts("bond0").kind, host.facts("br0").kind),
        (Kind::Bond, Kind::Bridge)
    );
}

#[test]
fn a_link_is_up_as_its_driver_says_or_else_as_its_carrier_does() {
    let cases = [
        ("up", "1", Some(true)),
        ("down", "0", Some(false)),
        ("lowerlayerdown", "0", Some(false)),
        ("dormant", "1", Some(false)),
        ("unknown", "1", Some(true)),
        ("unknown", "0", Some(false)),
        ("unknown", "?", None),
    ];
    for (state, carrier, expected) in cases {
        let host = Host::new();
        host.write("tun0/operstate", state);
        host.write("tun0/carrier", carrier);
        let facts = host.facts("tun0");
        assert_eq!(
            (facts.is_up, facts.kind),
            (expected, Kind::Virtual),
            "{state} {carrier}"
        );
    }
}

#[test]
fn a_speed_nobody_knows_is_no_speed() {
    for speed in ["-1\n", "0\n", "4294967295\n", "", "fast\n"] {
        let host = Host::new();
        host.write("eth0/speed", speed);
        assert_eq!(host.facts("eth0").speed, None, "{speed:?}");
    }
}

#[test]
fn whether_a_link_is_up_is_asked_once_a_minute() {
    let host = Host::new();
    host.shows(&["eth0", "eth1"]);
    host.write("eth1/operstate", "up\n");
    let mut network = host.network();
    let begun = Instant::now();
    let up = |network: &mut Network, seconds: u64| {
        let mut notes = Notes::default();
        let looked = network.look_at(begun + Duration::from_secs(seconds), &mut notes);
        assert_eq!(looked, Looked::Yes);
        let up = |sample: &&vedette_wire::Sample| sample.name == metric::NETWORK_UP;
        notes.samples().iter().find(up).map(|sample| sample.value)
    };
    assert_eq!(up(&mut network, 0), Some(1.0));
    host.write("eth1/operstate", "down\n");
    host.shows(&["eth1", "eth0"]);
    assert_eq!(up(&mut network, 59), Some(1.0));
    assert_eq!(up(&mut network, 60), Some(0.0));
    host.shows(&["eth0"]);
    assert_eq!(up(&mut network, 61), None, "it is gone");
}

#[test]
fn more_interfaces_than_a_round_takes_are_counted_and_said() {
    let host = Host::new();
    let names: Vec<String> = (0..INTERFACES_MAX + 2).map(|n| format!("eth{n}")).collect();
    host.shows(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut notes = Notes::default();
    let looked = host.network().look_at(Instant::now(), &mut notes);
    assert!(matches!(looked, Looked::Partly { why } if why.contains("2 interfaces above")));
    assert_eq!(notes.samples().len(), 8 * INTERFACES_MAX);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: Vec<u8>) {
        let _ = parse(&bytes);
        let mut line = b"eth0: 1 2 3 4 5 6 7 8 9 10 ".to_vec();
        line.extend(tail);
        let _ = parse(&line);
    }
}

struct Host(tempfile::TempDir);

impl Host {
    fn new() -> Host {
        Host(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join("sys/class/net").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn shows(&self, interfaces: &[&str]) {
        let line = |name: &&str| format!("{name:>6}: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\n");
        let lines: String = interfaces.iter().map(line).collect();
        std::fs::create_dir_all(self.0.path().join("proc/net")).unwrap();
        std::fs::write(self.0.path().join("proc/net/dev"), HEAD.to_owned() + &lines).unwrap();
    }

    fn facts(&self, name: &str) -> Facts {
        Facts::of(name, &mut Source::new(&self.0.path().join("sys")))
    }

    fn network(&self) -> Network {
        Network {
            proc: Source::new(&self.0.path().join("proc")),
            sys: Source::new(&self.0.path().join("sys")),
            known: Vec::new(),
            asked: Instant::now(),
        }
    }
}
