//! Who holds a live connection: the register of connections, what the policy allows, and the end of
//! those that may not go on.
//!
//! A connection is registered and removed on its session's own task, right before its CONNECT reply
//! and right after its end. Whoever wants to know of it is an [`Audience`].

mod audience;
mod client;
mod ending;
mod expiry;
mod registry;
mod strikes;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use socketio::{DisconnectReason, Socket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use audience::Audience;
pub(crate) use client::Client;
pub(crate) use ending::{Ending, end};
use expiry::Expiry;
pub(crate) use registry::Registration;
use registry::Registry;

use crate::clock::Sources;
use crate::config;
use crate::users::UserId;

/// The live connections of the gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sessions(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Mutex<Registry<Socket<Client>>>,
    audience: Arc<dyn Audience>,
    expiry: Expiry,
    /// How often users were deactivated.
    deactivations: AtomicU64,
}

impl Sessions {
    pub(crate) fn new(
        config: &config::Sessions,
        sources: &Sources,
        audience: Arc<dyn Audience>,
    ) -> Self {
        Self(Arc::new(Inner {
            registry: Mutex::new(Registry::new(config.policy)),
            audience,
            expiry: Expiry::new(sources.clone()),
            deactivations: AtomicU64::new(0),
        }))
    }

    fn registry(&self) -> MutexGuard<'_, Registry<Socket<Client>>> {
        self.0.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a connection. Under the policy `replace`, the user's older one ends.
    pub(crate) fn join(&self, socket: &Socket<Client>) {
        let client = socket.data();
        let mut registry = self.registry();
        let (registration, replaced) =
            registry.register(client.user().id, client.expires_at_secs(), socket.clone());
        client.set_registration(registration);
        for older in &replaced {
            self.0.audience.left(older);
        }
        self.0.audience.joined(socket);
        let connected = registry.len();
        drop(registry);
        self.0.expiry.added();
        let user = client.user().id;
        tracing::info!(socket = %socket.id(), %user, connected, "connected");
        for older in replaced {
            end(&older, Ending::Replaced);
        }
    }

    /// Removes a connection, unless it had to go for a newer one.
    pub(crate) fn leave(&self, socket: &Socket<Client>, reason: DisconnectReason) {
        let client = socket.data();
        let mut registry = self.registry();
        if client.registration().is_some_and(|known| registry.remove(known)) {
            self.0.audience.left(socket);
        }
        let connected = registry.len();
        drop(registry);
        client.free_place();
        let user = client.user().id;
        tracing::info!(socket = %socket.id(), %user, %reason, connected, "disconnected");
    }

    /// Ends the connections of a user who has been deactivated in the database. One that is being
    /// let in meanwhile finds that [`deactivations`](Self::deactivations) has changed.
    pub(crate) fn end_inactive(&self, user: UserId) {
        self.0.deactivations.fetch_add(1, Ordering::SeqCst);
        let sockets = self.registry().of_user(user);
        for socket in sockets {
            end(&socket, Ending::Inactive);
        }
    }

    /// How often users were deactivated. Who was found active before it changed may not be any more.
    pub(crate) fn deactivations(&self) -> u64 {
        self.0.deactivations.load(Ordering::SeqCst)
    }

    /// Starts what goes on in the background, until `stop`.
    pub(crate) fn start(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        let (sessions, stop) = (self.clone(), stop.clone());
        tasks.spawn(async move {
            let work = sessions
                .0
                .expiry
                .run(|| sessions.registry(), |socket| end(socket, Ending::Expired));
            stop.run_until_cancelled(work).await;
        });
    }
}
