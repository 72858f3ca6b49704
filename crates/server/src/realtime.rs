//! The Socket.IO server, made from the settings: engine, gateway, client bundles.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use socketio::{Bundle, Bundles, Socket, SocketIo};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::{Admission, Door};
use crate::auth::Authenticator;
use crate::clock::Sources;
use crate::config::Config;
use crate::messages::{self, Conversations, Gateway, MessageRepository};
use crate::pages::{BUNDLES_MISSING, client_bundles};
use crate::presence::Presence;
use crate::rooms::{MemberRepository, Members};
use crate::sessions::{Audience, Client, Sessions};
use crate::users::UserRepository;

/// What sessions that do not end by themselves at shutdown leave for the rest of it.
const CUT_OFF: Duration = Duration::from_secs(1);

/// The running gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Realtime {
    io: SocketIo,
    admission: Arc<Admission>,
    sessions: Sessions,
    presence: Presence,
    conversations: Conversations,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Nothing comes any more that would have to be stored.
    written: CancellationToken,
    shutdown_timeout: Duration,
}

/// Where it keeps what outlives it.
#[derive(Debug)]
pub(crate) struct Stores {
    pub(crate) users: Arc<dyn UserRepository>,
    pub(crate) members: Arc<dyn MemberRepository>,
    pub(crate) messages: Arc<dyn MessageRepository>,
}

#[cfg(test)]
impl Stores {
    /// These users; members and messages in memory.
    pub(crate) fn testing(users: Arc<dyn UserRepository>) -> Self {
        use crate::messages::testing::{MemoryMessages, Mood};
        let members = Arc::<crate::rooms::testing::MemoryMembers>::default();
        let messages = MemoryMessages::new(Mood::Works);
        Self { users, members, messages }
    }
}

/// Those who want to know who is connected.
#[derive(Debug)]
struct Listeners {
    presence: Presence,
    members: Members,
}

#[async_trait]
impl Audience for Listeners {
    fn joined(&self, socket: &Socket<Client>) {
        self.presence.joined(socket);
    }

    fn left(&self, socket: &Socket<Client>) {
        self.presence.left(socket);
    }

    async fn changed(&self, socket: &Socket<Client>) {
        self.presence.changed(socket).await;
        self.members.roles_changed(socket).await;
    }
}

impl Realtime {
    /// Starts it on the current runtime.
    pub(crate) fn start(
        config: &Config,
        stores: Stores,
        authenticator: &Authenticator,
        sources: &Sources,
    ) -> Self {
        let presence = Presence::new(&config.presence);
        let members = Members::new(config, stores.members);
        let (conversations, conversing) =
            Conversations::new(members.clone(), stores.messages, stores.users, sources);
        let audience = Arc::new(Listeners { presence: presence.clone(), members });
        let sessions = Sessions::new(config, authenticator.clone(), sources.clone(), audience);
        let admission = Arc::new(Admission::new(&config.rate_limits));
        let gateway = Gateway::new(
            config,
            authenticator.clone(),
            Arc::clone(&admission),
            sessions.clone(),
            presence.clone(),
            conversations.clone(),
            sources,
        );
        let path = &config.gateway.namespace;
        let engine = &config.engine;
        let io = SocketIo::builder()
            .engine(|settings| {
                settings.ping_interval = engine.ping_interval.get();
                settings.ping_timeout = engine.ping_timeout.get();
                settings.upgrade_timeout = engine.upgrade_timeout.get();
                settings.max_payload = engine.max_payload;
                settings.outbox_bytes = engine.outbox_bytes;
                settings.shards = config.server.worker_threads().get();
            })
            .connect_timeout(engine.connect_timeout.get())
            .bundles(bundles())
            .namespace(messages::namespace(path, gateway))
            .build();
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let written = CancellationToken::new();
        sessions.start(&tasks, &stop);
        conversing.start(&tasks, &stop, &written);
        let namespace = io.of(path);
        if let Some(namespace) = namespace {
            presence.start(namespace, &tasks, &stop);
        }
        let shutdown_timeout = config.server.shutdown_timeout.get();
        Self {
            io,
            admission,
            sessions,
            presence,
            conversations,
            tasks,
            stop,
            written,
            shutdown_timeout,
        }
    }

    /// Answers what comes for `/socket.io/` itself, if it is let in.
    pub(crate) fn door(&self) -> Door {
        Door::new(self.io.clone(), Arc::clone(&self.admission))
    }

    /// Answers what comes for files below `/socket.io/`.
    pub(crate) fn service(&self) -> SocketIo {
        self.io.clone()
    }

    /// Who holds a live connection.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Who is connected, as clients are told.
    pub(crate) fn presence(&self) -> &Presence {
        &self.presence
    }

    /// What is said, and who may say it where.
    pub(crate) fn conversations(&self) -> &Conversations {
        &self.conversations
    }

    /// Closes all transports, so that clients come back by themselves, and waits for everything
    /// that runs.
    pub(crate) async fn shutdown(&self) {
        self.stop.cancel();
        self.tasks.close();
        if !self.io.shutdown(self.shutdown_timeout.saturating_sub(CUT_OFF)).await {
            tracing::warn!("sessions were cut off");
        }
        self.written.cancel();
        self.tasks.wait().await;
    }
}

fn bundles() -> Bundles {
    let files = client_bundles();
    let Some(version) = files.first().map(|file| file.version.clone()) else {
        return Bundles::missing(BUNDLES_MISSING);
    };
    let files = files.into_iter().map(|file| {
        let body = file.body;
        (file.name, Bundle { plain: body.identity, gzip: body.gzip, brotli: body.brotli })
    });
    Bundles::new(&version, files.collect::<HashMap<_, _>>())
}
