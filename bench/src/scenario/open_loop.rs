//! Latency at a fixed rate, with clients that read and with some that do not.

use std::time::{Duration, Instant};

use super::session::{Context, Session};
use crate::contender::Contender;
use crate::figure::{Figure, Unit};
use crate::latency::millis_at;
use crate::load::{Fault, OpenLoop, at_random, evenly};

pub(crate) const P99: &str = "p99";
pub(crate) const P99_AT_RANDOM: &str = "p99 at random times";
pub(crate) const SLOW_MEMORY: &str = "memory per slow reader";
pub(crate) const P99_WITH_SLOW: &str = "p99 with slow readers";

/// What makes a message as long as a usual one.
const PADDING: usize = 30;

/// What a slow reader is sent, so that its share of a few seconds is more than its outbox holds.
const SLOW_PADDING: usize = 3_900;

/// Of the times at which messages are sent at random: the same for every contender.
const SEED: u64 = 2026;

/// Latency of delivery at half of the rate at which Node is at its limit: at equal intervals, and at
/// random times.
pub(super) fn run(
    context: &Context,
    contender: Contender,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let (rate, duration) = (rate(context)?, context.duration() * 2);
    let mut session = Session::with_clients(context, contender, clients, None)?;
    let mut even = OpenLoop::new(clients, evenly(rate, duration), PADDING);
    pace(&mut session, &mut even)?;
    let mut random = OpenLoop::new(clients, at_random(rate, duration * 2, SEED), PADDING);
    pace(&mut session, &mut random)?;
    session.end()?;
    let at = |name, load: &OpenLoop, percentile| {
        Figure::new(name, Unit::Milliseconds, millis_at(load.latency(), percentile))
    };
    Ok(vec![
        at(P99, &even, 99.0),
        at("p50", &even, 50.0),
        at("p99.9", &even, 99.9),
        at(P99_AT_RANDOM, &random, 99.0),
        at("p50 at random times", &random, 50.0),
        at("p99.9 at random times", &random, 99.9),
        Figure::new("rate", Unit::PerSecond, rate),
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
    let mut all = OpenLoop::new(clients, evenly(rate, duration), SLOW_PADDING);
    pace(&mut session, &mut all)?;
    let before = session.server.usage()?.resident_bytes;
    session.end()?;

    let mut session = Session::with_clients(context, contender, clients, None)?;
    for client in readers..clients {
        session.swarm.stop_reading(client)?;
    }
    let mut some =
        OpenLoop::new(clients, evenly(rate, duration), SLOW_PADDING).with_readers(readers);
    pace(&mut session, &mut some)?;
    let after = session.server.usage()?.resident_bytes;
    session.end()?;
    let per_slow = (after as f64 - before as f64) / (clients - readers) as f64;
    Ok(vec![
        Figure::new(P99, Unit::Milliseconds, millis_at(all.latency(), 99.0)),
        Figure::new(P99_WITH_SLOW, Unit::Milliseconds, millis_at(some.latency(), 99.0)),
        Figure::new(SLOW_MEMORY, Unit::Kilobytes, per_slow / 1e3),
    ])
}

/// How long the load generator looks at nothing but what arrives.
const LONGEST_WAIT: Duration = Duration::from_millis(20);

fn rate(context: &Context) -> Result<f64, Fault> {
    let best = context.node_best.ok_or_else(|| {
        Fault::Wrong("the rate is half of Node's best, and Node cannot be measured".to_owned())
    })?;
    Ok(best / 2.0)
}

fn pace(session: &mut Session, load: &mut OpenLoop) -> Result<(), Fault> {
    load.begin();
    let end = Instant::now() + Duration::from_mins(2);
    while !load.is_done() {
        if Instant::now() > end {
            return Err(Fault::TimedOut("deliveries at a fixed rate".to_owned()));
        }
        session.swarm.carry_out(load.send_due())?;
        // The last millisecond is spent awake: the system's timer is no finer.
        let wait = load.until_next().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let whole = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        session.swarm.turn(load, Duration::from_millis(whole))?;
    }
    session.server.check()
}
