//! The adapter of one node.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socketio::adapter::{
    Adapter, AdapterError, Answers, Broadcasting, Local, RoomChange, Selection, Share,
};
use socketio::{BoxFuture, RemoteSocket};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::exchange::{Exchange, Fault};
use super::wire::{self, Event, Found, Letter, Question, Reply, ReplyTo, Sockets, Step};

/// How long a node may be silent.
const SILENCE: Duration = Duration::from_secs(2);

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Node(Arc<Inner>);

struct Inner {
    exchange: Exchange,
    number: usize,
    local: Local,
    questions: AtomicU64,
    /// Where replies to open questions go.
    open: Mutex<HashMap<u64, mpsc::Sender<(usize, Reply)>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A question to all other nodes. Replies are taken until it is dropped.
struct Open {
    node: Node,
    number: u64,
    peers: Vec<usize>,
    replies: mpsc::Receiver<(usize, Reply)>,
}

impl Node {
    pub(super) fn join(exchange: Exchange, local: Local) -> Self {
        let (number, letters) = exchange.open();
        let (open, tasks) = (Mutex::default(), TaskTracker::new());
        let (questions, stop) = (AtomicU64::new(0), CancellationToken::new());
        let node = Self(Arc::new(Inner { exchange, number, local, questions, open, tasks, stop }));
        node.0.tasks.spawn(node.clone().receive(letters));
        node
    }

    fn is(&self, fault: Fault) -> bool {
        self.0.exchange.fault == Some(fault)
    }

    fn send_to_all(&self, letter: &Letter) {
        for peer in self.0.exchange.peers(self.0.number) {
            self.0.exchange.send(self.0.number, peer, letter);
        }
    }

    async fn receive(self, mut letters: mpsc::Receiver<Vec<u8>>) {
        let stop = self.0.stop.clone();
        while let Some(Some(letter)) = stop.run_until_cancelled(letters.recv()).await {
            self.carry_out(serde_json::from_slice(&letter).unwrap()).await;
        }
    }

    async fn carry_out(&self, letter: Letter) {
        let local = &self.0.local;
        match letter {
            Letter::Broadcast(event) => {
                let operation = event.operation(local);
                let share = local.reserve(operation.event.len()).await;
                local.broadcast(share, operation);
            }
            Letter::Answered(event, within, reply_to) => {
                let (operation, within) = (event.operation(local), Duration::from_millis(within));
                let share = local.reserve(operation.event.len()).await;
                let answers = Answers::relay();
                let all = local.broadcast_with_ack(share, operation, within, answers.clone());
                let node = self.clone();
                self.0.tasks.spawn(async move {
                    let relay =
                        relay(all, answers, |steps| node.reply(reply_to, Reply::Progress(steps)));
                    let _in_time = tokio::time::timeout(within, relay).await;
                    node.reply(reply_to, Reply::Done);
                });
            }
            Letter::Change { sockets, joins, rooms } => {
                let share = local.reserve(0).await;
                local.change_rooms(share, sockets.selection(), wire::change(joins, rooms));
            }
            Letter::Ask(question, sockets, reply_to) => {
                let reply = self.look(question, sockets.selection()).await;
                self.reply(reply_to, reply);
            }
            Letter::Reply(number, from, reply) => {
                let open = self.0.open.lock().unwrap().get(&number).cloned();
                if let Some(open) = open {
                    drop(open.try_send((from, reply)));
                }
            }
            Letter::Leave(node) => self.0.exchange.leave(node),
        }
    }

    /// Asks the sockets of this node.
    async fn look(&self, question: Question, sockets: Selection) -> Reply {
        let local = &self.0.local;
        match question {
            Question::Count => Reply::Count(local.count(sockets).await.unwrap()),
            Question::Fetch => {
                let found = local.fetch(sockets).await.unwrap();
                Reply::Found(found.iter().map(Found::of).collect())
            }
            Question::Disconnect { close } => {
                local.disconnect(sockets, close).await.unwrap();
                Reply::Done
            }
        }
    }

    fn reply(&self, to: ReplyTo, reply: Reply) {
        let letter = Letter::Reply(to.number, self.0.number, reply);
        self.0.exchange.send(self.0.number, to.node, &letter);
    }

    /// Asks all other nodes.
    fn open(&self, letter: impl FnOnce(ReplyTo) -> Letter) -> Open {
        let number = self.0.questions.fetch_add(1, Ordering::Relaxed);
        let (sender, replies) = mpsc::channel(64);
        self.0.open.lock().unwrap().insert(number, sender);
        let peers = self.0.exchange.peers(self.0.number);
        self.send_to_all(&letter(ReplyTo { node: self.0.number, number }));
        Open { node: self.clone(), number, peers, replies }
    }

