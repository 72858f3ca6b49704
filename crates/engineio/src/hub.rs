//! The way out: shards, the one order of broadcasts, and the budget of those who emit.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::observer::{Observed, Observer};
use crate::session::{Session, SessionId, SessionKey};
use crate::shard::{Op, Shard, ShardQueue};
use crate::transport::Transport;
use crate::{
    Broadcast, Config, Member, Position, RequestRefusal, RoomChange, RoomName, Selection,
    TransportKind,
};

/// What an operation takes of the budget beside its bytes. It bounds their number.
const OPERATION_BYTES: usize = 512;

/// How long sessions that had to be cut off at shutdown may take to notice it.
const ABORT_GRACE: Duration = Duration::from_secs(1);

/// Carries everything that goes out. Cheap to clone; all clones are one hub.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    shards: Box<[Arc<ShardQueue>]>,
    next_shard: AtomicUsize,
    /// Held while an operation is pushed to all shards, so that all see them in one order.
    order: Mutex<()>,
    budget: Arc<Semaphore>,
    budget_bytes: usize,
    sessions: Mutex<HashMap<SessionId, Session>>,
    tasks: TaskTracker,
    /// Cancelled when shutdown can wait no longer.
    cut_off: CancellationToken,
    closing: AtomicBool,
    observed: Observed,
}

/// A share of the hub's budget, which everything that is sent needs. It is given back when the
/// shards have carried the operation out.
#[derive(Debug)]
#[must_use = "a share is there to be spent on one operation"]
pub struct Share {
    permit: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Splits half of it off, for something that carries the same further: each half is given back
    /// by itself.
    pub fn halve(&mut self) -> Self {
        let half = |permit: &mut OwnedSemaphorePermit| permit.split(permit.num_permits() / 2);
        Self { permit: self.permit.as_mut().and_then(half) }
    }
}

/// A broadcast on its way to all shards. The share is given back when the last of them has
/// dropped it.
#[derive(Debug)]
pub(crate) struct Announced {
    pub(crate) broadcast: Broadcast,
    /// Where each shard says whom it has sent the packet to.
    pub(crate) recipients: Option<mpsc::Sender<Vec<Member>>>,
    _share: Share,
}

/// The sessions that a broadcast was sent to, as the shards get to it.
#[derive(Debug)]
pub struct Recipients(mpsc::Receiver<Vec<Member>>);

impl Recipients {
    /// The members that the broadcast was sent to in the next shard; `None` after the last one.
    pub async fn next(&mut self) -> Option<Vec<Member>> {
        self.0.recv().await
    }
}

/// What is asked of all shards, and where each of them answers.
#[derive(Debug)]
pub(crate) enum Inquiry {
    Count(mpsc::Sender<usize>),
    Find(mpsc::Sender<Vec<Found>>),
}

/// One session in a scope.
#[derive(Debug, Clone)]
pub struct Found {
    /// What was put into the scope for it.
    pub member: Member,
    /// The rooms that it is in.
    pub rooms: Vec<RoomName>,
}

impl Hub {
    /// Starts the shards on the current tokio runtime.
    ///
    /// # Panics
    /// Outside a tokio runtime, or with more than 65,535 shards.
    pub fn start(config: Config) -> Self {
        Self::start_with(config, Observed::default())
    }

    /// The same, with somebody who sees what happens.
    ///
    /// # Panics
    /// Like [`start`](Self::start).
    pub fn start_observed(config: Config, observer: impl Observer) -> Self {
        Self::start_with(config, Observed::by(observer))
    }

    fn start_with(config: Config, observed: Observed) -> Self {
        let shards = config.shards.max(1);
        let shard_count = u16::try_from(shards).expect("at most 65,535 shards");
        let max = usize::try_from(u32::MAX).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let budget_bytes = config.queue_bytes.clamp(OPERATION_BYTES, max);
        let hub = Self(Arc::new(Inner {
            shards: (0..shards).map(|_| Arc::default()).collect(),
            next_shard: AtomicUsize::new(0),
            order: Mutex::new(()),
            budget: Arc::new(Semaphore::new(budget_bytes)),
            budget_bytes,
            sessions: Mutex::default(),
            tasks: TaskTracker::new(),
            cut_off: CancellationToken::new(),
            closing: AtomicBool::new(false),
            observed,
            config,
        }));
        for index in 0..shard_count {
            hub.0.tasks.spawn(Shard::new(hub.clone(), index).run());
        }
        hub
    }

    /// The settings that it was started with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Waits until there is room in the queues for an operation that carries `bytes`. One that is
    /// larger than all the room there is takes all of it.
    pub async fn reserve(&self, bytes: usize) -> Share {
        let permit = self.0.budget.clone().acquire_many_owned(self.cost(bytes)).await;
        // The budget is never closed, so there always is a permit.
        Share { permit: permit.ok() }
    }

    /// The same without waiting; `None` if there is no room.
    pub fn try_reserve(&self, bytes: usize) -> Option<Share> {
        let permit = self.0.budget.clone().try_acquire_many_owned(self.cost(bytes)).ok()?;
        Some(Share { permit: Some(permit) })
    }

    fn cost(&self, bytes: usize) -> u32 {
        let cost = bytes.saturating_add(OPERATION_BYTES).min(self.0.budget_bytes);
        u32::try_from(cost).unwrap_or(u32::MAX)
    }

    /// Sends one packet to many sessions. Never waits. Of two broadcasts, all sessions that get
    /// both get the same one first.
    pub fn broadcast(&self, share: Share, broadcast: Broadcast) {
        let operation = Arc::new(Announced { broadcast, recipients: None, _share: share });
        self.push_in_order(|| Op::Broadcast(operation.clone()));
    }

