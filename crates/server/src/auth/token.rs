//! JSON Web Tokens, HS256, with the claims `{id, iat, exp}`: those of the original system, in both
//! directions.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::clock::Sources;
use crate::config::Secret;
use crate::users::UserId;

/// Makes and verifies tokens. Cheap to clone, as each request does it several times.
#[derive(Clone)]
pub struct Tokens {
    encoding: Arc<EncodingKey>,
    decoding: Arc<DecodingKey>,
    validation: Arc<Validation>,
    life: Duration,
    sources: Sources,
}

/// What a valid token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Whose it is.
    pub user_id: UserId,
    /// When it was issued, in seconds since the epoch; 0 if it does not say.
    pub issued_at_secs: u64,
    /// When it ends, in seconds since the epoch. At that second it is no longer valid.
    pub expires_at_secs: u64,
}

/// Why a token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing, or nothing but blanks.
    #[error("there is no token")]
    Missing,
    /// Not a token, not signed by us with HS256, without `id` or `exp`, or not valid yet.
    #[error("the token is not valid")]
    Invalid,
    /// It was valid.
    #[error("the token has expired")]
    Expired,
}

#[derive(Serialize)]
struct Issued {
    id: String,
    iat: u64,
    exp: u64,
}

#[derive(Deserialize)]
struct Presented {
    id: String,
    iat: Option<f64>,
    exp: f64,
    nbf: Option<f64>,
}

impl Tokens {
    /// Tokens that are signed with `secret` and valid for `life`.
    pub fn new(secret: &Secret, life: Duration, sources: Sources) -> Self {
        // Times are compared below, by the clock that was passed in and without leeway.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        Self {
            encoding: Arc::new(EncodingKey::from_secret(secret.expose())),
            decoding: Arc::new(DecodingKey::from_secret(secret.expose())),
            validation: Arc::new(validation),
            life,
            sources,
        }
    }

    /// A fresh token for a user, of whose tokens those count that were issued at the second
    /// `since_secs` or later. That may be the next second, or further ahead if the clock was set
    /// back: then the token says that it was issued at that time.
    #[expect(clippy::missing_panics_doc, reason = "see the expectation: it cannot fail")]
    pub fn issue(&self, user: UserId, since_secs: u64) -> String {
        let now = self.sources.now_secs();
        let (iat, exp) = (now.max(since_secs), now + self.life.as_secs());
        let claims = Issued { id: user.to_string(), iat, exp };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .expect("three plain claims can be encoded, and any bytes are a key for HS256")
    }

    /// What the token says, if it is ours and valid now.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        let token = token.trim();
        if token.is_empty() {
            return Err(TokenError::Missing);
        }
        let claims = jsonwebtoken::decode::<Presented>(token, &self.decoding, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => TokenError::Expired,
                _ => TokenError::Invalid,
            })?
            .claims;
        let user_id = claims.id.parse().map_err(|_| TokenError::Invalid)?;
        let expires_at_secs = whole_seconds(claims.exp).ok_or(TokenError::Invalid)?;
        let now = self.sources.now_secs();
        if expires_at_secs <= now {
            return Err(TokenError::Expired);
        }
        let not_before = claims.nbf.map_or(Some(0), whole_seconds).ok_or(TokenError::Invalid)?;
        if not_before > now {
            return Err(TokenError::Invalid);
        }
        let issued_at_secs =
            claims.iat.map_or(Some(0), whole_seconds).ok_or(TokenError::Invalid)?;
        Ok(Claims { user_id, issued_at_secs, expires_at_secs })
    }
}

