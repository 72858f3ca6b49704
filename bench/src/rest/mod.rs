//! `make bench ARGS=rest`: the REST half beside the original's, under the load of a public tool.

mod answers;
mod contender;
mod data;
mod database;
mod report;
mod request;
mod wrk;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::contender::Contender as Peer;
use crate::figure::{Figure, Unit};
use crate::files::Papers;
use crate::load::Fault;
use crate::process::Server;
use crate::progress::{Progress, say};
use crate::results::Results;
use crate::run::{ROUNDS, RunError, first, install_peer};
use crate::{cores, machine, meter};
use contender::Contender;
use database::Postgres;
use request::{Line, Request};
use wrk::{Load, Wrk};

/// So long it takes until V8 compiles nothing any more that matters, on the core that the server has.
const WARM_UP_SECONDS: u64 = 15;

const PER_CPU_SECOND: &str = "requests per CPU second";

/// What the results are written to.
const PAPERS: Papers = Papers {
    json: "rest.json",
    render: |results| vec![("rest.md", report::markdown(results))],
    into_readme: report::into_readme,
};

/// Measures the REST half beside the original's, with wrk: about ten minutes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One round of one second each, for a first impression.
    #[arg(long)]
    quick: bool,
    /// How often everything is measured, in turn.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: Option<u16>,
    /// Measure nothing; write the tables anew from bench/results/rest.json.
    #[arg(long, conflicts_with_all = ["quick", "rounds"])]
    render: bool,
    /// Where the results of a part of a run go.
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    out: PathBuf,
}

/// What all measurements of a run share.
struct Setting {
    home: PathBuf,
    postgres: Postgres,
    now_seconds: u64,
    /// How long a load warms the server up, and how long it is measured.
    seconds: (u64, u64),
}

/// Runs what was asked for, prints the tables and writes them.
pub(crate) fn run(arguments: &Arguments) -> Result<(), RunError> {
    if arguments.render {
        return PAPERS.render_kept();
    }
    for peer in ["original", "wrk"] {
        install_peer(peer).map_err(RunError::NotInstalled)?;
    }
    let now_seconds = machine::now_seconds();
    let quick = arguments.quick;
    let rounds = arguments.rounds.map_or(if quick { 1 } else { ROUNDS }, usize::from);
    let mut results = Results { rounds, quick, ..Results::default() };
    results.date = machine::date(now_seconds);
    results.commit = machine::commit();
    results.machine = machine::describe();
    results.versions = machine::versions(&BTreeSet::from([Peer::Original]));
    results.versions.extend(machine::versions_of_rest());

    let folder = tempfile::tempdir().map_err(Fault::Io)?;
    // Before PostgreSQL is started, which stays where this process is.
    cores::take_the_last().map_err(Fault::Io)?;
    let setting = Setting {
        home: folder.path().to_owned(),
        postgres: Postgres::start()?,
        now_seconds,
        seconds: if quick { (2, 1) } else { (WARM_UP_SECONDS, 5) },
    };
    setting.prepare()?;
    let measured = setting.measure(rounds, &mut results);
    if measured.is_ok() && !quick && rounds >= ROUNDS {
        PAPERS.keep(&results)?;
    } else {
        // Also what a run that failed has measured so far.
        PAPERS.write(&results, &arguments.out)?;
    }
    measured?;
    writeln!(std::io::stdout(), "{}", report::markdown(&results)).map_err(Fault::Io)?;
    if !quick {
        let verdicts = report::judge(&results);
        say(&format!("{} targets were missed\n", verdicts.iter().filter(|v| !v.met).count()));
    }
    Ok(())
}

impl Setting {
    /// Fills all databases, and makes sure that every request of the load is answered by all alike.
    fn prepare(&self) -> Result<(), RunError> {
        let lines = Request::ALL.map(|request| request.lines(self.now_seconds)).concat();
        let mut expected: Option<Vec<_>> = None;
        // The original first, which says what to expect of the others.
        for contender in Contender::ALL.into_iter().rev() {
            say(&format!("comparing answers: {} ... ", contender.name()));
            let answered = self.fill_and_ask(contender, &lines).and_then(|answers| {
                let expected = expected.get_or_insert_with(|| answers.clone());
                answers::compare(&lines, expected, &answers)
            });
            let scenario = "equal answers";
            let failed = |fault| RunError::Failed { scenario, contender: contender.name(), fault };
            answered.map_err(failed)?;
            say("done\n");
        }
        Ok(())
    }

