//! Shows which jobs the agent waits for.
//!
//! In: settings. Out: lines for people, or JSON.

use serde_json::{Value, json};
use vedette_config::{JobSettings, duration};

/// One line for each job.
pub(super) fn list(jobs: &[JobSettings]) -> String {
    let mut text = match jobs.len() {
        0 => return String::new(),
        1 => "    and waits for one job\n".to_owned(),
        count => format!("    and waits for {count} jobs\n"),
    };
    let widths = jobs.iter().map(|job| job.name.chars().count());
    let names = widths.max().unwrap_or(0);
    for job in jobs {
        let mut line = format!("      {:names$}  ", job.name);
        match &job.schedule {
            Some(schedule) => {
                let within = duration::show(job.start_within);
                line.push_str(&format!("{schedule}, begins within {within}"));
            }
            None => line.push_str("whenever it is run"),
        }
        if let Some(most) = job.max_runtime {
            line.push_str(&format!(", runs at most {}", duration::show(most)));
        }
        if !job.quiet.is_empty() {
            line.push_str(&format!(", quiet about {}", job.quiet.join(" and ")));
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The same as JSON.
pub(super) fn list_json(jobs: &[JobSettings]) -> Vec<Value> {
    let one = |job: &JobSettings| {
        json!({
            "job": job.name,
            "schedule": job.schedule.as_ref().map(ToString::to_string),
            "start_within_s": job.start_within.as_secs_f64(),
            "max_runtime_s": job.max_runtime.map(|most| most.as_secs_f64()),
            "ok_exit": job.ok_exit,
            "quiet": job.quiet,
            "user": job.user,
        })
    };
    jobs.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use vedette_config::{AgentConfig, Source};

    use super::*;

    #[test]
    fn every_job_is_listed_with_what_is_expected_of_it() {
        let text = "[[job]]\nname = \"backup\"\nschedule = \"0 2 * * *\"\nmax_runtime = \"4h\"\n\
                    quiet = [\"cpu\", \"disk-io\"]\n[[job]]\nname = \"by-hand\"\n";
        let (config, _) = AgentConfig::from_sources(&[Source::new("agent.toml", text)]);
        let jobs = config.unwrap().jobs;
        let expected = "    and waits for 2 jobs\n      \
             backup   0 2 * * *, begins within 15m, runs at most 4h, quiet about cpu and disk-io\n      \
             by-hand  whenever it is run\n";
        assert_eq!(list(&jobs), expected);
        assert_eq!(list(&[]), "");
        assert_eq!(list_json(&jobs)[0]["schedule"], "0 2 * * *");
    }
}
