//! What a process has used, as the operating system counts it.

use std::io;
use std::time::Duration;

use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

/// User and system time of all threads of a process since its start, of those included that have
/// ended.
pub(crate) fn cpu_time(pid: Pid) -> io::Result<Duration> {
    let time = clock_gettime(clock_getcpuclockid(pid)?)?;
    Ok(Duration::from(time))
}

/// The same of this process.
pub(crate) fn own_cpu_time() -> io::Result<Duration> {
    Ok(Duration::from(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?))
}

/// The resident memory of a process, in bytes.
pub(crate) fn resident_bytes(pid: Pid) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.map(|kilobytes| kilobytes * 1024).ok_or_else(|| io::Error::other("no VmRSS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted() {
        let pid = Pid::this();
        let (before, own) = (cpu_time(pid).unwrap(), own_cpu_time().unwrap());
        let mut sum = 0_u64;
        while own_cpu_time().unwrap() < own + Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(cpu_time(pid).unwrap() >= before + Duration::from_millis(5));
        assert!(resident_bytes(pid).unwrap() > 100_000);
    }
}
