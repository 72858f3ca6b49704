-- Names as an existing Postgres database of the original system has them.
CREATE TABLE products (
    id          TEXT    NOT NULL PRIMARY KEY,
    title       TEXT    NOT NULL UNIQUE,
    price       REAL    NOT NULL DEFAULT 0,
    description TEXT,
    slug        TEXT    NOT NULL UNIQUE,
    stock       INTEGER NOT NULL DEFAULT 0,
    sizes       TEXT    NOT NULL,
    gender      TEXT    NOT NULL,
    tags        TEXT    NOT NULL DEFAULT '[]',
    "userId"    TEXT    REFERENCES users (id)
) STRICT;

CREATE TABLE product_images (
    id          INTEGER PRIMARY KEY,
    url         TEXT    NOT NULL,
    "productId" TEXT    REFERENCES products (id) ON DELETE CASCADE
) STRICT;

-- Products are looked up by their titles in any case, and images by their product.
CREATE INDEX products_upper_title ON products (upper(title));
CREATE INDEX product_images_product ON product_images ("productId");
