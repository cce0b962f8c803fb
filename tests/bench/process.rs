//! What a process has used, from `/proc`.

use std::fs;
use std::io;
use std::time::Duration;

/// User and system time of a process, in steps of the kernel's clock (10 ms).
pub fn cpu_time(pid: u32) -> io::Result<Duration> {
    /// Clock ticks per second: 100 on every Linux this runs on.
    const TICKS_PER_SECOND: u64 = 100;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold spaces; the fields after it are numbered from 3.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|text| text.parse::<u64>().ok())
            .unwrap_or(0)
    };
    Ok(Duration::from_millis(
        (ticks(11) + ticks(12)) * 1000 / TICKS_PER_SECOND,
    ))
}

/// Resident memory of a process, in bytes.
pub fn resident_bytes(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|text| text.parse::<u64>().ok());
    kilobytes
        .map(|k| k * 1024)
        .ok_or_else(|| io::Error::other("no VmRSS in the process's status"))
}
