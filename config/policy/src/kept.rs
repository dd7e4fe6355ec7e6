//! Decides what is kept of the files that made a policy, and makes a policy of it again.
//!
//! In: the texts. Out: the same texts, to be written down: enough for everything the core decides
//! by. Secrets are in files of their own and never read here; but the address of a receiver may
//! be one, so of every address in `collector.toml` only its server is kept.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};
use vedette_config::Source;

use crate::sources::{ReadAs, Sources};

/// Stands for what an address had beyond its server.
const HIDDEN: &str = "hidden";

/// The files that made a policy, to be written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where rules, receivers and exceptions were looked for.
    pub dir: PathBuf,
    /// The files.
    pub files: Vec<KeptFile>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// What it is read as.
    pub read_as: ReadAs,
    /// Its name, as findings print it.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Kept {
    /// Of texts that made a policy.
    pub fn of(sources: &Sources) -> Kept {
        Kept {
            dir: sources.dir.clone(),
            files: sources
                .each()
                .map(|(read_as, source)| file(read_as, source))
                .collect(),
        }
    }

    /// The texts again.
    pub fn sources(&self) -> Sources {
        let mut sources = Sources {
            dir: self.dir.clone(),
            ..Sources::default()
        };
        for file in &self.files {
            let source = Source::new(&file.name, file.text.as_str());
            sources.put(file.read_as, source);
        }
        sources
    }
}

fn file(read_as: ReadAs, source: &Arc<Source>) -> KeptFile {
    let text = match read_as == ReadAs::Collector {
        true => without_ways(source.text()),
        false => source.text().to_owned(),
    };
    KeptFile {
        read_as,
        name: source.name().to_owned(),
        text,
    }
}

/// `https://user:word@server/a/secret?key=1` becomes `https://server/hidden`.
fn without_ways(text: &str) -> String {
    static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let address =
            r#"([A-Za-z][A-Za-z0-9+.-]*://)([^\s"'/?#]*@)?([^\s"'/?#@]*)([/?#][^\s"']*)?"#;
        Regex::new(address).ok() // it is sound: a test uses it
    });
    let Some(address) = &*ADDRESS else {
        return String::new();
    };
    let shortened = address.replace_all(text, |found: &Captures<'_>| {
        // A socket has no server; without one it could not be read again.
        let server = Some(&found[3]).filter(|server| !server.is_empty());
        let (scheme, server) = (&found[1], server.unwrap_or(HIDDEN));
        match found.get(4).map(|way| way.as_str()) {
            None => format!("{scheme}{server}"),
            Some("/") => format!("{scheme}{server}/"),
            Some(_) => format!("{scheme}{server}/{HIDDEN}"),
        }
    });
    shortened.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_its_server_is_kept() {
        check(
            "url = \"https://desk.example.org\"",
            "url = \"https://desk.example.org\"",
        );
        check(
            "'https://desk.example.org:8443/'",
            "'https://desk.example.org:8443/'",
        );
        check(
            "\"https://hooks.example.org/services/T0/B1/xyz\"",
            "\"https://hooks.example.org/hidden\"",
        );
        check(
            "\"https://a.example.org?key=secret\" # b",
            "\"https://a.example.org/hidden\" # b",
        );
        check(
            "\"postgres://me:word@db:5432/vedette\"",
            "\"postgres://db:5432/hidden\"",
        );
        check(
            "\"postgres://me@/vedette?host=/run/postgresql\"",
            "\"postgres://hidden/hidden\"",
        );
        check("\"http://me:w@rd@[::1]:80\"", "\"http://[::1]:80\"");
        check(
            "# http://one/two, ftp://three/four",
            "# http://one/hidden ftp://three/hidden",
        );
        check("listen = \"127.0.0.1:9720\"", "listen = \"127.0.0.1:9720\"");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(without_ways(text), expected);
    }
}
