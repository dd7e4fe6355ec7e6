//! Debian's snmpd on loopback, asked in versions 2c and 3.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;

/// How often a device that starts is asked; it tells nobody when it is ready.
const TRIES_MAX: usize = 200;
/// Between two of these questions.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// A device; ends with this value.
struct Device {
    process: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Device {
    /// None when snmpd is not installed.
    async fn start() -> Option<Device> {
        let program = ["/usr/sbin/snmpd", "/usr/bin/snmpd"].map(Path::new);
        let Some(program) = program.into_iter().find(|path| path.exists()) else {
            println!("SKIPPED: Debian's snmpd is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let settings = format!(
            "agentaddress udp:127.0.0.1:{port}\n\
             rocommunity swordfish 127.0.0.1\n\
             createUser one SHA \"authpassword\" AES \"privpassword\"\n\
             createUser two SHA-256 \"authpassword\" AES \"privpassword\"\n\
             createUser five SHA-512 \"authpassword\"\n\
             rouser one priv\nrouser two priv\nrouser five auth\n\
             sysLocation hall 7\nsysServices 72\n"
        );
        std::fs::write(folder.path().join("snmpd.conf"), settings).unwrap();
        let process = Command::new(program)
            .args([
                "-f",
                "-Lf",
                "/dev/null",
                "-C",
                "-I",
                "system_mib,sysORTable,vacm_conf,usmConf,usmUser,snmpEngine",
                "-c",
            ])
            .arg(folder.path().join("snmpd.conf"))
            .env("SNMP_PERSISTENT_DIR", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut device = Device {
            process: process.unwrap(),
            port,
            folder,
        };
        let ready = device.v2c("swordfish", "timeout = \"500ms\"");
        for _ in 0..TRIES_MAX {
            if check(&ready).await.0.state == CheckState::Ok {
                return Some(device);
            }
            assert!(
                device.process.try_wait().unwrap().is_none(),
                "snmpd does not start"
            );
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
        }
        panic!("snmpd does not answer: {}", check(&ready).await.0.text);
    }

    fn secret(&self, name: &str, word: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, word).unwrap();
        path
    }

    fn v2c(&self, community: &str, more: &str) -> String {
        let file = self.secret("community", community);
        let port = self.port;
        of_kind(
            "snmp",
            &format!("target = \"127.0.0.1:{port}\"\ncommunity_file = {file:?}\n{more}"),
        )
    }

    fn v3(&self, user: &str, more: &str) -> String {
        let port = self.port;
        of_kind(
            "snmp",
            &format!("target = \"127.0.0.1:{port}\"\nversion = \"3\"\nuser = \"{user}\"\n{more}"),
        )
    }
}

#[tokio::test]
async fn a_device_is_asked_in_both_versions() {
    let Some(device) = Device::start().await else {
        return;
    };
    let values = "values = [{ oid = \"1.3.6.1.2.1.1.3.0\", label = \"uptime\", unit = \"s\", critical = \"@0:0\" }, \
                  { oid = \"1.3.6.1.2.1.1.6.0\", label = \"place\" }]";
    let auth = format!("auth_file = {:?}", device.secret("auth", "authpassword"));
    let privacy = format!(
        "privacy = \"aes128\"\nprivacy_file = {:?}",
        device.secret("privacy", "privpassword")
    );
    let wrong = format!("auth_file = {:?}", device.secret("wrong", "wrongpassword"));
    // (settings, state, part of the text)
    let cases = [
        (device.v2c("swordfish", ""), CheckState::Ok, "is up for"),
        (device.v2c("swordfish", values), CheckState::Ok, "place is \"hall 7\""),
        (
            device.v2c("swordfish", "values = [{ oid = \"1.3.6.1.2.1.1.3.0\", label = \"uptime\", warning = \"900:\" }]"),
            CheckState::Warning,
            "uptime is",
        ),
        (
            device.v2c("swordfish", "values = [{ oid = \"1.3.6.1.2.1.1.99.0\", label = \"it\" }]"),
            CheckState::Unknown,
            "it is not there",
        ),
        (device.v3("one", &format!("auth = \"sha1\"\n{auth}\n{privacy}\n{values}")), CheckState::Ok, "hall 7"),
        (device.v3("two", &format!("auth = \"sha256\"\n{auth}\n{privacy}\n{values}")), CheckState::Ok, "hall 7"),
        (device.v3("five", &format!("auth = \"sha512\"\n{auth}\n{values}")), CheckState::Ok, "hall 7"),
        (device.v3("two", &format!("auth = \"sha256\"\n{wrong}\n{privacy}")), CheckState::Unknown, "password"),
        (device.v3("nobody", &format!("auth = \"sha256\"\n{auth}")), CheckState::Unknown, "does not know this user"),
        (device.v3("two", &format!("auth = \"sha256\"\n{auth}")), CheckState::Unknown, "we are not authorised"),
    ];
    for (settings, state, part) in cases {
        let (run, samples) = check(&settings).await;
        expect(&run, state, part);
        if settings.contains("place") {
            assert!(value(&samples, "uptime") > 0.0);
        }
        for secret in ["swordfish", "authpassword", "privpassword", "wrongpassword"] {
            assert!(!run.text.contains(secret), "{}", run.text);
        }
    }
    let unknown = device.v2c("sardine", "timeout = \"600ms\"");
    expect(
        &check(&unknown).await.0,
        CheckState::Critical,
        "or not to this community",
    );
}

#[tokio::test]
async fn the_plugin_check_snmp_asks_what_we_cannot() {
    let plugin = "/usr/lib/nagios/plugins/check_snmp";
    if !Path::new(plugin).exists() || !Path::new("/usr/bin/snmpget").exists() {
        println!("SKIPPED: Debian's monitoring-plugins-standard and snmp are not installed");
        return;
    }
    let Some(device) = Device::start().await else {
        return;
    };
    let port = device.port.to_string();
    let command = [
        plugin,
        "-H",
        "127.0.0.1",
        "-p",
        &port,
        "-P",
        "2c",
        "-C",
        "swordfish",
        "-o",
        "1.3.6.1.2.1.1.7.0",
    ];
    let (run, samples) = check(&of_kind("plugin", &format!("command = {command:?}"))).await;
    expect(&run, CheckState::Ok, "SNMP OK");
    assert!(!samples.is_empty(), "{}", run.text);
}

#[tokio::test]
async fn a_device_that_is_gone_is_critical() {
    let port = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let settings = of_kind("snmp", &format!("target = \"127.0.0.1:{port}\""));
    expect(
        &check(&settings).await.0,
        CheckState::Critical,
        "nobody listens",
    );
}
