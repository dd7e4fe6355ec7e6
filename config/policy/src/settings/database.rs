//! Reads which database decisions are kept in, and takes a PostgreSQL URL apart.
//!
//! In: `[store] url` and `password_file`. Out: a [`Database`]. A URL is shown without its
//! password, whoever shows it. Knows nothing of whether a database is there.

use std::fmt;
use std::path::{Path, PathBuf};

use vedette_config::{Code, Finding, Reader, Spanned};

use super::receivers::secret_path;

/// Where PostgreSQL listens when nobody says where.
const PORT: u16 = 5432;
/// Servers that one URL can name.
const HOSTS_MAX: usize = 8;
const HELP: &str = "write it like \"postgres://vedette@db.example.org/vedette?sslmode=verify-full\", \
                    or for this machine \"postgres://vedette@/vedette?host=/run/postgresql\"";

/// Which database decisions are kept in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file; none = in the state directory.
    Sqlite(Option<PathBuf>),
    /// A PostgreSQL database.
    Postgres(Box<PostgresUrl>),
}

/// What a PostgreSQL URL names. Shown without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    /// Who connects; none = the name of the user whom the collector runs as.
    pub user: Option<String>,
    /// The password in the URL.
    pub password: Option<Password>,
    /// A file that holds the password and nothing else.
    pub password_file: Option<PathBuf>,
    /// Servers or socket directories, tried in order; at least one.
    pub hosts: Vec<(String, u16)>,
    /// Which database there.
    pub database: String,
    /// Whether the connection is encrypted, and who may be at its other end.
    pub tls: PostgresTls,
    /// What the server is told at the start, as in `-c search_path=vedette`.
    pub options: Option<String>,
}

/// Whether a connection is encrypted, by the words of `sslmode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresTls {
    /// `disable`: never.
    Disable,
    /// `prefer`: where the server can; whoever it is.
    Prefer,
    /// `require`: always; whoever it is.
    Require,
    /// `verify-full`: always, and the server proves its name by a certificate of an authority in
    /// `sslrootcert`, or of one whom this machine trusts.
    VerifyFull {
        /// A file with the authorities, in PEM.
        authorities: Option<PathBuf>,
    },
}

/// A password. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The password itself, for sending it. Whoever calls this must not show it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("postgres://")?;
        if let Some(user) = &self.user {
            write!(formatter, "{user}@")?;
        }
        let is_socket = |host: &str| host.starts_with('/');
        let servers = self.hosts.iter().filter(|(host, _)| !is_socket(host));
        for (at, (host, port)) in servers.enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let (open, close) = if host.contains(':') {
                ("[", "]")
            } else {
                ("", "")
            };
            write!(formatter, "{comma}{open}{host}{close}:{port}")?;
        }
        write!(formatter, "/{}", self.database)?;
        match self.hosts.iter().find(|(host, _)| is_socket(host)) {
            Some((host, PORT)) => write!(formatter, "?host={host}"),
            Some((host, port)) => write!(formatter, "?host={host}&port={port}"),
            None => Ok(()),
        }
    }
}

/// Of `[store]`; none when it says nothing, or nothing that can be used.
pub(super) fn read(table: &mut Reader<'_>) -> Option<Database> {
    let url = table.optional::<Spanned<String>>("url");
    let password_file = secret_path(
        table,
        "password_file",
        "the store cannot be opened without it",
    );
    let url = url?;
    let text = url.value.as_str();
    // Not repeated in messages: it may hold a password.
    if let Some(rest) = rest_of(text) {
        return match parse(rest, password_file) {
            Ok(postgres) => Some(Database::Postgres(Box::new(postgres))),
            Err(why) => {
                let finding = Finding::error(
                    Code::BadUrl,
                    "this URL of a PostgreSQL database cannot be used",
                );
                table.push(finding.at(&url.place, why).help(HELP));
                None
            }
        };
    }
    if password_file.is_some() {
        let place = table
            .key_place("password_file")
            .unwrap_or(table.place())
            .clone();
        let finding = Finding::error(Code::ConflictingKeys, "a SQLite file has no password");
        table.push(finding.at(&place, "").help("remove `password_file`"));
    }
    let path = text.strip_prefix("sqlite:").map(Path::new);
    match path.filter(|path| path.is_absolute()) {
        Some(path) => Some(Database::Sqlite(Some(path.to_owned()))),
        None => {
            table.push(
                Finding::error(Code::BadUrl, "this names no store")
                    .at(&url.place, "")
                    .help("write it like \"sqlite:/var/lib/vedette-collector/vedette.db\" or \"postgres://vedette@db.example.org/vedette?sslmode=verify-full\""),
            );
            None
        }
    }
}

