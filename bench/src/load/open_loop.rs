//! Messages at fixed times, whether or not the earlier ones have arrived. Latency counts from the
//! time at which a message was due, so that a server that holds the sender up does not look better
//! for it ("coordinated omission").

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::{Actions, ClientId, Fault, Load, fanout};
use crate::latency;

/// Client 0 sends to everyone at a fixed rate.
pub(crate) struct OpenLoop {
    start: Instant,
    interval: Duration,
    /// How many messages there are in all, of which so many at the start are not counted.
    messages: u64,
    uncounted: u64,
    sent: u64,
    expected: Vec<u64>,
    /// Clients from here on do not read.
    readers: usize,
    latency: Histogram<u64>,
    /// What makes a message longer.
    padding: String,
}

impl OpenLoop {
    /// `rate` messages each second for `duration`, of which the first fifth is not counted.
    pub(crate) fn new(clients: usize, rate: f64, duration: Duration, padding: usize) -> Self {
        let interval = Duration::from_secs_f64(1.0 / rate);
        let messages = u64::try_from(duration.as_nanos() / interval.as_nanos()).unwrap_or(u64::MAX);
        Self {
            start: Instant::now(),
            interval,
            messages,
            uncounted: messages / 5,
            sent: 0,
            expected: vec![0; clients],
            readers: clients,
            latency: latency::histogram(),
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
        while self.sent < self.messages && self.due(self.sent) <= Instant::now() {
            let text = format!("bench {:010} 0000 {}", self.sent, self.padding);
            self.sent += 1;
            actions.send(0, &format!("2[\"message-from-client\",{{\"message\":\"{text}\"}}]"));
        }
        actions
    }

    /// How long nothing is due.
    pub(crate) fn until_next(&self) -> Duration {
        let next = if self.sent < self.messages { self.sent } else { self.messages + 1 };
        self.due(next).saturating_duration_since(Instant::now())
    }

    pub(crate) fn is_done(&self) -> bool {
        self.expected[..self.readers].iter().all(|expected| *expected == self.messages)
    }

    pub(crate) fn latency(&self) -> &Histogram<u64> {
        &self.latency
    }

    fn due(&self, number: u64) -> Instant {
        self.start + self.interval.mul_f64(number as f64)
    }
}

impl Load for OpenLoop {
    fn joined(&mut self, client: ClientId, _: &mut Actions) -> Result<(), Fault> {
        Err(Fault::Wrong(format!("client {client} joined again")))
    }

    fn packet(&mut self, client: ClientId, packet: &[u8], _: &mut Actions) -> Result<(), Fault> {
        let received = fanout::received(b"2[\"message-from-server\",{\"", packet);
        let (got, _) = received.ok_or_else(|| Fault::wrong(packet))?;
        let expected = self.expected[client];
        if got != expected {
            return Err(Fault::Sequence { client, expected, got });
        }
        self.expected[client] += 1;
        if got >= self.uncounted {
            let late = Instant::now().saturating_duration_since(self.due(got));
            self.latency.saturating_record(latency::micros(late));
        }
        Ok(())
    }
}
