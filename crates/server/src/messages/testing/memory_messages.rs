//! Messages in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::database::StorageError;
use crate::messages::*;
use crate::rooms::Channel;
use crate::users::UserId;

/// Messages in memory, in a database that has its moods.
#[derive(Debug)]
pub(crate) struct MemoryMessages {
    stored: Mutex<Vec<(NewMessage, u64)>>,
    mood: Mutex<Mood>,
    /// How many calls of `append` have ended.
    pub(crate) appended: Semaphore,
    /// Where calls of `append` begin.
    pub(crate) gate: Semaphore,
}

/// What a database does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Works,
    /// It fails, and does nothing.
    Away,
    /// It stores, and fails.
    Mute,
}

impl MemoryMessages {
    pub(crate) fn new(mood: Mood) -> Arc<Self> {
        Arc::new(Self {
            stored: Mutex::default(),
            mood: Mutex::new(mood),
            appended: Semaphore::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// The texts that are stored, in order.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.stored.lock().unwrap().iter().map(|(message, _)| message.text.clone()).collect()
    }

    fn is_there(&self) -> Result<(), StorageError> {
        match *self.mood.lock().unwrap() {
            Mood::Works => Ok(()),
            Mood::Away | Mood::Mute => Err(StorageError::new("away")),
        }
    }

    fn store(&self, message: &NewMessage) -> Appended {
        let mut stored = self.stored.lock().unwrap();
        let is_same = |(other, _): &&(NewMessage, u64)| {
            message.client_msg_id.is_some()
                && (message.user, &message.client_msg_id) == (other.user, &other.client_msg_id)
        };
        if let Some((other, seq)) = stored.iter().find(is_same) {
            return Appended::Before(Original {
                id: other.id,
                channel: other.channel.clone(),
                seq: *seq,
                sent_at_millis: other.sent_at_millis,
            });
        }
        let there = stored.iter().filter(|(other, _)| other.channel == message.channel).count();
        let seq = there as u64 + 1;
        stored.push((message.clone(), seq));
        Appended::Now { seq }
    }
}

#[async_trait]
impl MessageRepository for MemoryMessages {
    async fn append(&self, messages: &[NewMessage]) -> Result<Vec<Appended>, StorageError> {
        self.gate.acquire().await.unwrap().forget();
        let is_away = *self.mood.lock().unwrap() == Mood::Away;
        let appended =
            if is_away { Vec::new() } else { messages.iter().map(|m| self.store(m)).collect() };
        self.appended.add_permits(1);
        self.is_there().map(|()| appended)
    }

    async fn find(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, u64)>, StorageError> {
        self.is_there()?;
        let stored = self.stored.lock().unwrap();
        let found = stored.iter().filter(|(message, _)| ids.contains(&message.id));
        Ok(found.map(|(message, seq)| (message.id, *seq)).collect())
    }

    async fn last_seqs(&self, _: &[Channel]) -> Result<HashMap<Channel, u64>, StorageError> {
        Err(StorageError::new("not here"))
    }

    async fn page(&self, _: &Channel, _: Page) -> Result<Vec<Message>, StorageError> {
        Err(StorageError::new("not here"))
    }

    async fn channels(&self, _: &str, _: u32) -> Result<Vec<Channel>, StorageError> {
        Ok(Vec::new())
    }

    async fn directs(&self, _: UserId, _: u32) -> Result<Vec<Direct>, StorageError> {
        Ok(Vec::new())
    }

    async fn prune(&self, _: &Channel, _: Keep, _: u32) -> Result<u32, StorageError> {
        Ok(0)
    }
}
