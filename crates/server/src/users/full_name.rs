//! The names that people are shown under.

use std::fmt;

/// A name: trimmed, 1 to 100 characters, none of them a control character. It may hold anything
/// else, markup included: whoever shows it must show it as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullName(String);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FullNameProblem {
    /// Nothing but blanks.
    Empty,
    /// Longer than [`FullName::MAX_CHARS`].
    TooLong,
    /// Has a line break or another control character.
    ControlCharacter,
}

impl FullName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 100;

    /// Reads a name as people write it; says everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<FullNameProblem>> {
        let text = text.trim();
        let problems: Vec<_> = [
            (FullNameProblem::ControlCharacter, text.chars().any(char::is_control)),
            (FullNameProblem::TooLong, text.chars().count() > Self::MAX_CHARS),
            (FullNameProblem::Empty, text.is_empty()),
        ]
        .into_iter()
        .filter_map(|(problem, found)| found.then_some(problem))
        .collect();
        if problems.is_empty() { Ok(Self(text.to_owned())) } else { Err(problems) }
    }

    /// A name that is already stored, whatever rules were in force then.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_a_name() {
        let name = FullName::parse(" <img src=x onerror=alert(1)> ").unwrap();
        assert_eq!(name.as_str(), "<img src=x onerror=alert(1)>");
    }

    #[test]
    fn problems_are_all_named() {
        assert_eq!(FullName::parse("  "), Err(vec![FullNameProblem::Empty]));
        let long = "é\n".repeat(60);
        let problems = FullName::parse(&long).unwrap_err();
        assert_eq!(problems, [FullNameProblem::ControlCharacter, FullNameProblem::TooLong]);
        assert!(FullName::parse(&"é".repeat(100)).is_ok());
    }
}
