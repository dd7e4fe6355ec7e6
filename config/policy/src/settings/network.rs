//! Reads who can reach the collector, what a stranger may do, and where it keeps things.
//!
//! In: `[server]`, `[store]`, `[policy]`, `[access]`. Knows nothing of sockets or disks.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use vedette_config::{Code, Finding, HttpUrl, Reader, Size, Spanned, http_url, quoted};

use super::{Anonymous, ServerSettings, StoreSettings, database};

/// Names of one listener.
const NAMES_MAX: usize = 32;
/// Less history would be thrown away before anybody could look at it.
const HISTORY_MIN: Size = Size::from_mib(16);
const HISTORY_MAX: Size = Size::from_mib(1024 * 1024);
/// A larger reserve would itself fill the disk.
const RESERVE_MAX: Size = Size::from_mib(16 * 1024);

pub(super) fn server(top: &mut Reader<'_>, default: ServerSettings) -> ServerSettings {
    top.table("server", |table| {
        let listen = listen(table).unwrap_or(default.listen);
        let public = public_url(table);
        let mut names = names(table);
        if let Some(public) = &public
            && !names.contains(&public.host)
        {
            names.push(public.host.clone());
        }
        ServerSettings {
            listen,
            public_url: public.map(|url| url.url).unwrap_or_default(),
            names,
        }
    })
    .unwrap_or(default)
}

pub(super) fn anonymous(top: &mut Reader<'_>, listen: SocketAddr, default: Anonymous) -> Anonymous {
    let words =
        [Anonymous::None, Anonymous::Viewer, Anonymous::Operator].map(|role| (role.as_str(), role));
    let read = |table: &mut Reader<'_>| {
        let role = table.word("anonymous", &words)?;
        if role.value == Anonymous::Operator && !listen.ip().is_loopback() {
            let message =
                format!("anybody who reaches {listen} could silence and close everything");
            table.push(
                Finding::error(Code::ConflictingKeys, message)
                    .at(&role.place, "\"operator\" is for a loopback listener only")
                    .help("write \"none\" or \"viewer\", and give people tokens"),
            );
        }
        Some(role.value)
    };
    top.table("access", read).flatten().unwrap_or(default)
}

pub(super) fn store(top: &mut Reader<'_>, default: StoreSettings) -> StoreSettings {
    let sqlite = default.database.clone();
    top.table("store", |table| StoreSettings {
        database: database::read(table).unwrap_or(sqlite),
        reserve: table
            .within("reserve", Size::from_bytes(0)..=RESERVE_MAX)
            .unwrap_or(default.reserve),
        history_at_most: history(table).unwrap_or(default.history_at_most),
    })
    .unwrap_or(default)
}

/// None at all, or enough to be of use.
fn history(table: &mut Reader<'_>) -> Option<Size> {
    let none = Size::from_bytes(0);
    let wanted: Spanned<Size> = table.optional("history_at_most")?;
    if wanted.value == none || (HISTORY_MIN..=HISTORY_MAX).contains(&wanted.value) {
        return Some(wanted.value);
    }
    let message = format!("`history_at_most` cannot be {}", wanted.value);
    table.push(
        Finding::error(Code::OutOfRange, message)
            .at(&wanted.place, "")
            .help(format!(
                "it can be from {HISTORY_MIN} to {HISTORY_MAX}, or \"0B\" to keep no samples"
            )),
    );
    None
}

pub(super) fn policy_dir(top: &mut Reader<'_>, default: PathBuf) -> PathBuf {
    let read = |table: &mut Reader<'_>| absolute_path(table, "dir");
    top.table("policy", read).flatten().unwrap_or(default)
}

/// A path that means the same wherever the program is started.
pub(super) fn absolute_path(table: &mut Reader<'_>, key: &str) -> Option<PathBuf> {
    let path = table.parsed(key, Code::BadValue, |text| {
        let path = Path::new(text);
        if path.is_absolute() {
            Ok(path.to_owned())
        } else {
            Err("an absolute path is needed: the collector may be started anywhere")
        }
    })?;
    Some(path.value)
}

fn listen(table: &mut Reader<'_>) -> Option<SocketAddr> {
    let listen = table.parsed("listen", Code::BadValue, |text| {
        text.parse::<SocketAddr>()
            .map_err(|_| "an IP address and a port are needed, such as \"127.0.0.1:9720\"")
    })?;
    if !listen.value.ip().is_loopback() {
        let message = "this version listens on loopback only, because it does not speak TLS yet";
        table.push(
            Finding::error(Code::NotSupported, message)
                .at(&listen.place, "others would reach it unencrypted here")
                .help("listen on \"127.0.0.1:9720\" and let a TLS proxy on this machine forward to it"),
        );
    }
    Some(listen.value)
}

fn public_url(table: &mut Reader<'_>) -> Option<HttpUrl> {
    let url = table.parsed("public_url", Code::BadUrl, http_url)?;
    if url.value.has_query() {
        table.push(
            Finding::error(Code::BadUrl, "`public_url` cannot have a ?")
                .at(&url.place, "paths are added behind it"),
        );
    }
    Some(url.value)
}

fn names(table: &mut Reader<'_>) -> Vec<String> {
    let names: Vec<Spanned<String>> = table.or("names", Vec::new());
    if names.len() > NAMES_MAX {
        let place = table.place().clone();
        table.push(
            Finding::error(Code::TooLarge, format!("more than {NAMES_MAX} names"))
                .at(&place, format!("there are {}", names.len())),
        );
    }
    let mut known = Vec::new();
    for name in names.into_iter().take(NAMES_MAX) {
        // A name is what stands between :// and / of an address.
        let host = http_url(&format!("http://{}", name.value)).ok();
        match host.filter(|url| url.port.is_none() && url.url == format!("http://{}", name.value)) {
            Some(url) => known.push(url.host),
            None => table.push(
                Finding::error(
                    Code::BadName,
                    format!("{} is not the name of a machine", quoted(&name.value)),
                )
                .at(&name.place, "")
                .help("write a name such as \"vedette.example.org\", without https:// and port"),
            ),
        }
    }
    known
}
