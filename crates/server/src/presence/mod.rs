//! Who is connected: the register of sockets, the list of them that clients get, and the end of
//! those whose token expires.

mod client;
mod expiry;
mod lists;
mod pace;
mod registry;
mod routes;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use socketio::{DisconnectReason, NamespaceRef, Socket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use client::Client;
use expiry::Expiry;
pub(crate) use lists::ClientsUpdated;
use lists::Lists;
use registry::Registry;
pub(crate) use routes::routes;

use crate::clock::Sources;
use crate::code::Code;
use crate::config::Config;
use crate::events::{EXCEPTION, Exception, Problem};
use crate::users::UserId;

/// The sockets of the gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Presence(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Mutex<Registry<Socket<Client>>>,
    lists: Lists,
    expiry: Expiry,
    /// How often users were deactivated.
    deactivations: AtomicU64,
}

impl Presence {
    pub(crate) fn new(config: &Config, sources: &Sources) -> Self {
        Self(Arc::new(Inner {
            registry: Mutex::new(Registry::new(config.sessions.policy)),
            lists: Lists::new(&config.presence),
            expiry: Expiry::new(sources.clone()),
            deactivations: AtomicU64::new(0),
        }))
    }

    fn registry(&self) -> MutexGuard<'_, Registry<Socket<Client>>> {
        self.0.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a socket. Under the policy `replace`, the user's older socket ends.
    pub(crate) fn join(&self, socket: &Socket<Client>) {
        let client = socket.data();
        let mut registry = self.registry();
        let (registration, replaced) =
            registry.register(client.user().id, client.expires_at_secs(), socket.clone());
        let connected = registry.len();
        client.set_registration(registration);
        drop(registry);
        self.0.expiry.added();
        let user = client.user().id;
        tracing::info!(socket = %socket.id(), %user, connected, "connected");
        for older in replaced {
            end(&older, Code::SessionReplaced, "you have signed in elsewhere");
        }
    }

    /// Removes a socket, unless it had to go for a newer one.
    pub(crate) fn leave(&self, socket: &Socket<Client>, reason: DisconnectReason) {
        let client = socket.data();
        let mut registry = self.registry();
        let removed = client.registration().is_some_and(|known| registry.remove(known));
        let connected = registry.len();
        drop(registry);
        if removed {
            self.0.lists.changed();
        }
        let user = client.user().id;
        tracing::info!(socket = %socket.id(), %user, %reason, connected, "disconnected");
    }

    /// Ends the sockets of a user who has been deactivated in the database. One that is being let in
    /// meanwhile finds that [`deactivations`](Self::deactivations) has changed.
    pub(crate) fn end_inactive(&self, user: UserId) {
        self.0.deactivations.fetch_add(1, Ordering::SeqCst);
        let sockets = self.registry().of_user(user);
        for socket in sockets {
            end_as_inactive(&socket);
        }
    }

    /// How often users were deactivated. Who was found active before it changed may not be any more.
    pub(crate) fn deactivations(&self) -> u64 {
        self.0.deactivations.load(Ordering::SeqCst)
    }

    /// Tells a newcomer who is here, and, if it is time, the others.
    pub(crate) async fn announce(&self, newcomer: &Socket<Client>) {
        self.0.lists.announce(newcomer, || self.registry()).await;
    }

    /// Starts what goes on in the background, until `stop`.
    pub(crate) fn start(
        &self,
        namespace: NamespaceRef,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        let (lists, expiry) = (self.clone(), self.clone());
        let (stop_lists, stop_expiry) = (stop.clone(), stop.clone());
        tasks.spawn(async move {
            let work = lists.0.lists.run(&namespace, || lists.registry());
            stop_lists.run_until_cancelled(work).await;
        });
        tasks.spawn(async move {
            let work = expiry.0.expiry.run(
                || expiry.registry(),
                |socket| {
                    end(socket, Code::TokenExpired, "the token has expired");
                },
            );
            stop_expiry.run_until_cancelled(work).await;
        });
    }
}

/// Ends the socket of a user who may not stay.
pub(crate) fn end_as_inactive(socket: &Socket<Client>) {
    end(socket, Code::UserInactive, "the user is not active");
}

/// Ends a socket for good, and tells it why.
fn end(socket: &Socket<Client>, code: Code, message: &str) {
    let problem = Problem::new(code, message);
    socket.end_with(EXCEPTION, &Exception::of_connection(&problem));
}
