//! Reads which packages are installed, and sees when that changes.
//!
//! In: `/var/lib/dpkg/status`, taken apart here, or `rpm -qa`. Out: names and versions.
//! Knows nothing of updates that wait.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use vedette_wire::limits;

use crate::program::{Bounds, Programs};

/// The largest `status` that is read; one with 20,000 packages is 20 MB.
const STATUS_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The longest line of it that means something here.
const LINE_BYTES_MAX: u64 = 4 * 1024;
/// Bytes of `rpm -qa`.
const RPM_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long rpm may take.
const RPM_WITHIN: Duration = Duration::from_secs(60);
/// Where dpkg keeps what is installed.
const DPKG: &str = "var/lib/dpkg/status";
/// Where rpm keeps it, by age of the system; with the journal of the last of them.
const RPM: [&str; 5] = [
    "var/lib/rpm/Packages",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
];

/// Who keeps the packages of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeper {
    Dpkg,
    Rpm,
    /// Nobody we know.
    Nobody,
}

/// The packages of a host.
#[derive(Debug, Clone)]
pub(crate) struct Packages {
    root: PathBuf,
    programs: Programs,
}

/// Something that differs whenever the packages do: when, and how large, their list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp(Vec<(i64, i64, u64)>);

impl Stamp {
    /// When the list was written, in milliseconds of the wall clock.
    pub(crate) fn wall_ms(&self) -> Option<i64> {
        let newest = self.0.iter().max()?;
        Some(
            newest
                .0
                .saturating_mul(1_000)
                .saturating_add(newest.1 / 1_000_000),
        )
    }
}

impl Packages {
    pub(crate) fn new(root: &Path, programs: &Programs) -> Packages {
        Packages {
            root: root.to_owned(),
            programs: programs.clone(),
        }
    }

    /// Who keeps them. An empty list of dpkg's is one that another system's tools made.
    pub(crate) fn keeper(&self) -> Keeper {
        let is_file = |name: &&str| {
            let about = fs::metadata(self.root.join(name));
            about.is_ok_and(|about| about.is_file() && about.len() > 0)
        };
        match (is_file(&DPKG), RPM.iter().any(is_file)) {
            (true, _) => Keeper::Dpkg,
            (false, true) => Keeper::Rpm,
            (false, false) => Keeper::Nobody,
        }
    }

    /// The state of the list itself; costs a few looks at files.
    pub(crate) fn stamp(&self) -> Stamp {
        let names: &[&str] = match self.keeper() {
            Keeper::Dpkg => &[DPKG],
            Keeper::Rpm => &RPM,
            Keeper::Nobody => &[],
        };
        let stamps = names.iter().filter_map(|name| {
            let about = fs::metadata(self.root.join(name)).ok()?;
            Some((about.mtime(), about.mtime_nsec(), about.len()))
        });
        Stamp(stamps.collect())
    }

    /// Names and versions; several versions of one name with commas between them.
    ///
    /// # Errors
    /// A sentence; then nothing is known, which is not that nothing is installed.
    pub(crate) fn installed(&self) -> Result<BTreeMap<String, String>, String> {
        let found = match self.keeper() {
            Keeper::Dpkg => self.of_dpkg()?,
            Keeper::Rpm => self.of_rpm()?,
            Keeper::Nobody => return Ok(BTreeMap::new()),
        };
        match found.is_empty() {
            true => Err("the list of packages names none".to_owned()),
            false => Ok(joined(found)),
        }
    }

    fn of_dpkg(&self) -> Result<Vec<(String, String)>, String> {
        let path = self.root.join(DPKG);
        let cannot = |why: &str| format!("{} cannot be read: {why}", path.display());
        let file = File::open(&path).map_err(|error| cannot(&error.to_string()))?;
        let most = STATUS_BYTES_MAX;
        if file.metadata().is_ok_and(|about| about.len() > most) {
            return Err(cannot(&format!("it is longer than {most} bytes")));
        }
        dpkg(BufReader::new(file.take(most))).map_err(|error| cannot(&error.to_string()))
    }

    fn of_rpm(&self) -> Result<Vec<(String, String)>, String> {
        let bounds = Bounds {
            within: RPM_WITHIN,
            bytes_max: RPM_BYTES_MAX,
        };
        let asked = ["-qa", "--qf", "%{NAME} %{EVR}\\n"];
        let ran = self.programs.run("rpm", &asked, bounds);
        let ran = ran.map_err(|error| error.to_string())?;
        if ran.is_cut {
            return Err(format!(
                "rpm names more than {RPM_BYTES_MAX} bytes of packages"
            ));
        }
        let out = ran.expect_success("rpm")?;
        let text = String::from_utf8_lossy(&out);
        let pairs = text.lines().filter_map(|line| line.trim().split_once(' '));
        Ok(pairs
            .filter_map(|(name, version)| pair(name, version))
            .collect())
    }
}

/// The stanzas of dpkg's list whose package is there in some way.
fn dpkg(mut lines: impl BufRead) -> std::io::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut stanza = Stanza::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = (&mut lines)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)?;
        if length == 0 {
            found.extend(stanza.package());
            return Ok(found);
        }
        if line.last() != Some(&b'\n') {
            // Longer than anything of interest; the rest of it is no line of its own.
            lines.skip_until(b'\n')?;
        }
        match line.trim_ascii_end() {
            b"" => found.extend(std::mem::take(&mut stanza).package()),
            line => stanza.read(line),
        }
    }
}

/// One package of dpkg's list.
#[derive(Default)]
struct Stanza {
    name: String,
    version: String,
    is_there: bool,
}

