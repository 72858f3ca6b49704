//! One client: its connections, and its way into the namespace.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;

use super::wire::{self, Payload};
use super::{Fault, http};

/// Between two packets of a long-polling payload.
const SEPARATOR: u8 = 0x1e;

/// How a client gets to its WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    WebSocket,
    /// Long-polling first, then the upgrade, as stock clients do by default.
    Upgrade,
}

/// What a client shows at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    None,
    /// In the CONNECT packet.
    Auth(String),
    /// In the header of the handshake that the original expects it in.
    Header(String),
}

impl Credentials {
    fn header(&self) -> Option<&str> {
        match self {
            Self::Header(token) => Some(token),
            Self::None | Self::Auth(_) => None,
        }
    }

    fn connect_packet(&self) -> String {
        match self {
            Self::Auth(token) => format!("40{{\"token\":\"{token}\"}}"),
            Self::None | Self::Header(_) => "40".to_owned(),
        }
    }
}

/// Which of the two connections of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    WebSocket,
    Polling,
}

/// A connection with what is left to parse and to write.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Socket {
    pub(super) fn connect(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::new(), output: Vec::new() })
    }

    /// Reads once, behind what an earlier read left over. Gives what there is in `scratch`, and
    /// whether there may be more.
    pub(super) fn read<'a>(&mut self, scratch: &'a mut [u8]) -> io::Result<(&'a [u8], bool)> {
        let kept = self.input.len();
        scratch[..kept].copy_from_slice(&self.input);
        self.input.clear();
        loop {
            return match self.stream.read(&mut scratch[kept..]) {
                Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => Ok((&scratch[..kept + length], kept + length == scratch.len())),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    Ok((&scratch[..kept], false))
                }
                Err(error) => Err(error),
            };
        }
    }

    /// Keeps what could not be parsed yet.
    pub(super) fn keep(&mut self, rest: &[u8]) {
        self.input.extend_from_slice(rest);
    }

    /// Writes now what the connection takes, and the rest when it takes more.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.extend_from_slice(bytes);
        self.flush()
    }

    pub(super) fn write_text(&mut self, text: &[u8]) -> io::Result<()> {
        wire::put_text(&mut self.output, text);
        self.flush()
    }

    /// Writes what waits. Before the connection stands, nothing is taken.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.output.is_empty() {
            match self.stream.write(&self.output) {
                Ok(written) => {
                    self.output.drain(..written);
                }
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock | ErrorKind::NotConnected => return Ok(()),
                    _ => return Err(error),
                },
            }
        }
        self.output = Vec::new();
        Ok(())
    }
}

/// A client from its first byte on.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) websocket: Option<Socket>,
    pub(super) polling: Option<Socket>,
    stage: Stage,
    credentials: Credentials,
    session: Option<String>,
    /// A ping came over long-polling.
    owes_pong: bool,
}

/// How far a client has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Long-polling: the handshake, the CONNECT packet, its reply, as answers to three requests.
    Handshake,
    Connect,
    Reply,
    /// A poll waits, and the WebSocket is on its way.
    Probing(Probe),
    /// WebSocket: the response to the handshake, the open packet, the CONNECT reply.
    Switching,
    Opening,
    Joining,
    Joined,
}

/// What has happened of an upgrade; when all has, the client confirms.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Probe {
    /// The WebSocket stands.
    switched: bool,
    /// The server has answered the probe.
    answered: bool,
    /// The server has let the poll go.
    polled: bool,
}

/// What the swarm has to do after a client took something in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'a> {
    Nothing,
    /// Connect the WebSocket too.
    OpenWebSocket,
    /// The client is in, and WebSocket is its only connection.
    Joined,
    /// A Socket.IO packet for the load.
    Packet(&'a [u8]),
}

impl Client {
    /// Opens the first connection.
    pub(super) fn open(
        server: SocketAddr,
        way: Way,
        credentials: Credentials,
    ) -> Result<Self, Fault> {
        let mut socket = Socket::connect(server)?;
        let mut client = Self {
            websocket: None,
            polling: None,
            stage: Stage::Switching,
            credentials,
            session: None,
            owes_pong: false,
        };
        match way {
            Way::WebSocket => {
                socket.write(http::upgrade(None, client.credentials.header()).as_bytes())?;
                client.websocket = Some(socket);
            }
            Way::Upgrade => {
                socket.write(http::poll(None, client.credentials.header()).as_bytes())?;
                client.polling = Some(socket);
                client.stage = Stage::Handshake;
            }
        }
        Ok(client)
    }

    pub(super) fn socket(&mut self, line: Line) -> Option<&mut Socket> {
        match line {
            Line::WebSocket => self.websocket.as_mut(),
            Line::Polling => self.polling.as_mut(),
        }
    }

    pub(super) fn is_joined(&self) -> bool {
        self.stage == Stage::Joined
    }

    /// Opens the second connection of an upgrade.
    pub(super) fn open_websocket(&mut self, server: SocketAddr) -> Result<&mut Socket, Fault> {
        let mut socket = Socket::connect(server)?;
        let request = http::upgrade(self.session.as_deref(), self.credentials.header());
        socket.write(request.as_bytes())?;
        Ok(self.websocket.insert(socket))
    }