    fn fill_and_ask(&self, contender: Contender, lines: &[Line]) -> Result<Vec<Value>, Fault> {
        let server = self.start(contender)?;
        // A server that has no products yet has no tables to fill either, and says so more clearly.
        answers::ask(server.address, &lines[0])?;
        let url = contender.database_url(&self.home, &self.postgres);
        database::fill(&url, contender.dialect())?;
        server.stop()?;
        // Tertulia reads what it has not written itself when it starts.
        let server = self.start(contender)?;
        let answers = answers::ask_all(server.address, lines)?;
        server.stop()?;
        Ok(answers)
    }

    fn start(&self, contender: Contender) -> Result<Server, Fault> {
        contender.start(&self.home, &self.postgres)
    }

    /// Contenders take turns within a request.
    fn measure(&self, rounds: usize, results: &mut Results) -> Result<(), RunError> {
        let mut progress = Progress::new(rounds * Request::ALL.len() * Contender::ALL.len());
        for round in 1..=rounds {
            for request in Request::ALL {
                for contender in Contender::ALL {
                    let (scenario, name) = (request.name(), contender.name());
                    progress.begin(&format!("round {round}/{rounds}: {scenario}, {name}"));
                    let figures = self
                        .load(request, contender)
                        .map_err(|fault| RunError::Failed { scenario, contender: name, fault })?;
                    progress.end(&first(&figures));
                    results.add(scenario, name, figures);
                }
            }
        }
        Ok(())
    }

    /// One load of a fresh server, which must answer the same before and afterwards.
    fn load(&self, request: Request, contender: Contender) -> Result<Vec<Figure>, Fault> {
        let server = self.start(contender)?;
        let lines = request.lines(self.now_seconds);
        let answers = answers::ask_all(server.address, &lines)?;
        let wrk = Wrk::new(&lines)?;
        let (warm_up, measured) = self.seconds;
        let warm_up = wrk.warm_up(server.address, warm_up)?;
        let before = self.used(&server)?;
        let load = wrk.measure(server.address, measured, &warm_up)?;
        let spent = self.used(&server)?.since(before);
        answers::compare(&lines, &answers, &answers::ask_all(server.address, &lines)?)?;
        server.stop()?;
        Ok(figures(&load, &spent))
    }

    fn used(&self, server: &Server) -> Result<Used, Fault> {
        Ok(Used {
            server: server.usage()?.cpu,
            database: self.postgres.cpu_time()?,
            generator: meter::children_cpu_time()?,
        })
    }
}

/// User and system time.
#[derive(Debug, Clone, Copy)]
struct Used {
    server: Duration,
    /// Of all processes of PostgreSQL. SQLite is inside the server.
    database: Duration,
    /// Of loads that have ended, and of whatever else this process has started and seen end.
    generator: Duration,
}

impl Used {
    fn since(self, before: Self) -> Self {
        Self {
            server: self.server.saturating_sub(before.server),
            database: self.database.saturating_sub(before.database),
            generator: self.generator.saturating_sub(before.generator),
        }
    }
}

fn figures(load: &Load, spent: &Used) -> Vec<Figure> {
    let per_second = |name: &str, time: Duration| {
        Figure::new(name, Unit::PerSecond, load.requests as f64 / time.as_secs_f64())
    };
    let millis = |name: &str, time: Duration| {
        Figure::new(name, Unit::Milliseconds, time.as_secs_f64() * 1e3)
    };
    let core = |name: &str, used: Duration| {
        let percent = 100.0 * used.as_secs_f64() / load.time.as_secs_f64();
        Figure::new(name, Unit::Percent, percent)
    };
    vec![
        per_second(PER_CPU_SECOND, spent.server),
        per_second("with the database's", spent.server + spent.database),
        per_second("requests", load.time),
        millis("p50", load.p50),
        millis("p99", load.p99),
        core("the server's core", spent.server),
        core("PostgreSQL, of the other core", spent.database),
        core("wrk, of the other core", spent.generator),
    ]
}
