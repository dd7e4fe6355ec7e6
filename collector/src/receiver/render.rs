//! Makes the request of a step complete: address, credentials, signature.
//!
//! Pure: a rendered step and a receiver's secrets in, an [`Outgoing`] out. A step can
//! reach its receiver's origin and nothing else, so that no answer and no template
//! can carry the secret elsewhere.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use vedette_policy::profile::{Auth, Letter, Method, Request, RequestBody};

use super::secret::Secret;
use super::sign::SigningKey;

/// A request as it goes over the wire. Its `Debug` shows no header and no body.
#[derive(Clone, PartialEq)]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: Url,
    /// Headers, credentials among them.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// An e-mail in place of all that but the address of the server.
    pub mail: Option<Post>,
}

/// An e-mail and what the server wants to know.
#[derive(Clone, PartialEq)]
pub struct Post {
    /// The e-mail.
    pub letter: Letter,
    /// User and secret; none where mail is taken from everybody.
    pub login: Option<(String, Secret)>,
}

/// What a request needs besides its step.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// How the secret travels.
    pub auth: &'a Auth,
    /// The user of Basic authentication, rendered; empty otherwise.
    pub user: &'a str,
    /// Its password, rendered, where it is not the secret.
    pub password: Option<&'a str>,
    /// The secret, if there is one.
    pub secret: Option<&'a Secret>,
    /// The key to sign with, the message's id, and the time in seconds since 1970.
    pub signed: Option<(&'a SigningKey, &'a str, i64)>,
}

/// Completes a request.
///
/// # Errors
/// A sentence when the address is none or leads away from `base`.
pub fn complete(
    base: &str,
    request: Request,
    credentials: &Credentials<'_>,
) -> Result<Outgoing, String> {
    if let RequestBody::Mail(letter) = request.body {
        return posted(base, letter, credentials);
    }
    let mut url = address(base, &request)?;
    if let (Auth::Query(parameter), Some(secret)) = (credentials.auth, credentials.secret) {
        url.query_pairs_mut()
            .append_pair(parameter, secret.reveal());
    }
    let mut headers = vec![(
        "User-Agent".to_owned(),
        concat!("vedette/", env!("CARGO_PKG_VERSION")).to_owned(),
    )];
    let body = match request.body {
        RequestBody::Empty | RequestBody::Mail(_) => Vec::new(),
        RequestBody::Bytes {
            content_type,
            bytes,
        } => {
            headers.push(("Content-Type".to_owned(), content_type));
            bytes
        }
    };
    // What the profile says wins over what is added here.
    for (name, value) in request.headers {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        headers.push((name, value));
    }
    headers.extend(authorization(credentials));
    if let Some((key, id, at_s)) = credentials.signed {
        headers.extend(key.headers(id, at_s, &body));
    }
    Ok(Outgoing {
        method: request.method,
        url,
        headers,
        body,
        mail: None,
    })
}

/// An e-mail goes to the server and nowhere else.
fn posted(base: &str, letter: Letter, credentials: &Credentials<'_>) -> Result<Outgoing, String> {
    let url = Url::parse(base).map_err(|error| format!("the server's url is none: {error}"))?;
    let login = credentials
        .secret
        .map(|secret| (credentials.user.to_owned(), secret.clone()));
    Ok(Outgoing {
        method: Method::Post,
        url,
        headers: Vec::new(),
        body: Vec::new(),
        mail: Some(Post { letter, login }),
    })
}

fn address(base: &str, request: &Request) -> Result<Url, String> {
    let parsed = |text: &str| Url::parse(text).map_err(|error| error.to_string());
    let root = parsed(base).map_err(|error| format!("the receiver's url is none: {error}"))?;
    let written = request.url.as_str();
    let mut url = if written.is_empty() {
        root.clone()
    } else if request.is_reference {
        root.join(written).map_err(|error| error.to_string())?
    } else if written.starts_with('/') && !written.starts_with("//") {
        parsed(&format!("{}{written}", without_query(base)))?
    } else {
        parsed(written)?
    };
    if url.origin() != root.origin() {
        return Err(format!(
            "step \"{}\" leads to {}, which is not the receiver; nothing was sent",
            request.step,
            url.origin().ascii_serialization()
        ));
    }
    if !request.query.is_empty() {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in &request.query {
            pairs.append_pair(name, value);
        }
    }
    Ok(url)
}

fn without_query(base: &str) -> &str {
    let end = base.find('?').unwrap_or(base.len());
    base[..end].trim_end_matches('/')
}

