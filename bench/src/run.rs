//! A run: which scenarios and contenders, in which order, and what becomes of the figures.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use crate::Arguments;
use crate::contender::{Contender, Home};
use crate::figure::Figure;
use crate::files::REALTIME;
use crate::load::Fault;
use crate::postgres::Postgres;
use crate::progress::{Progress, say};
use crate::results::Results;
use crate::scenario::{Context, Scenario, node_best};
use crate::{contender, cores, machine, report, targets};

/// The most clients of a scenario.
const USERS: usize = 10_000;

/// Fewer are a part of a run.
pub(crate) const ROUNDS: usize = 3;

/// Why there are no results.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("there is no scenario or contender {0:?}; scenarios: {1}; contenders: {2}")]
    Unknown(String, String, String),
    #[error("{0}")]
    NotInstalled(String),
    #[error("{scenario}, {contender}: {fault}")]
    Failed { scenario: &'static str, contender: &'static str, fault: Fault },
    #[error("preparing the run: {0}")]
    Prepare(#[from] Fault),
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    #[error("{0} has no place for the table")]
    NoPlace(PathBuf),
    #[error("{0} does not take part in {1}; those that do: {2}")]
    NoPart(&'static str, String, String),
}

/// What is to be measured.
struct Selection {
    scenarios: Vec<Scenario>,
    contenders: BTreeSet<Contender>,
    /// Whether contenders were named, so that none may be missing.
    named: bool,
}

impl Selection {
    fn new(arguments: &Arguments) -> Result<Self, RunError> {
        let (mut scenarios, mut contenders) = (Vec::new(), BTreeSet::new());
        for name in &arguments.only {
            let scenario = Scenario::ALL.into_iter().find(|scenario| scenario.name() == name);
            let contender = Contender::ALL.into_iter().find(|contender| contender.name() == name);
            match (scenario, contender) {
                (None, None) => return Err(unknown(name)),
                (scenario, contender) => {
                    scenarios.extend(scenario);
                    contenders.extend(contender);
                }
            }
        }
        let named = !contenders.is_empty();
        if scenarios.is_empty() {
            scenarios = Scenario::ALL.to_vec();
        }
        if !named {
            let wanted = |contender: &Contender| arguments.all || !contender.on_demand();
            contenders = Contender::ALL.into_iter().filter(wanted).collect();
        }
        Ok(Self { scenarios, contenders, named })
    }

    /// Refuses names that nothing would be measured for.
    fn check(&self) -> Result<(), RunError> {
        let names = |contenders: &mut dyn Iterator<Item = Contender>| {
            contenders.map(Contender::name).collect::<Vec<_>>().join(", ")
        };
        for &contender in self.contenders.iter().filter(|_| self.named) {
            if !self.scenarios.iter().any(|scenario| scenario.contenders().contains(&contender)) {
                let scenarios = self.scenarios.iter().map(|scenario| scenario.name());
                let mut those = self.scenarios.iter().flat_map(|s| s.contenders().iter().copied());
                let scenarios = scenarios.collect::<Vec<_>>().join(", ");
                return Err(RunError::NoPart(contender.name(), scenarios, names(&mut those)));
            }
        }
        Ok(())
    }

    /// Installs the peers. Those that cannot be are left out, unless they were named.
    fn install(&mut self, results: &mut Results) -> Result<(), RunError> {
        let takes_part = |contender: &Contender| {
            self.scenarios.iter().any(|scenario| scenario.contenders().contains(contender))
        };
        self.contenders.retain(takes_part);
        for contender in self.contenders.clone() {
            if let Err(message) = install(contender) {
                if self.named {
                    return Err(RunError::NotInstalled(message));
                }
                self.contenders.remove(&contender);
                results.missing.push(message);
            }
        }
        self.install_pacemaker(results)
    }

    /// Some scenarios go by what Node can do, whether or not it takes part itself.
    fn install_pacemaker(&mut self, results: &mut Results) -> Result<(), RunError> {
        let needed = self.scenarios.iter().any(|scenario| scenario.needs_rate());
        if !needed || self.contenders.contains(&Contender::Node) {
            return Ok(());
        }
        if let Err(message) = install(Contender::Node) {
            if self.named {
                return Err(RunError::NotInstalled(message));
            }
            self.scenarios.retain(|scenario| !scenario.needs_rate());
            results.missing.push(format!("what goes by Node's rate, because {message}"));
        }
        Ok(())
    }

    /// Every measurement of one round: contenders take turns within a scenario.
    fn steps(&self) -> Vec<(Scenario, Contender)> {
        let mut steps = Vec::new();
        for &scenario in &self.scenarios {
            let contenders = scenario.contenders().iter().copied();
            let contenders = contenders.filter(|contender| self.contenders.contains(contender));
            steps.extend(contenders.map(|contender| (scenario, contender)));
        }
        steps
    }
}

fn unknown(name: &str) -> RunError {
    RunError::Unknown(
        name.to_owned(),
        Scenario::ALL.map(Scenario::name).join(", "),
        Contender::ALL.map(Contender::name).join(", "),
    )
}

fn install(contender: Contender) -> Result<(), String> {
    contender.peer().map_or(Ok(()), install_peer)
}

/// Installs what one folder of peers says, and says so; the error is a whole sentence.
pub(crate) fn install_peer(name: &str) -> Result<(), String> {
    say(&format!("installing {name} ... "));
    match contender::install(name) {
        Ok(()) => {
            say("done\n");
            Ok(())
        }
        Err(why) => {
            let message = format!("{name} cannot be installed: {why}");
            say(&format!("{message}\n"));
            Err(message)
        }
    }
}

/// Runs what was asked for, prints the tables and writes them.
pub(crate) fn run(arguments: &Arguments) -> Result<(), RunError> {
    if arguments.render {
        return REALTIME.render_kept();
    }
    rlimit::increase_nofile_limit(u64::MAX).map_err(Fault::Io)?;
    let mut selection = Selection::new(arguments)?;
    selection.check()?;
    let now_seconds = machine::now_seconds();
    let rounds = arguments.rounds.map_or(if arguments.quick { 1 } else { ROUNDS }, usize::from);
    let mut results = Results { rounds, quick: arguments.quick, ..Results::default() };
    selection.install(&mut results)?;
    results.date = machine::date(now_seconds);
    results.commit = machine::commit();
    results.machine = machine::describe();
    results.versions = machine::versions(&selection.contenders);

    let folder = tempfile::tempdir().map_err(Fault::Io)?;
    let home = Home::prepare(folder.path(), USERS)?;
    if selection.contenders.iter().any(|contender| contender.has_users()) {
        home.import()?;
    }
    // Before PostgreSQL is started, which stays where this process is.
    cores::take_the_last().map_err(Fault::Io)?;
    let needed = selection.contenders.contains(&Contender::TertuliaPostgres);
    let postgres = needed.then(Postgres::start_durable).transpose()?;
    let quick = arguments.quick;
    let mut context = Context { home, now_seconds, quick, node_best: None, postgres };
    let measured = measure(&selection, &mut context, rounds, &mut results);
    let whole = arguments.only.is_empty() && !arguments.quick && rounds >= ROUNDS;
    if measured.is_ok() && whole {
        REALTIME.keep(&results)?;
    } else {
        // Also what a run that failed has measured so far.
        REALTIME.write(&results, &arguments.out)?;
    }
    measured?;
    let markdown = report::markdown(&results);
    writeln!(std::io::stdout(), "{markdown}").map_err(Fault::Io)?;
    if !arguments.quick {
        let verdicts = targets::judge(&results);
        let missed = verdicts.iter().filter(|verdict| verdict.value.is_some() && !verdict.met);
        say(&format!("{} targets were missed\n", missed.count()));
    }
    Ok(())
}

fn measure(
    selection: &Selection,
    context: &mut Context,
    rounds: usize,
    results: &mut Results,
) -> Result<(), RunError> {
    let steps = selection.steps();
    let mut progress = Progress::new(steps.len() * rounds);
    for round in 1..=rounds {
        for &(scenario, contender) in &steps {
            let failed = |fault| RunError::Failed {
                scenario: scenario.name(),
                contender: contender.name(),
                fault,
            };
            let what = format!("round {round}/{rounds}: {}, {}", scenario.name(), contender.name());
            progress.begin(&what);
            if scenario.needs_rate() && context.node_best.is_none() {
                let best = node_best(context, results).map_err(|fault| RunError::Failed {
                    scenario: Scenario::Burst.name(),
                    contender: Contender::Node.name(),
                    fault,
                })?;
                context.node_best = Some(best);
            }
            let figures = scenario.run(context, contender).map_err(failed)?;
            progress.end(&first(&figures));
            results.add(scenario.name(), contender.name(), figures);
        }
    }
    Ok(())
}

/// The figure that a scenario is about.
pub(crate) fn first(figures: &[Figure]) -> String {
    figures.first().map_or(String::new(), |figure| {
        format!("{} {}", figure.unit.show(figure.value), figure.name)
    })
}
