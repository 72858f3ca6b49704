//! The accept loop: what requests carry, that protocols can take connections over, and that nothing
//! ends it but its end.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Extension;
use axum::routing::get;
use axum::{Router, response::Response};
use http::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use socketio::SocketIo;
use tertulia::http::{ClientAddr, TrustedProxies};
use tertulia::listener::{Acceptor, bind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::binary::{Running, command};

struct Listening {
    address: SocketAddr,
    tasks: TaskTracker,
    stop: CancellationToken,
}

fn listen(router: Router, proxies: TrustedProxies) -> Listening {
    listen_with(SocketIo::builder().build(), router, proxies)
}

fn listen_with(gateway: SocketIo, router: Router, proxies: TrustedProxies) -> Listening {
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let header_timeout = Duration::from_secs(30);
    let acceptor = Acceptor {
        router,
        gateway,
        proxies,
        header_timeout,
        tasks: tasks.clone(),
        stop: stop.clone(),
    };
    tasks.spawn(acceptor.run(listener));
    Listening { address, tasks, stop }
}

impl Listening {
    async fn ask(&self, request: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn addresses(
    Extension(peer): Extension<SocketAddr>,
    Extension(ClientAddr(client)): Extension<ClientAddr>,
) -> String {
    format!("{} {client}", peer.ip())
}

#[tokio::test]
async fn requests_carry_their_peer_and_their_client() {
    let proxies = TrustedProxies::new(&["127.0.0.1".parse().unwrap()]);
    let listening = listen(Router::new().route("/", get(addresses)), proxies);
    let answer = listening
        .ask("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: 192.0.2.9\r\n\r\n")
        .await;
    assert!(answer.ends_with("\r\n127.0.0.1 192.0.2.9"), "{answer}");
    listening.end().await;
}

/// hyper drops a request that comes together with the end of its connection before the router sees
/// it: the session must not wait for its client until a ping has told.
#[tokio::test]
async fn a_poll_that_comes_together_with_the_end_of_its_connection_ends_its_session() {
    let io = SocketIo::builder().build();
    let router = Router::new().route_service("/socket.io/", io.clone());
    let listening = listen_with(io.clone(), router, TrustedProxies::default());
    let poll = "GET /socket.io/?EIO=4&transport=polling";
    let rest = "HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let open = listening.ask(&format!("{poll} {rest}")).await;
    let (_, open) = open.split_once("\"sid\":\"").unwrap();
    let (sid, _) = open.split_once('"').unwrap();
    assert_eq!(io.session_count(), 1);
    // Both are there before the connection is accepted, or soon after.
    let mut stream = tokio::net::TcpStream::connect(listening.address).await.unwrap();
    stream.write_all(format!("{poll}&sid={sid} {rest}").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(stream.read_to_end(&mut Vec::new()).await.unwrap(), 0, "no answer");
    let answer = listening.ask(&format!("{poll}&sid={sid} {rest}")).await;
    assert!(answer.ends_with(r#"{"code":1,"message":"Session ID unknown"}"#), "{answer}");
    assert_eq!(io.session_count(), 0);
    listening.end().await;
}

/// Takes the connection over as an engine does: by taking the TCP stream back.
async fn take_over(Extension(tasks): Extension<TaskTracker>, request: Request<Body>) -> Response {
    let upgrade = hyper::upgrade::on(request);
    tasks.spawn(async move {
        let upgraded = upgrade.await.unwrap();
        let parts = upgraded.downcast::<TokioIo<tokio::net::TcpStream>>().unwrap();
        let mut stream = parts.io.into_inner();
        stream.write_all(&parts.read_buf).await.unwrap();
    });
    let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
    response.header("connection", "upgrade").header("upgrade", "x").body(Body::empty()).unwrap()
}

#[tokio::test]
async fn an_upgraded_connection_gives_its_tcp_stream_back() {
    let tasks = TaskTracker::new();
    let router = Router::new().route("/", get(take_over)).layer(Extension(tasks.clone()));
    let listening = listen(router, TrustedProxies::default());
    let answer = listening
        .ask("GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nearly bytes")
        .await;
    assert!(answer.starts_with("HTTP/1.1 101") && answer.ends_with("early bytes"), "{answer}");
    tasks.close();
    tasks.wait().await;
    listening.end().await;
}

#[tokio::test]
async fn idle_connections_are_closed_at_the_end() {
    let listening =
        listen(Router::new().route("/", get(|| async { "x" })), TrustedProxies::default());
    let mut idle = tokio::net::TcpStream::connect(listening.address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    listening.end().await;
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"x"));
}

#[test]
fn running_out_of_open_files_does_not_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let binary = command(folder.path(), &[], &[]).get_program().to_owned();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -n 40 && exec \"$0\" serve --demo"]).arg(binary);
    let mut server = Running::start_command(shell, folder.path());
    // More than it may have open. The kernel takes them; the server cannot.
    let held: Vec<_> = (0..60).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    server.wait_for_log("no connection can be accepted");
    drop(held);
    let mut stream = server.connect();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
