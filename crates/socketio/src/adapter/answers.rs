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
///
/// Made by [`relay`](Self::relay), it keeps nothing and passes on what becomes known: so the node
/// of a socket gathers for the node that asked. Whoever learns of it from elsewhere
/// [records](Self::record) it.
#[derive(Clone, Default)]
pub struct Answers(Arc<Gathering>);

/// What becomes known about the answers to a broadcast. Plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The event was sent to this socket.
    Asked(SocketId),
    /// It has answered.
    Answered(SocketId, RawArgs),
    /// It has gone, or what it said was too much: it will not answer.
    Gone(SocketId),
}

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
    /// What is to be passed on, if that is what it is for.
    relayed: Option<Vec<Progress>>,
}

enum Reply {
    Args(RawArgs),
    /// It has gone, or what it said was too much, or was passed on.
    Nothing,
}

impl Answers {
    /// One that keeps nothing: what becomes known is there to be
    /// [taken](Self::take_progress) and passed on.
    pub fn relay() -> Self {
        let state = State { relayed: Some(Vec::new()), ..State::default() };
        Self(Arc::new(Gathering { state: Mutex::new(state), changed: Notify::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what became known. An answer may come before it is known that its socket was
    /// asked.
    pub fn record(&self, progress: Progress) {
        match progress {
            Progress::Asked(socket) => self.expect([socket]),
            Progress::Answered(socket, args) => self.answer(&socket, args),
            Progress::Gone(socket) => self.gone(&socket),
        }
    }

    /// The event was sent to these sockets.
    pub(crate) fn expect(&self, sockets: impl IntoIterator<Item = SocketId>) {
        let mut state = self.lock();
        for socket in sockets {
            state.expect(&socket);
        }
        drop(state);
        self.0.changed.notify_waiters();
    }

    /// A socket has answered.
    pub(crate) fn answer(&self, socket: &SocketId, args: RawArgs) {
        let mut state = self.lock();
        state.bytes += args.size();
        let too_much = state.bytes > MAX_ANSWER_BYTES;
        state.reply(socket, if too_much { Reply::Nothing } else { Reply::Args(args) });
        drop(state);
        self.0.changed.notify_waiters();
    }

    /// A socket has gone and will not answer.
    pub(crate) fn gone(&self, socket: &SocketId) {
        self.lock().reply(socket, Reply::Nothing);
        self.0.changed.notify_waiters();
    }

    /// Waits until each socket that is known to have been asked has answered or gone.
    pub async fn complete(&self) {
        self.until(|state| state.waiting == 0).await;
    }

    /// Waits until there is progress to take; for ever, if this is no [relay](Self::relay).
    pub async fn progressed(&self) {
        self.until(|state| state.relayed.as_ref().is_some_and(|relayed| !relayed.is_empty())).await;
    }

    /// What has become known since the last call, in order; nothing, if this is no
    /// [relay](Self::relay).
    pub fn take_progress(&self) -> Vec<Progress> {
        self.lock().relayed.as_mut().map(std::mem::take).unwrap_or_default()
    }

    async fn until(&self, condition: impl Fn(&State) -> bool) {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            // From here on nothing is missed.
            changed.as_mut().enable();
            if condition(&self.lock()) {
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
    fn expect(&mut self, socket: &SocketId) {
        if self.places.contains_key(socket) {
            return;
        }
        if let Some(relayed) = &mut self.relayed {
            relayed.push(Progress::Asked(socket.clone()));
        }
        let early = self.early.remove(socket);
        self.waiting += 1;
        self.places.insert(socket.clone(), self.asked.len());
        self.asked.push((socket.clone(), None));
        if let Some(reply) = early {
            self.reply(socket, reply);
        }
    }

    fn reply(&mut self, socket: &SocketId, reply: Reply) {
        let Some(&place) = self.places.get(socket) else {
            self.early.entry(socket.clone()).or_insert(reply);
            return;
        };
        let (_, answered) = &mut self.asked[place];
        if answered.is_some() {
            return;
        }
        self.waiting -= 1;
        *answered = Some(match &mut self.relayed {
            None => reply,
            Some(relayed) => {
                relayed.push(match reply {
                    Reply::Args(args) => Progress::Answered(socket.clone(), args),
                    Reply::Nothing => Progress::Gone(socket.clone()),
                });
                Reply::Nothing
            }
        });
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
