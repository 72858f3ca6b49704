//! Requests with an ack.

use std::time::{Duration, Instant};

use super::session::{Context, Session};
use crate::contender::Contender;
use crate::figure::{Figure, Unit};
use crate::latency::millis_at;
use crate::load::{Actions, Echo, Fault};

pub(crate) const PER_CPU_SECOND: &str = "requests per CPU second";
const WARM_UP: Duration = Duration::from_millis(500);

/// Each of `clients` has one request on its way.
pub(super) fn run(
    context: &Context,
    contender: Contender,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let mut session = Session::with_clients(context, contender, clients, None)?;
    let mut load = Echo::new(clients);
    stretch(&mut session, &mut load, WARM_UP)?;
    load.forget_latency();
    let (before, meter) = (load.answers(), session.meter()?);
    stretch(&mut session, &mut load, context.duration())?;
    let (answers, spent) = (load.answers() - before, session.read(&meter)?);
    spent.check_generator()?;
    session.end()?;
    Ok(vec![
        Figure::new("requests", Unit::PerSecond, spent.rate(answers)),
        Figure::new(PER_CPU_SECOND, Unit::PerSecond, answers as f64 / spent.cpu.as_secs_f64()),
        Figure::new("p50", Unit::Milliseconds, millis_at(load.latency(), 50.0)),
        Figure::new("p99", Unit::Milliseconds, millis_at(load.latency(), 99.0)),
        Figure::new(super::fanout::GENERATOR, Unit::Percent, spent.generator_percent()),
    ])
}

fn stretch(session: &mut Session, load: &mut Echo, time: Duration) -> Result<(), Fault> {
    let end = Instant::now() + time;
    let actions = load.go();
    session.work(load, actions, "requests", |_| Instant::now() >= end)?;
    load.stop();
    session.work(load, Actions::default(), "the last answers", Echo::is_quiet)
}
