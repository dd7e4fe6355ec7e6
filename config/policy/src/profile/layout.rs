//! Sets a ticket's plain text in the forms that ticket systems show: Jira's document
//! format, Markdown, Slack's own, HTML.
//!
//! In: the text as people read it in RT: `LABEL    words` with continuation lines below
//! the words, indented lines that are commands or figures, plain lines. Out: the same
//! with labels in bold, commands as code, addresses as links. What is not understood is
//! shown as it stands. Knows nothing of what the text says.

use serde_json::{Value as Json, json};

/// Where the words behind a label begin.
const LABEL_WIDTH: usize = 9;
/// Beginnings of addresses that become links.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// A text, cut into what is set differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout<'a> {
    blocks: Vec<Block<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Block<'a> {
    /// Lines that belong together.
    Paragraph(Vec<Line<'a>>),
    /// Lines to be copied, or columns.
    Code(Vec<&'a str>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line<'a> {
    label: Option<&'a str>,
    /// The words, continuation lines joined.
    text: String,
}

/// Words, or an address.
enum Piece<'a> {
    Words(&'a str),
    Link(&'a str),
}

impl<'a> Layout<'a> {
    /// Cuts a text.
    pub(super) fn of(text: &'a str) -> Layout<'a> {
        let mut blocks: Vec<Block<'a>> = Vec::new();
        let mut is_apart = true;
        for written in text.lines() {
            let line = written.trim_end();
            if line.trim().is_empty() {
                is_apart = true;
                continue;
            }
            put(&mut blocks, line, is_apart);
            is_apart = false;
        }
        Layout { blocks }
    }

    /// Jira's document format, version 1.
    pub(super) fn adf(&self) -> Json {
        let content: Vec<Json> = self
            .blocks
            .iter()
            .map(|block| match block {
                Block::Code(lines) => json!({
                    "type": "codeBlock",
                    "content": [{ "type": "text", "text": lines.join("\n") }],
                }),
                Block::Paragraph(lines) => {
                    let mut content = Vec::new();
                    for (number, line) in lines.iter().enumerate() {
                        if number > 0 {
                            content.push(json!({ "type": "hardBreak" }));
                        }
                        line.adf(&mut content);
                    }
                    json!({ "type": "paragraph", "content": content })
                }
            })
            .collect();
        json!({ "version": 1, "type": "doc", "content": content })
    }

    /// Markdown as GitHub, GitLab and Mattermost read it.
    pub(super) fn markdown(&self) -> String {
        let form = Form {
            words: &|text| escape(text, r"\`*_<>[]#|~"),
            link: &|address| format!("<{address}>"),
            label: &|label| format!("**{label}**"),
            line_end: "  \n",
            code: &|lines| fenced(lines),
        };
        self.in_form(&form)
    }

    /// What Slack calls mrkdwn.
    pub(super) fn mrkdwn(&self) -> String {
        let entities = |text: &str| {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        };
        let form = Form {
            words: &entities,
            link: &|address| format!("<{}>", entities(address)),
            label: &|label| format!("*{label}*"),
            line_end: "\n",
            code: &|lines| fenced(&lines.iter().map(|line| entities(line)).collect::<Vec<_>>()),
        };
        self.in_form(&form)
    }

    /// HTML without a frame around it.
    pub(super) fn html(&self) -> String {
        let mut html = String::new();
        for block in &self.blocks {
            match block {
                Block::Code(lines) => {
                    html.push_str(&format!("<pre>{}</pre>\n", of_html(&lines.join("\n"))));
                }
                Block::Paragraph(lines) => {
                    let form = Form {
                        words: &of_html,
                        link: &|address| {
                            let address = of_html(address);
                            format!("<a href=\"{address}\">{address}</a>")
                        },
                        label: &|label| format!("<b>{}</b>", of_html(label)),
                        line_end: "<br>\n",
                        code: &|_| String::new(),
                    };
                    html.push_str(&format!("<p>{}</p>\n", form.paragraph(lines)));
                }
            }
        }
        html
    }

    fn in_form(&self, form: &Form<'_>) -> String {
        let blocks: Vec<String> = self
            .blocks
            .iter()
            .map(|block| match block {
                Block::Code(lines) => (form.code)(
                    &lines
                        .iter()
                        .map(|line| (*line).to_owned())
                        .collect::<Vec<_>>(),
                ),
                Block::Paragraph(lines) => form.paragraph(lines),
            })
            .collect();
        blocks.join("\n\n")
    }
}

/// Puts a line where it belongs.
fn put<'a>(blocks: &mut Vec<Block<'a>>, line: &'a str, is_apart: bool) {
    let indent = line.len() - line.trim_start().len();
    match blocks.last_mut() {
        // Below the words of a label: they go on.
        Some(Block::Paragraph(lines))
            if !is_apart
                && indent >= LABEL_WIDTH
                && lines.last().is_some_and(|line| line.label.is_some()) =>
        {
            if let Some(last) = lines.last_mut() {
                last.text.push(' ');
                last.text.push_str(line.trim_start());
            }
        }
        Some(Block::Code(lines)) if indent >= 2 && !is_apart => lines.push(dedented(line)),
        _ if indent >= 2 => blocks.push(Block::Code(vec![dedented(line)])),
        Some(Block::Paragraph(lines)) if !is_apart => lines.push(Line::of(line)),
        Some(Block::Paragraph(_) | Block::Code(_)) | None => {
            blocks.push(Block::Paragraph(vec![Line::of(line)]));
        }
    }
}

fn dedented(line: &str) -> &str {
    line.strip_prefix("  ").unwrap_or(line)
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Line<'a> {
        let plain = || Line {
            label: None,
            text: line.to_owned(),
        };
        let Some((label, text)) = line.split_at_checked(LABEL_WIDTH) else {
            return plain();
        };
        let letters = label.trim_end();
        let is_label = label.ends_with(' ')
            && letters.starts_with(|first: char| first.is_ascii_uppercase())
            && letters
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ')
            && !text.starts_with(' ');
        match is_label {
            true => Line {
                label: Some(letters),
                text: text.to_owned(),
            },
            false => plain(),
        }
    }

    fn adf(&self, content: &mut Vec<Json>) {
        if let Some(label) = self.label {
            content.push(json!({
                "type": "text", "text": label, "marks": [{ "type": "strong" }],
            }));
            content.push(json!({ "type": "text", "text": " " }));
        }
        content.extend(pieces(&self.text).into_iter().map(|piece| match piece {
            Piece::Words(words) => json!({ "type": "text", "text": words }),
            Piece::Link(address) => json!({
                "type": "text", "text": address,
                "marks": [{ "type": "link", "attrs": { "href": address } }],
            }),
        }));
    }
}

/// How a form of text is written.
struct Form<'f> {
    words: &'f dyn Fn(&str) -> String,
    link: &'f dyn Fn(&str) -> String,
    label: &'f dyn Fn(&str) -> String,
    line_end: &'f str,
    code: &'f dyn Fn(&[String]) -> String,
}

impl Form<'_> {
    fn paragraph(&self, lines: &[Line<'_>]) -> String {
        let lines: Vec<String> = lines.iter().map(|line| self.line(line)).collect();
        lines.join(self.line_end)
    }

    fn line(&self, line: &Line<'_>) -> String {
        let mut written = String::new();
        if let Some(label) = line.label {
            written.push_str(&(self.label)(label));
            written.push(' ');
        }
        for piece in pieces(&line.text) {
            match piece {
                Piece::Words(words) => written.push_str(&(self.words)(words)),
                Piece::Link(address) => written.push_str(&(self.link)(address)),
            }
        }
        written
    }
}

/// Words and addresses in turn; an address ends at white space or what ends a sentence.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = SCHEMES.iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (words, from) = rest.split_at(at);
        let end = from
            .find(|character: char| character.is_whitespace() || "<>\"'`".contains(character))
            .unwrap_or(from.len());
        let address = from[..end].trim_end_matches(['.', ',', ';', ':', ')', '!', '?']);
        if !words.is_empty() {
            pieces.push(Piece::Words(words));
        }
        pieces.push(Piece::Link(address));
        rest = &from[address.len()..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    pieces
}

fn escape(text: &str, special: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if special.contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Between fences longer than any in the text.
fn fenced(lines: &[String]) -> String {
    let longest = lines
        .iter()
        .flat_map(|line| line.split(|character| character != '`'))
        .map(str::len)
        .max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}\n{}\n{fence}", lines.join("\n"))
}

fn of_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
WHAT     db-7 (server): /var is 96 % full,
         3.1 GiB left & <falling>.
WHY P2   impact medium x urgency high.

DO THIS FIRST
  du -xh /var | sort -h
  journalctl `disk`
  Runbook: https://wiki.example.org/r

Incident https://vedette.example.org/i/4711.
vedette K-1 (please leave this line)";

    #[test]
    fn jira_gets_paragraphs_code_and_links() {
        assert_eq!(
            Layout::of(TEXT).adf(),
            json!({ "version": 1, "type": "doc", "content": [
                { "type": "paragraph", "content": [
                    { "type": "text", "text": "WHAT", "marks": [{ "type": "strong" }] },
                    { "type": "text", "text": " " },
                    { "type": "text", "text": "db-7 (server): /var is 96 % full, 3.1 GiB left & <falling>." },
                    { "type": "hardBreak" },
                    { "type": "text", "text": "WHY P2", "marks": [{ "type": "strong" }] },
                    { "type": "text", "text": " " },
                    { "type": "text", "text": "impact medium x urgency high." },
                ] },
                { "type": "paragraph", "content": [{ "type": "text", "text": "DO THIS FIRST" }] },
                { "type": "codeBlock", "content": [{ "type": "text", "text":
                    "du -xh /var | sort -h\njournalctl `disk`\nRunbook: https://wiki.example.org/r" }] },
                { "type": "paragraph", "content": [
                    { "type": "text", "text": "Incident " },
                    { "type": "text", "text": "https://vedette.example.org/i/4711",
                      "marks": [{ "type": "link", "attrs": { "href": "https://vedette.example.org/i/4711" } }] },
                    { "type": "text", "text": "." },
                    { "type": "hardBreak" },
                    { "type": "text", "text": "vedette K-1 (please leave this line)" },
                ] },
            ] })
        );
    }

    #[test]
    fn markdown_escapes_what_would_be_markup() {
        let markdown = Layout::of(TEXT).markdown();
        assert!(
            markdown.starts_with("**WHAT** db-7 (server): /var is 96 % full, 3.1 GiB left & \\<falling\\>.  \n**WHY P2** "),
            "{markdown}"
        );
        assert!(
            markdown.contains("\n\n```\ndu -xh /var | sort -h\n"),
            "{markdown}"
        );
        assert!(
            markdown.contains("Incident <https://vedette.example.org/i/4711>."),
            "{markdown}"
        );
        let fences = Layout::of("  a ```` b").markdown();
        assert!(fences.starts_with("`````\n"), "{fences}");
    }

    #[test]
    fn slack_gets_entities_and_one_star() {
        let mrkdwn = Layout::of(TEXT).mrkdwn();
        assert!(
            mrkdwn.starts_with(
                "*WHAT* db-7 (server): /var is 96 % full, 3.1 GiB left &amp; &lt;falling&gt;.\n"
            ),
            "{mrkdwn}"
        );
    }

    #[test]
    fn html_is_inert() {
        let html = Layout::of("see <script>\"x\"</script> https://a.example.org/?a=1&b=2").html();
        assert_eq!(
            html,
            "<p>see &lt;script&gt;&quot;x&quot;&lt;/script&gt; <a href=\"https://a.example.org/?a=1&amp;b=2\">https://a.example.org/?a=1&amp;b=2</a></p>\n"
        );
    }

    #[test]
    fn no_text_is_an_empty_document() {
        assert_eq!(Layout::of("").adf()["content"], json!([]));
        assert_eq!(Layout::of("\n \n").markdown(), "");
    }
}
