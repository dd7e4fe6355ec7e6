//! Counts processes that have a name, or a text in their command line.

use std::fs;
use std::io;
use std::path::Path;

use vedette_config::check::ProcessSettings;

use super::tcp::contains;
use super::{Check, Found, Lane, Running, Tools};

/// Bytes of a process's name that the kernel keeps.
const COMM_BYTES_MAX: usize = 15;
/// Processes named in the text.
const NAMED_MAX: usize = 5;

pub(super) struct Process(ProcessSettings);

impl Process {
    pub(super) fn new(settings: ProcessSettings) -> Process {
        Process(settings)
    }

    fn judge(&self, pids: &[u32]) -> Found {
        let settings = &self.0;
        let count = pids.len();
        let what = match (&settings.name, &settings.command_line) {
            (Some(name), None) => name.clone(),
            (Some(name), Some(text)) => format!("{name} with {text:?}"),
            (None, Some(text)) => format!("anything with {text:?}"),
            (None, None) => "anything".to_owned(),
        };
        let least = usize::try_from(settings.at_least).unwrap_or(usize::MAX);
        let most = settings.at_most.and_then(|most| usize::try_from(most).ok());
        let named: Vec<String> = pids.iter().take(NAMED_MAX).map(u32::to_string).collect();
        let text = match (count, named.join(", ")) {
            (0, _) => format!("no process runs {what}"),
            (1, pid) => format!("process {pid} runs {what}"),
            (count, pids) if count > NAMED_MAX => {
                format!("{count} processes run {what}: {pids} and others")
            }
            (count, pids) => format!("{count} processes run {what}: {pids}"),
        };
        if count < least {
            Found::critical(format!("{text}; there should be at least {least}"))
        } else if let Some(most) = most.filter(|most| count > *most) {
            Found::critical(format!("{text}; there should be at most {most}"))
        } else {
            Found::ok(text)
        }
    }
}

impl Check for Process {
    fn lane(&self) -> Lane {
        Lane::Blocking
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        let proc = tools.surroundings.proc.clone();
        let settings = self.0.clone();
        Box::pin(async move {
            match tools.block(move || matching(&proc, &settings)).await {
                Ok(Ok(pids)) => {
                    // Exact: there are not 2^53 processes.
                    #[allow(clippy::cast_precision_loss)]
                    let count = pids.len() as f64;
                    let sample = tools.subject.value("count", "", count);
                    self.judge(&pids).with([sample])
                }
                Ok(Err(error)) => {
                    Found::unknown(format!("the processes cannot be looked at: {error}"))
                }
                Err(why) => Found::unknown(why),
            }
        })
    }
}

/// The ids of all processes that match, the agent itself left out.
fn matching(proc: &Path, settings: &ProcessSettings) -> io::Result<Vec<u32>> {
    let mut pids = Vec::new();
    for entry in fs::read_dir(proc)? {
        let entry = entry?;
        let pid: Option<u32> = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        // One that ends while it is looked at does not run.
        if let Some(pid) = pid
            && pid != std::process::id()
            && matches(&entry.path(), settings) == Some(true)
        {
            pids.push(pid);
        }
    }
    pids.sort_unstable();
    Ok(pids)
}

fn matches(folder: &Path, settings: &ProcessSettings) -> Option<bool> {
    let stat = fs::read(folder.join("stat")).ok()?;
    let (comm, state) = comm_and_state(&stat)?;
    // Its parent has not asked for it yet, but it has ended.
    if state == b'Z' || state == b'X' {
        return Some(false);
    }
    let has_comm = settings
        .name
        .as_ref()
        .is_some_and(|name| comm == &name.as_bytes()[..name.len().min(COMM_BYTES_MAX)]);
    let is_short = |name: &String| name.len() <= COMM_BYTES_MAX;
    let is_decided = has_comm && settings.name.as_ref().is_some_and(is_short);
    if settings.command_line.is_none() && is_decided {
        return Some(true);
    }
    let mut line = fs::read(folder.join("cmdline")).ok()?;
    let first = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let first = first
        .rsplit(|byte| *byte == b'/')
        .next()
        .unwrap_or_default();
    let has_name = settings.name.as_ref().is_none_or(|name| {
        first == name.as_bytes() || has_comm && (is_short(name) || line.is_empty())
    });
    line.iter_mut()
        .filter(|byte| **byte == 0)
        .for_each(|byte| *byte = b' ');
    let has_text = settings
        .command_line
        .as_ref()
        .is_none_or(|text| contains(&line, text.as_bytes()));
    Some(has_name && has_text)
}

