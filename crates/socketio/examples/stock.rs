//! What e2e's stock clients talk to: each feature of the library behind an event by which a client
//! asks for it, and a line of JSON on stdout for what only the server sees.
//!
//! Settings come from the environment: `PORT` (any free one unless set), `PING_INTERVAL`,
//! `PING_TIMEOUT`, `CONNECT_TIMEOUT`, `CLOSE_TIMEOUT` in milliseconds, `MAX_PAYLOAD`, `OUTBOX_BYTES`
//! in bytes; `PARSER` (`default` or `msgpack`), `COOKIE` (its name; none unless set), `ALLOW` (the
//! only `stock` in a query that is let in; all unless set).
//!
//! Run: `cargo run -p socketio --example stock`; then `cd e2e && npm run test:stock`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the tests read what it prints")]

#[path = "stock/watching.rs"]
mod watching;

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::fmt::Display;
use std::pin::pin;
use std::str::FromStr;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketio::{
    Ack, Args, Binary, BroadcastAnswers, ConnectRequest, Cookie, Data, DisconnectReason, Forbidden,
    Invalid, LastEvent, Namespace, Operator, Parser, RawArgs, Refusal, Socket, SocketIo,
};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

/// How long a client may take for its answer.
const ANSWER: Duration = Duration::from_secs(5);

/// An event on its way to others.
#[derive(Deserialize)]
struct Say {
    text: Value,
    /// Rooms, or ids of sockets; without one, all in the namespace.
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    volatile: bool,
    /// Whether the sender may be among those who get it.
    #[serde(default)]
    echo: bool,
}

/// What a client answers.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Answer {
    Bytes(Binary),
    Other(Value),
}

/// Bytes inside a structure, typed.
#[derive(Serialize, Deserialize)]
struct Picture {
    name: String,
    data: Binary,
    thumbnails: Vec<Binary>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    token: String,
}

/// Everything that a connected client can ask for.
fn features(path: &str) -> Namespace {
    with_features(Namespace::open(path, ()))
}

fn with_features(namespace: Namespace) -> Namespace {
    namespace
        .keep_auth()
        .on_connect(welcome)
        .on_disconnect(disconnected)
        .on_invalid(invalid)
        .on("echo", echo)
        .on("picture", picture)
        .on("handshake", handshake)
        .on("count", count)
        .on("large", large)
        .on("ask", ask)
        .on("ask many", ask_many)
        .on("ask all", ask_all)
        .on("join", join)
        .on("leave", leave)
        .on("say", say)
        .on("flood", flood)
        .on("end", end)
        .on("end with", end_with)
        .on("close", close)
}

/// Namespaces that are made for those who ask for them; what the pattern is asked is printed.
fn dynamic() -> Namespace {
    with_features(Namespace::matching(
        |name| {
            println!("{}", json!(["asked", name]));
            name.starts_with("/dynamic-")
        },
        (),
    ))
}

/// A namespace whose clients get back their sockets, and what they missed.
fn recoverable() -> Namespace {
    features("/recoverable").recoverable(|_before, now| Some(now))
}

/// A namespace for those who know the token.
fn guarded() -> Namespace {
    with_features(Namespace::guarded("/guarded", (), |request: ConnectRequest, ()| async move {
        let credentials = request.auth::<Option<Credentials>>().unwrap_or_default();
        match credentials.unwrap_or_default().token.as_str() {
            "secret" => Ok(()),
            token => Err(Refusal::ConnectError {
                message: "not authorized".to_owned(),
                data: Some(json!({ "code": "token_invalid", "token": token })),
            }),
        }
    }))
}

/// A namespace that lets nobody in: with an event and DISCONNECT, or without a word.
fn closed(path: &str, refusal: Refusal) -> Namespace {
    Namespace::guarded(path, (), move |_request, ()| {
        let refusal = refusal.clone();
        async move { Err(refusal) }
    })
}

async fn welcome(socket: Socket, auth: RawArgs) {
    report(socket.emit_args("welcome", auth).await);
}

async fn disconnected(socket: Socket, reason: DisconnectReason) {
    let namespace = socket.namespace().path();
    println!("{}", json!(["disconnect", socket.id().as_str(), reason.as_str(), namespace]));
}