impl Stanza {
    fn read(&mut self, line: &[u8]) {
        let Some((key, value)) = std::str::from_utf8(line)
            .ok()
            .and_then(|line| line.split_once(": "))
        else {
            return;
        };
        match key {
            "Package" => self.name = value.to_owned(),
            "Version" => self.version = value.to_owned(),
            "Status" => {
                let state = value.rsplit(' ').next().unwrap_or_default();
                self.is_there = !["not-installed", "config-files"].contains(&state);
            }
            _ => {}
        }
    }

    fn package(self) -> Option<(String, String)> {
        self.is_there.then(|| pair(&self.name, &self.version))?
    }
}

/// A name and a version that a report can carry.
fn pair(name: &str, version: &str) -> Option<(String, String)> {
    let is_fit = |text: &str| {
        !text.is_empty()
            && text.len() <= limits::NAME_BYTES_MAX
            && !text.contains(char::is_control)
            && !text.contains(char::is_whitespace)
    };
    (is_fit(name) && is_fit(version)).then(|| (name.to_owned(), version.to_owned()))
}

/// At most [`limits::PACKAGES_MAX`] of them, the first by name.
fn joined(mut found: Vec<(String, String)>) -> BTreeMap<String, String> {
    found.sort();
    found.dedup();
    let mut packages: BTreeMap<String, String> = BTreeMap::new();
    for (name, version) in found {
        let has_room = packages.len() < limits::PACKAGES_MAX;
        match packages.get_mut(&name) {
            Some(versions) if versions.len() < limits::NAME_BYTES_MAX => {
                versions.push_str(", ");
                versions.push_str(&version);
            }
            Some(_) => {}
            None if has_room => {
                packages.insert(name, version);
            }
            None => break,
        }
    }
    packages
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::probe::fixture::Fixture;

    fn packages(host: &Fixture) -> Packages {
        Packages::new(&host.path(""), &Programs::below(&host.path("bin")))
    }

    fn listed(host: &Fixture) -> String {
        let installed = packages(host).installed().unwrap();
        let lines = installed
            .iter()
            .map(|(name, version)| format!("{name} {version}"));
        lines.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn dpkg_lists_what_is_there_and_not_what_was() {
        let host = Fixture::new(
            "var/lib/dpkg/status = Package: bash\\nStatus: install ok installed\\nVersion: 5.2\\n\\n\
             Package: gone\\nStatus: deinstall ok config-files\\nVersion: 1\\n\\n\
             Package: libc6\\nStatus: install ok installed\\nArchitecture: amd64\\nVersion: 2.36\\n\\n\
             Package: libc6\\nStatus: hold ok installed\\nArchitecture: i386\\nVersion: 2.36\\n\\n\
             Package: half\\nStatus: install ok half-configured\\nDescription: x\\n Version: 9\\nVersion: 3",
        );
        assert_eq!(packages(&host).keeper(), Keeper::Dpkg);
        assert_eq!(listed(&host), "bash 5.2; half 3; libc6 2.36");
    }

    #[test]
    fn rpm_is_asked_where_dpkg_keeps_nothing() {
        let host = Fixture::new("var/lib/rpm/rpmdb.sqlite = x\nvar/lib/dpkg/other =");
        host.program(
            "rpm",
            "echo 'kernel 5.14-2'; echo 'bash 5.1-9.el9'; echo 'kernel 5.14-1'; echo; echo nonsense",
        );
        assert_eq!(packages(&host).keeper(), Keeper::Rpm);
        assert_eq!(listed(&host), "bash 5.1-9.el9; kernel 5.14-1, 5.14-2");
        host.program("rpm", "echo 'error: cannot open Packages' >&2; exit 1");
        assert!(
            packages(&host)
                .installed()
                .unwrap_err()
                .contains("cannot open")
        );
    }

    #[test]
    fn a_host_whose_packages_nobody_keeps_has_none() {
        let host = Fixture::new("");
        assert_eq!(packages(&host).keeper(), Keeper::Nobody);
        assert_eq!(listed(&host), "");
        assert_eq!(packages(&host).stamp().wall_ms(), None);
    }

    #[test]
    fn a_list_without_a_package_is_not_believed() {
        let host = Fixture::new("var/lib/dpkg/status = Package: x\\nStatus: install ok");
        host.write("var/lib/dpkg/status", b"\xff\xfe rubbish");
        assert!(packages(&host).installed().is_err());
    }

    #[test]
    fn the_stamp_differs_when_the_list_does() {
        let host = Fixture::new("var/lib/dpkg/status = Package: x");
        let before = packages(&host).stamp();
        assert_eq!(packages(&host).stamp(), before);
        host.write("var/lib/dpkg/status", b"Package: longer");
        assert_ne!(packages(&host).stamp(), before);
        assert!(before.wall_ms().is_some());
    }

    proptest! {
        #[test]
        fn no_list_makes_it_panic(
            bytes: Vec<u8>,
            text in "(Package: |Status: |Version: |install ok |installed|\n|\n\n|[a-z]|\\PC){0,60}",
        ) {
            for input in [&bytes[..], text.as_bytes()] {
                for (name, version) in joined(dpkg(input).unwrap()) {
                    prop_assert!(!name.is_empty() && !version.is_empty());
                }
            }
        }

        #[test]
        fn an_endless_line_is_not_kept(count in 4_000..20_000_usize) {
            let text = format!("Package: a\nStatus: install ok installed\nX: {}\nVersion: 1\n", "y".repeat(count));
            prop_assert_eq!(dpkg(text.as_bytes()).unwrap(), [("a".to_owned(), "1".to_owned())]);
        }
    }
}
