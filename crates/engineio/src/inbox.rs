//! What a session's task has still to look at: the mailbox between it, its shard and HTTP.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use crate::reader::Reader;
use crate::{CloseReason, Membership, Message};

/// Messages that came by POST, the reader that an upgrade brings, and the end.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    /// The same as `State::closed`, for those who only ask.
    closed: AtomicBool,
    /// Tells the probes of an upgrade that the session is no more.
    gone: Notify,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Message>,
    /// Their length together.
    bytes: usize,
    reader: Option<Box<Reader>>,
    closed: Option<CloseReason>,
    /// The shard no longer knows the session: nothing can be sent or awaited.
    removed: bool,
    /// What the session was in when it ended.
    left: Vec<Membership>,
    /// Nobody will ask for that.
    abandoned: bool,
    /// The session's task.
    task: Option<Waker>,
    /// A POST is under way.
    posting: bool,
    /// It waits for room.
    poster: Option<Waker>,
}

/// What may wait in an inbox before those who post have to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// What the session's task finds.
#[derive(Debug)]
pub(crate) struct Signals {
    pub(crate) reader: Option<Box<Reader>>,
    pub(crate) closed: Option<CloseReason>,
    pub(crate) removed: bool,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The first reason to end, if there is one.
    pub(crate) fn close_reason(&self) -> Option<CloseReason> {
        self.lock().closed
    }

    /// Begins a POST, of which there may be one at a time.
    pub(crate) fn begin_post(&self) -> Option<Posting<'_>> {
        let busy = std::mem::replace(&mut self.lock().posting, true);
        // Not `then_some`: a `Posting` that is made in vain would end the other one.
        if busy { None } else { Some(Posting(self)) }
    }

    /// Hands a message over, when fewer than `messages` and fewer than `bytes` wait; a session that
    /// is closing drops it. `Ready(false)`: the session is no more.
    pub(crate) fn poll_push(
        &self,
        cx: &mut Context<'_>,
        Room { messages, bytes }: Room,
        message: &mut Option<Message>,
    ) -> Poll<bool> {
        let mut state = self.lock();
        if state.closed.is_some() {
            return Poll::Ready(!state.removed);
        }
        if state.messages.len() >= messages || state.bytes >= bytes {
            state.poster = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.bytes += message.as_ref().map_or(0, Message::len);
        state.messages.extend(message.take());
        state.wake_task();
        Poll::Ready(true)
    }

    /// Takes the next message that came by POST.
    pub(crate) fn pop(&self) -> Option<Message> {
        let mut state = self.lock();
        let message = state.messages.pop_front()?;
        state.bytes -= message.len();
        if state.messages.is_empty() {
            state.messages = VecDeque::new();
        }
        if let Some(poster) = state.poster.take() {
            poster.wake();
        }
        Some(message)
    }

    /// Hands over the reader of a WebSocket; it is used once all messages are taken.
    pub(crate) fn set_reader(&self, reader: Box<Reader>) {
        let mut state = self.lock();
        state.reader = Some(reader);
        state.wake_task();
    }

    /// Records why the session ends; the first reason counts. Says whether this was the first.
    pub(crate) fn close(&self, reason: CloseReason) -> bool {
        let mut state = self.lock();
        let first = state.closed.is_none();
        state.closed.get_or_insert(reason);
        self.closed.store(true, Ordering::Release);
        if let Some(poster) = state.poster.take() {
            poster.wake();
        }
        state.wake_task();
        first
    }

    /// Keeps what the session was in, until somebody asks.
    pub(crate) fn leave_behind(&self, left: Vec<Membership>) {
        let mut state = self.lock();
        if !left.is_empty() && !state.abandoned {
            state.left = left;
        }
    }

    /// The session's task has ended: what was left behind would hold the session for ever.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.abandoned = true;
        let left = std::mem::take(&mut state.left);
        drop(state);
        drop(left);
    }

    /// Takes what the session was in when it ended.
    pub(crate) fn take_left(&self) -> Vec<Membership> {
        std::mem::take(&mut self.lock().left)
    }

    /// The shard has forgotten the session.
    pub(crate) fn set_removed(&self, reason: CloseReason) {
        let mut state = self.lock();
        state.removed = true;
        drop(state);
        self.gone.notify_waiters();
        self.close(reason);
    }

    /// Waits until the shard has forgotten the session.
    pub(crate) async fn removed(&self) {
        let gone = self.gone.notified();
        tokio::pin!(gone);
        // From here on nothing is missed.
        gone.as_mut().enable();
        if !self.lock().removed {
            gone.await;
        }
    }

    /// Wakes the session's task.
    pub(crate) fn wake(&self) {
        self.lock().wake_task();
    }

    /// Registers the session's task and takes what concerns it.
    pub(crate) fn poll_signals(&self, cx: &mut Context<'_>) -> Signals {
        let mut state = self.lock();
        if !state.task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
            state.task = Some(cx.waker().clone());
        }
        let reader = if state.messages.is_empty() { state.reader.take() } else { None };
        let State { closed, removed, .. } = *state;
        Signals { reader, closed, removed }
    }
}

/// A POST that is under way; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Posting<'a>(&'a Inbox);

impl Drop for Posting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.posting = false;
        state.poster = None;
    }
}

impl State {
    fn wake_task(&self) {
        if let Some(task) = &self.task {
            task.wake_by_ref();
        }
    }
}
