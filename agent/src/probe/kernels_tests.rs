//! The kernel's files as kernels of fifteen years show them, and what each probe makes of them.

#![allow(clippy::unwrap_used)]

use super::fixture::Fixture;
use super::*;

/// 2.6.32, as on the oldest machines that still run: no estimate of available memory, no
/// count of kills, no blank after an interface's colon.
const OF_2009: &str = r"
    proc/uptime = 8812345.12 17000000.00
    proc/loadavg = 0.00 0.01 0.05 1/98 22033
    proc/stat = cpu  1200 30 800 90000 50 0 10 0 0\ncpu0 1200 30 800 90000 50 0 10 0 0\nintr 5 0\nctxt 9\nbtime 1600000000\nprocesses 22033\nprocs_running 1\nprocs_blocked 0
    proc/meminfo = MemTotal: 1020000 kB\nMemFree: 20000 kB\nBuffers: 80000 kB\nCached: 500000 kB\nSwapTotal: 2000000 kB\nSwapFree: 1999000 kB
    proc/vmstat = nr_free_pages 5000\npgfault 99000\npgmajfault 120\npswpin 10\npswpout 250
    proc/diskstats = 8       0 sda 5000 10 80000 4000 9000 20 160000 9000 0 7000 13000\n8       1 sda1 400 0 3200 100 0 0 0 0 0 90 100\n2       0 fd0 0 0 0 0 0 0 0 0 0 0 0
    proc/net/dev = Inter-|   Receive |  Transmit\n face |bytes packets|bytes packets\n    lo:    100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0\n  eth0:123456789  100000    3    2    0     1          0        77 987654321   90000    0    0    0     0       0          0
    proc/net/snmp = Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts\nTcp: 1 200 120000 -1 10 20 1 1 4 9000 8000 12 0 3
    proc/net/netstat = TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPPrequeued\nTcpExt: 0 1 2 3
    proc/net/sockstat = sockets: used 120\nTCP: inuse 9 orphan 0 tw 4 alloc 11 mem 1\nUDP: inuse 5 mem 2
    proc/sys/fs/file-nr = 1200 0 98000
    proc/sys/kernel/pid_max = 32768
    proc/sys/kernel/threads-max = 15800
    proc/1/stat = 1 (init) S 0 1 1 0 -1 4202752
";

/// 4.19: kills are counted, discards too; pressure is not measured unless it is asked for.
const OF_2018: &str = r"
    proc/uptime = 99.00 50.00
    proc/loadavg = 1.50 1.20 1.00 2/800 4711
    proc/stat = cpu  10 0 10 100 0 0 0 5 0 0\ncpu0 5 0 5 50 0 0 0 2 0 0\ncpu1 5 0 5 50 0 0 0 3 0 0\nprocesses 9000\nprocs_running 2\nprocs_blocked 1\nsoftirq 5
    proc/meminfo = MemTotal: 16000000 kB\nMemFree: 1000000 kB\nMemAvailable: 8000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB
    proc/vmstat = pswpin 0\npswpout 0\npgfault 5000\npgmajfault 1\noom_kill 0\ncompact_fail 3
    proc/diskstats =  259       0 nvme0n1 100 0 800 10 200 0 1600 20 0 30 40 5 0 40 1\n 259       1 nvme0n1p1 1 0 8 1 0 0 0 0 0 1 1 0 0 0 0\n 253       0 dm-0 90 0 700 12 190 0 1500 25 0 28 37 0 0 0 0
    proc/net/dev = Inter-|   Receive |  Transmit\n face |bytes packets|bytes packets\nens192: 10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0\nveth0a1b2c3: 10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0
    proc/net/snmp = Tcp: MaxConn OutSegs RetransSegs InErrs OutRsts InCsumErrors\nTcp: -1 8000 12 0 3 0
    proc/net/netstat = TcpExt: ListenOverflows ListenDrops\nTcpExt: 0 0\nIpExt: InOctets\nIpExt: 5
    proc/net/sockstat = sockets: used 200\nTCP: inuse 9 orphan 1 tw 4 alloc 11 mem 1
    proc/sys/fs/file-nr = 1200	0	1600000
    proc/sys/kernel/pid_max = 4194304
    proc/sys/kernel/threads-max = 127000
    proc/sys/net/netfilter/nf_conntrack_count = 10
    proc/sys/net/netfilter/nf_conntrack_max = 262144
    proc/1/stat = 1 (systemd) S 0 1 1 0 -1 4194560
    proc/2/stat = 2 (defunct) Z 1 1 1 0 -1 4194560
";

