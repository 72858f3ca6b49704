//! Addresses of mail.

use std::fmt;

use email_address::{EmailAddress, Options};

/// An address of mail: trimmed, in lower case, of the form `name@host.domain`. Two spellings of one
/// address are equal.
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
        match EmailAddress::parse_with_options(&text, options) {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(EmailProblem::NotAnEmail),
        }
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
}