fn authorization(credentials: &Credentials<'_>) -> Option<(String, String)> {
    let secret = credentials.secret?.reveal();
    let authorization = "Authorization".to_owned();
    match credentials.auth {
        Auth::None | Auth::Query(_) => None,
        Auth::ClientCredentials { .. } => Some((authorization, format!("Bearer {secret}"))),
        Auth::Scheme(scheme) => Some((authorization, format!("{scheme} {secret}"))),
        Auth::Basic { .. } => {
            let password = credentials.password.unwrap_or(secret);
            let pair = STANDARD.encode(format!("{}:{password}", credentials.user));
            Some((authorization, format!("Basic {pair}")))
        }
        Auth::Header(name) => Some((name.clone(), secret.to_owned())),
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.url.origin().ascii_serialization();
        write!(
            formatter,
            "{} {origin} ({} bytes)",
            self.method.as_str(),
            self.body.len()
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_path_is_put_below_the_receivers_address() {
        check(
            "https://rt.example.org/rt/REST/2.0",
            "/ticket",
            &[],
            "https://rt.example.org/rt/REST/2.0/ticket",
        );
        check("http://127.0.0.1:9721", "", &[], "http://127.0.0.1:9721/");
    }

    #[test]
    fn what_stands_in_a_query_cannot_break_out_of_it() {
        check(
            "https://x.example.org",
            "/tickets",
            &[("query", "Queue='A&B' AND x=1"), ("page", "1")],
            "https://x.example.org/tickets?query=Queue%3D%27A%26B%27+AND+x%3D1&page=1",
        );
    }

    #[test]
    fn an_address_that_holds_a_secret_keeps_it() {
        check(
            "https://chat.example.org/hook?key=abc",
            "",
            &[("a", "1")],
            "https://chat.example.org/hook?key=abc&a=1",
        );
    }

    #[test]
    fn an_answer_cannot_lead_the_secret_elsewhere() {
        let base = "https://rt.example.org/REST/2.0";
        check(
            base,
            "https://rt.example.org/REST/2.0/ticket/7",
            &[],
            "https://rt.example.org/REST/2.0/ticket/7",
        );
        for away in [
            "https://evil.example.net/ticket/7",
            "http://rt.example.org/REST/2.0/ticket/7",
            "https://rt.example.org:8443/ticket/7",
            "//evil.example.net/ticket/7",
            "https://rt.example.org@evil.example.net/",
            "https://rt.example.org.evil.example.net/",
        ] {
            let error = complete(base, request(away, &[]), &nobody()).unwrap_err();
            assert!(!error.is_empty(), "{away}");
        }
    }

    #[test]
    fn what_an_answer_says_to_follow_is_resolved_as_a_location_is() {
        let base = "https://rt.example.org/rt/REST/2.0";
        for (location, expected) in [
            (
                "/REST/2.0/ticket/1",
                "https://rt.example.org/REST/2.0/ticket/1",
            ),
            (
                "https://rt.example.org/t/1?a=b",
                "https://rt.example.org/t/1?a=b",
            ),
            ("ticket/1", "https://rt.example.org/rt/REST/ticket/1"),
        ] {
            let mut request = request(location, &[]);
            request.is_reference = true;
            let outgoing = complete(base, request, &nobody()).unwrap();
            assert_eq!(outgoing.url.as_str(), expected);
        }
        for away in [
            "//evil.example.net/t/1",
            "https://evil.example.net/t/1",
            "file:///etc/passwd",
        ] {
            let mut request = request(away, &[]);
            request.is_reference = true;
            let error = complete(base, request, &nobody()).unwrap_err();
            assert!(error.contains("which is not the receiver"), "{error}");
        }
    }

    #[test]
    fn a_secret_of_the_query_stands_behind_what_is_asked() {
        let secret = Secret::new("s3 cret");
        let credentials = Credentials {
            auth: &Auth::Query("token".into()),
            secret: Some(&secret),
            ..nobody()
        };
        let outgoing = complete(
            "https://x.example.org",
            request("/a", &[("b", "1")]),
            &credentials,
        );
        assert_eq!(
            outgoing.unwrap().url.as_str(),
            "https://x.example.org/a?b=1&token=s3+cret"
        );
    }

    #[test]
    fn a_key_can_stand_where_the_user_stands() {
        let secret = Secret::new("s3cret");
        let user = vedette_policy::profile::Template::new("{{ secret }}").unwrap();
        let auth = Auth::Basic {
            user,
            password: None,
        };
        let credentials = Credentials {
            auth: &auth,
            user: "s3cret",
            password: Some("X"),
            secret: Some(&secret),
            signed: None,
        };
        let outgoing = complete("https://x.example.org", request("/", &[]), &credentials).unwrap();
        let expected = ("Authorization".to_owned(), "Basic czNjcmV0Olg=".to_owned());
        assert!(outgoing.headers.contains(&expected));
    }

    #[test]
    fn the_secret_travels_as_the_profile_says() {
        let basic = Auth::Basic {
            user: vedette_policy::profile::Template::new("me").unwrap(),
            password: None,
        };
        for (auth, expected) in [
            (
                Auth::Scheme("token".into()),
                ("Authorization", "token s3cret"),
            ),
            (basic, ("Authorization", "Basic bWU6czNjcmV0")),
            (
                Auth::Header("PRIVATE-TOKEN".into()),
                ("PRIVATE-TOKEN", "s3cret"),
            ),
        ] {
            let secret = Secret::new("s3cret");
            let credentials = Credentials {
                auth: &auth,
                user: "me",
                password: None,
                secret: Some(&secret),
                signed: None,
            };
            let outgoing =
                complete("https://x.example.org", request("/", &[]), &credentials).unwrap();
            let found = outgoing
                .headers
                .iter()
                .any(|(name, value)| (name.as_str(), value.as_str()) == expected);
            assert!(found, "{expected:?}");
            assert!(!format!("{outgoing:?}").contains("s3cret"));
        }
    }

    fn nobody() -> Credentials<'static> {
        Credentials {
            auth: &Auth::None,
            user: "",
            password: None,
            secret: None,
            signed: None,
        }
    }

    fn request(url: &str, query: &[(&str, &str)]) -> Request {
        Request {
            step: "find".into(),
            method: Method::Get,
            url: url.into(),
            is_reference: false,
            headers: Vec::new(),
            query: query
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            body: RequestBody::Empty,
            replaced: Vec::new(),
        }
    }

    #[track_caller]
    fn check(base: &str, url: &str, query: &[(&str, &str)], expected: &str) {
        let outgoing = complete(base, request(url, query), &nobody()).unwrap();
        assert_eq!(outgoing.url.as_str(), expected);
    }
}
