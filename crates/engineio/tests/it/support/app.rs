//! An application that records what the engine calls, and that a test can hold up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use engineio::{
    Application, CloseReason, Connection, Delivery, Handshake, Membership, Message, Packet, Session,
};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::expect;

/// Hands a [`Peer`] to the test for each session.
pub(crate) struct App {
    opened: mpsc::Sender<Peer>,
}

/// One session, from the application's side.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) session: Session,
    pub(crate) handshake: Arc<Handshake>,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    messages: VecDeque<Message>,
    /// It wants input while fewer messages wait.
    limit: usize,
    /// It never finishes.
    stuck: bool,
    closed: Option<(CloseReason, Instant)>,
    /// What it was in when it ended.
    left: Option<Vec<Membership>>,
    /// The engine has dropped the connection.
    dropped: bool,
}

pub(crate) struct Recorder(Arc<Shared>);

impl App {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Peer>) {
        let (opened, peers) = mpsc::channel(10_000);
        (Self { opened }, peers)
    }
}

impl Application for App {
    type Connection = Recorder;

    fn connect(&self, session: Session, handshake: Handshake) -> Recorder {
        let state = State {
            messages: VecDeque::new(),
            limit: usize::MAX,
            stuck: false,
            closed: None,
            left: None,
            dropped: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Notify::new() });
        let peer = Peer { session, handshake: Arc::new(handshake), shared: shared.clone() };
        self.opened.try_send(peer).unwrap();
        Recorder(shared)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Connection for Recorder {
    fn on_message(&mut self, message: Message) {
        let mut state = self.0.lock();
        assert!(state.closed.is_none(), "a message after the end: {message:?}");
        assert!(state.messages.len() < state.limit, "a message that was not wanted: {message:?}");
        state.messages.push_back(message);
        self.0.changed.notify_one();
    }

    fn wants_input(&self) -> bool {
        let state = self.0.lock();
        state.messages.len() < state.limit
    }

    fn poll(&mut self, _cx: &mut Context<'_>) -> Poll<()> {
        if self.0.lock().stuck { Poll::Pending } else { Poll::Ready(()) }
    }

    fn on_close(&mut self, reason: CloseReason) {
        let mut state = self.0.lock();
        assert_eq!(state.closed, None, "closed twice");
        state.closed = Some((reason, Instant::now()));
        self.0.changed.notify_one();
    }

    fn on_removed(&mut self, left: Vec<Membership>) {
        let mut state = self.0.lock();
        assert!(state.closed.is_some(), "removed before it was closed");
        assert!(state.left.is_none(), "removed twice");
        state.left = Some(left);
        self.0.changed.notify_one();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.0.lock().dropped = true;
        self.0.changed.notify_one();
    }
}

impl Peer {
    /// Changes how many messages may wait.
    pub(crate) fn limit(&self, limit: usize) {
        self.shared.lock().limit = limit;
        self.session.wake();
    }

    /// Makes a connection that never finishes.
    pub(crate) fn get_stuck(&self) {
        self.shared.lock().stuck = true;
    }

    /// Takes the next message, waiting for it.
    pub(crate) async fn message(&self) -> Message {
        let message = self.observe("a message", |state| state.messages.pop_front()).await;
        self.session.wake();
        message
    }

    /// The messages that wait, as text.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.lock().messages.len()
    }

    /// Waits for the end, and says why and when it came.
    pub(crate) async fn closed(&self) -> (CloseReason, Instant) {
        self.observe("the end of a session", |state| state.closed).await
    }

    /// Waits until the engine has forgotten the session, and takes what that was in.
    pub(crate) async fn left(&self) -> Vec<Membership> {
        self.observe("the removal of a session", |state| state.left.as_mut().map(std::mem::take))
            .await
    }

    /// Why the session has ended, if it has.
    pub(crate) fn close_reason(&self) -> Option<CloseReason> {
        self.shared.lock().closed.map(|(reason, _)| reason)
    }

    /// Whether the engine has dropped the connection.
    pub(crate) fn is_dropped(&self) -> bool {
        self.shared.lock().dropped
    }

    async fn observe<T>(&self, what: &str, look: impl Fn(&mut State) -> Option<T>) -> T {
        expect(what, async {
            loop {
                if let Some(found) = look(&mut self.shared.lock()) {
                    return found;
                }
                self.shared.changed.notified().await;
            }
        })
        .await
    }

    /// Sends a text reliably.
    pub(crate) fn send(&self, text: &str) {
        self.send_as(Packet::new(text), Delivery::Reliable);
    }

    pub(crate) fn send_as(&self, packet: Packet, delivery: Delivery) {
        let share = self.session.hub().try_reserve(packet.len()).expect("room in the queue");
        self.session.send(share, packet, delivery);
    }
}
