//! What a process has used, as the operating system counts it.

use std::io;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;

/// User and system time of all threads of a process since its start, of those included that have
/// ended.
#[cfg(target_os = "linux")]
pub(crate) fn cpu_time(pid: Pid) -> io::Result<Duration> {
    let clock = nix::time::clock_getcpuclockid(pid)?;
    Ok(Duration::from(clock_gettime(clock)?))
}

/// Elsewhere nothing says how long another process has worked.
#[cfg(not(target_os = "linux"))]
pub(crate) fn cpu_time(_: Pid) -> io::Result<Duration> {
    Err(io::Error::other("other processes can be measured on Linux only"))
}

/// The same of this process.
pub(crate) fn own_cpu_time() -> io::Result<Duration> {
    Ok(Duration::from(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?))
}

/// The resident memory of a process, in bytes.
pub(crate) fn resident_bytes(pid: Pid) -> io::Result<u64> {
    of_status(pid, "VmRSS:")
}

/// The most that it has ever been.
pub(crate) fn peak_bytes(pid: Pid) -> io::Result<u64> {
    of_status(pid, "VmHWM:")
}

fn of_status(pid: Pid, name: &str) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.map(|kilobytes| kilobytes * 1024).ok_or_else(|| io::Error::other(name.to_owned()))
}

/// Connections to a port on loopback that the server side has not closed, as the kernel has them.
pub(crate) fn open_connections(port: u16) -> io::Result<usize> {
    /// The code of an established connection (`enum tcp_state` of Linux).
    const ESTABLISHED: &str = "01";
    let local = format!("0100007F:{port:04X}");
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    let is_open = |line: &&str| {
        let mut words = line.split_whitespace().skip(1);
        words.next() == Some(&local) && words.nth(1) == Some(ESTABLISHED)
    };
    Ok(table.lines().filter(is_open).count())
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
        assert!(peak_bytes(pid).unwrap() >= resident_bytes(pid).unwrap() / 2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn connections_are_open_until_the_server_closes_them() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let clients = [(); 3].map(|()| std::net::TcpStream::connect(("127.0.0.1", port)).unwrap());
        let servers = [(); 3].map(|()| listener.accept().unwrap().0);
        assert_eq!(open_connections(port).unwrap(), 3);
        servers[0].shutdown(std::net::Shutdown::Both).unwrap();
        assert_eq!(open_connections(port).unwrap(), 2);
        drop((clients, servers));
    }
}
