//! What waits to be sent to one session.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::task::{Context, Poll, Waker};

use bytes::{BufMut, Bytes, BytesMut};

use crate::payload::SEPARATOR;
use crate::transport::Transport;
use crate::{Delivery, Packet};

/// The most slices of one vectored write: what Linux takes (`IOV_MAX`).
const MAX_SLICES: usize = 1024;
/// The most slices for which no list is allocated.
const SLICES_ON_STACK: usize = 32;
/// An empty outbox keeps room for this many packets, so that what comes next costs no allocation;
/// one at rest, for so few.
const KEPT_CAPACITY: usize = 32;
const RESTING_CAPACITY: usize = 4;

/// Packets in the order in which they were sent, bounded in bytes by whoever pushes.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Waiting>,
    /// Bytes of the first packet that the transport has already taken.
    head_written: usize,
    /// Bytes of the packets that count against the bound.
    bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    packet: Packet,
    delivery: Delivery,
}

/// How far a flush came.
#[derive(Debug)]
pub(crate) enum Flush {
    /// Nothing waits any more.
    Done,
    /// The transport takes nothing; the waker will be called when it does. Says whether it took
    /// anything this time.
    Blocked { progress: bool },
    /// The transport is broken.
    Failed,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The bytes that count against the bound.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Appends a packet of `length` bytes on the wire.
    pub(crate) fn push(&mut self, packet: Packet, delivery: Delivery, length: usize) {
        match delivery {
            Delivery::Latest(_) => self.drop_superseded(delivery),
            Delivery::Reliable | Delivery::Volatile => self.bytes += length,
        }
        self.waiting.push_back(Waiting { packet, delivery });
    }

    /// Drops an older packet of the same key, unless it is partly written.
    fn drop_superseded(&mut self, delivery: Delivery) {
        let first = usize::from(self.head_written > 0);
        let older = self.waiting.iter().skip(first).position(|entry| entry.delivery == delivery);
        if let Some(index) = older {
            self.waiting.remove(first + index);
        }
    }

    /// Drops the volatile packets that wait, unless partly written, and says how many. `form` is
    /// what this session's transport is given of a packet.
    pub(crate) fn drop_volatile(&mut self, form: impl Fn(&Packet) -> &Bytes) -> usize {
        let before = self.waiting.len();
        let mut partly_written = self.head_written > 0;
        let bytes = &mut self.bytes;
        self.waiting.retain(|Waiting { packet, delivery }| {
            let keep = std::mem::take(&mut partly_written) || *delivery != Delivery::Volatile;
            if !keep {
                *bytes -= form(packet).len();
            }
            keep
        });
        before - self.waiting.len()
    }

