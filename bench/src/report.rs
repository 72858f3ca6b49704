//! The results as tables.

use std::fmt::Write as _;

use crate::contender::Contender;
use crate::results::{Results, Row};
use crate::scenario::Scenario;
use crate::scenario::names::{ACK_P99, PUBLISHES};
use crate::targets::{Verdict, judge};

/// Everything, as Markdown.
pub(crate) fn markdown(results: &Results) -> String {
    let mut out = String::from("# Results of `make bench`\n\n");
    about(&mut out, results);
    for scenario in Scenario::ALL {
        let rows: Vec<_> = results.of(scenario.name()).collect();
        if !rows.is_empty() {
            write!(out, "## {}\n\n", scenario.title()).expect("a string takes everything");
            let lines = Contender::ALL.map(|contender| (contender.name(), contender.is_ours()));
            table(&mut out, &rows, &lines);
        }
    }
    // With fewer clients the figures are not those that targets are about.
    if !results.quick {
        out.push_str("## Targets\n\n");
        targets(&mut out, &judge(results));
    }
    out
}

fn about(out: &mut String, results: &Results) {
    let Results { date, commit, machine, versions, rounds, missing, .. } = results;
    writeln!(
        out,
        "{date}, commit {commit}, {machine}. {}. Medians of {rounds} rounds, in brackets the least \
         and the greatest; CPU is the server's, user and system. Every server runs on one worker, \
         `tertulia-all` on one for each core.\n",
        versions.join(", ")
    )
    .expect("a string takes everything");
    if results.quick {
        out.push_str("A quick run: short, and with an eighth of the clients where there are more than 1,000.\n\n");
    }
    for missing in missing {
        writeln!(out, "Not measured: {missing}.\n").expect("a string takes everything");
    }
}

/// One line for each contender, given by its name and whether it is ours; one column for each figure.
pub(crate) fn table(out: &mut String, rows: &[&Row], contenders: &[(&str, bool)]) {
    let mut figures: Vec<&str> = Vec::new();
    for row in rows {
        if !figures.contains(&row.figure.as_str()) {
            figures.push(&row.figure);
        }
    }
    writeln!(out, "| | {} |", figures.join(" | ")).expect("a string takes everything");
    writeln!(out, "|---|{}", "---|".repeat(figures.len())).expect("a string takes everything");
    for &(name, is_ours) in contenders {
        let mine: Vec<_> = rows.iter().filter(|row| row.contender == name).collect();
        if mine.is_empty() {
            continue;
        }
        let cells = figures.iter().map(|figure| {
            mine.iter().find(|row| row.figure == *figure).map_or(String::new(), |row| row.show())
        });
        let name = if is_ours { format!("**{name}**") } else { name.to_owned() };
        writeln!(out, "| {name} | {} |", cells.collect::<Vec<_>>().join(" | "))
            .expect("a string takes everything");
    }
    out.push('\n');
}

pub(crate) fn targets(out: &mut String, verdicts: &[Verdict]) {
    out.push_str("| target | measured | |\n|---|---|---|\n");
    for Verdict { text, value, met } in verdicts {
        let (value, verdict) = match value {
            None => ("not measured".to_owned(), ""),
            Some(value) if *met => (format!("{value:.2}"), "met"),
            Some(value) => (format!("{value:.2}"), "**missed**"),
        };
        writeln!(out, "| {text} | {value} | {verdict} |").expect("a string takes everything");
    }
}

const BEGIN: &str = "<!-- bench: begin (written by `make bench`) -->";
const END: &str = "<!-- bench: end -->";

/// The README with the newest table in it, or `None` if it has no place for one.
pub(crate) fn into_readme(readme: &str, results: &Results) -> Option<String> {
    between(readme, BEGIN, END, &summary(results))
}

/// A text with something new between two marks, or `None` if it lacks them.
pub(crate) fn between(text: &str, begin: &str, end: &str, new: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n\n{new}\n{end}{after}"))
}

