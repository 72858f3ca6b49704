//! What stands in front of the sessions: who may open one, cookies, other origins, and who watches.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use socketio::{
    Cookie, Forbidden, Namespace, Observer, SessionKey, Socket, SocketIo, TransportKind,
};
use tokio_util::task::TaskTracker;
use tower_http::cors::Cors;
use tower_service::Service;

use crate::client::Client;

const OPEN: &str = "/socket.io/?EIO=4&transport=polling";

fn request(method: Method, headers: &[(&str, &str)]) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(OPEN);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::default()).unwrap()
}

async fn text(response: Response<Full<Bytes>>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().into()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_handshake_can_be_refused() {
    let io =
        SocketIo::builder().namespace(Namespace::open("/", ())).allow_request(|parts| async move {
            match parts.headers.get("x-key") {
                Some(_) => Ok(()),
                None => Err(Forbidden::default()),
            }
        });
    let io = io.build();
    let refused = io.handle(request(Method::GET, &[])).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(text(refused).await, r#"{"code":4,"message":"Forbidden"}"#);
    assert_eq!(io.session_count(), 0);
    assert_eq!(io.handle(request(Method::GET, &[("x-key", "1")])).await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_can_set_a_cookie() {
    let cookie = Cookie { name: "sticky".to_owned(), ..Cookie::default() };
    let io = SocketIo::builder().engine(|engine| engine.cookie = Some(cookie)).build();
    let answer = io.handle(request(Method::GET, &[])).await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let open = text(answer).await;
    let sid = open.split('"').nth(3).unwrap();
    assert_eq!(cookie, format!("sticky={sid}; Path=/; HttpOnly; SameSite=Lax"));
}

/// As by engine.io's `cors` option.
#[tokio::test(start_paused = true)]
async fn pages_of_other_origins_can_be_let_in() {
    let io = SocketIo::builder().namespace(Namespace::open("/", ())).build();
    let origin = header::HeaderValue::from_static("https://example.com");
    let mut io = Cors::new(io)
        .allow_origin(origin.clone())
        .allow_credentials(true)
        .allow_headers([header::AUTHORIZATION]);
    let from = ("origin", "https://example.com");
    let preflight = [
        from,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = io.call(request(Method::OPTIONS, &preflight)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], origin);
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_HEADERS], "authorization");
    let answer = io.call(request(Method::GET, &[from])).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], origin);
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
    assert!(text(answer).await.starts_with("0{"));
}

#[derive(Clone, Default)]
struct Opened(Arc<Mutex<Vec<SessionKey>>>);

impl Observer for Opened {
    fn session_opened(&self, session: SessionKey, transport: TransportKind) {
        assert_eq!(transport, TransportKind::WebSocket);
        self.0.lock().unwrap().push(session);
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_is_told_of_the_session_of_a_socket() {
    let opened = Opened::default();
    let (sink, mut told) = tokio::sync::mpsc::channel(1);
    let namespace = Namespace::open("/", sink).detach(|sink, socket: &Socket, _reason| {
        assert_eq!(socket.transport(), TransportKind::WebSocket);
        sink.try_send(socket.session_key()).unwrap();
    });
    let io = SocketIo::builder().observer(opened.clone()).namespace(namespace).build();
    let client = Client::connect(&io, &TaskTracker::new(), "40").await;
    assert_eq!(io.queued_bytes(), 0);
    drop(client);
    assert_eq!(told.recv().await, opened.0.lock().unwrap().first().copied());
}
