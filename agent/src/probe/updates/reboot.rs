//! Finds out whether the host asks for a reboot, and since when.
//!
//! In: `/run/reboot-required` (Debian, Ubuntu), the kernels in `/boot` and the one that
//! runs. Out: reasons, for people. A kernel that was there when the host booted and was
//! not chosen asks for no reboot, another one would not change it; that it was passed over is
//! told apart, because a boot that should have brought it may have failed to.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::probe::{Surroundings, sysfs, text};

/// Packages named as the reason.
const NAMED_MAX: usize = 8;
/// Names of distributions that stand in front of their version within a kernel's.
const DISTRIBUTIONS: [&str; 6] = ["el", "fc", "deb", "bpo", "amzn", "lp"];

/// Where to look.
pub(super) struct Reboot {
    run: PathBuf,
    boot: PathBuf,
    proc: PathBuf,
}

/// Why a reboot is asked for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reasons {
    /// Empty: it is not.
    pub(super) why: Vec<String>,
    /// Since when at the latest, in milliseconds of the wall clock, if that is known.
    pub(super) since_ms: Option<i64>,
    /// When this boot was, in the same.
    pub(super) booted_ms: i64,
    /// A newer kernel that was there when the host booted, and was not chosen.
    pub(super) passed_over: Option<String>,
    /// Whether kernels are chosen from `/boot` at all.
    pub(super) is_chosen: bool,
}

/// The newest kernel of the kind that runs.
struct Newest {
    kernel: String,
    installed_ms: i64,
}

impl Reboot {
    pub(super) fn new(surroundings: &Surroundings) -> Reboot {
        Reboot {
            run: surroundings.root.join("run"),
            boot: surroundings.root.join("boot"),
            proc: surroundings.proc.clone(),
        }
    }

    pub(super) fn reasons(&self) -> Result<Reasons, String> {
        let mut reasons = Reasons {
            booted_ms: self.booted_ms().unwrap_or(0),
            ..Reasons::default()
        };
        if let Ok(about) = fs::metadata(self.run.join("reboot-required")) {
            reasons.why.push(self.packages());
            reasons.since_ms = Some(about.mtime().saturating_mul(1_000));
        }
        let newer = self.newer_kernel()?;
        reasons.is_chosen = newer.is_some();
        match newer.flatten() {
            Some(newer) if newer.installed_ms > reasons.booted_ms => {
                let why = format!("kernel {} is installed", newer.kernel);
                reasons.why.push(why);
                let since = reasons.since_ms.unwrap_or(i64::MAX);
                reasons.since_ms = Some(since.min(newer.installed_ms));
            }
            Some(newer) => reasons.passed_over = Some(newer.kernel),
            None => {}
        }
        Ok(reasons)
    }

    fn packages(&self) -> String {
        let listed = sysfs::said(&self.run.join("reboot-required.pkgs")).unwrap_or_default();
        let mut names: Vec<&str> = listed.lines().map(str::trim).collect();
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names.dedup();
        let more = names.len().saturating_sub(NAMED_MAX);
        names.truncate(NAMED_MAX);
        match (names.is_empty(), more) {
            (true, _) => "an update asks for it".to_owned(),
            (false, 0) => format!("updated: {}", names.join(", ")),
            (false, more) => format!("updated: {} and {more} more", names.join(", ")),
        }
    }

    /// The newest kernel of the kind that runs, if there is a newer one; `None` where kernels are
    /// not chosen from `/boot`.
    fn newer_kernel(&self) -> Result<Option<Option<Newest>>, String> {
        let Some(running) = sysfs::said(&self.proc.join("sys/kernel/osrelease")) else {
            return Ok(None);
        };
        let files = sysfs::names(&self.boot)?;
        let kernels = files
            .iter()
            .filter_map(|file| file.strip_prefix("vmlinuz-"));
        let mut kernels: Vec<&str> = kernels.collect();
        if !kernels.contains(&running.as_str()) {
            // A container, or a kernel that came another way.
            return Ok(None);
        }
        let now = Kernel::of(&running);
        kernels.retain(|kernel| {
            let other = Kernel::of(kernel);
            other.flavour == now.flavour && other.numbers > now.numbers
        });
        let newest = kernels
            .into_iter()
            .max_by_key(|kernel| Kernel::of(kernel).numbers);
        Ok(Some(newest.and_then(|kernel| {
            let about = fs::metadata(self.boot.join(format!("vmlinuz-{kernel}"))).ok()?;
            Some(Newest {
                kernel: kernel.to_owned(),
                // The time of the file's content is that of its build.
                installed_ms: about.ctime().saturating_mul(1_000),
            })
        })))
    }

    fn booted_ms(&self) -> Option<i64> {
        let stat = fs::read(self.proc.join("stat")).ok()?;
        let line = text::lines(&stat).find_map(|line| line.strip_prefix(b"btime "))?;
        let seconds = text::whole(line.trim_ascii())?;
        i64::try_from(seconds).ok()?.checked_mul(1_000)
    }
}

/// A kernel's release, taken apart: `6.1.0-18-rt-amd64` is 6, 1, 0, 18 of `rt-amd64`.
#[derive(Debug, PartialEq)]
struct Kernel {
    numbers: Vec<u64>,
    flavour: String,
}

impl Kernel {
    fn of(release: &str) -> Kernel {
        let tokens: Vec<&str> = release.split(['.', '-', '+', '~']).collect();
        let is_flavour = |token: &&&str| {
            let begins = token.starts_with(|letter: char| letter.is_ascii_alphabetic());
            let is_version = DISTRIBUTIONS.iter().any(|name| {
                let rest = token.strip_prefix(name);
                rest.is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()))
            });
            begins && !is_version
        };
        let flavours = tokens.iter().rev().take_while(is_flavour).count();
        let (versions, flavour) = tokens.split_at(tokens.len() - flavours);
        let digits = versions
            .iter()
            .flat_map(|token| token.split(|letter: char| !letter.is_ascii_digit()));
        Kernel {
            numbers: digits.filter_map(|digits| digits.parse().ok()).collect(),
            flavour: flavour.join("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_compared_with_their_like() {
        let cases = [
            ("6.1.0-18-amd64", "6.1.0-22-amd64", true),
            ("6.1.0-9-amd64", "6.1.0-18-amd64", true),
            ("6.1.0-18-amd64", "6.1.0-22-rt-amd64", false),
            ("6.1.0-18-amd64", "6.1.0-18-amd64", false),
            ("6.1.0-22-amd64", "6.1.0-18-amd64", false),
            ("6.1.0-18-amd64", "6.5.0-0.deb12.4-amd64", true),
            ("5.15.0-105-generic", "5.15.0-112-generic", true),
            ("5.15.0-105-generic", "5.15.0-112-lowlatency", false),
            (
                "5.14.0-362.8.1.el9_3.x86_64",
                "5.14.0-427.13.1.el9_4.x86_64",
                true,
            ),
            ("5.14.0-362.8.1.el9_3.x86_64", "0-rescue-4f5e", false),
            ("6.9.1-arch1-1", "6.9.2-arch1-1", true),
        ];
        for (running, other, expected) in cases {
            let (now, then) = (Kernel::of(running), Kernel::of(other));
            let is_newer = then.flavour == now.flavour && then.numbers > now.numbers;
            assert_eq!(is_newer, expected, "{running} and {other}");
        }
    }
}
