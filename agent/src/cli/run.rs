//! `vedette-agent run`: serves until a signal comes.
//!
//! In: settings, and what the command line says instead. Out: log lines on standard error.

use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;
use vedette_config::{AgentConfig, duration, http_url};
use vedette_wire::limits::{INTERVAL_S_MAX, INTERVAL_S_MIN};

use super::{Outcome, RunArgs, refuse};
use crate::app::{self, Settings};
use crate::{service, state};

pub(super) fn run(args: RunArgs) -> Outcome {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(LevelFilter::INFO)
        .with_target(false)
        .init();
    let (config, findings) = AgentConfig::read(args.config.config.as_deref());
    if !findings.is_empty() {
        eprintln!("{findings}");
    }
    let Some(mut config) = config else {
        return Outcome::Refused;
    };
    if let Err(why) = override_with(&mut config, &args.collector, args.interval.as_deref()) {
        return refuse(&why);
    }
    let settings = Settings {
        config,
        state_dir: state::choose(args.state.state_dir),
        proc: "/proc".into(),
    };
    let runtime = match app::runtime() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    let ended = runtime.block_on(async {
        let stop = service::stop().map_err(|error| error.to_string())?;
        let ended = app::run(settings, stop).await;
        ended.map_err(|error| error.to_string())
    });
    app::end(runtime);
    match ended {
        Ok(()) => Outcome::Well,
        Err(why) => refuse(&why),
    }
}

fn override_with(
    config: &mut AgentConfig,
    collectors: &[String],
    interval: Option<&str>,
) -> Result<(), String> {
    if !collectors.is_empty() {
        let urls = collectors.iter().map(|text| match http_url(text) {
            Ok(url) => Ok(url.url),
            Err(why) => Err(format!("--collector {text}: {why}")),
        });
        config.collector.urls = urls.collect::<Result<_, _>>()?;
    }
    if let Some(text) = interval {
        let interval = duration::parse(text).map_err(|why| format!("--interval {text}: {why}"))?;
        let shortest = Duration::from_secs_f64(INTERVAL_S_MIN);
        let longest = Duration::from_secs_f64(INTERVAL_S_MAX);
        if !(shortest..=longest).contains(&interval) {
            return Err(format!("--interval {text}: it must be 1s to 5m"));
        }
        config.report.interval = Some(interval);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_command_line_wins_over_the_file() {
        let mut config = AgentConfig::default();
        let urls = ["http://one:9720/".to_owned(), "https://two:9720".to_owned()];
        override_with(&mut config, &urls, Some("1s")).unwrap();
        assert_eq!(
            config.collector.urls,
            ["http://one:9720", "https://two:9720"]
        );
        assert_eq!(config.report.interval, Some(Duration::from_secs(1)));
    }

    #[test]
    fn what_the_file_could_not_say_the_command_line_cannot_either() {
        let cases: [(&[String], Option<&str>, &str); 4] = [
            (&[], Some("0s"), "--interval"),
            (&[], Some("6m"), "1s to 5m"),
            (&[], Some("often"), "--interval often"),
            (&["ftp://x".to_owned()], None, "--collector ftp://x"),
        ];
        for (urls, interval, part) in cases {
            let mut config = AgentConfig::default();
            let why = override_with(&mut config, urls, interval).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
    }
}
