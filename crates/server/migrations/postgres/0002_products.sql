-- The tables as TypeORM made them in the original system, constraint names included. Existing ones
-- are taken as they are, and a server of the original may go on using them.
CREATE TABLE IF NOT EXISTS products (
    id          uuid             NOT NULL DEFAULT gen_random_uuid(),
    title       text             NOT NULL,
    price       double precision NOT NULL DEFAULT 0,
    description text,
    slug        text             NOT NULL,
    stock       integer          NOT NULL DEFAULT 0,
    sizes       text[]           NOT NULL,
    gender      text             NOT NULL,
    tags        text[]           NOT NULL DEFAULT '{}',
    "userId"    uuid,
    CONSTRAINT "PK_0806c755e0aca124e67c0cf6d7d" PRIMARY KEY (id),
    CONSTRAINT "UQ_c30f00a871de74c8e8c213acc4a" UNIQUE (title),
    CONSTRAINT "UQ_464f927ae360106b783ed0b4106" UNIQUE (slug),
    CONSTRAINT "FK_99d90c2a483d79f3b627fb1d5e9" FOREIGN KEY ("userId") REFERENCES users (id)
);

CREATE TABLE IF NOT EXISTS product_images (
    id          serial NOT NULL,
    url         text   NOT NULL,
    "productId" uuid,
    CONSTRAINT "PK_1974264ea7265989af8392f63a1" PRIMARY KEY (id),
    CONSTRAINT "FK_b367708bf720c8dd62fc6833161" FOREIGN KEY ("productId") REFERENCES products (id)
        ON DELETE CASCADE
);

-- Products are looked up by their titles in any case, and images by their product. The original has
-- no indexes for that.
CREATE INDEX IF NOT EXISTS products_upper_title ON products (upper(title));
CREATE INDEX IF NOT EXISTS product_images_product ON product_images ("productId");
