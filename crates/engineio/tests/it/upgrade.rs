//! From polling to WebSocket without losing, doubling or reordering anything.

use std::time::Duration;

use engineio::{CloseReason, Message};
use proptest::prelude::*;

use crate::client::{Frame, Polling, ROOMY, WebSocket, response, text};
use crate::server::{Seen, Server, send};

async fn probe(server: &Server, polling: &Polling) -> WebSocket {
    let query = format!("&sid={}", polling.sid);
    let mut socket = WebSocket::upgrade(server, &query, ROOMY).await;
    socket.send("2probe").await;
    assert_eq!(socket.read().await, text("3probe"));
    socket
}

#[tokio::test(start_paused = true)]
async fn the_waiting_poll_is_let_go_and_what_waits_follows() {
    let mut server = Server::start(|_| {});
    let polling = Polling::open(&server).await;
    let session = server.opened().await;
    let mut waiting = polling.begin_poll(&server).await;
    tokio::task::yield_now().await;
    let mut socket = probe(&server, &polling).await;
    assert_eq!(response(&mut waiting).await, (200, "6".to_owned()));
    send(&session, "between").await;
    socket.send("5").await;
    assert_eq!(socket.read().await, text("4between"));
    socket.send("4up").await;
    assert_eq!(server.message().await, "up".into());
    assert_eq!(session.transport(), engineio::TransportKind::WebSocket);
    assert_eq!(polling.poll(&server).await.0, 400, "polling is over");
    let mut late = WebSocket::upgrade(&server, &format!("&sid={}", polling.sid), ROOMY).await;
    assert_eq!(late.read().await, Frame::Close(1000), "and so is upgrading");
    send(&session, "still here").await;
    assert_eq!(socket.read().await, text("4still here"));
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_goes_no_further_leaves_polling_as_it_was() {
    let mut server = Server::start(|_| {});
    let polling = Polling::open(&server).await;
    let session = server.opened().await;
    let mut socket = probe(&server, &polling).await;
    assert_eq!(socket.read().await, Frame::End, "it ends at the upgrade timeout");
    send(&session, "still polling").await;
    assert_eq!(polling.poll(&server).await, (200, "4still polling".to_owned()));
    let mut socket = probe(&server, &polling).await;
    socket.send("5").await;
    send(&session, "second attempt").await;
    assert_eq!(socket.read().await, text("4second attempt"));
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_may_end_while_it_is_upgraded() {
    let mut server = Server::start(|_| {});
    let polling = Polling::open(&server).await;
    let session = server.opened().await;
    let mut socket = probe(&server, &polling).await;
    send(&session, "last words").await;
    session.close(CloseReason::Forced);
    assert_eq!(server.closed().await, CloseReason::Forced);
    socket.send("5").await;
    assert_eq!(socket.read().await, text("4last words"));
    assert_eq!(socket.read().await, Frame::Close(1000));
    assert_eq!(socket.read().await, Frame::End);
    drop(socket);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn only_one_websocket_can_take_over() {
    let mut server = Server::start(|_| {});
    let polling = Polling::open(&server).await;
    let session = server.opened().await;
    let mut first = probe(&server, &polling).await;
    let query = format!("&sid={}", polling.sid);
    let mut second = WebSocket::upgrade(&server, &query, ROOMY).await;
    second.send("2probe").await;
    assert_eq!(second.read().await, Frame::End);
    first.send("5").await;
    send(&session, "to the first").await;
    assert_eq!(first.read().await, text("4to the first"));
    server.ends_empty().await;
}

/// How many messages the application sends before each step of the client.
#[derive(Debug, Clone)]
struct Plan {
    before_probe: usize,
    while_polling: usize,
    before_confirming: usize,
    after: usize,
    polls_while_probing: usize,
    posts: usize,
}

fn plan() -> impl Strategy<Value = Plan> {
    (0..5_usize, 0..5_usize, 0..5_usize, 0..5_usize, 0..3_usize, 0..4_usize).prop_map(
        |(before_probe, while_polling, before_confirming, after, polls_while_probing, posts)| {
            Plan {
                before_probe,
                while_polling,
                before_confirming,
                after,
                polls_while_probing,
                posts,
            }
        },
    )
}

async fn run(plan: Plan) {
    let mut server = Server::start(|_| {});
    let polling = Polling::open(&server).await;
    let session = server.opened().await;
    let (mut sent, mut received) = (0, Vec::new());
    let mut expected_in = Vec::new();
    send_numbers(&session, &mut sent, plan.before_probe).await;
    let waiting = polling.begin_poll(&server).await;
    let mut socket = probe(&server, &polling).await;
    send_numbers(&session, &mut sent, plan.while_polling).await;
    collect(waiting, &mut received).await;
    for _ in 0..plan.polls_while_probing {
        let poll = polling.begin_poll(&server).await;
        collect(poll, &mut received).await;
    }
    for number in 0..plan.posts {
        let posted = polling.post(&server, format!("4post{number}").as_bytes()).await;
        assert_eq!(posted.0, 200);
        expected_in.push(format!("post{number}"));
    }
    send_numbers(&session, &mut sent, plan.before_confirming).await;
    socket.send("5").await;
    for number in 0..3 {
        socket.send(&format!("4frame{number}")).await;
        expected_in.push(format!("frame{number}"));
    }
    send_numbers(&session, &mut sent, plan.after).await;
    while received.len() < sent {
        received.push(socket.read_text().await[1..].to_owned());
    }
    assert_eq!(received, (0..sent).map(|number| number.to_string()).collect::<Vec<_>>());
    for expected in expected_in {
        let Seen::Message(Message::Text(text)) = server.seen().await else { panic!("no text") };
        assert_eq!(&*text, expected);
    }
    server.ends_empty().await;
}

async fn send_numbers(session: &engineio::Session, sent: &mut usize, count: usize) {
    for _ in 0..count {
        send(session, &sent.to_string()).await;
        *sent += 1;
    }
}

/// Adds the messages of a poll's answer.
async fn collect(mut poll: tokio::io::DuplexStream, received: &mut Vec<String>) {
    let (status, body) = response(&mut poll).await;
    assert_eq!(status, 200, "{body}");
    received.extend(
        body.split('\x1e').filter_map(|packet| packet.strip_prefix('4')).map(str::to_owned),
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn nothing_is_lost_doubled_or_reordered(plan in plan()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(20), run(plan)).await.expect("no hanging");
        });
    }
}
