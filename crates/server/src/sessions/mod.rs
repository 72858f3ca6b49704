//! Who holds a live connection: the register of connections, what the policy allows, and the end of
//! those that may not go on.
//!
//! A connection is registered and removed on its session's own task, right before its CONNECT reply
//! and right after its end. Whoever wants to know of it is an [`Audience`].

mod audience;
mod changes;
mod client;
mod device;
mod ending;
mod expiry;
#[cfg(test)]
mod model;
mod recheck;
mod refresh;
mod registry;
mod routes;
mod schedule;
mod strikes;
mod survey;
#[cfg(test)]
pub(crate) mod testing;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use socketio::{DisconnectReason, Socket};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use audience::Audience;
use changes::Changes;
pub(crate) use client::Client;
pub(crate) use device::Device;
use ending::end;
pub(crate) use ending::{Ending, SessionReplaced};
pub(crate) use expiry::AuthExpiring;
pub(crate) use refresh::AuthRefresh;
use registry::Registry;
pub(crate) use registry::{Full, Owner, Registration};
pub(crate) use routes::routes;
use schedule::Schedule;

use crate::auth::Authenticator;
use crate::clock::Sources;
use crate::config::Config;
use crate::users::UserId;

/// How long a client that is in the way of another has to show that it is still there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// The live connections of the gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sessions(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Mutex<Registry<Socket<Client>>>,
    audience: Arc<dyn Audience>,
    authenticator: Authenticator,
    sources: Sources,
    /// A token was added that may be the next to end.
    tokens_changed: Notify,
    changes: Changes,
}

impl Sessions {
    pub(crate) fn new(
        config: &Config,
        authenticator: Authenticator,
        sources: Sources,
        audience: Arc<dyn Audience>,
    ) -> Self {
        let schedule =
            Schedule::new(config.auth.expiry_notice.get(), config.auth.expiry_grace.get());
        Self(Arc::new(Inner {
            registry: Mutex::new(Registry::new(&config.sessions, schedule)),
            audience,
            authenticator,
            sources,
            tokens_changed: Notify::new(),
            changes: Changes::default(),
        }))
    }

    fn registry(&self) -> MutexGuard<'_, Registry<Socket<Client>>> {
        self.0.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_millis(&self) -> u64 {
        self.0.sources.now_millis()
    }

    /// Whether a user has a live connection.
    pub(crate) fn is_connected(&self, user: UserId) -> bool {
        self.registry().is_connected(user)
    }

    /// Makes room for a connection that is about to be let in. Where the policy refuses it for the
    /// sake of an older one, that one is asked for a sign of life first, and goes if it gives none:
    /// what is left of a client that has vanished locks nobody out.
    pub(crate) async fn make_room(&self, owner: Owner) -> Result<(), Full> {
        let in_the_way = self.registry().in_the_way(owner);
        for older in in_the_way {
            if older.probe(SIGN_OF_LIFE).await {
                return Err(Full);
            }
            self.remove(&older);
        }
        Ok(())
    }

    /// Registers a connection. Those that have to go for it end. One for which there is no room, as
    /// another was let in at the same time, ends itself.
    ///
    /// Whose user has changed since they were looked up gets nothing, not even its CONNECT reply: the
    /// transport is closed, upon which a stock client comes back and is looked up anew.
    pub(crate) fn join(&self, socket: &Socket<Client>) {
        let (client, now) = (socket.data(), self.now_millis());
        let mut registry = self.registry();
        if self.0.changes.concern(client.user_id(), client.changes()) {
            drop(registry);
            return socket.close_session();
        }
        let registered =
            registry.register(client.owner(), client.expires_at_secs(), now, socket.clone());
        let Ok((registration, replaced)) = registered else {
            drop(registry);
            return end(socket, Ending::Surplus);
        };
        client.set_registration(registration);
        for older in &replaced {
            self.0.audience.left(older);
        }
        self.0.audience.joined(socket);
        let connected = registry.len();
        drop(registry);
        self.0.tokens_changed.notify_one();
        tracing::info!(socket = %socket.id(), user = %client.user_id(), connected, "connected");
        for older in replaced {
            end(&older, Ending::Replaced { by: client.device() });
        }
    }

    /// Removes a connection that has ended, unless it was removed before.
    pub(crate) fn leave(&self, socket: &Socket<Client>, reason: DisconnectReason) {
        let (connected, user) = (self.remove(socket), socket.data().user_id());
        socket.data().free_place();
        tracing::info!(socket = %socket.id(), %user, %reason, connected, "disconnected");
    }

    /// Removes a connection and ends it for good.
    pub(crate) fn expel(&self, socket: &Socket<Client>, ending: Ending) {
        self.remove(socket);
        end(socket, ending);
    }

    /// Removes a connection if it is registered. Says how many are left.
    fn remove(&self, socket: &Socket<Client>) -> usize {
        let mut registry = self.registry();
        if socket.data().registration().is_some_and(|known| registry.remove(known)) {
            self.0.audience.left(socket);
        }
        registry.len()
    }

    /// Starts what goes on in the background, until `stop`.
    pub(crate) fn start(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        let (sessions, stop) = (self.clone(), stop.clone());
        tasks.spawn(async move {
            let watch = async { tokio::join!(sessions.watch_tokens(), sessions.watch_users()) };
            stop.run_until_cancelled(watch).await;
        });
    }
}
