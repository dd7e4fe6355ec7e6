//! Disks that are well, failing, asleep, forbidden and mute; smartctl is a script.

#![allow(clippy::unwrap_used)]

use std::time::SystemTime;

use proptest::prelude::*;

use super::*;
use crate::probe::fixture::{Fixture, Seen, look};

const SCAN: &str = r#"{"devices":[
    {"name":"/dev/sda","info_name":"/dev/sda [SAT]","type":"sat","protocol":"ATA"},
    {"name":"/dev/nvme0","info_name":"/dev/nvme0","type":"nvme","protocol":"NVMe"}]}"#;
const ATA: &str = r#"{"device":{"name":"/dev/sda","type":"sat"},"model_name":"WDC WD20","serial_number":"WX1",
    "smart_status":{"passed":true},"temperature":{"current":31},
    "ata_smart_attributes":{"table":[
        {"id":5,"name":"Reallocated_Sector_Ct","raw":{"value":8}},
        {"id":9,"name":"Power_On_Hours","raw":{"value":9000}},
        {"id":197,"name":"Current_Pending_Sector","raw":{"value":1}},
        {"id":198,"name":"Offline_Uncorrectable","raw":{"value":0}}]}}"#;
const NVME: &str = r#"{"device":{"name":"/dev/nvme0","type":"nvme"},"model_name":"SSD 970","serial_number":"S5",
    "smart_status":{"passed":false},"temperature":{"current":52},
    "nvme_smart_health_information_log":{"critical_warning":4,"media_errors":2,"percentage_used":103}}"#;
const SLEEPS: &str = r#"{"smartctl":{"exit_status":2,"messages":[
    {"string":"Device is in STANDBY mode, exit(2)","severity":"information"}]}}"#;
const FORBIDDEN: &str = r#"{"smartctl":{"exit_status":2,"messages":[
    {"string":"Smartctl open device: /dev/sda failed: Permission denied","severity":"error"}]}}"#;
const VIRTUAL: &str = r#"{"device":{"name":"/dev/sda","type":"scsi"},"model_name":"QEMU HARDDISK",
    "smartctl":{"exit_status":4}}"#;

fn host(sda: &str, nvme: &str) -> Fixture {
    let host = Fixture::new("");
    say(&host, sda, nvme);
    let says = host.path("says");
    host.program(
        "smartctl",
        &format!(
            "echo \"$*\" >> {says}/asked\ncase \"$*\" in\n*--scan*) f=scan;;\n*sda) f=sda;;\n*) f=nvme;;\nesac\n\
             while IFS= read -r line; do printf '%s\\n' \"$line\"; done < {says}/$f\nexit 68\n",
            says = says.display()
        ),
    );
    host
}

fn say(host: &Fixture, sda: &str, nvme: &str) {
    for (file, text) in [("scan", SCAN), ("sda", sda), ("nvme", nvme)] {
        host.write(&format!("says/{file}"), format!("{text}\n").as_bytes());
    }
}

