//! Names, units and attributes of everything an agent can measure.
//!
//! Names are those of the OpenTelemetry semantic conventions where one exists.
//! One table serves the agent (what to write), the policy (which names exist,
//! what range a value can have) and the manual.

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
    SPOOL_BYTES = "agent.self.spool.bytes", "self", "By", 0.0, INF, [], [], "Bytes waiting in the agent's spool";
    SPOOL_DROPPED = "agent.self.spool.dropped", "self", "{round}", 0.0, INF, [], [], "Rounds given up by the spool since the agent started";
    SET_ASIDE = "agent.self.set_aside", "self", "{round}", 0.0, INF, [], [], "Rounds the collector refused for good since the agent started";
    AGENT_CPU_TIME = "agent.self.cpu.time", "self", "s", 0.0, INF, [], [], "Processor time the agent used since it started";
    AGENT_PSS = "agent.self.memory.pss", "self", "By", 0.0, INF, [], [], "Memory of the agent, shared pages counted in proportion";
}

/// The row of a metric, if there is such a metric.
pub fn find(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}