    /// Writes as much as the transport takes. `waker` is asked for only if it stops taking.
    pub(crate) fn flush(&mut self, transport: &Transport, waker: impl FnOnce() -> Waker) -> Flush {
        let mut progress = false;
        let mut waker = Some(waker);
        let mut registered: Option<Waker> = None;
        while !self.waiting.is_empty() {
            let written = match &registered {
                None => self.write(|slices| transport.try_write(slices)),
                Some(waker) => {
                    let mut cx = Context::from_waker(waker);
                    match self.write(|slices| pending_blocks(transport.poll_write(&mut cx, slices)))
                    {
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {
                            return Flush::Blocked { progress };
                        }
                        other => other,
                    }
                }
            };
            match written {
                Ok(0) => return Flush::Failed,
                Ok(written) => {
                    progress = true;
                    self.advance(written);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    registered = waker.take().map(|make| make());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Flush::Failed,
            }
        }
        self.waiting.shrink_to(KEPT_CAPACITY);
        Self::flush_stream(transport, progress, registered, waker)
    }

    /// Gives back room that is not needed at rest.
    pub(crate) fn rest(&mut self) {
        self.waiting.shrink_to(RESTING_CAPACITY);
    }

    fn flush_stream(
        transport: &Transport,
        progress: bool,
        registered: Option<Waker>,
        waker: Option<impl FnOnce() -> Waker>,
    ) -> Flush {
        // Hardly ever has it to wait, so that a waker is made only when it has.
        let mut flushed = transport.poll_flush(&mut Context::from_waker(Waker::noop()));
        if flushed.is_pending()
            && let Some(waker) = registered.or_else(|| waker.map(|make| make()))
        {
            flushed = transport.poll_flush(&mut Context::from_waker(&waker));
        }
        match flushed {
            Poll::Ready(Ok(())) => Flush::Done,
            Poll::Ready(Err(_)) => Flush::Failed,
            Poll::Pending => Flush::Blocked { progress },
        }
    }

    /// Calls `write` with the bytes that wait, in as few slices as there are packets.
    fn write(&self, write: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>) -> io::Result<usize> {
        let frames = self.waiting.iter().map(|waiting| waiting.packet.websocket());
        let slices = frames.enumerate().map(|(index, frame)| {
            IoSlice::new(if index == 0 { &frame[self.head_written..] } else { frame })
        });
        let count = self.waiting.len();
        if count > SLICES_ON_STACK {
            return write(&slices.take(MAX_SLICES).collect::<Vec<_>>());
        }
        let mut all = [IoSlice::new(&[]); SLICES_ON_STACK];
        for (place, slice) in all.iter_mut().zip(slices) {
            *place = slice;
        }
        write(&all[..count])
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(first) = self.waiting.front() {
            let length = first.packet.websocket().len();
            let left = length - self.head_written;
            if written < left {
                self.head_written += written;
                return;
            }
            written -= left;
            self.head_written = 0;
            if !matches!(first.delivery, Delivery::Latest(_)) {
                self.bytes -= length;
            }
            self.waiting.pop_front();
        }
    }

    /// Takes packets for one long-polling payload of at most `max_bytes` (but at least one
    /// packet), or `None` if nothing waits. A close packet comes alone: stock clients act on it
    /// before they have looked at what stands in front of it.
    pub(crate) fn take_payload(&mut self, max_bytes: usize) -> Option<Bytes> {
        let first = self.pop_polling()?;
        if self.waiting.is_empty() {
            return Some(first);
        }
        let mut payload = BytesMut::from(&first[..]);
        while let Some(next) = self.waiting.front() {
            let too_long = payload.len() + 1 + next.packet.polling().len() > max_bytes;
            if too_long || next.packet.is_close() {
                break;
            }
            let Some(next) = self.pop_polling() else {
                break;
            };
            payload.put_u8(SEPARATOR);
            payload.put_slice(&next);
        }
        Some(payload.freeze())
    }

    fn pop_polling(&mut self) -> Option<Bytes> {
        let Waiting { packet, delivery } = self.waiting.pop_front()?;
        let encoded = packet.polling().clone();
        if !matches!(delivery, Delivery::Latest(_)) {
            self.bytes -= encoded.len();
        }
        Some(encoded)
    }

    /// Counts again after the session changed from polling to WebSocket, whose forms differ in
    /// length.
    pub(crate) fn recount_for_websocket(&mut self) {
        let counted = self.waiting.iter().filter(|w| !matches!(w.delivery, Delivery::Latest(_)));
        self.bytes = counted.map(|waiting| waiting.packet.websocket().len()).sum();
    }
}

fn pending_blocks(result: Poll<io::Result<usize>>) -> io::Result<usize> {
    match result {
        Poll::Ready(result) => result,
        Poll::Pending => Err(ErrorKind::WouldBlock.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LatestKey;

    fn push(outbox: &mut Outbox, text: &str, delivery: Delivery) {
        let packet = Packet::new(text);
        let length = packet.polling().len();
        outbox.push(packet, delivery, length);
    }

    #[test]
    fn a_newer_list_replaces_one_that_waits_and_is_not_counted() {
        let mut outbox = Outbox::default();
        let list = Delivery::Latest(LatestKey(1));
        push(&mut outbox, "list1", list);
        push(&mut outbox, "chat", Delivery::Reliable);
        push(&mut outbox, "other", Delivery::Latest(LatestKey(2)));
        push(&mut outbox, "list2", list);
        assert_eq!(outbox.bytes(), "4chat".len());
        assert_eq!(outbox.take_payload(1000).unwrap(), "4chat\x1e4other\x1e4list2");
        assert_eq!(outbox.bytes(), 0);
    }

    #[test]
    fn volatile_packets_are_dropped_on_demand_and_no_longer_counted() {
        let mut outbox = Outbox::default();
        for (text, delivery) in [
            ("one", Delivery::Volatile),
            ("chat", Delivery::Reliable),
            ("two", Delivery::Volatile),
            ("list", Delivery::Latest(LatestKey(1))),
        ] {
            push(&mut outbox, text, delivery);
        }
        assert_eq!(outbox.drop_volatile(Packet::polling), 2);
        assert_eq!(outbox.bytes(), "4chat".len());
        assert_eq!(outbox.drop_volatile(Packet::polling), 0);
        assert_eq!(outbox.take_payload(1000).unwrap(), "4chat\x1e4list");
    }

    #[test]
    fn a_close_packet_comes_alone() {
        let mut outbox = Outbox::default();
        push(&mut outbox, "last words", Delivery::Reliable);
        outbox.push(Packet::close(1000), Delivery::Reliable, 1);
        assert_eq!(outbox.take_payload(1000).unwrap(), "4last words");
        assert_eq!(outbox.take_payload(1000).unwrap(), "1");
        assert_eq!(outbox.bytes(), 0);
    }

    #[test]
    fn payloads_are_bounded_but_never_empty() {
        let mut outbox = Outbox::default();
        for text in ["first", "second", "third"] {
            push(&mut outbox, text, Delivery::Reliable);
        }
        assert_eq!(outbox.take_payload(3).unwrap(), "4first");
        assert_eq!(outbox.take_payload(14).unwrap(), "4second\x1e4third");
        assert_eq!(outbox.take_payload(14), None);
    }
}
