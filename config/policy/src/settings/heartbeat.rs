//! Reads where the collector says that it is alive and delivers.
//!
//! In: `[heartbeat]`. Out: an address of any dead-man service, and how often it is asked for.

use std::time::Duration;

use vedette_config::{Code, Finding, HttpUrl, Reader, Spanned, http_url};

/// How often it can be.
const EVERY: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(10)..=Duration::from_secs(86_400);
/// How often it is when it is not said.
const USUAL: Duration = Duration::from_secs(60);

/// `[heartbeat]`: where the collector says that it is alive and delivers.
#[derive(Debug, Clone, PartialEq)]
pub struct HeartbeatSettings {
    /// The address, which may hold a secret.
    pub url: HttpUrl,
    /// How often.
    pub every: Duration,
}

pub(super) fn read(top: &mut Reader<'_>) -> Option<HeartbeatSettings> {
    top.table("heartbeat", |table| {
        let every = table.within("every", EVERY).unwrap_or(USUAL);
        let written = table.required::<Spanned<String>>("url")?;
        match http_url(&written.value) {
            Ok(url) => Some(HeartbeatSettings { url, every }),
            Err(why) => {
                // Not repeated in the message: the path is the secret of most such services.
                let finding = Finding::error(Code::BadUrl, "this address cannot be used");
                table.push(finding.at(&written.place, why.to_string()));
                None
            }
        }
    })
    .flatten()
}
