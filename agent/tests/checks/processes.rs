//! A process that is killed, a file on a disk, echoes of this host itself.

use std::process::{Command, Stdio};

use rustix::process::{WaitId, WaitIdOptions};

use super::*;

#[tokio::test]
async fn a_process_that_is_killed_is_missed() {
    let token = format!("{}", 1_000_000 + std::process::id());
    let mut process = Command::new("sleep").arg(&token).spawn().unwrap();
    let settings = of_kind(
        "process",
        &format!("target = \"sleep\"\ncommand_line = \"{token}\""),
    );
    // Between fork and exec it is not yet `sleep`.
    let running = loop {
        let (run, samples) = check(&settings).await;
        if run.state == CheckState::Ok {
            break samples;
        }
    };
    assert_eq!(value(&running, "count"), 1.0);
    process.kill().unwrap();
    // It has ended, and its parent has not asked for it: a zombie does not count.
    let pid = rustix::process::Pid::from_child(&process);
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    rustix::process::waitid(WaitId::Pid(pid), ended).unwrap();
    let (run, samples) = check(&settings).await;
    expect(&run, CheckState::Critical, "there should be at least 1");
    assert_eq!(value(&samples, "count"), 0.0);
    process.wait().unwrap();
}

#[tokio::test]
async fn a_file_is_looked_at() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let settings = of_kind(
        "file",
        &format!("target = {:?}\nage_critical = \"1h\"", file.path()),
    );
    let (run, samples) = check(&settings).await;
    expect(&run, CheckState::Ok, "was written");
    assert_eq!(value(&samples, "size"), 0.0);
    drop(file);
    expect(
        &check(&settings).await.0,
        CheckState::Critical,
        "is not there",
    );
}

/// In a network of its own, where the agent may send echo requests, and then may not.
#[test]
fn this_host_answers_echo_requests() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("agent.toml");
    std::fs::write(
        &config,
        of_kind("icmp", "target = \"127.0.0.1\"\ncount = 3"),
    )
    .unwrap();
    let agent = env!("CARGO_BIN_EXE_vedette-agent");
    let script = format!(
        "ip link set lo up && echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range && \
         '{agent}' once it --config '{0}'; echo 1 0 >/proc/sys/net/ipv4/ping_group_range; \
         '{agent}' once it --config '{0}'; true",
        config.display()
    );
    let asked = Command::new("unshare")
        .args(["--net", "sh", "-c", &script])
        .stderr(Stdio::piped())
        .output();
    let out = match &asked {
        Ok(ran) if ran.status.success() => String::from_utf8_lossy(&ran.stdout).into_owned(),
        Ok(ran) => {
            println!(
                "SKIPPED: no network of its own: {}",
                String::from_utf8_lossy(&ran.stderr)
            );
            return;
        }
        Err(error) => {
            println!("SKIPPED: unshare cannot be run: {error}");
            return;
        }
    };
    if !out.contains("echo requests") {
        println!("SKIPPED: no network of its own could be set up");
        return;
    }
    assert!(
        out.contains("127.0.0.1 answers 3 of 3 echo requests"),
        "{out}"
    );
    assert!(out.contains("loss"), "{out}");
    assert!(out.contains("net.ipv4.ping_group_range"), "{out}");
}
