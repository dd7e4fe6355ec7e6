//! Reads the files people write, and tells them everything that is wrong at once.
//!
//! In the order of the data: a file becomes a [`Source`] (its text and its name);
//! a [`Document`] is the tree in it, in which every key and value remembers its
//! [`Place`]; a [`Reader`] takes typed values out of one table and, when it is
//! done, names every key nobody took. What is wrong is never an early return but
//! a [`Finding`] with a [`Code`], pushed into [`Findings`].
//!
//! [`AgentConfig`] is the first file read this way. Knows nothing of rules,
//! receivers, the network, clocks or logging.

mod agent;
mod code;
mod document;
pub mod duration;
mod file;
mod finding;
mod from_value;
mod label;
mod range;
mod reader;
mod render;
pub mod size;
mod source;
mod suggest;
mod url;
mod value;

pub use agent::check;
pub use agent::{
    AgentConfig, CHANGED_FILES_MAX, CalendarMinute, ChangesSettings, CollectorSettings,
    HostSettings, JOB_NAME_BYTES_MAX, JOBS_MAX, JobSettings, ReportSettings, START_WITHIN_DEFAULT,
    Schedule, SpoolSettings, job_name,
};
pub use code::Code;
pub use document::Document;
pub use file::{FILE_BYTES_MAX, FILES_MAX, list_files, read_file, read_file_if_there};
pub use finding::{FINDINGS_MAX, Finding, Findings, Severity};
pub use from_value::{Bounded, FromValue};
pub use label::{RESERVED_LABELS, label_name, label_value};
pub use range::{Range, range};
pub use reader::Reader;
pub use render::{one_line, quoted};
pub use size::Size;
pub use source::{Place, Position, Source, Spanned};
pub use suggest::nearest;
pub use toml::value::{Date, Datetime};
pub use url::{HttpUrl, http_url, smtp_url};
pub use value::{Entry, KEYS_MAX, Kind, Table, Value};
