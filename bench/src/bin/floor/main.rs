//! What the machine can do at all: one thread, no authentication, no rooms, no bounds; a frame is
//! built once and written to every client. `--coalesce` collects what one wake-up brought and
//! writes it to each client with one `writev`.
//!
//! With `BENCH_FAULT` set to `lose`, `double`, `swap`, `gap` or `die` it goes wrong at its tenth message,
//! so that tests can see that a run notices.

mod room;

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::SocketAddr;

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use room::{Request, Room, told};

const LISTENER: Token = Token(usize::MAX);
const MAX_SLICES: usize = 1024;

/// The answer to the key that the load generator sends.
const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// The message at which a floor that is to go wrong does.
const FAULTY: u64 = 10;

/// What is to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultMode {
    Lose,
    Double,
    Swap,
    /// A number is left out, in a room.
    Gap,
    Die,
}

impl FaultMode {
    fn from_environment() -> Option<Self> {
        match std::env::var("BENCH_FAULT").ok()?.as_str() {
            "lose" => Some(Self::Lose),
            "double" => Some(Self::Double),
            "swap" => Some(Self::Swap),
            "gap" => Some(Self::Gap),
            "die" => Some(Self::Die),
            _ => None,
        }
    }
}

struct Client {
    stream: TcpStream,
    upgraded: bool,
    input: Vec<u8>,
    /// What the socket did not take.
    output: Vec<u8>,
}

struct Floor {
    poll: Poll,
    clients: Vec<Option<Client>>,
    free: Vec<usize>,
    coalesce: bool,
    /// The frames of this turn, for everyone.
    frames: Vec<Vec<u8>>,
    sequence: u64,
    rooms: HashMap<String, Room>,
    fault: Option<FaultMode>,
    /// A message that is kept for after the next one.
    late: Option<Vec<u8>>,
}

fn main() -> io::Result<()> {
    let coalesce = std::env::args().nth(1).is_some_and(|argument| argument == "--coalesce");
    rlimit::increase_nofile_limit(u64::MAX)?;
    let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let address = listener.local_addr()?;
    writeln!(io::stdout(), "listening on {address} pid {}", std::process::id())?;
    let (clients, free, frames) = (Vec::new(), Vec::new(), Vec::new());
    let (fault, late) = (FaultMode::from_environment(), None);
    let (sequence, rooms) = (0, HashMap::new());
    Floor { poll, clients, free, coalesce, frames, sequence, rooms, fault, late }.run(&listener)
}

