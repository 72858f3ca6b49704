//! Pings and pongs (2).

use super::{Case, text};
use crate::support::websocket::{PING, PONG, client_frame};

#[tokio::test(start_paused = true)]
async fn pings_are_answered_with_what_they_hold() {
    // 2.1 to 2.4, 2.6.
    let bytes = [0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff];
    for payload in [&b""[..], b"Hello, world!", &bytes, &[0xfe; 125]] {
        Case::new([client_frame(PING, payload)]).pongs(payload).passes().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_of_more_than_125_bytes() {
    // 2.5.
    Case::new([client_frame(PING, &[0xfe; 126])]).breaks(1002).await;
    Case::new([client_frame(PING, &vec![0xfe; 65_536])]).breaks(1002).await;
    Case::new([client_frame(PONG, &[0xfe; 126])]).breaks(1002).await;
}

#[tokio::test(start_paused = true)]
async fn pongs_that_nobody_asked_for() {
    // 2.7 to 2.9.
    Case::new([client_frame(PONG, b"")]).passes().await;
    Case::new([client_frame(PONG, b"unsolicited")]).passes().await;
    let frames = [client_frame(PONG, b"unsolicited"), client_frame(PING, b"ping")];
    Case::new(frames).pongs(b"ping").passes().await;
}

#[tokio::test(start_paused = true)]
async fn ten_pings() {
    // 2.10, 2.11.
    let payloads = (0..10).map(|number| format!("payload-{number}")).collect::<Vec<_>>();
    let frames = payloads.iter().map(|payload| client_frame(PING, payload.as_bytes()));
    let case = Case::new(frames.chain([text("and a text")])).hears("and a text");
    payloads.iter().fold(case, |case, payload| case.pongs(payload.as_bytes())).passes().await;
}