#[test]
fn disks_tell_how_they_are_and_a_failing_one_is_told() {
    let host = host(ATA, NVME);
    let seen = host.look(build);
    assert_eq!(seen.looked, Looked::Yes);
    insta::assert_snapshot!(seen.text(), @"
    hw.disk.failing device=sda model=WDC WD20 serial=WX1 0
    hw.physical_disk.smart attribute=reallocated device=sda model=WDC WD20 serial=WX1 8
    hw.physical_disk.smart attribute=pending device=sda model=WDC WD20 serial=WX1 1
    hw.physical_disk.smart attribute=offline_uncorrectable device=sda model=WDC WD20 serial=WX1 0
    hw.physical_disk.temperature device=sda model=WDC WD20 serial=WX1 31
    hw.disk.failing device=nvme0 model=SSD 970 serial=S5 1
    hw.physical_disk.smart attribute=media_errors device=nvme0 model=SSD 970 serial=S5 2
    hw.physical_disk.smart attribute=critical_warning device=nvme0 model=SSD 970 serial=S5 4
    hw.physical_disk.endurance_utilization device=nvme0 model=SSD 970 serial=S5 1.03
    hw.physical_disk.temperature device=nvme0 model=SSD 970 serial=S5 52
    ");
    let asked = std::fs::read_to_string(host.path("says/asked")).unwrap();
    let every_disk = asked.lines().filter(|line| !line.contains("--scan"));
    for line in every_disk {
        assert!(line.starts_with("--json=c -n standby -a -d "), "{line}");
    }
    assert!(
        !asked.contains("--scan-open"),
        "it opens disks, which may wake them"
    );
}

#[test]
fn a_disk_that_sleeps_is_shown_as_it_last_was_without_its_temperature() {
    let host = host(SLEEPS, NVME);
    let mut probe = host.probe(build);
    assert!(look(probe.as_mut()).why().contains("sda sleeps"));
    say(&host, ATA, NVME);
    let awake = look(probe.as_mut());
    say(&host, SLEEPS, NVME);
    let asleep = look(probe.as_mut());
    assert_eq!(asleep.looked, Looked::Yes);
    let about = |seen: &Seen| -> Vec<String> {
        let lines = seen
            .samples
            .iter()
            .filter(|line| line.contains("device=sda"));
        lines.cloned().collect()
    };
    let mut expected = about(&awake);
    expected.retain(|line| !line.contains("temperature"));
    assert_eq!(about(&asleep), expected);
    assert!(!expected.is_empty());
}

#[test]
fn without_permission_nothing_is_known_and_it_is_said_what_to_do() {
    let seen = host(FORBIDDEN, FORBIDDEN).look(build);
    assert!(matches!(seen.looked, Looked::No { .. }), "{seen:?}");
    assert!(seen.why().contains("Permission denied") && seen.why().contains("vedette-smart"));
    let partly = host(FORBIDDEN, NVME).look(build);
    assert!(matches!(partly.looked, Looked::Partly { .. }), "{partly:?}");
}

#[test]
fn a_virtual_disk_has_nothing_to_say_and_that_is_well() {
    let seen = host(VIRTUAL, VIRTUAL).look(build);
    assert_eq!((seen.looked, seen.samples.len()), (Looked::Yes, 0));
}

#[test]
fn without_smartctl_there_is_nothing_to_see() {
    let seen = Fixture::new("").look(build);
    assert_eq!((seen.looked, seen.samples.len()), (Looked::Yes, 0));
}

#[test]
fn what_a_helper_wrote_is_read_instead_while_it_is_fresh() {
    let host = host(FORBIDDEN, FORBIDDEN);
    host.write("run/vedette-smart/sda.json", ATA.as_bytes());
    host.write("run/vedette-smart/.nvme0.json", NVME.as_bytes());
    host.write("run/vedette-smart/notes.txt", b"x");
    let seen = host.look(build);
    assert_eq!(seen.looked, Looked::Yes);
    assert!(
        seen.has("hw.disk.failing device=sda model=WDC WD20 serial=WX1 0"),
        "{seen:?}"
    );
    assert!(!seen.text().contains("nvme"));

    let file = File::options()
        .write(true)
        .open(host.path("run/vedette-smart/sda.json"))
        .unwrap();
    let long_ago = SystemTime::now() - 2 * DROPPED_AGE_MAX;
    file.set_modified(long_ago).unwrap();
    let old = host.look(build);
    assert!(
        matches!(old.looked, Looked::No { .. }) && old.why().contains("6 h ago"),
        "{old:?}"
    );
}

#[test]
fn a_smartctl_that_writes_no_json_could_not_look() {
    let host = Fixture::new("");
    for (script, said) in [
        ("echo 'smartctl 5.41'", "7.0"),
        ("exec sleep 0.01 < /nowhere", "7.0"),
    ] {
        host.program("smartctl", script);
        let seen = host.look(build);
        assert!(
            matches!(seen.looked, Looked::No { .. }) && seen.why().contains(said),
            "{seen:?}"
        );
    }
}

#[test]
fn devices_that_would_be_options_or_no_paths_are_not_asked() {
    let scan = br#"{"devices":[{"name":"-x","type":"sat"},{"name":"/dev/sda","type":"-d"},
        {"name":"sda","type":"sat"},{"name":7},"x",null,{"name":"/dev/bus/0","type":"megaraid,8"}]}"#;
    let found = answer::devices(scan).unwrap();
    let names: Vec<String> = found.iter().map(answer::Device::name).collect();
    assert_eq!(names, ["bus/0 megaraid,8"]);
}

#[test]
fn answers_of_the_wrong_kind_are_no_disk() {
    let cases: [(&str, bool); 7] = [
        ("", true),
        ("[]", false),
        ("null", false),
        (r#"{"smart_status":{"passed":"yes"}}"#, false),
        (
            r#"{"smart_status":7,"ata_smart_attributes":{"table":{}}}"#,
            false,
        ),
        (
            r#"{"ata_smart_attributes":{"table":[{"id":5},{"id":"5"},5,{"id":5,"raw":{"value":-1}}]}}"#,
            false,
        ),
        (
            r#"{"nvme_smart_health_information_log":{"media_errors":-3,"critical_warning":"x"}}"#,
            false,
        ),
    ];
    for (text, is_refused) in cases {
        let answer = answer::read(text.as_bytes());
        match is_refused {
            true => assert!(matches!(answer, Answer::Refused(_)), "{text}"),
            false => assert_eq!(answer, Answer::Mute, "{text}"),
        }
    }
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(bytes: Vec<u8>, at: prop::sample::Index, byte: u8) {
        let _ = answer::read(&bytes);
        let _ = answer::devices(&bytes);
        for healthy in [ATA, NVME, SLEEPS, SCAN] {
            let mut spoiled = healthy.as_bytes().to_vec();
            let at = at.index(spoiled.len());
            spoiled[at] = byte;
            let _ = answer::read(&spoiled);
            let _ = answer::devices(&spoiled);
            let _ = answer::device(&spoiled);
        }
    }
}
