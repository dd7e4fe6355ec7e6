//! Turns a step and what is known into a request.
//!
//! A text that cannot be rendered is replaced by a built-in one, because a template
//! must never lose a delivery; an address that cannot be rendered is an error,
//! because there is no built-in address.

use minijinja::Value;
use serde_json::Value as Json;

use super::filter::component;
use super::model::{Body, Mail, Step};
use super::request::{Letter, Request, RequestBody, Unrenderable};
use super::template::{Shape, Template, TemplateError};

impl Step {
    /// Whether the step is to be taken at all.
    ///
    /// # Errors
    /// When its `when` names what is not there.
    pub fn is_wanted(&self, context: &Value) -> Result<bool, Unrenderable> {
        match &self.when {
            None => Ok(true),
            Some(when) => when
                .holds(context)
                .map_err(|error| self.unrenderable("when", error)),
        }
    }

    /// The request. `instead` is the text that stands for what cannot be rendered.
    ///
    /// # Errors
    /// When its URL or query cannot be rendered.
    pub fn render(&self, context: &Value, instead: &str) -> Result<Request, Unrenderable> {
        let url = self.address("url", &self.url, context)?;
        let query = self
            .query
            .iter()
            .map(|(name, value)| {
                let part = format!("query.{}", name.source());
                Ok((
                    self.address(&part, name, context)?,
                    self.address(&part, value, context)?,
                ))
            })
            .collect::<Result<_, Unrenderable>>()?;
        let mut replaced = Vec::new();
        let headers = self.headers_of(context, &mut replaced);
        let body = match &self.body {
            Body::Mail(mail) => {
                RequestBody::Mail(self.letter_of(mail, (context, instead), &mut replaced)?)
            }
            Body::Empty | Body::Json(_) | Body::Form(_) | Body::Text { .. } => {
                self.body_of(context, instead, &mut replaced)
            }
        };
        Ok(Request {
            step: self.name.clone(),
            method: self.method,
            url,
            is_reference: self.is_reference,
            headers,
            query,
            body,
            replaced,
        })
    }

    fn address(
        &self,
        part: &str,
        template: &Template,
        context: &Value,
    ) -> Result<String, Unrenderable> {
        template
            .render(context)
            .map_err(|error| self.unrenderable(part, error))
    }

    /// A header that cannot be rendered is left out: none is needed to understand the rest.
    fn headers_of(&self, context: &Value, replaced: &mut Vec<String>) -> Vec<(String, String)> {
        let mut headers = Vec::with_capacity(self.headers.len());
        for (name, value) in &self.headers {
            match value.render(context) {
                // A line break would begin another header.
                Ok(text) => headers.push((name.clone(), text.replace(['\r', '\n', '\0'], " "))),
                Err(error) => replaced.push(self.said(&format!("headers.{name}"), &error)),
            }
        }
        headers
    }

    fn body_of(&self, context: &Value, instead: &str, replaced: &mut Vec<String>) -> RequestBody {
        match &self.body {
            Body::Empty | Body::Mail(_) => RequestBody::Empty,
            Body::Json(shape) => {
                let json = shape.render(context, &mut |leaf, error| {
                    replaced.push(self.said("json", &error));
                    match leaf {
                        Shape::Template(_) => Some(Json::String(instead.to_owned())),
                        Shape::Expression(_)
                        | Shape::Fixed(_)
                        | Shape::List(_)
                        | Shape::Object(_) => None,
                    }
                });
                RequestBody::Bytes {
                    content_type: "application/json".into(),
                    bytes: json.unwrap_or(Json::Null).to_string().into_bytes(),
                }
            }
            Body::Form(fields) => {
                let mut pairs = Vec::with_capacity(fields.len());
                for (name, value) in fields {
                    let text = value.render(context).unwrap_or_else(|error| {
                        replaced.push(self.said(&format!("form.{name}"), &error));
                        instead.to_owned()
                    });
                    pairs.push(format!("{}={}", component(name), component(&text)));
                }
                RequestBody::Bytes {
                    content_type: "application/x-www-form-urlencoded".into(),
                    bytes: pairs.join("&").into_bytes(),
                }
            }
            Body::Text { text, content_type } => {
                let text = text.render(context).unwrap_or_else(|error| {
                    replaced.push(self.said("text", &error));
                    instead.to_owned()
                });
                RequestBody::Bytes {
                    content_type: content_type.clone(),
                    bytes: text.into_bytes(),
                }
            }
        }
    }

    /// Whom a mail goes to cannot be replaced; what it says can.
    fn letter_of(
        &self,
        mail: &Mail,
        (context, instead): (&Value, &str),
        replaced: &mut Vec<String>,
    ) -> Result<Letter, Unrenderable> {
        let mut worded = |part: &str, template: &Template| {
            template.render(context).unwrap_or_else(|error| {
                replaced.push(self.said(&format!("mail.{part}"), &error));
                instead.to_owned()
            })
        };
        Ok(Letter {
            subject: worded("subject", &mail.subject),
            text: worded("text", &mail.text),
            html: mail
                .html
                .as_ref()
                .and_then(|html| html.render(context).ok()),
            from: self.address("mail.from", &mail.from, context)?,
            to: self.address("mail.to", &mail.to, context)?,
            id: self.address("mail.id", &mail.id, context)?,
            answers: self.address("mail.answers", &mail.answers, context)?,
        })
    }

    fn said(&self, part: &str, error: &TemplateError) -> String {
        format!("`{part}` of step \"{}\": {error}", self.name)
    }

    fn unrenderable(&self, part: &str, error: TemplateError) -> Unrenderable {
        Unrenderable {
            part: format!("`{part}` of step \"{}\"", self.name),
            why: error.why,
            is_syntax: error.is_syntax,
        }
    }
}
