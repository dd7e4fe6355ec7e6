//! Remembers under which addresses a receiver was found, for when its name is not.
//!
//! In: a name. Out: its addresses, or those that were given last, while names cannot be
//! resolved. The certificate is checked against the name all the same, so that an old
//! address that is somebody else's by now gets nothing. Knows nothing of requests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names by the machine's own means, and remembers.
#[derive(Debug, Clone, Default)]
pub(super) struct Remembering {
    last: Arc<Mutex<BTreeMap<String, Vec<SocketAddr>>>>,
}

impl Remembering {
    /// What is to be used: what was found, else what was found last.
    fn settled(
        &self,
        name: &str,
        found: std::io::Result<Vec<SocketAddr>>,
    ) -> std::io::Result<Vec<SocketAddr>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match found {
            Ok(addresses) if !addresses.is_empty() => {
                // One name each: a receiver has one origin, and one more that gives out tokens.
                last.insert(name.to_owned(), addresses.clone());
                Ok(addresses)
            }
            Ok(_) => match last.get(name) {
                Some(known) => Ok(known.clone()),
                None => Err(std::io::Error::other("the name has no address")),
            },
            Err(error) => match last.get(name) {
                Some(known) => {
                    tracing::warn!(name, %error, "the name cannot be resolved; the address that worked last is used");
                    Ok(known.clone())
                }
                None => Err(error),
            },
        }
    }
}

impl Resolve for Remembering {
    fn resolve(&self, name: Name) -> Resolving {
        let remembering = self.clone();
        Box::pin(async move {
            let name = name.as_str();
            let found = tokio::net::lookup_host((name, 0)).await;
            let found = found.map(Iterator::collect);
            let addresses = remembering.settled(name, found)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn failed() -> std::io::Result<Vec<SocketAddr>> {
        Err(std::io::Error::other("no name server answers"))
    }

    #[test]
    fn when_names_cannot_be_resolved_the_address_that_worked_last_is_used() {
        let resolver = Remembering::default();
        let [first, second]: [SocketAddr; 2] =
            ["192.0.2.7:0", "192.0.2.8:0"].map(|address| address.parse().unwrap());
        assert!(resolver.settled("desk.example.org", failed()).is_err());
        for address in [first, second] {
            let found = resolver.settled("desk.example.org", Ok(vec![address]));
            assert_eq!(found.unwrap(), [address]);
        }
        assert_eq!(
            resolver.settled("desk.example.org", failed()).unwrap(),
            [second]
        );
        let nothing = resolver.settled("desk.example.org", Ok(Vec::new()));
        assert_eq!(nothing.unwrap(), [second]);
        // Another name was never seen.
        assert!(resolver.settled("other.example.org", failed()).is_err());
    }

    #[tokio::test]
    async fn a_name_that_resolves_is_resolved_anew_each_time() {
        let resolver = Remembering::default();
        let stale: SocketAddr = "192.0.2.7:0".parse().unwrap();
        resolver.settled("localhost", Ok(vec![stale])).unwrap();
        let found = resolver
            .resolve("localhost".parse().unwrap())
            .await
            .unwrap();
        assert!(found.into_iter().all(|address| address.ip().is_loopback()));
    }
}
