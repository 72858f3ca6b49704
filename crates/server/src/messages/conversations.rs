//! What is said and what was said: whether it is stored, is decided here and nowhere else.

use std::collections::HashMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::retention::Retention;
use super::said::{Published, Said};
use super::unstored::Unstored;
use super::writer::{Writer, WriterTask};
use super::{Direct, MessageRepository};
use crate::clock::Sources;
use crate::database::StorageError;
use crate::events::{Problem, Reply};
use crate::rooms::{Access, Channel, Denied, Member, Members};
use crate::users::{User, UserId, UserRepository};

/// The people that are listed, with whom somebody has talked: the last ones.
const MOST_DIRECTS: u32 = 100;

/// Everything that is said. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Conversations(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    members: Members,
    repository: Arc<dyn MessageRepository>,
    users: Arc<dyn UserRepository>,
    unstored: Unstored,
    writer: Writer,
}

/// What goes on behind it.
#[derive(Debug)]
pub(crate) struct ConversationTasks {
    writer: WriterTask,
    retention: Retention,
}

impl Conversations {
    /// What is said, and the tasks that have to [start](ConversationTasks::start) for it.
    pub(crate) fn new(
        members: Members,
        repository: Arc<dyn MessageRepository>,
        users: Arc<dyn UserRepository>,
        sources: &Sources,
    ) -> (Self, ConversationTasks) {
        let (writer, task) = Writer::new(Arc::clone(&repository), sources.clone());
        let retention = Retention::new(members.clone(), Arc::clone(&repository), sources.clone());
        let unstored = Unstored::new(sources.clone());
        let conversations = Self(Arc::new(Inner { members, repository, users, unstored, writer }));
        (conversations, ConversationTasks { writer: task, retention })
    }

    /// Who may do what where.
    pub(crate) fn members(&self) -> &Members {
        &self.0.members
    }

    /// What is stored.
    pub(super) fn repository(&self) -> &dyn MessageRepository {
        &*self.0.repository
    }

    /// Who there is.
    pub(super) fn users(&self) -> &dyn UserRepository {
        &*self.0.users
    }

    /// These users as others see them; those whom there are.
    pub(crate) async fn people(
        &self,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<Vec<Member>, StorageError> {
        let mut people = Vec::new();
        for id in users {
            let found = self.0.users.find(id).await?;
            people.extend(found.map(|user| Member { user: user.id, full_name: user.full_name }));
        }
        Ok(people)
    }

    /// Whether what is said there is stored.
    pub(super) fn stores(&self, channel: &Channel) -> bool {
        self.0.members.rule(channel).is_ok_and(|rule| rule.store)
    }

    /// Whether a user may do this in a channel.
    pub(super) async fn check(
        &self,
        user: &User,
        channel: &Channel,
        access: Access,
    ) -> Result<(), Denied> {
        self.0.members.check(user, channel, access).await
    }

    /// Says something, and answers when it is stored, if it has to be: then this ends when the writer
    /// has taken it.
    pub(super) async fn publish(
        &self,
        said: Said,
        reply: Reply<Published>,
    ) -> Result<(), (Problem, Reply<Published>)> {
        if let Err(denied) = self.check(&said.sender, &said.channel, Access::Post).await {
            return Err((denied.into(), reply));
        }
        if self.stores(&said.channel) {
            return self.0.writer.take(said, reply).await;
        }
        let published = self.0.unstored.publish(reply.socket().namespace(), &said).await;
        reply.send(Ok(published)).await;
        Ok(())
    }

    /// The people with whom a user has talked, and what was stored of it.
    pub(crate) async fn directs(&self, user: UserId) -> Result<Vec<Direct>, StorageError> {
        self.0.repository.directs(user, MOST_DIRECTS).await
    }

    /// The last numbers in channels, in their order; 0 where nothing was said.
    pub(crate) async fn last_seqs(&self, channels: &[Channel]) -> Result<Vec<u64>, StorageError> {
        let stored = channels.iter().filter(|channel| self.stores(channel)).cloned();
        let stored: Vec<_> = stored.collect();
        let known = match &stored[..] {
            [] => HashMap::new(),
            stored => self.0.repository.last_seqs(stored).await?,
        };
        let last_seq = |channel: &Channel| match known.get(channel) {
            Some(seq) => *seq,
            // Of a stored one there is none here either.
            None => self.0.unstored.last_seq(channel),
        };
        Ok(channels.iter().map(last_seq).collect())
    }

    /// The last number in a channel, 0 if nothing was said there.
    pub(crate) async fn last_seq(&self, channel: &Channel) -> Result<u64, StorageError> {
        Ok(self.last_seqs(std::slice::from_ref(channel)).await?[0])
    }
}

impl ConversationTasks {
    /// Starts what goes on in the background: removing what is too old, until `stop`; and writing,
    /// until `written` and everything that was taken is written.
    pub(crate) fn start(
        self,
        tasks: &TaskTracker,
        stop: &CancellationToken,
        written: &CancellationToken,
    ) {
        let (stop, written) = (stop.clone(), written.clone());
        tasks.spawn(self.writer.run(written));
        tasks.spawn(async move {
            stop.run_until_cancelled(self.retention.run()).await;
        });
    }
}