/// One line for each scenario, one column for each contender: the figure it is about.
fn summary(results: &Results) -> String {
    let contenders: Vec<_> = Contender::ALL
        .into_iter()
        .filter(|contender| results.rows.iter().any(|row| row.contender == contender.name()))
        .filter(|contender| !matches!(contender, Contender::TertuliaAllCores | Contender::Library))
        .filter(|contender| !contender.stores())
        .collect();
    let names = contenders.iter().map(|contender| contender.name());
    let mut out = format!("| | {} |\n", names.collect::<Vec<_>>().join(" | "));
    writeln!(out, "|---|{}", "---|".repeat(contenders.len())).expect("a string takes everything");
    // What all cores do is no figure of the contenders, and what is stored has a table of its own.
    let told = |scenario: &Scenario| *scenario != Scenario::Cores && !scenario.stores();
    for scenario in Scenario::ALL.into_iter().filter(told) {
        let Some(figure) = results.of(scenario.name()).next().map(|row| row.figure.clone()) else {
            continue;
        };
        let cells = contenders.iter().map(|contender| cell(results, scenario, &figure, *contender));
        let cells = cells.collect::<Vec<_>>().join(" | ");
        writeln!(out, "| {}: {figure} | {cells} |", scenario.title())
            .expect("a string takes everything");
    }
    out.push_str("\n¹ The crate `socketio` alone, with the handlers that the peers have.\n");
    out.push_str(&summary_of_stored(results));
    out
}

/// The same of what is stored: publishes and the time to their acks.
fn summary_of_stored(results: &Results) -> String {
    let contenders = [Contender::TertuliaSqlite, Contender::TertuliaPostgres, Contender::Tertulia];
    let mut out = String::new();
    for scenario in Scenario::ALL.into_iter().filter(|scenario| scenario.stores()) {
        for figure in [PUBLISHES, ACK_P99] {
            let cells = contenders.map(|contender| cell(results, scenario, figure, contender));
            if cells.iter().any(|cell| !cell.is_empty()) {
                let (title, cells) = (scenario.title(), cells.join(" | "));
                writeln!(out, "| {title}: {figure} | {cells} |")
                    .expect("a string takes everything");
            }
        }
    }
    if out.is_empty() {
        return out;
    }
    format!("\n| | on SQLite | on PostgreSQL | not stored |\n|---|---|---|---|\n{out}")
}

/// The median of one contender; of the library, marked as such, where the server takes no part.
fn cell(results: &Results, scenario: Scenario, figure: &str, contender: Contender) -> String {
    let median = |contender: Contender| {
        let mut rows = results.of(scenario.name());
        rows.find(|row| row.contender == contender.name() && row.figure == figure)
            .map(|row| row.unit.show(row.median()))
    };
    let own = median(contender);
    if own.is_none() && contender == Contender::Tertulia {
        return median(Contender::Library).map_or(String::new(), |shown| format!("{shown} ¹"));
    }
    own.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Figure, Unit};

    #[test]
    fn the_readme_gets_its_table() {
        let mut results = Results::default();
        for (contender, value) in [("floor", 5.0), ("tertulia", 6.0)] {
            results.add(
                "broadcast",
                contender,
                vec![Figure::new("CPU per delivery", Unit::Microseconds, value)],
            );
        }
        let readme = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let readme = into_readme(&readme, &results).unwrap();
        assert!(readme.contains("| | floor | tertulia |"), "{readme}");
        assert!(readme.contains("| 5.0 µs | 6.0 µs |") && !readme.contains("old"));
        assert_eq!(into_readme(&readme, &results), Some(readme.clone()), "the second run");
        assert_eq!(into_readme("no place", &results), None);
        let figure = Figure::new("CPU per delivery", Unit::Microseconds, 7.0);
        results.add("rooms", "tertulia-lib", vec![figure]);
        let readme = into_readme(&readme, &results).unwrap();
        assert!(readme.contains("CPU per delivery |  | 7.0 µs ¹ |"), "{readme}");
        assert!(!readme.contains("on SQLite"), "{readme}");
        let figure = Figure::new(PUBLISHES, Unit::PerSecond, 8.0);
        results.add("store-one", "tertulia-sqlite", vec![figure]);
        let readme = into_readme(&readme, &results).unwrap();
        assert!(readme.contains("| | floor | tertulia |"), "{readme}");
        assert!(readme.contains("one message in flight: publishes | 8.0/s |  |  |"), "{readme}");
    }

    /// The README must not say anything but what was measured last.
    #[test]
    fn the_readme_shows_the_kept_results() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).unwrap();
        let results = serde_json::from_str(&read("bench/results/results.json")).unwrap();
        let readme = read("README.md");
        assert_eq!(into_readme(&readme, &results), Some(readme.clone()));
        assert_eq!(markdown(&results), read("bench/results/results.md"));
    }
}
