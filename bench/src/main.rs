//! `make bench`: loads Tertulia, its peers and the floor in turn, and says what each has cost.

#![expect(clippy::cast_precision_loss, reason = "figures are read by people")]

mod contender;
mod cores;
mod figure;
mod files;
mod latency;
mod load;
mod machine;
mod meter;
mod plot;
mod postgres;
mod process;
mod progress;
mod report;
mod rest;
mod results;
mod run;
mod scenario;
mod targets;
mod users;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Measures Tertulia beside its peers and beside what the machine can do at all.
///
/// A whole run takes about twenty minutes, and two for what is stored, and writes bench/results/ and
/// the table in the README; a part of one (--quick, --only, fewer rounds) is written elsewhere.
#[derive(Debug, Parser)]
#[command(name = "make bench, or bench", args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    /// One short round with fewer clients: under two minutes, for a first impression.
    #[arg(long)]
    quick: bool,
    /// Only these scenarios and contenders (names separated by commas).
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only: Vec<String>,
    /// Also the contenders that are slow to install or to measure: bun, original.
    #[arg(long)]
    all: bool,
    /// How often everything is measured, in turn.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: Option<u16>,
    /// Measure nothing; write tables and plots anew from bench/results/results.json.
    #[arg(long, conflicts_with_all = ["quick", "only", "all", "rounds"])]
    render: bool,
    /// Where the results of a part of a run go.
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    out: PathBuf,
}

/// What is measured instead of the realtime half.
#[derive(Debug, clap::Subcommand)]
enum Other {
    Rest(rest::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ran = match &arguments.other {
        Some(Other::Rest(arguments)) => rest::run(arguments),
        None => run::run(&arguments),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If even that cannot be written there is nobody left to tell.
            writeln!(std::io::stderr(), "bench: {error}").ok();
            ExitCode::FAILURE
        }
    }
}
