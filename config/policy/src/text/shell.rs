//! Decides how a value stands in a command that somebody will copy into a shell.
//!
//! Values come from hosts: a mount point can be called `$(reboot)`. In: a value, or the
//! template of a command. Out: one word to the shell, whatever is in it.

/// The value as one word: plain where that is safe, else in quotes.
pub(super) fn quoted(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@%,=".contains(&byte);
    if !value.is_empty() && !value.starts_with('-') && value.bytes().all(is_plain) {
        return value.to_owned();
    }
    if value.chars().any(char::is_control) {
        // Only this form keeps a line break from ending the line.
        let escaped: String = value
            .chars()
            .map(|character| match character {
                '\'' | '\\' => format!("\\{character}"),
                control if control.is_control() => control
                    .to_string()
                    .bytes()
                    .map(|byte| format!("\\x{byte:02x}"))
                    .collect(),
                other => other.to_string(),
            })
            .collect();
        return format!("$'{escaped}'");
    }
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// The part of a template in which a value stands inside quotes, where quoting it again would
/// undo them: `'... {{ mountpoint }} ...'`.
pub(super) fn value_in_quotes(template: &str) -> Option<std::ops::Range<usize>> {
    let mut quote = None;
    let mut at = 0;
    while let Some(character) = template[at..].chars().next() {
        if template[at..].starts_with("{{") {
            let length = template[at..]
                .find("}}")
                .map_or(template.len() - at, |end| end + 2);
            if quote.is_some() {
                return Some(at..at + length);
            }
            at += length;
            continue;
        }
        match (quote, character) {
            (Some(mark), _) if mark == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None | Some('"'), '\\') => at += 1,
            (_, _) => {}
        }
        at = template.ceil_char_boundary(at + character.len_utf8());
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ordinary_path_is_left_as_it_is() {
        for value in ["/var", "/srv/data-1", "db-7.example.org", "sda1"] {
            assert_eq!(quoted(value), value);
        }
    }

    #[test]
    fn a_hostile_name_is_one_word() {
        check("/mnt/my disk", "'/mnt/my disk'");
        check("/mnt/$(reboot)", "'/mnt/$(reboot)'");
        check("/mnt/'; reboot; '", "'/mnt/'\\''; reboot; '\\'''");
        check("-rf", "'-rf'");
        check("", "''");
        check("/mnt/a\nreboot", "$'/mnt/a\\x0areboot'");
        check("/mnt/\u{9b}'\\", "$'/mnt/\\xc2\\x9b\\'\\\\'");
    }

    #[test]
    fn a_value_inside_quotes_is_noticed() {
        assert_eq!(value_in_quotes("du -x {{ mountpoint }}"), None);
        assert_eq!(value_in_quotes("grep '^D' {{ x }} | sort"), None);
        assert_eq!(value_in_quotes("echo \\' {{ x }}"), None);
        assert_eq!(value_in_quotes("ssh h 'du {{ x }}'"), Some(10..17));
        assert_eq!(value_in_quotes("echo \"{{ x }}\""), Some(6..13));
        assert_eq!(value_in_quotes("echo \"\\\" {{ x }}\""), Some(9..16));
    }

    proptest! {
        /// Taking the quotes off as a shell does gives the value back, and nothing is outside them.
        #[test]
        fn quotes_come_off_as_a_shell_takes_them_off(value in "[^\\p{Cc}]{0,20}") {
            let word = quoted(&value);
            let mut plain = String::new();
            let mut inside = false;
            let mut characters = word.chars();
            while let Some(character) = characters.next() {
                match (inside, character) {
                    (_, '\'') => inside = !inside,
                    (false, '\\') => plain.extend(characters.next()),
                    (false, other) => {
                        prop_assert!(other.is_ascii_alphanumeric() || "/._-+:@%,=".contains(other), "{word}");
                        plain.push(other);
                    }
                    (true, other) => plain.push(other),
                }
            }
            prop_assert_eq!(plain, value);
        }

        #[test]
        fn no_template_makes_it_panic(text in "[ '\"{}\\\\xä]{0,20}") {
            let _ = value_in_quotes(&text);
        }
    }

    #[track_caller]
    fn check(value: &str, expected: &str) {
        assert_eq!(quoted(value), expected);
    }
}
