//! Finds the addresses of collectors, and remembers those that worked.
//!
//! In: names; addresses at which a collector answered. Out: addresses. When a name cannot
//! be looked up, the address that answered last is tried: the name stays in the request
//! and in the certificate's check, so that nobody else can take its place. Kept on disk,
//! for a host that boots while its name servers are away.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Response, Url};
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::state::write_whole;

/// Names whose address is remembered: as many as an agent may have collectors.
const NAMES_MAX: usize = 16;
/// A lookup may take this long where an address is known; else what the request may.
const LOOKUP_WITHIN: Duration = Duration::from_secs(2);
const FILE: &str = "addresses";
/// A longer file was not written by us.
const FILE_BYTES_MAX: usize = 8 * 1024;

/// What is known of names. One for the whole agent.
#[derive(Debug, Default)]
pub struct Names {
    dir: Option<PathBuf>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The address at which the bearer of a name answered last.
    worked: BTreeMap<String, IpAddr>,
    /// What the last lookup of a name yielded.
    found: BTreeMap<String, Vec<IpAddr>>,
    /// Names that could not be looked up the last time.
    lost: Vec<String>,
}

impl Names {
    /// What an earlier agent on this state directory knew.
    pub fn open(state_dir: &Path) -> Names {
        let bytes = fs::read(state_dir.join(FILE)).unwrap_or_default();
        Names {
            dir: Some(state_dir.to_owned()),
            known: Mutex::new(Known {
                worked: parse(&bytes),
                ..Known::default()
            }),
        }
    }

    /// A collector answered. Behind a proxy that says nothing about its own address.
    pub(super) fn answered(&self, response: &Response) {
        let (Some(peer), Some(host)) = (response.remote_addr(), host_of(response.url())) else {
            return;
        };
        self.worked(&host, peer.ip());
    }

    fn worked(&self, host: &str, address: IpAddr) {
        let mut known = self.locked();
        let is_found = known
            .found
            .get(host)
            .is_some_and(|all| all.contains(&address));
        if !is_found || known.worked.get(host) == Some(&address) {
            return;
        }
        if known.worked.len() >= NAMES_MAX && !known.worked.contains_key(host) {
            known.worked.pop_first();
        }
        known.worked.insert(host.to_owned(), address);
        if let Some(dir) = &self.dir
            && let Err(error) = write_whole(dir, FILE, &to_text(&known.worked))
        {
            tracing::debug!(%error, "the collector's address cannot be written down");
        }
    }

    /// What becomes of a lookup that yielded `found`.
    fn settle(&self, host: &str, found: io::Result<Vec<IpAddr>>) -> io::Result<Vec<IpAddr>> {
        let mut known = self.locked();
        let known = &mut *known;
        match (found, known.worked.get(host)) {
            (Ok(addresses), _) if !addresses.is_empty() => {
                known.lost.retain(|lost| lost != host);
                if known.found.len() >= NAMES_MAX && !known.found.contains_key(host) {
                    known.found.pop_first();
                }
                known.found.insert(host.to_owned(), addresses.clone());
                Ok(addresses)
            }
            (failed, Some(address)) => {
                if !known.lost.iter().any(|lost| lost == host) && known.lost.len() < NAMES_MAX {
                    known.lost.push(host.to_owned());
                    let why = failed
                        .err()
                        .map_or("no address".to_owned(), |error| error.to_string());
                    tracing::warn!(host, why, %address, "the name cannot be looked up; the last address that worked is used");
                }
                known.found.insert(host.to_owned(), vec![*address]);
                Ok(vec![*address])
            }
            (failed, None) => failed,
        }
    }

    fn is_known(&self, host: &str) -> bool {
        self.locked().worked.contains_key(host)
    }

    fn locked(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks names up for one client.
#[derive(Debug)]
pub(super) struct Lookup(pub(super) Arc<Names>);

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let names = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str();
            let found = async {
                let found = lookup_host((host, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            };
            let found = match names.is_known(host) {
                true => timeout(LOOKUP_WITHIN, found)
                    .await
                    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
                false => found.await,
            };
            let addresses = names.settle(host, found)?;
            let addresses = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// The name in an address; none where there is a number already.
fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let is_number = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    (!is_number).then(|| host.to_owned())
}

fn to_text(worked: &BTreeMap<String, IpAddr>) -> String {
    let lines = worked
        .iter()
        .map(|(host, address)| format!("{host} {address}\n"));
    lines.collect()
}

fn parse(bytes: &[u8]) -> BTreeMap<String, IpAddr> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let fits = bytes.len() <= FILE_BYTES_MAX;
    let lines = text.lines().filter(|_| fits);
    lines
        .filter_map(|line| {
            let (host, address) = line.split_once(' ')?;
            Some((host.to_owned(), address.trim().parse().ok()?))
        })
        .take(NAMES_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const HOST: &str = "vedette.example.org";

    #[test]
    fn the_address_that_worked_is_used_when_the_name_is_gone_also_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let names = Names::open(dir.path());
        assert!(names.settle(HOST, gone()).is_err(), "nothing worked yet");
        names.settle(HOST, Ok(vec![ip(1), ip(2)])).unwrap();
        names.worked(HOST, ip(2));
        for names in [names, Names::open(dir.path())] {
            assert_eq!(names.settle(HOST, gone()).unwrap(), [ip(2)]);
            assert_eq!(names.settle(HOST, Ok(Vec::new())).unwrap(), [ip(2)]);
            assert_eq!(names.settle(HOST, Ok(vec![ip(3)])).unwrap(), [ip(3)]);
            assert!(names.settle("other.example.org", gone()).is_err());
        }
    }

    #[test]
    fn the_address_of_a_proxy_is_not_the_collectors() {
        let names = Names::default();
        names.settle(HOST, Ok(vec![ip(1)])).unwrap();
        names.worked(HOST, ip(9));
        assert!(names.settle(HOST, gone()).is_err());
    }

    #[test]
    fn a_number_is_no_name() {
        for (url, expected) in [
            ("http://127.0.0.1:9720", None),
            ("https://[::1]:9720", None),
            ("https://vedette.example.org:9720", Some(HOST)),
        ] {
            assert_eq!(host_of(&url.parse().unwrap()).as_deref(), expected);
        }
    }

    #[tokio::test]
    async fn a_name_that_nobody_knows_is_reached_at_its_last_address() {
        let names = Arc::new(Names::default());
        // Reserved for names that do not exist (RFC 2606).
        let host = "collector.invalid";
        names.settle(host, Ok(vec![ip(1)])).unwrap();
        names.worked(host, ip(1));
        let lookup = Lookup(Arc::clone(&names));
        let found = lookup.resolve(host.parse().unwrap()).await.unwrap();
        let found: Vec<SocketAddr> = found.collect();
        assert_eq!(found, [SocketAddr::new(ip(1), 0)]);
    }

    proptest! {
        #[test]
        fn a_file_of_anything_is_read_without_harm(bytes: Vec<u8>) {
            prop_assert!(parse(&bytes).len() <= NAMES_MAX);
        }
    }

    fn gone() -> io::Result<Vec<IpAddr>> {
        Err(io::Error::other("temporary failure in name resolution"))
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([127, 0, 0, last])
    }
}
