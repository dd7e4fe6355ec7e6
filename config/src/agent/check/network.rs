//! Reads the keys of checks that use the network.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::super::settings::absolute_path;
use super::read::{TEXT_BYTES_MAX, fits};
use super::{
    CertificateSettings, DnsRecord, DnsSettings, Endpoint, HttpSettings, IcmpSettings, StartTls,
    TcpSettings, TlsSettings,
};
use crate::code::Code;
use crate::finding::Finding;
use crate::reader::Reader;
use crate::source::Spanned;
use crate::url::http_url;

/// Bytes of a host's name: what DNS allows.
const HOST_BYTES_MAX: usize = 253;
/// Redirections that can be followed.
const REDIRECTS_MAX: i64 = 10;
/// Redirections that are followed where nothing is set.
const REDIRECTS: i64 = 5;
/// Headers of one request, status codes, expected values, servers.
const LIST_MAX: usize = 32;
/// Echo requests of one run.
const ECHOES_MAX: i64 = 20;
/// Echo requests of one run where nothing is set.
const ECHOES: i64 = 5;
/// The longest time a threshold can name.
const SLOW_MAX: Duration = Duration::from_secs(3_600);

pub(super) fn http(table: &mut Reader<'_>) -> Option<HttpSettings> {
    let methods = [("GET", false), ("HEAD", true)];
    let is_head = table
        .word("method", &methods)
        .is_some_and(|word| word.value);
    let expect = text(table, "expect");
    if is_head && let Some(place) = table.key_place("expect").cloned() {
        table.push(
            Finding::error(Code::ConflictingKeys, "an answer to HEAD has no body")
                .at(&place, "")
                .help("remove this, or method = \"HEAD\""),
        );
    }
    let settings = HttpSettings {
        url: String::new(),
        is_head,
        status: status(table),
        expect,
        redirects: number(table, "redirects", 0..=REDIRECTS_MAX, REDIRECTS),
        headers: table.table("headers", headers).unwrap_or_default(),
        user: text(table, "user"),
        password_file: absolute_path(table, "password_file"),
        token_file: absolute_path(table, "token_file"),
        slow: slow(table),
        certificate: certificate(table),
    };
    together(table, "user", "password_file");
    if table.has("token_file") && table.has("user") {
        conflict(
            table,
            "token_file",
            "a request carries a token or a password, not both",
        );
    }
    let url = table.required::<Spanned<String>>("target")?;
    let address = match http_url(&url.value) {
        Ok(address) => address,
        Err(why) => {
            // Not repeated in the message: it may hold a password.
            table.push(
                Finding::error(Code::BadUrl, "this address cannot be used")
                    .at(&url.place, why.to_string())
                    .help("write it like \"https://www.example.org/health\""),
            );
            return None;
        }
    };
    let has_secret = settings.password_file.is_some() || settings.token_file.is_some();
    if has_secret && !address.encrypted && !address.is_loopback() {
        table.push(
            Finding::warning(Code::ClearText, "the password would travel unencrypted")
                .at(&url.place, "")
                .help("use https://"),
        );
    }
    Some(HttpSettings {
        url: url.value,
        ..settings
    })
}

pub(super) fn tcp(table: &mut Reader<'_>) -> Option<TcpSettings> {
    let (send, expect, slow) = (text(table, "send"), text(table, "expect"), slow(table));
    Some(TcpSettings {
        target: endpoint(table, None)?,
        send,
        expect,
        slow,
    })
}

pub(super) fn icmp(table: &mut Reader<'_>) -> Option<IcmpSettings> {
    let settings = IcmpSettings {
        host: String::new(),
        count: number(table, "count", 1..=ECHOES_MAX, ECHOES),
        loss_warning: table.within("loss_warning", 0.0..=1.0).unwrap_or(0.2),
        loss_critical: table.within("loss_critical", 0.0..=1.0).unwrap_or(1.0),
        rtt_warning: threshold(table, "rtt_warning"),
        rtt_critical: threshold(table, "rtt_critical"),
    };
    let host = required(table, "target", Code::BadValue, host)?;
    Some(IcmpSettings { host, ..settings })
}