async fn invalid(socket: Socket, Invalid(message): Invalid) {
    report(socket.emit("invalid", &message).await);
}

/// The same arguments, as an answer if one is asked for.
async fn echo(socket: Socket, args: RawArgs, ack: Ack) {
    if ack.is_asked() {
        report(ack.send_args(args).await);
    } else {
        report(socket.emit_args("echo", args).await);
    }
}

async fn picture(socket: Socket, Data(picture): Data<Picture>) {
    let data = Binary(picture.data.0.iter().rev().copied().collect());
    report(socket.emit("picture", &Picture { data, ..picture }).await);
}

async fn handshake(socket: Socket, ack: Ack) {
    let handshake = socket.handshake();
    let seen = json!({
        "id": socket.id().as_str(),
        "namespace": socket.namespace().path(),
        "header": handshake.headers.get("x-stock"),
        "query": handshake.query("stock"),
        "url": &*handshake.uri,
        "address": handshake.client_addr,
        "secure": handshake.is_secure,
        "cross domain": handshake.is_cross_domain(),
        "age": socket.time().elapsed().unwrap_or_default().as_secs(),
        "auth": socket.auth::<Value>().unwrap_or_default(),
    });
    report(ack.send(&seen).await);
}

async fn count(socket: Socket, Data(events): Data<u32>) {
    for number in 0..events {
        report(socket.emit("number", &number).await);
    }
}

async fn large(socket: Socket, Data(bytes): Data<usize>) {
    report(socket.emit("large", &"x".repeat(bytes)).await);
}

/// Asks the client with the same arguments, and tells it what it has answered.
async fn ask(socket: Socket, args: RawArgs) {
    match socket.emit_with_ack::<Answer>("question", args, ANSWER).await {
        Ok(answer) => report(socket.emit("answered", &answer).await),
        Err(error) => report(socket.emit("not answered", &error.to_string()).await),
    }
}

/// Asks for many answers at the same time.
async fn ask_many(socket: Socket, Data(questions): Data<u32>) {
    let answers = (0..questions).map(|number| {
        let socket = socket.clone();
        async move { socket.emit_with_ack::<u32>("question", (number,), ANSWER).await.ok() }
    });
    report(socket.emit("answered", &futures_util::future::join_all(answers).await).await);
}

/// Asks everyone in the namespace, and tells who asked for it what they have answered in time.
async fn ask_all(socket: Socket, Args((millis, question)): Args<(u64, Answer)>) {
    let all = socket.namespace().broadcast();
    let time = Duration::from_millis(millis);
    match all.emit_with_ack::<Answer>("question", (question,), time).await {
        Ok(BroadcastAnswers { answers, missing, .. }) => {
            let answers: Vec<_> =
                answers.into_iter().filter_map(|(_, answer)| answer.ok()).collect();
            report(socket.emit_args("all answered", (answers, missing, 0)).await);
        }
        Err(error) => report(Err(error)),
    }
}

async fn join(socket: Socket, Data(room): Data<String>, ack: Ack) {
    socket.join(room).await;
    report(ack.send(&"joined").await);
}

async fn leave(socket: Socket, Data(room): Data<String>, ack: Ack) {
    socket.leave(room).await;
    report(ack.send(&"left").await);
}

async fn say(socket: Socket, Data(say): Data<Say>, ack: Ack) {
    report(send(&socket, say).await);
    report(ack.send(&"said").await);
}

/// `said` a thousand times, as much as a stalled client cannot take.
async fn flood(socket: Socket, Data(to): Data<String>, ack: Ack) {
    for number in 0..1000 {
        let to = vec![to.clone()];
        let text = json!({ "number": number, "padding": "x".repeat(10_000) });
        let say = Say { text, to, except: Vec::new(), volatile: true, echo: false };
        report(send(&socket, say).await);
    }
    report(ack.send(&"flooded").await);
}

async fn send(socket: &Socket, say: Say) -> Result<(), serde_json::Error> {
    let all = if say.echo { socket.namespace().broadcast() } else { socket.broadcast() };
    let some = say.to.into_iter().fold(all, Operator::to);
    let some = say.except.into_iter().fold(some, Operator::except);
    let some = if say.volatile { some.volatile() } else { some };
    some.emit("said", &say.text).await
}

