//! What a measurement gives: numbers with units.

use serde::{Deserialize, Serialize};

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    Microseconds,
    Milliseconds,
    Seconds,
    PerSecond,
    /// Of 1,000 bytes.
    Kilobytes,
    /// Of 1,000,000 bytes.
    Megabytes,
    Count,
    Percent,
}

impl Unit {
    /// The value as a person reads it.
    pub(crate) fn show(self, value: f64) -> String {
        let digits = match value.abs() {
            0.0 => 0,
            small if small < 1.0 => 2,
            small if small < 100.0 => 1,
            _ => 0,
        };
        let number = with_separators(&format!("{value:.digits$}"));
        match self {
            Self::Microseconds => format!("{number} µs"),
            Self::Milliseconds => format!("{number} ms"),
            Self::Seconds => format!("{number} s"),
            Self::PerSecond => format!("{number}/s"),
            Self::Kilobytes => format!("{number} kB"),
            Self::Megabytes => format!("{number} MB"),
            Self::Count => number,
            Self::Percent => format!("{number} %"),
        }
    }
}

fn with_separators(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

/// One number of one run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) value: f64,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, unit: Unit, value: f64) -> Self {
        Self { name: name.into(), unit, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_the_digits_that_matter() {
        assert_eq!(Unit::Microseconds.show(0.366), "0.37 µs");
        assert_eq!(Unit::Microseconds.show(5.86), "5.9 µs");
        assert_eq!(Unit::PerSecond.show(1_449_871.3), "1,449,871/s");
        assert_eq!(Unit::Kilobytes.show(-120.0), "-120 kB");
        assert_eq!(Unit::Percent.show(0.0), "0 %");
    }
}
