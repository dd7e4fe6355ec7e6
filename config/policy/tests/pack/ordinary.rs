//! What a day brings to a host on which nothing is wrong: backups, dumps, updates and a reboot
//! with notice; docks, lids, Wi-Fi and browsers.

use vedette_wire::{CheckState, EventKind, Goodbye, metric};

use super::host::{DAY, HOUR, MINUTE, Seen};
use super::well::{DATA, ROOT, seconds, used};

const IO_FULL: &[(&str, &str)] = &[("resource", "io"), ("stalled", "full")];
const MEMORY_FULL: &[(&str, &str)] = &[("resource", "memory"), ("stalled", "full")];

/// A server: a backup from one to four, a dump that fills and frees 15 % of a volume, cron jobs
/// that are restarted once, updates and a reboot with notice on the second day.
pub(crate) fn of_a_server(second: u64, seen: &mut Seen) {
    let time = second % DAY;
    if (HOUR..4 * HOUR).contains(&time) {
        backup(time - HOUR, seen);
    }
    // A dump: it takes an hour, lies there for an hour, and is gone. It is a little larger and
    // later each night.
    let day = seconds(second / DAY);
    let begin = 2 * HOUR + (second / DAY) * 7 * MINUTE;
    let filled = match time.checked_sub(begin) {
        Some(since) if since < HOUR => seconds(since) / 3_600.0,
        Some(since) if since < 2 * HOUR => 1.0,
        _ => 0.0,
    };
    used(seen, DATA, 500.0, 0.72 + (0.15 + 0.004 * day) * filled);
    if (3 * HOUR..3 * HOUR + 10 * MINUTE).contains(&time) {
        // A unit that cron starts fails once, and is started again.
        let failed = [("unit", "rotate.service"), ("result", "exit-code")];
        let lasts = time < 3 * HOUR + 40;
        if lasts {
            seen.set(metric::SERVICE_FAILED, &failed, 1.0);
        }
    }
    if time > 3 * HOUR + 45 {
        seen.add(metric::SERVICE_RESTARTS, &[("unit", "shop.service")], 1.0);
    }
    noise(time, seen);
    if second > DAY {
        updates(second - DAY, seen);
    }
}

fn backup(since: u64, seen: &mut Seen) {
    let job = [("job", "backup")];
    seen.set(metric::JOB_RUNTIME, &job, seconds(since));
    if since == 0 {
        seen.events.push(EventKind::JobStarted {
            job: "backup".to_owned(),
            run: "1".to_owned(),
            max_runtime_s: Some(14_400.0),
            quiet: Vec::new(),
        });
    }
    seen.set(metric::LOAD_15M_PER_CPU, &[], 3.0);
    seen.set(metric::PRESSURE_SHARE_5M, IO_FULL, 0.45);
    seen.set(metric::CPU_UTILIZATION, &[("cpu.mode", "iowait")], 0.55);
    seen.set(metric::CPU_UTILIZATION, &[("cpu.mode", "steal")], 0.04);
    seen.set(
        metric::DISK_AWAIT,
        &[("device", "sda"), ("rotational", "1")],
        0.3,
    );
    seen.set(metric::DISK_QUEUE, &[("device", "sda")], 25.0);
    seen.set(metric::MEMORY_AVAILABLE_RATIO, &[], 0.30);
    // It writes 8 % of the system disk for an hour.
    if since < HOUR {
        used(seen, ROOT, 100.0, 0.63);
    }
}

fn noise(time: u64, seen: &mut Seen) {
    // A probe that is slow to answer once in two hours, a name that is not found once a day.
    if time.is_multiple_of(2 * HOUR) {
        seen.check(("ssh", "tcp"), CheckState::Critical, "timed out");
    }
    if time == 9 * HOUR {
        seen.set(
            metric::RESOLVER_UP,
            &[("server", "10.1.0.53"), ("answer", "found")],
            0.0,
        );
    }
    // The clock is corrected now and then, and an answer takes long.
    if time.is_multiple_of(HOUR) {
        seen.set(metric::TIME_COLLECTOR_SKEW, &[], 6.5);
    }
    // At ten everybody comes: many processes, half the table of connections, a full backlog for
    // a moment.
    if (10 * HOUR..10 * HOUR + 20 * MINUTE).contains(&time) {
        seen.set(metric::CONNTRACK_UTILIZATION, &[], 0.55);
        seen.set(metric::CPU_UTILIZATION, &[("cpu.mode", "idle")], 0.20);
    }
    if time > 10 * HOUR {
        seen.add(metric::TCP_LISTEN_OVERFLOWS, &[], 40.0);
    }
    // A switch is restarted for a minute at noon.
    if (12 * HOUR..12 * HOUR + MINUTE).contains(&time) {
        let port = [
            ("device", "eth1"),
            ("kind", "physical"),
            ("master", "bond0"),
        ];
        seen.set(metric::NETWORK_UP, &port, 0.0);
        seen.unset(metric::NETWORK_SPEED, &port);
    }
}

