//! Who is asked before a client connects, and before its events are handled.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use socketio::{
    Ack, ConnectRequest, Data, EventName, Invalid, Namespace, RawArgs, Refusal, Refused, Socket,
    SocketIo, State,
};
use tokio_util::task::TaskTracker;

use crate::client::{Client, Received};

/// What was asked and done, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn push(&self, entry: impl Into<String>) {
        self.0.lock().unwrap().push(entry.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[derive(Default, serde::Deserialize)]
struct Credentials {
    name: String,
}

fn refusal(message: &str) -> Refusal {
    Refusal::ConnectError { message: message.to_owned(), data: Some(json!({ "by": message })) }
}

/// Three are asked: who they say the client is, and then one and another.
fn asked(log: &Log) -> Namespace<Mutex<Vec<String>>, Log> {
    let authenticate = |request: ConnectRequest, log: Log| async move {
        log.push("authenticate");
        let Credentials { name } = request.auth().unwrap_or_default();
        if name.is_empty() { Err(refusal("authenticate")) } else { Ok(Mutex::new(vec![name])) }
    };
    let middleware = |own: &'static str| {
        move |request: ConnectRequest, data: Arc<Mutex<Vec<String>>>, log: Log| async move {
            log.push(own);
            let name = data.lock().unwrap()[0].clone();
            data.lock().unwrap().push(format!("{own} {}", request.namespace()));
            if name == own { Err(refusal(own)) } else { Ok(()) }
        }
    };
    Namespace::guarded("/", log.clone(), authenticate)
        .middleware(middleware("first"))
        .middleware(middleware("second"))
        .attach(|log, _socket| log.push("attach"))
        .on_connect(|socket: Socket<Mutex<Vec<String>>>| async move {
            let data = socket.data().lock().unwrap().clone();
            socket.emit("data", &data).await.unwrap();
        })
}

