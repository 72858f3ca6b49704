//! Users from elsewhere, with the hashes of their passwords: one JSON object on each line.
//!
//! No error shows the value of a property: what stands in the wrong place may be a secret.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead, Read as _};

use serde::Deserialize;

use super::{
    AddError, Credentials, Email, FullName, PasswordHash, Role, User, UserId, UserRepository,
};
use crate::clock::Sources;
use crate::database::StorageError;

/// The longest line without its break, in bytes: many times what a user takes.
const LONGEST_LINE: u64 = 64 * 1024;

/// The most users of an import: all are in memory before the first is added.
const MOST_USERS: usize = 1_000_000;

/// What some editors put at the start of a file to say that it is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The users of an input that has nothing wrong, each with the number of their line.
pub(crate) struct Import(Vec<(u64, Credentials)>);

/// How far an import has come, in users.
#[derive(Clone, Copy)]
pub(crate) enum Progress {
    Read(u64),
    Written(u64),
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

impl Import {
    /// Reads and checks the whole input. The database has no part in it, so that nobody waits for
    /// its lock meanwhile, and a wrong line costs nothing.
    pub(crate) fn read(
        mut input: impl BufRead,
        sources: &Sources,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, ImportError> {
        let (mut batch, mut bytes) = (Batch::of_at_most(MOST_USERS), Vec::new());
        for line in 1.. {
            bytes.clear();
            // One byte more than the longest line: its break, or what makes it too long.
            if (&mut input).take(LONGEST_LINE + 1).read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            let wrong = |problem| ImportError::Line { line, problem };
            let start: &[u8] = if line == 1 { BYTE_ORDER_MARK } else { &[] };
            let text = text(bytes.strip_prefix(start).unwrap_or(&bytes)).map_err(wrong)?;
            if !text.is_empty() {
                batch.push(line, parse(text, sources).map_err(wrong)?).map_err(wrong)?;
                progress(Progress::Read(batch.users.len() as u64));
            }
        }
        Ok(Self(batch.users))
    }

    /// Adds all users in one transaction.
    pub(crate) async fn add_to(
        self,
        users: &dyn UserRepository,
        mut progress: impl FnMut(Progress),
    ) -> Result<ImportReport, ImportError> {
        let mut adding = users.begin_adding().await?;
        let mut report = ImportReport::default();
        for (line, user) in self.0 {
            match adding.add(&user).await {
                Ok(()) => report.added += 1,
                Err(AddError::EmailTaken) => report.known += 1,
                Err(AddError::IdTaken) => {
                    let problem = format!("another user has the id {}", user.user.id);
                    return Err(ImportError::Line { line, problem });
                }
                Err(AddError::Storage(error)) => return Err(error.into()),
            }
            progress(Progress::Written(report.added + report.known));
        }
        adding.commit().await?;
        Ok(report)
    }
}

impl Progress {
    /// How many users that are.
    pub(crate) fn users(self) -> u64 {
        match self {
            Self::Read(users) | Self::Written(users) => users,
        }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(users) => write!(f, "{users} users read"),
            Self::Written(users) => write!(f, "{users} users written"),
        }
    }
}

/// Users on their way out of a file, and the lines in which their emails and ids stand.
struct Batch {
    most: usize,
    users: Vec<(u64, Credentials)>,
    emails: HashMap<Email, u64>,
    ids: HashMap<UserId, u64>,
}

impl Batch {
    fn of_at_most(most: usize) -> Self {
        Self { most, users: Vec::new(), emails: HashMap::new(), ids: HashMap::new() }
    }

    fn push(&mut self, line: u64, user: Credentials) -> Result<(), String> {
        if self.users.len() == self.most {
            return Err(format!("an import has at most {} users: split the file", self.most));
        }
        let User { id, email, .. } = &user.user;
        if let Some(other) = self.emails.insert(email.clone(), line) {
            return Err(format!("the email {email} stands in line {other} too"));
        }
        if let Some(other) = self.ids.insert(*id, line) {
            return Err(format!("the id {id} stands in line {other} too"));
        }
        self.users.push((line, user));
        Ok(())
    }
}

/// The text of a line. Its length comes first: what was cut off may have ended in mid-character.
fn text(line: &[u8]) -> Result<&str, String> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    if line.len() as u64 > LONGEST_LINE {
        return Err(format!("it is longer than {LONGEST_LINE} bytes"));
    }
    let text = str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
    Ok(text.trim())
}

