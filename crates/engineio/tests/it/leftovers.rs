//! Nothing is left of those who go, at whatever moment they do.

use std::time::Duration;

use engineio::CloseReason;
use tokio::io::AsyncWriteExt;

use crate::client::{
    Frame, Polling, WebSocket, client_frame, request, response, websocket_request,
};
use crate::server::{Server, send};

/// Everything that could still end by itself has.
async fn settle(server: &Server) {
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(server.hub.session_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn leaving_at_every_byte_of_the_websocket_handshake() {
    let mut bytes = websocket_request("").into_bytes();
    bytes.extend(client_frame(0x81, b"4hello"));
    let server = Server::start(|_| {});
    for cut in (0..bytes.len()).step_by(3).chain(bytes.len() - 16..=bytes.len()) {
        let mut stream = server.connect(10_000);
        stream.write_all(&bytes[..cut]).await.unwrap();
        for _ in 0..cut % 5 {
            tokio::task::yield_now().await;
        }
        drop(stream);
    }
    settle(&server).await;
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn leaving_at_every_step_of_polling_and_upgrade() {
    let server = Server::start(|_| {});
    for step in 0..8 {
        let polling = Polling::open(&server).await;
        let waiting = (step > 0).then_some(polling.begin_poll(&server));
        let mut waiting = match waiting {
            Some(poll) => Some(poll.await),
            None => None,
        };
        let query = format!("&sid={}", polling.sid);
        let mut socket = WebSocket::upgrade(&server, &query, 10_000).await;
        if step > 1 {
            socket.send("2probe").await;
        }
        if step > 2 {
            assert_eq!(socket.read().await, Frame::Text("3probe".to_owned()));
        }
        if let (true, Some(poll)) = (step > 3, &mut waiting) {
            assert_eq!(response(poll).await.0, 200);
        }
        if step > 4 {
            socket.send("5").await;
        }
        if step > 5 {
            socket.send("4hello").await;
        }
        if step % 2 == 0 {
            drop(waiting);
            tokio::task::yield_now().await;
            drop(socket);
        } else {
            drop(socket);
            tokio::task::yield_now().await;
            drop(waiting);
        }
    }
    settle(&server).await;
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_ends_all_sessions_and_refuses_new_ones() {
    let mut server = Server::start(|_| {});
    let mut socket = WebSocket::open(&server).await;
    let session = server.opened().await;
    let polling = Polling::open(&server).await;
    let mut waiting = polling.begin_poll(&server).await;
    let _abandoned = Polling::open(&server).await;
    tokio::task::yield_now().await;
    send(&session, "last words").await;
    let hub = server.hub.clone();
    let (ended, ()) = tokio::join!(hub.shutdown(Duration::from_secs(10)), async {
        assert_eq!(socket.read().await, Frame::Text("4last words".to_owned()));
        assert_eq!(socket.read().await, Frame::Close(1001));
        assert_eq!(socket.read().await, Frame::End);
        drop(socket);
        assert_eq!(response(&mut waiting).await, (200, "1".to_owned()));
        let (status, _) = request(&server, "GET", "?EIO=4&transport=polling", b"").await;
        assert_eq!(status, 503);
    });
    assert!(ended, "the abandoned session was let go at the close timeout");
    assert_eq!(server.hub.session_count(), 0);
    assert_eq!(server.closed().await, CloseReason::Shutdown);
}

#[tokio::test(start_paused = true)]
async fn shutdown_cuts_off_what_does_not_end() {
    let server = Server::start(|config| config.close_timeout = Duration::from_secs(100));
    let _stuck = Polling::open(&server).await;
    let _silent = WebSocket::open(&server).await;
    let started = tokio::time::Instant::now();
    assert!(!server.hub.shutdown(Duration::from_secs(3)).await);
    assert_eq!(started.elapsed(), Duration::from_secs(3));
    assert_eq!(server.hub.session_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_number_of_sessions_is_bounded() {
    let server = Server::start(|config| config.max_sessions = 2);
    let first = WebSocket::open(&server).await;
    let _second = Polling::open(&server).await;
    let (status, _) = request(&server, "GET", "?EIO=4&transport=polling", b"").await;
    assert_eq!(status, 503);
    let mut refused = WebSocket::upgrade(&server, "", 1_000).await;
    assert_eq!(refused.read().await, Frame::End);
    drop(first);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let _third = WebSocket::open(&server).await;
    server.ends_empty().await;
}