impl std::str::FromStr for PostgresUrl {
    type Err = String;

    /// Of a URL by itself, without a `password_file`.
    fn from_str(text: &str) -> Result<PostgresUrl, String> {
        let rest = rest_of(text).ok_or("it does not begin with postgres://")?;
        parse(rest, None)
    }
}

fn rest_of(text: &str) -> Option<&str> {
    let schemes = ["postgres://", "postgresql://"];
    schemes.iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// What stands behind `postgres://`. The error never repeats any of it but the names of parameters.
fn parse(rest: &str, password_file: Option<PathBuf>) -> Result<PostgresUrl, String> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, servers) = match authority.rsplit_once('@') {
        Some((credentials, servers)) => (credentials, servers),
        None => ("", authority),
    };
    let (user, password) = match credentials.split_once(':') {
        Some((user, password)) => (user, Some(decoded(password)?)),
        None => (credentials, None),
    };
    let mut named = Parameters::of(query)?;
    let mut hosts = servers_of(servers)?;
    if let Some(host) = named.host.take() {
        hosts.push((host, named.port.unwrap_or(PORT)));
    }
    if hosts.is_empty() {
        return Err("it names no server".into());
    }
    if hosts.len() > HOSTS_MAX {
        return Err(format!("it names more than {HOSTS_MAX} servers"));
    }
    if database.is_empty() {
        return Err("it names no database".into());
    }
    if password.is_some() && password_file.is_some() {
        return Err("the password stands in it and in `password_file`; keep one".into());
    }
    Ok(PostgresUrl {
        user: Some(decoded(user)?).filter(|user| !user.is_empty()),
        password: password.map(Password),
        password_file,
        hosts,
        database: decoded(database)?,
        tls: named.tls()?,
        options: named.options,
    })
}

fn servers_of(text: &str) -> Result<Vec<(String, u16)>, String> {
    let mut hosts = Vec::new();
    for server in text.split(',').filter(|server| !server.is_empty()) {
        // A port stands behind the last colon, unless that is within the brackets of an IPv6 address.
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let port = port.parse().map_err(|_| "a port is a number up to 65535")?;
                (host, port)
            }
            Some(_) | None => (server, PORT),
        };
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        hosts.push((decoded(host)?, port));
    }
    Ok(hosts)
}

/// What may stand behind the `?`.
#[derive(Default)]
struct Parameters {
    host: Option<String>,
    port: Option<u16>,
    options: Option<String>,
    mode: Option<String>,
    authorities: Option<PathBuf>,
}

impl Parameters {
    fn of(query: &str) -> Result<Parameters, String> {
        let mut named = Parameters::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value)?;
            match name {
                "host" if value.starts_with('/') => named.host = Some(value),
                "host" => {
                    return Err(
                        "`host` is the directory of a socket; name a server before the /".into(),
                    );
                }
                "port" => {
                    named.port = Some(
                        value
                            .parse()
                            .map_err(|_| "a port is a number up to 65535")?,
                    )
                }
                "options" => named.options = Some(value),
                "sslmode" => named.mode = Some(value),
                "sslrootcert" if value.starts_with('/') => named.authorities = Some(value.into()),
                "sslrootcert" => return Err("`sslrootcert` is not an absolute path".into()),
                _ => {
                    return Err(format!(
                        "`{name}` cannot stand in it; host, port, options, sslmode and sslrootcert can"
                    ));
                }
            }
        }
        Ok(named)
    }

    fn tls(&mut self) -> Result<PostgresTls, String> {
        let authorities = self.authorities.take();
        let tls = match self.mode.as_deref() {
            None | Some("prefer") => PostgresTls::Prefer,
            Some("disable") => PostgresTls::Disable,
            Some("require") => PostgresTls::Require,
            Some("verify-full") => return Ok(PostgresTls::VerifyFull { authorities }),
            Some(_) => return Err("`sslmode` can be disable, prefer, require, verify-full".into()),
        };
        match authorities {
            Some(_) => Err("`sslrootcert` takes sslmode=verify-full".into()),
            None => Ok(tls),
        }
    }
}

