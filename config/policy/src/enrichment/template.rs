//! Takes the value of a label apart: text, `{label}`, `$1`.
//!
//! In: the text, and how many groups its pattern has. Out: the core's [`Template`]. `$$`,
//! `{{` and `}}` stand for the character itself.

use vedette_config::{Code, Finding, Findings, Spanned, label_name, quoted};
use vedette_triage::{Piece, Template};

/// A template, and the labels it uses.
pub(super) struct Holes {
    pub(super) template: Template,
    pub(super) labels: Vec<Spanned<String>>,
}

/// The pieces of a text; a hole that is none is a finding.
pub(super) fn read(written: &Spanned<String>, groups: usize, findings: &mut Findings) -> Holes {
    let text = written.value.as_str();
    let mut pieces: Vec<Piece> = Vec::new();
    let mut labels = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (piece, length) = match piece(rest, groups) {
            Ok(found) => found,
            Err((length, why)) => {
                let place = written.part(at..at + length);
                let message = format!("{} is no part of a value", quoted(&rest[..length]));
                findings.push(Finding::error(Code::TemplateSyntax, message).at(&place, why));
                at += length;
                continue;
            }
        };
        if let Piece::Label(name) = &piece {
            labels.push(Spanned::new(
                name.clone(),
                written.part(at + 1..at + length - 1),
            ));
        }
        match (pieces.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => pieces.push(piece),
        }
        at += length;
    }
    Holes {
        template: Template(pieces),
        labels,
    }
}

/// The first piece of a text and its bytes; or the bytes of what is none, and why.
fn piece(rest: &str, groups: usize) -> Result<(Piece, usize), (usize, String)> {
    for (written, meant) in [("$$", "$"), ("{{", "{"), ("}}", "}")] {
        if rest.starts_with(written) {
            return Ok((Piece::Text(meant.to_owned()), written.len()));
        }
    }
    if let Some(group) = rest.strip_prefix('$') {
        let number = group.chars().next().and_then(|digit| digit.to_digit(10));
        return match number.map(|number| number as usize) {
            Some(number) if (1..=groups).contains(&number) => Ok((Piece::Group(number), 2)),
            Some(_) if groups == 0 => Err((2, "there is no `pattern` with groups".to_owned())),
            Some(_) => Err((2, format!("the pattern has groups up to ${groups}"))),
            None => Err((1, "write $1 for a group, $$ for a dollar".to_owned())),
        };
    }
    if let Some(label) = rest.strip_prefix('{') {
        let Some(length) = label.find('}') else {
            return Err((1, "write {site} for a label, {{ for a brace".to_owned()));
        };
        let name = &label[..length];
        return match label_name(name) {
            Ok(()) => Ok((Piece::Label(name.to_owned()), length + 2)),
            Err(why) => Err((length + 2, why.to_owned())),
        };
    }
    if rest.starts_with('}') {
        return Err((1, "write }} for a brace".to_owned()));
    }
    let length = rest.find(['$', '{', '}']).unwrap_or(rest.len());
    Ok((Piece::Text(rest[..length].to_owned()), length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vedette_config::{Place, Source};

    use super::*;

    #[test]
    fn a_value_is_text_labels_and_groups() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let label = |name: &str| Piece::Label(name.to_owned());
        check("{site}/{rack}", &[label("site"), text("/"), label("rack")]);
        check("dc-$1$2", &[text("dc-"), Piece::Group(1), Piece::Group(2)]);
        check("$$5 {{x}} ü", &[text("$5 {x} ü")]);
        check("", &[]);
    }

    #[test]
    fn what_is_no_hole_is_told() {
        for text in ["$3", "$x", "$", "{", "{}", "{a b}", "}", "{site"] {
            assert!(read_with(text, 2).1.has_errors(), "{text}");
        }
        assert!(read_with("$1", 0).1.has_errors());
    }

    proptest! {
        #[test]
        fn no_text_stops_it(text in "[a$1{}ü]{0,30}") {
            read_with(&text, 1);
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &[Piece]) {
        let (template, findings) = read_with(text, 2);
        assert!(findings.is_empty(), "{findings}");
        assert_eq!(template.0, expected);
    }

    fn read_with(text: &str, groups: usize) -> (Template, Findings) {
        let mut findings = Findings::new();
        let place = Place::whole(&Source::new("x", ""));
        let holes = read(&Spanned::new(text.to_owned(), place), groups, &mut findings);
        (holes.template, findings)
    }
}