impl Floor {
    fn run(&mut self, listener: &TcpListener) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut scratch = vec![0; 64 * 1024];
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            let ready: Vec<_> = events.iter().map(Event::token).collect();
            for token in ready {
                if token == LISTENER {
                    self.accept(listener)?;
                } else if let Err(error) = self.serve(token.0, &mut scratch) {
                    if self.fault == Some(FaultMode::Die) && self.sequence == FAULTY {
                        return Err(error);
                    }
                    self.clients[token.0] = None;
                    self.free.push(token.0);
                }
            }
            if self.coalesce {
                self.write_all_frames();
            }
        }
    }

    fn accept(&mut self, listener: &TcpListener) -> io::Result<()> {
        loop {
            let mut stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let at = self.free.pop().unwrap_or(self.clients.len());
            let interests = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut stream, Token(at), interests)?;
            let client = Client { stream, upgraded: false, input: Vec::new(), output: Vec::new() };
            if at == self.clients.len() {
                self.clients.push(Some(client));
            } else {
                self.clients[at] = Some(client);
            }
        }
    }

    fn serve(&mut self, at: usize, scratch: &mut [u8]) -> io::Result<()> {
        loop {
            let Some(client) = self.clients[at].as_mut() else { return Ok(()) };
            client.flush()?;
            let length = match client.stream.read(scratch) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            client.input.extend_from_slice(&scratch[..length]);
            if !client.upgraded {
                client.answer_handshake(at)?;
            }
            while let Some(text) = self.clients[at].as_mut().and_then(Client::next_text) {
                self.handle(at, &text)?;
            }
        }
    }

    fn handle(&mut self, at: usize, text: &[u8]) -> io::Result<()> {
        if text == b"40" {
            let Some(client) = self.clients[at].as_mut() else { return Ok(()) };
            return client.write(&frame(format!("40{{\"sid\":\"{at:020}\"}}").as_bytes()));
        }
        if let Some(request) = Request::parse(text) {
            return self.in_room(at, &request);
        }
        let Some(body) = text.strip_prefix(b"42[\"message-from-client\",{\"message\":") else {
            return Ok(());
        };
        let message = String::from_utf8_lossy(&body[..body.len().saturating_sub(2)]);
        self.sequence += 1;
        let built = frame(told(&message, "lobby", self.sequence).as_bytes());
        self.pass_on(None, built)
    }

    /// Answers, and tells everyone in the room.
    fn in_room(&mut self, at: usize, request: &Request<'_>) -> io::Result<()> {
        let Some(client) = self.clients[at].as_mut() else { return Ok(()) };
        let room = self.rooms.entry(request.room.to_owned()).or_default();
        let Some(message) = request.message else {
            room.members.push(at);
            return client.write(&frame(request.answer(room.seq).as_bytes()));
        };
        self.sequence += 1;
        room.seq += 1;
        if self.fault == Some(FaultMode::Gap) && self.sequence == FAULTY {
            room.seq += 1;
        }
        client.write(&frame(request.answer(room.seq).as_bytes()))?;
        let built = frame(told(&format!("\"{message}\""), request.room, room.seq).as_bytes());
        self.pass_on(Some(request.room), built)
    }

    /// Sends a message to a room, or to everyone; or does with it what is to go wrong.
    fn pass_on(&mut self, room: Option<&str>, built: Vec<u8>) -> io::Result<()> {
        match self.fault.filter(|_| self.sequence == FAULTY) {
            None | Some(FaultMode::Gap) => {}
            Some(FaultMode::Lose) => return Ok(()),
            Some(FaultMode::Double) => self.send(room, built.clone())?,
            Some(FaultMode::Swap) => {
                self.late = Some(built);
                return Ok(());
            }
            Some(FaultMode::Die) => return Err(io::Error::other("as it was told")),
        }
        self.send(room, built)?;
        self.late.take().map_or(Ok(()), |late| self.send(room, late))
    }

    fn send(&mut self, room: Option<&str>, built: Vec<u8>) -> io::Result<()> {
        if let Some(room) = room {
            for at in self.rooms.get(room).map_or(&[][..], |room| &room.members) {
                if let Some(client) = &mut self.clients[*at] {
                    client.write(&built)?;
                }
            }
            return Ok(());
        }
        if self.coalesce {
            self.frames.push(built);
            return Ok(());
        }
        for client in self.clients.iter_mut().flatten() {
            client.write(&built)?;
        }
        Ok(())
    }

    fn write_all_frames(&mut self) {
        for frames in std::mem::take(&mut self.frames).chunks(MAX_SLICES) {
            let slices: Vec<_> = frames.iter().map(|frame| IoSlice::new(frame)).collect();
            for client in self.clients.iter_mut().flatten() {
                // A broken connection is found when it is read.
                client.write_slices(&slices).ok();
            }
        }
    }
}

impl Client {
    fn answer_handshake(&mut self, at: usize) -> io::Result<()> {
        if !self.input.ends_with(b"\r\n\r\n") {
            return Ok(());
        }
        self.input.clear();
        self.upgraded = true;
        let open = format!(
            "0{{\"sid\":\"{at:020}\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\
             \"maxPayload\":1000000}}"
        );
        let mut answer = SWITCHING.to_vec();
        answer.extend(frame(open.as_bytes()));
        self.write(&answer)
    }

    /// The next whole text of a client, whose frames are short and masked.
    fn next_text(&mut self) -> Option<Vec<u8>> {
        if !self.upgraded {
            return None;
        }
        let (header, length) = match *self.input.get(1)? & 0x7f {
            126 => (4, usize::from(u16::from_be_bytes([*self.input.get(2)?, *self.input.get(3)?]))),
            short => (2, usize::from(short)),
        };
        let end = header + 4 + length;
        let mask: [u8; 4] = self.input.get(header..header + 4)?.try_into().ok()?;
        let masked = self.input.get(header + 4..end)?;
        let text = masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        self.input.drain(..end);
        Some(text)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_slices(&[IoSlice::new(bytes)])
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<()> {
        let mut written = 0;
        if self.output.is_empty() {
            let result = match slices {
                [single] => self.stream.write(single),
                several => self.stream.write_vectored(several),
            };
            written = match result {
                Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                result => result?,
            };
        }
        for slice in slices {
            let skipped = written.min(slice.len());
            self.output.extend_from_slice(&slice[skipped..]);
            written -= skipped;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut waiting: VecDeque<u8> = std::mem::take(&mut self.output).into();
        while !waiting.is_empty() {
            match self.stream.write(waiting.as_slices().0) {
                Ok(written) => drop(waiting.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.output = waiting.into();
        Ok(())
    }
}

/// A text frame as a server sends it.
fn frame(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    if let Ok(length @ 0..126) = u8::try_from(text.len()) {
        frame.push(length);
    } else {
        frame.push(126);
        frame.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    }
    frame.extend_from_slice(text);
    frame
}
