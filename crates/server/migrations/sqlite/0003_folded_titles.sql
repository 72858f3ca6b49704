-- Products are looked up by their titles in any case, and SQLite knows the cases of ASCII letters
-- alone. Therefore the server writes each title here in one case. Where this is NULL it fills it in
-- when it starts; whoever changes a title by other means sets it to NULL.
ALTER TABLE products ADD COLUMN "foldedTitle" TEXT;
DROP INDEX products_upper_title;
CREATE INDEX products_folded_title ON products ("foldedTitle");
