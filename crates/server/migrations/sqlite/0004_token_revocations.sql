-- Tokens of a user that were issued before this second do not count any more. It stands beside the
-- table of users, which keeps the columns that the original gave it.
CREATE TABLE token_revocations (
    "userId"     TEXT    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    "sinceSecs"  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
