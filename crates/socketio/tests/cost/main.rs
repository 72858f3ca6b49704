//! What a delivery costs, and what a client, in things that can be counted whatever else the machine
//! is doing: writes to the transport, allocations, bytes that stay allocated. Each bound is what was
//! counted when it was set and a tenth, or one allocation for each message if that is more. One
//! worker carries everything, so that all of it is counted.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod wire;

use allocation_counter::AllocationInfo;
use serde_json::json;
use socketio::{Ack, Namespace, NamespaceRef, RawArgs, Socket, SocketIo};
use tokio::runtime::Runtime;
use tokio_util::task::TaskTracker;

use wire::Wire;

const CLIENTS: u64 = 100;
const ROOMS: u64 = 10;
const BURST: u64 = 16;

/// What was counted for a client that is connected and at rest, in bytes, its transport included.
const COUNTED_BYTES: i64 = 2_230;

/// A server and its clients, which do nothing but count.
struct House {
    runtime: Runtime,
    io: SocketIo,
    wires: Vec<Wire>,
    tasks: TaskTracker,
}

/// What a stretch of work took.
#[derive(Debug)]
struct Cost {
    writes: u64,
    bytes: u64,
    allocations: u64,
}

async fn enter_room(socket: Socket, args: RawArgs) {
    let room: String = args.parse_first().unwrap();
    socket.join(room).await;
}

async fn echo(ack: Ack, args: RawArgs) {
    ack.send_args(args).await.unwrap();
}

impl House {
    fn new() -> Self {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_time().start_paused(true).build().unwrap();
        let namespace = Namespace::open("/", ()).on("room", enter_room).on("echo", echo);
        let io = runtime.block_on(async {
            SocketIo::builder().engine(|engine| engine.shards = 1).namespace(namespace).build()
        });
        let mut house = Self { runtime, io, wires: Vec::new(), tasks: TaskTracker::new() };
        house.come(CLIENTS);
        house
    }

    /// So many clients come, and each enters one of the rooms.
    fn come(&mut self, clients: u64) {
        let (io, tasks) = (self.io.clone(), self.tasks.clone());
        let mut wires = Vec::new();
        self.run(async || {
            for client in 0..clients {
                let wire = Wire::open(&io, &tasks);
                wire.send("40");
                wire.send(&format!("42[\"room\",\"room {}\"]", client % ROOMS));
                wires.push(wire);
            }
        });
        self.wires.extend(wires);
        assert_eq!(self.namespace().socket_count(), self.wires.len());
    }

    /// So many go.
    fn go(&mut self, clients: usize) {
        let going: Vec<_> = self.wires.drain(..clients).collect();
        self.run(async || going.iter().for_each(Wire::close));
        assert_eq!(self.namespace().socket_count(), self.wires.len());
    }

    fn namespace(&self) -> NamespaceRef {
        self.io.of("/").unwrap()
    }

    /// Does the work and all that follows from it.
    fn run(&mut self, work: impl AsyncFnOnce()) {
        self.runtime.block_on(async {
            work().await;
            // Time stands still, and moves only when nothing else is left to do.
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        });
    }

    /// The same, counted, after it was done a few times so that buffers have their size.
    fn cost(&mut self, mut work: impl AsyncFnMut()) -> Cost {
        for _ in 0..3 {
            self.run(&mut work);
        }
        let (writes, bytes) = self.written();
        let AllocationInfo { count_total, .. } = allocation_counter::measure(|| self.run(work));
        let (writes_after, bytes_after) = self.written();
        Cost { writes: writes_after - writes, bytes: bytes_after - bytes, allocations: count_total }
    }

    fn written(&self) -> (u64, u64) {
        let written = self.wires.iter().map(Wire::written);
        written.fold((0, 0), |(writes, bytes), (w, b)| (writes + w, bytes + b))
    }
}

/// The length of a text frame with this packet, as every client gets it.
fn frame(packet: &str) -> u64 {
    let header = if packet.len() < 126 { 2 } else { 4 };
    header + packet.len() as u64
}

