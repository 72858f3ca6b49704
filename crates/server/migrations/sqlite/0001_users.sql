-- Names as an existing Postgres database of the original system has them, so that both kinds of
-- database read alike. Ids and lists, which SQLite has no type for, are text.
CREATE TABLE users (
    id         TEXT    NOT NULL PRIMARY KEY,
    email      TEXT    NOT NULL UNIQUE,
    password   TEXT    NOT NULL,
    "fullName" TEXT    NOT NULL,
    "isActive" INTEGER NOT NULL DEFAULT 1,
    roles      TEXT    NOT NULL DEFAULT '["user"]'
) STRICT;
