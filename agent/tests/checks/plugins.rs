//! Debian's monitoring plugins, and plugins that behave badly.

use std::path::Path;

use tokio::net::TcpListener;
use vedette_wire::{CheckState, limits};

use super::*;

const FOLDER: &str = "/usr/lib/nagios/plugins";

#[tokio::test]
async fn debians_plugins_run_and_their_values_are_read() {
    if !Path::new(FOLDER).join("check_load").exists() {
        println!("SKIPPED: Debian's monitoring-plugins-basic is not installed");
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let web = super::web::serve().await;
    let web_port = web.port().to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    let file = file.path().to_str().unwrap();
    // (arguments, state, part of the text, label of a value, whether it must be there)
    let cases: [(&[&str], CheckState, &str, &str); 16] = [
        (
            &["check_load", "-w", "9999,9999,9999", "-c", "9999,9999,9999"],
            CheckState::Ok,
            "LOAD OK",
            "load1",
        ),
        (
            &["check_disk", "-w", "1", "-c", "1", "-p", "/"],
            CheckState::Ok,
            "DISK OK",
            "/",
        ),
        (
            &["check_disk", "-w", "100%", "-c", "100%", "-p", "/"],
            CheckState::Critical,
            "DISK CRITICAL",
            "/",
        ),
        (
            &["check_procs", "-w", "100000", "-c", "100000"],
            CheckState::Ok,
            "PROCS OK",
            "procs",
        ),
        (
            &["check_procs", "-c", "1:", "-C", "no-such-program"],
            CheckState::Critical,
            "PROCS CRITICAL",
            "procs",
        ),
        (
            &["check_tcp", "-H", "127.0.0.1", "-p", &port],
            CheckState::Ok,
            "TCP OK",
            "time",
        ),
        (
            &["check_tcp", "-H", "127.0.0.1", "-p", "1"],
            CheckState::Critical,
            "refused",
            "",
        ),
        (
            &["check_http", "-I", "127.0.0.1", "-p", &web_port],
            CheckState::Ok,
            "HTTP OK",
            "time",
        ),
        (
            &[
                "check_http",
                "-I",
                "127.0.0.1",
                "-p",
                &web_port,
                "-u",
                "/broken",
            ],
            CheckState::Critical,
            "503",
            "",
        ),
        (
            &["check_swap", "-w", "2%", "-c", "1%", "-n", "ok"],
            CheckState::Ok,
            "SWAP",
            "",
        ),
        (
            &["check_users", "-w", "1000", "-c", "1000"],
            CheckState::Ok,
            "USERS",
            "users",
        ),
        (
            &["check_file_age", "-f", file, "-w", "600", "-c", "900"],
            CheckState::Ok,
            "FILE_AGE OK",
            "age",
        ),
        (
            &["check_dummy", "0", "well"],
            CheckState::Ok,
            "OK: well",
            "",
        ),
        (&["check_dummy", "1"], CheckState::Warning, "WARNING", ""),
        (&["check_dummy", "2"], CheckState::Critical, "CRITICAL", ""),
        (&["check_dummy", "3"], CheckState::Unknown, "UNKNOWN", ""),
    ];
    for (arguments, state, part, label) in cases {
        let (plugin, arguments) = arguments.split_first().unwrap();
        if !Path::new(FOLDER).join(plugin).exists() {
            println!("SKIPPED: {plugin} is not installed");
            continue;
        }
        let program = format!("{FOLDER}/{plugin}");
        let mut command = vec![program.as_str()];
        command.extend(arguments);
        let settings = format!("command = {command:?}");
        let (run, samples) = check(&of_kind("plugin", &settings)).await;
        expect(&run, state, part);
        if !label.is_empty() {
            assert!(value(&samples, label) >= 0.0, "{plugin}");
        }
        assert!(
            !run.text.contains("cannot be read"),
            "{plugin}: {}",
            run.text
        );
    }
}

#[tokio::test]
async fn every_plugin_there_is_runs_and_is_understood() {
    let Ok(folder) = std::fs::read_dir(FOLDER) else {
        println!("SKIPPED: Debian's monitoring-plugins-basic is not installed");
        return;
    };
    // Asked for their version: that needs no server, and every one of them knows it.
    let mut plugins: Vec<String> = folder
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .filter(|path| path.contains("/check_"))
        .collect();
    plugins.sort();
    let settings: String = plugins
        .iter()
        .map(|path| {
            let name = path.rsplit('/').next().unwrap();
            let command = [path.as_str(), "--version"];
            format!("[[check]]\nname = \"{name}\"\nkind = \"plugin\"\ntimeout = \"30s\"\ncommand = {command:?}\n")
        })
        .collect();
    let taken = all(&settings).await;
    assert_eq!(taken.checks.len(), plugins.len());
    for run in &taken.checks {
        // Some want a library that is only recommended; then they say so, and are unknown.
        assert!(
            !run.text.is_empty() && !run.text.contains("was killed"),
            "{run:?}"
        );
    }
    let understood = taken
        .checks
        .iter()
        .filter(|run| run.text.contains("v2.") || run.text.contains("monitoring-plugins"));
    assert!(
        understood.count() >= plugins.len() / 2,
        "{:#?}",
        taken.checks
    );
}

#[tokio::test]
async fn a_plugin_that_behaves_badly_says_so_and_costs_nothing_else() {
    // (script, state, part of the text)
    let cases = [
        ("sleep 100", CheckState::Unknown, "was killed"),
        ("sleep 100 & sleep 100 & echo well", CheckState::Ok, "well"),
        ("trap '' TERM; sleep 100", CheckState::Unknown, "was killed"),
        ("kill -SEGV $$", CheckState::Unknown, "signal 11"),
        ("exit 127", CheckState::Unknown, "ended with 127"),
        (
            "yes flood | head -c 3000000",
            CheckState::Warning,
            "cut at 16 KiB",
        ),
        (
            "head -c 3000000 /dev/zero | tr '\\0' x; exit 2",
            CheckState::Critical,
            "cut at 16 KiB",
        ),
        (
            "printf 'OK \\377\\376 | a=1'",
            CheckState::Warning,
            "not UTF-8",
        ),
        (
            "printf 'OK | a=1 b=x'",
            CheckState::Warning,
            "1 of its values cannot be read, the first is \"b=x\"",
        ),
        (
            "printf 'OK |'; for i in $(seq 300); do printf ' v%d=1' $i; done",
            CheckState::Warning,
            "44 values above 256 are left out",
        ),
        (
            "printf 'OK \\033[31m\\000 red'",
            CheckState::Ok,
            "\u{fffd}[31m",
        ),
        (
            "echo complaint >&2; exit 2",
            CheckState::Critical,
            "complaint",
        ),
        ("exit 0", CheckState::Ok, "it says nothing"),
        ("printf '|'; exit 0", CheckState::Ok, "it says nothing"),
    ];
    for (script, state, part) in cases {
        let command = ["/bin/sh", "-c", script];
        let timeout = if part == "was killed" { "1s" } else { "30s" };
        let settings = format!("timeout = \"{timeout}\"\ncommand = {command:?}");
        let (run, _) = check(&of_kind("plugin", &settings)).await;
        expect(&run, state, part);
        assert!(run.text.len() <= limits::CHECK_TEXT_BYTES_MAX);
    }
}

#[tokio::test]
async fn a_plugin_that_cannot_be_started_is_unknown_and_says_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("check_it");
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    let not_executable = check(&of_kind("plugin", &format!("command = [{script:?}]"))).await;
    expect(&not_executable.0, CheckState::Unknown, "denied");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, mode).unwrap();
    for (command, part) in [
        (
            Path::new("/no/such/check_it"),
            "/no/such/check_it is not there",
        ),
        (&script, "the interpreter in its first line is not there"),
    ] {
        let (run, _) = check(&of_kind("plugin", &format!("command = [{command:?}]"))).await;
        expect(&run, CheckState::Unknown, part);
    }
}

