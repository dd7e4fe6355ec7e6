//! Decides what the agent checks: `[[check]]` of `agent.toml` and of `agent.d/`.
//!
//! In: tables. Out: one [`CheckSettings`] for each, or findings. Secrets are never in it,
//! only the files that hold them. Knows nothing of how a check is run.

mod network;
mod read;
mod snmp;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::range::Range;
use crate::size::Size;

pub(super) use read::checks;
pub use written::{
    JournalSettings, LOG_PATTERNS_MAX, LOG_SOURCES_MAX, LogSettings, TextfileSettings, log_pattern,
};

/// Checks of one agent.
pub const CHECKS_MAX: usize = 512;
/// The pause between two runs where none is set.
pub const EVERY_DEFAULT: Duration = Duration::from_secs(60);
/// How long one run may take where nothing is set.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);

/// One `[[check]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckSettings {
    /// Its name; unique among the checks about the same thing.
    pub name: String,
    /// The device it looks at; none: this host.
    pub about: Option<String>,
    /// The pause between the beginnings of two runs; 5 s to 24 h.
    pub every: Duration,
    /// How long one run may take; shorter than `every`.
    pub timeout: Duration,
    /// What it looks at, and how.
    pub kind: CheckKind,
}

/// What a check looks at, and how.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckKind {
    /// Runs a monitoring plugin.
    Plugin(PluginSettings),
    /// Asks for a page.
    Http(HttpSettings),
    /// Connects, and may talk.
    Tcp(TcpSettings),
    /// Sends echo requests.
    Icmp(IcmpSettings),
    /// Asks name servers.
    Dns(DnsSettings),
    /// Looks at a certificate.
    Tls(TlsSettings),
    /// Asks a device for values.
    Snmp(SnmpSettings),
    /// Counts processes.
    Process(ProcessSettings),
    /// Asks systemd for the state of a unit.
    Unit(UnitSettings),
    /// Looks at a file's age and size.
    File(FileSettings),
    /// Reads what is added to a log.
    Log(LogSettings),
    /// Reads what others left in a file.
    Textfile(TextfileSettings),
}

/// The words of `kind`, in the order of the contract.
pub const CHECK_KINDS: &[&str] = &[
    "plugin", "http", "tcp", "icmp", "dns", "tls", "snmp", "process", "unit", "file", "log",
    "textfile",
];

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// `kind = "plugin"`.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginSettings {
    /// The program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// Added to its environment.
    pub environment: BTreeMap<String, String>,
    /// Added to its environment, from files read before each run.
    pub environment_files: BTreeMap<String, PathBuf>,
}

/// `kind = "http"`.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpSettings {
    /// The address asked for.
    pub url: String,
    /// Whether only the head of the answer is asked for.
    pub is_head: bool,
    /// Status codes that are well; empty: 200 to 299.
    pub status: Vec<u16>,
    /// A text the body must have.
    pub expect: Option<String>,
    /// Redirections followed.
    pub redirects: u32,
    /// Sent with every request to the target's own host.
    pub headers: BTreeMap<String, String>,
    /// Who asks, with `password_file`.
    pub user: Option<String>,
    /// Holds the password of `user`.
    pub password_file: Option<PathBuf>,
    /// Holds a bearer token.
    pub token_file: Option<PathBuf>,
    /// An answer that takes longer is a warning.
    pub slow: Option<Duration>,
    /// The certificate, if the address is encrypted.
    pub certificate: CertificateSettings,
}

/// `kind = "tcp"`.
#[derive(Debug, Clone, PartialEq)]
pub struct TcpSettings {
    /// Where to connect.
    pub target: Endpoint,
    /// Sent after connecting.
    pub send: Option<String>,
    /// A text that must be in what comes back.
    pub expect: Option<String>,
    /// An answer that takes longer is a warning.
    pub slow: Option<Duration>,
}

/// `kind = "icmp"`.
#[derive(Debug, Clone, PartialEq)]
pub struct IcmpSettings {
    /// A name or an IP address.
    pub host: String,
    /// Echo requests of one run.
    pub count: u32,
    /// A larger share lost is a warning.
    pub loss_warning: f64,
    /// A share lost at least this large is critical.
    pub loss_critical: f64,
    /// An average way and back that takes longer is a warning.
    pub rtt_warning: Option<Duration>,
    /// An average way and back that takes longer is critical.
    pub rtt_critical: Option<Duration>,
}

/// `kind = "dns"`.
#[derive(Debug, Clone, PartialEq)]
pub struct DnsSettings {
    /// The name asked for.
    pub name: String,
    /// What is asked for of it.
    pub record: DnsRecord,
    /// The servers that are asked, each; empty: those of this host.
    pub servers: Vec<std::net::SocketAddr>,
    /// Values that must all be in the answer; empty: any value will do.
    pub expect: Vec<String>,
    /// An answer that takes longer is a warning.
    pub slow: Option<Duration>,
}

/// A kind of record in the domain name system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DnsRecord {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Soa,
    Txt,
}

/// `kind = "tls"`.
#[derive(Debug, Clone, PartialEq)]
pub struct TlsSettings {
    /// Where to connect.
    pub target: Endpoint,
    /// The name asked for; none: the host of the target.
    pub server_name: Option<String>,
    /// What is said before encryption begins.
    pub starttls: Option<StartTls>,
    /// The certificate as it lies on this host's disk (PEM): another one served is a warning.
    pub file: Option<PathBuf>,
    /// How the certificate is judged.
    pub certificate: CertificateSettings,
}