    /// Takes the first whole unit (response or frame) out of `input`; gives what follows it, or
    /// `None` if nothing is whole.
    pub(super) fn take<'a>(
        &mut self,
        line: Line,
        input: &'a [u8],
    ) -> Result<Option<(Next<'a>, &'a [u8])>, Fault> {
        let awaits_response = match (line, self.stage) {
            (Line::Polling, _) | (_, Stage::Switching) => true,
            (Line::WebSocket, Stage::Probing(probe)) => !probe.switched,
            _ => false,
        };
        if awaits_response {
            let Some(response) = http::next_response(input)? else { return Ok(None) };
            let next = self.on_response(line, response.status, response.body)?;
            return Ok(Some((next, response.rest)));
        }
        let Some((payload, rest)) = wire::next_frame(input) else { return Ok(None) };
        let next = match payload {
            Payload::Text(text) => self.on_text(text)?,
            Payload::Close => return Err(Fault::Io(ErrorKind::ConnectionReset.into())),
            Payload::Unexpected(byte) => {
                return Err(Fault::Wrong(format!("a frame that begins with {byte:#x}")));
            }
        };
        Ok(Some((next, rest)))
    }

    fn on_response(
        &mut self,
        line: Line,
        status: u16,
        body: &[u8],
    ) -> Result<Next<'static>, Fault> {
        let expected = if line == Line::WebSocket { 101 } else { 200 };
        if status != expected {
            let body = String::from_utf8_lossy(body);
            return Err(Fault::Wrong(format!("status {status} at {:?}: {body}", self.stage)));
        }
        match (line, self.stage) {
            (Line::WebSocket, Stage::Switching) => self.stage = Stage::Opening,
            (Line::WebSocket, Stage::Probing(probe)) => {
                self.stage = Stage::Probing(Probe { switched: true, ..probe });
                self.write_text(b"2probe")?;
            }
            (Line::Polling, Stage::Handshake) => {
                let session = session_id(body)?.to_owned();
                let request = http::post(&session, &self.credentials.connect_packet());
                self.session = Some(session);
                self.stage = Stage::Connect;
                self.request(&request)?;
            }
            (Line::Polling, Stage::Connect) => {
                self.stage = Stage::Reply;
                self.poll()?;
            }
            (Line::Polling, Stage::Reply) => match self.without_ping(body) {
                Some(packet) if packet.starts_with(b"40{\"sid\"") => {
                    self.stage = Stage::Probing(Probe::default());
                    self.poll()?;
                    return Ok(Next::OpenWebSocket);
                }
                Some(_) => return Err(Fault::wrong(body)),
                None => self.poll()?,
            },
            (Line::Polling, Stage::Probing(probe)) => match self.without_ping(body) {
                Some(b"6") => return self.go_on(Probe { polled: true, ..probe }),
                Some(_) => return Err(Fault::wrong(body)),
                None => self.poll()?,
            },
            _ => return Err(Fault::wrong(body)),
        }
        Ok(Next::Nothing)
    }

    fn on_text<'a>(&mut self, text: &'a [u8]) -> Result<Next<'a>, Fault> {
        match (self.stage, text) {
            (Stage::Joined, [b'4', packet @ ..]) => return Ok(Next::Packet(packet)),
            (_, b"2") => self.write_text(b"3")?,
            (Stage::Opening, [b'0', b'{', ..]) => {
                let connect = self.credentials.connect_packet();
                self.write_text(connect.as_bytes())?;
                self.stage = Stage::Joining;
            }
            (Stage::Joining, reply) if reply.starts_with(b"40{\"sid\"") => {
                self.stage = Stage::Joined;
                return Ok(Next::Joined);
            }
            (Stage::Probing(probe), b"3probe") => {
                return self.go_on(Probe { answered: true, ..probe });
            }
            _ => return Err(Fault::wrong(text)),
        }
        Ok(Next::Nothing)
    }

    /// The only packet of a payload beside a ping, which is answered once the WebSocket stands.
    fn without_ping<'a>(&mut self, payload: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = payload;
        if let Some(after) = payload.strip_prefix(b"2") {
            self.owes_pong = true;
            rest = after.strip_prefix(&[SEPARATOR]).unwrap_or(after);
        }
        (!rest.is_empty()).then_some(rest)
    }

    /// Confirms the upgrade once the probe and the poll were answered.
    fn go_on(&mut self, probe: Probe) -> Result<Next<'static>, Fault> {
        self.stage = Stage::Probing(probe);
        if !(probe.answered && probe.polled) {
            return Ok(Next::Nothing);
        }
        self.write_text(b"5")?;
        if std::mem::take(&mut self.owes_pong) {
            self.write_text(b"3")?;
        }
        self.polling = None;
        self.stage = Stage::Joined;
        Ok(Next::Joined)
    }

    fn poll(&mut self) -> Result<(), Fault> {
        let request = http::poll(self.session.as_deref(), None);
        self.request(&request)
    }

    fn request(&mut self, request: &str) -> Result<(), Fault> {
        match &mut self.polling {
            Some(socket) => Ok(socket.write(request.as_bytes())?),
            None => Err(Fault::Wrong("a response over a connection that is closed".to_owned())),
        }
    }

    /// Sends an Engine.IO packet over the WebSocket.
    pub(super) fn write_text(&mut self, text: &[u8]) -> Result<(), Fault> {
        match &mut self.websocket {
            Some(socket) => Ok(socket.write_text(text)?),
            None => Err(Fault::Wrong("nothing to send over".to_owned())),
        }
    }
}

/// The session id in an open packet.
fn session_id(open: &[u8]) -> Result<&str, Fault> {
    let json = open.strip_prefix(b"0{\"sid\":\"").ok_or_else(|| Fault::wrong(open))?;
    let end = memchr::memchr(b'"', json).ok_or_else(|| Fault::wrong(open))?;
    std::str::from_utf8(&json[..end]).map_err(|_| Fault::wrong(open))
}
