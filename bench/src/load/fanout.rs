//! One message, many recipients: everyone, or a room. Each recipient must get every message of its
//! channel once and in order.

use std::time::Instant;

use hdrhistogram::Histogram;
use memchr::memmem;

use super::{Actions, ClientId, Fault, Load};
use crate::latency;

/// Messages of one channel that may be on their way at once.
const WINDOW: usize = 64;

/// What makes the text as long as a usual chat message.
const FILLER: &str = "the quick brown fox jumps over it";

/// Who hears whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Client 0 speaks, everyone hears it.
    Everyone,
    /// Rooms of this many clients each; the first of each room speaks.
    Rooms(usize),
}

/// Clients that receive and count, and one in each channel that sends when enough of what it has
/// sent was received by everyone.
#[derive(Debug)]
pub(crate) struct Fanout {
    audience: Audience,
    channels: Vec<Channel>,
    /// The next number that each client expects.
    expected: Vec<u64>,
    in_flight: usize,
    going: bool,
    deliveries: u64,
    /// From a message to the last of its deliveries.
    latency: Histogram<u64>,
}

#[derive(Debug, Clone)]
struct Channel {
    members: usize,
    sent: u64,
    completed: u64,
    /// How many have still to receive each message that is on its way.
    missing: [usize; WINDOW],
    /// When each of them was sent.
    sent_at: [Instant; WINDOW],
}

impl Fanout {
    /// Among `clients` that have joined, with so many messages on their way in each channel.
    pub(crate) fn new(clients: usize, audience: Audience, in_flight: usize) -> Self {
        assert!(in_flight <= WINDOW, "the window is {WINDOW}");
        let members = match audience {
            Audience::Everyone => clients,
            Audience::Rooms(members) => members,
        };
        let (missing, sent_at) = ([0; WINDOW], [Instant::now(); WINDOW]);
        let channel = Channel { members, sent: 0, completed: 0, missing, sent_at };
        Self {
            audience,
            channels: vec![channel; clients / members],
            expected: vec![0; clients],
            in_flight,
            going: false,
            deliveries: 0,
            latency: latency::histogram(),
        }
    }

    /// Begins to send in every channel.
    pub(crate) fn go(&mut self) -> Actions {
        self.going = true;
        let mut actions = Actions::default();
        for channel in 0..self.channels.len() {
            self.fill(channel, &mut actions);
        }
        actions
    }

    /// Sends nothing more; what is on its way still arrives.
    pub(crate) fn stop(&mut self) {
        self.going = false;
    }

    /// Whether everything that was sent has been received by everyone.
    pub(crate) fn is_quiet(&self) -> bool {
        self.channels.iter().all(|channel| channel.completed == channel.sent)
    }

    /// Messages received so far, by all clients together.
    pub(crate) fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// Messages that everyone has received so far.
    pub(crate) fn completed(&self) -> u64 {
        self.channels.iter().map(|channel| channel.completed).sum()
    }

    /// Forgets the latencies so far.
    pub(crate) fn forget_latency(&mut self) {
        self.latency.reset();
    }

    /// From a message to the last of its deliveries.
    pub(crate) fn latency(&self) -> &Histogram<u64> {
        &self.latency
    }

    fn fill(&mut self, at: usize, actions: &mut Actions) {
        let channel = &mut self.channels[at];
        while self.going && channel.sent - channel.completed < self.in_flight as u64 {
            let number = channel.sent;
            channel.sent += 1;
            channel.missing[slot(number)] = channel.members;
            channel.sent_at[slot(number)] = Instant::now();
            let sender = at * channel.members;
            actions.send(sender, &message(self.audience, at, number));
        }
    }
}

fn slot(number: u64) -> usize {
    usize::try_from(number % WINDOW as u64).expect("below the window")
}

