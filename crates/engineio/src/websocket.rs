//! WebSocket connections: the opening handshake (RFC 6455 §4.2), new sessions, and the upgrade of
//! sessions that poll.

use std::sync::Arc;
use std::task::Poll;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::upgrade::OnUpgrade;
use sha1::{Digest, Sha1};

use crate::driver::Driver;
use crate::frame::Incoming;
use crate::hub::Hub;
use crate::payload::{self, ClientPacket};
use crate::reader::Reader;
use crate::session::Session;
use crate::shard::Op;
use crate::transport::Transport;
use crate::{Application, Handshake, Packet, RequestRefusal, TransportKind};

/// RFC 6455 §1.3.
const KEY_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Checks the client's opening handshake and computes the answer to its key.
pub(crate) fn accept_key<B>(request: &Request<B>) -> Result<HeaderValue, RequestRefusal> {
    let headers = request.headers();
    let valid = has_token(headers, header::UPGRADE, "websocket")
        && has_token(headers, header::CONNECTION, "upgrade")
        && headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let (true, Some(key)) = (valid, key) else {
        return Err(RequestRefusal::BadRequest);
    };
    let digest = Sha1::new().chain_update(key).chain_update(KEY_SUFFIX).finalize();
    HeaderValue::try_from(STANDARD.encode(digest)).map_err(|_| RequestRefusal::BadRequest)
}

fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
}

pub(crate) fn switching_protocols(accept: HeaderValue) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// Opens a session on a fresh WebSocket, and starts its task. It is not this one, whose memory is
/// as large as the handshake needs it.
pub(crate) async fn open<A: Application>(
    hub: Hub,
    application: Arc<A>,
    handshake: Handshake,
    on_upgrade: OnUpgrade,
) {
    let Some(reader) = upgraded(&hub, on_upgrade).await else {
        return;
    };
    let session = match hub.open(Some(reader.transport().clone())) {
        Ok(session) => session,
        // By now only the stream can be closed.
        Err(refusal) => {
            let client_addr = handshake.client_addr;
            hub.observed().tell(|observer| observer.request_refused(&refusal, client_addr));
            return reader.transport().shutdown();
        }
    };
    let connection = application.connect(session.clone(), handshake);
    hub.tasks().spawn(Driver::new(session, connection, Some(reader)));
}

/// The stream below the HTTP connection, once hyper lets go of it.
async fn upgraded(hub: &Hub, on_upgrade: OnUpgrade) -> Option<Box<Reader>> {
    let config = hub.config();
    let upgraded = tokio::time::timeout(config.upgrade_timeout, on_upgrade);
    let upgraded = hub.cut_off().run_until_cancelled(upgraded).await?.ok()?.ok()?;
    let (transport, early) = Transport::from_upgraded(upgraded);
    Some(Box::new(Reader::new(Arc::new(transport), early, config.max_payload)))
}

/// Upgrades a session from polling: the client probes the new transport, the server answers, the
/// client ends its polling and confirms. A session that does not poll lets the WebSocket go.
pub(crate) async fn probe(session: Session, on_upgrade: OnUpgrade) {
    let Some(mut reader) = upgraded(session.hub(), on_upgrade).await else {
        return;
    };
    if session.transport() != TransportKind::Polling || !session.is_open() {
        let close = Packet::close(1000);
        // Nothing else was ever written here, so these few bytes are taken, or it is broken.
        let _sent = reader.transport().try_write(&[std::io::IoSlice::new(close.websocket())]);
        return reader.transport().finish_writing();
    }
    let timeout = session.hub().config().upgrade_timeout;
    let confirmed = tokio::select! {
        confirmed = confirm(&session, &mut reader) => confirmed,
        () = tokio::time::sleep(timeout) => false,
        () = session.inbox().removed() => false,
    };
    let key = session.key();
    if confirmed {
        session.push(Op::Upgrade { key, reader });
    } else {
        reader.transport().shutdown();
        session.push(Op::ProbeFailed { key, candidate: reader.transport().clone() });
    }
}

/// Whether the client probed and then confirmed.
async fn confirm(session: &Session, reader: &mut Reader) -> bool {
    let mut probed = false;
    loop {
        match next_packet(reader).await {
            Some(ClientPacket::Probe) if !probed => {
                probed = true;
                let candidate = reader.transport().clone();
                session.push(Op::Probe { key: session.key(), candidate });
            }
            Some(ClientPacket::Upgrade) => return probed,
            _ => return false,
        }
    }
}

async fn next_packet(reader: &mut Reader) -> Option<ClientPacket> {
    let incoming = std::future::poll_fn(|cx| match reader.poll_next(cx) {
        Poll::Ready(Ok(Incoming::Ping(_) | Incoming::Pong)) => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
        other => other,
    });
    match incoming.await {
        Ok(Incoming::Text(text)) => payload::decode_text(text).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: &str) -> Request<()> {
        let builder = Request::builder()
            .header("Upgrade", "WebSocket")
            .header("Connection", "keep-alive, Upgrade")
            .header("Sec-WebSocket-Version", "13");
        builder.header("Sec-WebSocket-Key", key).body(()).unwrap()
    }

    #[test]
    fn the_example_of_rfc_6455() {
        let accept = accept_key(&request("dGhlIHNhbXBsZSBub25jZQ==")).unwrap();
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn incomplete_handshakes_are_refused() {
        assert_eq!(accept_key(&request("short")), Err(RequestRefusal::BadRequest));
        for name in ["upgrade", "connection", "sec-websocket-version", "sec-websocket-key"] {
            let mut request = request("dGhlIHNhbXBsZSBub25jZQ==");
            request.headers_mut().remove(name);
            assert_eq!(accept_key(&request), Err(RequestRefusal::BadRequest), "{name}");
        }
    }
}