#[tokio::test(start_paused = true)]
async fn middlewares_are_asked_in_order_and_the_first_to_refuse_ends_it() {
    let (log, tasks) = (Log::default(), TaskTracker::new());
    let io = SocketIo::builder().namespace(asked(&log)).build();
    for (name, last, expected) in [
        ("", "authenticate", &["authenticate"][..]),
        ("first", "first", &["authenticate", "first"]),
        ("second", "second", &["authenticate", "first", "second"]),
    ] {
        let mut client = Client::open(&io, &tasks).await;
        client.send(&format!(r#"40{{"name":"{name}"}}"#)).await;
        let answer = format!(r#"44{{"message":"{last}","data":{{"by":"{last}"}}}}"#);
        assert_eq!(client.text().await, answer);
        assert_eq!(client.read().await, Received::Close);
        assert_eq!(log.take(), expected);
    }
    assert_eq!(io.of("/").unwrap().socket_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn middlewares_see_the_request_and_what_was_found_out_before_them() {
    let (log, tasks) = (Log::default(), TaskTracker::new());
    let io = SocketIo::builder().namespace(asked(&log)).build();
    let mut client = Client::connect(&io, &tasks, r#"40{"name":"ann"}"#).await;
    assert_eq!(client.text().await, r#"42["data",["ann","first /","second /"]]"#);
    assert_eq!(log.take(), ["authenticate", "first", "second", "attach"]);
}

#[tokio::test(start_paused = true)]
async fn a_middleware_that_hangs_or_panics_closes_without_an_answer() {
    let tasks = TaskTracker::new();
    for hangs in [true, false] {
        let namespace =
            Namespace::open("/", ()).middleware(move |_request, _data, ()| async move {
                assert!(hangs, "as asked");
                std::future::pending().await
            });
        let timeout = Duration::from_secs(5);
        let io = SocketIo::builder().namespace(namespace).handler_timeout(timeout).build();
        let mut client = Client::open(&io, &tasks).await;
        let asked = tokio::time::Instant::now();
        client.send("40").await;
        assert_eq!(client.read().await, Received::Close);
        assert_eq!(asked.elapsed(), if hangs { timeout } else { Duration::ZERO });
    }
}

async fn count(EventName(name): EventName, State(log): State<Log>, args: RawArgs) {
    log.push(format!("any {name} {}", args.json()));
}

/// Lets through what is not called as it is.
fn packet_middleware(
    own: &'static str,
) -> impl Fn(EventName, State<Log>) -> std::future::Ready<Result<(), Refused>> + Send + Sync {
    move |EventName(name), State(log)| {
        log.push(own);
        let data = Some(json!({ "code": own }));
        let refused = Refused { message: format!("not {name}"), data };
        std::future::ready(if *name == *own { Err(refused) } else { Ok(()) })
    }
}

async fn handle(EventName(name): EventName, State(log): State<Log>, ack: Ack) {
    log.push(format!("handled {name}"));
    ack.send(&"done").await.unwrap();
}

async fn refused(Refused { message, data }: Refused, State(log): State<Log>, ack: Ack) {
    log.push(format!("refused: {message}"));
    ack.send(&data).await.unwrap();
}

fn watched(log: &Log) -> Namespace<(), Log> {
    Namespace::open("/", log.clone())
        .on_any(count)
        .packet_middleware(packet_middleware("first"))
        .packet_middleware(packet_middleware("second"))
        .on("first", handle)
        .on("second", handle)
        .on("third", handle)
}

/// Asks with an event, and returns what is answered.
async fn call(client: &mut Client, event: &str) -> String {
    client.send(&format!(r#"427["{event}",1,"x"]"#)).await;
    client.text().await
}

#[tokio::test(start_paused = true)]
async fn packet_middlewares_let_an_event_through_or_refuse_it() {
    let (log, tasks) = (Log::default(), TaskTracker::new());
    let io = SocketIo::builder().namespace(watched(&log).on_refused(refused)).build();
    let mut client = Client::connect(&io, &tasks, "40").await;
    assert_eq!(call(&mut client, "third").await, r#"437["done"]"#);
    assert_eq!(log.take(), [r#"any third 1,"x""#, "first", "second", "handled third"]);
    assert_eq!(call(&mut client, "first").await, r#"437[{"code":"first"}]"#);
    assert_eq!(log.take(), [r#"any first 1,"x""#, "first", "refused: not first"]);
    assert_eq!(call(&mut client, "second").await, r#"437[{"code":"second"}]"#);
    assert_eq!(log.take(), [r#"any second 1,"x""#, "first", "second", "refused: not second"]);
}

#[tokio::test(start_paused = true)]
async fn without_anybody_to_tell_a_refused_event_is_dropped_and_the_socket_goes_on() {
    let (log, tasks) = (Log::default(), TaskTracker::new());
    let io = SocketIo::builder().namespace(watched(&log)).build();
    let mut client = Client::connect(&io, &tasks, "40").await;
    client.send(r#"421["first",1,"x"]"#).await;
    assert_eq!(call(&mut client, "third").await, r#"437["done"]"#);
    let expected = [r#"any first 1,"x""#, "first", r#"any third 1,"x""#];
    assert_eq!(log.take()[..3], expected);
}

#[tokio::test(start_paused = true)]
async fn a_packet_middleware_that_does_not_get_what_it_takes_refuses() {
    let (log, tasks) = (Log::default(), TaskTracker::new());
    let numbers = |Data(number): Data<u8>| async move {
        if number < 7 { Ok(()) } else { Err(Refused::new("too large")) }
    };
    let namespace = Namespace::open("/", log.clone())
        .packet_middleware(numbers)
        .on_invalid(|Invalid(wrong): Invalid, socket: Socket| async move {
            socket.emit("invalid", &wrong).await.unwrap();
        })
        .on_refused(|refused: Refused, socket: Socket| async move {
            socket.emit("refused", &refused.to_string()).await.unwrap();
        })
        .on("number", handle);
    let io = SocketIo::builder().namespace(namespace).build();
    let mut client = Client::connect(&io, &tasks, "40").await;
    client.send(r#"42["number","one"]"#).await;
    assert!(client.text().await.starts_with(r#"42["invalid","#));
    client.send(r#"42["number",7]"#).await;
    assert_eq!(client.text().await, r#"42["refused","too large"]"#);
    client.send(r#"421["number",6]"#).await;
    assert_eq!(client.text().await, r#"431["done"]"#);
    assert_eq!(log.take(), ["handled number"]);
}

#[tokio::test(start_paused = true)]
async fn events_of_one_client_are_passed_on_one_at_a_time() {
    let (log, tasks) = (Log::default(), TaskTracker::new());
    let slow = |EventName(name): EventName, State(log): State<Log>| async move {
        log.push(format!("{name} in"));
        tokio::time::sleep(Duration::from_millis(10)).await;
        log.push(format!("{name} out"));
    };
    let namespace =
        Namespace::open("/", log.clone()).on_any(slow).fallback(slow).on("last", handle);
    let io = SocketIo::builder().namespace(namespace).build();
    let mut client = Client::connect(&io, &tasks, "40").await;
    client.send(r#"42["a"]"#).await;
    assert_eq!(call(&mut client, "last").await, r#"437["done"]"#);
    let expected = "a in, a out, a in, a out, last in, last out, handled last";
    assert_eq!(log.take().join(", "), expected);
}

#[tokio::test(start_paused = true)]
async fn what_nothing_handles_the_fallback_does() {
    let (log, tasks) = (Log::default(), TaskTracker::new());
    let fallback = |EventName(name): EventName, args: RawArgs, ack: Ack| async move {
        ack.send_args((&*name, args.json())).await.unwrap();
    };
    let namespace = Namespace::open("/", log.clone()).fallback(fallback).on("known", handle);
    let io = SocketIo::builder().namespace(namespace).build();
    let mut client = Client::connect(&io, &tasks, "40").await;
    assert_eq!(call(&mut client, "known").await, r#"437["done"]"#);
    assert_eq!(call(&mut client, "unknown").await, r#"437["unknown","1,\"x\""]"#);
}