pub(super) fn dns(table: &mut Reader<'_>) -> Option<DnsSettings> {
    let records = [
        ("A", DnsRecord::A),
        ("AAAA", DnsRecord::Aaaa),
        ("CNAME", DnsRecord::Cname),
        ("MX", DnsRecord::Mx),
        ("NS", DnsRecord::Ns),
        ("PTR", DnsRecord::Ptr),
        ("SOA", DnsRecord::Soa),
        ("TXT", DnsRecord::Txt),
    ];
    let record = table.word("record", &records);
    let servers = table
        .optional::<Vec<Spanned<String>>>("servers")
        .unwrap_or_default();
    let expect = table
        .optional::<Vec<Spanned<String>>>("expect")
        .unwrap_or_default();
    at_most(table, "servers", servers.len());
    at_most(table, "expect", expect.len());
    for value in &expect {
        fits(table, value);
    }
    let servers =
        servers
            .into_iter()
            .filter_map(|server| match server_address(&server.value) {
                Some(address) => Some(address),
                None => {
                    table.push(
                Finding::error(Code::BadValue, "this is not a name server's address")
                    .at(&server.place, "")
                    .help("write its IP address, such as \"192.0.2.53\" or \"192.0.2.53:5353\""),
            );
                    None
                }
            });
    let servers = servers.collect();
    let slow = slow(table);
    Some(DnsSettings {
        name: required(table, "target", Code::BadValue, domain_name)?,
        record: record.map_or(DnsRecord::A, |record| record.value),
        servers,
        expect: expect.into_iter().map(|value| value.value).collect(),
        slow,
    })
}

pub(super) fn tls(table: &mut Reader<'_>) -> Option<TlsSettings> {
    let protocols = [
        ("smtp", StartTls::Smtp),
        ("imap", StartTls::Imap),
        ("pop3", StartTls::Pop3),
    ];
    let starttls = table.word("starttls", &protocols);
    let server_name = table.parsed("server_name", Code::BadValue, host);
    let (file, certificate) = (absolute_path(table, "file"), certificate(table));
    Some(TlsSettings {
        target: endpoint(table, Some(443))?,
        server_name: server_name.map(|name| name.value),
        starttls: starttls.map(|protocol| protocol.value),
        file,
        certificate,
    })
}

fn certificate(table: &mut Reader<'_>) -> CertificateSettings {
    let left = Duration::from_secs(0)..=Duration::from_secs(10 * 366 * 86_400);
    CertificateSettings {
        verify: table.or("verify", true),
        ca_file: absolute_path(table, "ca_file"),
        warn_before: table.within("warn_before", left.clone()),
        critical_before: table.within("critical_before", left),
    }
}

fn status(table: &mut Reader<'_>) -> Vec<u16> {
    let written = table
        .optional::<Vec<Spanned<i64>>>("status")
        .unwrap_or_default();
    at_most(table, "status", written.len());
    let codes = written
        .into_iter()
        .filter_map(|code| match u16::try_from(code.value) {
            Ok(number) if (100..=599).contains(&number) => Some(number),
            Ok(_) | Err(_) => {
                table.push(
                    Finding::error(Code::OutOfRange, "this is not a status code")
                        .at(&code.place, "")
                        .help("it can be from 100 to 599"),
                );
                None
            }
        });
    codes.collect()
}

fn headers(table: &mut Reader<'_>) -> BTreeMap<String, String> {
    let keys = table.keys();
    at_most(table, "headers", keys.len());
    let mut headers = BTreeMap::new();
    for key in keys {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if key.value.is_empty() || !key.value.bytes().all(allowed) {
            let message = "this cannot be the name of a header";
            table.push(Finding::error(Code::BadName, message).at(&key.place, ""));
        }
        let Some(value) = table.optional::<Spanned<String>>(&key.value) else {
            continue;
        };
        if !value
            .value
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte))
        {
            let message = "this cannot be the value of a header";
            table.push(
                Finding::error(Code::BadValue, message).at(&value.place, "printable ASCII only"),
            );
        }
        fits(table, &value);
        headers.insert(key.value, value.value);
    }
    headers
}

