//! PagerDuty's Events API: the key is theirs, too; a trigger that comes twice is one alert.

use serde_json::json as value;

use super::SECRET;
use crate::desk::{Asked, Held, Reply, System, json};

#[derive(Default)]
pub(crate) struct PagerDuty {
    pub(crate) alerts: Vec<Held>,
}

impl System for PagerDuty {
    fn answer(&mut self, asked: &Asked) -> Reply {
        assert_eq!((asked.method, asked.path.as_str()), ("POST", "/v2/enqueue"));
        let invalid = |why: &str| {
            json(
                400,
                &value!({ "status": "invalid event", "message": "Event object is invalid", "errors": [why] }),
            )
        };
        if asked.text("/routing_key") != SECRET {
            return invalid("'routing_key' is invalid");
        }
        let key = asked.text("/dedup_key");
        let action = asked.text("/event_action");
        if action == "trigger" {
            for field in ["summary", "source", "severity"] {
                if asked.text(&format!("/payload/{field}")).is_empty() {
                    return invalid(&format!("'payload.{field}' is missing or blank"));
                }
            }
            if !["critical", "error", "warning", "info"]
                .contains(&asked.text("/payload/severity").as_str())
            {
                return invalid("'payload.severity' is invalid");
            }
        }
        let status = match action.as_str() {
            "trigger" => "triggered",
            "acknowledge" => "acknowledged",
            "resolve" => "resolved",
            other => return invalid(&format!("'event_action' {other} is invalid")),
        };
        match self.alerts.iter_mut().find(|alert| alert.key == key) {
            Some(alert) => alert.status = status.into(),
            None if action == "trigger" => self.alerts.push(Held {
                id: key.clone(),
                key: key.clone(),
                title: asked.text("/payload/summary"),
                status: status.into(),
                priority: asked.text("/payload/severity"),
                texts: vec![asked.text("/payload/custom_details/text")],
                ..Held::default()
            }),
            // What it does not know it takes all the same.
            None => {}
        }
        json(
            202,
            &value!({ "status": "success", "message": "Event processed", "dedup_key": key }),
        )
    }

    fn tickets(&self) -> Vec<Held> {
        self.alerts.clone()
    }

    fn makes(&self, asked: &Asked) -> bool {
        asked.text("/event_action") == "trigger"
    }
}
