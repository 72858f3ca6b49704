//! Users from elsewhere, with the hashes of their passwords: one JSON object on each line.

use std::io::{self, BufRead, Read as _};

use serde::Deserialize;

use super::{
    AddError, Credentials, Email, FullName, PasswordHash, Role, StorageError, User, UserId,
    UserRepository,
};
use crate::clock::Sources;

/// The longest line, in bytes: many times what a user takes.
const LONGEST_LINE: u64 = 64 * 1024;

/// Reads users and adds them, all of a file or none.
pub(crate) struct Import<'a> {
    users: &'a dyn UserRepository,
    sources: &'a Sources,
}

/// What came of a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImportReport {
    pub(crate) added: u64,
    /// Emails that were there already; their users were left as they are.
    pub(crate) known: u64,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("line {line}: {problem}")]
    Line { line: u64, problem: String },
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("{0}")]
    Read(#[from] io::Error),
}

/// A user as a line has them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    id: Option<String>,
    email: String,
    full_name: String,
    password: String,
    roles: Option<Vec<String>>,
    is_active: Option<bool>,
}

impl<'a> Import<'a> {
    pub(crate) fn new(users: &'a dyn UserRepository, sources: &'a Sources) -> Self {
        Self { users, sources }
    }

    /// Adds all users of `input` in one transaction. `progress` is called with how many were read.
    pub(crate) async fn run(
        &self,
        mut input: impl BufRead,
        progress: impl Fn(u64),
    ) -> Result<ImportReport, ImportError> {
        let mut adding = self.users.begin_adding().await?;
        let (mut report, mut line, mut text) = (ImportReport::default(), 0, String::new());
        loop {
            text.clear();
            line += 1;
            let wrong = |problem| ImportError::Line { line, problem };
            let read = match (&mut input).take(LONGEST_LINE).read_line(&mut text) {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    return Err(wrong("it is not UTF-8".to_owned()));
                }
                read => read? as u64,
            };
            if read == 0 {
                break;
            }
            if read == LONGEST_LINE && !text.ends_with('\n') {
                return Err(wrong(format!("it is longer than {LONGEST_LINE} bytes")));
            }
            if text.trim().is_empty() {
                continue;
            }
            let user = self.parse(text.trim()).map_err(wrong)?;
            match adding.add(&user).await {
                Ok(()) => report.added += 1,
                Err(AddError::EmailTaken) => report.known += 1,
                Err(AddError::IdTaken) => {
                    let problem = format!("another user has the id {}", user.user.id);
                    return Err(wrong(problem));
                }
                Err(AddError::Storage(error)) => return Err(error.into()),
            }
            progress(report.added + report.known);
        }
        adding.commit().await?;
        Ok(report)
    }

    fn parse(&self, text: &str) -> Result<Credentials, String> {
        let line: Line = serde_json::from_str(text).map_err(|error| {
            // Every text is line 1 to the parser.
            error.to_string().replace(" at line 1 column", " at column")
        })?;
        let id = match line.id {
            Some(id) => id.parse().map_err(|_| format!("id {id:?} is not a UUID"))?,
            None => UserId::new(self.sources.random_id()),
        };
        let email = Email::parse(&line.email)
            .map_err(|_| format!("email {:?} is not an address", line.email))?;
        let full_name = FullName::parse(&line.full_name).map_err(|_| {
            let longest = FullName::MAX_CHARS;
            format!("fullName must have 1 to {longest} characters, none of them for control")
        })?;
        let password = PasswordHash::parse(line.password)
            .ok_or("password is not a hash of bcrypt or argon2")?;
        let roles = line.roles.unwrap_or_else(|| vec![Role::User.as_str().to_owned()]);
        let roles = roles.iter().map(|role| role.parse()).collect::<Result<Vec<Role>, _>>();
        let roles = roles.map_err(|error| error.to_string())?;
        let is_active = line.is_active.unwrap_or(true);
        Ok(Credentials { user: User { id, email, full_name, is_active, roles }, password })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::testing::MemoryUsers;

    const HASH: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
    const ID: &str = "7b0ac1f4-6a52-4b5c-9a39-0f7f8ac4a1de";

    async fn import(users: &MemoryUsers, text: &str) -> Result<ImportReport, ImportError> {
        Import::new(users, &Sources::system()).run(text.as_bytes(), |_| {}).await
    }

    fn line(email: &str) -> String {
        format!(r#"{{"email":"{email}","fullName":"Ada","password":"{HASH}"}}"#)
    }

    #[tokio::test]
    async fn what_may_be_left_out_and_what_may_be_said() {
        let users = MemoryUsers::of([]);
        let whole = format!(
            r#"{{"id":"{ID}","email":" Eve@Example.com","fullName":"Eve","password":"{HASH}",
            "roles":["admin","user"],"isActive":false}}"#
        );
        let text = format!("{}\n\n{}", line("ada@example.com"), whole.replace('\n', " "));
        assert_eq!(import(&users, &text).await.unwrap(), ImportReport { added: 2, known: 0 });
        let find = async |email| {
            users.find_credentials(&Email::parse(email).unwrap()).await.unwrap().unwrap()
        };
        let ada = find("ada@example.com").await;
        assert_eq!((ada.user.is_active, ada.user.roles), (true, vec![Role::User]));
        assert_eq!(ada.password.expose(), HASH);
        let eve = find("eve@example.com").await;
        assert_eq!(eve.user.id.to_string(), ID);
        assert_eq!((eve.user.is_active, eve.user.roles), (false, vec![Role::Admin, Role::User]));
    }

    #[tokio::test]
    async fn the_second_run_adds_nothing() {
        let users = MemoryUsers::of([]);
        let text = line("ada@example.com");
        import(&users, &text).await.unwrap();
        assert_eq!(import(&users, &text).await.unwrap(), ImportReport { added: 0, known: 1 });
        assert_eq!(import(&users, "").await.unwrap(), ImportReport::default());
    }

    #[tokio::test]
    async fn one_wrong_line_is_named_and_nothing_is_imported() {
        let good = line("ada@example.com");
        let with_id = |email: &str| line(email).replacen('{', &format!(r#"{{"id":"{ID}","#), 1);
        for (bad, parts) in [
            ("{".to_owned(), ["line 2: ", "column 1"]),
            ("[]".to_owned(), ["line 2: ", "length 0"]),
            (good.replace("Ada", ""), ["line 2: ", "fullName"]),
            (good.replace("ada@", "ada"), ["line 2: ", "\"adaexample.com\" is not an address"]),
            (good.replace("$2b$10", "Abc123"), ["line 2: ", "password is not a hash"]),
            (good.replacen('{', r#"{"admin":true,"#, 1), ["line 2: ", "unknown field `admin`"]),
            (
                good.replacen('{', r#"{"roles":["root"],"#, 1),
                ["line 2: ", "\"root\" is not a role"],
            ),
            (good.replacen('{', r#"{"id":"7","#, 1), ["line 2: ", "id \"7\" is not a UUID"]),
            (format!("{}\n{}", with_id("a@b.com"), with_id("c@d.com")), ["line 3: ", ID]),
            ("x".repeat(100_000), ["line 2: ", "longer than 65536 bytes"]),
        ] {
            let users = MemoryUsers::of([]);
            let error = import(&users, &format!("{good}\n{bad}\n")).await.unwrap_err().to_string();
            for part in parts {
                assert!(error.contains(part), "{part:?} is not in {error:?}");
            }
            let ada = Email::parse("ada@example.com").unwrap();
            assert!(users.find_credentials(&ada).await.unwrap().is_none(), "{error}");
        }
    }
}
