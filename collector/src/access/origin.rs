//! Decides whether a request was meant for us and came from our own pages.
//!
//! A name in `Host` that is not ours is a web page that pointed its own name at
//! us; a foreign `Origin` is one that asks in its reader's name. Loopback is no
//! protection against either.

use std::net::{IpAddr, SocketAddr};

/// The host part of a `Host` header or URL, lower case, without port and brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// Takes the port and brackets off; nothing if there is no name.
    pub fn of(authority: &str) -> Option<HostName> {
        let authority = authority.trim();
        let name = match authority.strip_prefix('[') {
            Some(rest) => {
                let (address, after) = rest.split_once(']')?;
                port_or_nothing(after)?;
                address
            }
            None => match authority.split_once(':') {
                Some((name, _)) => {
                    port_or_nothing(&authority[name.len()..])?;
                    name
                }
                None => authority,
            },
        };
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        (!name.is_empty()).then_some(HostName(name))
    }

    /// The host part of `scheme://host:port/...`.
    pub fn of_url(url: &str) -> Option<HostName> {
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        HostName::of(authority)
    }

    /// Whether it can only mean this machine.
    pub fn is_loopback(&self) -> bool {
        if self.0 == "localhost" || self.0.ends_with(".localhost") {
            return true;
        }
        self.0
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
    }
}

impl From<SocketAddr> for HostName {
    fn from(address: SocketAddr) -> HostName {
        HostName(address.ip().to_string())
    }
}

fn port_or_nothing(text: &str) -> Option<()> {
    match text.strip_prefix(':') {
        Some(port) => port.parse::<u16>().ok().map(|_| ()),
        None => text.is_empty().then_some(()),
    }
}

/// Whether a `Host` header means us: this machine, or one of our names.
pub fn host_is_ours(host: Option<&str>, names: &[HostName]) -> bool {
    host.and_then(HostName::of)
        .is_some_and(|name| name.is_loopback() || names.contains(&name))
}

/// Whether a write comes from no web page, or from one of ours: `Origin` is absent, or names
/// exactly the host and port that were asked.
pub fn origin_is_ours(origin: Option<&str>, host: Option<&str>) -> bool {
    let Some(origin) = origin else {
        return true;
    };
    let authority = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    match (authority, host) {
        (Some(authority), Some(host)) => authority.eq_ignore_ascii_case(host.trim()),
        _ => false,
    }
}

/// Whether a content type is JSON.
pub fn content_is_json(content_type: Option<&str>) -> bool {
    let media = content_type.and_then(|text| text.split(';').next());
    media.is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_host_is_ours_when_it_is_this_machine_or_configured() {
        let names = [HostName::of_url("https://Vedette.Example.org:9720/x").unwrap()];
        for host in [
            "127.0.0.1:9720",
            "127.8.8.8",
            "localhost",
            "LOCALHOST:1",
            "[::1]:9720",
            "[::1]",
            "vedette.example.org:9720",
            "vedette.example.org.",
        ] {
            assert!(host_is_ours(Some(host), &names), "{host}");
        }
        for host in [
            "evil.example.org",
            "vedette.example.org.evil.org",
            "127.0.0.1.evil.org",
            "10.0.0.1",
            "localhost:x",
            "localhost:80:80",
            "[::1",
            "[::1]x",
            "",
            ":9720",
        ] {
            assert!(!host_is_ours(Some(host), &names), "{host}");
        }
        assert!(!host_is_ours(None, &names));
    }

    #[test]
    fn a_write_from_a_page_of_somebody_else_is_not_ours() {
        let host = Some("127.0.0.1:9720");
        assert!(origin_is_ours(None, host));
        assert!(origin_is_ours(Some("http://127.0.0.1:9720"), host));
        for origin in [
            "http://127.0.0.1:9721",
            "http://127.0.0.1",
            "http://localhost:9720",
            "http://evil.example.org",
            "null",
            "",
            "file://127.0.0.1:9720",
        ] {
            assert!(!origin_is_ours(Some(origin), host), "{origin}");
        }
    }

    #[test]
    fn json_is_json_with_or_without_a_character_set() {
        for (content, expected) in [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("text/plain"), false),
            (Some("application/x-www-form-urlencoded"), false),
            (Some("text/plain; application/json"), false),
            (None, false),
        ] {
            assert_eq!(content_is_json(content), expected, "{content:?}");
        }
    }
}
