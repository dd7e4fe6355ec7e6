//! Faults of the host itself, its memory, processors, hardware and clock.

use vedette_wire::{EventKind, Goodbye, metric};

use super::super::host::{DAY, HOUR, MINUTE, Seen};
use super::super::well::seconds;
use super::{Fault, Happens, of_host, on_a_workstation, seen};

/// Each with the rule whose alert it opens.
pub(super) const FAULTS: &[Fault] = &[
    // The host.
    seen(
        "it says nothing any more",
        "host-silent",
        10 * MINUTE,
        |_, seen| seen.reports = false,
    ),
    seen(
        "it goes down for a reboot and does not come back",
        "host-did-not-return",
        40 * MINUTE,
        |since, seen| match since {
            0 => seen.events.push(EventKind::Goodbye {
                reason: Goodbye::Reboot,
            }),
            _ => seen.reports = false,
        },
    ),
    on_a_workstation(seen(
        "it is switched off and lies in a drawer",
        "workstation-unseen",
        31 * DAY,
        |since, seen| match since {
            0 => seen.events.push(EventKind::Goodbye {
                reason: Goodbye::PowerOff,
            }),
            _ => seen.reports = false,
        },
    )),
    of_host(
        "it starts again without a word",
        "unplanned-reboot",
        Happens::Reboot,
    ),
    of_host(
        "another machine reports as this one",
        "host-cloned",
        Happens::Clone,
    ),
    // Memory.
    seen(
        "a program has leaked for three days",
        "memory-available",
        20 * MINUTE,
        |_, seen| {
            memory(seen, 0.07);
            seen.add(metric::PAGING_FAULTS, &[("type", "major")], 0.0);
        },
    ),
    seen(
        "a program leaks until pages come and go",
        "memory-available",
        40 * MINUTE,
        |since, seen| {
            memory(seen, 0.03);
            seen.set(metric::PAGING_UTILIZATION, &[], 0.95);
            seen.set(
                metric::PRESSURE_SHARE_5M,
                &[("resource", "memory"), ("stalled", "full")],
                0.3,
            );
            seen.add(
                metric::PAGING_OPERATIONS,
                &[("direction", "in")],
                seconds(since) * 300.0,
            );
            seen.add(
                metric::PAGING_FAULTS,
                &[("type", "major")],
                seconds(since) * 900.0,
            );
        },
    ),
    seen(
        "the kernel kills, again and again",
        "oom-kill",
        10 * MINUTE,
        |since, seen| {
            if since.is_multiple_of(2 * MINUTE) {
                seen.events.push(EventKind::OomKill {
                    victim: "java".to_owned(),
                    kills: 1,
                });
            }
            seen.add(
                metric::SERVICE_RESTARTS,
                SHOP,
                (seconds(since) / 120.0).ceil(),
            );
        },
    ),
    seen(
        "it swaps all the time",
        "swapping",
        40 * MINUTE,
        |since, seen| {
            seen.set(metric::PAGING_UTILIZATION, &[], 0.95);
            seen.add(
                metric::PAGING_OPERATIONS,
                &[("direction", "in")],
                seconds(since) * 300.0,
            );
        },
    ),
    seen(
        "everything waits for memory",
        "memory-pressure",
        20 * MINUTE,
        |_, seen| {
            seen.set(
                metric::PRESSURE_SHARE_5M,
                &[("resource", "memory"), ("stalled", "full")],
                0.3,
            );
        },
    ),
    seen(
        "caches are too small",
        "major-faults",
        40 * MINUTE,
        |since, seen| {
            memory(seen, 0.20);
            seen.add(
                metric::PAGING_FAULTS,
                &[("type", "major")],
                seconds(since) * 900.0,
            );
        },
    ),
    // Processors.
    seen(
        "the processors have no time left",
        "cpu-busy",
        HOUR,
        |_, seen| {
            cpu(seen, "idle", 0.02);
            seen.set(metric::LOAD_15M_PER_CPU, &[], 4.0);
        },
    ),
    seen(
        "work waits though the processors are idle",
        "load",
        HOUR,
        |_, seen| {
            seen.set(metric::LOAD_15M_PER_CPU, &[], 4.0);
        },
    ),
    seen(
        "the hypervisor keeps back time",
        "cpu-steal",
        HOUR,
        |_, seen| cpu(seen, "steal", 0.3),
    ),
    // Hardware.
    seen(
        "memory was wrong",
        "memory-errors-fatal",
        5 * MINUTE,
        |_, seen| ecc(seen, "uncorrected", 1.0),
    ),
    seen(
        "memory needs correction",
        "memory-errors",
        5 * MINUTE,
        |_, seen| ecc(seen, "corrected", 60.0),
    ),
    seen(
        "a fan stands still",
        "sensor-alarm",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::SENSOR_ALARM, CORE, 1.0);
            heat(seen, 98.0);
        },
    ),
    seen(
        "the room is hot",
        "temperature-high",
        10 * MINUTE,
        |_, seen| heat(seen, 97.0),
    ),
    seen(
        "the mains fail",
        "ups-on-battery",
        20 * MINUTE,
        |since, seen| {
            seen.set(metric::BATTERY_DISCHARGING, &[("battery", "ups0")], 1.0);
            seen.set(
                metric::BATTERY_CHARGE,
                &[("battery", "ups0")],
                (1.0 - seconds(since) / 1_100.0).max(0.05),
            );
        },
    ),
    on_a_workstation(seen(
        "a laptop runs out",
        "battery-low",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::BATTERY_DISCHARGING, &[("battery", "BAT0")], 1.0);
            seen.set(metric::BATTERY_CHARGE, &[("battery", "BAT0")], 0.08);
        },
    )),
    // The clock.
    seen(
        "a time server is 90 s off",
        "clock-offset",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::TIME_COLLECTOR_SKEW, &[], 90.0);
        },
    ),
    seen(
        "a clock nobody keeps goes wrong",
        "clock-offset",
        40 * MINUTE,
        |_, seen| {
            seen.set(metric::TIME_SYNCHRONIZED, &[], 0.0);
            seen.set(metric::TIME_COLLECTOR_SKEW, &[], -9.0);
        },
    ),
    seen(
        "nobody keeps the clock",
        "clock-unsynchronized",
        20 * MINUTE,
        |_, seen| {
            seen.set(metric::TIME_SYNCHRONIZED, &[], 0.0);
        },
    ),
];

const SHOP: &[(&str, &str)] = &[("unit", "shop.service")];

const CORE: &[(&str, &str)] = &[
    ("chip", "coretemp.0"),
    ("sensor", "temp1"),
    ("label", "Package id 0"),
];

fn cpu(seen: &mut Seen, mode: &str, share: f64) {
    seen.set(metric::CPU_UTILIZATION, &[("cpu.mode", mode)], share);
}

fn memory(seen: &mut Seen, available: f64) {
    seen.set(metric::MEMORY_AVAILABLE_RATIO, &[], available);
    seen.set(metric::MEMORY_AVAILABLE, &[], available * 16e9);
}

fn heat(seen: &mut Seen, degrees: f64) {
    seen.set(metric::TEMPERATURE, CORE, degrees);
    seen.set(metric::TEMPERATURE_HEADROOM, CORE, 100.0 - degrees);
}

fn ecc(seen: &mut Seen, kind: &str, more: f64) {
    let module = [
        ("controller", "mc0"),
        ("row", "dimm1"),
        ("label", "DIMM_A2"),
        ("type", kind),
    ];
    seen.add(metric::ECC_ERRORS, &module, more);
}
