//! Latency at a fixed rate, with clients that read and with some that do not.

use std::time::{Duration, Instant};

use super::session::{Context, Session};
use crate::contender::Contender;
use crate::figure::{Figure, Unit};
use crate::latency::millis_at;
use crate::load::{Fault, OpenLoop};

pub(crate) const P99: &str = "p99";
pub(crate) const P99_WITH_SLOW: &str = "p99 with slow readers";

/// What a slow reader is sent, so that its share of a few seconds is more than its outbox holds.
const SLOW_PADDING: usize = 3_900;

/// Latency of delivery at half of the rate at which Node is at its limit.
pub(super) fn run(
    context: &Context,
    contender: Contender,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let rate = rate(context)?;
    let mut session = Session::with_clients(context, contender, clients, None)?;
    let mut load = OpenLoop::new(clients, rate, context.duration() * 2, 30);
    pace(&mut session, &mut load)?;
    session.end()?;
    Ok(vec![
        Figure::new("rate", Unit::PerSecond, rate),
        Figure::new("p50", Unit::Milliseconds, millis_at(load.latency(), 50.0)),
        Figure::new(P99, Unit::Milliseconds, millis_at(load.latency(), 99.0)),
        Figure::new("p99.9", Unit::Milliseconds, millis_at(load.latency(), 99.9)),
    ])
}

/// The same, with longer messages, before and after one client in twenty has stopped to read.
pub(super) fn run_with_slow_readers(
    context: &Context,
    contender: Contender,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let rate = rate(context)? / 2.0;
    let duration = context.duration() * 4;
    let readers = clients - clients / 20;
    let mut session = Session::with_clients(context, contender, clients, None)?;
    let mut all = OpenLoop::new(clients, rate, duration, SLOW_PADDING);
    pace(&mut session, &mut all)?;
    let before = session.server.usage()?.resident_bytes;
    session.end()?;

    let mut session = Session::with_clients(context, contender, clients, None)?;
    for client in readers..clients {
        session.swarm.stop_reading(client)?;
    }
    let mut some =
        OpenLoop::new(clients, rate, duration, SLOW_PADDING).with_readers(readers);
    pace(&mut session, &mut some)?;
    let after = session.server.usage()?.resident_bytes;
    session.end()?;
    let per_slow = (after as f64 - before as f64) / (clients - readers) as f64;
    Ok(vec![
        Figure::new(P99, Unit::Milliseconds, millis_at(all.latency(), 99.0)),
        Figure::new(P99_WITH_SLOW, Unit::Milliseconds, millis_at(some.latency(), 99.0)),
        Figure::new("memory per slow reader", Unit::Kilobytes, per_slow / 1e3),
    ])
}

fn rate(context: &Context) -> Result<f64, Fault> {
    let best = context.node_best.ok_or_else(|| {
        Fault::Wrong("the rate is half of Node's best, and Node cannot be measured".to_owned())
    })?;
    Ok(best / 2.0)
}

fn pace(session: &mut Session, load: &mut OpenLoop) -> Result<(), Fault> {
    load.begin();
    let end = Instant::now() + Duration::from_secs(120);
    while !load.is_done() {
        if Instant::now() > end {
            return Err(Fault::TimedOut("deliveries at a fixed rate".to_owned()));
        }
        session.swarm.carry_out(load.send_due())?;
        // The last millisecond is spent awake: the system's timer is no finer.
        let wait = Duration::from_millis(
            u64::try_from(load.until_next().as_millis()).unwrap_or(u64::MAX).min(20),
        );
        session.swarm.turn(load, wait)?;
    }
    session.server.check()
}
