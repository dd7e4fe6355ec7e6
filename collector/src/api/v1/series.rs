//! What was measured of a host: the list of its series, and one metric over time, for charts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use tokio::sync::Semaphore;
use vedette_triage as triage;
use vedette_triage::detect::{On, RuleSet, Summary};
use vedette_triage::{AlertState, EntityId, Labels, Matcher, Matchers, Timestamp};
use vedette_wire::metric;

use super::hosts;
use super::shapes::{ChartPoint, ChartSeries, HostRef, SeriesChart, SeriesList, SeriesNow};
use crate::api::problem::Problem;
use crate::api::{Shared, Time};
use crate::history::{History, Track};

/// A series that was not measured for longer is not listed; some are measured once a day.
const LISTED_FOR: Duration = Duration::from_secs(25 * 3_600);
/// A chart shows so much where nothing is said.
const CHART_FOR: Duration = Duration::from_secs(6 * 3_600);
/// Before an alert began, so much is shown with it.
const BEFORE_ALERT: Duration = Duration::from_secs(3_600);
/// Points of a series where nothing is said.
const POINTS: i64 = 300;
/// Points of all series of one answer; steps are longer where there would be more.
const POINTS_MAX: usize = 20_000;
/// Series of one answer; the rest is counted.
const SERIES_MAX: usize = 200;
/// Answers that are made at once: each may hold a day of a host.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What a chart is asked for.
#[derive(Debug)]
struct Asked {
    from: Timestamp,
    to: Timestamp,
    step_ms: Option<i64>,
    filters: Matchers,
}