#[tokio::test]
async fn what_a_plugin_starts_ends_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let pid = dir.path().join("pid");
    let script = format!("sleep 1000 & echo $! >{}; wait", pid.display());
    let command = ["/bin/sh", "-c", &script];
    let settings = format!("timeout = \"1s\"\ncommand = {command:?}");
    let (run, _) = check(&of_kind("plugin", &settings)).await;
    expect(&run, CheckState::Unknown, "was killed");
    let pid = std::fs::read_to_string(pid).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    let runs = stat.is_ok_and(|stat| !stat.contains(") Z"));
    assert!(!runs, "process {pid} still runs");
}

#[tokio::test]
async fn a_secret_reaches_the_plugin_and_is_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    std::fs::write(&file, "swordfish\n").unwrap();
    let settings = format!(
        "command = [\"/bin/sh\", \"-c\", \"echo got $WORD; env | grep -c NOTIFY\"]\nenvironment_files = {{ WORD = {file:?} }}"
    );
    let (run, _) = check(&of_kind("plugin", &settings)).await;
    assert!(run.text.starts_with("got ***\n0"), "{}", run.text);

    std::fs::remove_file(&file).unwrap();
    let (run, _) = check(&of_kind("plugin", &settings)).await;
    expect(&run, CheckState::Unknown, "cannot be read");
}

#[tokio::test]
async fn plugins_that_hang_hold_up_no_others() {
    let hanging = (0..4).map(|number| {
        format!("[[check]]\nname = \"hangs-{number}\"\nkind = \"plugin\"\ntimeout = \"30s\"\ncommand = [\"/bin/sleep\", \"8\"]\n")
    });
    let quick = "[[check]]\nname = \"quick\"\nkind = \"plugin\"\ntimeout = \"25s\"\ncommand = [\"/bin/echo\", \"well\"]\n";
    let settings: String = hanging.chain([quick.to_owned()]).collect();
    let taken = all(&settings).await;
    let place = taken.checks.iter().position(|run| run.check == "quick");
    assert!(place.is_some_and(|place| place < 2), "{:#?}", taken.checks);
}
