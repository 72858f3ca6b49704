//! A client that polls.

use super::app::Peer;
use super::http::{Answer, Http, get};
use super::server::{Dialer, OPEN_POLLING, Server};

/// A session over long-polling. Each request has a connection of its own.
#[derive(Clone)]
pub(crate) struct Poller {
    dialer: Dialer,
    pub(crate) sid: String,
}

/// The packets of a payload.
pub(crate) fn packets(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.text().split('\x1e').map(str::to_owned).collect()
}

/// The session id in an open packet.
pub(crate) fn sid(open: &str) -> &str {
    let (_, rest) = open.split_once(r#""sid":""#).expect("a session id");
    rest.split('"').next().unwrap()
}

impl Poller {
    /// Opens a session.
    pub(crate) async fn open(server: &mut Server) -> (Self, Peer) {
        let answer = server.dial().get(OPEN_POLLING).await;
        let poller = Self { dialer: server.dialer().clone(), sid: sid(answer.text()).to_owned() };
        (poller, server.peer().await)
    }

    /// The target of its requests.
    pub(crate) fn target(&self) -> String {
        format!("{OPEN_POLLING}&sid={}", self.sid)
    }

    /// The target of its WebSocket.
    pub(crate) fn websocket_target(&self) -> String {
        format!("/engine.io/?EIO=4&transport=websocket&sid={}", self.sid)
    }

    pub(crate) async fn poll(&self) -> Answer {
        self.begin_poll().await.answer().await
    }

    /// Sends a request for packets and leaves the answer to be read.
    pub(crate) async fn begin_poll(&self) -> Http {
        let mut http = self.dialer.dial();
        http.send(get(&self.target())).await;
        http
    }

    pub(crate) async fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        self.dialer.dial().post(&self.target(), body).await
    }

    /// Posts what must be accepted.
    pub(crate) async fn say(&self, body: &str) {
        let answer = self.post(body).await;
        assert_eq!((answer.status, answer.text()), (200, "ok"));
    }
}