/// Everything measured of a host lately, with the newest value of each.
pub(in crate::api) async fn list(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<Json<SeriesList>, Problem> {
    let host = hosts::find(&shared, &name)?;
    let to = shared.clock.now();
    let from = to.before(LISTED_FOR);
    let tracks = read(&shared.history, &host.id, (from, to), None).await?;
    let extent = shared.history.extent();
    let now = |track: &Track| SeriesNow {
        metric: track.series.name.clone(),
        unit: unit(&track.series.name),
        attributes: track.series.attributes.clone(),
        at: track.points.last().map_or(to, |newest| newest.at).into(),
        value: track.series.value,
    };
    Ok(Json(SeriesList {
        host: host_ref(&host),
        since: extent.since.map(Into::into),
        full_since: extent.full_since.map(Into::into),
        series: tracks.iter().map(now).collect(),
    }))
}

/// One metric over time: of each step the last value, the least and the greatest.
pub(in crate::api) async fn chart(
    State(shared): State<Arc<Shared>>,
    Path((name, metric)): Path<(String, String)>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<SeriesChart>, Problem> {
    let host = hosts::find(&shared, &name)?;
    let asked = asked(&parameters, shared.clock.now())?;
    let (from, to) = (asked.from, asked.to);
    let mut tracks = read(&shared.history, &host.id, (from, to), Some(metric.clone())).await?;
    tracks.retain(|track| {
        let attributes: Labels = track.series.attributes.iter().collect();
        asked.filters.match_all(&attributes)
    });
    let left_out = tracks.len().saturating_sub(SERIES_MAX);
    tracks.truncate(SERIES_MAX);
    let step_ms = step(&asked, tracks.len());
    let series = tracks.iter().map(|track| ChartSeries {
        attributes: track.series.attributes.clone(),
        points: by_step(&track.points, from, step_ms),
    });
    Ok(Json(SeriesChart {
        host: host_ref(&host),
        unit: unit(&metric),
        metric,
        from: from.into(),
        to: to.into(),
        step_s: step_ms as f64 / 1_000.0,
        full_since: shared.history.extent().full_since.map(Into::into),
        series: series.collect(),
        left_out: left_out as u64,
    }))
}

/// Where the values are that an alert of one of our rules is about; none for others.
pub(super) fn link(alert: &triage::Alert, rules: &RuleSet) -> Option<String> {
    let On::Metric(metric) = &rules.get(alert.identity.rule()?)?.on else {
        return None;
    };
    let host = alert.identity.measured_by()?;
    let mut link = reqwest::Url::parse("http://collector/").ok()?;
    let path = ["api", "v1", "hosts", host.as_str(), "series", metric];
    link.path_segments_mut().ok()?.pop_if_empty().extend(path);
    {
        let mut query = link.query_pairs_mut();
        for (name, value) in alert.identity.measured_attributes().iter() {
            query.append_pair("filter", &format!("{name}={value:?}"));
        }
        let from = alert.starts_at.before(BEFORE_ALERT);
        query.append_pair("from", &Time(from).to_string());
        if let AlertState::Resolved { at, .. } = alert.state {
            let to = at.after(BEFORE_ALERT);
            query.append_pair("to", &Time(to).to_string());
        }
    }
    Some(format!(
        "{}?{}",
        link.path(),
        link.query().unwrap_or_default()
    ))
}

/// Off the runtime's threads, for it reads the disk.
async fn read(
    history: &History,
    host: &EntityId,
    span: (Timestamp, Timestamp),
    only: Option<String>,
) -> Result<Vec<Track>, Problem> {
    if !history.is_kept() {
        return Err(Problem::not_found(
            "no samples are kept here: [store] history_at_most is \"0B\", or the log says why not",
        ));
    }
    let _permit = AT_ONCE.acquire().await;
    let (history, host) = (history.clone(), host.clone());
    let wanted = move |metric: &str| {
        let is_wanted = only.as_ref().is_none_or(|only| only == metric);
        is_wanted.then_some(span.0)
    };
    let read = tokio::task::spawn_blocking(move || history.read(&host, span, &wanted)).await;
    read.map_err(|error| Problem::later(format!("the history was not read: {error}")))
}

fn asked(parameters: &[(String, String)], now: Timestamp) -> Result<Asked, Problem> {
    let mut asked = Asked {
        from: Timestamp::MIN,
        to: now,
        step_ms: None,
        filters: Matchers::default(),
    };
    let mut from = None;
    for (name, value) in parameters {
        let time = || Time::parse(value).map(|at| at.0).map_err(Problem::bad);
        match name.as_str() {
            "from" => from = Some(time()?),
            "to" => asked.to = time()?,
            "step" => asked.step_ms = Some(step_in(value).map_err(Problem::bad)?),
            "filter" => {
                let filter = Matcher::parse(value).map_err(Problem::bad)?;
                asked.filters.0.push(filter);
            }
            other => {
                return Err(Problem::bad(format!(
                    "{other:?} is no parameter here; there are from, to, step and filter"
                )));
            }
        }
    }
    asked.from = from.unwrap_or(asked.to.before(CHART_FOR));
    if asked.from >= asked.to {
        return Err(Problem::bad("from must be before to"));
    }
    Ok(asked)
}

fn step_in(text: &str) -> Result<i64, String> {
    let step = vedette_config::duration::parse(text);
    let step = step.map_err(|error| format!("step: {error}; write it as in 15s, 5m or 1h"))?;
    let step = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
    if step == 0 {
        return Err("step must be longer than nothing".into());
    }
    Ok(step)
}

/// As asked for, unless there would be too many points.
fn step(asked: &Asked, series: usize) -> i64 {
    let span = asked.to.as_millis().saturating_sub(asked.from.as_millis());
    let points_max = i64::try_from(POINTS_MAX / series.max(1))
        .unwrap_or(1)
        .max(1);
    let usual = asked.step_ms.unwrap_or(span / POINTS.min(points_max));
    usual.max(span / points_max).max(1)
}

/// A step is known by its last value, and when that was measured.
fn by_step(points: &[Summary], from: Timestamp, step_ms: i64) -> Vec<ChartPoint> {
    let place = |at: Timestamp| at.as_millis().saturating_sub(from.as_millis()) / step_ms;
    let mut steps: BTreeMap<i64, Summary> = BTreeMap::new();
    for point in points {
        let step = steps.entry(place(point.at));
        step.and_modify(|sum| sum.take(point)).or_insert(*point);
    }
    let told = |sum: Summary| ChartPoint {
        at: sum.at.into(),
        last: sum.last,
        min: sum.min,
        max: sum.max,
    };
    steps.into_values().map(told).collect()
}

fn host_ref(host: &triage::Host) -> HostRef {
    HostRef {
        id: host.id.to_string(),
        name: host.facts.name.clone(),
    }
}

fn unit(metric: &str) -> Option<String> {
    metric::find(metric).map(|known| known.unit.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn points_are_never_more_than_an_answer_holds() {
        let day = Duration::from_secs(86_400);
        let to = Timestamp::from_millis(1_760_000_000_000);
        for (series, step_ms, expected) in [
            (1, None, 288_000),
            (1, Some(60_000), 60_000),
            (1, Some(1), 4_320),
            (200, Some(60_000), 864_000),
            (200, None, 864_000),
            (0, None, 288_000),
        ] {
            let asked = Asked {
                from: to.before(day),
                to,
                step_ms,
                filters: Matchers::default(),
            };
            let step = step(&asked, series);
            assert_eq!(step, expected, "{series} series");
            assert!(86_400_000 / step * series.max(1) as i64 <= POINTS_MAX as i64);
        }
    }

    #[test]
    fn a_step_has_its_last_value_the_least_and_the_greatest() {
        let from = Timestamp::from_millis(1_760_000_000_000);
        let at = |second: u64| from.after(Duration::from_secs(second));
        let values = [(0, 5.0), (15, 1.0), (45, 3.0), (60, 9.0), (200, 2.0)];
        let points: Vec<Summary> = values
            .iter()
            .map(|(second, value)| Summary::of(at(*second), *value))
            .collect();
        let told: Vec<_> = by_step(&points, from, 60_000)
            .into_iter()
            .map(|point| (point.at.0, point.last, point.min, point.max))
            .collect();
        let expected = [
            (at(45), 3.0, 1.0, 5.0),
            (at(60), 9.0, 9.0, 9.0),
            (at(200), 2.0, 2.0, 2.0),
        ];
        assert_eq!(told, expected);
    }
}