fn message(audience: Audience, channel: usize, number: u64) -> String {
    let text = format!("bench {number:010} {channel:04} {FILLER}");
    match audience {
        Audience::Everyone => format!("2[\"message-from-client\",{{\"message\":\"{text}\"}}]"),
        Audience::Rooms(_) => {
            format!("2[\"room-message\",{{\"room\":\"room-{channel}\",\"message\":\"{text}\"}}]")
        }
    }
}

/// Number and channel of a message that was received.
pub(super) fn received(event: &[u8], packet: &[u8]) -> Option<(u64, usize)> {
    if !packet.starts_with(event) {
        return None;
    }
    let at = memmem::find(packet, b"\"message\":\"bench ")? + "\"message\":\"bench ".len();
    let number = std::str::from_utf8(packet.get(at..at + 10)?).ok()?.parse().ok()?;
    let channel = std::str::from_utf8(packet.get(at + 11..at + 15)?).ok()?.parse().ok()?;
    Some((number, channel))
}

impl Load for Fanout {
    fn packet(
        &mut self,
        client: ClientId,
        packet: &[u8],
        actions: &mut Actions,
    ) -> Result<(), Fault> {
        let event: &[u8] = match self.audience {
            Audience::Everyone => b"2[\"message-from-server\",{\"",
            Audience::Rooms(_) => b"2[\"room-message\",{\"message\"",
        };
        let (got, at) = received(event, packet).ok_or_else(|| Fault::wrong(packet))?;
        let members = self.channels[0].members;
        if at != client / members {
            return Err(Fault::wrong(packet));
        }
        let expected = self.expected[client];
        if got != expected {
            return Err(Fault::Sequence { client, expected, got });
        }
        self.expected[client] += 1;
        self.deliveries += 1;
        let channel = &mut self.channels[at];
        let missing = &mut channel.missing[slot(got)];
        *missing -= 1;
        if *missing == 0 {
            channel.completed += 1;
            let late = channel.sent_at[slot(got)].elapsed();
            self.latency.saturating_record(latency::micros(late));
            self.fill(at, actions);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str = "2[\"message-from-server\",{\"fullName\":\"B\",\"message\":\"bench \
        0000000000 0000 x\"},{\"seq\":1}]";

    fn deliver(load: &mut Fanout, client: ClientId, number: u64) -> Result<(), Fault> {
        let packet = PACKET.replace("0000000000", &format!("{number:010}"));
        load.packet(client, packet.as_bytes(), &mut Actions::default())
    }

    #[test]
    fn what_is_lost_doubled_reordered_or_wrong_is_noticed() {
        let fresh = || {
            let mut load = Fanout::new(2, Audience::Everyone, 4);
            assert_eq!(load.go().sends.len(), 4);
            load
        };
        let mut lost = fresh();
        assert!(matches!(deliver(&mut lost, 0, 1), Err(Fault::Sequence { .. })));
        let mut doubled = fresh();
        deliver(&mut doubled, 0, 0).unwrap();
        assert!(matches!(deliver(&mut doubled, 0, 0), Err(Fault::Sequence { .. })));
        let mut wrong = fresh();
        let other = PACKET.replace(" 0000 x", " 0001 x");
        assert!(wrong.packet(0, other.as_bytes(), &mut Actions::default()).is_err());
        assert!(wrong.packet(0, b"2[\"exception\",{}]", &mut Actions::default()).is_err());
    }

    #[test]
    fn the_next_message_is_sent_when_everyone_has_the_last() {
        let mut load = Fanout::new(2, Audience::Everyone, 1);
        assert_eq!(load.go().sends.len(), 1);
        let mut actions = Actions::default();
        load.packet(0, PACKET.as_bytes(), &mut actions).unwrap();
        assert!(actions.sends.is_empty() && !load.is_quiet());
        load.packet(1, PACKET.as_bytes(), &mut actions).unwrap();
        assert_eq!(actions.sends.len(), 1);
        load.stop();
        deliver(&mut load, 0, 1).unwrap();
        deliver(&mut load, 1, 1).unwrap();
        assert!(load.is_quiet());
        assert_eq!((load.deliveries(), load.completed(), load.latency().len()), (4, 2, 2));
    }
}
