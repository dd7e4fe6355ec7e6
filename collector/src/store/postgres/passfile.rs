//! Finds a password in a file of PostgreSQL's own form, as `PGPASSFILE` names one.
//!
//! In: lines `server:port:database:user:password`, `*` for any, `\` before what is meant itself.
//! Out: the password of the first line that fits. Never shows what it read.

use std::path::Path;

use vedette_policy::PostgresUrl;

/// Bytes of such a file; one with more is none.
const BYTES_MAX: u64 = 1 << 20;
/// The name by which sockets are meant.
const SOCKET: &str = "localhost";

pub(super) fn password(file: &Path, url: &PostgresUrl) -> Result<Option<String>, String> {
    let shown = file.display();
    let unreadable = |error| format!("PGPASSFILE {shown} cannot be read: {error}");
    if std::fs::metadata(file).map_err(unreadable)?.len() > BYTES_MAX {
        return Err(format!(
            "PGPASSFILE {shown} is too long to be a file of passwords"
        ));
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    Ok(text.lines().find_map(|line| fitting(line, url)))
}

fn fitting(line: &str, url: &PostgresUrl) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let fields = fields(line);
    let [host, port, database, user, password] = fields.as_slice() else {
        return None;
    };
    let fits = |field: &str, value: &str| field == "*" || field == value;
    let is_server = url.hosts.iter().any(|(name, at)| {
        let name = if name.starts_with('/') { SOCKET } else { name };
        fits(host, name) && fits(port, &at.to_string())
    });
    let whose = url.user.as_deref().unwrap_or_default();
    (is_server && fits(database, &url.database) && fits(user, whose)).then(|| password.clone())
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (character, fields.last_mut()) {
            (':', _) => fields.push(String::new()),
            ('\\', Some(field)) => field.extend(characters.next()),
            (other, Some(field)) => field.push(other),
            (_, None) => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_is_taken() {
        check(
            "# a comment\n*:*:other:*:no\ndb:5432:vedette:u:p\\:w\\\\\n*:*:*:*:late",
            Some("p:w\\"),
        );
        check("db:1:*:*:no\n*:*:*:*:any", Some("any"));
        check("db:*:vedette:somebody:no\ntorn:line", None);
        check("", None);
    }

    #[test]
    fn a_socket_is_called_localhost() {
        let url: PostgresUrl = "postgres://u@/vedette?host=/tmp"
            .parse()
            .expect("it can be read");
        assert_eq!(
            fitting("localhost:5432:vedette:u:pw", &url),
            Some("pw".into())
        );
        assert_eq!(fitting("db:5432:vedette:u:pw", &url), None);
    }

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let url: PostgresUrl = "postgres://u@db/vedette".parse().expect("it can be read");
        let found = text.lines().find_map(|line| fitting(line, &url));
        assert_eq!(found.as_deref(), expected);
    }
}