/// At 22:00 updates are installed; the host is restarted with notice and back after four minutes.
fn updates(since: u64, seen: &mut Seen) {
    let begin = 22 * HOUR;
    if since > begin && since < begin + 5 * MINUTE {
        seen.set(metric::UPDATES_SECURITY, &[], 0.0);
        seen.set(metric::UPDATES_OLDEST, &[], 0.0);
        seen.unset(metric::REBOOT_REQUIRED, &[]);
        seen.set(
            metric::REBOOT_REQUIRED,
            &[("why", "kernel 6.1.0-19-amd64 is installed")],
            1.0,
        );
        seen.set(metric::REBOOT_REQUIRED_SINCE, &[], 60.0);
    }
    if since == begin + 5 * MINUTE {
        seen.events.push(EventKind::Goodbye {
            reason: Goodbye::Reboot,
        });
    }
    if since > begin + 5 * MINUTE {
        seen.reports = since >= begin + 9 * MINUTE;
        let up = seconds(since.saturating_sub(begin + 8 * MINUTE));
        seen.set(metric::UPTIME, &[], up);
        if up < 600.0 {
            // Nobody trusts a time server yet, and everything starts at once.
            seen.set(metric::TIME_SYNCHRONIZED, &[], 0.0);
            seen.set(metric::LOAD_15M_PER_CPU, &[], 2.5);
            seen.set(metric::PRESSURE_SHARE_5M, IO_FULL, 0.3);
        }
    }
}

/// A workstation: it comes at half past seven and leaves at five without a word, its lid is closed
/// at noon, it is taken from its dock twice, Wi-Fi is lost for seconds, and a browser takes nearly
/// all memory.
pub(crate) fn of_a_workstation(second: u64, seen: &mut Seen) {
    let time = second % DAY;
    let arrives = 7 * HOUR + 30 * MINUTE;
    let leaves = 17 * HOUR;
    let lunch = 12 * HOUR..12 * HOUR + 50 * MINUTE;
    let wifi_is_lost = time.is_multiple_of(45 * MINUTE);
    seen.reports = (arrives..leaves).contains(&time) && !lunch.contains(&time) && !wifi_is_lost;
    if lunch.start == time + 60 {
        seen.events.push(EventKind::Goodbye {
            reason: Goodbye::Suspend,
        });
    }
    let docked = !(10 * HOUR..11 * HOUR).contains(&time) && !(15 * HOUR..16 * HOUR).contains(&time);
    if docked {
        let port = [("device", "enp0s13f0u1"), ("kind", "physical")];
        seen.set(metric::NETWORK_UP, &port, 1.0);
        seen.set(metric::NETWORK_SPEED, &port, 125e6);
    } else {
        seen.set(metric::BATTERY_DISCHARGING, &[("battery", "BAT0")], 1.0);
        seen.set(metric::BATTERY_CHARGE, &[("battery", "BAT0")], 0.35);
    }
    // Browsers: 92 % of memory, and what does not fit is in swap.
    seen.set(metric::MEMORY_AVAILABLE_RATIO, &[], 0.08);
    seen.set(metric::MEMORY_AVAILABLE, &[], 0.08 * 16e9);
    seen.set(metric::PAGING_UTILIZATION, &[], 0.85);
    if (14 * HOUR..14 * HOUR + 30 * MINUTE).contains(&time) {
        // A call with pictures: hot, busy, short of memory.
        seen.set(metric::CPU_UTILIZATION, &[("cpu.mode", "idle")], 0.03);
        seen.set(metric::LOAD_15M_PER_CPU, &[], 2.6);
        seen.set(metric::PRESSURE_SHARE_5M, MEMORY_FULL, 0.15);
        let core = [
            ("chip", "coretemp.0"),
            ("sensor", "temp1"),
            ("label", "Package id 0"),
        ];
        seen.set(metric::TEMPERATURE, &core, 99.0);
        seen.set(metric::TEMPERATURE_HEADROOM, &core, 1.0);
    }
    let since_woken = time.saturating_sub(lunch.end);
    if since_woken < 5 * MINUTE || time < arrives + 5 * MINUTE {
        seen.set(metric::TIME_SYNCHRONIZED, &[], 0.0);
    }
    // Updates come on the second day, without a restart.
    if second > DAY + 9 * HOUR {
        seen.unset(metric::REBOOT_REQUIRED, &[]);
        seen.set(metric::REBOOT_REQUIRED, &[("why", "updated: libc6")], 1.0);
        seen.set(
            metric::REBOOT_REQUIRED_SINCE,
            &[],
            seconds(second - DAY - 9 * HOUR),
        );
    }
    used(seen, ROOT, 400.0, 0.91);
}
