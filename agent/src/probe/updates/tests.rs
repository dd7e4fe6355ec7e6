//! Updates that wait, reboots that are asked for; apt, dnf and rpm are scripts.

#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::time::SystemTime;

use proptest::prelude::*;

use super::*;
use crate::probe::fixture::{Fixture, look, spoil};

const APT: &str = "NOTE: This is only a simulation!
Reading package lists...
The following packages have been kept back:
  held
Inst linux-image-6.1.0-22-amd64 (6.1.94-1 Debian-Security:12/stable-security [amd64])
Inst libc6 [2.36-9] (2.36-10 Debian:12.5/stable, Debian-Security:12/stable-security [amd64]) [libc6-dev:amd64 ]
Inst libspring-security [1.0] (1.1 Debian:12.5/stable [all])
Inst libc6:i386 [2.36-9] (2.36-10 Debian:12.5/stable [i386])
Conf libc6 (2.36-10 Debian:12.5/stable [amd64])
Inst
Inst broken [
Inst \u{e4} [1] (2 x-security)
";

/// A Debian whose apt says what stands in a file.
fn debian() -> Fixture {
    let host = Fixture::new(
        "proc/stat = btime 1000
         proc/sys/kernel/osrelease = 6.1.0-18-amd64
         boot/vmlinuz-6.1.0-18-amd64 =
         var/lib/dpkg/status = Package: bash
         var/lib/apt/lists/partial/none =",
    );
    host.write("says", APT.as_bytes());
    let path = |name: &str| host.path(name).display().to_string();
    let script = format!(
        "echo \"$*\" >> {}\nwhile IFS= read -r line; do printf '%s\\n' \"$line\"; done < {}\n",
        path("asked"),
        path("says")
    );
    host.program("apt-get", &script);
    host
}

fn asked(host: &Fixture) -> usize {
    let asked = fs::read_to_string(host.path("asked")).unwrap_or_default();
    asked.lines().count()
}

#[test]
fn packages_that_are_installed_and_wait_are_counted_and_new_ones_are_not() {
    let waiting = waiting::apt(APT.as_bytes());
    assert_eq!(waiting.pending, 3);
    assert_eq!(Vec::from_iter(&waiting.security), ["libc6"]);
}

#[test]
fn dnf_counts_names_and_takes_security_updates_apart() {
    let pending = b"\nbash.x86_64    5.1.8-9.el9   baseos\nkernel.x86_64 5.14.0-427.el9 baseos\n\
        Obsoleting Packages\nold.noarch 1 baseos\n";
    assert_eq!(waiting::dnf_pending(pending), 2);
    let security = b"RHSA-2024:1 Important/Sec. kernel-5.14.0-427.el9.x86_64\n\
        RHSA-2024:2 Low/Sec. kernel-5.14.0-428.el9.x86_64\nrubbish\n\
        RHSA-2024:3 Low/Sec. python3-libs-3.9.18-3.el9.x86_64\n";
    let names = waiting::dnf_security(security);
    assert_eq!(Vec::from_iter(names), ["kernel", "python3-libs"]);
}

#[test]
fn the_first_look_of_an_agent_does_not_ask_and_the_second_does() {
    let host = debian();
    let mut probe = host.probe(build);
    let first = look(probe.as_mut());
    assert!(first.why().contains("next look"), "{first:?}");
    assert_eq!((asked(&host), probe.every()), (0, EVERY_FIRST));

    let second = look(probe.as_mut());
    assert_eq!(second.looked, Looked::Yes);
    assert_eq!((asked(&host), probe.every()), (1, EVERY));
    let expected = ["agent.updates.pending 3", "agent.updates.security 1"];
    assert_eq!(second.samples[..2], expected);
    assert!(second.has("agent.reboot_required 0"), "{second:?}");
}

#[test]
fn it_is_asked_again_when_packages_changed_and_not_before() {
    let host = debian();
    let mut probe = host.probe(build);
    for _ in 0..4 {
        look(probe.as_mut());
    }
    assert_eq!(asked(&host), 1);
    host.write("var/lib/dpkg/status", b"Package: bash\nVersion: 2\n");
    host.write("says", b"");
    let seen = look(probe.as_mut());
    assert_eq!(asked(&host), 2);
    assert!(seen.has("agent.updates.pending 0") && seen.has("agent.updates.security_oldest 0"));
}

#[test]
fn how_long_a_security_update_waits_survives_a_restart_of_the_agent() {
    let host = debian();
    let mut probe = host.probe(build);
    look(probe.as_mut());
    look(probe.as_mut());
    let memory = host.path("memory/updates.json");
    let text = fs::read_to_string(&memory).unwrap();
    let first: serde_json::Value = serde_json::from_str(&text).unwrap();
    let first = first["known"]["security"]["libc6"].as_i64().unwrap();
    let ten_days_ago = first - 10 * 86_400_000;
    fs::write(
        &memory,
        text.replace(&first.to_string(), &ten_days_ago.to_string()),
    )
    .unwrap();

    let mut probe = host.probe(build);
    look(probe.as_mut());
    let seen = look(probe.as_mut());
    let oldest = seen
        .samples
        .iter()
        .find(|line| line.contains("oldest"))
        .unwrap();
    let seconds: f64 = oldest.rsplit(' ').next().unwrap().parse().unwrap();
    assert!((seconds / 86_400.0).floor() == 10.0, "{oldest}");
}

#[test]
fn a_package_manager_that_fails_is_a_gap_and_says_why() {
    let host = debian();
    host.program(
        "apt-get",
        "echo 'E: The package cache is broken' >&2; exit 100",
    );
    let mut probe = host.probe(build);
    look(probe.as_mut());
    let seen = look(probe.as_mut());
    assert!(seen.why().contains("package cache is broken"), "{seen:?}");
    assert!(seen.has("agent.reboot_required 0") && !seen.text().contains("pending"));
}

#[test]
fn lists_that_were_not_refreshed_for_long_are_not_believed_silently() {
    let host = debian();
    for place in ["var/lib/apt/lists/partial", "var/lib/apt/lists"] {
        let long_ago = SystemTime::now() - Duration::from_secs(40 * 86_400);
        File::open(host.path(place))
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
    }
    let mut probe = host.probe(build);
    look(probe.as_mut());
    assert!(look(probe.as_mut()).why().contains("40 days ago"));
}

#[test]
fn a_reboot_is_asked_for_by_packages_and_by_a_kernel_that_came_after_the_boot() {
    let host = debian();
    host.add("run/reboot-required = *** System restart required ***");
    host.add("run/reboot-required.pkgs = libc6\\nlinux-image\\nlibc6");
    let seen = host.look(build);
    let told = "agent.reboot_required why=updated: libc6, linux-image 1";
    assert!(seen.has(told), "{seen:?}");
    assert!(seen.text().contains("agent.reboot_required.age"));

    host.remove("run/reboot-required");
    host.add("boot/vmlinuz-6.1.0-22-amd64 =");
    let told = "agent.reboot_required why=kernel 6.1.0-22-amd64 is installed 1";
    assert!(host.look(build).has(told));
    assert!(host.look(build).has("agent.kernel.passed_over 0"));
    // It was there when the host booted.
    host.add("proc/stat = btime 99999999999");
    let seen = host.look(build);
    assert!(seen.has("agent.reboot_required 0"));
    let told = "agent.kernel.passed_over newest=6.1.0-22-amd64 1";
    assert!(seen.has(told), "{seen:?}");
}

#[test]
fn a_kernel_that_is_not_among_those_installed_asks_for_no_reboot() {
    let host = debian();
    host.remove("boot/vmlinuz-6.1.0-18-amd64");
    host.add("boot/vmlinuz-6.1.0-22-amd64 =");
    let seen = host.look(build);
    assert!(seen.has("agent.reboot_required 0"));
    assert!(!seen.text().contains("agent.kernel.passed_over"));
}

#[test]
fn a_host_without_a_package_manager_can_still_ask_for_a_reboot() {
    let host = Fixture::new("run/reboot-required =");
    let mut probe = host.probe(build);
    look(probe.as_mut());
    let seen = look(probe.as_mut());
    assert_eq!(seen.looked, Looked::Yes);
    assert!(
        seen.has("agent.reboot_required why=an update asks for it 1"),
        "{seen:?}"
    );
}

#[test]
fn dnf_is_asked_where_there_is_no_apt() {
    let host = Fixture::new("var/lib/rpm/rpmdb.sqlite = x");
    host.program(
        "dnf",
        "case \"$*\" in\n*check-update*) echo 'bash.x86_64 5.1 baseos'; exit 100;;\n\
         *updateinfo*) echo 'RHSA-1 Low/Sec. bash-5.1-2.x86_64';;\nesac",
    );
    host.program("needs-restarting", "exit 1");
    let mut probe = host.probe(build);
    look(probe.as_mut());
    let seen = look(probe.as_mut());
    assert!(seen.has("agent.updates.pending 1") && seen.has("agent.updates.security 1"));
    let told = "agent.reboot_required why=updated libraries or services 1";
    assert!(seen.has(told), "{seen:?}");
    host.program(
        "dnf",
        "echo 'Error: Cache-only enabled but no cache' >&2; exit 1",
    );
    let mut probe = host.probe(build);
    look(probe.as_mut());
    assert!(look(probe.as_mut()).why().contains("no cache"));
}

#[test]
fn hostile_files_do_no_harm() {
    let host = Fixture::new(
        "proc/stat = btime 1000
         proc/sys/kernel/osrelease = 6.1.0-18-amd64
         boot/vmlinuz-6.1.0-18-amd64 =
         run/reboot-required =
         run/reboot-required.pkgs = libc6",
    );
    spoil(&host, build);
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(
        bytes: Vec<u8>,
        text in "(Inst |\\[|\\]|\\(|\\)|security| |-|\n|[a-z.]|\\PC){0,60}",
    ) {
        for input in [&bytes[..], text.as_bytes()] {
            let waiting = waiting::apt(input);
            prop_assert!(waiting.security.len() <= waiting.pending);
            waiting::dnf_pending(input);
            waiting::dnf_security(input);
        }
    }
}
