//! A real PostgreSQL of a test's own, as `postgres-up.sh` runs one.
//!
//! In: whether it waits for the disk, and a port. Out: [`Postgres`], to be crashed, frozen, started
//! again; it ends when its standard input does, at the latest with the test's process. Nothing, said
//! aloud, where it is not installed. Knows nothing of collectors.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::skip::skip;

/// Where Debian puts its programs.
const PROGRAMS: &str = "/usr/lib/postgresql";
const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/postgres/postgres-up.sh"
);
/// What its socket is named after when it listens on no port.
const SOCKET_PORT: u16 = 5432;

/// Whether a server waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// No: it is only killed, never cut off its power.
    Cheap,
    /// As in production.
    Durable,
}

/// A running server, fresh and empty.
#[derive(Debug)]
pub struct Postgres {
    script: Child,
    /// None once it was told to end.
    orders: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
    dir: PathBuf,
    port: u16,
}

impl Postgres {
    /// Starts one that listens on its socket only, or also on a port of 127.0.0.1 unless that is
    /// zero; or says that the test is skipped.
    pub fn start(how: How, port: u16) -> Option<Postgres> {
        if !is_installed() {
            skip("PostgreSQL is not installed");
            return None;
        }
        let complaints = tempfile::NamedTempFile::new().expect("a temporary file can be made");
        let mut script = Command::new(SCRIPT)
            .arg(port.to_string())
            .arg(match how {
                How::Cheap => "cheap",
                How::Durable => "durable",
            })
            .env("PG_TEMPLATES", templates())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints.reopen().expect("a file just made opens"))
            .spawn()
            .expect("postgres-up.sh starts");
        let said = script.stdout.take().expect("it is piped");
        let mut server = Postgres {
            orders: script.stdin.take(),
            script,
            said: BufReader::new(said),
            dir: PathBuf::new(),
            port: if port == 0 { SOCKET_PORT } else { port },
        };
        let first = server.hear();
        let dir = first.strip_prefix("dir ").unwrap_or_else(|| {
            let complaints = std::fs::read_to_string(complaints.path());
            panic!(
                "PostgreSQL does not start: {}",
                complaints.unwrap_or_default()
            )
        });
        server.dir = dir.into();
        assert_eq!(server.hear(), "ready", "see its log in {dir}");
        Some(server)
    }

    /// The URL of its first database by its socket; everybody is the superuser there.
    pub fn url(&self) -> String {
        let dir = self.dir.display();
        format!("postgres://vedette@/postgres?host={dir}&port={}", self.port)
    }

    /// The certificate it shows, which names localhost.
    pub fn certificate(&self) -> PathBuf {
        self.dir.join("server.crt")
    }

    /// Carries out a statement as the superuser.
    pub fn does(&self, sql: &str) {
        let mut command = Command::new("psql");
        command.args([
            "--quiet",
            "--no-psqlrc",
            "--set=ON_ERROR_STOP=1",
            "--command",
            sql,
        ]);
        let done = command.arg(self.url()).output().expect("psql starts");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{sql}: {said}");
    }

    /// Ends it as a power cut of the program alone would: `pg_ctl stop -m immediate`.
    pub fn crash(&mut self) {
        self.order("crash", "down");
    }

    /// Ends it politely: sessions are told, and cut.
    pub fn stop(&mut self) {
        self.order("stop", "down");
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        self.order("start", "ready");
    }

    /// From now on it takes connections and answers nothing.
    pub fn freeze(&mut self) {
        self.order("freeze", "frozen");
    }

    /// It goes on.
    pub fn thaw(&mut self) {
        self.order("thaw", "thawed");
    }

    fn order(&mut self, order: &str, expected: &str) {
        let orders = self.orders.as_mut().expect("it was not told to end");
        writeln!(orders, "{order}").expect("postgres-up.sh listens");
        assert_eq!(self.hear(), expected);
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("a pipe can be read");
        line.trim_end().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The end of its input is the end of it.
        self.orders = None;
        let _ = self.script.wait();
    }
}

/// Clients come without a server.
fn is_installed() -> bool {
    let releases = std::fs::read_dir(PROGRAMS).into_iter().flatten().flatten();
    let mut servers = releases.map(|release| release.path().join("bin/initdb"));
    servers.any(|server| server.is_file())
}

/// Where the empty cluster is kept between tests: with the other things cargo makes.
fn templates() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.ancestors().nth(2).expect("tests lie two folders deep");
    folder.join("postgres")
}
