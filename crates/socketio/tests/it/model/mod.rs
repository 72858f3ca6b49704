//! Many clients, rooms, drops and operators at once, against a model: everyone gets what was for
//! them, once, in the order of whoever sent it and in one order for all, however often their
//! connections are cut.

mod client;
mod emitter;
#[path = "../../../../engineio/tests/it/support/random.rs"]
mod random;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use socketio::{Ack, Config, Data, Namespace, Socket, SocketIo, State};
use tokio_util::task::TaskTracker;

use self::client::{ModelClient, Story};
use self::emitter::Emitter;
use self::random::{Random, for_seeds, seed};

const SEEDS: u64 = 40;
const THREADED_SEEDS: u64 = 25;
const EMITTERS: usize = 3;

/// What an event was, for all who may get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Said {
    /// An emitter's event.
    Emitted { emitter: usize, number: u64 },
    /// What the handler of a client's event told everyone.
    Handled { client: usize, number: u64 },
    /// What it told the client alone.
    Replied { client: usize, number: u64 },
    /// What it answered, if the connection held.
    Acked { client: usize, number: u64 },
}

/// What the server writes down.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    /// The events of each client, in the order in which they were handled.
    handled: HashMap<usize, Vec<u64>>,
    /// Who has nothing more to say.
    done: BTreeSet<usize>,
}

#[test]
fn everyone_gets_what_was_for_them_once_and_in_order() {
    for_seeds(SEEDS, |seed| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(run(seed));
    });
}

/// The same on threads, where what meets is up to them.
#[test]
fn everyone_gets_what_was_for_them_on_several_threads() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(4).enable_time().build().unwrap();
    for_seeds(THREADED_SEEDS, |seed| runtime.block_on(run(seed)));
}

/// Two runs with one seed do the same, or a seed that a failure names would be of no use.
#[test]
fn a_seed_determines_what_happens() {
    let seed = seed();
    let tell = || {
        let mut random = Random::new(seed);
        (0..20).map(|_| random.below(1000)).collect::<Vec<_>>()
    };
    assert_eq!(tell(), tell());
}

/// Sends the client's number back in three ways, in this order.
async fn say(
    socket: Socket<usize>,
    State(record): State<Record>,
    Data(number): Data<u64>,
    ack: Ack<usize>,
) {
    let client = *socket.data();
    record.0.lock().unwrap().handled.entry(client).or_default().push(number);
    // Whoever has gone meanwhile does not get the ack.
    drop(socket.emit_args("replied", (client, number)).await);
    drop(ack.send(&number).await);
    socket.namespace().broadcast().emit_args("handled", (client, number)).await.unwrap();
}

async fn done(socket: Socket<usize>, State(record): State<Record>) {
    record.0.lock().unwrap().done.insert(*socket.data());
}

fn server(random: &mut Random, record: Record) -> SocketIo {
    let namespace = Namespace::guarded("/", record, |request, _| async move {
        Ok(usize::try_from(
            request.auth::<serde_json::Value>().unwrap()["client"].as_u64().unwrap(),
        )
        .unwrap())
    });
    let same = |before: &Arc<usize>, now: Arc<usize>| (*before == now).then_some(now);
    let namespace = namespace.recoverable(same).on("say", say).on("done", done);
    let shards = 1 + random.below(3);
    SocketIo::builder()
        .engine(|config: &mut Config| config.shards = shards)
        .namespace(namespace)
        .build()
}

async fn run(seed: u64) {
    let mut random = Random::new(seed);
    let (record, tasks) = (Record::default(), TaskTracker::new());
    let io = server(&mut random, record.clone());
    let mut clients = Vec::new();
    for client in 0..2 + random.below(5) {
        let random = Random::new(seed ^ (client as u64 + 1) << 8);
        clients.push(ModelClient::connect(&io, &tasks, client, random).await);
    }
    let ids = clients.iter().map(ModelClient::id).collect::<Vec<_>>();
    let emitters = (0..EMITTERS).map(|emitter| {
        let random = Random::new(seed ^ (emitter as u64 + 1) << 16);
        let emitter = Emitter::new(emitter, io.of("/").unwrap(), ids.clone(), random);
        tasks.spawn(emitter.run())
    });
    let emitters = emitters.collect::<Vec<_>>();
    let count = clients.len();
    let clients = clients.into_iter().map(|client| tasks.spawn(client.run()));
    let mut clients = futures_util::future::try_join_all(clients);
    let mut expected = Vec::new();
    for emitter in emitters {
        expected.push(emitter.await.unwrap());
    }
    let done = async {
        while record.0.lock().unwrap().done.len() < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        early = &mut clients => panic!("before the end: {early:?}"),
        () = done => {}
    }
    io.of("/").unwrap().broadcast().emit("end", &0).await.unwrap();
    let stories = clients.await.unwrap();
    let handled = std::mem::take(&mut record.0.lock().unwrap().handled);
    check(&stories, &expected, &handled);
}

fn check(stories: &[Story], expected: &[Vec<Vec<u64>>], handled: &HashMap<usize, Vec<u64>>) {
    for (client, story) in stories.iter().enumerate() {
        for (emitter, expected) in expected.iter().enumerate() {
            let got = story.numbers(|said| match *said {
                Said::Emitted { emitter: by, number } if by == emitter => Some(number),
                _ => None,
            });
            assert_eq!(got, expected[client], "what client {client} got of emitter {emitter}");
        }
        for (speaker, numbers) in handled {
            assert!(numbers.is_sorted_by(|a, b| a < b), "of {speaker} in order: {numbers:?}");
            let got = story.numbers(|said| match *said {
                Said::Handled { client, number } if client == *speaker => Some(number),
                _ => None,
            });
            assert_eq!(got, *numbers, "what client {client} got of client {speaker}");
        }
        let replied = story.numbers(|said| match *said {
            Said::Replied { number, .. } => Some(number),
            _ => None,
        });
        // A reply is for one that is there: after a cut it may have found nobody.
        let all = handled.get(&client).map_or(&[][..], Vec::as_slice);
        assert!(replied.iter().all(|number| all.contains(number)));
        check_replies(client, story);
    }
    for (one, story) in stories.iter().enumerate() {
        for (two, other) in stories.iter().enumerate().skip(one + 1) {
            assert_eq!(story.common(other), other.common(story), "the order at {one} and {two}");
        }
    }
}

/// The reply to an event comes before its ack, and that before what everyone is told.
fn check_replies(client: usize, story: &Story) {
    let place = |said: Said| story.0.iter().position(|other| *other == said);
    for said in &story.0 {
        let Said::Acked { number, .. } = *said else { continue };
        let replied = place(Said::Replied { client, number });
        let (acked, handled) = (place(*said), place(Said::Handled { client, number }));
        assert!(replied < acked && acked < handled, "{replied:?} {acked:?} {handled:?}");
        assert!(replied.is_some());
    }
}
