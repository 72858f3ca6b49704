//! The writer: takes messages from handlers, stores many in one transaction, and only then answers
//! and announces them, in the order of their numbers.
//!
//! While one transaction is being committed, what comes waits for the next: the more there is to do,
//! the more is done at once, and a single message never waits for company. If the database fails,
//! nobody gets the messages of that transaction. Whether it was committed all the same is found out
//! before the next one, so that what is stored is announced, late but in order, and never left out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use socketio::NamespaceRef;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::message_from_server::{Announcement, announcement_bytes};
use super::said::{Published, Said};
use super::{Appended, MessageRepository, NewMessage};
use crate::clock::{Sources, rfc3339};
use crate::code::Code;
use crate::database::StorageError;
use crate::events::{Problem, Reply};
use crate::users::User;

/// The messages of one transaction at most.
const BATCH: usize = 512;

/// The messages that may wait for the writer, and the bytes of their texts.
const WAITING: usize = 4_096;
const WAITING_BYTES: usize = 8 << 20;

/// How long a handler waits for a place among them.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long what may be stored or not waits for another message, before it is found out without one.
const SETTLING: Duration = Duration::from_secs(1);

/// The way to the writer. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Letter>,
    bytes: Arc<Semaphore>,
}

/// A message on its way.
#[derive(Debug)]
struct Letter {
    said: Said,
    reply: Reply<Published>,
    _bytes: OwnedSemaphorePermit,
}

/// A message that is, or may be, stored.
struct Written {
    message: NewMessage,
    sender: Arc<User>,
    namespace: NamespaceRef,
    /// `None` if it was answered already that it is not.
    reply: Option<Reply<Published>>,
}

/// What goes on behind it.
#[derive(Debug)]
pub(super) struct WriterTask {
    queue: mpsc::Receiver<Letter>,
    repository: Arc<dyn MessageRepository>,
    sources: Sources,
}

impl Writer {
    /// A writer, and what has to [run](WriterTask::run) for it.
    pub(super) fn new(
        repository: Arc<dyn MessageRepository>,
        sources: Sources,
    ) -> (Self, WriterTask) {
        let (sender, queue) = mpsc::channel(WAITING);
        let writer = Self { queue: sender, bytes: Arc::new(Semaphore::new(WAITING_BYTES)) };
        (writer, WriterTask { queue, repository, sources })
    }

    /// Hands a message over, which is answered when it is stored. Waits for a place in the queue; if
    /// there is none for too long, or the server is shutting down, it says so.
    pub(super) async fn take(
        &self,
        said: Said,
        reply: Reply<Published>,
    ) -> Result<(), (Problem, Reply<Published>)> {
        let bytes = u32::try_from(said.text.len().min(WAITING_BYTES)).unwrap_or(u32::MAX);
        let place = timeout(PATIENCE, async {
            let bytes = Arc::clone(&self.bytes).acquire_many_owned(bytes).await.ok()?;
            Some((self.queue.reserve().await.ok()?, bytes))
        });
        match place.await {
            Ok(Some((place, bytes))) => {
                place.send(Letter { said, reply: reply.keep(), _bytes: bytes });
                Ok(())
            }
            Ok(None) | Err(_) => Err((unavailable(), reply)),
        }
    }
}

