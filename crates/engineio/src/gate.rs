//! Who may open a session: the application is asked before anything of it exists.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use http::request::Parts;
use tokio::sync::Semaphore;

use crate::{Config, RequestRefusal};

/// A handshake is refused with 403, and the client is told `{"code":4,"message":"Forbidden"}`, or
/// another message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden(Cow<'static, str>);

impl Forbidden {
    /// With a message of the application's own, which stock clients show nobody.
    pub fn with_message(message: impl Into<Cow<'static, str>>) -> Self {
        Self(message.into())
    }
}

impl Default for Forbidden {
    fn default() -> Self {
        Self::with_message("Forbidden")
    }
}

type Decision = Pin<Box<dyn Future<Output = Result<(), Forbidden>> + Send>>;

/// Asks the application, so many at a time and for so long.
pub(crate) struct Gate {
    ask: Box<dyn Fn(Parts) -> Decision + Send + Sync>,
    places: Semaphore,
    timeout: Duration,
}

impl Gate {
    pub(crate) fn new<F, D>(config: &Config, ask: F) -> Self
    where
        F: Fn(Parts) -> D + Send + Sync + 'static,
        D: Future<Output = Result<(), Forbidden>> + Send + 'static,
    {
        Self {
            ask: Box::new(move |parts| Box::pin(ask(parts))),
            places: Semaphore::new(config.max_undecided.min(Semaphore::MAX_PERMITS)),
            timeout: config.allow_request_timeout,
        }
    }

    pub(crate) async fn admit(&self, parts: Parts) -> Result<(), RequestRefusal> {
        let place = self.places.try_acquire().map_err(|_| RequestRefusal::TooManyUndecided)?;
        let decided = tokio::time::timeout(self.timeout, (self.ask)(parts)).await;
        drop(place);
        match decided {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Forbidden(message))) => Err(RequestRefusal::Forbidden(message)),
            Err(_elapsed) => Err(RequestRefusal::Undecided),
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
