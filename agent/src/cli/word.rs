//! `vedette-agent hold` and `vedette-agent goodbye`: what root says to the running agent.
//!
//! In: arguments, and who has logged in. Out: one sentence of the agent's; exit 1 when it
//! did not do it.

use std::path::Path;

use vedette_config::duration;
use vedette_wire::Goodbye;

use super::{GoodbyeArgs, HoldArgs, Outcome, Parting, print, refuse};
use crate::door::{self, DoorError, Word};
use crate::state;

/// No login is behind this process (audit_getloginuid(3)).
const NO_LOGIN: u32 = u32::MAX;

pub(super) fn hold(args: HoldArgs) -> Outcome {
    if !is_root() {
        return refuse(&"only root can plan work on this host; use sudo");
    }
    let by = who();
    let word = match (args.length.as_str(), args.why) {
        ("end", _) => Word::EndHold { by },
        (_, None) => return refuse(&"say why: --why \"CHG0012345\", eight characters at least"),
        (length, Some(why)) => match duration::parse(length) {
            Ok(length) => Word::Hold {
                seconds: length.as_secs(),
                why,
                by,
            },
            Err(why) => return refuse(&format!("{length}: {why}; or `hold end`")),
        },
    };
    say(&state::choose(args.state.state_dir), &word)
}

pub(super) fn goodbye(args: GoodbyeArgs) -> Outcome {
    let reason = match args.reason {
        Parting::Suspend => Goodbye::Suspend,
        Parting::Upgrade => Goodbye::AgentUpgrade,
    };
    say(
        &state::choose(args.state.state_dir),
        &Word::Goodbye { reason },
    )
}

fn say(state_dir: &Path, word: &Word) -> Outcome {
    match door::say(state_dir, word) {
        Ok(reply) if reply.done => {
            print(&format!("{}\n", reply.text));
            Outcome::Well
        }
        Ok(reply) => refuse(&reply.text),
        Err(error @ DoorError::NobodyThere(_)) => {
            eprintln!("vedette-agent: {error}");
            Outcome::NotWell
        }
        Err(error @ DoorError::Failed { .. }) => refuse(&error),
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

fn who() -> String {
    let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let login = text("/proc/self/loginuid").trim().parse().ok();
    let login = login.filter(|uid| *uid != NO_LOGIN);
    let login = login.map(|uid| name_of(uid, &text("/etc/passwd")));
    let sudo = std::env::var("SUDO_USER").ok();
    in_words(login.as_deref(), sudo.as_deref())
}

/// The name of a user; one that is not in the list is known by number.
fn name_of(uid: u32, passwd: &str) -> String {
    let named = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("uid {uid}"))
}

fn in_words(login: Option<&str>, sudo: Option<&str>) -> String {
    let sudo = sudo.map(str::trim).filter(|name| !name.is_empty());
    match (login, sudo) {
        (Some(login), Some(sudo)) if login == sudo => format!("{login}, by sudo"),
        (Some(login), Some(sudo)) => format!("{sudo}, by sudo, logged in as {login}"),
        (Some(login), None) => login.to_owned(),
        (None, Some(sudo)) => format!("{sudo}, by sudo"),
        (None, None) => "root, without a login".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_plans_work_is_the_person_behind_root() {
        let cases = [
            (Some("anna"), Some("anna"), "anna, by sudo"),
            (Some("anna"), Some("ben"), "ben, by sudo, logged in as anna"),
            (Some("root"), None, "root"),
            (None, Some("anna"), "anna, by sudo"),
            (None, Some(" "), "root, without a login"),
            (None, None, "root, without a login"),
        ];
        for (login, sudo, expected) in cases {
            assert_eq!(in_words(login, sudo), expected);
        }
    }

    #[test]
    fn a_user_is_known_by_name_or_else_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\n::\nanna:x:1000:1000::/home/anna:\n";
        assert_eq!(name_of(1000, passwd), "anna");
        assert_eq!(name_of(0, passwd), "root");
        assert_eq!(name_of(7, passwd), "uid 7");
    }
}
