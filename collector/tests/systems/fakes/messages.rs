//! Slack, Mattermost, Teams and ntfy: a message and no more, each with its own limits.

use serde_json::{Value, json as value};

use super::SECRET;
use crate::desk::{Asked, Held, Reply, System, json, text};

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Slack,
    Mattermost,
    Teams,
    Ntfy,
}

pub(crate) struct Messages {
    kind: Kind,
    posted: Vec<Held>,
}

impl Messages {
    pub(crate) fn of(kind: Kind) -> Messages {
        Messages {
            kind,
            posted: Vec::new(),
        }
    }

    /// The message, or how it is refused.
    fn read(&self, asked: &Asked) -> Result<String, Reply> {
        let is_short = |pointer: &str, max: usize| {
            let length = asked.text(pointer).chars().count();
            (1..=max).contains(&length)
        };
        match self.kind {
            Kind::Slack => {
                if asked.path != "/services/T0/B0/s3cret" {
                    return Err(text(404, "no_service"));
                }
                let is_sound = is_short("/blocks/0/text/text", 150)
                    && asked.text("/blocks/0/text/type") == "plain_text"
                    && is_short("/blocks/1/text/text", 3000)
                    && asked.text("/blocks/1/text/type") == "mrkdwn";
                match is_sound {
                    true => Ok(asked.text("/blocks/1/text/text")),
                    false => Err(text(400, "invalid_payload")),
                }
            }
            Kind::Mattermost if asked.path == "/hooks/s3cret" && is_short("/text", 16_383) => {
                Ok(asked.text("/text"))
            }
            Kind::Mattermost => Err(json(
                400,
                &value!({ "id": "web.incoming_webhook.invalid.app_error", "message": "Invalid webhook" }),
            )),
            Kind::Teams => {
                if asked.query("sig") != "s3cret" {
                    return Err(json(
                        401,
                        &value!({ "error": { "code": "DirectApiAuthorizationRequired" } }),
                    ));
                }
                let card = asked
                    .json
                    .pointer("/attachments/0")
                    .cloned()
                    .unwrap_or(Value::Null);
                let is_card = card["contentType"] == "application/vnd.microsoft.card.adaptive"
                    && card["content"]["type"] == "AdaptiveCard";
                match is_card && asked.body.len() <= 28 * 1024 {
                    true => Ok(asked.text("/attachments/0/content/body/1/text")),
                    false => Err(text(400, "")),
                }
            }
            Kind::Ntfy => {
                if asked.header("authorization") != format!("Bearer {SECRET}") {
                    return Err(json(
                        401,
                        &value!({ "code": 40101, "error": "unauthorized" }),
                    ));
                }
                let is_sound = asked.text("/topic") == "ops"
                    && asked.text("/message").len() <= 4096
                    && asked.json["priority"]
                        .as_i64()
                        .is_some_and(|priority| (1..=5).contains(&priority));
                match is_sound {
                    true => Ok(asked.text("/message")),
                    false => Err(json(
                        400,
                        &value!({ "code": 40024, "error": "invalid request" }),
                    )),
                }
            }
        }
    }
}

impl System for Messages {
    fn answer(&mut self, asked: &Asked) -> Reply {
        let message = match self.read(asked) {
            Ok(message) => message,
            Err(reply) => return reply,
        };
        self.posted.push(Held {
            id: (self.posted.len() + 1).to_string(),
            texts: vec![message],
            ..Held::default()
        });
        match self.kind {
            Kind::Slack | Kind::Mattermost => text(200, "ok"),
            Kind::Teams => text(202, ""),
            Kind::Ntfy => json(
                200,
                &value!({ "id": "sPs71M8A2T", "event": "message", "topic": "ops" }),
            ),
        }
    }

    fn tickets(&self) -> Vec<Held> {
        self.posted.clone()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.method == "POST"
    }
}
