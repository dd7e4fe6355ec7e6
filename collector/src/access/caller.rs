//! Decides who asks, and whether they may.
//!
//! In: the `Authorization` header, the `Host` header, what a route needs. Out: a
//! [`Caller`], or why not. Knows nothing of files and of HTTP beyond two headers.

use std::net::IpAddr;

use super::link::LinkKey;
use super::origin::HostName;
use super::table::Needs;
use super::token::Digest;

/// What those without a token may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Anonymous {
    /// Nothing.
    #[default]
    None,
    /// Read.
    Viewer,
    /// Everything but administration, from this machine only; covers alerts in and agents.
    Operator,
}

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Viewer,
    Operator,
    Admin,
    Agent,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's name, or `anonymous`.
    pub name: String,
    role: Role,
}

impl Caller {
    /// Whether this one may ask what needs that.
    ///
    /// People may send what agents send: whoever may silence an alert may also post one.
    pub fn may(&self, needs: Needs) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Operator => needs != Needs::Admin,
            Role::Viewer => matches!(needs, Needs::Open | Needs::Viewer),
            Role::Agent => matches!(needs, Needs::Open | Needs::Agent),
        }
    }

    /// Whoever has the link that stands in a ticket.
    fn by_link() -> Caller {
        Caller {
            name: BY_LINK.into(),
            role: Role::Viewer,
        }
    }

    /// Whether nothing is known of this one but that a link was at hand.
    pub fn is_by_link(&self) -> bool {
        self.name == BY_LINK
    }

    /// Whether this one is an administrator, for limits that differ.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

/// Why somebody may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// No token, or one nobody knows: 401.
    Unknown {
        /// What to do.
        advice: &'static str,
    },
    /// A known caller who may not do this: 403.
    Forbidden {
        /// Who.
        name: String,
        /// What it would take.
        needs: Needs,
    },
}

/// Why nobody can be let in this way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Anonymous operators on a listener others can reach.
    #[error(
        "[access] anonymous = \"operator\" needs a loopback listener, and {0} can be reached from outside; set it to \"viewer\" or \"none\", or listen on 127.0.0.1"
    )]
    OperatorForAll(IpAddr),
}

/// Everybody who is known, and what everybody else may.
#[derive(Debug, Clone)]
pub struct Access {
    known: Vec<(Digest, Caller)>,
    anonymous: Anonymous,
    names: Vec<HostName>,
    links: Option<LinkKey>,
}

/// The name of those who come by a link in a ticket.
const BY_LINK: &str = "a link in the ticket";
const NO_TOKEN: &str = "this needs a token: send `Authorization: Bearer TOKEN`; the administrator's is in the file `admin-token` in the collector's state directory";
const WRONG_TOKEN: &str = "nobody has this token; the administrator's is in the file `admin-token` in the collector's state directory, the agents' in `agent-token`";
const NOT_BEARER: &str =
    "this way to authenticate is not known here; send `Authorization: Bearer TOKEN`";

impl Access {
    /// Who has which token, for a listener at `listen` that is also called `names`.
    ///
    /// # Errors
    /// Anonymous operators are refused on a listener that is not loopback.
    pub fn new(
        anonymous: Anonymous,
        listen: IpAddr,
        names: Vec<HostName>,
    ) -> Result<Access, AccessError> {
        if anonymous == Anonymous::Operator && !listen.is_loopback() {
            return Err(AccessError::OperatorForAll(listen));
        }
        Ok(Access {
            known: Vec::new(),
            anonymous,
            names,
            links: None,
        })
    }

    /// Links that are signed with this key say who may ask what they lead to.
    #[must_use]
    pub fn links(self, key: LinkKey) -> Access {
        Access {
            links: Some(key),
            ..self
        }
    }

    /// Whoever asks by a link that we made. Ask only where a link may lead.
    pub fn admit_by_link(&self, path: &str, query: Option<&str>) -> Option<Caller> {
        let is_ours = self.links.as_ref()?.is_signed(path, query?);
        is_ours.then(Caller::by_link)
    }

    /// Whoever has this token is the administrator.
    #[must_use]
    pub fn admin(self, token: Digest) -> Access {
        self.with(token, "admin", Role::Admin)
    }

    /// Whoever has this token may silence, acknowledge, resolve, drill and read.
    #[must_use]
    pub fn operator(self, token: Digest) -> Access {
        self.with(token, "operator", Role::Operator)
    }

    /// Whoever has this token may read.
    #[must_use]
    pub fn viewer(self, token: Digest) -> Access {
        self.with(token, "viewer", Role::Viewer)
    }

    /// Whoever has this token may send reports and alerts.
    #[must_use]
    pub fn agent(self, token: Digest) -> Access {
        self.with(token, "agent", Role::Agent)
    }

    fn with(mut self, token: Digest, name: &str, role: Role) -> Access {
        let name = name.to_owned();
        self.known.push((token, Caller { name, role }));
        self
    }

    /// The names of this collector besides loopback.
    pub fn names(&self) -> &[HostName] {
        &self.names
    }