/// JSON has only one kind of number, so a time may have a fraction.
fn whole_seconds(time: f64) -> Option<u64> {
    const LATEST: f64 = 1e15;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be in range; the fraction does not count"
    )]
    (0.0..LATEST).contains(&time).then_some(time as u64)
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("life", &self.life).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;
    use crate::clock::testing::ManualClock;

    const NOW: u64 = 1_700_000_000;
    const ID: &str = "7b0ac1f4-6a52-4b5c-9a39-0f7f8ac4a1de";

    fn tokens_at(clock: &std::sync::Arc<ManualClock>) -> Tokens {
        let secret = Secret::new("a secret for these tests alone".to_owned());
        Tokens::new(&secret, Duration::from_hours(2), clock.sources())
    }

    fn tokens() -> Tokens {
        tokens_at(&ManualClock::at_secs(NOW))
    }

    /// A token with these claims, correctly signed.
    fn signed(tokens: &Tokens, algorithm: Algorithm, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &tokens.encoding).unwrap()
    }

    fn verdict(claims: &Value) -> Result<Claims, TokenError> {
        let tokens = tokens();
        tokens.verify(&signed(&tokens, Algorithm::HS256, claims))
    }

    #[test]
    fn what_is_issued_is_valid_until_the_second_it_expires() {
        let clock = ManualClock::at_secs(NOW);
        let tokens = tokens_at(&clock);
        let user_id: UserId = ID.parse().unwrap();
        let token = tokens.issue(user_id, 0);
        let expires_at_secs = NOW + 7_200;
        let claims = Claims { user_id, issued_at_secs: NOW, expires_at_secs };
        assert_eq!(tokens.verify(&token), Ok(claims));
        clock.set_secs(expires_at_secs - 1);
        assert!(tokens.verify(&token).is_ok());
        clock.set_secs(expires_at_secs);
        assert_eq!(tokens.verify(&token), Err(TokenError::Expired));
    }

    #[test]
    fn a_fresh_token_counts_however_the_clock_was_set() {
        let tokens = tokens();
        for since_secs in [0, NOW - 5, NOW + 1, NOW + 3_600] {
            let claims = tokens.verify(&tokens.issue(ID.parse().unwrap(), since_secs)).unwrap();
            assert!(claims.issued_at_secs >= since_secs);
            assert_eq!(claims.expires_at_secs, NOW + 7_200);
        }
    }

    #[test]
    fn a_token_need_not_say_when_it_was_issued() {
        let claims = verdict(&json!({ "id": ID, "exp": NOW + 60 })).unwrap();
        assert_eq!(claims.issued_at_secs, 0);
        let nonsense = json!({ "id": ID, "iat": -1, "exp": NOW + 60 });
        assert_eq!(verdict(&nonsense), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_made_by_nest_is_valid() {
        // Made with npm's jsonwebtoken 9: sign({id}, secret), iat and exp set.
        let claims = json!({ "id": ID, "iat": NOW - 10, "exp": NOW + 7_190 });
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let body = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let tokens = tokens();
        let signature =
            jsonwebtoken::crypto::sign(body.as_bytes(), &tokens.encoding, Algorithm::HS256);
        let token = format!("{body}.{}", signature.unwrap());
        assert_eq!(tokens.verify(&token).unwrap().user_id.to_string(), ID);
    }

    #[test]
    fn nothing_is_missing_and_nonsense_is_invalid() {
        assert_eq!(tokens().verify(""), Err(TokenError::Missing));
        assert_eq!(tokens().verify("  \t"), Err(TokenError::Missing));
        for nonsense in ["x", "a.b.c", "..", "null", "é.é.é", "eyJhbGciOiJIUzI1NiJ9.e30."] {
            assert_eq!(tokens().verify(nonsense), Err(TokenError::Invalid), "{nonsense}");
        }
        assert_eq!(tokens().verify(&"a".repeat(100_000)), Err(TokenError::Invalid));
    }

    #[test]
    fn claims_must_be_there_and_of_their_types() {
        for wrong in [
            json!({ "iat": NOW, "exp": NOW + 60 }),
            json!({ "id": null, "exp": NOW + 60 }),
            json!({ "id": 7, "exp": NOW + 60 }),
            json!({ "id": "", "exp": NOW + 60 }),
            json!({ "id": "someone", "exp": NOW + 60 }),
            json!({ "id": ID }),
            json!({ "id": ID, "exp": "tomorrow" }),
            json!({ "id": ID, "exp": -1 }),
            json!({ "id": ID, "exp": 1e300 }),
            json!({ "id": ID, "exp": NOW + 60, "nbf": NOW + 30 }),
            json!([ID, NOW + 60]),
            json!("text"),
        ] {
            assert_eq!(verdict(&wrong), Err(TokenError::Invalid), "{wrong}");
        }
        assert!(verdict(&json!({ "id": ID, "exp": NOW + 60, "nbf": NOW })).is_ok());
        assert!(verdict(&json!({ "id": ID, "exp": NOW + 60, "aud": "x", "more": [1] })).is_ok());
        let expired = json!({ "id": ID, "exp": NOW - 1 });
        assert_eq!(verdict(&expired), Err(TokenError::Expired));
    }

    #[test]
    fn other_algorithms_are_refused() {
        let tokens = tokens();
        let claims = json!({ "id": ID, "iat": NOW, "exp": NOW + 60 });
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            let token = signed(&tokens, algorithm, &claims);
            assert_eq!(tokens.verify(&token), Err(TokenError::Invalid));
        }
        let body = URL_SAFE_NO_PAD.encode(claims.to_string());
        for alg in ["none", "None", "NONE", "nOnE", "RS256", "ES256"] {
            let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg, "typ": "JWT" }).to_string());
            for signature in ["", "AAAA"] {
                let token = format!("{header}.{body}.{signature}");
                assert_eq!(tokens.verify(&token), Err(TokenError::Invalid), "{alg}");
            }
        }
    }

    #[test]
    fn other_secrets_and_changed_claims_are_refused() {
        let ours = tokens();
        let secret = Secret::new("some other secret of these tests".to_owned());
        let theirs = Tokens::new(&secret, Duration::from_hours(2), ours.sources.clone());
        let token = theirs.issue(ID.parse().unwrap(), 0);
        assert_eq!(ours.verify(&token), Err(TokenError::Invalid));
        let token = ours.issue(ID.parse().unwrap(), 0);
        let parts: Vec<_> = token.split('.').collect();
        let later = json!({ "id": ID, "iat": NOW, "exp": NOW + 999_999 }).to_string();
        let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(later), parts[2]);
        assert_eq!(ours.verify(&forged), Err(TokenError::Invalid));
        let unsigned = format!("{}.{}.", parts[0], parts[1]);
        assert_eq!(ours.verify(&unsigned), Err(TokenError::Invalid));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_or_passes(text in "\\PC{0,200}", parts in "[A-Za-z0-9_.-]{0,200}") {
            assert!(tokens().verify(&text).is_err());
            assert!(tokens().verify(&parts).is_err());
        }

        #[test]
        fn no_signed_claims_panic(id in "[g-z ]{0,40}", exp: f64, nbf: Option<f64>) {
            // No such text is a UUID.
            assert!(verdict(&json!({ "id": id, "exp": exp, "nbf": nbf })).is_err());
        }
    }

    #[test]
    fn secrets_do_not_show() {
        assert!(!format!("{:?}", tokens()).contains("secret"));
    }
}
