//! Messages at given times, whether or not the earlier ones have arrived. Latency counts from the
//! time at which a message was due, so that a server that holds the sender up does not look better
//! for it ("coordinated omission").

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::{Actions, ClientId, Fault, Load, fanout};
use crate::latency;

/// Client 0 sends to everyone at the times of a schedule.
pub(crate) struct OpenLoop {
    start: Instant,
    schedule: Vec<Duration>,
    /// So many messages at the start are not counted.
    uncounted: u64,
    sent: usize,
    expected: Vec<u64>,
    /// Clients from here on do not read.
    readers: usize,
    latency: Histogram<u64>,
    /// By how much later than due messages were sent, which counts as the server's latency.
    lateness: Histogram<u64>,
    /// What makes a message longer.
    padding: String,
}

impl OpenLoop {
    /// Messages at the times of `schedule`, of which the first fifth is not counted.
    pub(crate) fn new(clients: usize, schedule: Vec<Duration>, padding: usize) -> Self {
        Self {
            start: Instant::now(),
            uncounted: schedule.len() as u64 / 5,
            schedule,
            sent: 0,
            expected: vec![0; clients],
            readers: clients,
            latency: latency::histogram(),
            lateness: latency::histogram(),
            padding: "x".repeat(padding),
        }
    }

    /// Only the first `readers` clients read.
    pub(crate) fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// The clock starts now.
    pub(crate) fn begin(&mut self) {
        self.start = Instant::now();
    }

    /// Sends what is due by now.
    pub(crate) fn send_due(&mut self) -> Actions {
        let mut actions = Actions::default();
        while let Some(due) = self.schedule.get(self.sent) {
            let Some(late) = self.start.elapsed().checked_sub(*due) else { break };
            self.lateness.saturating_record(latency::micros(late));
            let text = format!("bench {:010} 0000 {}", self.sent, self.padding);
            self.sent += 1;
            actions.send(0, &format!("2[\"message-from-client\",{{\"message\":\"{text}\"}}]"));
        }
        actions
    }

    /// How long nothing is due; `None` when everything was sent.
    pub(crate) fn until_next(&self) -> Option<Duration> {
        self.schedule.get(self.sent).map(|due| due.saturating_sub(self.start.elapsed()))
    }

    pub(crate) fn is_done(&self) -> bool {
        let messages = self.schedule.len() as u64;
        self.expected[..self.readers].iter().all(|expected| *expected == messages)
    }

    pub(crate) fn lateness(&self) -> &Histogram<u64> {
        &self.lateness
    }

    pub(crate) fn latency(&self) -> &Histogram<u64> {
        &self.latency
    }
}

impl Load for OpenLoop {
    fn packet(&mut self, client: ClientId, packet: &[u8], _: &mut Actions) -> Result<(), Fault> {
        let received = fanout::received(b"2[\"message-from-server\",{\"", packet);
        let (got, _) = received.ok_or_else(|| Fault::wrong(packet))?;
        let expected = self.expected[client];
        if got != expected {
            return Err(Fault::Sequence { client, expected, got });
        }
        self.expected[client] += 1;
        if got >= self.uncounted {
            let due = usize::try_from(got).ok().and_then(|got| self.schedule.get(got));
            let late =
                self.start.elapsed().saturating_sub(*due.ok_or_else(|| Fault::wrong(packet))?);
            self.latency.saturating_record(latency::micros(late));
        }
        Ok(())
    }
}

/// `rate` messages each second for `duration`, at equal intervals.
pub(crate) fn evenly(rate: f64, duration: Duration) -> Vec<Duration> {
    let gaps = std::iter::repeat(1.0 / rate);
    schedule(gaps, duration)
}

/// The same on average, each independent of the others (a Poisson process), as many people write.
/// The same seed gives the same times.
pub(crate) fn at_random(rate: f64, duration: Duration, seed: u64) -> Vec<Duration> {
    let mut random = fastrand::Rng::with_seed(seed);
    let gaps = std::iter::repeat_with(|| -(1.0 - random.f64()).ln() / rate);
    schedule(gaps, duration)
}

fn schedule(gaps: impl Iterator<Item = f64>, duration: Duration) -> Vec<Duration> {
    let times = gaps.scan(0.0, |time, gap| {
        *time += gap;
        Some(Duration::from_secs_f64(*time))
    });
    times.take_while(|time| *time < duration).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schedules_have_the_rate() {
        let duration = Duration::from_secs(100);
        let even = evenly(50.0, duration);
        assert!((4_999..=5_000).contains(&even.len()), "{}", even.len());
        assert_eq!(even[49].as_millis(), 1_000);
        let random = at_random(50.0, duration, 7);
        assert!((4_700..5_300).contains(&random.len()), "{}", random.len());
        assert!(random.is_sorted());
        assert_eq!(random, at_random(50.0, duration, 7));
        assert_ne!(random, at_random(50.0, duration, 8));
    }

    #[test]
    fn what_comes_late_counts_from_when_it_was_due() {
        let mut load = OpenLoop::new(1, vec![Duration::ZERO; 10], 0);
        load.start = Instant::now().checked_sub(Duration::from_millis(40)).unwrap();
        assert_eq!(load.send_due().sends.len(), 10);
        assert_eq!(load.until_next(), None);
        for number in 0..10 {
            let text = format!("bench {number:010} 0000 ");
            let packet =
                format!("2[\"message-from-server\",{{\"fullName\":\"x\",\"message\":\"{text}\"}}]");
            load.packet(0, packet.as_bytes(), &mut Actions::default()).unwrap();
        }
        assert!(load.is_done());
        assert_eq!(load.latency().len(), 8, "the first fifth is not counted");
        assert!(load.latency().min() >= 40_000);
    }
}
