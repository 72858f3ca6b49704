//! Answers to broadcasts: who was asked, who has answered.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::args::RawArgs;
use crate::socket_id::SocketId;

/// Bytes that the answers to one broadcast may have together. What comes past it counts as missing.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// Numbers for acks: one row for all sockets of a namespace, so that a packet with an ack can be the
/// same for many.
#[derive(Debug, Default)]
pub(crate) struct AckIds(AtomicU64);

impl AckIds {
    pub(crate) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Where the answers to one broadcast are gathered. Cheap to clone. Only the first answer of a
/// socket counts, only that of one which was asked, and together no more than 64 MiB.
#[derive(Clone, Default)]
pub struct Answers(Arc<Gathering>);

#[derive(Default)]
struct Gathering {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// Those who were asked, in the order in which that became known; what they answered.
    asked: Vec<(SocketId, Option<Reply>)>,
    places: HashMap<SocketId, usize>,
    /// Those who have answered, or gone, before it became known that they were asked.
    early: HashMap<SocketId, Reply>,
    waiting: usize,
    bytes: usize,
}

enum Reply {
    Args(RawArgs),
    /// It has gone, or what it said was too much.
    Nothing,
}

impl Answers {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The event was sent to these sockets.
    pub fn expect(&self, sockets: impl IntoIterator<Item = SocketId>) {
        let mut state = self.lock();
        for socket in sockets {
            let early = state.early.remove(&socket);
            state.waiting += usize::from(early.is_none());
            let place = state.asked.len();
            state.places.insert(socket.clone(), place);
            state.asked.push((socket, early));
        }
    }

    /// A socket has answered.
    pub fn answer(&self, socket: &SocketId, args: RawArgs) {
        let mut state = self.lock();
        state.bytes += args.size();
        let too_much = state.bytes > MAX_ANSWER_BYTES;
        state.reply(socket, if too_much { Reply::Nothing } else { Reply::Args(args) });
        drop(state);
        self.0.changed.notify_waiters();
    }

    /// A socket has gone and will not answer.
    pub fn gone(&self, socket: &SocketId) {
        self.lock().reply(socket, Reply::Nothing);
        self.0.changed.notify_waiters();
    }

    /// Waits until each socket that is known to have been asked has answered or gone.
    pub async fn complete(&self) {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            // From here on nothing is missed.
            changed.as_mut().enable();
            if self.lock().waiting == 0 {
                return;
            }
            changed.await;
        }
    }

    /// What was answered, and who has not.
    pub(crate) fn take(&self) -> (Vec<(SocketId, RawArgs)>, Vec<SocketId>) {
        let (mut answers, mut missing) = (Vec::new(), Vec::new());
        for (socket, reply) in std::mem::take(&mut *self.lock()).asked {
            match reply {
                Some(Reply::Args(args)) => answers.push((socket, args)),
                Some(Reply::Nothing) | None => missing.push(socket),
            }
        }
        (answers, missing)
    }
}

impl State {
    fn reply(&mut self, socket: &SocketId, reply: Reply) {
        match self.places.get(socket) {
            None => drop(self.early.entry(socket.clone()).or_insert(reply)),
            Some(&place) if self.asked[place].1.is_none() => {
                self.asked[place].1 = Some(reply);
                self.waiting -= 1;
            }
            Some(_) => {}
        }
    }
}

impl fmt::Debug for Answers {
    /// Without what was answered, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        let mut answers = f.debug_struct("Answers");
        answers.field("asked", &state.asked.len()).field("waiting", &state.waiting).finish()
    }
}

/// The broadcasts of one namespace that wait for answers.
#[derive(Default)]
pub(crate) struct OpenAnswers {
    pub(crate) ids: AckIds,
    open: Mutex<HashMap<u64, Answers>>,
}

/// Answers are accepted until this is dropped.
pub(crate) struct Open {
    all: Arc<OpenAnswers>,
    id: u64,
}

impl OpenAnswers {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Answers>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a broadcast the number of its ack.
    pub(crate) fn open(self: &Arc<Self>, answers: Answers) -> Open {
        let id = self.ids.next();
        self.lock().insert(id, answers);
        Open { all: self.clone(), id }
    }

    /// A socket has answered something; perhaps one of these.
    pub(crate) fn answer(&self, id: u64, socket: &SocketId, args: RawArgs) {
        let answers = self.lock().get(&id).cloned();
        if let Some(answers) = answers {
            answers.answer(socket, args);
        }
    }

    /// A socket has ended.
    pub(crate) fn gone(&self, socket: &SocketId) {
        let open = self.lock().values().cloned().collect::<Vec<_>>();
        for answers in open {
            answers.gone(socket);
        }
    }
}

impl Open {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.all.lock().remove(&self.id);
    }
}
