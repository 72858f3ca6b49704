//! Messages with an ack, each to a small room. Each ack must give the next number of its room, and each
//! member must get every message of the room once, in the order of the numbers, as what was acked.

use std::collections::VecDeque;
use std::time::Instant;

use hdrhistogram::Histogram;
use memchr::memmem;

use super::{Actions, ClientId, Fault, Load};
use crate::latency;

/// What makes the text as long as a usual chat message.
const FILLER: &str = "the quick brown fox jumps over it";

/// What texts of this load begin with.
const MARK: &[u8] = b"\"message\":\"store ";

/// Who publishes, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crowd {
    /// Clients in all.
    pub(crate) clients: usize,
    /// Members of each room.
    pub(crate) members: usize,
    /// How many of the clients send, the first ones.
    pub(crate) senders: usize,
    /// Messages that each of them has on its way.
    pub(crate) in_flight: u64,
}

/// Clients that send when they are answered, and clients that check what they hear.
pub(crate) struct Publishing {
    crowd: Crowd,
    /// The first of the clients in their swarm.
    first: ClientId,
    clients: Vec<Publisher>,
    rooms: Vec<Room>,
    entered: usize,
    going: bool,
    /// Who sends next, where messages are sent at a given rate.
    turn: usize,
    acks: u64,
    latency: Histogram<u64>,
}

#[derive(Debug, Default)]
struct Publisher {
    sent: u64,
    acked: u64,
    /// Of its messages, those that all members have.
    concluded: u64,
    /// The number in the room of the last message that it has got, and of the last that was acked.
    heard: u64,
    last_ack: u64,
    /// When it sent what is not acked yet.
    asked: VecDeque<Instant>,
}

#[derive(Debug, Default)]
struct Room {
    sent: u64,
    /// So many messages were acked, and received by all.
    concluded: u64,
    /// Those that follow.
    open: VecDeque<Open>,
}

/// A message of which something is still to come.
#[derive(Debug)]
struct Open {
    /// Whose it is, and the how manieth of theirs.
    what: Option<(ClientId, u64)>,
    /// Deliveries and the ack.
    missing: usize,
}

impl Publishing {
    /// Among clients of a swarm from `first` on.
    pub(crate) fn new(first: ClientId, crowd: Crowd) -> Self {
        let Crowd { clients, members, senders, in_flight } = crowd;
        assert!(senders <= clients && clients.is_multiple_of(members) && in_flight > 0);
        Self {
            crowd,
            first,
            clients: (0..clients).map(|_| Publisher::default()).collect(),
            rooms: (0..clients / members).map(|_| Room::default()).collect(),
            entered: 0,
            going: false,
            turn: 0,
            acks: 0,
            latency: latency::histogram(),
        }
    }

    /// Lets every client enter its room.
    pub(crate) fn enter(&mut self) -> Actions {
        let mut actions = Actions::default();
        for client in 0..self.crowd.clients {
            let room = client / self.crowd.members;
            let packet = format!("20[\"join-room\",{{\"room\":\"room-{room}\"}}]");
            actions.send(self.first + client, &packet);
        }
        actions
    }

    pub(crate) fn all_are_in(&self) -> bool {
        self.entered == self.crowd.clients
    }

    /// Lets every sender send as much as it may have on its way.
    pub(crate) fn go(&mut self) -> Actions {
        self.going = true;
        let mut actions = Actions::default();
        for client in 0..self.crowd.senders {
            for _ in 0..self.crowd.in_flight {
                self.publish(client, &mut actions);
            }
        }
        actions
    }

    /// Lets the next sender send one message, whatever is on its way.
    pub(crate) fn publish_one(&mut self, actions: &mut Actions) {
        let client = self.turn;
        self.turn = (self.turn + 1) % self.crowd.senders;
        self.publish(client, actions);
    }

    /// Sends nothing more.
    pub(crate) fn stop(&mut self) {
        self.going = false;
    }

