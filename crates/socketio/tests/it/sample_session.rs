//! The sample session of the Socket.IO protocol document, byte for byte but for the ids, which are
//! drawn anew: <https://socket.io/docs/v4/socket-io-protocol/#sample-session>.

use std::time::Duration;

use bytes::Bytes;
use socketio::{Ack, Binary, Namespace, Socket, SocketIo};
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};
use crate::polling::Polling;

async fn heard(socket: Socket) {
    socket.emit("hey", &"Jude").await.unwrap();
}

async fn tell(ack: Ack) {
    ack.send(&Binary(Bytes::from_static(&[1, 2, 3, 4]))).await.unwrap();
}

fn server() -> SocketIo {
    SocketIo::builder()
        .engine(|engine| engine.ping_timeout = Duration::from_secs(5))
        .namespace(Namespace::open("/", ()).on("hello", heard).on("world", heard))
        .namespace(Namespace::open("/admin", ()).on("tellme", tell))
        .build()
}

/// The packet with its id, which has `length` characters, left out; and the id.
fn without_id(packet: &str, length: usize) -> (String, String) {
    let (start, rest) = packet.split_once(r#""sid":""#).unwrap();
    let (id, end) = rest.split_at(length);
    (format!(r#"{start}"sid":"{end}"#), id.to_owned())
}

#[tokio::test(start_paused = true)]
async fn sample_session() {
    let io = server();
    let (client, open) = Polling::open_session(&io).await;
    let (open, sid) = without_id(&open, 22);
    let handshake = r#"0{"sid":"","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000,"maxPayload":1000000}"#;
    assert_eq!(open, handshake);
    client.post("40").await;
    let (reply, _) = without_id(&client.poll().await, 20);
    assert_eq!(reply, r#"40{"sid":""}"#);
    io.of("/").unwrap().broadcast().emit("hey", &"Jude").await.unwrap();
    assert_eq!(client.poll().await, r#"42["hey","Jude"]"#);
    client.post("42[\"hello\"]\x1e42[\"world\"]").await;
    let mut answers = Vec::new();
    while answers.len() < 2 {
        answers.extend(client.poll().await.split('\x1e').map(str::to_owned));
    }
    assert_eq!(answers, [r#"42["hey","Jude"]"#; 2]);

    let tasks = TaskTracker::new();
    let mut client = Client::upgrade(&io, &tasks, &sid).await;
    client.send("2probe").await;
    assert_eq!(client.text().await, "3probe");
    client.send("5").await;
    client.send(r#"42["hello"]"#).await;
    client.send(r#"42["world"]"#).await;
    for _ in 0..2 {
        assert_eq!(client.text().await, r#"42["hey","Jude"]"#);
    }
    client.send("40/admin,").await;
    let (reply, _) = without_id(&client.text().await, 20);
    assert_eq!(reply, r#"40/admin,{"sid":""}"#);
    client.send(r#"42/admin,1["tellme"]"#).await;
    assert_eq!(client.text().await, r#"461-/admin,1[{"_placeholder":true,"num":0}]"#);
    assert_eq!(client.read().await, Received::Binary(vec![1, 2, 3, 4]));
    assert_eq!(client.read().await, Received::Text("2".to_owned()));
    client.send("3").await;
    client.send("1").await;
    assert_eq!(client.read().await, Received::Close);
    assert!(io.shutdown(Duration::from_secs(10)).await);
}
