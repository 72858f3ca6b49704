//! Clients that come, stay, and leave: memory, the cost of connecting, storms of lists.

use std::time::{Duration, Instant};

use super::session::{Context, Session};
use crate::contender::Contender;
use crate::figure::{Figure, Unit};
use crate::load::{Actions, Audience, Fault, Joined, Joining, Way};

pub(crate) const MEMORY: &str = "memory per client";
pub(crate) const MEMORY_OF_RETURN: &str = "memory that the return of half added";
pub(crate) const CONNECT_CPU: &str = "CPU per connect";
pub(crate) const LIST_BYTES: &str = "lists";
pub(crate) const JOIN_CPU: &str = "CPU per join";

/// How long the server gets to let go of what it no longer needs.
const SETTLE: Duration = Duration::from_secs(2);

/// Memory of clients that do nothing; then half of them leave and as many come back.
pub(super) fn idle(
    context: &Context,
    contender: Contender,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let mut session = Session::start(context, contender, Way::WebSocket, false)?;
    let empty = session.server.usage()?.resident_bytes;
    let mut joining = Joining::new(0..clients, session.counted());
    session.bring_in(&mut joining, 64)?;
    session.rest(&mut joining, SETTLE)?;
    let full = session.server.usage()?.resident_bytes;

    for client in 0..clients / 2 {
        session.swarm.close(client);
    }
    session.rest(&mut joining, SETTLE)?;
    let mut returning = Joining::new(0..clients / 2, session.counted()).among(clients);
    session.bring_in(&mut returning, 64)?;
    session.rest(&mut returning, SETTLE)?;
    let again = session.server.usage()?.resident_bytes;
    if session.swarm.joined() != clients {
        return Err(Fault::Wrong(format!("{} clients are left", session.swarm.joined())));
    }
    session.end()?;
    Ok(vec![
        Figure::new(MEMORY, Unit::Kilobytes, per_client(full, empty, clients)),
        Figure::new(MEMORY_OF_RETURN, Unit::Kilobytes, per_client(again, full, clients / 2)),
        Figure::new("memory at the start", Unit::Megabytes, empty as f64 / 1e6),
    ])
}

/// The cost of coming in. The first quarter is not counted.
pub(super) fn connect(
    context: &Context,
    contender: Contender,
    way: Way,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let mut session = Session::start(context, contender, way, false)?;
    let warm_up = clients / 4;
    let mut first = Joining::new(0..warm_up, session.counted());
    session.bring_in(&mut first, 32)?;
    let meter = session.meter()?;
    let mut joining = Joining::new(warm_up..clients, session.counted());
    session.bring_in(&mut joining, 32)?;
    let spent = session.read(&meter)?;
    session.end()?;
    let connects = (clients - warm_up) as u64;
    let mut figures = vec![
        Figure::new(CONNECT_CPU, Unit::Microseconds, spent.micros_per(connects)),
        Figure::new(super::fanout::GENERATOR, Unit::Percent, spent.generator_percent()),
    ];
    // The floor does so little that the rate would be the generator's own.
    if spent.check_generator().is_ok() {
        figures.push(Figure::new("connects", Unit::PerSecond, spent.rate(connects)));
    }
    Ok(figures)
}

/// Distinct users come in one after another, each being told who is there.
pub(super) fn storm(
    context: &Context,
    contender: Contender,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let mut session = Session::start(context, contender, Way::WebSocket, true)?;
    let mut joining = Joining::new(0..clients, Joined::AtFirstList);
    let meter = session.meter()?;
    let actions = joining.begin(1);
    session.work(&mut joining, actions, "a storm of joins", Joining::is_done)?;
    let last = Instant::now();
    let done = Joining::lists_are_final;
    session.work(&mut joining, Actions::default(), "the final list", done)?;
    let (settled, spent) = (last.elapsed(), session.read(&meter)?);
    session.end()?;
    let name = |what: &str| format!("{what}, {clients} users");
    Ok(vec![
        Figure::new(name(LIST_BYTES), Unit::Megabytes, joining.list_bytes() as f64 / 1e6),
        Figure::new(name(JOIN_CPU), Unit::Milliseconds, spent.micros_per(clients as u64) / 1e3),
        Figure::new(name("until all have the final list"), Unit::Seconds, settled.as_secs_f64()),
        Figure::new(name("in all"), Unit::Seconds, spent.time.as_secs_f64()),
        Figure::new(super::fanout::GENERATOR, Unit::Percent, spent.generator_percent()),
    ])
}

/// Clients that are in before memory is looked at.
const FIRST: usize = 100;

/// What each of `clients` has added to the memory of a server, in kilobytes.
fn per_client(after: u64, before: u64, clients: usize) -> f64 {
    (after as f64 - before as f64) / clients as f64 / 1e3
}

/// The cost of a delivery and of a client, as their number grows.
pub(super) fn growth(
    context: &Context,
    contender: Contender,
    sizes: &[usize],
) -> Result<Vec<Figure>, Fault> {
    let mut figures = Vec::new();
    for &clients in sizes {
        let mut session = Session::start(context, contender, Way::WebSocket, false)?;
        // What the first clients cost beside themselves is not what one more costs.
        let mut first = Joining::new(0..FIRST, session.counted());
        session.bring_in(&mut first, 64)?;
        let few = session.server.usage()?.resident_bytes;
        let mut joining = Joining::new(FIRST..clients, session.counted());
        session.bring_in(&mut joining, 64)?;
        let all = session.server.usage()?.resident_bytes;
        let (deliveries, spent) =
            super::fanout::steady(context, &mut session, clients, Audience::Everyone, 1)?;
        session.end()?;
        let name = |what: &str| format!("{what}, {clients} clients");
        let memory = per_client(all, few, clients - FIRST);
        let cpu = spent.micros_per(deliveries);
        figures.push(Figure::new(name(super::fanout::CPU), Unit::Microseconds, cpu));
        figures.push(Figure::new(name(MEMORY), Unit::Kilobytes, memory));
        let own = spent.generator_percent();
        figures.push(Figure::new(name(super::fanout::GENERATOR), Unit::Percent, own));
    }
    Ok(figures)
}
