//! The application's code, kept from doing harm: its panics are caught, its waits have an end.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytestring::ByteString;
use tokio::task::coop::{Unconstrained, unconstrained};
use tokio::time::Sleep;

use crate::handler::BoxFuture;

/// Runs code that does not wait. `None`: it panicked, which was logged.
pub(crate) fn run<T>(what: &str, code: impl FnOnce() -> T) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(code));
    if result.is_err() {
        tracing::error!(what, "a function of the application panicked");
    }
    result.ok()
}

/// A handler that runs.
pub(crate) struct Running {
    handler: BoxFuture<()>,
    event: ByteString,
    timeout: Duration,
    /// Set when the handler first has to wait, which most never do. It is not subject to tokio's
    /// cooperative budget: a handler that uses all of it up has a deadline as well.
    deadline: Option<Pin<Box<Unconstrained<Sleep>>>>,
}

impl Running {
    /// A handler of `event` that may take as long as `timeout`.
    pub(crate) fn new(handler: BoxFuture<()>, event: ByteString, timeout: Duration) -> Self {
        Self { handler, event, timeout, deadline: None }
    }

    /// Drives it. `Ready`: it has ended, panicked, or taken too long; the latter two were logged.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let event = &*self.event;
        let handler = self.handler.as_mut();
        match catch_unwind(AssertUnwindSafe(|| handler.poll(cx))) {
            Ok(Poll::Ready(())) => return Poll::Ready(()),
            Ok(Poll::Pending) => {}
            Err(_) => {
                tracing::error!(event, "a handler panicked");
                return Poll::Ready(());
            }
        }
        let timeout = self.timeout;
        let sleep = || Box::pin(unconstrained(tokio::time::sleep(timeout)));
        ready!(self.deadline.get_or_insert_with(sleep).as_mut().poll(cx));
        tracing::error!(event, "a handler took too long and was dropped");
        Poll::Ready(())
    }
}
