//! What is read and answered: the wire's view of registering and signing in.

use serde::Serialize;

use super::password::{NewPassword, PasswordProblem};
use crate::http::{Fields, Form, Property, Text};
use crate::users::{Email, EmailProblem, FullName, FullNameProblem, ShownUser, User};

/// The body of `POST auth/register`.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) email: Email,
    pub(super) password: NewPassword,
    pub(super) full_name: FullName,
}

/// The body of `POST auth/login`. The rules for new passwords do not apply: one that breaks them
/// is just wrong.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) email: Email,
    pub(super) password: Text,
}

/// A user and a fresh token for them.
#[derive(Serialize)]
pub(super) struct SignedIn {
    #[serde(flatten)]
    user: ShownUser,
    token: String,
}

impl SignedIn {
    pub(super) fn new(user: &User, token: String) -> Self {
        Self { user: ShownUser::from(user), token }
    }
}

impl Form for Registration {
    fn read(fields: &mut Fields) -> Option<Self> {
        let email = fields.take("email");
        let password = fields.take("password");
        let full_name = fields.take("fullName");
        Some(Self { email: email?, password: password?, full_name: full_name? })
    }
}

impl Form for Login {
    fn read(fields: &mut Fields) -> Option<Self> {
        let email = fields.take("email");
        let password = fields.take("password");
        Some(Self { email: email?, password: password? })
    }
}

impl Property for Email {
    type Problem = EmailProblem;

    const PROBLEMS: &'static [EmailProblem] = &[EmailProblem::NotAnEmail];

    fn read(text: &str) -> Result<Self, Vec<EmailProblem>> {
        Self::parse(text).map_err(|problem| vec![problem])
    }

    fn describe(problem: EmailProblem, name: &str) -> String {
        match problem {
            EmailProblem::NotAnEmail => format!("{name} must be an email"),
        }
    }
}

impl Property for NewPassword {
    type Problem = PasswordProblem;

    const PROBLEMS: &'static [PasswordProblem] =
        &[PasswordProblem::TooPlain, PasswordProblem::TooLong, PasswordProblem::TooShort];

    fn read(text: &str) -> Result<Self, Vec<PasswordProblem>> {
        Self::parse(text)
    }

    fn describe(problem: PasswordProblem, name: &str) -> String {
        match problem {
            PasswordProblem::TooPlain => {
                "The password must have a Uppercase, lowercase letter and a number".to_owned()
            }
            PasswordProblem::TooLong => shorter_than(name, Self::MAX_CHARS),
            PasswordProblem::TooShort => longer_than(name, Self::MIN_CHARS),
        }
    }
}

impl Property for FullName {
    type Problem = FullNameProblem;

    const PROBLEMS: &'static [FullNameProblem] = &[FullNameProblem::Empty];

    fn read(text: &str) -> Result<Self, Vec<FullNameProblem>> {
        Self::parse(text)
    }

    fn describe(problem: FullNameProblem, name: &str) -> String {
        match problem {
            FullNameProblem::Empty => longer_than(name, 1),
            FullNameProblem::TooLong => shorter_than(name, Self::MAX_CHARS),
            FullNameProblem::ControlCharacter => {
                format!("{name} must not have control characters")
            }
        }
    }
}

fn longer_than(name: &str, chars: usize) -> String {
    format!("{name} must be longer than or equal to {chars} characters")
}

fn shorter_than(name: &str, chars: usize) -> String {
    format!("{name} must be shorter than or equal to {chars} characters")
}
