//! `vedette-agent run`: serves until a signal comes.
//!
//! In: settings, and what the command line says instead. Out: log lines on standard error.

use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;
use vedette_config::{duration, http_url};
use vedette_wire::limits::{INTERVAL_S_MAX, INTERVAL_S_MIN};

use super::{Outcome, RunArgs, refuse};
use crate::app::{self, Orders, Settings};
use crate::service::notify::Notifier;
use crate::settings::Origin;
use crate::{service, state};

pub(super) fn run(args: RunArgs) -> Outcome {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(LevelFilter::INFO)
        .with_target(false)
        .init();
    let origin = match origin(
        args.config.config,
        &args.collector,
        args.interval.as_deref(),
    ) {
        Ok(origin) => origin,
        Err(why) => return refuse(&why),
    };
    let (config, findings) = origin.read();
    if !findings.is_empty() {
        eprintln!("{findings}");
    }
    let Some(config) = config else {
        return Outcome::Refused;
    };
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
        let notifier = Notifier::of_this_process();
        let has_terminal = !notifier.is_heard() && service::has_terminal();
        let asked = service::asked(has_terminal).map_err(|error| error.to_string())?;
        let orders = Orders::until(asked.stop)
            .reload(origin, asked.reload)
            .tell(notifier);
        let ended = app::run(settings, orders).await;
        ended.map_err(|error| error.to_string())
    });
    app::end(runtime);
    match ended {
        Ok(()) => Outcome::Well,
        Err(why) => refuse(&why),
    }
}

/// Where the settings are from: also what is read again while the agent runs.
fn origin(
    file: Option<PathBuf>,
    collectors: &[String],
    interval: Option<&str>,
) -> Result<Origin, String> {
    let urls = collectors.iter().map(|text| match http_url(text) {
        Ok(url) => Ok(url.url),
        Err(why) => Err(format!("--collector {text}: {why}")),
    });
    let interval = interval.map(|text| {
        let interval = duration::parse(text).map_err(|why| format!("--interval {text}: {why}"))?;
        let shortest = Duration::from_secs_f64(INTERVAL_S_MIN);
        let longest = Duration::from_secs_f64(INTERVAL_S_MAX);
        match (shortest..=longest).contains(&interval) {
            true => Ok(interval),
            false => Err(format!("--interval {text}: it must be 1s to 5m")),
        }
    });
    Ok(Origin {
        file,
        urls: urls.collect::<Result<_, _>>()?,
        interval: interval.transpose()?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_command_line_says_what_holds_instead_of_the_file() {
        let urls = ["http://one:9720/".to_owned(), "https://two:9720".to_owned()];
        let origin = origin(None, &urls, Some("1s")).unwrap();
        assert_eq!(origin.urls, ["http://one:9720", "https://two:9720"]);
        assert_eq!(origin.interval, Some(Duration::from_secs(1)));
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
            let why = origin(None, urls, interval).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
    }
}