fn at_most(table: &mut Reader<'_>, key: &str, count: usize) {
    if count > LIST_MAX {
        let place = table.key_place(key).unwrap_or(table.place()).clone();
        let message = format!("more than {LIST_MAX} entries in `{key}`");
        table.push(Finding::error(Code::TooLarge, message).at(&place, ""));
    }
}

/// Both keys or none.
pub(super) fn together(table: &mut Reader<'_>, one: &str, other: &str) {
    let (there, missing) = match (table.has(one), table.has(other)) {
        (true, false) => (one, other),
        (false, true) => (other, one),
        (true, true) | (false, false) => return,
    };
    let place = table.key_place(there).unwrap_or(table.place()).clone();
    table.push(
        Finding::error(Code::MissingKey, format!("`{there}` needs `{missing}`"))
            .at(&place, "")
            .help(format!("add {missing} = ...")),
    );
}

pub(super) fn conflict(table: &mut Reader<'_>, key: &str, why: &str) {
    let place = table.key_place(key).unwrap_or(table.place()).clone();
    table.push(Finding::error(Code::ConflictingKeys, why).at(&place, ""));
}

pub(super) fn text(table: &mut Reader<'_>, key: &str) -> Option<String> {
    let text = table.optional::<Spanned<String>>(key)?;
    fits(table, &text).then_some(text.value)
}

fn slow(table: &mut Reader<'_>) -> Option<Duration> {
    threshold(table, "slow")
}

fn threshold(table: &mut Reader<'_>, key: &str) -> Option<Duration> {
    table.within(key, Duration::from_millis(1)..=SLOW_MAX)
}

fn number(
    table: &mut Reader<'_>,
    key: &str,
    range: std::ops::RangeInclusive<i64>,
    default: i64,
) -> u32 {
    let number = table.within(key, range).unwrap_or(default);
    u32::try_from(number).unwrap_or(0)
}

pub(super) fn required<T, E: std::fmt::Display>(
    table: &mut Reader<'_>,
    key: &str,
    code: Code,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    if !table.has(key) {
        table.required::<String>(key);
        return None;
    }
    table.parsed(key, code, parse).map(|value| value.value)
}

pub(super) fn endpoint(table: &mut Reader<'_>, port: Option<u16>) -> Option<Endpoint> {
    required(table, "target", Code::BadValue, |text| {
        endpoint_of(text, port)
    })
}

fn endpoint_of(text: &str, usual: Option<u16>) -> Result<Endpoint, &'static str> {
    const HELP: &str = "write a host and a port, such as 192.0.2.1:22 or [2001:db8::1]:22";
    let whole = |name: &str| match usual {
        Some(port) => Ok(Endpoint {
            host: host(name)?,
            port,
        }),
        None => Err(HELP),
    };
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return whole(text);
    }
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, "")) => return whole(name),
            Some((name, port)) => (name, port.strip_prefix(':').ok_or(HELP)?),
            None => return Err(HELP),
        },
        None => match text.rsplit_once(':') {
            Some(parts) => parts,
            None => return whole(text),
        },
    };
    let port: u16 = port.parse().map_err(|_| HELP)?;
    if port == 0 {
        return Err("a port is from 1 to 65535");
    }
    Ok(Endpoint {
        host: host(name)?,
        port,
    })
}

fn host(text: &str) -> Result<String, &'static str> {
    if text.parse::<IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    domain_name(text)
}

fn domain_name(text: &str) -> Result<String, &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let labels = text.strip_suffix('.').unwrap_or(text);
    if text.len() > HOST_BYTES_MAX || !text.bytes().all(allowed) {
        return Err("a host's name has letters a to z, digits, -, . and _ only");
    }
    match labels
        .split('.')
        .all(|label| (1..=63).contains(&label.len()))
    {
        true => Ok(text.to_owned()),
        false => Err("each part of a name has 1 to 63 letters"),
    }
}

fn server_address(text: &str) -> Option<SocketAddr> {
    let plain = text
        .parse::<IpAddr>()
        .ok()
        .map(|ip| SocketAddr::new(ip, 53));
    plain.or_else(|| text.parse().ok())
}

// The sentence in `fits` names the bound.
const _: () = assert!(TEXT_BYTES_MAX == 4_096);