    /// Asks all nodes, and hands over what the others reply.
    async fn ask(
        &self,
        question: Question,
        sockets: &Selection,
        mut reply: impl FnMut(Reply),
    ) -> Result<(), AdapterError> {
        let omitted = match question {
            Question::Count => Fault::CountsWithoutOthers,
            Question::Fetch => Fault::FindsOnlyItsOwn,
            Question::Disconnect { .. } => Fault::DisconnectsOnlyItsOwn,
        };
        if self.is(omitted) {
            return Ok(());
        }
        let mut open = self.open(|to| Letter::Ask(question, Sockets::of(sockets), to));
        while !open.peers.is_empty() {
            reply(open.reply_of_any(SILENCE).await?.1);
        }
        Ok(())
    }
}

impl Open {
    /// The next reply, after which its node is not waited for, unless it says how far it is.
    async fn reply_of_any(&mut self, within: Duration) -> Result<(usize, Reply), AdapterError> {
        let reply = tokio::time::timeout(within, self.replies.recv()).await;
        let Ok(Some((node, reply))) = reply else {
            return Err(AdapterError(format!("{:?} are silent", self.peers).into()));
        };
        if !matches!(reply, Reply::Progress(_)) {
            self.peers.retain(|peer| *peer != node);
        }
        Ok((node, reply))
    }

    /// Records answers until there can be no more. Each node must show that it is there.
    async fn gather(mut self, within: Duration, answers: &Answers) -> Result<(), AdapterError> {
        let mut silent = self.peers.clone();
        while !self.peers.is_empty() {
            let patience = if silent.is_empty() { within } else { SILENCE };
            let (node, reply) = self.reply_of_any(patience).await?;
            silent.retain(|peer| *peer != node);
            let Reply::Progress(steps) = reply else { continue };
            let kept = |step: &Step| match step {
                Step::Asked(_) => !self.node.is(Fault::ForgetsToSayWhoWasAsked),
                Step::Answered(..) => !self.node.is(Fault::LosesAnswers),
                Step::Gone(_) => true,
            };
            steps.into_iter().filter(kept).for_each(|step| step.record(answers));
        }
        Ok(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.node.0.open.lock().unwrap().remove(&self.number);
    }
}

/// Passes on what becomes known about answers.
async fn relay(
    mut all: BoxFuture<Result<(), AdapterError>>,
    answers: Answers,
    mut tell: impl FnMut(Vec<Step>),
) {
    loop {
        let is_all = tokio::select! {
            () = answers.progressed() => false,
            _result = &mut all => true,
        };
        let steps = answers.take_progress().into_iter().map(Step::of).collect::<Vec<_>>();
        if !steps.is_empty() {
            tell(steps);
        }
        if is_all {
            return;
        }
    }
}

impl Adapter for Node {
    fn broadcast(&self, share: Share, operation: Broadcasting) {
        let mut event = Event::of(&operation);
        if self.is(Fault::ForgetsWhomToExcept) {
            event.to.except_rooms.clear();
        }
        self.send_to_all(&Letter::Broadcast(event));
        self.0.local.broadcast(share, operation);
    }

    fn broadcast_with_ack(
        &self,
        share: Share,
        operation: Broadcasting,
        within: Duration,
        answers: Answers,
    ) -> BoxFuture<Result<(), AdapterError>> {
        let millis = u64::try_from(within.as_millis()).unwrap();
        let elsewhere = self.open(|to| Letter::Answered(Event::of(&operation), millis, to));
        let own = Answers::relay();
        let here = self.0.local.broadcast_with_ack(share, operation, within, own.clone());
        let recorded = answers.clone();
        let here = relay(here, own, move |steps| {
            for step in steps {
                step.record(&recorded);
            }
        });
        Box::pin(async move {
            let elsewhere = elsewhere.gather(within, &answers);
            let ((), result) = futures_util::future::join(here, elsewhere).await;
            result
        })
    }

    fn change_rooms(&self, share: Share, sockets: Selection, change: RoomChange) {
        self.send_to_all(&Letter::change(&sockets, &change));
        self.0.local.change_rooms(share, sockets, change);
    }

    fn disconnect(&self, sockets: Selection, close: bool) -> BoxFuture<Result<(), AdapterError>> {
        let node = self.clone();
        Box::pin(async move {
            let elsewhere = node.ask(Question::Disconnect { close }, &sockets, |_done| {});
            let here = node.0.local.disconnect(sockets.clone(), close);
            let (elsewhere, here) = futures_util::future::join(elsewhere, here).await;
            elsewhere.and(here)
        })
    }

    fn fetch(&self, sockets: Selection) -> BoxFuture<Result<Vec<RemoteSocket>, AdapterError>> {
        let node = self.clone();
        Box::pin(async move {
            let mut found = Vec::new();
            let others = node.ask(Question::Fetch, &sockets, |reply| {
                let Reply::Found(more) = reply else { unreachable!("{reply:?}") };
                found.extend(more.into_iter().map(Found::socket));
            });
            others.await?;
            found.extend(node.0.local.fetch(sockets).await?);
            Ok(found)
        })
    }

    fn count(&self, sockets: Selection) -> BoxFuture<Result<usize, AdapterError>> {
        let node = self.clone();
        Box::pin(async move {
            let mut count = 0;
            let others = node.ask(Question::Count, &sockets, |reply| {
                let Reply::Count(more) = reply else { unreachable!("{reply:?}") };
                count += more;
            });
            others.await?;
            Ok(count + node.0.local.count(sockets).await?)
        })
    }

    fn shutdown(&self) -> BoxFuture<()> {
        let node = self.clone();
        Box::pin(async move {
            node.send_to_all(&Letter::Leave(node.0.number));
            node.0.stop.cancel();
            node.0.tasks.close();
            node.0.tasks.wait().await;
        })
    }
}
