//! Addresses of mail.

use std::fmt;

use email_address::{EmailAddress, Options};

/// An address of mail: trimmed, in lower case, of the form `name@host.domain`, without control
/// characters. Two spellings of one address are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailProblem {
    /// Not of the form, or longer than mail allows.
    NotAnEmail,
}

impl Email {
    /// Reads an address as people write it.
    pub fn parse(text: &str) -> Result<Self, EmailProblem> {
        let text = text.trim().to_lowercase();
        let options =
            Options::default().with_required_tld().without_display_text().without_domain_literal();
        let is_address = EmailAddress::parse_with_options(&text, options).is_ok();
        // The crate takes those beyond ASCII for letters; a terminal would obey them.
        let is_harmless = !text.contains(char::is_control);
        if is_address && is_harmless { Ok(Self(text)) } else { Err(EmailProblem::NotAnEmail) }
    }

    /// An address that is already stored, whatever rules were in force then.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it is stored and compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn is_trimmed_and_in_lower_case() {
        assert_eq!(Email::parse("  Test1@Google.COM ").unwrap().as_str(), "test1@google.com");
    }

    #[test]
    fn must_look_like_an_address() {
        for wrong in
            ["", "test", "test@", "@google.com", "a@b", "a b@c.de", "A <a@b.de>", "a@[127.0.0.1]"]
        {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Email::parse(&format!("{}@google.com", "a".repeat(65))).is_err());
    }

    /// The rules for addresses without quotes, as one would tell them.
    fn model(text: &str) -> Option<String> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let is_word = |word: &str| {
            !word.is_empty() && !word.chars().any(|c| c == ' ' || c == '@' || c.is_control())
        };
        let is_label = |label: &str| {
            let ends = [label.chars().next(), label.chars().last()];
            let ends = ends.iter().all(|end| end.is_some_and(char::is_alphanumeric));
            is_word(label) && ends && label.len() <= 63
        };
        let good = local.split('.').all(is_word)
            && domain.split('.').all(is_label)
            && domain.contains('.')
            && local.len() <= 64
            && domain.len() <= 254;
        good.then_some(text)
    }

    /// Of all kinds. The last ones have more bytes, or more letters, in the other case.
    const LETTERS: [&str; 11] = ["a", "Z", "7", "ñ", "Ñ", "ж", "日", "💥", "Σ", "ẞ", "İ"];

    /// What stands between words, or nowhere.
    const OTHERS: [&str; 9] = ["-", "+", "_", ".", "@", " ", "\t", "\u{3000}", "\u{9b}"];

    fn pieces(most: usize) -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            6 => prop::sample::select(&LETTERS[..]),
            1 => prop::sample::select(&OTHERS[..]),
        ];
        prop::collection::vec(piece, 0..=most).prop_map(|pieces| pieces.concat())
    }

    /// What is, or nearly is, an address.
    fn nearly_addresses() -> impl Strategy<Value = String> {
        (" {0,2}", pieces(4), "[a-zÑé]{1,3}", pieces(3), "[A-Zé]{1,3} {0,2}").prop_map(
            |(before, local, host, rest, top)| format!("{before}{local}@{host}{rest}.{top}"),
        )
    }

    proptest! {
        #[test]
        fn agrees_with_its_rules(text in prop_oneof![4 => nearly_addresses(), 1 => pieces(12)]) {
            let parsed = Email::parse(&text).ok().map(|email| email.as_str().to_owned());
            prop_assert_eq!(parsed, model(&text));
        }

        #[test]
        fn lengths_are_counted_in_bytes(
            local in 0..80_usize, labels in prop::collection::vec(0..70_usize, 1..6), letter in "[aé]",
        ) {
            let labels: Vec<_> = labels.into_iter().map(|length| letter.repeat(length)).collect();
            let text = format!("{}@{}", letter.repeat(local), labels.join("."));
            prop_assert_eq!(Email::parse(&text).is_ok(), model(&text).is_some());
        }

        /// Quotes and brackets included.
        #[test]
        fn whatever_is_an_address_is_in_its_one_form(
            text in prop_oneof![
                nearly_addresses(),
                "\\PC{0,12}",
                "\"([ab@. <>\t\u{9b}]|\\\\[a\"]){0,6}\"@[a-c]\\.DE",
            ],
        ) {
            if let Ok(email) = Email::parse(&text) {
                let form = email.as_str();
                prop_assert_eq!(form.trim(), form);
                prop_assert_eq!(form.to_lowercase(), form);
                prop_assert!(!form.contains(char::is_control));
                prop_assert!(form.starts_with('"') || form.matches('@').count() == 1);
                prop_assert_eq!(Email::parse(form), Ok(email), "an address of an address is the same");
            }
        }

        #[test]
        fn two_spellings_are_one_address(text in "[ -~]{1,8}@[a-zA-Z-]{1,4}\\.[a-zA-Z]{2}") {
            let email = Email::parse(&text);
            prop_assert_eq!(&Email::parse(&text.to_uppercase()), &email);
            prop_assert_eq!(&Email::parse(&format!("\u{a0}{text} \n")), &email);
        }
    }
}