/// How a certificate is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct CertificateSettings {
    /// Whether its chain and name must be good.
    pub verify: bool,
    /// Certificates (PEM) to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// Less time left is a warning; none: 21 days or a quarter of its lifetime, what is less.
    pub warn_before: Option<Duration>,
    /// Less time left is critical; none: 7 days or a tenth of its lifetime, what is less.
    pub critical_before: Option<Duration>,
}

/// A protocol that begins in clear text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StartTls {
    Smtp,
    Imap,
    Pop3,
}

/// `kind = "snmp"`.
#[derive(Debug, Clone, PartialEq)]
pub struct SnmpSettings {
    /// Where the device listens.
    pub target: Endpoint,
    /// How we are let in.
    pub access: SnmpAccess,
    /// What is asked for; empty: whether it answers at all.
    pub values: Vec<SnmpValue>,
}

/// How a device lets us in.
#[derive(Debug, Clone, PartialEq)]
pub enum SnmpAccess {
    /// SNMP version 2c.
    V2c {
        /// Holds the community; none: `public`.
        community_file: Option<PathBuf>,
    },
    /// SNMP version 3, with the user-based security model.
    V3 {
        /// Who asks.
        user: String,
        /// How messages are signed, and the file that holds the password.
        auth: Option<(SnmpAuth, PathBuf)>,
        /// How messages are encrypted, and the file that holds the password.
        privacy: Option<(SnmpPrivacy, PathBuf)>,
    },
}

/// How SNMP version 3 signs messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SnmpAuth {
    Sha1,
    Sha256,
    Sha512,
}

/// How SNMP version 3 encrypts messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SnmpPrivacy {
    Aes128,
}

/// One value asked of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct SnmpValue {
    /// Its object identifier, as numbers.
    pub oid: Vec<u32>,
    /// What it is called.
    pub label: String,
    /// Its unit, as people write it.
    pub unit: String,
    /// A value outside is a warning.
    pub warning: Option<Range>,
    /// A value outside is critical.
    pub critical: Option<Range>,
}

/// `kind = "process"`.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessSettings {
    /// The name of the program, as `ps -C` knows it.
    pub name: Option<String>,
    /// A text that must be in its command line.
    pub command_line: Option<String>,
    /// Fewer are critical.
    pub at_least: u32,
    /// More are critical.
    pub at_most: Option<u32>,
}

/// `kind = "unit"`.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitSettings {
    /// Its name, such as `nginx.service`.
    pub unit: String,
    /// How it should be.
    pub state: UnitState,
}

/// How a unit should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitState {
    /// It runs.
    Active,
    /// It does not run.
    Inactive,
    /// It runs or has ended well: what a timer starts.
    NotFailed,
}

/// `kind = "file"`.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSettings {
    /// Where it is, or should not be.
    pub path: PathBuf,
    /// Whether it must be there, or must not.
    pub exists: bool,
    /// An older one is a warning.
    pub age_warning: Option<Duration>,
    /// An older one is critical.
    pub age_critical: Option<Duration>,
    /// A smaller one is critical.
    pub size_min: Option<Size>,
    /// A larger one is critical.
    pub size_max: Option<Size>,
}

impl CheckKind {
    /// The word of `kind` in the file and on the wire.
    pub fn as_str(&self) -> &'static str {
        match self {
            CheckKind::Plugin(_) => "plugin",
            CheckKind::Http(_) => "http",
            CheckKind::Tcp(_) => "tcp",
            CheckKind::Icmp(_) => "icmp",
            CheckKind::Dns(_) => "dns",
            CheckKind::Tls(_) => "tls",
            CheckKind::Snmp(_) => "snmp",
            CheckKind::Process(_) => "process",
            CheckKind::Unit(_) => "unit",
            CheckKind::File(_) => "file",
            CheckKind::Log(_) => "log",
            CheckKind::Textfile(_) => "textfile",
        }
    }
}

impl CheckKind {
    /// What it looks at, for people. Never a secret: of a command only the program is named,
    /// of an address nothing after the `?`.
    pub fn target(&self) -> String {
        match self {
            CheckKind::Plugin(plugin) => {
                let program = plugin.command.first().map_or("", String::as_str);
                let name = program.rsplit('/').next().unwrap_or_default();
                match plugin.command.len() {
                    0 | 1 => name.to_owned(),
                    2 => format!("{name} with 1 argument"),
                    words => format!("{name} with {} arguments", words - 1),
                }
            }
            CheckKind::Http(http) => {
                let end = http.url.find('?').unwrap_or(http.url.len());
                http.url[..end].to_owned()
            }
            CheckKind::Tcp(tcp) => tcp.target.to_string(),
            CheckKind::Icmp(icmp) => icmp.host.clone(),
            CheckKind::Dns(dns) => dns.name.clone(),
            CheckKind::Tls(tls) => tls.target.to_string(),
            CheckKind::Snmp(snmp) => snmp.target.to_string(),
            CheckKind::Process(process) => {
                let text = process.name.as_ref().or(process.command_line.as_ref());
                text.cloned().unwrap_or_default()
            }
            CheckKind::Unit(unit) => unit.unit.clone(),
            CheckKind::File(file) => file.path.display().to_string(),
            CheckKind::Log(log) => match log.files.as_slice() {
                [] => "the journal".to_owned(),
                files => files.join(", "),
            },
            CheckKind::Textfile(textfile) => textfile.folder.display().to_string(),
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(formatter, "[{}]:{}", self.host, self.port),
            false => write!(formatter, "{}:{}", self.host, self.port),
        }
    }
}
