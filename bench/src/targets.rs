//! What the figures must be, as ratios within one run.

use crate::contender::Contender::{
    self, Bun, Floor, Library, Node, Socketioxide, Tertulia, TertuliaPostgres, TertuliaSqlite,
};
use crate::results::Results;
use crate::scenario::Scenario::{self, Growth, Idle, SlowReaders, StoreBeside, Storm};
use crate::scenario::names::{
    CONNECT_CPU, CPU, JOIN_CPU, LIST_BYTES, MEMORY, MEMORY_OF_RETURN, P99, P99_AT_RANDOM,
    P99_WITH_SLOW, PER_CPU_SECOND, RATE_BESIDE, SLOW_CLOSED, SLOW_MEMORY,
};

/// A figure of somebody.
type Reading = (Scenario, Contender, String);

/// What is compared.
enum Measure {
    Value(Reading),
    /// The first divided by the second.
    Ratio(Reading, Reading),
}

enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

struct Target {
    text: String,
    measure: Measure,
    bound: Bound,
}

/// How a target came out.
pub(crate) struct Verdict {
    pub(crate) text: String,
    /// The ratio or value, if everything that it needs was measured.
    pub(crate) value: Option<f64>,
    pub(crate) met: bool,
}

/// Judges all targets.
pub(crate) fn judge(results: &Results) -> Vec<Verdict> {
    all().into_iter().map(|target| target.judge(results)).collect()
}

impl Target {
    fn judge(self, results: &Results) -> Verdict {
        let read = |(scenario, contender, figure): &Reading| {
            results.median(scenario.name(), contender.name(), figure)
        };
        let value = match &self.measure {
            Measure::Value(reading) => read(reading),
            Measure::Ratio(first, second) => match (read(first), read(second)) {
                (Some(first), Some(second)) => Some(first / second),
                _ => None,
            },
        };
        let met = value.is_some_and(|value| match self.bound {
            Bound::AtMost(bound) => value <= bound,
            Bound::AtLeast(bound) => value >= bound,
        });
        let bound = match self.bound {
            Bound::AtMost(bound) => format!("at most {bound}"),
            Bound::AtLeast(bound) => format!("at least {bound}"),
        };
        Verdict { text: format!("{}: {bound}", self.text), value, met }
    }
}

fn all() -> Vec<Target> {
    let mut targets = vec![
        ratio(Scenario::Broadcast, CPU, Tertulia, Floor, Bound::AtMost(1.25)),
        ratio(Scenario::Broadcast, CPU, Node, Tertulia, Bound::AtLeast(2.0)),
        ratio(Scenario::Broadcast, CPU, Socketioxide, Tertulia, Bound::AtLeast(1.25)),
        ratio(Scenario::Broadcast, CPU, Bun, Tertulia, Bound::AtLeast(1.05)),
        ratio(Scenario::Burst, CPU, Tertulia, Floor, Bound::AtMost(0.25)),
        ratio(Scenario::Burst, CPU, Socketioxide, Tertulia, Bound::AtLeast(2.0)),
        ratio(Scenario::Burst, CPU, Node, Tertulia, Bound::AtLeast(10.0)),
        ratio(Scenario::Burst, CPU, Bun, Tertulia, Bound::AtLeast(10.0)),
        ratio(Scenario::Rooms, CPU, Node, Library, Bound::AtLeast(2.0)),
        ratio(Scenario::Rooms, CPU, Socketioxide, Library, Bound::AtLeast(1.25)),
        ratio(Scenario::Echo, PER_CPU_SECOND, Library, Node, Bound::AtLeast(2.5)),
        ratio(Scenario::OpenLoop, P99, Tertulia, Node, Bound::AtMost(0.5)),
        ratio(Scenario::OpenLoop, P99_AT_RANDOM, Tertulia, Node, Bound::AtMost(0.5)),
        value(Idle, MEMORY, "kB", Bound::AtMost(4.0)),
        // Nothing: less than a fortieth of what a client takes, which is what the allocator's own
        // housekeeping makes.
        value(Idle, MEMORY_OF_RETURN, "kB", Bound::AtMost(0.1)),
        ratio(Scenario::ConnectWebSocket, CONNECT_CPU, Tertulia, Node, Bound::AtMost(0.5)),
        ratio(Scenario::ConnectUpgrade, CONNECT_CPU, Tertulia, Node, Bound::AtMost(0.5)),
        value(Storm, &format!("{LIST_BYTES}, 1000 users"), "MB", Bound::AtMost(77.0)),
        value(Storm, &format!("{JOIN_CPU}, 1000 users"), "ms", Bound::AtMost(1.2)),
    ];
    for figure in [CPU, MEMORY] {
        let of = |clients| (Growth, Tertulia, format!("{figure}, {clients} clients"));
        targets.push(Target {
            text: format!("growth: {figure} of tertulia, 8000 to 250 clients"),
            measure: Measure::Ratio(of(8_000), of(250)),
            bound: Bound::AtMost(1.3),
        });
    }
    targets.push(Target {
        text: "slow-readers: p99 of tertulia with slow readers to p99 without".to_owned(),
        measure: Measure::Ratio(
            (SlowReaders, Tertulia, P99_WITH_SLOW.to_owned()),
            (SlowReaders, Tertulia, P99.to_owned()),
        ),
        bound: Bound::AtMost(1.2),
    });
    // What may wait for one client (`engine.outbox_bytes`), and a little for what holds it.
    targets.push(value(SlowReaders, SLOW_MEMORY, "kB", Bound::AtMost(1_100.0)));
    targets.push(value(SlowReaders, SLOW_CLOSED, "%", Bound::AtLeast(100.0)));
    // Both do the same, but for what is stored in other rooms.
    for storing in [TertuliaSqlite, TertuliaPostgres] {
        let bound = Bound::AtLeast(0.8);
        targets.push(ratio(StoreBeside, RATE_BESIDE, storing, Tertulia, bound));
    }
    targets
}

fn ratio(
    scenario: Scenario,
    figure: &str,
    first: Contender,
    second: Contender,
    bound: Bound,
) -> Target {
    let (name, figure) = (scenario.name(), figure.to_owned());
    Target {
        text: format!("{name}: {figure} of {} to {}", first.name(), second.name()),
        measure: Measure::Ratio((scenario, first, figure.clone()), (scenario, second, figure)),
        bound,
    }
}

fn value(scenario: Scenario, figure: &str, unit: &str, bound: Bound) -> Target {
    let name = scenario.name();
    Target {
        text: format!("{name}: {figure} of tertulia, {unit}"),
        measure: Measure::Value((scenario, Tertulia, figure.to_owned())),
        bound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Figure, Unit};

    #[test]
    fn a_target_is_met_missed_or_not_measured() {
        let mut results = Results::default();
        let mut verdict = |tertulia: f64, floor: Option<f64>| {
            results.rows.clear();
            let figure = |value| vec![Figure::new(CPU, Unit::Microseconds, value)];
            results.add("broadcast", "tertulia", figure(tertulia));
            if let Some(floor) = floor {
                results.add("broadcast", "floor", figure(floor));
            }
            judge(&results).remove(0)
        };
        assert!(verdict(6.0, Some(5.0)).met);
        let missed = verdict(7.0, Some(5.0));
        assert_eq!((missed.met, missed.value), (false, Some(1.4)));
        let unknown = verdict(6.0, None);
        assert_eq!((unknown.met, unknown.value), (false, None));
        assert_eq!(unknown.text, "broadcast: CPU per delivery of tertulia to floor: at most 1.25");
    }
}
