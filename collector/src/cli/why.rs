//! Tells in sentences what is so with a host.

use super::Desk;
use super::failure::Standing;
use super::paper::Mood;
use crate::api::v1::shapes::Why;

pub(super) async fn tell(desk: &mut Desk<'_>, host: &str) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection.get(&["api", "v1", "why", host], &[]).await?;
    let why: Why = answer.read()?;
    if !desk.as_it_is(&answer)? {
        let (headline, mood) = match why.well {
            true => (format!("{} is well", why.host), Mood::Good),
            false => (format!("{} is not well", why.host), Mood::Bad),
        };
        desk.paper.headline(&headline, mood)?;
        for sentence in &why.sentences {
            desk.paper.item(sentence)?;
        }
    }
    Ok(Standing::well_if(why.well))
}
