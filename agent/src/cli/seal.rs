//! `vedette-agent seal`: empties the state directory for a golden image.
//!
//! In: the state directory, the settings, and a yes. Out: what was removed.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use vedette_config::AgentConfig;

use super::{Outcome, SealArgs, print, refuse};
use crate::{spool, state};

pub(super) fn seal(args: SealArgs) -> Outcome {
    let dir = state::choose(args.state.state_dir);
    let (config, findings) = AgentConfig::read(args.config.config.as_deref());
    let Some(config) = config else {
        eprintln!("{findings}");
        return Outcome::Refused;
    };
    if state::is_in_use(&dir) {
        return refuse(&format!(
            "an agent runs on {}; stop it first, or it would go on with what is removed",
            dir.display()
        ));
    }
    if !args.yes
        && let Err(why) = confirm(&dir)
    {
        return refuse(&why);
    }
    let removed = state::seal(&dir).map_err(|error| error.to_string());
    let removed = removed.and_then(|removed| match &config.spool.dir {
        Some(spool_dir) => empty_spool(removed, spool_dir),
        None => Ok(removed),
    });
    match removed {
        Ok(removed) => {
            print(&text(&removed));
            Outcome::Well
        }
        Err(why) => refuse(&why),
    }
}

fn empty_spool(mut removed: Vec<PathBuf>, dir: &Path) -> Result<Vec<PathBuf>, String> {
    let more = spool::empty(dir)
        .map_err(|error| format!("the spool {} cannot be emptied: {error}", dir.display()))?;
    removed.extend(more);
    Ok(removed)
}

fn confirm(dir: &Path) -> Result<(), String> {
    let mut input = std::io::stdin().lock();
    if !std::io::stdin().is_terminal() {
        return Err("nobody can be asked; with --yes it is done without".to_owned());
    }
    eprint!(
        "This removes the agent's id and all that waits to be sent from {}.\nThe next start reports as a new host. Type yes: ",
        dir.display()
    );
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    match input.read_line(&mut line) {
        Ok(_) if line.trim() == "yes" => Ok(()),
        Ok(_) => Err("nothing was removed".to_owned()),
        Err(error) => Err(format!("nothing was removed: {error}")),
    }
}

fn text(removed: &[PathBuf]) -> String {
    if removed.is_empty() {
        return "sealed; there was nothing to remove\n".to_owned();
    }
    let lines = removed
        .iter()
        .map(|path| format!("removed {}\n", path.display()));
    lines
        .chain(["sealed; make the image before the agent is started again\n".to_owned()])
        .collect()
}
