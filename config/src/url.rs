//! Decides whether a text is an http(s) address that requests can be sent to.
//!
//! In: a text. Out: the address with what must be known of it, or why it is none.
//! Knows nothing of names being resolved or servers being there.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Bytes of an address.
const URL_BYTES_MAX: usize = 2_000;

/// An absolute `http` or `https` address without credentials and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl {
    /// The address as written, without slashes at its end.
    pub url: String,
    /// The host: a name in lower case, or an IP address without brackets.
    pub host: String,
    /// The port, if one is written.
    pub port: Option<u16>,
    /// `https`.
    pub encrypted: bool,
}

/// Why a text is not an address that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlError {
    /// Longer than 2000 bytes.
    TooLong,
    /// A space, a control character or one outside ASCII.
    Character,
    /// Neither `http://` nor `https://` at the beginning.
    Scheme,
    /// Neither `smtp://` nor `smtps://` at the beginning, where mail is sent.
    NoMailScheme,
    /// A user or password before the host.
    Credentials,
    /// A `#` and what follows.
    Fragment,
    /// No host, or none that could be one.
    Host,
    /// Not a number from 1 to 65535.
    Port,
}

impl HttpUrl {
    /// Whether it leads to this machine only.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self
                .host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// Whether there is a `?`.
    pub fn has_query(&self) -> bool {
        self.url.contains('?')
    }
}

/// Reads an address.
///
/// # Errors
/// Says why the text is none; the sentence is meant for whoever wrote it.
pub fn http_url(text: &str) -> Result<HttpUrl, UrlError> {
    if text.len() > URL_BYTES_MAX {
        return Err(UrlError::TooLong);
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(UrlError::Character);
    }
    let (encrypted, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(UrlError::Scheme),
    };
    if rest.contains('#') {
        return Err(UrlError::Fragment);
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlError::Credentials);
    }
    let (host, port) = host_and_port(authority)?;
    Ok(HttpUrl {
        url: text.trim_end_matches('/').to_owned(),
        host,
        port,
        encrypted,
    })
}

/// Reads the address of an SMTP server: `smtp://host:587`, or `smtps://host` for TLS from the first
/// byte. `smtp` counts as encrypted: with credentials nothing is sent before STARTTLS.
///
/// # Errors
/// What is wrong with it.
pub fn smtp_url(text: &str) -> Result<HttpUrl, UrlError> {
    let rest = text
        .strip_prefix("smtps://")
        .or_else(|| text.strip_prefix("smtp://"))
        .ok_or(UrlError::NoMailScheme)?;
    let rest = rest.trim_end_matches('/');
    if text.len() > URL_BYTES_MAX {
        return Err(UrlError::TooLong);
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(UrlError::Character);
    }
    if rest.contains('@') {
        return Err(UrlError::Credentials);
    }
    let (host, port) = host_and_port(rest)?;
    Ok(HttpUrl {
        url: text.trim_end_matches('/').to_owned(),
        host,
        port,
        encrypted: true,
    })
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), UrlError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(UrlError::Host)?;
            host.parse::<Ipv6Addr>().map_err(|_| UrlError::Host)?;
            (host, port)
        }
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            let (host, port) = authority.split_at(end);
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            if host.is_empty() || host.starts_with('.') || !host.bytes().all(allowed) {
                return Err(UrlError::Host);
            }
            (host, port)
        }
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        None => return Err(UrlError::Host),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(
            digits
                .parse::<u16>()
                .ok()
                .filter(|port| *port > 0)
                .ok_or(UrlError::Port)?,
        ),
        Some(_) => return Err(UrlError::Port),
    };
    Ok((host.to_ascii_lowercase(), port))
}

impl fmt::Display for UrlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            UrlError::TooLong => "it is longer than 2000 bytes",
            UrlError::Character => "it holds a space or a character outside ASCII",
            UrlError::Scheme => "it must begin with http:// or https://",
            UrlError::NoMailScheme => "it must begin with smtp:// or smtps://",
            UrlError::Credentials => "a user or password does not belong here, but in a file",
            UrlError::Fragment => "a # does not belong here",
            UrlError::Host => "it names no host",
            UrlError::Port => "its port is not a number from 1 to 65535",
        })
    }
}

impl std::error::Error for UrlError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_host_the_port_and_the_scheme_are_known() {
        check("http://127.0.0.1:9720", ("127.0.0.1", Some(9720), false));
        check(
            "https://Vedette.example.org",
            ("vedette.example.org", None, true),
        );
        check("https://[::1]:443/x", ("::1", Some(443), true));
        check(
            "https://vedette.example.org/rt/?a=b@c:d",
            ("vedette.example.org", None, true),
        );
    }

    #[test]
    fn slashes_at_the_end_do_not_make_another_address() {
        assert_eq!(
            http_url("https://a.example//").unwrap().url,
            "https://a.example"
        );
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, expected) in [
            ("http://127.0.0.1:9720", true),
            ("http://127.8.8.8", true),
            ("http://[::1]", true),
            ("http://LOCALHOST:1", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example.org", false),
            ("http://127.0.0.1.example.org", false),
        ] {
            assert_eq!(http_url(url).unwrap().is_loopback(), expected, "{url}");
        }
    }

    #[test]
    fn what_no_request_could_be_sent_to_is_refused() {
        for (text, error) in [
            ("", UrlError::Scheme),
            ("vedette.example.org:9720", UrlError::Scheme),
            ("ftp://x", UrlError::Scheme),
            ("HTTP://x", UrlError::Scheme),
            ("http://", UrlError::Host),
            ("http:///x", UrlError::Host),
            ("http://?x", UrlError::Host),
            ("http://:9720", UrlError::Host),
            ("http://a:b:c", UrlError::Port),
            ("http://[::1", UrlError::Host),
            ("http://[::g]", UrlError::Host),
            ("http://[::1]x", UrlError::Host),
            ("http://a*b", UrlError::Host),
            ("http://x:", UrlError::Port),
            ("http://x:0", UrlError::Port),
            ("http://x:+1", UrlError::Port),
            ("http://x:65536", UrlError::Port),
            ("http://ops:secret@x", UrlError::Credentials),
            ("http://x/#top", UrlError::Fragment),
            ("http://x y", UrlError::Character),
            ("http://x\n", UrlError::Character),
            ("http://süd.example", UrlError::Character),
        ] {
            assert_eq!(http_url(text), Err(error), "{text:?}");
        }
    }

    #[track_caller]
    fn check(text: &str, (host, port, encrypted): (&str, Option<u16>, bool)) {
        let url = http_url(text).unwrap();
        assert_eq!(
            (url.host.as_str(), url.port, url.encrypted),
            (host, port, encrypted)
        );
    }
}
