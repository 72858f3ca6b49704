//! What a socket knows of its client.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use socketio::{Data, Namespace, Socket, SocketIo};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::client::Client;

/// A server of one namespace, and the sockets that it gets.
fn server(namespace: Namespace<(), mpsc::Sender<Socket>>) -> SocketIo {
    let namespace = namespace.attach(|sockets: &mpsc::Sender<Socket>, socket| {
        sockets.try_send(socket.clone()).unwrap();
    });
    SocketIo::builder().namespace(namespace).build()
}

#[tokio::test(start_paused = true)]
async fn a_socket_knows_the_request_of_its_session() {
    let (sender, mut sockets) = mpsc::channel(8);
    let (io, tasks) = (server(Namespace::open("/", sender)), TaskTracker::new());
    let headers = "X-Room: blue\r\nOrigin: https://example.com\r\n";
    let query = "&room=a%20b&room=c&n=%C3%B1";
    let mut client = Client::open_saying(&io, &tasks, query, headers).await;
    client.send("40").await;
    let socket = sockets.recv().await.unwrap();
    let handshake = socket.handshake();
    assert_eq!(&*handshake.uri, &format!("/socket.io/?EIO=4&transport=websocket{query}"));
    assert_eq!(handshake.headers.get("x-room"), Some("blue"));
    assert_eq!(handshake.headers.get("sec-websocket-key"), None, "it concerns the transport alone");
    assert_eq!(handshake.query("room").as_deref(), Some("a b"));
    let rooms = handshake.queries().filter(|(name, _)| name == "room");
    assert_eq!(rooms.map(|(_, value)| value).collect::<Vec<_>>(), ["a b", "c"]);
    assert_eq!(handshake.query("n").as_deref(), Some("ñ"));
    assert!(handshake.is_cross_domain());
    assert!(!handshake.is_secure);
    assert_eq!(handshake.client_addr, None, "nobody has told it");
    Client::connect(&io, &tasks, "40").await;
    assert!(!sockets.recv().await.unwrap().handshake().is_cross_domain());
}

#[tokio::test(start_paused = true)]
async fn a_socket_knows_when_its_client_asked() {
    let (sender, mut sockets) = mpsc::channel(8);
    let io = server(Namespace::guarded("/", sender, |request, _sockets| async move {
        // The wall clock does not stand still.
        assert!(request.time().elapsed().is_ok());
        Ok(())
    }));
    let (tasks, hour) = (TaskTracker::new(), Duration::from_hours(1));
    let _client = Client::connect(&io, &tasks, "40").await;
    let time = sockets.recv().await.unwrap().time();
    assert!(time > SystemTime::UNIX_EPOCH + hour);
    assert!(time.elapsed().unwrap() < hour);
}

#[tokio::test(start_paused = true)]
async fn the_auth_payload_is_kept_if_it_is_to_be() {
    let auth = json!({ "token": "secret" });
    for keeps in [true, false] {
        let (sender, mut sockets) = mpsc::channel(8);
        let namespace = Namespace::open("/", sender);
        let io = server(if keeps { namespace.keep_auth() } else { namespace });
        let tasks = TaskTracker::new();
        let _client = Client::connect(&io, &tasks, &format!("40{auth}")).await;
        let socket = sockets.recv().await.unwrap();
        let kept = socket.auth::<Value>().unwrap();
        assert_eq!(kept, if keeps { auth.clone() } else { Value::Null });
        assert!(!format!("{socket:?}").contains("secret"));
        let _client = Client::connect(&io, &tasks, "40").await;
        assert_eq!(sockets.recv().await.unwrap().auth::<Value>().unwrap(), Value::Null);
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_has_data_of_the_application_that_others_find() {
    async fn rename(socket: Socket<Mutex<String>>, Data(name): Data<String>) {
        *socket.data().lock().unwrap() = name;
        socket.emit("renamed", &1).await.unwrap();
    }
    let namespace = Namespace::guarded("/", (), |request, ()| async move {
        Ok(Mutex::new(request.handshake().query("name").unwrap_or_default().into_owned()))
    });
    let io = SocketIo::builder().namespace(namespace.on("rename", rename)).build();
    let tasks = TaskTracker::new();
    let mut client = Client::open_saying(&io, &tasks, "&name=ann", "").await;
    client.send("40").await;
    assert!(client.text().await.starts_with(r#"40{"sid""#));
    for expected in ["ann", "bob"] {
        let found = io.of("/").unwrap().broadcast().fetch_sockets().await.unwrap();
        let socket = found[0].local::<Mutex<String>>().unwrap();
        assert_eq!(*socket.data().lock().unwrap(), expected);
        assert!(found[0].local::<String>().is_none(), "they are of another type");
        client.send(r#"42["rename","bob"]"#).await;
        assert_eq!(client.text().await, r#"42["renamed",1]"#);
    }
}