    /// Who asks, if they may ask what needs that.
    ///
    /// A token that nobody has is refused even where none is needed: its owner believes to be
    /// somebody. `host` is the `Host` header: behind a proxy under a public name the listener is
    /// loopback all the same, so anonymous operators are let in under loopback names only.
    ///
    /// # Errors
    /// See [`Denied`].
    pub fn admit(
        &self,
        authorization: Option<&str>,
        host: Option<&str>,
        needs: Needs,
    ) -> Result<Caller, Denied> {
        let caller = match (authorization, needs) {
            (None, _) | (Some(_), Needs::Open) => self.nobody(host),
            (Some(header), _) => Some(self.somebody(header)?),
        };
        match (caller, needs) {
            (Some(caller), _) if caller.may(needs) => Ok(caller),
            (Some(caller), _) if authorization.is_some() => Err(Denied::Forbidden {
                name: caller.name,
                needs,
            }),
            (_, Needs::Open) => Ok(Caller {
                name: "anonymous".into(),
                role: Role::Viewer,
            }),
            (_, _) => Err(Denied::Unknown { advice: NO_TOKEN }),
        }
    }

    fn somebody(&self, header: &str) -> Result<Caller, Denied> {
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err(Denied::Unknown { advice: NOT_BEARER }),
        };
        let presented = Digest::of(token);
        let mut found = None;
        // Every token is compared, so that time tells nothing of which one was close.
        for (digest, caller) in &self.known {
            if digest.matches(&presented) {
                found = Some(caller);
            }
        }
        found.cloned().ok_or(Denied::Unknown {
            advice: WRONG_TOKEN,
        })
    }

    fn nobody(&self, host: Option<&str>) -> Option<Caller> {
        let here = || {
            host.and_then(HostName::of)
                .is_some_and(|name| name.is_loopback())
        };
        let role = match self.anonymous {
            Anonymous::None => return None,
            Anonymous::Operator if here() => Role::Operator,
            Anonymous::Operator => return None,
            Anonymous::Viewer => Role::Viewer,
        };
        let name = "anonymous".into();
        Some(Caller { name, role })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn access(anonymous: Anonymous) -> Access {
        let names = vec![HostName::of("vedette.example.org").unwrap()];
        Access::new(anonymous, LOOPBACK, names)
            .unwrap()
            .admin(Digest::of("admin's token"))
            .operator(Digest::of("operator's token"))
            .viewer(Digest::of("viewer's token"))
            .agent(Digest::of("agent's token"))
    }

    #[test]
    fn each_token_may_what_its_role_may_and_no_more() {
        use Needs::{Admin, Agent, Open, Operator, Viewer};
        for (token, may) in [
            ("admin's token", &[Open, Viewer, Operator, Admin, Agent][..]),
            ("operator's token", &[Open, Viewer, Operator, Agent]),
            ("viewer's token", &[Open, Viewer]),
            ("agent's token", &[Open, Agent]),
            ("nobody's token", &[Open]),
            ("", &[Open]),
        ] {
            for needs in [Open, Viewer, Operator, Admin, Agent] {
                let header = format!("Bearer {token}");
                let admitted =
                    access(Anonymous::None).admit(Some(&header), Some("localhost"), needs);
                assert_eq!(
                    admitted.is_ok(),
                    may.contains(&needs),
                    "{token:?} and {needs:?}: {admitted:?}"
                );
            }
        }
    }

    #[test]
    fn those_without_a_token_may_what_is_configured_and_operate_from_here_only() {
        use Needs::{Admin, Agent, Open, Operator, Viewer};
        for (anonymous, host, may) in [
            (Anonymous::None, "localhost", &[Open][..]),
            (Anonymous::Viewer, "localhost", &[Open, Viewer]),
            (Anonymous::Viewer, "vedette.example.org", &[Open, Viewer]),
            (
                Anonymous::Operator,
                "localhost",
                &[Open, Viewer, Operator, Agent],
            ),
            (Anonymous::Operator, "vedette.example.org", &[Open]),
        ] {
            for needs in [Open, Viewer, Operator, Admin, Agent] {
                let admitted = access(anonymous).admit(None, Some(host), needs);
                assert_eq!(
                    admitted.is_ok(),
                    may.contains(&needs),
                    "{anonymous:?} at {host} and {needs:?}: {admitted:?}"
                );
            }
        }
    }

    #[test]
    fn a_wrong_token_is_refused_even_where_none_is_needed() {
        let access = access(Anonymous::Operator);
        let admitted = access.admit(Some("Bearer nobody's"), Some("localhost"), Needs::Viewer);
        assert!(
            matches!(admitted, Err(Denied::Unknown { .. })),
            "{admitted:?}"
        );
        let basic = access.admit(Some("Basic YTpi"), Some("localhost"), Needs::Viewer);
        assert_eq!(basic, Err(Denied::Unknown { advice: NOT_BEARER }));
    }

    #[test]
    fn anonymous_operators_are_refused_on_a_listener_others_can_reach() {
        let everywhere = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
        assert!(Access::new(Anonymous::Operator, everywhere, Vec::new()).is_err());
        assert!(Access::new(Anonymous::Viewer, everywhere, Vec::new()).is_ok());
    }
}
