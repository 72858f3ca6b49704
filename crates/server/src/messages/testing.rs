//! Messages for tests of other modules.

use async_trait::async_trait;
use uuid::Uuid;

use super::*;
use crate::database::StorageError;
use crate::rooms::Channel;

/// Messages in a database that is away.
#[derive(Debug)]
pub(crate) struct NoMessages;

fn away<T>() -> Result<T, StorageError> {
    Err(StorageError::new("away"))
}

#[async_trait]
impl MessageRepository for NoMessages {
    async fn append(&self, _: &[NewMessage]) -> Result<Vec<Appended>, StorageError> {
        away()
    }

    async fn find(&self, _: &[Uuid]) -> Result<Vec<(Uuid, u64)>, StorageError> {
        away()
    }

    async fn last_seq(&self, _: &Channel) -> Result<u64, StorageError> {
        away()
    }

    async fn page(&self, _: &Channel, _: Page) -> Result<Vec<Message>, StorageError> {
        away()
    }

    async fn channels(&self, _: &str, _: u32) -> Result<Vec<Channel>, StorageError> {
        away()
    }

    async fn prune(&self, _: &Channel, _: Keep, _: u32) -> Result<u32, StorageError> {
        away()
    }
}
