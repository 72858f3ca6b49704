-- Fills the database from NDJSON on psql's standard input.

-- Word for word what TypeORM creates, so that it finds nothing to change when the server starts.
CREATE EXTENSION "uuid-ossp";
CREATE TABLE users (
  id uuid NOT NULL DEFAULT uuid_generate_v4(),
  email text NOT NULL,
  password text NOT NULL,
  "fullName" text NOT NULL,
  "isActive" boolean NOT NULL DEFAULT true,
  roles text[] NOT NULL DEFAULT '{user}',
  CONSTRAINT "UQ_97672ac88f789774dd47f7c8be3" UNIQUE (email),
  CONSTRAINT "PK_a3ffb1c0c8416b9fc6f907b7433" PRIMARY KEY (id)
);

-- Quote and delimiter are characters that JSON never holds unescaped: each line is one value.
CREATE TEMPORARY TABLE lines (line jsonb);
\copy lines FROM pstdin (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')

INSERT INTO users (id, email, password, "fullName", "isActive", roles)
SELECT u.id, u.email, u.password, u."fullName", u."isActive", u.roles
FROM lines, jsonb_populate_record(NULL::users, line) AS u;

-- Else the planner learns how many there are at some moment of the measurement.
ANALYZE users;
