//! The users that the load signs in as.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// For these servers alone, which live for seconds and listen on loopback.
pub(crate) const SECRET: &str = "the bench signs its tokens with this";

/// A ready hash: nobody signs in by password here.
pub(crate) const HASH: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

/// Longer than any run.
const TOKEN_LIFE_SECONDS: u64 = 24 * 3_600;

/// The id of the user that a client signs in as.
pub(crate) fn id(client: usize) -> Uuid {
    Uuid::from_u128(0x7e27_0000_0000_4000_8000_0000_0000_0000 | client as u128)
}

/// Writes users as NDJSON.
pub(crate) fn write(path: &Path, count: usize) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for client in 0..count {
        let user = json!({
            "id": id(client),
            "email": format!("bench{client}@example.com"),
            "fullName": "Bench User",
            "password": HASH,
            "roles": ["user"],
            "isActive": true,
        });
        writeln!(file, "{user}")?;
    }
    file.flush()
}

#[derive(Serialize)]
struct Claims {
    id: Uuid,
    iat: u64,
    exp: u64,
}

/// A token for a client's user, as every server that checks tokens accepts it.
pub(crate) fn token(client: usize, now_seconds: u64) -> String {
    let claims = Claims { id: id(client), iat: now_seconds, exp: now_seconds + TOKEN_LIFE_SECONDS };
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
        .expect("three plain claims can be encoded")
}
