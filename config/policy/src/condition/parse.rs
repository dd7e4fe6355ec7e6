//! Gets the tree of a condition from CEL's parser, which is kept at arm's length: only
//! texts that passed [`scan`] reach it, on a thread with a stack of its own.
//!
//! In: a text. Out: a tree in which every part knows where it stands. Knows nothing of
//! which names and functions exist.
//!
//! [`scan`]: super::scan

use std::ops::Range;
use std::thread;

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::{ParseError, Parser};
use vedette_config::Code;

use super::scan::{self, Refusal};

/// The parser's stack. What passes the scan takes less than a tenth of it, unoptimised.
const STACK_BYTES: usize = 32 << 20;

/// A parsed condition.
pub(super) struct Parsed<'a> {
    pub(super) root: IdedExpr,
    text: &'a str,
    source: SourceInfo,
}

/// Parses a condition.
pub(super) fn parse(text: &str) -> Result<Parsed<'_>, Refusal> {
    scan::check(text)?;
    let parsed = thread::scope(|scope| {
        thread::Builder::new()
            .name("condition".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || Parser::new().parse_with_source_info(text))
            .map(thread::ScopedJoinHandle::join)
    });
    match parsed {
        Ok(Ok(Ok((root, source)))) => Ok(Parsed { root, text, source }),
        Ok(Ok(Err(errors))) => Err(refusal(text, errors.errors.first())),
        Ok(Err(_)) | Err(_) => Err(refusal(text, None)),
    }
}

impl Parsed<'_> {
    /// Where an expression stands, all its parts included, in bytes.
    pub(super) fn part(&self, expression: &IdedExpr) -> Range<usize> {
        let own = self.token(expression);
        children(expression)
            .into_iter()
            .map(|child| self.part(child))
            .fold(own, |all, part| {
                all.start.min(part.start)..all.end.max(part.end)
            })
    }

    /// The text of a part.
    pub(super) fn text(&self, part: Range<usize>) -> &str {
        self.text.get(part).unwrap_or(self.text)
    }

    /// Where the word of an expression stands: a name, a literal, an operator; of a call its name.
    fn token(&self, expression: &IdedExpr) -> Range<usize> {
        let Some((start, stop)) = self.source.offset_for(expression.id) else {
            return 0..self.text.len();
        };
        let token = usize::try_from(start).unwrap_or(0)..usize::try_from(stop).unwrap_or(0) + 1;
        match &expression.expr {
            // The parser remembers the bracket behind the name.
            Expr::Call(call) if self.text.get(token.clone()) == Some("(") => {
                let before = self.text[..token.start].trim_end();
                let length = call.func_name.len();
                before.len().saturating_sub(length)..self.closing(token.start)
            }
            Expr::Select(select) => token.start..token.end + select.field.len(),
            _ => token,
        }
    }

    /// One past the bracket that closes the one at `open`.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        let mut quote = None;
        for (at, character) in self.text[open..].char_indices() {
            match (quote, character) {
                (Some(mark), _) if mark == character => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(character),
                (None, '(' | '[') => depth += 1,
                (None, ')' | ']') => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return open + at + 1;
                    }
                }
                (None, _) => {}
            }
        }
        self.text.len()
    }
}

/// The parts of an expression that can stand in a condition; nothing of what cannot.
fn children(expression: &IdedExpr) -> Vec<&IdedExpr> {
    match &expression.expr {
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Unspecified
        | Expr::Comprehension(_)
        | Expr::Ident(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Struct(_) => Vec::new(),
    }
}

fn refusal(text: &str, error: Option<&ParseError>) -> Refusal {
    let part = error.map_or(0..text.len(), |error| place(text, error.pos));
    Refusal {
        code: Code::ConditionSyntax,
        message: error.map_or_else(
            || "this is not an expression".to_owned(),
            |error| worded(text, part.clone(), &error.msg),
        ),
        part,
        help: None,
    }
}

/// The word at a line and column, both from 1; columns count characters.
fn place(text: &str, (line, column): (isize, isize)) -> Range<usize> {
    let index = |number: isize| usize::try_from(number - 1).unwrap_or(0);
    let before: usize = text
        .split_inclusive('\n')
        .take(index(line))
        .map(str::len)
        .sum();
    let rest = &text[before..];
    let start = before
        + rest
            .char_indices()
            .nth(index(column))
            .map_or(rest.len(), |(at, _)| at);
    let word = text[start..]
        .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .unwrap_or(text.len() - start);
    start..(start + word.max(1)).min(text.len())
}

/// The parser speaks of tokens; people think of words.
fn worded(text: &str, part: Range<usize>, message: &str) -> String {
    let found = text.get(part).unwrap_or_default().trim();
    let reserved = message.strip_prefix("reserved identifier: ");
    match (found, reserved) {
        (_, Some(word)) => format!("`{word}` is a reserved word"),
        ("", None) => "the condition ends too early".to_owned(),
        (found, None) => format!("`{found}` cannot stand here"),
    }
}
