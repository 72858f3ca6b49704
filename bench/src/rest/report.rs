//! The results of the REST half as tables.

use std::fmt::Write as _;

use super::contender::Contender::{self, Original};
use super::request::Request;
use super::{PER_CPU_SECOND, wrk};
use crate::report;
use crate::results::Results;
use crate::targets::Verdict;

/// How often as many requests per CPU second as the original's are ours to be.
const TARGET: f64 = 5.0;

/// Everything, as Markdown.
pub(crate) fn markdown(results: &Results) -> String {
    let Results { date, commit, machine, versions, rounds, quick, .. } = results;
    let mut out = format!(
        "# Results of `make bench ARGS=rest`\n\n{date}, commit {commit}, {machine}. {}. Medians of \
         {rounds} rounds, in brackets the least and the greatest; CPU is user and system. Every \
         server has one core and one worker; `wrk` ({} connections) and PostgreSQL share the other \
         core.\n\n",
        versions.join(", "),
        wrk::CONNECTIONS
    );
    if *quick {
        out.push_str("A quick run: one second each, and servers that are not warm yet.\n\n");
    }
    for request in Request::ALL {
        let rows: Vec<_> = results.of(request.name()).collect();
        if !rows.is_empty() {
            write!(out, "## {}\n\n", request.title()).expect("a string takes everything");
            let lines = Contender::ALL.map(|contender| (contender.name(), contender.is_ours()));
            report::table(&mut out, &rows, &lines);
        }
    }
    if !quick {
        out.push_str("## Targets\n\n");
        report::targets(&mut out, &judge(results));
    }
    out
}

/// The targets, and how they came out.
pub(crate) fn judge(results: &Results) -> Vec<Verdict> {
    let ours = Contender::ALL.into_iter().filter(|contender| contender.is_ours());
    let all = Request::ALL.into_iter().flat_map(|request| ours.clone().map(move |c| (request, c)));
    let verdict = |(request, contender): (Request, Contender)| {
        let (request, name, original) = (request.name(), contender.name(), Original.name());
        let median = |contender| results.median(request, contender, PER_CPU_SECOND);
        let value = median(name).zip(median(original)).map(|(ours, theirs)| ours / theirs);
        Verdict {
            text: format!("{request}: {PER_CPU_SECOND} of {name} to {original}: at least {TARGET}"),
            value,
            met: value.is_some_and(|value| value >= TARGET),
        }
    };
    all.map(verdict).collect()
}

const BEGIN: &str = "<!-- bench rest: begin (written by `make bench ARGS=rest`) -->";
const END: &str = "<!-- bench rest: end -->";

/// The README with the newest table in it, or `None` if it has no place for one.
pub(crate) fn into_readme(readme: &str, results: &Results) -> Option<String> {
    report::between(readme, BEGIN, END, &summary(results))
}

/// One line for each request, one column for each contender.
fn summary(results: &Results) -> String {
    let names = Contender::ALL.map(Contender::name).join(" | ");
    let mut out = format!("| {PER_CPU_SECOND} | {names} |\n|---|---|---|---|\n");
    for request in Request::ALL {
        let cells = Contender::ALL.map(|contender| {
            let mut rows = results.of(request.name());
            let row =
                rows.find(|row| row.contender == contender.name() && row.figure == PER_CPU_SECOND);
            row.map_or(String::new(), |row| row.unit.show(row.median()))
        });
        writeln!(out, "| `{}` | {} |", request.title(), cells.join(" | "))
            .expect("a string takes everything");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Figure, Unit};

    fn results() -> Results {
        let mut results = Results::default();
        for (contender, value) in
            [("tertulia-sqlite", 12_000.0), ("tertulia-postgres", 4_900.0), ("original", 1_000.0)]
        {
            let figure = Figure::new(PER_CPU_SECOND, Unit::PerSecond, value);
            results.add("products", contender, vec![figure]);
        }
        results
    }

    #[test]
    fn a_target_is_met_missed_or_not_measured() {
        let verdicts = judge(&results());
        let shown: Vec<_> = verdicts.iter().map(|v| (v.value, v.met)).collect();
        assert_eq!(shown[..3], [(Some(12.0), true), (Some(4.9), false), (None, false)]);
        let text = "products: requests per CPU second of tertulia-sqlite to original: at least 5";
        assert_eq!(verdicts[0].text, text);
    }

    /// The README has a place for the table, and says nothing but what was measured last.
    #[test]
    fn the_readme_shows_the_kept_results() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}"));
        let readme = read("README.md").unwrap();
        // Nothing is kept before the first whole run.
        let Ok(json) = read("bench/results/rest.json") else {
            assert!(into_readme(&readme, &Results::default()).is_some());
            return;
        };
        let results = serde_json::from_str(&json).unwrap();
        assert_eq!(into_readme(&readme, &results), Some(readme.clone()));
        assert_eq!(markdown(&results), read("bench/results/rest.md").unwrap());
    }

    #[test]
    fn the_readme_gets_its_table() {
        let readme = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let readme = into_readme(&readme, &results()).unwrap();
        assert!(readme.contains("| `GET products` | 12,000/s | 4,900/s | 1,000/s |"), "{readme}");
        assert!(readme.contains("| `GET products/:term` |  |  |  |"), "{readme}");
        assert!(markdown(&results()).contains("| **tertulia-postgres** | 4,900/s |"));
    }
}
