//! What all scenarios share: a server, clients that are in, and the cost of a stretch of work.

use std::time::{Duration, Instant};

use crate::contender::{Contender, Home};
use crate::load::{Actions, Fault, Joined, Joining, Load, Swarm, Way};
use crate::meter;
use crate::postgres::Postgres;
use crate::process::{Server, Usage};

/// Clients that are on their way in at any time, where that is not what is measured.
pub(super) const AT_ONCE: usize = 64;

/// Whatever should be over by then has gone wrong.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long a server may take from its last word to its end.
const DYING: Duration = Duration::from_millis(300);

/// What scenarios need to know.
pub(crate) struct Context {
    pub(crate) home: Home,
    pub(crate) now_seconds: u64,
    pub(crate) quick: bool,
    /// Node's broadcasts per second with many in flight, once it was measured.
    pub(crate) node_best: Option<f64>,
    /// There if somebody who takes part stores messages in it.
    pub(crate) postgres: Option<Postgres>,
}

impl Context {
    /// How long the measured part of a steady load takes.
    pub(crate) fn duration(&self) -> Duration {
        if self.quick { Duration::from_millis(700) } else { Duration::from_secs(3) }
    }

    /// A number of clients, or fewer in a quick run.
    pub(crate) fn scale(&self, clients: usize) -> usize {
        if self.quick && clients > 1_000 { clients / 8 } else { clients }
    }
}

/// A server and its clients.
pub(crate) struct Session {
    pub(crate) contender: Contender,
    pub(crate) server: Server,
    pub(crate) swarm: Swarm,
}

impl Session {
    /// Starts a server, and a swarm that has no clients yet.
    pub(crate) fn start(
        context: &Context,
        contender: Contender,
        way: Way,
        lists: bool,
    ) -> Result<Self, Fault> {
        Self::start_at(&context.home, context, contender, way, lists)
    }

    /// The same in a home of its own.
    pub(crate) fn start_at(
        home: &Home,
        context: &Context,
        contender: Contender,
        way: Way,
        lists: bool,
    ) -> Result<Self, Fault> {
        let server = contender.start(home, lists)?;
        let now = context.now_seconds;
        let credentials = move |client| contender.credentials(client, now);
        let swarm = Swarm::new(server.address, way, credentials)?;
        Ok(Self { contender, server, swarm })
    }

    /// The same, with clients that are in, each in its room if there are rooms.
    pub(crate) fn with_clients(
        context: &Context,
        contender: Contender,
        clients: usize,
        room: Option<usize>,
    ) -> Result<Self, Fault> {
        let mut session = Self::start(context, contender, Way::WebSocket, false)?;
        let mut joining = Joining::new(0..clients, session.counted());
        if let Some(members) = room {
            joining = joining.with_rooms(members);
        }
        session.bring_in(&mut joining, AT_ONCE)?;
        Ok(session)
    }

    /// When a client of this server counts as in.
    pub(crate) fn counted(&self) -> Joined {
        match self.contender {
            Contender::Original => Joined::AtFirstList,
            _ => Joined::AtReply,
        }
    }

    /// Opens all clients of a load.
    pub(crate) fn bring_in(&mut self, joining: &mut Joining, at_once: usize) -> Result<(), Fault> {
        let actions = joining.begin(at_once);
        let lists = self.contender == Contender::Original;
        self.work(joining, actions, "joining", |joining| {
            joining.is_done() && (!lists || joining.lists_are_final())
        })
    }

    /// Carries out `actions` and lets the load go on until `done`.
    pub(crate) fn work<L: Load>(
        &mut self,
        load: &mut L,
        actions: Actions,
        what: &str,
        done: impl Fn(&L) -> bool,
    ) -> Result<(), Fault> {
        let carried = self.swarm.carry_out(actions);
        let worked =
            carried.and_then(|()| self.swarm.run(load, what, Instant::now() + PATIENCE, done));
        self.blame(worked)
    }

    /// Lets time pass, in which nothing but pings should arrive.
    pub(crate) fn rest(&mut self, load: &mut impl Load, time: Duration) -> Result<(), Fault> {
        let end = Instant::now() + time;
        let mut rested = Ok(());
        while rested.is_ok() && Instant::now() < end {
            rested = self.swarm.turn(load, Duration::from_millis(20));
        }
        self.blame(rested)
    }

    /// A server that died is the cause of whatever else went wrong.
    pub(crate) fn blame<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        let noticed = Instant::now();
        // Its connections end a moment before it does.
        while result.is_err() && noticed.elapsed() < DYING {
            self.server.check()?;
            std::thread::sleep(Duration::from_millis(5));
        }
        result
    }

    /// Begins to count.
    pub(crate) fn meter(&self) -> Result<Meter, Fault> {
        let usage = self.server.usage()?;
        Ok(Meter { usage, own: meter::own_cpu_time()?, start: Instant::now() })
    }

    /// What was used since.
    pub(crate) fn read(&self, meter: &Meter) -> Result<Spent, Fault> {
        Ok(Spent {
            cpu: self.server.usage()?.cpu.saturating_sub(meter.usage.cpu),
            own: meter::own_cpu_time()?.saturating_sub(meter.own),
            time: meter.start.elapsed(),
        })
    }

    /// Ends the server in good order.
    pub(crate) fn end(self) -> Result<(), Fault> {
        drop(self.swarm);
        self.server.stop()
    }
}

/// The readings at the start of a stretch of work.
pub(crate) struct Meter {
    usage: Usage,
    own: Duration,
    start: Instant,
}

/// What a stretch of work has cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    /// The server's user and system time.
    pub(crate) cpu: Duration,
    /// The load generator's.
    own: Duration,
    pub(crate) time: Duration,
}

impl Spent {
    /// The server's CPU time for each of `units`, in microseconds.
    pub(crate) fn micros_per(&self, units: u64) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / units as f64
    }

    /// How many of `units` there were each second.
    pub(crate) fn rate(&self, units: u64) -> f64 {
        units as f64 / self.time.as_secs_f64()
    }

    /// The load generator's use of its core, in percent.
    pub(crate) fn generator_percent(&self) -> f64 {
        100.0 * self.own.as_secs_f64() / self.time.as_secs_f64()
    }

    /// The server's use of one core, in percent.
    pub(crate) fn server_percent(&self) -> f64 {
        100.0 * self.cpu.as_secs_f64() / self.time.as_secs_f64()
    }

    /// A figure is the server's own only if it did not wait for a generator that was at its limit.
    pub(crate) fn check_generator(&self) -> Result<(), Fault> {
        let (own, server) = (self.generator_percent(), self.server_percent());
        if was_bottleneck(own, server) {
            let message = format!("it used {own:.0} % of its core, the server {server:.0} %");
            return Err(Fault::Generator(message));
        }
        Ok(())
    }
}

/// Whether the generator had nothing left of its core while the server had. Both are read a moment
/// apart, and the machine takes a little of each core, so that neither is ever quite at 100 %.
fn was_bottleneck(own_percent: f64, server_percent: f64) -> bool {
    own_percent > 97.0 && server_percent < 85.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generator_at_its_limit_is_a_fault_unless_the_server_is_too() {
        let spent = |own, cpu| Spent {
            cpu: Duration::from_millis(cpu),
            own: Duration::from_millis(own),
            time: Duration::from_secs(1),
        };
        assert!(matches!(spent(990, 500).check_generator(), Err(Fault::Generator(_))));
        assert!(spent(990, 990).check_generator().is_ok());
        assert!(spent(700, 500).check_generator().is_ok());
    }
}
