//! `vedette-agent job NAME -- COMMAND ...`: runs a job, and tells the agent how it went.
//!
//! In: a name and a command. Out: what the command writes, and its own exit code.

use std::process::ExitCode;

use vedette_config::job_name;

use super::{JobArgs, refuse};
use crate::{job, state};

pub(super) fn job(args: &JobArgs) -> ExitCode {
    if let Err(why) = job_name(&args.name) {
        refuse(&format!("{} cannot be the name of a job: {why}", args.name));
        return ExitCode::from(2);
    }
    let folder = job::folder(&state::choose(None));
    let code = job::run(&args.name, &args.command, &folder);
    // A code above 255 exists on other systems only.
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}
