//! Asks the package manager which updates wait, without a network and without a hurry.
//!
//! In: `apt-get --simulate`, or dnf with what it has cached. Out: [`Waiting`]. Never
//! refreshes a list: that is the administrator's, and may cost money or a lock.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use vedette_wire::limits;

use crate::probe::Surroundings;
use crate::program::{Bounds, Exit, Programs, Ran};

/// How long one question may take; the host may be busy, and this is never important.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(120);
/// Questions in one look.
pub(super) const QUESTIONS_MAX: u32 = 3;
/// Bytes of an answer: thousands of packages.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// A list of packages that was refreshed longer ago knows nothing of recent updates.
const LISTS_AGE_MAX: Duration = Duration::from_secs(14 * 86_400);
/// dnf's exit code for "there are updates".
const DNF_UPDATES: Exit = Exit::Code(100);

/// What waits.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Waiting {
    /// Packages for which an update waits.
    pub(super) pending: usize,
    /// Those of them for which it is a security update.
    pub(super) security: BTreeSet<String>,
    /// Whether the package manager itself asks for a reboot.
    pub(super) asks_for_reboot: bool,
    /// Why this may be old.
    pub(super) stale: Option<String>,
}

/// Whom to ask.
pub(super) struct Source {
    programs: Programs,
    lists: PathBuf,
    dpkg: PathBuf,
}

impl Source {
    pub(super) fn new(surroundings: &Surroundings) -> Source {
        Source {
            programs: surroundings.programs.clone(),
            lists: surroundings.root.join("var/lib/apt/lists"),
            dpkg: surroundings.root.join("var/lib/dpkg/status"),
        }
    }

    /// Whether there is anybody to ask.
    pub(super) fn is_there(&self) -> bool {
        self.has_apt() || self.programs.has("dnf")
    }

    /// What waits.
    pub(super) fn ask(&self) -> Result<Waiting, String> {
        match self.has_apt() {
            true => self.apt(),
            false => self.dnf(),
        }
    }

    fn has_apt(&self) -> bool {
        self.programs.has("apt-get") && self.dpkg.is_file()
    }

    fn apt(&self) -> Result<Waiting, String> {
        // A kernel comes as a new package.
        let asked = [
            "-s",
            "-o",
            "Debug::NoLocking=true",
            "--with-new-pkgs",
            "upgrade",
        ];
        let out = self.gently("apt-get", &asked)?.expect_success("apt-get")?;
        Ok(Waiting {
            stale: self.stale(),
            ..apt(&out)
        })
    }

    /// Why apt's lists are too old to be believed, if they are.
    fn stale(&self) -> Option<String> {
        let places = [self.lists.clone(), self.lists.join("partial")];
        let times = places.iter().map(|place| fs::metadata(place)?.modified());
        let newest = times.flatten().max()?;
        let age = SystemTime::now().duration_since(newest).ok()?;
        (age > LISTS_AGE_MAX).then(|| {
            let days = age.as_secs() / 86_400;
            format!("apt's lists were last refreshed {days} days ago; newer updates are not seen")
        })
    }

    fn dnf(&self) -> Result<Waiting, String> {
        let ran = self.gently("dnf", &["-q", "--cacheonly", "check-update"])?;
        let pending = match ran.exit {
            Exit::Code(0) => 0,
            exit if exit == DNF_UPDATES => dnf_pending(&ran.out),
            Exit::Code(_) | Exit::Signal(_) => {
                return Err(ran.expect_success("dnf").err().unwrap_or_default());
            }
        };
        let asked = ["-q", "--cacheonly", "updateinfo", "list", "--security"];
        let security = self.gently("dnf", &asked)?.expect_success("dnf")?;
        Ok(Waiting {
            pending,
            security: dnf_security(&security),
            asks_for_reboot: self.needs_restarting(),
            stale: None,
        })
    }

    /// Of dnf's own tool, where it is installed: 1 asks for a reboot.
    fn needs_restarting(&self) -> bool {
        self.programs.has("needs-restarting")
            && self
                .gently("needs-restarting", &["-r"])
                .is_ok_and(|ran| ran.exit == Exit::Code(1))
    }

    /// Runs a program after all others, where the system has the means.
    fn gently(&self, program: &str, asked: &[&str]) -> Result<Ran, String> {
        let mut command: Vec<&str> = Vec::new();
        if self.programs.has("nice") {
            command.extend(["nice", "-n", "19"]);
        }
        if self.programs.has("ionice") {
            command.extend(["ionice", "-t", "-c", "3"]);
        }
        command.push(program);
        command.extend(asked);
        let bounds = Bounds {
            within: ANSWER_WITHIN,
            bytes_max: ANSWER_BYTES_MAX,
        };
        let ran = self.programs.run(command[0], &command[1..], bounds);
        ran.map_err(|error| error.to_string())
    }
}

/// `Inst libc6 [2.36-9] (2.36-10 Debian-Security:12/stable-security [amd64])`. Without a
/// version in brackets it is a new package that comes along.
pub(super) fn apt(out: &[u8]) -> Waiting {
    let mut waiting = Waiting::default();
    let text = String::from_utf8_lossy(out);
    let mut pending: BTreeSet<&str> = BTreeSet::new();
    for line in text.lines() {
        let Some(rest) = line.strip_prefix("Inst ") else {
            continue;
        };
        let (Some((name, rest)), Some((head, origin))) =
            (rest.split_once(' '), rest.split_once('('))
        else {
            continue;
        };
        if !is_name(name) || !rest.starts_with('[') || !head.contains(" [") {
            continue;
        }
        pending.insert(name);
        if origin.to_lowercase().contains("security") {
            waiting.security.insert(name.to_owned());
        }
    }
    waiting.pending = pending.len();
    waiting
}

/// `bash.x86_64   5.1.8-9.el9   baseos`, up to a heading.
pub(super) fn dnf_pending(out: &[u8]) -> usize {
    let text = String::from_utf8_lossy(out);
    let lines = text
        .lines()
        .take_while(|line| !line.starts_with("Obsoleting"));
    let names: BTreeSet<&str> = lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let name = words
                .next()
                .filter(|name| is_name(name) && name.contains('.'))?;
            (words.count() == 2).then_some(name)
        })
        .collect();
    names.len()
}

/// `RHSA-2024:1 Important/Sec. kernel-5.14.0-1.el9.x86_64`: the names without versions.
pub(super) fn dnf_security(out: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(out);
    let names = text.lines().filter_map(|line| {
        let whole = line.split_whitespace().nth(2)?;
        let name = whole.rsplitn(3, '-').nth(2)?;
        is_name(name).then(|| name.to_owned())
    });
    names.collect()
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._:".contains(&byte);
    !name.is_empty() && name.len() <= limits::NAME_BYTES_MAX && name.bytes().all(allowed)
}