    /// Whether all that was sent was acked, and received by all.
    pub(crate) fn is_quiet(&self) -> bool {
        self.rooms.iter().all(|room| room.concluded == room.sent)
    }

    /// Acks so far.
    pub(crate) fn acks(&self) -> u64 {
        self.acks
    }

    /// Forgets the latencies so far.
    pub(crate) fn forget_latency(&mut self) {
        self.latency.reset();
    }

    /// From a message to its ack.
    pub(crate) fn latency(&self) -> &Histogram<u64> {
        &self.latency
    }

    /// Whether a packet is for this load, and not for another that has the same clients.
    pub(crate) fn is_concerned(packet: &[u8]) -> bool {
        packet.starts_with(b"3") || memmem::find(packet, MARK).is_some()
    }

    fn publish(&mut self, client: usize, actions: &mut Actions) {
        let (room, publisher) = (client / self.crowd.members, &mut self.clients[client]);
        publisher.sent += 1;
        publisher.asked.push_back(Instant::now());
        self.rooms[room].sent += 1;
        let number = publisher.sent;
        let packet = format!(
            "2{number}[\"message-from-client\",{{\"room\":\"room-{room}\",\"message\":\
             \"store {number:010} {client:04} {FILLER}\",\"clientMsgId\":\"{number:010}\"}}]"
        );
        actions.send(self.first + client, &packet);
    }

    fn on_ack(&mut self, client: usize, packet: &[u8], actions: &mut Actions) -> Result<(), Fault> {
        let (number, seq) = ack(packet).ok_or_else(|| Fault::wrong(packet))?;
        let publisher = &mut self.clients[client];
        let expected = publisher.acked + 1;
        if number != expected {
            return Err(self.fault(client, expected, number));
        }
        if seq <= publisher.last_ack {
            return Err(self.fault(client, self.clients[client].last_ack + 1, seq));
        }
        let asked = publisher.asked.pop_front().ok_or_else(|| Fault::wrong(packet))?;
        self.latency.saturating_record(latency::micros(asked.elapsed()));
        (publisher.acked, publisher.last_ack) = (number, seq);
        self.acks += 1;
        self.note(client, seq, (client, number))?;
        if self.going {
            self.publish(client, actions);
        }
        Ok(())
    }

    fn on_message(&mut self, client: usize, packet: &[u8]) -> Result<(), Fault> {
        let (seq, what) = message(packet).ok_or_else(|| Fault::wrong(packet))?;
        let members = self.crowd.members;
        if what.0 / members != client / members {
            return Err(Fault::wrong(packet));
        }
        let publisher = &mut self.clients[client];
        let expected = publisher.heard + 1;
        if seq != expected {
            return Err(self.fault(client, expected, seq));
        }
        publisher.heard = seq;
        self.note(client, seq, what)
    }

    /// One more client knows which message has this number.
    fn note(&mut self, client: usize, seq: u64, what: (ClientId, u64)) -> Result<(), Fault> {
        let members = self.crowd.members;
        let room = &mut self.rooms[client / members];
        // Never more than messages that were sent: else numbers were left out.
        if seq <= room.concluded || seq > room.sent {
            let expected = room.concluded + 1;
            return Err(self.fault(client, expected, seq));
        }
        let place = usize::try_from(seq - room.concluded - 1).expect("it was just bounded");
        while room.open.len() <= place {
            room.open.push_back(Open { what: None, missing: members + 1 });
        }
        let open = &mut room.open[place];
        if *open.what.get_or_insert(what) != what {
            let message = format!("{:?} and {what:?} both have the number {seq}", open.what);
            return Err(Fault::Wrong(message));
        }
        open.missing -= 1;
        while let Some(Open { what: Some((sender, number)), missing: 0 }) = room.open.front() {
            let (sender, number) = (*sender, *number);
            room.open.pop_front();
            room.concluded += 1;
            let publisher = self.clients.get_mut(sender);
            let publisher = publisher.ok_or_else(|| Fault::Wrong(format!("sender {sender}")))?;
            publisher.concluded += 1;
            if publisher.concluded != number {
                let expected = publisher.concluded;
                return Err(self.fault(sender, expected, number));
            }
        }
        Ok(())
    }

