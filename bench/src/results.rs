//! All figures of a run, as they are kept: `bench/results/results.json`.

use serde::{Deserialize, Serialize};

use crate::figure::{Figure, Unit};

/// A whole run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    /// RFC 3339, UTC.
    pub(crate) date: String,
    pub(crate) commit: String,
    pub(crate) machine: String,
    pub(crate) versions: Vec<String>,
    pub(crate) rounds: usize,
    /// Whether it was short, and with fewer clients than titles say.
    pub(crate) quick: bool,
    pub(crate) rows: Vec<Row>,
    /// Contenders that could not take part, and why.
    pub(crate) missing: Vec<String>,
}

/// One figure of one contender, with the values of all rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) scenario: String,
    pub(crate) contender: String,
    pub(crate) figure: String,
    pub(crate) unit: Unit,
    pub(crate) values: Vec<f64>,
}

impl Results {
    /// Adds what one run gave.
    pub(crate) fn add(&mut self, scenario: &str, contender: &str, figures: Vec<Figure>) {
        for Figure { name, unit, value } in figures {
            let known = self.rows.iter_mut().find(|row| {
                row.scenario == scenario && row.contender == contender && row.figure == name
            });
            match known {
                Some(row) => row.values.push(value),
                None => self.rows.push(Row {
                    scenario: scenario.to_owned(),
                    contender: contender.to_owned(),
                    figure: name,
                    unit,
                    values: vec![value],
                }),
            }
        }
    }

    /// The median of a figure, if it was measured.
    pub(crate) fn median(&self, scenario: &str, contender: &str, figure: &str) -> Option<f64> {
        let row = self.rows.iter().find(|row| {
            row.scenario == scenario && row.contender == contender && row.figure == figure
        });
        row.map(Row::median)
    }

    /// The rows of a scenario.
    pub(crate) fn of<'a>(&'a self, scenario: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.scenario == scenario)
    }
}

impl Row {
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        }
    }

    /// The median, and in brackets the least and the greatest if there were several rounds.
    pub(crate) fn show(&self) -> String {
        let median = self.unit.show(self.median());
        match self.sorted().as_slice() {
            [least, .., greatest] => {
                let (least, greatest) = (self.unit.show(*least), self.unit.show(*greatest));
                format!("{median} ({} to {greatest})", number(&least))
            }
            _ => median,
        }
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// A shown value without its unit.
fn number(shown: &str) -> &str {
    shown.split([' ', '/']).next().unwrap_or(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_become_a_median_with_its_range() {
        let mut results = Results::default();
        for value in [7.0, 5.0, 6.0] {
            results.add("s", "c", vec![Figure::new("f", Unit::Microseconds, value)]);
        }
        assert_eq!(results.rows.len(), 1);
        assert_eq!(results.median("s", "c", "f"), Some(6.0));
        assert_eq!(results.rows[0].show(), "6.0 µs (5.0 to 7.0 µs)");
        assert_eq!(results.median("s", "other", "f"), None);
    }
}