    /// The same, and tells whom the packet was sent to.
    pub fn broadcast_reporting(&self, share: Share, broadcast: Broadcast) -> Recipients {
        let (sender, receiver) = mpsc::channel(self.0.shards.len());
        let recipients = Some(sender);
        let operation = Arc::new(Announced { broadcast, recipients, _share: share });
        self.push_in_order(|| Op::Broadcast(operation.clone()));
        Recipients(receiver)
    }

    /// Has sessions join or leave rooms. Never waits; keeps its place among broadcasts, which has a
    /// number if it is counted.
    pub fn change_rooms(
        &self,
        share: Share,
        selection: Selection,
        change: RoomChange,
        position: Option<Position>,
    ) {
        let operation = Arc::new((selection, change, position, share));
        self.push_in_order(|| Op::Change(operation.clone()));
    }

    /// The number of sessions in a selection, after everything that was pushed before. While the
    /// queue is full it waits.
    pub async fn count(&self, selection: Selection) -> usize {
        let (sender, mut answers) = mpsc::channel(self.0.shards.len());
        self.inquire(selection, Inquiry::Count(sender)).await;
        let mut count = 0;
        while let Some(in_shard) = answers.recv().await {
            count += in_shard;
        }
        count
    }

    /// The sessions in a selection and the rooms that they are in, after everything that was pushed
    /// before. While the queue is full it waits.
    pub async fn find(&self, selection: Selection) -> Vec<Found> {
        let (sender, mut answers) = mpsc::channel(self.0.shards.len());
        self.inquire(selection, Inquiry::Find(sender)).await;
        let mut found = Vec::new();
        while let Some(in_shard) = answers.recv().await {
            found.extend(in_shard);
        }
        found
    }

    async fn inquire(&self, selection: Selection, inquiry: Inquiry) {
        let share = self.reserve(0).await;
        let operation = Arc::new((selection, inquiry, share));
        self.push_in_order(|| Op::Inquire(operation.clone()));
    }

    /// Pushes to all shards so that all see operations in one order.
    fn push_in_order(&self, op: impl Fn() -> Op) {
        let order = self.0.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.push_to_all(op);
        drop(order);
    }

    /// The number of sessions, those included that are about to end.
    pub fn session_count(&self) -> usize {
        self.sessions().len()
    }

    /// Whether new sessions are refused because the hub is shutting down.
    pub fn is_closing(&self) -> bool {
        self.0.closing.load(Ordering::Acquire)
    }

    /// The bytes of [`Config::queue_bytes`] that are taken by what was reserved and not yet carried
    /// out. When they are all taken, those who emit wait.
    pub fn queued_bytes(&self) -> usize {
        self.0.budget_bytes - self.0.budget.available_permits()
    }

    /// Whether a session could be opened now.
    pub(crate) fn has_room(&self) -> Result<(), RequestRefusal> {
        self.room_beside(self.session_count())
    }

    fn room_beside(&self, sessions: usize) -> Result<(), RequestRefusal> {
        if self.is_closing() {
            return Err(RequestRefusal::ShuttingDown);
        }
        if sessions >= self.0.config.max_sessions {
            return Err(RequestRefusal::Full);
        }
        Ok(())
    }

    /// Refuses new sessions, ends all (WebSockets with code 1001, polls with a close packet), and
    /// waits for their tasks and the shards; what is left after `deadline` is cut off. Says
    /// whether everything ended by itself.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        // Under the lock, so that whatever is opened is in its shard's queue before the shutdown.
        let sessions = self.sessions();
        self.0.closing.store(true, Ordering::Release);
        drop(sessions);
        self.0.tasks.close();
        self.push_to_all(|| Op::Shutdown);
        if tokio::time::timeout(deadline, self.0.tasks.wait()).await.is_ok() {
            return true;
        }
        self.0.cut_off.cancel();
        self.push_to_all(|| Op::Abort);
        if tokio::time::timeout(ABORT_GRACE, self.0.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.0.tasks.len(), "tasks did not end at shutdown");
        }
        false
    }

    fn push_to_all(&self, op: impl Fn() -> Op) {
        for shard in &self.0.shards {
            shard.push(op());
        }
    }

    /// Opens a session, or refuses: the hub is closing, or full.
    pub(crate) fn open(
        &self,
        transport: Option<Arc<Transport>>,
    ) -> Result<Session, RequestRefusal> {
        let shards = self.0.shards.len();
        let shard = self.0.next_shard.fetch_add(1, Ordering::Relaxed) % shards;
        let shard = u16::try_from(shard).expect("at most 65,535 shards");
        let mut sessions = self.sessions();
        self.room_beside(sessions.len())?;
        let queue = self.shard(shard);
        let (slot, generation) = queue.allocate();
        let kind = match transport {
            Some(_) => TransportKind::WebSocket,
            None => TransportKind::Polling,
        };
        let session = Session::new(self.clone(), SessionKey { shard, slot, generation }, kind);
        sessions.insert(session.id().clone(), session.clone());
        queue.push(Op::Open { session: session.clone(), transport });
        Ok(session)
    }

    pub(crate) fn session(&self, id: &SessionId) -> Option<Session> {
        self.sessions().get(id).cloned()
    }

    pub(crate) fn forget(&self, session: &Session) {
        self.sessions().remove(session.id());
    }

    pub(crate) fn shard(&self, index: u16) -> &Arc<ShardQueue> {
        &self.0.shards[usize::from(index)]
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    pub(crate) fn observed(&self) -> &Observed {
        &self.0.observed
    }

    pub(crate) fn cut_off(&self) -> &CancellationToken {
        &self.0.cut_off
    }

    fn sessions(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, Session>> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
