//! A run: which scenarios and contenders, in which order, and what becomes of the figures.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use crate::Arguments;
use crate::contender::{Contender, Home};
use crate::figure::Figure;
use crate::load::Fault;
use crate::progress::{Progress, say};
use crate::results::Results;
use crate::scenario::{Context, Scenario, node_best};
use crate::{files, machine, report, targets};

/// The most clients of a scenario.
const USERS: usize = 8_000;

const ROUNDS: usize = 3;

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

    /// Installs the peers. Those that cannot be are left out, unless they were named.
    fn install(&mut self, results: &mut Results) -> Result<(), RunError> {
        let takes_part = |contender: &Contender| {
            self.scenarios.iter().any(|scenario| scenario.contenders().contains(contender))
        };
        self.contenders.retain(takes_part);
        for contender in self.contenders.clone() {
            say(&format!("installing {} ... ", contender.name()));
            match contender.install() {
                Ok(()) => say("done\n"),
                Err(why) => {
                    let message = format!("{} cannot be installed: {why}", contender.name());
                    if self.named {
                        return Err(RunError::NotInstalled(message));
                    }
                    say(&format!("{message}\n"));
                    self.contenders.remove(&contender);
                    results.missing.push(message);
                }
            }
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

/// Runs what was asked for, prints the tables and writes them.
pub(crate) fn run(arguments: &Arguments) -> Result<(), RunError> {
    rlimit::increase_nofile_limit(u64::MAX).map_err(Fault::Io)?;
    let mut selection = Selection::new(arguments)?;
    let now_seconds = machine::now_seconds();
    let rounds = arguments.rounds.map_or(if arguments.quick { 1 } else { ROUNDS }, usize::from);
    let mut results = Results { rounds, ..Results::default() };
    selection.install(&mut results)?;
    results.date = machine::date(now_seconds);
    results.commit = machine::commit();
    results.machine = machine::describe();
    results.versions = machine::versions();

    let folder = tempfile::tempdir().map_err(Fault::Io)?;
    let home = Home::prepare(folder.path(), USERS)?;
    if selection.contenders.iter().any(|contender| contender.has_users()) {
        home.import()?;
    }
    let mut context = Context { home, now_seconds, quick: arguments.quick, node_best: None };
    measure(&selection, &mut context, rounds, &mut results)?;

    let markdown = report::markdown(&results);
    writeln!(std::io::stdout(), "{markdown}").map_err(Fault::Io)?;
    let whole = arguments.only.is_empty() && !arguments.quick;
    files::write(&results, &markdown, whole)?;
    let missed = targets::judge(&results).iter().filter(|v| v.value.is_some() && !v.met).count();
    say(&format!("{missed} targets were missed\n"));
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
                context.node_best = Some(node_best(context).map_err(failed)?);
            }
            let figures = scenario.run(context, contender).map_err(failed)?;
            progress.end(&first(&figures));
            results.add(scenario.name(), contender.name(), figures);
        }
    }
    Ok(())
}

/// The figure that a scenario is about.
fn first(figures: &[Figure]) -> String {
    figures.first().map_or(String::new(), |figure| {
        format!("{} {}", figure.unit.show(figure.value), figure.name)
    })
}
