//! Decides which jobs the agent knows: `[[job]]` of `agent.toml` and of `agent.d/`.
//!
//! In: tables. Out: one [`JobSettings`] for each, or findings. Knows nothing of whether
//! they run.

use std::time::Duration;

use super::schedule::Schedule;
use crate::code::Code;
use crate::finding::Finding;
use crate::reader::Reader;
use crate::render::quoted;
use crate::source::Spanned;
use crate::suggest::nearest;

/// Jobs of one agent.
pub const JOBS_MAX: usize = 128;
/// How late a job may begin where nothing is set.
pub const START_WITHIN_DEFAULT: Duration = Duration::from_secs(15 * 60);
/// Bytes of a job's name.
pub const JOB_NAME_BYTES_MAX: usize = 64;
/// What a job may be quiet about: the components of rules.
const COMPONENTS: &[&str] = &[
    "storage", "memory", "cpu", "disk-io", "network", "service", "time", "hardware", "security",
    "liveness", "agent",
];
const MINUTE: Duration = Duration::from_secs(60);
const WEEK: Duration = Duration::from_secs(7 * 86_400);
const SECOND: Duration = Duration::from_secs(1);
/// Exit codes that one job may have.
const EXIT_CODES: usize = 256;

/// One `[[job]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSettings {
    /// Its name, as `vedette-agent job NAME` gives it; unique.
    pub name: String,
    /// When it should begin, by the host's local time; none: whenever somebody starts it.
    pub schedule: Option<Schedule>,
    /// How late it may begin.
    pub start_within: Duration,
    /// How long it may run; none: as long as it likes.
    pub max_runtime: Option<Duration>,
    /// Exit codes that are well.
    pub ok_exit: Vec<i32>,
    /// Components that open nothing on this host while it runs.
    pub quiet: Vec<String>,
    /// The only user whose reports are believed, by name or number; none: any user.
    pub user: Option<String>,
}

/// Whether a job can have this name: letters, digits, `-`, `_` and `.`.
///
/// # Errors
/// Why not, to follow the name in a sentence.
pub fn job_name(name: &str) -> Result<String, &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() {
        Err("a job needs a name")
    } else if name.len() > JOB_NAME_BYTES_MAX {
        Err("it is longer than 64 bytes")
    } else if !name.bytes().all(allowed) {
        Err("a job's name has letters a to z, digits, -, _ and . only")
    } else {
        Ok(name.to_owned())
    }
}

/// The jobs of a file. Nothing that is wrong keeps the others from being read.
pub(super) fn jobs(top: &mut Reader<'_>) -> Vec<JobSettings> {
    let read = top.tables("job", |table| {
        let place = table.place().clone();
        job(table).map(|job| Spanned::new(job, place))
    });
    let mut jobs: Vec<Spanned<JobSettings>> = Vec::new();
    for job in read.into_iter().flatten() {
        let same = jobs.iter().find(|known| known.value.name == job.value.name);
        if let Some(same) = same {
            let message = format!("there are two jobs called `{}`", job.value.name);
            top.push(
                Finding::error(Code::DuplicateName, message)
                    .at(&job.place, "again here")
                    .at(&same.place, "first here")
                    .help("give one of them another name"),
            );
            continue;
        }
        if jobs.len() == JOBS_MAX {
            let message = format!("more than {JOBS_MAX} jobs");
            top.push(Finding::error(Code::TooLarge, message).at(&job.place, ""));
            break;
        }
        jobs.push(job);
    }
    jobs.into_iter().map(|job| job.value).collect()
}

fn job(table: &mut Reader<'_>) -> Option<JobSettings> {
    if !table.has("name") {
        table.required::<String>("name");
    }
    let name = table.parsed("name", Code::BadName, job_name);
    let schedule = table.parsed("schedule", Code::BadDate, Schedule::parse);
    let schedule = schedule.map(|schedule| schedule.value);
    let start_within = table.within("start_within", MINUTE..=WEEK);
    if start_within.is_some() && !table.has("schedule") {
        needs(
            table,
            "start_within",
            "schedule",
            "within that time of what?",
        );
    }
    let max_runtime = table.within("max_runtime", SECOND..=WEEK);
    let quiet = quiet(table);
    if !quiet.is_empty() && !table.has("max_runtime") {
        let why = "a job that hangs would keep them quiet for ever";
        needs(table, "quiet", "max_runtime", why);
    }
    Some(JobSettings {
        schedule,
        start_within: start_within.unwrap_or(START_WITHIN_DEFAULT),
        max_runtime,
        ok_exit: ok_exit(table),
        quiet,
        user: table.optional("user"),
        name: name?.value,
    })
}

fn ok_exit(table: &mut Reader<'_>) -> Vec<i32> {
    let Some(written) = table.optional::<Vec<Spanned<i64>>>("ok_exit") else {
        return vec![0];
    };
    let mut codes = Vec::new();
    for code in written.iter().take(EXIT_CODES) {
        match u8::try_from(code.value) {
            Ok(value) => codes.push(i32::from(value)),
            Err(_) => table.push(
                Finding::error(Code::OutOfRange, "an exit code is 0 to 255").at(&code.place, ""),
            ),
        }
    }
    codes
}

fn quiet(table: &mut Reader<'_>) -> Vec<String> {
    let written = table.optional::<Vec<Spanned<String>>>("quiet");
    let mut components = Vec::new();
    for component in written.unwrap_or_default() {
        let known = COMPONENTS.contains(&component.value.as_str());
        if known && !components.contains(&component.value) {
            components.push(component.value);
        } else if !known {
            let help = match nearest(&component.value, COMPONENTS.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("there are {}", COMPONENTS.join(", ")),
            };
            let message = format!("{} is not a component", quoted(&component.value));
            table.push(
                Finding::error(Code::UnknownWord, message)
                    .at(&component.place, "")
                    .help(help),
            );
        }
    }
    components
}

fn needs(table: &mut Reader<'_>, key: &str, other: &str, why: &str) {
    let place = table.key_place(key).unwrap_or(table.place()).clone();
    table.push(
        Finding::error(Code::MissingKey, format!("`{key}` needs `{other}`"))
            .at(&place, why)
            .help(format!("add {other} = ...")),
    );
}
