//! The Socket.IO server, made from the settings: engine, gateway, client bundles.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use socketio::{Bundle, Bundles, SocketIo};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::{Admission, Door};
use crate::auth::Authenticator;
use crate::clock::Sources;
use crate::config::Config;
use crate::messages::{self, Gateway};
use crate::pages::{BUNDLES_MISSING, client_bundles};
use crate::presence::Presence;
use crate::sessions::Sessions;

/// What sessions that do not end by themselves at shutdown leave for the rest of it.
const CUT_OFF: Duration = Duration::from_secs(1);

/// The running gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Realtime {
    io: SocketIo,
    admission: Arc<Admission>,
    sessions: Sessions,
    presence: Presence,
    tasks: TaskTracker,
    stop: CancellationToken,
    shutdown_timeout: Duration,
}

impl Realtime {
    /// Starts it on the current runtime.
    pub(crate) fn start(config: &Config, authenticator: &Authenticator, sources: &Sources) -> Self {
        let presence = Presence::new(&config.presence);
        let audience = Arc::new(presence.clone());
        let sessions = Sessions::new(config, authenticator.clone(), sources.clone(), audience);
        let admission = Arc::new(Admission::new(&config.rate_limits));
        let gateway = Gateway::new(
            config,
            authenticator.clone(),
            Arc::clone(&admission),
            sessions.clone(),
            presence.clone(),
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
        sessions.start(&tasks, &stop);
        let namespace = io.of(path);
        if let Some(namespace) = namespace {
            presence.start(namespace, &tasks, &stop);
        }
        let shutdown_timeout = config.server.shutdown_timeout.get();
        Self { io, admission, sessions, presence, tasks, stop, shutdown_timeout }
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

    /// Closes all transports, so that clients come back by themselves, and waits for everything
    /// that runs.
    pub(crate) async fn shutdown(&self) {
        self.stop.cancel();
        self.tasks.close();
        if !self.io.shutdown(self.shutdown_timeout.saturating_sub(CUT_OFF)).await {
            tracing::warn!("sessions were cut off");
        }
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
