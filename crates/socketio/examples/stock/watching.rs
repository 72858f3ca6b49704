//! Namespaces in which others than handlers have a say: before a client connects, and before its
//! events are handled.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::json;
use socketio::{
    Ack, ConnectRequest, Data, EventName, Namespace, RawArgs, Refusal, Refused, RemoteSocket,
    Socket,
};

use crate::report;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    refused_by: String,
}

/// Two middlewares are asked one after another; what each is asked is printed.
pub(crate) fn asked() -> Namespace {
    Namespace::open("/asked", ()).middleware(middleware("first")).middleware(middleware("second"))
}

fn middleware(
    own: &'static str,
) -> impl Fn(ConnectRequest, Arc<()>, ()) -> std::future::Ready<Result<(), Refusal>> {
    move |request, _data, ()| {
        println!("{}", json!(["middleware", own]));
        let credentials = request.auth::<Option<Credentials>>().unwrap_or_default();
        let is_refused = credentials.unwrap_or_default().refused_by == own;
        let data = Some(json!({ "code": own }));
        let refusal = Refusal::ConnectError { message: format!("refused by {own}"), data };
        std::future::ready(if is_refused { Err(refusal) } else { Ok(()) })
    }
}

/// Every event is told to its client as `seen`, and those that are sent are printed; those that begin
/// with `secret` are refused.
pub(crate) fn watched() -> Namespace {
    Namespace::open("/watched", ())
        .on_any(seen)
        .on_any_outgoing(|(), sent| {
            println!("{}", json!(["outgoing", sent.event, sent.args.json()]));
        })
        .packet_middleware(no_secrets)
        .on_refused(refused)
        .fallback(unknown)
        .on("news", news)
        .on("listen", listen)
        .on("unlisten", unlisten)
        .on("shout", shout)
}

async fn seen(socket: Socket, EventName(event): EventName, args: RawArgs) {
    report(socket.emit_args("seen", (&*event, args.json())).await);
}

async fn no_secrets(EventName(event): EventName) -> Result<(), Refused> {
    if event.starts_with("secret") {
        return Err(Refused { message: "no secrets".to_owned(), data: Some(json!({ "code": 7 })) });
    }
    Ok(())
}

async fn refused(socket: Socket, refused: Refused, ack: Ack) {
    let error = json!({ "message": refused.message, "data": refused.data });
    if ack.is_asked() {
        report(ack.send(&error).await);
    } else {
        report(socket.emit("refused", &error).await);
    }
}

async fn unknown(socket: Socket, EventName(event): EventName) {
    report(socket.emit("unknown", &*event).await);
}

async fn news(socket: Socket) {
    report(socket.emit("heard", "namespace").await);
}

/// The socket hears `news` from now on, or the next of them.
async fn listen(socket: Socket, Data(once): Data<bool>, ack: Ack) {
    let added = if once {
        socket.once("news", |socket: Socket| async move {
            report(socket.emit("heard", "once").await);
        })
    } else {
        socket.on("news", |socket: Socket| async move {
            report(socket.emit("heard", "always").await);
        })
    };
    report(added.map(drop));
    report(ack.send("listens").await);
}

async fn unlisten(socket: Socket, ack: Ack) {
    report(ack.send(&socket.off_all("news")).await);
}

async fn shout(socket: Socket, args: RawArgs) {
    report(socket.namespace().broadcast().emit_args("shouted", args).await);
}

/// Sockets have a name for data, which they can change and others find.
pub(crate) fn named() -> Namespace<Mutex<String>> {
    Namespace::guarded("/named", (), |_request, ()| async { Ok(Mutex::default()) })
        .on("name", name)
        .on("names", names)
}

async fn name(socket: Socket<Mutex<String>>, Data(name): Data<String>, ack: Ack<Mutex<String>>) {
    *socket.data().lock().unwrap_or_else(PoisonError::into_inner) = name;
    report(ack.send("named").await);
}

async fn names(socket: Socket<Mutex<String>>, ack: Ack<Mutex<String>>) {
    let found = socket.namespace().broadcast().fetch_sockets().await.unwrap_or_default();
    let sockets = found.iter().filter_map(RemoteSocket::local::<Mutex<String>>);
    let name = |socket: Socket<Mutex<String>>| {
        socket.data().lock().unwrap_or_else(PoisonError::into_inner).clone()
    };
    report(ack.send(&sockets.map(name).collect::<Vec<_>>()).await);
}
