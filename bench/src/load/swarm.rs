//! Many clients and one event loop.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::client::{Client, Credentials, Line, Next, Socket, Way};
use super::{Actions, ClientId, Fault, Load};

/// Larger than anything that a server sends at once, 8,000 people with their names included.
const SCRATCH_BYTES: usize = 4 * 1024 * 1024;

const EVENTS: usize = 1024;

/// How long the loop sleeps at most when it is not told.
const TURN: Duration = Duration::from_millis(20);

/// The clients of one measurement.
pub(crate) struct Swarm {
    server: SocketAddr,
    poll: Poll,
    events: Events,
    scratch: Vec<u8>,
    clients: Vec<Option<Client>>,
    way: Way,
    credentials: Box<dyn Fn(ClientId) -> Credentials>,
}

impl Swarm {
    /// A swarm without clients. `credentials` says what each of them will show.
    pub(crate) fn new(
        server: SocketAddr,
        way: Way,
        credentials: impl Fn(ClientId) -> Credentials + 'static,
    ) -> Result<Self, Fault> {
        Ok(Self {
            server,
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            scratch: vec![0; SCRATCH_BYTES],
            clients: Vec::new(),
            way,
            credentials: Box::new(credentials),
        })
    }

    /// Lets the load go on until `done` says so or `deadline` has passed, which is a fault.
    pub(crate) fn run<L: Load>(
        &mut self,
        load: &mut L,
        what: &str,
        deadline: Instant,
        done: impl Fn(&L) -> bool,
    ) -> Result<(), Fault> {
        while !done(load) {
            if Instant::now() > deadline {
                return Err(Fault::TimedOut(what.to_owned()));
            }
            self.turn(load, TURN)?;
        }
        Ok(())
    }

    /// Deals with everything that has arrived, or waits for something at most as long as `wait`.
    pub(crate) fn turn(&mut self, load: &mut impl Load, wait: Duration) -> Result<(), Fault> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        let ready: Vec<_> = self
            .events
            .iter()
            .map(|event| (event.token(), event.is_writable(), event.is_read_closed()))
            .collect();
        for (token, writable, ended) in ready {
            let (id, line) = from_token(token);
            let mut actions = Actions::default();
            match self.receive(id, line, writable, ended, load, &mut actions) {
                Err(Fault::Io(error)) if is_end(error.kind()) => {
                    self.clients[id] = None;
                    load.closed(id)?;
                }
                result => result?,
            }
            self.carry_out(actions)?;
        }
        Ok(())
    }

    fn receive(
        &mut self,
        id: ClientId,
        line: Line,
        writable: bool,
        ended: bool,
        load: &mut impl Load,
        actions: &mut Actions,
    ) -> Result<(), Fault> {
        loop {
            // An event may have been on its way while the client was closed.
            let Some(client) = self.clients[id].as_mut() else { return Ok(()) };
            let Some(socket) = client.socket(line) else { return Ok(()) };
            if writable {
                socket.flush()?;
            }
            let (mut input, full) = socket.read(&mut self.scratch)?;
            let nothing_new = input.is_empty();
            while let Some((next, rest)) = client.take(line, input)? {
                input = rest;
                match next {
                    Next::Packet(packet) => load.packet(id, packet, actions)?,
                    Next::Nothing => {}
                    Next::Joined => load.joined(id, actions)?,
                    Next::OpenWebSocket => {
                        let socket = client.open_websocket(self.server)?;
                        register(&self.poll, socket, id, Line::WebSocket)?;
                    }
                }
            }
            if let Some(socket) = client.socket(line) {
                socket.keep(input);
            }
            if nothing_new || !(full || ended) {
                return Ok(());
            }
        }
    }

    /// Does what a load wants done.
    pub(crate) fn carry_out(&mut self, actions: Actions) -> Result<(), Fault> {
        for id in actions.opens {
            self.open(id)?;
        }
        for (id, text) in actions.sends {
            match self.clients.get_mut(id) {
                Some(Some(client)) => client.write_text(&text)?,
                _ => return Err(Fault::Closed(id)),
            }
        }
        Ok(())
    }

    fn open(&mut self, id: ClientId) -> Result<(), Fault> {
        let mut client = Client::open(self.server, self.way, (self.credentials)(id))?;
        let line = if self.way == Way::WebSocket { Line::WebSocket } else { Line::Polling };
        if let Some(socket) = client.socket(line) {
            register(&self.poll, socket, id, line)?;
        }
        if self.clients.len() <= id {
            self.clients.resize_with(id + 1, || None);
        }
        self.clients[id] = Some(client);
        Ok(())
    }

    /// Closes a client without a word, as one does that loses its network.
    pub(crate) fn close(&mut self, id: ClientId) {
        if let Some(client) = self.clients.get_mut(id) {
            *client = None;
        }
    }

    /// Reads nothing of a client any more, and leaves its system as little room as it can.
    pub(crate) fn stop_reading(&mut self, id: ClientId) -> Result<(), Fault> {
        if let Some(Some(client)) = self.clients.get_mut(id)
            && let Some(socket) = &mut client.websocket
        {
            self.poll.registry().deregister(&mut socket.stream)?;
            socket2::SockRef::from(&socket.stream).set_recv_buffer_size(4096)?;
        }
        Ok(())
    }

    /// How many clients are in.
    pub(crate) fn joined(&self) -> usize {
        self.clients.iter().flatten().filter(|client| client.is_joined()).count()
    }
}

fn register(poll: &Poll, socket: &mut Socket, id: ClientId, line: Line) -> Result<(), Fault> {
    let interests = Interest::READABLE | Interest::WRITABLE;
    poll.registry().register(&mut socket.stream, to_token(id, line), interests)?;
    Ok(())
}

fn to_token(id: ClientId, line: Line) -> Token {
    Token(id * 2 + usize::from(line == Line::Polling))
}

fn from_token(token: Token) -> (ClientId, Line) {
    let line = if token.0.is_multiple_of(2) { Line::WebSocket } else { Line::Polling };
    (token.0 / 2, line)
}

fn is_end(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}
