//! Decides which configuration files' changes are told: `[changes]` of `agent.toml`.
//!
//! In: a table. Out: [`ChangesSettings`], or findings. Knows nothing of whether the files
//! are there: that one appears is a change, too.

use std::path::{Path, PathBuf};

use vedette_wire::limits::VALUE_BYTES_MAX;

use crate::code::Code;
use crate::finding::Finding;
use crate::reader::Reader;
use crate::render::quoted;
use crate::source::Spanned;

/// Files of one agent.
pub const CHANGED_FILES_MAX: usize = 256;

/// `[changes]`: whose changes are told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangesSettings {
    /// Files, each once; absolute paths. Their size and a digest are told, never what is
    /// in them.
    pub files: Vec<PathBuf>,
}

pub(super) fn changes(table: &mut Reader<'_>, default: ChangesSettings) -> ChangesSettings {
    match table.optional::<Vec<Spanned<String>>>("files") {
        Some(written) => ChangesSettings {
            files: files(table, &written),
        },
        None => default,
    }
}

fn files(table: &mut Reader<'_>, written: &[Spanned<String>]) -> Vec<PathBuf> {
    if written.len() > CHANGED_FILES_MAX {
        let place = table.key_place("files").unwrap_or(table.place()).clone();
        let message = format!("more than {CHANGED_FILES_MAX} files");
        table.push(
            Finding::error(Code::TooLarge, message)
                .at(&place, format!("there are {}", written.len())),
        );
    }
    let mut files: Vec<&Spanned<String>> = Vec::new();
    for file in written.iter().take(CHANGED_FILES_MAX) {
        if let Err(why) = path(&file.value) {
            let message = format!("{} cannot be watched", quoted(&file.value));
            table.push(Finding::error(Code::BadValue, message).at(&file.place, why));
            continue;
        }
        match files.iter().find(|known| known.value == file.value) {
            Some(known) => table.push(
                Finding::error(Code::DuplicateName, "this file is named twice")
                    .at(&file.place, "named again here")
                    .at(&known.place, "named first here")
                    .help("keep one of them"),
            ),
            None => files.push(file),
        }
    }
    files
        .into_iter()
        .map(|file| PathBuf::from(&file.value))
        .collect()
}

fn path(text: &str) -> Result<(), &'static str> {
    if !Path::new(text).is_absolute() {
        Err("an absolute path is needed: the agent may be started anywhere")
    } else if text.len() > VALUE_BYTES_MAX {
        Err("it is longer than 1024 bytes")
    } else if text.contains(['*', '?']) {
        Err("each file is named by itself; patterns are not known here")
    } else if text.ends_with('/') {
        Err("this is a directory; name the files in it")
    } else {
        Ok(())
    }
}