/// 6.x: pressure, of interrupts as well; flushes; limits without end.
const OF_2025: &str = r"
    proc/uptime = 3600.00 7000.00
    proc/loadavg = 0.52 0.48 0.40 4/1500 99999
    proc/stat = cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 100 0 100 1000 0 0 0 0 0 0\nprocesses 99999\nprocs_running 4\nprocs_blocked 0
    proc/meminfo = MemTotal: 64000000 kB\nMemFree: 1000000 kB\nMemAvailable: 48000000 kB\nSwapTotal: 8000000 kB\nSwapFree: 8000000 kB\nZswap: 0 kB
    proc/vmstat = nr_free_pages 1\nnr_free_pages_blocks 1\npswpin 0\npswpout 0\npgfault 5000\npgmajfault 1\noom_kill 2
    proc/pressure/cpu = some avg10=1.00 avg60=0.50 avg300=0.25 total=1000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0
    proc/pressure/memory = some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0
    proc/pressure/io = some avg10=0.00 avg60=12.50 avg300=0.00 total=5000000\nfull avg10=0.00 avg60=10.00 avg300=0.00 total=4000000
    proc/pressure/irq = full avg10=0.00 avg60=0.00 avg300=0.00 total=12
    proc/diskstats =  259       0 nvme0n1 100 0 800 10 200 0 1600 20 0 30 40 5 0 40 1 9 3
    proc/net/dev = Inter-|   Receive |  Transmit\n face |bytes packets|bytes packets\nenp3s0: 10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0\n   wg0: 10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0
    proc/net/snmp = Ip: Forwarding OutTransmits\nIp: 2 5\nTcp: MaxConn OutSegs RetransSegs InErrs OutRsts InCsumErrors\nTcp: -1 8000 12 0 3 0
    proc/net/netstat = TcpExt: ListenOverflows ListenDrops TCPAOBad\nTcpExt: 0 0 0\nMPTcpExt: MPCapableSYNRX\nMPTcpExt: 0
    proc/net/sockstat = sockets: used 200\nTCP: inuse 9 orphan 1 tw 4 alloc 11 mem 1
    proc/sys/fs/file-nr = 1200	0	9223372036854775807
    proc/sys/kernel/pid_max = 4194304
    proc/sys/kernel/threads-max = 510000
    proc/1/stat = 1 (systemd) S 0 1 1 0 -1 4194560
";

#[test]
fn a_kernel_of_2009_is_looked_at_as_far_as_it_tells() {
    check(
        OF_2009,
        "
        uptime: looked, 2 samples
        cpu: looked, 15 samples
        load: looked, 4 samples
        pressure: looked at a part, does not measure pressure, 0 samples
        memory: looked at a part, does not estimate, 6 samples
        paging: looked at a part, does not count what it kills, 4 samples
        disk: looked, 10 samples
        network: looked, 8 samples
        tcp: looked, 9 samples
        filehandles: looked, 3 samples
        process: looked, 7 samples
        ",
    );
}

#[test]
fn a_kernel_of_2018_is_looked_at_but_for_pressure() {
    check(
        OF_2018,
        "
        uptime: looked, 2 samples
        cpu: looked, 15 samples
        load: looked, 4 samples
        pressure: looked at a part, does not measure pressure, 0 samples
        memory: looked, 5 samples
        paging: looked, 5 samples
        disk: looked, 20 samples
        network: looked, 8 samples
        tcp: looked, 12 samples
        filehandles: looked, 3 samples
        process: looked, 7 samples
        ",
    );
}

#[test]
fn a_kernel_of_2025_is_looked_at_wholly() {
    check(
        OF_2025,
        "
        uptime: looked, 2 samples
        cpu: looked, 15 samples
        load: looked, 4 samples
        pressure: looked, 15 samples
        memory: looked, 6 samples
        paging: looked, 5 samples
        disk: looked, 10 samples
        network: looked, 16 samples
        tcp: looked, 9 samples
        filehandles: looked, 3 samples
        process: looked, 7 samples
        ",
    );
}

/// The second look of each probe, for the first has nothing to compare with. The disk's
/// utilisation and queue are there, its time for an operation is not: there was none.
#[track_caller]
fn check(files: &str, expected: &str) {
    let host = Fixture::new(files);
    let surroundings = host.surroundings();
    let expected = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    for line in expected {
        let (name, expected) = line.split_once(": ").unwrap();
        let (_, build) = PROBES.iter().find(|(known, _)| *known == name).unwrap();
        let mut probe = build(&surroundings);
        probe.look(&mut Notes::default());
        advance(&host, files);
        let mut notes = Notes::default();
        let looked = probe.look(&mut notes);
        host.add(files);
        let samples = notes.samples().len();
        let (verdict, why) = match looked {
            Looked::Yes => ("looked", String::new()),
            Looked::Partly { why } => ("looked at a part", why),
            Looked::No { why } => ("could not look", why),
        };
        let parts: Vec<&str> = expected.split(", ").collect();
        assert_eq!(parts[0], verdict, "{name}: {why}");
        assert_eq!(
            parts[parts.len() - 1],
            format!("{samples} samples"),
            "{name}"
        );
        let reason = parts[1..parts.len() - 1].join(", ");
        assert!(why.contains(&reason), "{name}: {why}");
    }
}

/// Lets some processor time pass.
fn advance(host: &Fixture, files: &str) {
    let line = files
        .lines()
        .find(|line| line.trim().starts_with("proc/stat ="))
        .unwrap();
    let later = line.replacen("cpu  1", "cpu  2", 1);
    assert_ne!(line, later);
    host.add(&later);
}
