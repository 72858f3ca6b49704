-- The table as TypeORM made it in the original system, constraint names included. An existing one is
-- taken as it is, and a server of the original may go on using it.
CREATE TABLE IF NOT EXISTS users (
    id         uuid    NOT NULL DEFAULT gen_random_uuid(),
    email      text    NOT NULL,
    password   text    NOT NULL,
    "fullName" text    NOT NULL,
    "isActive" boolean NOT NULL DEFAULT true,
    roles      text[]  NOT NULL DEFAULT '{user}',
    CONSTRAINT "PK_a3ffb1c0c8416b9fc6f907b7433" PRIMARY KEY (id),
    CONSTRAINT "UQ_97672ac88f789774dd47f7c8be3" UNIQUE (email)
);
