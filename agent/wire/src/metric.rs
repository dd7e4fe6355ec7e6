//! Names, units and attributes of everything an agent can measure.
//!
//! Names are those of the OpenTelemetry semantic conventions where one exists.
//! One table serves the agent (what to write), the policy (which names exist,
//! what range a value can have) and the manual.

use std::sync::LazyLock;

/// What is known of a metric before any of it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Its name on the wire and in rules.
    pub name: &'static str,
    /// The probe that measures it.
    pub probe: &'static str,
    /// Its unit: `1` is a ratio of 0 to 1, `By` bytes, `s` seconds.
    pub unit: &'static str,
    /// The smallest value it can have.
    pub min: f64,
    /// The largest value it can have.
    pub max: f64,
    /// The attributes that tell one series of it from another; part of an alert's identity.
    pub attributes: &'static [&'static str],
    /// Attributes that only describe and may change without making another series.
    pub describing: &'static [&'static str],
    /// What it is, for people.
    pub about: &'static str,
}

macro_rules! names {
    ($($ident:ident = $name:literal, $probe:literal, $unit:literal, $min:expr, $max:expr, [$($attr:literal),*], [$($describing:literal),*], $about:literal;)*) => {
        $(#[doc = $about] pub const $ident: &str = $name;)*
        /// Every metric there is, in the order of the probes.
        pub const METRICS: &[Metric] = &[$(Metric {
            name: $name, probe: $probe, unit: $unit, min: $min, max: $max, attributes: &[$($attr),*], describing: &[$($describing),*], about: $about,
        }),*];
    };
}

const INF: f64 = f64::INFINITY;

// A macro so that a name, its constant and its row in the table cannot drift apart.
names! {
    UPTIME = "system.uptime", "uptime", "s", 0.0, INF, [], [], "Seconds since the host booted";
    CPU_UTILIZATION = "system.cpu.utilization", "cpu", "1", 0.0, 1.0, ["cpu.mode"], [], "Share of processor time by mode (user, system, nice, idle, iowait, irq, steal) since the round before";
    CPU_COUNT = "system.cpu.logical.count", "cpu", "{cpu}", 1.0, 65536.0, [], [], "Logical processors";
    LOAD_1M = "system.cpu.load_average.1m", "load", "{thread}", 0.0, INF, [], [], "Load average over one minute";
    LOAD_5M = "system.cpu.load_average.5m", "load", "{thread}", 0.0, INF, [], [], "Load average over five minutes";
    LOAD_15M = "system.cpu.load_average.15m", "load", "{thread}", 0.0, INF, [], [], "Load average over fifteen minutes";
    LOAD_15M_PER_CPU = "system.linux.load_per_cpu.15m", "load", "1", 0.0, INF, [], [], "Load average over fifteen minutes, per logical processor (at least two)";
    MEMORY_LIMIT = "system.memory.limit", "memory", "By", 0.0, INF, [], [], "Physical memory";
    MEMORY_AVAILABLE = "system.memory.linux.available", "memory", "By", 0.0, INF, [], [], "Memory that programs can still get without swapping";
    MEMORY_AVAILABLE_RATIO = "system.memory.linux.available_ratio", "memory", "1", 0.0, 1.0, [], [], "Available memory as a share of physical memory";
    MEMORY_UTILIZATION = "system.memory.utilization", "memory", "1", 0.0, 1.0, [], [], "Share of physical memory that is not available";
    PAGING_LIMIT = "system.paging.limit", "memory", "By", 0.0, INF, [], [], "Swap space";
    PAGING_UTILIZATION = "system.paging.utilization", "memory", "1", 0.0, 1.0, [], [], "Share of swap space in use";
    FILESYSTEM_LIMIT = "system.filesystem.limit", "filesystem", "By", 0.0, INF, ["mountpoint"], ["device", "type", "mode"], "Size of the file system";
    FILESYSTEM_AVAILABLE = "system.filesystem.available", "filesystem", "By", 0.0, INF, ["mountpoint"], ["device", "type", "mode"], "Bytes an ordinary user can still write";
    FILESYSTEM_UTILIZATION = "system.filesystem.utilization", "filesystem", "1", 0.0, 1.0, ["mountpoint"], ["device", "type", "mode"], "Used share as df prints it: used / (used + available)";
    FILESYSTEM_INODES_UTILIZATION = "system.filesystem.inodes.utilization", "filesystem", "1", 0.0, 1.0, ["mountpoint"], ["device", "type", "mode"], "Used share of inodes; absent where the file system has no such limit";
    FILESYSTEM_INODES_FREE = "system.filesystem.inodes.free", "filesystem", "{inode}", 0.0, INF, ["mountpoint"], ["device", "type", "mode"], "Inodes left";
    FILESYSTEM_READONLY = "system.filesystem.readonly", "filesystem", "1", 0.0, 1.0, ["mountpoint"], ["device", "type", "mode"], "1 when mounted read-only, live (mount options, super options, emergency_ro)";
    FILESYSTEM_STUCK = "system.filesystem.stuck", "filesystem", "1", 0.0, 1.0, ["mountpoint"], ["device", "type", "mode"], "1 when the file system did not answer within five seconds";
    CPU_TIME = "system.cpu.time", "cpu", "s", 0.0, INF, ["cpu.mode"], [], "Processor time by mode since the host booted";
    PRESSURE_SHARE = "system.linux.pressure.avg60", "pressure", "1", 0.0, 1.0, ["resource", "stalled"], [], "Share of the last minute in which tasks waited for a resource (cpu, memory, io): some of them, or all (full; not for cpu)";
    PRESSURE_SHARE_5M = "system.linux.pressure.avg300", "pressure", "1", 0.0, 1.0, ["resource", "stalled"], [], "Share of the last five minutes in which tasks waited for a resource: some of them, or all (full)";
    PRESSURE_TIME = "system.linux.pressure.stall_time", "pressure", "s", 0.0, INF, ["resource", "stalled"], [], "Time in which tasks waited for a resource since the host booted";
    PAGING_OPERATIONS = "system.paging.operations", "paging", "{operation}", 0.0, INF, ["direction"], [], "Pages swapped in and out since the host booted";
    PAGING_FAULTS = "system.paging.faults", "paging", "{fault}", 0.0, INF, ["type"], [], "Page faults since the host booted: major ones, which wait for a disk, and minor ones";
    OOM_KILLS = "system.linux.oom_kills", "paging", "{kill}", 0.0, INF, [], [], "Processes the kernel killed for want of memory since the host booted";
    DISK_IO = "system.disk.io", "disk", "By", 0.0, INF, ["device", "direction"], [], "Bytes read and written since the host booted";
    DISK_OPERATIONS = "system.disk.operations", "disk", "{operation}", 0.0, INF, ["device", "direction"], [], "Reads and writes completed since the host booted";
    DISK_OPERATION_TIME = "system.disk.operation_time", "disk", "s", 0.0, INF, ["device", "direction"], [], "Time that reads and writes took, added up, since the host booted";
    DISK_IO_TIME = "system.disk.io_time", "disk", "s", 0.0, INF, ["device"], [], "Time in which the disk was busy since the host booted";
    DISK_WEIGHTED_IO_TIME = "system.disk.weighted_io_time", "disk", "s", 0.0, INF, ["device"], [], "Time in which the disk was busy, times what was in its queue, since the host booted";
    DISK_UTILIZATION = "system.linux.disk.utilization", "disk", "1", 0.0, 1.0, ["device"], ["name"], "Share of time in which the disk was busy since the round before";
    DISK_AWAIT = "system.linux.disk.await", "disk", "s", 0.0, INF, ["device"], ["name", "rotational"], "Average time a read or write took since the round before; absent when there was none";
    DISK_QUEUE = "system.linux.disk.queue", "disk", "{operation}", 0.0, INF, ["device"], ["name"], "Average length of the disk's queue since the round before";
    NETWORK_IO = "system.network.io", "network", "By", 0.0, INF, ["device", "direction"], [], "Bytes received and transmitted since the interface came up";
    NETWORK_PACKETS = "system.network.packet.count", "network", "{packet}", 0.0, INF, ["device", "direction"], [], "Packets received and transmitted since the interface came up";
    NETWORK_ERRORS = "system.network.errors", "network", "{error}", 0.0, INF, ["device", "direction"], [], "Packets that were received or transmitted with an error since the interface came up";
    NETWORK_DROPPED = "system.network.packet.dropped", "network", "{packet}", 0.0, INF, ["device", "direction"], [], "Packets that were dropped since the interface came up";
    NETWORK_UP = "hw.network.up", "network", "1", 0.0, 1.0, ["device"], ["kind", "master"], "1 when the interface is up; kind is physical, bond, bridge, vlan, wireless or virtual";
    NETWORK_SPEED = "hw.network.bandwidth.limit", "network", "By/s", 0.0, INF, ["device"], ["kind", "master"], "Speed the link was negotiated to";
    TCP_SEGMENTS_OUT = "system.network.tcp.out_segments", "tcp", "{segment}", 0.0, INF, [], [], "TCP segments sent since the host booted";
    TCP_RETRANSMITS = "system.network.tcp.retransmits", "tcp", "{segment}", 0.0, INF, [], [], "TCP segments sent again since the host booted";
    TCP_LISTEN_OVERFLOWS = "system.network.tcp.listen_overflows", "tcp", "{event}", 0.0, INF, [], [], "Connections refused because a listener's queue was full since the host booted";
    TCP_LISTEN_DROPS = "system.network.tcp.listen_drops", "tcp", "{event}", 0.0, INF, [], [], "Connections dropped while a listener took them since the host booted";
    CONNECTIONS = "system.network.connection.count", "tcp", "{connection}", 0.0, INF, ["state"], [], "TCP sockets by state: inuse (of IPv4), orphan, time_wait, allocated";
    SOCKETS = "system.network.sockets", "tcp", "{socket}", 0.0, INF, [], [], "Sockets in use";
    CONNTRACK_ENTRIES = "system.network.conntrack.entries", "tcp", "{entry}", 0.0, INF, [], [], "Connections the firewall keeps track of";
    CONNTRACK_LIMIT = "system.network.conntrack.limit", "tcp", "{entry}", 0.0, INF, [], [], "Connections the firewall can keep track of";
    CONNTRACK_UTILIZATION = "system.network.conntrack.utilization", "tcp", "1", 0.0, 1.0, [], [], "Used share of the connections the firewall can keep track of";
    FILE_HANDLES = "system.filehandles.usage", "filehandles", "{file}", 0.0, INF, [], [], "Open files of the whole host";
    FILE_HANDLES_LIMIT = "system.filehandles.limit", "filehandles", "{file}", 0.0, INF, [], [], "Files the whole host can have open";
    FILE_HANDLES_UTILIZATION = "system.filehandles.utilization", "filehandles", "1", 0.0, 1.0, [], [], "Open files as a share of what the whole host can have open";
    PROCESSES = "system.process.count", "process", "{process}", 0.0, INF, ["state"], [], "Processes by state: total (threads, as the kernel counts them against its limit), running, blocked, zombie";
    PROCESSES_LIMIT = "system.process.limit", "process", "{process}", 0.0, INF, [], [], "Processes and threads the host can have";
    PROCESSES_UTILIZATION = "system.process.utilization", "process", "1", 0.0, 1.0, [], [], "Processes and threads as a share of what the host can have";
    PROCESSES_CREATED = "system.process.created", "process", "{process}", 0.0, INF, [], [], "Processes made since the host booted";
    SERVICES_FAILED = "agent.services.failed", "unit", "{unit}", 0.0, INF, [], [], "Units of systemd that have failed";
    SERVICE_FAILED = "agent.service.failed", "unit", "1", 0.0, 1.0, ["unit"], ["result"], "1 while this unit of systemd has failed; absent when it has not";
    SERVICE_RESTARTS = "agent.service.restarts", "unit", "{restart}", 0.0, INF, ["unit"], [], "How often systemd has restarted this service by itself";
    SYSTEM_DEGRADED = "agent.services.state", "unit", "1", 0.0, 1.0, ["state"], [], "1 for the state systemd gives the whole system: running, degraded, maintenance, starting, stopping";
    TIME_SYNCHRONIZED = "agent.time.synchronized", "time", "1", 0.0, 1.0, [], [], "1 when the kernel's clock is kept by a time server";
    TIME_OFFSET = "agent.time.offset", "time", "s", -INF, INF, [], [], "How far the clock is behind (negative: ahead), as the time service last measured it";
    TIME_MAX_ERROR = "agent.time.max_error", "time", "s", 0.0, INF, [], [], "The most the clock can be off, by the kernel's account";
    TIME_COLLECTOR_SKEW = "agent.time.collector_skew", "time", "s", -INF, INF, [], [], "This host's clock minus the collector's, by the last acknowledgement";
    SLEEP_TIME = "agent.host.sleep_time", "uptime", "s", 0.0, INF, [], [], "Time the host has slept since it booted";
    TEMPERATURE = "hw.temperature", "sensor", "Cel", -273.15, 1000.0, ["chip", "sensor"], ["label"], "Temperature of a sensor";
    TEMPERATURE_LIMIT = "hw.temperature.limit", "sensor", "Cel", -273.15, 1000.0, ["chip", "sensor", "limit"], ["label"], "Limits of the sensor's own: high, critical";
    TEMPERATURE_HEADROOM = "hw.temperature.headroom", "sensor", "Cel", -1000.0, 1273.15, ["chip", "sensor"], ["label"], "Degrees left up to the sensor's own critical limit";
    SENSOR_ALARM = "hw.sensor.alarm", "sensor", "1", 0.0, 1.0, ["chip", "sensor"], ["label"], "1 while the sensor itself raises its (critical) alarm";
    FAN_SPEED = "hw.fan.speed", "sensor", "rpm", 0.0, INF, ["chip", "sensor"], ["label"], "Speed of a fan";
    FAN_LIMIT = "hw.fan.speed.limit", "sensor", "rpm", 0.0, INF, ["chip", "sensor"], ["label"], "Lowest speed the fan should have, by its own limit";
    RAID_DISKS = "hw.raid.disks", "raid", "{disk}", 0.0, INF, ["array", "state"], ["level"], "Disks of an md array: active, required, failed, spare";
    RAID_DEGRADED = "hw.raid.degraded", "raid", "1", 0.0, 1.0, ["array"], ["level", "sync"], "1 while an md array has fewer active disks than it should";
    RAID_INACTIVE = "hw.raid.inactive", "raid", "1", 0.0, 1.0, ["array"], ["level", "sync"], "1 while an md array does not work at all";
    RAID_SYNC = "hw.raid.sync_progress", "raid", "1", 0.0, 1.0, ["array"], ["level", "sync"], "How far a resync, recovery or check of an md array has come; absent when there is none";
    RAID_MISMATCHES = "hw.raid.mismatches", "raid", "{sector}", 0.0, INF, ["array"], ["level"], "Sectors whose copies differed at the last check of an md array";
    ZFS_POOL = "hw.zfs.pool.state", "zfs", "1", 0.0, 2.0, ["pool"], ["state"], "State of a ZFS pool: 0 online, 1 degraded, 2 faulted, unavailable or suspended";
    BTRFS_ERRORS = "hw.btrfs.errors", "btrfs", "{error}", 0.0, INF, ["filesystem", "device", "type"], ["label"], "Errors of a device of a btrfs file system: write, read, flush, corruption, generation";
    BTRFS_MISSING = "hw.btrfs.device.missing", "btrfs", "1", 0.0, 1.0, ["filesystem", "device"], ["label"], "1 when a device of a btrfs file system is not there";
    ECC_ERRORS = "hw.errors", "ecc", "{error}", 0.0, INF, ["controller", "row", "type"], ["label"], "Memory errors since the host booted: corrected, uncorrected";
    DISK_HEALTH = "hw.disk.failing", "smart", "1", 0.0, 1.0, ["device"], ["model", "serial"], "1 when the disk itself predicts that it fails (SMART overall health, NVMe critical warning)";
    DISK_SMART = "hw.physical_disk.smart", "smart", "1", 0.0, INF, ["device", "attribute"], ["model", "serial"], "Attributes of a disk: reallocated, pending, offline_uncorrectable, media_errors, critical_warning";
    DISK_ENDURANCE = "hw.physical_disk.endurance_utilization", "smart", "1", 0.0, INF, ["device"], ["model", "serial"], "Share of its rated endurance that a solid-state disk has used";
    DISK_TEMPERATURE = "hw.physical_disk.temperature", "smart", "Cel", -273.15, 1000.0, ["device"], ["model", "serial"], "Temperature of a disk, by SMART";
    BATTERY_CHARGE = "hw.battery.charge", "battery", "1", 0.0, 1.0, ["battery"], [], "Charge of a battery";
    BATTERY_HEALTH = "hw.battery.health", "battery", "1", 0.0, INF, ["battery"], [], "What a full charge holds now, as a share of what it held when it was new";
    BATTERY_DISCHARGING = "hw.battery.discharging", "battery", "1", 0.0, 1.0, ["battery"], [], "1 while the battery is discharged";
    MAINS_ONLINE = "hw.mains.online", "battery", "1", 0.0, 1.0, ["supply"], [], "1 while an external power supply feeds the host";
    UPDATES_PENDING = "agent.updates.pending", "updates", "{package}", 0.0, INF, [], [], "Packages for which an update waits";
    UPDATES_SECURITY = "agent.updates.security", "updates", "{package}", 0.0, INF, [], [], "Packages for which a security update waits";
    UPDATES_OLDEST = "agent.updates.security_oldest", "updates", "s", 0.0, INF, [], [], "How long the oldest security update has been waiting, since this agent first saw it";
    REBOOT_REQUIRED = "agent.reboot_required", "updates", "1", 0.0, 1.0, [], ["why"], "1 when an installed update asks for a reboot";
    KERNEL_PASSED_OVER = "agent.kernel.passed_over", "updates", "1", 0.0, 1.0, [], ["newest"], "1 while a kernel runs that is older than one that was there when the host booted";
    REBOOT_REQUIRED_SINCE = "agent.reboot_required.age", "updates", "s", 0.0, INF, [], [], "How long a reboot has been asked for; absent when it is not";
    CHECK_STATE = "agent.check.state", "check", "1", 0.0, 3.0, ["check", "about"], ["kind"], "State of a check: 0 ok, 1 warning, 2 critical, 3 unknown";
    CHECK_DURATION = "agent.check.duration", "check", "s", 0.0, INF, ["check", "about"], ["kind"], "How long a check took";
    CHECK_VALUE = "agent.check.value", "check", "1", -INF, INF, ["check", "about", "label"], ["unit"], "A value a check measured (performance data), in its own unit";
    TLS_EXPIRY = "agent.check.tls_expiry", "check", "s", -INF, INF, ["check", "about"], ["subject", "fingerprint"], "Time until the certificate a check was shown expires";
    TLS_STATE = "agent.check.tls_state", "check", "1", 0.0, 2.0, ["check", "about"], ["subject", "fingerprint"], "What the end of the certificate a check was shown comes to: 0 is far, 1 less than 21 days or a quarter of its lifetime, 2 less than 7 days or a tenth";
    TLS_NOT_LOADED = "agent.check.tls_not_loaded", "check", "1", 0.0, 1.0, ["check", "about"], ["subject", "fingerprint"], "1 while a newer certificate lies on the disk than the one a check was shown";
    RULE_UNDECIDED = "collector.rule.undecided", "rule", "s", 0.0, INF, ["named"], [], "How long a rule of the collector has not been able to decide anything about a host, where that is too long; known to the collector only";
    TEXTFILE_AGE = "agent.textfile.age", "textfile", "s", 0.0, INF, ["file"], [], "How long ago a drop-in file was written";
    JOB_LAST_SUCCESS = "agent.job.last_success_age", "job", "s", 0.0, INF, ["job"], [], "How long ago a job last succeeded";
    JOB_OVERDUE = "agent.job.overdue", "job", "1", 0.0, 1.0, ["job"], [], "1 when a job has not started within its `start_within`, or runs longer than its `max_runtime`";
    JOB_RUNTIME = "agent.job.runtime", "job", "s", 0.0, INF, ["job"], [], "How long a job that runs has been running; absent when it does not run";
    JOB_USUAL_RUNTIME = "agent.job.usual_runtime", "job", "s", 0.0, INF, ["job"], [], "How long a job usually runs: the median of its last ten successful runs";
    RESOLVER_UP = "agent.resolver.up", "resolver", "1", 0.0, 1.0, ["server"], ["answer"], "1 when a name server of this host answers: it finds the collector's name, or says anything where that is a number";
    RESOLVER_DURATION = "agent.resolver.duration", "resolver", "s", 0.0, INF, ["server"], [], "How long a name server of this host took to answer; absent when it did not";
    PROBE_DURATION = "agent.self.probe.duration", "self", "s", 0.0, INF, ["probe"], [], "How long a probe took when it last looked";
    PROBE_PAUSED = "agent.self.probe.paused", "self", "1", 0.0, 1.0, ["probe"], [], "1 while a probe is left alone because it did not return in time";
    SPOOL_TROUBLE = "agent.self.spool.trouble", "self", "1", 0.0, 1.0, [], [], "1 while the agent keeps reports in memory because its disk does not take them";
    AGENT_RSS = "agent.self.memory.rss", "self", "By", 0.0, INF, [], [], "Memory of the agent that is resident";
    AGENT_OPEN_FILES = "agent.self.open_files", "self", "{file}", 0.0, INF, [], [], "Files the agent has open";
    AGENT_THREADS = "agent.self.threads", "self", "{thread}", 0.0, INF, [], [], "Threads of the agent";
    AGENT_CLOCK_JUMPS = "agent.self.clock_jumps", "self", "{jump}", 0.0, INF, [], [], "Jumps of the wall clock by more than a second since the agent started";
    SPOOL_BYTES = "agent.self.spool.bytes", "self", "By", 0.0, INF, [], [], "Bytes waiting in the agent's spool";
    SPOOL_DROPPED = "agent.self.spool.dropped", "self", "{round}", 0.0, INF, [], [], "Rounds given up by the spool since the agent started";
    SET_ASIDE = "agent.self.set_aside", "self", "{round}", 0.0, INF, [], [], "Rounds the collector refused for good since the agent started";
    SETTINGS_REFUSED = "agent.self.config.rejected", "self", "1", 0.0, 1.0, [], [], "1 while the agent's settings on disk are refused and those before them stay in force";
    AGENT_CPU_TIME = "agent.self.cpu.time", "self", "s", 0.0, INF, [], [], "Processor time the agent used since it started";
    AGENT_PSS = "agent.self.memory.pss", "self", "By", 0.0, INF, [], [], "Memory of the agent, shared pages counted in proportion";
}

/// Rows by the length of their names, in which most differ already: detection asks for each
/// sample of each report.
static BY_LENGTH: LazyLock<Vec<Vec<&'static Metric>>> = LazyLock::new(|| {
    let longest = METRICS.iter().map(|metric| metric.name.len()).max();
    let mut rows = vec![Vec::new(); longest.unwrap_or(0) + 1];
    for metric in METRICS {
        rows[metric.name.len()].push(metric);
    }
    rows
});

