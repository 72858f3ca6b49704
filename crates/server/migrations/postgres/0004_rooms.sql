-- Where something was said: the lobby, a room, or two people among themselves (`direct:<id>:<id>`),
-- and the number of the last message there. It stays when messages are removed for their age.
-- Names sort by bytes, whatever the locale of the database.
CREATE TABLE rooms (
    name      text   COLLATE "C" NOT NULL PRIMARY KEY,
    "lastSeq" bigint NOT NULL
);

-- By the second of two people; by the first they are found by name.
CREATE INDEX rooms_direct ON rooms (substr(name, 45)) WHERE name LIKE 'direct:%';

CREATE TABLE messages (
    room           text   COLLATE "C" NOT NULL,
    seq            bigint NOT NULL,
    id             uuid   NOT NULL UNIQUE,
    "userId"       uuid   NOT NULL,
    message        text   NOT NULL,
    "sentAtMillis" bigint NOT NULL,
    -- What the client calls it, by which sending it again is known.
    "clientMsgId"  text,
    PRIMARY KEY (room, seq)
);

CREATE UNIQUE INDEX messages_client_msg_id ON messages ("userId", "clientMsgId")
    WHERE "clientMsgId" IS NOT NULL;

CREATE TABLE room_members (
    "userId" uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room     text COLLATE "C" NOT NULL,
    PRIMARY KEY ("userId", room)
);

CREATE INDEX room_members_room ON room_members (room);
