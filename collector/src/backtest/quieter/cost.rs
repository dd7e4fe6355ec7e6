//! Counts what each rule cost each team lately.
//!
//! In: incidents. Out: by team, the rules that made most tickets, the worst first. What was only
//! observed counts as what it would have been; drills and lists of the collector's own do not.

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_triage::{Incident, Timestamp, limits};

/// Of a team, a rule with fewer tickets is not noisy.
const NOISY_MIN: u64 = 3;

/// What one rule cost one team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The rule.
    pub rule: Arc<str>,
    /// Tickets.
    pub tickets: u64,
    /// Of these, over before any person did anything.
    pub unattended: u64,
}

/// What rules cost, by team, the worst first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Costs(pub BTreeMap<String, Vec<Cost>>);

impl Costs {
    /// Of the incidents that people were told of since then.
    pub fn since(incidents: &[Arc<Incident>], since: Timestamp) -> Costs {
        let mut counts: BTreeMap<(&str, &Arc<str>), (u64, u64)> = BTreeMap::new();
        for incident in incidents {
            let told = incident.opened_at.or(incident.withheld_at);
            let is_own = incident.drill.is_some()
                || incident.list.is_some()
                || incident.report.is_some()
                || incident.rule.is_empty();
            if is_own || told.is_none_or(|at| at < since) {
                continue;
            }
            let key = (incident.team.as_str(), &incident.rule);
            let (tickets, unattended) = counts.entry(key).or_default();
            *tickets += 1;
            *unattended += u64::from(!incident.acted && incident.phase.is_over());
        }
        let mut by_team: BTreeMap<String, Vec<Cost>> = BTreeMap::new();
        let noisy = counts
            .into_iter()
            .filter(|(_, (tickets, _))| *tickets >= NOISY_MIN);
        for ((team, rule), (tickets, unattended)) in noisy {
            by_team.entry(team.to_owned()).or_default().push(Cost {
                rule: Arc::clone(rule),
                tickets,
                unattended,
            });
        }
        for costs in by_team.values_mut() {
            costs.sort_by(|one, other| {
                let key = |cost: &Cost| (u64::MAX - cost.tickets, Arc::clone(&cost.rule));
                key(one).cmp(&key(other))
            });
            costs.truncate(limits::NOISY_TOLD_MAX);
        }
        Costs(by_team)
    }

    /// Each rule once, with the team it costs most, the worst first.
    pub fn rules(&self) -> Vec<(Arc<str>, &str)> {
        let all = self.0.iter().flat_map(|(team, costs)| {
            let of_team = costs.iter();
            of_team.map(move |cost| (cost.tickets, &cost.rule, team.as_str()))
        });
        let mut all: Vec<(u64, &Arc<str>, &str)> = all.collect();
        all.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
        let mut rules: Vec<(Arc<str>, &str)> = Vec::new();
        for (_, rule, team) in all {
            if rules.iter().all(|(known, _)| known != rule) {
                rules.push((Arc::clone(rule), team));
            }
        }
        rules
    }
}

#[cfg(test)]
mod tests {
    use vedette_triage::{GroupKey, IncidentId, ListOf, Phase};

    use super::*;

    fn incident(
        rule: &str,
        team: &str,
        hour: u64,
        change: impl FnOnce(&mut Incident),
    ) -> Arc<Incident> {
        let at = Timestamp::from_millis(0).after(std::time::Duration::from_secs(hour * 3600));
        let mut incident = Incident::pending(IncidentId(hour), GroupKey("".into()), at);
        incident.rule = rule.into();
        incident.team = team.into();
        incident.opened_at = Some(at);
        incident.phase = Phase::Resolved;
        change(&mut incident);
        Arc::new(incident)
    }

    #[test]
    fn what_people_were_told_of_is_counted_by_team_and_rule_the_worst_first() {
        let mut all = Vec::new();
        for hour in 10..14 {
            all.push(incident("disk", "ops", hour, |of| of.acted = hour == 10));
            all.push(incident("units", "ops", hour, |_| {}));
            all.push(incident("units", "linux", hour, |_| {}));
        }
        // Still open; only observed; too early; not told; of the collector's own; two are no noise.
        all.push(incident("units", "ops", 20, |of| of.phase = Phase::Open));
        all.push(incident("units", "ops", 21, |of| {
            of.withheld_at = of.opened_at.take();
        }));
        all.push(incident("disk", "ops", 2, |_| {}));
        all.push(incident("disk", "ops", 12, |of| of.opened_at = None));
        all.push(incident("disk", "ops", 12, |of| {
            of.list = Some(ListOf::GoLive)
        }));
        all.push(incident("memory", "ops", 12, |_| {}));
        all.push(incident("memory", "ops", 13, |_| {}));
        let since = Timestamp::from_millis(5 * 3_600_000);
        let costs = Costs::since(&all, since);
        let of = |team: &str| -> Vec<(String, u64, u64)> {
            let costs = costs.0[team].iter();
            costs
                .map(|cost| (cost.rule.to_string(), cost.tickets, cost.unattended))
                .collect()
        };
        assert_eq!(of("ops"), [("units".into(), 6, 5), ("disk".into(), 4, 3)]);
        assert_eq!(of("linux"), [("units".into(), 4, 4)]);
        let rules = costs.rules();
        let rules: Vec<(&str, &str)> = rules.iter().map(|(rule, team)| (&**rule, *team)).collect();
        assert_eq!(rules, [("units", "ops"), ("disk", "ops")]);
    }
}