fn parse(text: &str, sources: &Sources) -> Result<Credentials, String> {
    // Without this, serde would take an array of the properties in their order.
    if !text.starts_with('{') {
        return Err("it is not a JSON object".to_owned());
    }
    let line: Line = serde_json::from_str(text).map_err(|error| explain(&error))?;
    let id = match line.id {
        Some(id) => id.parse().map_err(|_| "id is not a UUID")?,
        None => UserId::new(sources.random_id()),
    };
    let email = Email::parse(&line.email).map_err(|_| "email is not an address")?;
    let full_name = FullName::parse(&line.full_name).map_err(|_| {
        let longest = FullName::MAX_CHARS;
        format!("fullName must have 1 to {longest} characters, none of them for control")
    })?;
    let password = PasswordHash::parse(line.password)
        .ok_or_else(|| format!("password is not a hash of {}", PasswordHash::ALLOWED))?;
    let roles = line.roles.map_or_else(|| Ok(vec![Role::User]), |names| parse_roles(&names))?;
    let is_active = line.is_active.unwrap_or(true);
    let user = User { id, email, full_name, is_active, roles };
    Ok(Credentials { user, password, tokens_since_secs: 0 })
}

/// Each role once.
fn parse_roles(names: &[String]) -> Result<Vec<Role>, String> {
    let mut roles = Vec::new();
    for name in names {
        let role =
            name.parse().map_err(|_| "roles has one that is not admin, super-user or user")?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    if roles.is_empty() { Err("roles must have at least one".to_owned()) } else { Ok(roles) }
}

/// What is wrong with the JSON. Of a value of the wrong kind, which serde quotes, only what was
/// expected; the names of properties stay.
fn explain(error: &serde_json::Error) -> String {
    // Every text is line 1 to the parser.
    let text = error.to_string().replace(" at line 1 column", " at column");
    let names_a_property = ["unknown field", "missing field", "duplicate field"];
    if !error.is_data() || names_a_property.iter().any(|start| text.starts_with(start)) {
        return text;
    }
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => "it is not a user".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::testing::MemoryUsers;

    const HASH: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
    const ID: &str = "7b0ac1f4-6a52-4b5c-9a39-0f7f8ac4a1de";

    fn read(input: impl AsRef<[u8]>) -> Result<Import, ImportError> {
        Import::read(input.as_ref(), &Sources::system(), |_| {})
    }

    async fn import(users: &MemoryUsers, text: &str) -> Result<ImportReport, ImportError> {
        read(text)?.add_to(users, |_| {}).await
    }

    /// What is said of an input that cannot be read.
    #[track_caller]
    fn problem(input: impl AsRef<[u8]>) -> String {
        read(input).err().expect("something is wrong with it").to_string()
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

    #[test]
    fn a_wrong_line_is_named() {
        let good = line("ada@example.com");
        let with =
            |property: &str| line("eve@example.com").replacen('{', &format!("{{{property},"), 1);
        for (bad, parts) in [
            ("{".to_owned(), ["line 2: ", "EOF while parsing an object at column 1"]),
            ("[]".to_owned(), ["line 2: ", "it is not a JSON object"]),
            ("{}".to_owned(), ["line 2: ", "missing field `email`"]),
            (good.replace("Ada", ""), ["line 2: ", "fullName must have 1 to 100 characters"]),
            (good.replace("ada@", "ada"), ["line 2: ", "email is not an address"]),
            (good.replace("$2b$10", "Abc123"), ["line 2: ", "password is not a hash"]),
            (with(r#""admin":true"#), ["line 2: ", "unknown field `admin`, expected one of `id`"]),
            (with(r#""roles":["root"]"#), ["line 2: ", "not admin, super-user or user"]),
            (with(r#""roles":[]"#), ["line 2: ", "at least one"]),
            (with(r#""id":"7""#), ["line 2: ", "id is not a UUID"]),
        ] {
            let problem = problem(format!("{good}\n{bad}\n"));
            for part in parts {
                assert!(problem.contains(part), "{part:?} is not in {problem:?}");
            }
        }
    }

    #[test]
    fn no_secret_is_shown_wherever_it_stands() {
        let quoted = format!("\"{HASH}\"");
        let with = |property: &str| line("a@b.com").replacen('{', &format!("{{{property},"), 1);
        for (bad, part) in [
            (quoted.clone(), "line 1: it is not a JSON object"),
            (format!("[{quoted}]"), "line 1: it is not a JSON object"),
            (with(&format!(r#""isActive":{quoted}"#)), "line 1: expected a boolean at column"),
            (with(&format!(r#""roles":{quoted}"#)), "line 1: expected a sequence at column"),
            (with(&format!(r#""roles":[{quoted}]"#)), "line 1: roles has"),
            (with(&format!(r#""id":{quoted}"#)), "line 1: id is"),
            (with(r#""isActive":"$2b$10, expected $2b$10""#), "line 1: expected a boolean at"),
            (line(HASH), "line 1: email is"),
            (line("a@b.com").replace(&quoted, "20102010"), "line 1: expected a string at column"),
        ] {
            let problem = problem(bad);
            assert!(problem.starts_with(part), "{part:?} is not in {problem:?}");
            assert!(!problem.contains("$2b$10") && !problem.contains("2010"), "{problem}");
        }
    }

    #[test]
    fn an_email_and_an_id_stand_in_one_line_only() {
        let with_id = |email: &str| line(email).replacen('{', &format!(r#"{{"id":"{ID}","#), 1);
        let emails = [line("x@b.com"), String::new(), line("y@b.com"), line("X@b.com")].join("\n");
        assert_eq!(problem(emails), "line 4: the email x@b.com stands in line 1 too");
        let ids = format!("{}\n{}", with_id("x@b.com"), with_id("y@b.com"));
        assert_eq!(problem(ids), format!("line 2: the id {ID} stands in line 1 too"));
    }

    #[test]
    fn a_line_may_be_as_long_as_the_longest_and_no_longer() {
        let user = line("ada@example.com");
        let padding = " ".repeat(65_536 - user.len());
        for end in ["", "\n"] {
            assert_eq!(read(format!("{user}{padding}{end}")).unwrap().0.len(), 1);
            let longer = problem(format!("{user}{padding} {end}"));
            assert_eq!(longer, "line 1: it is longer than 65536 bytes");
        }
        // The limit is within its last character.
        let cut = problem(format!("{}é", "x".repeat(65_536)));
        assert_eq!(cut, "line 1: it is longer than 65536 bytes");
    }

    #[test]
    fn lines_are_utf_8_with_a_byte_order_mark_or_without() {
        let user = line("ada@example.com");
        assert_eq!(read(format!("\u{feff}{user}\r\n\r\n")).unwrap().0.len(), 1);
        assert_eq!(problem(format!("\n\u{feff}{user}")), "line 2: it is not a JSON object");
        assert_eq!(problem(b"\n\xFF"), "line 2: it is not UTF-8");
    }

    #[test]
    fn past_the_most_users_the_file_is_to_be_split() {
        let mut batch = Batch::of_at_most(1);
        let user = |email| parse(&line(email), &Sources::system()).unwrap();
        batch.push(1, user("a@b.com")).unwrap();
        let problem = batch.push(2, user("c@d.com")).unwrap_err();
        assert_eq!(problem, "an import has at most 1 users: split the file");
    }

    #[test]
    fn a_role_that_is_said_twice_is_one() {
        let twice = line("ada@example.com").replacen('{', r#"{"roles":["user","user"],"#, 1);
        assert_eq!(read(twice).unwrap().0[0].1.user.roles, [Role::User]);
    }

    #[tokio::test]
    async fn an_id_of_another_user_names_the_line_and_nothing_is_imported() {
        let users = MemoryUsers::of([]);
        let with_id = |email: &str| line(email).replacen('{', &format!(r#"{{"id":"{ID}","#), 1);
        import(&users, &with_id("a@b.com")).await.unwrap();
        let text = format!("{}\n{}", line("ada@example.com"), with_id("c@d.com"));
        let error = import(&users, &text).await.unwrap_err().to_string();
        assert_eq!(error, format!("line 2: another user has the id {ID}"));
        let ada = Email::parse("ada@example.com").unwrap();
        assert!(users.find_credentials(&ada).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn both_halves_say_how_far_they_are() {
        let (mut said, users) = (Vec::new(), MemoryUsers::of([]));
        let text = format!("{}\n{}", line("a@b.com"), line("c@d.com"));
        let mut say = |progress: Progress| said.push(progress.to_string());
        let import = Import::read(text.as_bytes(), &Sources::system(), &mut say).unwrap();
        import.add_to(&users, &mut say).await.unwrap();
        assert_eq!(said, ["1 users read", "2 users read", "1 users written", "2 users written"]);
    }
}
