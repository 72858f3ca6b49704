//! Who works on which core. The load generator has the last one for itself, and a server of one worker
//! the first: else the system would again and again put the one that was woken on the core of the one
//! that woke it, where they take turns, and a message would take twice as long as the work for it.

use std::thread::available_parallelism;

/// The cores that a server may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cores {
    First,
    All,
}

impl Cores {
    /// As `taskset` takes it.
    pub(crate) fn list(self) -> String {
        match self {
            Self::First => "0".to_owned(),
            Self::All => format!("0-{}", count() - 1),
        }
    }
}

/// As many as this machine has, whatever this process has been confined to meanwhile.
fn count() -> usize {
    std::fs::read_to_string("/proc/cpuinfo")
        .map(|text| text.lines().filter(|line| line.starts_with("processor")).count())
        .ok()
        .filter(|count| *count > 0)
        .unwrap_or_else(|| available_parallelism().map_or(1, usize::from))
}

/// Confines this process to the last core, if there are several.
#[cfg(target_os = "linux")]
pub(crate) fn take_the_last() -> std::io::Result<()> {
    use nix::sched::{CpuSet, sched_setaffinity};

    let last = count() - 1;
    if last == 0 {
        return Ok(());
    }
    let mut cores = CpuSet::new();
    cores.set(last)?;
    sched_setaffinity(nix::unistd::Pid::from_raw(0), &cores)?;
    Ok(())
}

/// Elsewhere nothing can be measured anyway.
#[cfg(not(target_os = "linux"))]
pub(crate) fn take_the_last() -> std::io::Result<()> {
    Ok(())
}