/// The row of a metric, if there is such a metric.
pub fn find(name: &str) -> Option<&'static Metric> {
    let rows = BY_LENGTH.get(name.len())?;
    rows.iter().find(|metric| metric.name == name).copied()
}

/// Those that only rise, from when the host booted or the interface came up: what matters of
/// them is how fast.
const COUNTERS: [&str; 25] = [
    CPU_TIME,
    PRESSURE_TIME,
    PAGING_OPERATIONS,
    PAGING_FAULTS,
    OOM_KILLS,
    DISK_IO,
    DISK_OPERATIONS,
    DISK_OPERATION_TIME,
    DISK_IO_TIME,
    DISK_WEIGHTED_IO_TIME,
    NETWORK_IO,
    NETWORK_PACKETS,
    NETWORK_ERRORS,
    NETWORK_DROPPED,
    TCP_SEGMENTS_OUT,
    TCP_RETRANSMITS,
    TCP_LISTEN_OVERFLOWS,
    TCP_LISTEN_DROPS,
    PROCESSES_CREATED,
    SERVICE_RESTARTS,
    SLEEP_TIME,
    UPTIME,
    ECC_ERRORS,
    BTRFS_ERRORS,
    RAID_MISMATCHES,
];

/// Whether a metric only rises, but for starting over.
pub fn is_counter(name: &str) -> bool {
    COUNTERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_found_by_its_name_and_nothing_else_is() {
        for metric in METRICS {
            assert_eq!(find(metric.name), Some(metric));
            assert_eq!(find(&metric.name[1..]), None);
            assert_eq!(find(&format!("{}x", metric.name)), None);
        }
        assert_eq!(find(""), None);
    }

    #[test]
    fn what_is_counted_since_some_beginning_is_a_counter() {
        let since = [
            "since the host booted",
            "since it booted",
            "since the interface came up",
        ];
        for metric in METRICS {
            let is_said = since.iter().any(|since| metric.about.contains(since));
            assert!(!is_said || is_counter(metric.name), "{}", metric.name);
        }
    }
}
