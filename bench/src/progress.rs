//! What the person who waits sees, on the standard error.

use std::io::Write as _;
use std::time::{Duration, Instant};

/// Steps done and to do.
pub(crate) struct Progress {
    total: usize,
    done: usize,
    start: Instant,
}

impl Progress {
    pub(crate) fn new(total: usize) -> Self {
        Self { total, done: 0, start: Instant::now() }
    }

    /// A step begins.
    pub(crate) fn begin(&self, what: &str) {
        say(&format!("[{:>3}/{}] {what} ... ", self.done + 1, self.total));
    }

    /// It has ended, with this result.
    pub(crate) fn end(&mut self, result: &str) {
        self.done += 1;
        say(&format!("{result}{}\n", self.left()));
    }

    fn left(&self) -> String {
        let left = self.total - self.done;
        let each = self.start.elapsed() / u32::try_from(self.done.max(1)).unwrap_or(u32::MAX);
        let time = each * u32::try_from(left).unwrap_or(u32::MAX);
        if left == 0 { String::new() } else { format!("   ({} left)", show(time)) }
    }
}

/// Says something that is no step.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stderr().lock();
    // Whoever does not listen still gets the results.
    write!(out, "{text}").and_then(|()| out.flush()).ok();
}

fn show(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 90 { format!("{seconds} s") } else { format!("{} min", (seconds + 30) / 60) }
}