/// `%2F` is a slash.
fn decoded(text: &str) -> Result<String, String> {
    let wrong = || "a % stands before two hexadecimal digits; a % itself is %25".to_owned();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(wrong());
        };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    String::from_utf8(bytes).map_err(|_| "what % stands for is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_and_shown_without_its_password() {
        check("postgres://u@h/db", "postgres://u@h:5432/db");
        check("postgresql://h:1/db", "postgres://h:1/db");
        check(
            "postgres://u:p%40ss:w@h/db?sslmode=disable",
            "postgres://u@h:5432/db",
        );
        check(
            "postgres://u@a,b:7,[::1]/db",
            "postgres://u@a:5432,b:7,[::1]:5432/db",
        );
        check("postgres://u@[fe80::1]:9/db", "postgres://u@[fe80::1]:9/db");
        check(
            "postgres://u@/db?host=/run/postgresql",
            "postgres://u@/db?host=/run/postgresql",
        );
        check(
            "postgres:///db?host=/tmp&port=7",
            "postgres:///db?host=/tmp&port=7",
        );
        check("postgres://u@%2Ftmp/db", "postgres://u@/db?host=/tmp");
        let url: PostgresUrl = "postgres://u:p%40ss:w@h/db"
            .parse()
            .expect("it can be read");
        assert_eq!(url.password.as_ref().map(Password::reveal), Some("p@ss:w"));
        assert!(!format!("{url:?}").contains("p@ss"), "{url:?}");
    }

    #[test]
    fn the_words_of_sslmode_are_those_of_postgresql() {
        let tls = |query: &str| {
            let url: Result<PostgresUrl, String> = format!("postgres://u@h/db?{query}").parse();
            url.map(|url| url.tls)
        };
        assert_eq!(tls(""), Ok(PostgresTls::Prefer));
        assert_eq!(tls("sslmode=require"), Ok(PostgresTls::Require));
        let authorities = Some("/etc/ca.pem".into());
        assert_eq!(
            tls("sslmode=verify-full&sslrootcert=/etc/ca.pem"),
            Ok(PostgresTls::VerifyFull { authorities })
        );
        assert!(tls("sslmode=verify-ca").is_err());
        assert!(
            tls("sslmode=require&sslrootcert=/etc/ca.pem").is_err(),
            "it would not be looked at"
        );
        assert!(tls("sslmode=verify-full&sslrootcert=ca.pem").is_err());
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_being_repeated() {
        for (url, why) in [
            ("postgres:///db", "no server"),
            ("postgres://u:tops3cret@h", "no database"),
            ("postgres://u:tops3cret@h/", "no database"),
            ("postgres://u:tops3cret@h:x/db", "a port is a number"),
            ("postgres://u:tops3%zzcret@h/db", "hexadecimal"),
            (
                "postgres://u:tops3cret@h/db?host=other",
                "the directory of a socket",
            ),
            (
                "postgres://u:tops3cret@h/db?password=tops3cret",
                "`password` cannot stand in it",
            ),
            ("postgres://u@a,a,a,a,a,a,a,a,a/db", "more than 8"),
            ("mysql://u@h/db", "does not begin with"),
        ] {
            let refused = url.parse::<PostgresUrl>().expect_err(url);
            assert!(refused.contains(why), "{url}: {refused}");
            assert!(!refused.contains("tops3"), "{refused}");
        }
    }

    #[track_caller]
    fn check(url: &str, shown: &str) {
        let parsed: PostgresUrl = url.parse().expect("it can be read");
        assert_eq!(parsed.to_string(), shown);
        assert_eq!(
            shown
                .parse::<PostgresUrl>()
                .expect("so can what is shown")
                .hosts,
            parsed.hosts
        );
    }
}