impl WriterTask {
    /// Writes, until `stop` and everything that waits is written.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let (mut letters, mut doubtful) = (Vec::new(), Vec::new());
        loop {
            let taken = tokio::select! {
                taken = self.queue.recv_many(&mut letters, BATCH) => taken,
                () = stop.cancelled(), if !self.queue.is_closed() => {
                    self.queue.close();
                    continue;
                }
                () = sleep(SETTLING), if !doubtful.is_empty() => {
                    doubtful = self.write(Vec::new(), doubtful).await;
                    continue;
                }
            };
            if taken == 0 {
                self.write(Vec::new(), doubtful).await;
                return;
            }
            let batch = letters.drain(..).map(|letter| letter.written(&self.sources)).collect();
            doubtful = self.write(batch, doubtful).await;
        }
    }

    /// Stores a batch, answers and announces it. Gives back what may be stored or not.
    async fn write(&self, batch: Vec<Written>, doubtful: Vec<Written>) -> Vec<Written> {
        let settled = match self.settle(&doubtful).await {
            Ok(settled) => settled,
            Err(error) => {
                tracing::warn!(%error, messages = batch.len(), "messages cannot be stored");
                fail(batch).await;
                return doubtful;
            }
        };
        announce_settled(doubtful, settled).await;
        if batch.is_empty() {
            return Vec::new();
        }
        let messages: Vec<_> = batch.iter().map(|written| written.message.clone()).collect();
        match self.repository.append(&messages).await {
            Ok(appended) => {
                for (written, appended) in batch.into_iter().zip(appended) {
                    written.conclude(appended).await;
                }
                Vec::new()
            }
            Err(error) => {
                tracing::warn!(%error, messages = batch.len(), "messages were not stored");
                fail(batch).await
            }
        }
    }

    /// The numbers of those messages that are stored after all.
    async fn settle(&self, doubtful: &[Written]) -> Result<HashMap<Uuid, u64>, StorageError> {
        if doubtful.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = doubtful.iter().map(|written| written.message.id).collect();
        Ok(self.repository.find(&ids).await?.into_iter().collect())
    }
}

/// Answers and announces what is stored although it did not seem so.
async fn announce_settled(doubtful: Vec<Written>, settled: HashMap<Uuid, u64>) {
    for written in doubtful {
        if let Some(seq) = settled.get(&written.message.id).copied() {
            written.conclude(Appended::Now { seq }).await;
        }
    }
}

/// Says of messages that they are not stored: by an answer if sending them again would say them
/// twice; else by none, upon which a stock client with `retries` sends them again.
async fn fail(batch: Vec<Written>) -> Vec<Written> {
    let mut doubtful = Vec::with_capacity(batch.len());
    for mut written in batch {
        if written.message.client_msg_id.is_none()
            && let Some(reply) = written.reply.take()
        {
            reply.send(Err(unavailable())).await;
        }
        doubtful.push(written);
    }
    doubtful
}

impl Letter {
    fn written(self, sources: &Sources) -> Written {
        let Said { channel, sender, text, client_msg_id } = self.said;
        Written {
            message: NewMessage {
                id: sources.timed_id(),
                channel,
                user: sender.id,
                text,
                sent_at_millis: sources.now_millis(),
                client_msg_id,
            },
            sender,
            namespace: self.reply.socket().namespace().clone(),
            reply: Some(self.reply),
        }
    }
}

impl Written {
    /// Answers, and announces what is new.
    async fn conclude(self, appended: Appended) {
        let Self { message, sender, namespace, reply } = self;
        let seq = match appended {
            Appended::Now { seq } => seq,
            Appended::Before(original) => {
                if let Some(reply) = reply {
                    reply.send(Ok(original.into())).await;
                }
                return;
            }
        };
        let NewMessage { id, channel, user, text, sent_at_millis, .. } = message;
        let sent_at = rfc3339(sent_at_millis);
        if let Some(reply) = reply {
            let (room, sent_at) = (channel.name().into_owned(), sent_at.clone());
            reply.send(Ok(Published { id, seq, room, sent_at, duplicate: None })).await;
        }
        let full_name = sender.full_name.as_str();
        let share = namespace.reserve(announcement_bytes(full_name, &text)).await;
        let announcement = Announcement {
            channel: &channel,
            id,
            seq,
            user,
            full_name,
            text: &text,
            sent_at: &sent_at,
        };
        announcement.tell(&namespace, share);
    }
}

fn unavailable() -> Problem {
    Problem::new(Code::Unavailable, "messages cannot be stored at the moment, try again")
}

#[cfg(test)]
mod tests;
