//! Tells in sentences what is so with a host.

use super::Desk;
use super::failure::Standing;
use super::paper::Mood;
use crate::api::v1::shapes::Why;

pub(super) async fn tell(
    desk: &mut Desk<'_>,
    host: &str,
    rule: Option<&str>,
) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let query: Vec<(&str, &str)> = rule.map(|rule| ("rule", rule)).into_iter().collect();
    let answer = connection.get(&["api", "v1", "why", host], &query).await?;
    let why: Why = answer.read()?;
    if !desk.as_it_is(&answer)? {
        let about = &why.host;
        let (headline, mood) = match (rule, why.well) {
            (None, true) => (format!("{about} is well"), Mood::Good),
            (None, false) => (format!("{about} is not well"), Mood::Bad),
            (Some(rule), true) => (format!("{rule} does not fire on {about}"), Mood::Good),
            (Some(rule), false) => (format!("{rule} fires on {about}"), Mood::Bad),
        };
        desk.paper.headline(&headline, mood)?;
        for sentence in &why.sentences {
            desk.paper.item(sentence)?;
        }
    }
    Ok(Standing::well_if(why.well))
}
