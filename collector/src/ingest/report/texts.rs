//! Decides which ids, names, texts and numbers of a report are sound.
//!
//! In: what an agent wrote. Out: the reason one is refused, in a sentence that can follow
//! its place. Knows nothing of what they are for.

use vedette_wire::limits::{
    CHECK_TEXT_BYTES_MAX, EVERY_S_MAX, EVIDENCE_LINES_MAX, NAME_BYTES_MAX, VALUE_BYTES_MAX,
};

use super::refused::{Places, Why};

/// Bytes of an id: a UUID has 36.
const ID_BYTES_MAX: usize = 64;

pub(super) fn check_id(id: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(allowed) {
        return Err("an id has 1 to 64 letters, digits, - _ and . (a UUID)");
    }
    Ok(())
}

pub(super) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("a name is empty");
    }
    if name.len() > NAME_BYTES_MAX {
        return Err("a name has at most 128 bytes");
    }
    if has_control(name) {
        return Err("a name holds no NUL or other control characters");
    }
    Ok(())
}

pub(super) fn check_text(text: &str) -> Result<(), &'static str> {
    if text.len() > VALUE_BYTES_MAX {
        return Err("a text has at most 1024 bytes");
    }
    if has_control(text) {
        return Err("a text holds no NUL or other control characters");
    }
    Ok(())
}

/// A text that tells one thing from another, so it must say something.
pub(super) fn check_key(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    check_text(text)
}

/// Lines for people: newlines and tabs are as good as other characters.
pub(super) fn check_lines_of_text(text: &str) -> Result<(), &'static str> {
    if text.len() > CHECK_TEXT_BYTES_MAX {
        return Err("it has more than 4096 bytes");
    }
    let is_layout = |character: char| matches!(character, '\n' | '\t');
    if text
        .chars()
        .any(|character| character.is_control() && !is_layout(character))
    {
        return Err("it holds a control character that is neither newline nor tab");
    }
    Ok(())
}

/// Takes lines out that are not sound, and those that are too many; the others stay.
pub(super) fn sound_lines(lines: &mut Vec<String>, at: &str, refused: &mut Places) {
    let mut index = 0;
    lines.retain(|line| {
        let place = format!("{at}[{index}]");
        let is_surplus = index >= EVIDENCE_LINES_MAX;
        index += 1;
        if is_surplus {
            let why = format!("there are at most {EVIDENCE_LINES_MAX} lines");
            refused.refuse("too_many_lines", place, why);
            return false;
        }
        let is_sound = match line.contains('\n') {
            true => Err("a line holds no newline"),
            false if line.len() > VALUE_BYTES_MAX => Err("a line has at most 1024 bytes"),
            false => check_lines_of_text(line),
        };
        if let Err(why) = is_sound {
            refused.refuse("bad_text", place, why);
        }
        is_sound.is_ok()
    });
}

/// ASCII first: it is nearly always ASCII, and decoding every name costs more than the rest.
fn has_control(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().any(|byte| byte.is_ascii_control())
    } else {
        text.chars().any(char::is_control)
    }
}

pub(super) fn text_or_empty(text: &mut String, at: &str, refused: &mut Places) {
    if let Err(why) = check_text(text) {
        refused.refuse("bad_text", at.to_owned(), why);
        text.clear();
    }
}

/// A pause in seconds that is none, or longer than one can be, counts as not given.
pub(super) fn pause_or_none(
    pause: &mut Option<f64>,
    at: impl Fn() -> String,
    refused: &mut Places,
) {
    let is_sound = |seconds: &f64| (0.0..=EVERY_S_MAX).contains(seconds);
    if let Some(seconds) = pause.take_if(|seconds| !is_sound(seconds)) {
        let why = format!("{seconds} s is not 0 to {EVERY_S_MAX}; it counts as not given");
        refused.refuse_why(Why::new("bad_value", ".every_s", why).at(at()));
    }
}

// The sentences above name the bounds.
const _: () =
    assert!(NAME_BYTES_MAX == 128 && VALUE_BYTES_MAX == 1024 && CHECK_TEXT_BYTES_MAX == 4096);
