//! Presence: everyone subscribes, and people come and go all the time.

use std::time::{Duration, Instant};

use super::session::{Context, Session};
use crate::contender::Contender;
use crate::figure::{Figure, Unit};
use crate::load::{Actions, Fault, Presence, Way};

/// Who joins and who leaves, each second.
const TURNOVER: u32 = 100;

/// Clients on their way in before it is measured.
const AT_ONCE: usize = 16;

/// The last diff is due within two seconds.
const SETTLED: Duration = Duration::from_secs(3);

pub(crate) const CPU: &str = "CPU per client and second";
pub(crate) const BYTES: &str = "diffs per client and second";

/// `clients` are there; each second 100 of them leave, and 100 others come in their place.
pub(super) fn run(
    context: &Context,
    contender: Contender,
    clients: usize,
) -> Result<Vec<Figure>, Fault> {
    let mut session = Session::start(context, contender, Way::WebSocket, false)?;
    let spare = clients / 4;
    let mut load = Presence::new(clients + spare);
    let actions = load.begin(0..clients, AT_ONCE);
    session.work(&mut load, actions, "subscribing", |load| load.subscribed() == clients)?;
    session.rest(&mut load, SETTLED)?;

    let (diffs, snapshots, meter) = (load.diffs(), load.snapshots(), session.meter()?);
    let (start, duration) = (Instant::now(), context.duration() * 3);
    let mut turns = 0;
    // Whoever leaves comes back when a quarter of all others have left after them.
    while start.elapsed() < duration {
        let client = turns as usize % (clients + spare);
        let comes = (turns as usize + clients) % (clients + spare);
        session.swarm.close(client);
        load.left(client);
        let mut actions = Actions::default();
        actions.open(comes);
        session.swarm.carry_out(actions)?;
        turns += 1;
        let due = start + Duration::from_secs(1) * turns / TURNOVER;
        session.rest(&mut load, due.saturating_duration_since(Instant::now()))?;
    }
    let spent = session.read(&meter)?;
    let (diffs_after, snapshots_after) = (load.diffs(), load.snapshots());
    session.rest(&mut load, SETTLED)?;
    session.work(&mut load, Actions::default(), "one version for all", |load| {
        load.subscribed() == clients && load.agree()
    })?;
    session.end()?;

    let client_seconds = clients as f64 * spent.time.as_secs_f64();
    let bytes = (diffs_after.bytes - diffs.bytes) as f64;
    let snapshots_taken = (snapshots_after.count - snapshots.count).max(1) as f64;
    let snapshot_bytes = (snapshots_after.bytes - snapshots.bytes) as f64;
    let frames = (diffs_after.count - diffs.count) as f64;
    Ok(vec![
        Figure::new(CPU, Unit::Microseconds, spent.cpu.as_secs_f64() * 1e6 / client_seconds),
        Figure::new(BYTES, Unit::Kilobytes, bytes / client_seconds / 1e3),
        Figure::new("diffs", Unit::PerSecond, frames / client_seconds),
        Figure::new("a snapshot", Unit::Kilobytes, snapshot_bytes / snapshots_taken / 1e3),
        Figure::new("joins and leaves", Unit::PerSecond, spent.rate(u64::from(turns))),
        Figure::new("the server's core", Unit::Percent, spent.server_percent()),
        Figure::new("clients that missed a version", Unit::Count, load.gaps() as f64),
        Figure::new(super::fanout::GENERATOR, Unit::Percent, spent.generator_percent()),
    ])
}
