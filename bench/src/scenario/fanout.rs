//! Broadcasts and rooms.

use std::time::{Duration, Instant};

use super::session::{Context, Session, Spent};
use crate::contender::Contender;
use crate::figure::{Figure, Unit};
use crate::load::{Actions, Audience, Fanout, Fault};

pub(crate) const CPU: &str = "CPU per delivery";
pub(crate) const RATE: &str = "deliveries";
pub(crate) const GENERATOR: &str = "the load generator's core";

/// What is measured is the steady state.
const WARM_UP: Duration = Duration::from_millis(500);

/// Messages to `audience`, `in_flight` of them in each channel at any time.
pub(super) fn run(
    context: &Context,
    contender: Contender,
    clients: usize,
    audience: Audience,
    in_flight: usize,
) -> Result<Vec<Figure>, Fault> {
    let room = match audience {
        Audience::Everyone => None,
        Audience::Rooms(members) => Some(members),
    };
    let mut session = Session::with_clients(context, contender, clients, room)?;
    let (deliveries, spent) = steady(context, &mut session, clients, audience, in_flight)?;
    // With a worker on each core there is none left for the generator, which is why that row says no
    // more than what it says.
    if contender != Contender::TertuliaAllCores {
        spent.check_generator()?;
    }
    session.end()?;
    Ok(vec![
        Figure::new(CPU, Unit::Microseconds, spent.micros_per(deliveries)),
        Figure::new(RATE, Unit::PerSecond, spent.rate(deliveries)),
        Figure::new(GENERATOR, Unit::Percent, spent.generator_percent()),
    ])
}

const LEFTOVERS: Duration = Duration::from_millis(50);

/// Warms up, then measures.
pub(super) fn steady(
    context: &Context,
    session: &mut Session,
    clients: usize,
    audience: Audience,
    in_flight: usize,
) -> Result<(u64, Spent), Fault> {
    let mut load = Fanout::new(clients, audience, in_flight);
    stretch(session, &mut load, WARM_UP)?;
    let (before, meter) = (load.deliveries(), session.meter()?);
    stretch(session, &mut load, context.duration())?;
    let (deliveries, spent) = (load.deliveries() - before, session.read(&meter)?);
    // What comes once more than it should comes now.
    session.rest(&mut load, LEFTOVERS)?;
    Ok((deliveries, spent))
}

/// Sends for `time`, and waits until everything has arrived.
fn stretch(session: &mut Session, load: &mut Fanout, time: Duration) -> Result<(), Fault> {
    let end = Instant::now() + time;
    let actions = load.go();
    session.work(load, actions, "a steady load", |_| Instant::now() >= end)?;
    load.stop();
    session.work(load, Actions::default(), "the last deliveries", Fanout::is_quiet)
}