/// Asserts a number of allocations: as many as were counted when the test was written, and a tenth
/// or one for each message, whichever is more.
#[track_caller]
fn assert_allocates(cost: &Cost, messages: u64, counted: u64) {
    let most = counted + messages.max(counted / 10);
    assert!(cost.allocations <= most, "{cost:?}, and at most {most} allocations are expected");
    assert!(cost.allocations * 2 > counted, "{cost:?}: lower the bound, {counted}, to keep it");
}

#[test]
fn an_event_is_encoded_with_a_few_allocations_even_if_nobody_gets_it() {
    let mut house = House::new();
    let namespace = house.namespace();
    let payload = json!({ "message": "hello" });
    let cost = house.cost(async || {
        namespace.to("an empty room").emit("message", &payload).await.unwrap();
    });
    assert_eq!(cost.writes, 0);
    assert_allocates(&cost, 1, 6);
}

#[test]
fn a_broadcast_is_one_write_for_each_client_and_allocates_for_the_message_alone() {
    let mut house = House::new();
    let namespace = house.namespace();
    let payload = json!({ "message": "hello" });
    let cost = house.cost(async || {
        namespace.broadcast().emit("message", &payload).await.unwrap();
    });
    assert_eq!(cost.writes, CLIENTS);
    assert_eq!(cost.bytes, CLIENTS * frame(r#"42["message",{"message":"hello"}]"#));
    assert_allocates(&cost, 1, 6);
}

#[test]
fn a_burst_of_broadcasts_is_one_write_for_each_client() {
    let mut house = House::new();
    let namespace = house.namespace();
    let payload = json!({ "message": "hello" });
    let cost = house.cost(async || {
        for _ in 0..BURST {
            namespace.broadcast().emit("message", &payload).await.unwrap();
        }
    });
    assert_eq!(cost.writes, CLIENTS);
    assert_eq!(cost.bytes, BURST * CLIENTS * frame(r#"42["message",{"message":"hello"}]"#));
    assert_allocates(&cost, BURST, 96);
}

#[test]
fn a_message_to_a_room_costs_what_its_members_cost() {
    let mut house = House::new();
    let namespace = house.namespace();
    let payload = json!({ "message": "hello" });
    let cost = house.cost(async || {
        for room in 0..ROOMS {
            namespace.to(format!("room {room}")).emit("message", &payload).await.unwrap();
        }
    });
    assert_eq!(cost.writes, CLIENTS);
    assert_allocates(&cost, ROOMS, 90);
}

#[test]
fn an_event_is_parsed_with_a_few_allocations() {
    let mut house = House::new();
    let wires = house.wires.clone();
    let cost = house.cost(async || {
        for wire in &wires {
            wire.send(r#"42["nobody handles this",{"text":"what goes in"}]"#);
        }
    });
    assert_eq!(cost.writes, 0);
    assert_allocates(&cost, CLIENTS, 500);
}

#[test]
fn an_event_and_its_ack() {
    let mut house = House::new();
    let wires = house.wires.clone();
    let cost = house.cost(async || {
        for wire in &wires {
            wire.send(r#"427["echo",{"text":"what goes in comes out"}]"#);
        }
    });
    assert_eq!(cost.writes, CLIENTS);
    assert_eq!(cost.bytes, CLIENTS * frame(r#"437[{"text":"what goes in comes out"}]"#));
    assert_allocates(&cost, CLIENTS, 1_100);
}

/// Bytes that stay allocated after `work`.
fn growth(work: impl FnOnce()) -> i64 {
    allocation_counter::measure(work).bytes_current
}

#[test]
fn an_idle_client_holds_a_few_kilobytes() {
    let mut house = House::new();
    let held = growth(|| house.come(CLIENTS)) / i64::try_from(CLIENTS).unwrap();
    assert!(held < COUNTED_BYTES + COUNTED_BYTES / 10, "{held} bytes for each client");
    assert!(held > COUNTED_BYTES / 2, "{held} bytes: lower the bound, to keep it");
}

#[test]
fn those_who_go_leave_nothing_behind() {
    let mut house = House::new();
    let half = CLIENTS / 2;
    let mut churn = || {
        house.go(usize::try_from(half).unwrap());
        house.come(half);
    };
    for _ in 0..4 {
        churn();
    }
    let left = growth(churn);
    assert!(left.abs() < COUNTED_BYTES, "{left} bytes");
}