    fn fault(&self, client: usize, expected: u64, got: u64) -> Fault {
        Fault::Sequence { client: self.first + client, expected, got }
    }
}

/// The digits at the start.
fn number(bytes: &[u8]) -> Option<u64> {
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&bytes[..length]).ok()?.parse().ok()
}

/// The number in the room.
fn seq(bytes: &[u8]) -> Option<u64> {
    number(&bytes[memmem::find(bytes, b"\"seq\":")? + 6..])
}

/// Of an ack: the how manieth message it is for, and that message's number in the room. A message that
/// the server says to have had before was none of ours.
fn ack(packet: &[u8]) -> Option<(u64, u64)> {
    let id = packet.strip_prefix(b"3")?;
    let body = &id[memchr::memchr(b'[', id)?..];
    if !body.starts_with(b"[{\"ok\":true,") || memmem::find(body, b"\"duplicate\"").is_some() {
        return None;
    }
    Some((number(id)?, seq(body)?))
}

/// Of a message: its number in the room, its sender, and the how manieth of theirs it is.
fn message(packet: &[u8]) -> Option<(u64, (ClientId, u64))> {
    if !packet.starts_with(b"2[\"message-from-server\",{\"") {
        return None;
    }
    let text = &packet[memmem::find(packet, MARK)? + MARK.len()..];
    let sender = usize::try_from(number(text.get(11..15)?)?).ok()?;
    Some((seq(text)?, (sender, number(text.get(..10)?)?)))
}