async fn end(socket: Socket, Data(close): Data<bool>) {
    socket.disconnect(close);
}

async fn end_with(socket: Socket, Data(last): Data<Value>) {
    socket.end_with("last", &last);
}

async fn close(socket: Socket) {
    socket.close_session();
}

/// What could not be sent is said on stderr: no test expects it.
fn report<E: Display>(sent: Result<(), E>) {
    if let Err(error) = sent {
        eprintln!("not sent: {error}");
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let ping_interval = Duration::from_millis(setting("PING_INTERVAL", 25_000)?);
    let ping_timeout = Duration::from_millis(setting("PING_TIMEOUT", 20_000)?);
    let close_timeout = Duration::from_millis(setting("CLOSE_TIMEOUT", 5_000)?);
    let max_payload = setting("MAX_PAYLOAD", 1_000_000)?;
    let outbox_bytes = setting("OUTBOX_BYTES", 4 << 20)?;
    let cookie = env::var("COOKIE").ok().map(|name| Cookie { name, ..Cookie::default() });
    let allowed = env::var("ALLOW").ok().map(|stock| format!("stock={stock}"));
    let parser = match setting("PARSER", "default".to_owned())?.as_str() {
        "default" => Parser::Default,
        "msgpack" => Parser::MsgPack,
        other => return Err(format!("PARSER={other}: it is default or msgpack").into()),
    };
    let farewell = LastEvent::new("last", &json!({ "code": "token_expired" }))?;
    let io = SocketIo::builder()
        .parser(parser)
        .engine(|engine| {
            engine.ping_interval = ping_interval;
            engine.ping_timeout = ping_timeout;
            engine.close_timeout = close_timeout;
            engine.max_payload = max_payload;
            engine.outbox_bytes = outbox_bytes;
            engine.cookie = cookie;
        })
        .allow_request(move |parts| {
            let query = parts.uri.query().unwrap_or_default();
            let allows = allowed.as_ref().is_none_or(|it| query.split('&').any(|part| part == it));
            async move { if allows { Ok(()) } else { Err(Forbidden::default()) } }
        })
        .connect_timeout(Duration::from_millis(setting("CONNECT_TIMEOUT", 45_000)?))
        .namespace(features("/"))
        .namespace(features("/custom"))
        .namespace(recoverable())
        .namespace(guarded())
        .namespace(dynamic())
        .namespace(watching::asked())
        .namespace(watching::watched())
        .namespace(watching::named())
        .namespace(closed("/farewell", Refusal::Disconnect(farewell)))
        .namespace(closed("/away", Refusal::Close))
        .build();
    let listener = TcpListener::bind(("127.0.0.1", setting("PORT", 0)?)).await?;
    println!("{}", json!(["listening", format!("http://{}", listener.local_addr()?)]));
    serve(&io, listener).await?;
    io.shutdown(Duration::from_secs(10)).await;
    Ok(())
}

async fn serve(io: &SocketIo, listener: TcpListener) -> Result<(), Box<dyn Error>> {
    let connections = TaskTracker::new();
    // One future for all turns of the loop: a signal between two of its own would be lost.
    let mut stop = pin!(tokio::signal::ctrl_c());
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => accepted?,
            stopped = &mut stop => return Ok(stopped?),
        };
        stream.set_nodelay(true)?;
        let io = io.clone();
        connections.spawn(async move {
            let service = service_fn(move |mut request: hyper::Request<_>| {
                io.notice(&mut request);
                request.extensions_mut().insert(peer);
                let io = io.clone();
                async move { Ok::<_, Infallible>(io.handle(request).await) }
            });
            let mut http = http1::Builder::new();
            let http = http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(30));
            // A connection that breaks is the client's affair.
            drop(http.serve_connection(TokioIo::new(stream), service).with_upgrades().await);
        });
    }
}

fn setting<T>(name: &str, default: T) -> Result<T, Box<dyn Error>>
where
    T: FromStr<Err: Display>,
{
    match env::var(name) {
        Ok(text) => text.parse().map_err(|error| format!("{name}={text}: {error}").into()),
        Err(_) => Ok(default),
    }
}
