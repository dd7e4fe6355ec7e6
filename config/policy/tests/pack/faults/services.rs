//! Faults of the network, services, jobs and the agent.

use vedette_wire::{CheckState, EventKind, metric};

use super::super::host::MINUTE;
use super::super::well::seconds;
use super::{Fault, seen};

/// Each with the rule whose alert it opens.
pub(super) const FAULTS: &[Fault] = &[
    // Network.
    seen(
        "a cable of a bond is pulled",
        "link-down",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::NETWORK_UP, PORT, 0.0);
            seen.unset(metric::NETWORK_SPEED, PORT);
        },
    ),
    seen(
        "a broken pair of a cable",
        "link-slower",
        20 * MINUTE,
        |_, seen| {
            seen.set(metric::NETWORK_SPEED, PORT, 12.5e6);
        },
    ),
    seen(
        "a bad connector",
        "network-errors",
        30 * MINUTE,
        |since, seen| {
            seen.add(metric::NETWORK_ERRORS, RECEIVED, seconds(since) * 40.0);
        },
    ),
    seen(
        "packets are not taken off in time",
        "network-drops",
        40 * MINUTE,
        |since, seen| {
            seen.add(metric::NETWORK_DROPPED, RECEIVED, seconds(since) * 90.0);
        },
    ),
    seen(
        "the firewall's table is full",
        "conntrack-full",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::CONNTRACK_UTILIZATION, &[], 0.98);
        },
    ),
    seen(
        "a program does not take its connections",
        "listen-overflow",
        5 * MINUTE,
        |since, seen| {
            seen.add(metric::TCP_LISTEN_OVERFLOWS, &[], seconds(since) * 20.0);
        },
    ),
    seen(
        "a name server dies",
        "resolver-down",
        5 * MINUTE,
        |_, seen| {
            seen.unset(
                metric::RESOLVER_UP,
                &[("server", "10.1.0.53"), ("answer", "found")],
            );
            seen.set(
                metric::RESOLVER_UP,
                &[("server", "10.1.0.53"), ("answer", "none")],
                0.0,
            );
        },
    ),
    // Services and jobs.
    seen(
        "a unit fails and is not started again",
        "unit-failed",
        5 * MINUTE,
        |_, seen| {
            seen.set(metric::SERVICES_FAILED, &[], 1.0);
            seen.set(
                metric::SERVICE_FAILED,
                &[("unit", "nginx.service"), ("result", "exit-code")],
                1.0,
            );
        },
    ),
    seen(
        "a service crashes again and again",
        "service-crash-loop",
        20 * MINUTE,
        |since, seen| {
            seen.add(
                metric::SERVICE_RESTARTS,
                SHOP,
                (seconds(since) / 90.0).floor(),
            );
        },
    ),
    seen(
        "a service does not answer",
        "check-failing",
        5 * MINUTE,
        |_, seen| {
            seen.check(("ssh", "tcp"), CheckState::Critical, "connection refused");
        },
    ),
    seen(
        "a service with a good certificate does not answer",
        "check-failing",
        5 * MINUTE,
        |_, seen| {
            seen.check(("web", "tls"), CheckState::Critical, "connection refused");
        },
    ),
    seen("a job fails", "job-failed", 5 * MINUTE, |since, seen| {
        if since == 0 {
            seen.events.push(EventKind::JobEnded {
                job: "backup".to_owned(),
                run: "1".to_owned(),
                ok: false,
                exit_code: Some(2),
                took_ms: 1,
                lines: Vec::new(),
            });
        }
    }),
    seen(
        "a job never starts",
        "job-missed",
        5 * MINUTE,
        |since, seen| {
            if since == 0 {
                seen.events.push(EventKind::JobMissed {
                    job: "backup".to_owned(),
                    due_wall_ms: 1,
                });
            }
            seen.set(metric::JOB_OVERDUE, &[("job", "backup")], 1.0);
        },
    ),
    seen(
        "a backup overruns by five hours",
        "job-overrun",
        10 * MINUTE,
        |since, seen| {
            seen.set(metric::JOB_OVERDUE, &[("job", "backup")], 1.0);
            seen.set(
                metric::JOB_RUNTIME,
                &[("job", "backup")],
                20_000.0 + seconds(since),
            );
        },
    ),
    seen(
        "a program leaks open files",
        "file-handles",
        20 * MINUTE,
        |_, seen| {
            seen.set(metric::FILE_HANDLES_UTILIZATION, &[], 0.93);
        },
    ),
    seen(
        "something starts and starts",
        "processes-many",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::PROCESSES_UTILIZATION, &[], 0.97);
        },
    ),
    // Security.
    seen(
        "a certificate is not renewed",
        "certificate-ending",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::TLS_STATE, CERTIFICATE, 1.0);
            seen.set(metric::TLS_EXPIRY, CERTIFICATE, 20.0 * 86_400.0);
            seen.check(("web", "tls"), CheckState::Warning, "expires in 20 days");
        },
    ),
    seen(
        "a certificate is renewed on disk, and the old one served",
        "certificate-not-loaded",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::TLS_NOT_LOADED, CERTIFICATE, 1.0);
            seen.check(("web", "tls"), CheckState::Warning, "the old one is served");
        },
    ),
    seen(
        "a host comes back with an old kernel",
        "old-kernel",
        10 * MINUTE,
        |_, seen| {
            seen.unset(metric::KERNEL_PASSED_OVER, &[]);
            let newest = [("newest", "6.1.0-22-amd64")];
            seen.set(metric::KERNEL_PASSED_OVER, &newest, 1.0);
        },
    ),
    seen(
        "security updates wait for more than a round",
        "security-updates",
        5 * MINUTE,
        |_, seen| {
            seen.set(metric::UPDATES_OLDEST, &[], 40.0 * 86_400.0);
        },
    ),
    seen(
        "a reboot is put off",
        "reboot-required",
        5 * MINUTE,
        |_, seen| {
            seen.unset(metric::REBOOT_REQUIRED, &[]);
            seen.set(metric::REBOOT_REQUIRED, &[("why", "updated: libc6")], 1.0);
            seen.set(metric::REBOOT_REQUIRED_SINCE, &[], 20.0 * 86_400.0);
        },
    ),
    seen(
        "how many updates wait is not counted any more, and a rule is blind",
        "rule-undecided",
        90 * MINUTE,
        |_, seen| {
            seen.unset(metric::UPDATES_SECURITY, &[]);
            seen.set(metric::UPDATES_OLDEST, &[], 40.0 * 86_400.0);
        },
    ),
    // The agent.
    seen(
        "a bad configuration is pushed",
        "agent-settings-refused",
        5 * MINUTE,
        |_, seen| {
            seen.set(metric::SETTINGS_REFUSED, &[], 1.0);
        },
    ),
    seen(
        "the agent cannot write",
        "agent-cannot-store",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::SPOOL_TROUBLE, &[], 1.0);
        },
    ),
    seen(
        "the agent lost something",
        "agent-lost-data",
        5 * MINUTE,
        |since, seen| {
            if since == 0 {
                seen.events.push(EventKind::SpoolLoss {
                    records: 3,
                    why: "unreadable".to_owned(),
                });
            }
        },
    ),
    seen(
        "a probe hangs",
        "agent-probe-paused",
        20 * MINUTE,
        |_, seen| {
            seen.set(metric::PROBE_PAUSED, &[("probe", "sensor")], 1.0);
        },
    ),
    seen(
        "the collector refuses reports",
        "agent-refused",
        5 * MINUTE,
        |_, seen| {
            seen.set(metric::SET_ASIDE, &[], 2.0);
        },
    ),
    seen("the agent grows", "agent-memory", 20 * MINUTE, |_, seen| {
        seen.set(metric::AGENT_RSS, &[], 90e6);
    }),
];

const CERTIFICATE: &[(&str, &str)] = &[("check", "web"), ("subject", "shop.example.org")];
const SHOP: &[(&str, &str)] = &[("unit", "shop.service")];

const PORT: &[(&str, &str)] = &[
    ("device", "eth1"),
    ("kind", "physical"),
    ("master", "bond0"),
];

const RECEIVED: &[(&str, &str)] = &[("device", "eth0"), ("direction", "receive")];
