-- Where something was said: the lobby, a room, or two people among themselves (`direct:<id>:<id>`),
-- and the number of the last message there. It stays when messages are removed for their age.
CREATE TABLE rooms (
    name      TEXT    NOT NULL PRIMARY KEY,
    "lastSeq" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- By the second of two people; by the first they are found by name.
CREATE INDEX rooms_direct ON rooms (substr(name, 45)) WHERE name LIKE 'direct:%';

CREATE TABLE messages (
    room           TEXT    NOT NULL,
    seq            INTEGER NOT NULL,
    id             TEXT    NOT NULL UNIQUE,
    "userId"       TEXT    NOT NULL,
    message        TEXT    NOT NULL,
    "sentAtMillis" INTEGER NOT NULL,
    -- What the client calls it, by which sending it again is known.
    "clientMsgId"  TEXT,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX messages_client_msg_id ON messages ("userId", "clientMsgId")
    WHERE "clientMsgId" IS NOT NULL;

CREATE TABLE room_members (
    "userId" TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room     TEXT NOT NULL,
    PRIMARY KEY ("userId", room)
) STRICT, WITHOUT ROWID;

CREATE INDEX room_members_room ON room_members (room);
