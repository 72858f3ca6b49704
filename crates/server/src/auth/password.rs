//! What a new password must be like.

/// A password that follows the rules: 6 to 50 characters, with an upper-case letter, a lower-case
/// one, and a digit or symbol.
#[derive(Clone)]
pub struct NewPassword(String);

/// What is wrong with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Lacks an upper-case letter, a lower-case one, or a digit or symbol.
    TooPlain,
    /// Longer than [`NewPassword::MAX_CHARS`].
    TooLong,
    /// Shorter than [`NewPassword::MIN_CHARS`].
    TooShort,
}

impl NewPassword {
    /// The shortest, in characters.
    pub const MIN_CHARS: usize = 6;
    /// The longest, in characters.
    pub const MAX_CHARS: usize = 50;

    /// Checks a password; says everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<PasswordProblem>> {
        let chars = text.chars().count();
        let problems: Vec<_> = [
            (PasswordProblem::TooPlain, !is_mixed(text)),
            (PasswordProblem::TooLong, chars > Self::MAX_CHARS),
            (PasswordProblem::TooShort, chars < Self::MIN_CHARS),
        ]
        .into_iter()
        .filter_map(|(problem, found)| found.then_some(problem))
        .collect();
        if problems.is_empty() { Ok(Self(text.to_owned())) } else { Err(problems) }
    }

    /// The password, for whoever hashes it.
    pub(super) fn into_inner(self) -> String {
        self.0
    }
}

fn is_mixed(text: &str) -> bool {
    let is_symbol = |char: char| !char.is_alphanumeric() && char != '_';
    text.chars().any(char::is_uppercase)
        && text.chars().any(char::is_lowercase)
        && text.chars().any(|char| char.is_ascii_digit() || is_symbol(char))
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword(***)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_rules() {
        use PasswordProblem::{TooLong, TooPlain, TooShort};
        for good in ["Abc123", "Abcde!", "Contraseña 1", &format!("Aa1{}", "x".repeat(47))] {
            assert!(NewPassword::parse(good).is_ok(), "{good}");
        }
        for (wrong, problems) in [
            ("abc123", vec![TooPlain]),
            ("ABC123", vec![TooPlain]),
            ("Abcdef", vec![TooPlain]),
            ("Abcde_", vec![TooPlain]),
            ("Ab1", vec![TooShort]),
            ("", vec![TooPlain, TooShort]),
            (&format!("Aa1{}", "x".repeat(48)), vec![TooLong]),
        ] {
            assert_eq!(NewPassword::parse(wrong).unwrap_err(), problems, "{wrong}");
        }
    }

    const UPPER: &str = "AZÑЖΩ";
    const LOWER: &str = "azñжßς";
    const DIGITS_AND_SYMBOLS: &str = "09! -¿€🔑";
    /// Letters without case, digits of other scripts, and what the original takes for a letter.
    const OTHERS: &str = "日א٣½_";

    proptest! {
        /// The model knows by hand what each character counts for.
        #[test]
        fn agrees_with_its_rules(
            kinds in prop::sample::subsequence(
                vec![UPPER, LOWER, DIGITS_AND_SYMBOLS, OTHERS], 1..=4,
            ),
            picks in prop::collection::vec((any::<usize>(), any::<usize>()), 0..60),
        ) {
            let pick = |(kind, char): &(usize, usize)| {
                let chars: Vec<char> = kinds[kind % kinds.len()].chars().collect();
                chars[char % chars.len()]
            };
            let text: String = picks.iter().map(pick).collect();
            let has_one_of = |kind: &str| text.contains(|char| kind.contains(char));
            let mut problems = Vec::new();
            if ![UPPER, LOWER, DIGITS_AND_SYMBOLS].into_iter().all(has_one_of) {
                problems.push(PasswordProblem::TooPlain);
            }
            match picks.len() {
                0..6 => problems.push(PasswordProblem::TooShort),
                6..=50 => {}
                _ => problems.push(PasswordProblem::TooLong),
            }
            let found = NewPassword::parse(&text).err().unwrap_or_default();
            prop_assert_eq!(found, problems);
        }

        #[test]
        fn a_password_is_taken_as_it_is(text in any::<String>()) {
            if let Ok(password) = NewPassword::parse(&text) {
                prop_assert_eq!(password.into_inner(), text);
            }
        }
    }
}