impl Load for Publishing {
    fn packet(
        &mut self,
        client: ClientId,
        packet: &[u8],
        actions: &mut Actions,
    ) -> Result<(), Fault> {
        let client = client.checked_sub(self.first).ok_or_else(|| Fault::wrong(packet))?;
        match packet {
            [b'3', b'0', ..] if packet.ends_with(b",\"lastSeq\":0}]") => {
                self.entered += 1;
                Ok(())
            }
            [b'3', ..] => self.on_ack(client, packet, actions),
            _ => self.on_message(client, packet),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CROWD: Crowd = Crowd { clients: 4, members: 2, senders: 2, in_flight: 2 };

    /// Both clients of the first room have sent two messages.
    fn under_way() -> Publishing {
        let mut load = Publishing::new(10, CROWD);
        assert_eq!(load.enter().sends.len(), 4);
        for client in 10..14 {
            let in_it = b"30[{\"ok\":true,\"room\":\"r\",\"lastSeq\":0}]";
            load.packet(client, in_it, &mut Actions::default()).unwrap();
        }
        assert!(load.all_are_in() && load.is_quiet());
        assert_eq!(load.go().sends.len(), 4);
        assert!(!load.is_quiet());
        load
    }

    fn acked(load: &mut Publishing, client: usize, number: u64, seq: u64) -> Result<usize, Fault> {
        let mut actions = Actions::default();
        let packet =
            format!("3{number}[{{\"ok\":true,\"id\":\"x\",\"seq\":{seq},\"room\":\"room-0\"}}]");
        load.packet(10 + client, packet.as_bytes(), &mut actions)?;
        Ok(actions.sends.len())
    }

    fn heard(load: &mut Publishing, at: usize, seq: u64, what: (usize, u64)) -> Result<(), Fault> {
        let packet = format!(
            "2[\"message-from-server\",{{\"fullName\":\"B\",\"message\":\"store {:010} {:04} x\"}},\
             {{\"id\":\"x\",\"seq\":{seq},\"room\":\"room-0\"}}]",
            what.1, what.0
        );
        load.packet(10 + at, packet.as_bytes(), &mut Actions::default())
    }

    fn is_sequence<T>(result: &Result<T, Fault>) -> bool {
        matches!(result, Err(Fault::Sequence { .. }))
    }

    #[test]
    fn each_ack_lets_the_next_go_and_all_is_quiet_when_all_have_heard_all() {
        let mut load = under_way();
        assert_eq!(acked(&mut load, 0, 1, 1).unwrap(), 1);
        load.stop();
        let numbers = [(1, (0, 1)), (2, (1, 1)), (3, (1, 2)), (4, (0, 2)), (5, (0, 3))];
        for (seq, (sender, number)) in numbers {
            if seq > 1 {
                assert_eq!(acked(&mut load, sender, number, seq).unwrap(), 0);
            }
            for at in 0..2 {
                assert!(!load.is_quiet());
                heard(&mut load, at, seq, (sender, number)).unwrap();
            }
        }
        assert!(load.is_quiet());
        assert_eq!((load.acks(), load.latency().len()), (5, 5));
    }

    #[test]
    fn a_message_may_be_heard_before_its_ack_and_by_one_before_the_other() {
        let mut load = under_way();
        heard(&mut load, 0, 1, (1, 1)).unwrap();
        heard(&mut load, 0, 2, (1, 2)).unwrap();
        acked(&mut load, 1, 1, 1).unwrap();
        heard(&mut load, 1, 1, (1, 1)).unwrap();
    }

    #[test]
    fn what_is_lost_doubled_reordered_or_numbered_wrongly_is_noticed() {
        let mut lost = under_way();
        assert!(is_sequence(&heard(&mut lost, 0, 2, (0, 1))));
        let mut doubled = under_way();
        heard(&mut doubled, 0, 1, (0, 1)).unwrap();
        assert!(is_sequence(&heard(&mut doubled, 0, 1, (0, 1))));
        let mut gap = under_way();
        assert!(is_sequence(&acked(&mut gap, 0, 1, 5)), "only four were sent");
        let mut ack_lost = under_way();
        assert!(is_sequence(&acked(&mut ack_lost, 0, 2, 1)));
        let mut ack_doubled = under_way();
        acked(&mut ack_doubled, 0, 1, 1).unwrap();
        assert!(is_sequence(&acked(&mut ack_doubled, 0, 1, 1)));
        let mut backwards = under_way();
        acked(&mut backwards, 0, 1, 2).unwrap();
        assert!(is_sequence(&acked(&mut backwards, 0, 2, 1)));
        let mut twice = under_way();
        acked(&mut twice, 0, 1, 1).unwrap();
        assert!(matches!(acked(&mut twice, 1, 1, 1), Err(Fault::Wrong(_))), "one number for two");
        let mut other = under_way();
        acked(&mut other, 0, 1, 1).unwrap();
        assert!(
            matches!(heard(&mut other, 0, 1, (1, 1)), Err(Fault::Wrong(_))),
            "not what was acked"
        );
        let mut elsewhere = under_way();
        assert!(heard(&mut elsewhere, 2, 1, (0, 1)).is_err(), "a message of another room");
    }

    /// Two messages of one sender, whose numbers were swapped by a server that is wrong about it
    /// everywhere.
    #[test]
    fn messages_of_one_sender_keep_their_order() {
        let mut load = under_way();
        heard(&mut load, 0, 1, (0, 2)).unwrap();
        heard(&mut load, 1, 1, (0, 2)).unwrap();
        assert!(acked(&mut load, 0, 1, 1).is_err());
    }

    #[test]
    fn what_is_no_good_answer_is_shown() {
        for packet in [
            "31[{\"ok\":false,\"error\":\"x\",\"code\":\"unavailable\"}]",
            "31[{\"ok\":true,\"id\":\"x\",\"seq\":1,\"room\":\"room-0\",\"duplicate\":true}]",
            "2[\"exception\",{}]",
            "30[{\"ok\":true,\"room\":\"room-0\",\"lastSeq\":5}]",
        ] {
            let mut load = under_way();
            let faulty = load.packet(10, packet.as_bytes(), &mut Actions::default());
            assert!(faulty.is_err(), "{packet}");
        }
    }
}
