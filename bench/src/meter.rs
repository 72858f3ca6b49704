//! What a process has used, as the operating system counts it.

use std::io;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
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

/// The same of those that this process has started and seen end.
pub(crate) fn children_cpu_time() -> io::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

/// The same of a process and of all that it has started, of those included that have ended. A server
/// ends many of PostgreSQL's processes when its clients leave, so that all is read anew until none
/// has ended meanwhile: that one would be counted twice or not at all.
pub(crate) fn family_cpu_time(pid: Pid) -> io::Result<Duration> {
    /// Each takes a few milliseconds.
    const ATTEMPTS: usize = 200;
    for _ in 0..ATTEMPTS {
        let (ended, children) = (Stat::of(pid)?.ended, children(pid)?);
        let living: io::Result<Duration> = children.iter().map(|child| cpu_time(*child)).sum();
        let own = cpu_time(pid)?;
        if let Ok(living) = living
            && self::children(pid)? == children
            && Stat::of(pid)?.ended == ended
        {
            return Ok(own + ended + living);
        }
    }
    Err(io::Error::other("its processes come and go without an end"))
}

/// Those that a process has started and not seen end.
fn children(pid: Pid) -> io::Result<Vec<Pid>> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let child = name.to_str().and_then(|name| name.parse().ok()).map(Pid::from_raw);
        // One that ends meanwhile has no parent to ask for.
        children.extend(child.filter(|child| parent(*child).is_ok_and(|parent| parent == pid)));
    }
    Ok(children)
}

/// Who has started a process.
pub(crate) fn parent(pid: Pid) -> io::Result<Pid> {
    Ok(Stat::of(pid)?.parent)
}

/// What `/proc/<pid>/stat` says.
struct Stat {
    parent: Pid,
    /// User and system time of its children that have ended.
    ended: Duration,
}

impl Stat {
    fn of(pid: Pid) -> io::Result<Self> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Self::parse(&text).ok_or_else(|| io::Error::other(text))
    }

    /// Fields are counted from the end of the name, which may hold anything.
    fn parse(text: &str) -> Option<Self> {
        /// What the kernel shows times in, on every machine.
        const TICKS_PER_SECOND: u32 = 100;
        let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field)?.parse::<u32>().ok();
        Some(Self {
            parent: Pid::from_raw(fields.get(1)?.parse().ok()?),
            ended: Duration::from_secs(1) * (ticks(13)? + ticks(14)?) / TICKS_PER_SECOND,
        })
    }
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
    fn work_of_children_is_counted_while_they_live_and_afterwards() {
        const WORK: &str = "for ((i = 0; i < 200000; i++)); do :; done";
        let script = format!("({WORK}); echo; ({WORK}; echo; read -r); :");
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", &script]).stdin(std::process::Stdio::piped());
        let mut shell = shell.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_raw(i32::try_from(shell.id()).unwrap());
        let mut lines =
            std::io::BufRead::lines(std::io::BufReader::new(shell.stdout.take().unwrap()));
        lines.next().unwrap().unwrap();
        let of_children = || family_cpu_time(pid).unwrap().saturating_sub(cpu_time(pid).unwrap());
        let one_has_ended = of_children();
        assert!(one_has_ended > Duration::from_millis(10), "{one_has_ended:?}");
        lines.next().unwrap().unwrap();
        let another_lives = of_children();
        assert!(another_lives > one_has_ended + Duration::from_millis(10), "{another_lives:?}");
        let before = children_cpu_time().unwrap();
        drop(shell.stdin.take());
        shell.wait().unwrap();
        assert!(children_cpu_time().unwrap() >= before + another_lives / 2);
    }

    #[test]
    fn the_name_of_a_process_may_hold_anything() {
        let text = "7 (a) b 9) S 4 7 7 0 -1 4194560 1 2 3 4 5 6 250 50 20 0 1 0 9\n";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.parent, stat.ended), (Pid::from_raw(4), Duration::from_secs(3)));
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
