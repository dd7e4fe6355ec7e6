//! Reads how a receiver's secret travels.

use vedette_config::{Code, Finding, Reader};

use super::super::model::Auth;
use super::super::template::Template;
use super::leaf::template;

/// The table `[auth]`.
pub(super) fn read(reader: &mut Reader<'_>) -> Auth {
    let words = [
        ("none", "none"),
        ("bearer", "bearer"),
        ("scheme", "scheme"),
        ("basic", "basic"),
        ("header", "header"),
        ("query", "query"),
        ("client-credentials", "client-credentials"),
    ];
    let by = reader.word("by", &words).map_or("none", |word| word.value);
    match by {
        "bearer" => Auth::Scheme("Bearer".into()),
        "scheme" => Auth::Scheme(reader.required("scheme").unwrap_or_default()),
        "basic" => {
            let user = required(reader, "user");
            let password = template(reader, "password");
            user.map_or(Auth::None, |user| Auth::Basic { user, password })
        }
        "header" => Auth::Header(reader.required("header").unwrap_or_default()),
        "query" => Auth::Query(reader.required("parameter").unwrap_or_default()),
        "client-credentials" => client_credentials(reader),
        _ => Auth::None,
    }
}

fn client_credentials(reader: &mut Reader<'_>) -> Auth {
    let token_url = required(reader, "token_url");
    let client_id = required(reader, "client_id");
    let scope = template(reader, "scope").or_else(|| Template::new("").ok());
    if let Some(token_url) = &token_url {
        // The secret goes there: never in clear text, but to this machine or where a receiver says.
        let written = token_url.source();
        let is_safe = ["https://", "http://127.0.0.1", "http://[::1]", "{{"]
            .iter()
            .any(|beginning| written.starts_with(beginning));
        if !is_safe {
            let place = reader.key_place("token_url").unwrap_or(reader.place());
            let finding = Finding::error(Code::ClearText, "the secret would travel unencrypted")
                .at(place, "");
            reader.push(finding.help("use https://"));
        }
    }
    match (token_url, client_id, scope) {
        (Some(token_url), Some(client_id), Some(scope)) => Auth::ClientCredentials {
            token_url,
            client_id,
            scope,
        },
        _ => Auth::None,
    }
}

/// The template under a key that must be there.
fn required(reader: &mut Reader<'_>, key: &str) -> Option<Template> {
    if !reader.has(key) {
        reader.required::<String>(key);
        return None;
    }
    template(reader, key)
}