/// The name stands in brackets, and may itself hold some.
fn comm_and_state(stat: &[u8]) -> Option<(&[u8], u8)> {
    let from = stat.iter().position(|byte| *byte == b'(')?;
    let to = stat.iter().rposition(|byte| *byte == b')')?;
    let comm = stat.get(from + 1..to)?;
    Some((comm, *stat.get(to + 2)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use vedette_wire::CheckState;

    use super::*;

    #[test]
    fn processes_are_known_by_name_or_command_line() {
        let dir = tempfile::tempdir().unwrap();
        let rows: [(u32, &str, char, &str); 7] = [
            (1, "systemd", 'S', "/sbin/init\0"),
            (20, "nginx", 'S', "nginx: master process /usr/sbin/nginx\0"),
            (21, "nginx", 'Z', ""),
            (
                30,
                "python3",
                'R',
                "/usr/bin/python3\0/opt/app/worker.py\0--queue\0mail\0",
            ),
            (40, "a) (b", 'S', "a\0"),
            (
                50,
                "prometheus-node",
                'S',
                "/usr/bin/prometheus-node-exporter\0",
            ),
            (
                51,
                "prometheus-node",
                'S',
                "/usr/bin/prometheus-node-other\0",
            ),
        ];
        for (pid, comm, state, line) in rows {
            let folder = dir.path().join(pid.to_string());
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("stat"), format!("{pid} ({comm}) {state} 1 1")).unwrap();
            fs::write(folder.join("cmdline"), line).unwrap();
        }
        fs::create_dir(dir.path().join("self")).unwrap();
        // (name, command line, expected pids)
        let cases: [(Option<&str>, Option<&str>, &[u32]); 8] = [
            (Some("nginx"), None, &[20]),
            (Some("init"), None, &[1]),
            (None, Some("worker.py --queue mail"), &[30]),
            (Some("python3"), Some("--queue"), &[30]),
            (Some("python3"), Some("--other"), &[]),
            (Some("a) (b"), None, &[40]),
            (Some("prometheus-node-exporter"), None, &[50]),
            (Some("cron"), None, &[]),
        ];
        for (name, line, expected) in cases {
            let settings = settings(name, line);
            assert_eq!(
                matching(dir.path(), &settings).unwrap(),
                expected,
                "{name:?} {line:?}"
            );
        }
    }

    #[test]
    fn a_number_outside_its_bounds_is_critical() {
        let mut settings = settings(Some("nginx"), None);
        settings.at_most = Some(2);
        let process = Process::new(settings);
        // (processes, state, part of the text)
        let cases: [(&[u32], CheckState, &str); 3] = [
            (&[], CheckState::Critical, "at least 1"),
            (&[7], CheckState::Ok, "process 7"),
            (&[7, 8, 9], CheckState::Critical, "at most 2"),
        ];
        for (pids, state, part) in cases {
            let found = process.judge(pids);
            assert_eq!(found.state, state);
            assert!(found.text.contains(part), "{}", found.text);
        }
    }

    fn settings(name: Option<&str>, line: Option<&str>) -> ProcessSettings {
        ProcessSettings {
            name: name.map(str::to_owned),
            command_line: line.map(str::to_owned),
            at_least: 1,
            at_most: None,
        }
    }
}
