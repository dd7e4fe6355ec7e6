//! Writes values and columns for people.
//!
//! In: values in the units of the metric table. Out: short text.

use vedette_wire::metric::Metric;

/// A value of a metric in its unit: `42.1 %`, `1.5 GiB`, `1d 2h`, `no`.
pub(super) fn value(value: f64, metric: &Metric) -> String {
    match metric.unit {
        _ if is_flag(metric) => if value == 0.0 { "no" } else { "yes" }.to_owned(),
        "1" if metric.max <= 1.0 => format!("{:.1} %", value * 100.0),
        "By" => bytes(value),
        "s" if value != 0.0 && value.abs() < 1.0 => format!("{:.1} ms", value * 1000.0),
        "s" => span(value),
        _ if value.fract() == 0.0 => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

/// The table of metrics says of a flag when it is 1, and of a share what it is a share of.
fn is_flag(metric: &Metric) -> bool {
    metric.unit == "1" && metric.about.starts_with("1 ")
}

/// Bytes with a binary unit.
pub(super) fn bytes(value: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = value;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{value:.0} B"),
        unit => format!("{value:.1} {}", UNITS[unit]),
    }
}

/// A span of seconds by its two largest parts.
pub(super) fn span(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{seconds:.1}s");
    }
    let whole = seconds as u64;
    let parts = [
        (whole / 86_400, "d"),
        (whole / 3_600 % 24, "h"),
        (whole / 60 % 60, "m"),
        (whole % 60, "s"),
    ];
    let from = parts.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let shown = parts[from..].iter().take(2).filter(|(count, _)| *count > 0);
    let shown: Vec<String> = shown
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    shown.join(" ")
}

/// Rows below each other, the last column to the right.
pub(super) fn columns(rows: &[[String; 3]]) -> String {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let (first, second, third) = (width(0), width(1), width(2));
    rows.iter()
        .map(|[one, two, three]| format!("  {one:first$}  {two:second$}  {three:>third$}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use vedette_wire::metric;

    use super::*;

    #[test]
    fn values_are_shown_in_the_units_people_use() {
        let cases = [
            (metric::MEMORY_UTILIZATION, 0.4213, "42.1 %"),
            (metric::MEMORY_LIMIT, 512.0, "512 B"),
            (metric::MEMORY_LIMIT, 1_610_612_736.0, "1.5 GiB"),
            (metric::MEMORY_LIMIT, 5e18, "4547473.5 TiB"),
            (metric::UPTIME, 93_784.0, "1d 2h"),
            (metric::UPTIME, 3_600.0, "1h"),
            (metric::AGENT_CPU_TIME, 2.25, "2.2s"),
            (metric::DISK_AWAIT, 0.004_25, "4.2 ms"),
            (metric::TIME_OFFSET, -0.000_5, "-0.5 ms"),
            (metric::CPU_COUNT, 4.0, "4"),
            (metric::LOAD_1M, 0.75, "0.75"),
            (metric::LOAD_15M_PER_CPU, 1.5, "1.50"),
            (metric::FILESYSTEM_READONLY, 0.0, "no"),
            (metric::FILESYSTEM_STUCK, 1.0, "yes"),
            (metric::REBOOT_REQUIRED, 0.0, "no"),
            (metric::RAID_DEGRADED, 1.0, "yes"),
            (metric::BATTERY_CHARGE, 1.0, "100.0 %"),
        ];
        for (name, number, expected) in cases {
            assert_eq!(
                metric::find(name).map(|row| value(number, row)).as_deref(),
                Some(expected)
            );
        }
    }
}
