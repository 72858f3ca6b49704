//! JSON bodies: bounded, read within a deadline, and checked property by property, so that an
//! answer names everything that is wrong at once.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRef, FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::ApiError;

/// The largest JSON body, in bytes.
const BODY_LIMIT: usize = 100 * 1_024;

/// How long a client may take to send a body.
#[derive(Debug, Clone, Copy)]
pub struct BodyTimeout(pub Duration);

/// The properties of a body, taken one after another.
#[derive(Debug)]
pub struct Fields {
    values: Map<String, Value>,
    problems: Vec<String>,
}

/// A property was refused; the answer will say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// A body with known properties.
pub trait Form: Sized {
    /// Takes its properties. `None` only if one of them was refused.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// A property that is sent as a string.
pub trait Property: Sized {
    /// One thing that can be wrong with it.
    type Problem: Copy + 'static;

    /// All of them, in the order in which answers name them.
    const PROBLEMS: &'static [Self::Problem];

    /// Reads the text, or says what is wrong with it.
    fn read(text: &str) -> Result<Self, Vec<Self::Problem>>;

    /// The problem in words; `name` is that of the property.
    fn describe(problem: Self::Problem, name: &str) -> String;
}

/// Any text at all.
#[derive(Debug)]
pub struct Text(pub String);

/// Extractor of a body that passed all checks.
#[derive(Debug)]
pub struct Validated<T>(pub T);

impl Fields {
    /// Takes a property. What is wrong with it, or that it is missing, is remembered for the answer.
    pub fn take<P: Property>(&mut self, name: &str) -> Option<P> {
        let value = self.values.remove(name);
        let (problems, text): (Vec<_>, _) = match value.as_ref().and_then(Value::as_str) {
            None => (P::PROBLEMS.to_vec(), None),
            Some(text) => match P::read(text) {
                Ok(property) => return Some(property),
                Err(problems) => (problems, Some(text)),
            },
        };
        self.problems.extend(problems.into_iter().map(|problem| P::describe(problem, name)));
        if text.is_none() {
            self.problems.push(format!("{name} must be a string"));
        }
        None
    }

    /// The same for a property that may be left out, or be null.
    pub fn take_optional<P: Property>(&mut self, name: &str) -> Result<Option<P>, Refused> {
        match self.values.get(name) {
            None | Some(Value::Null) => {
                self.values.remove(name);
                Ok(None)
            }
            Some(_) => self.take(name).map(Some).ok_or(Refused),
        }
    }

    /// Takes a property of another type than a string, which `read` reads; null is given to it too.
    /// `None` if it is left out.
    pub fn take_with<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, Vec<String>>,
    ) -> Result<Option<T>, Refused> {
        let Some(value) = self.values.remove(name) else {
            return Ok(None);
        };
        read(&value).map(Some).map_err(|problems| {
            self.problems.extend(problems);
            Refused
        })
    }

    /// Has a property that is left out read as if it were none of any type, so that the answer says
    /// what it must be.
    pub fn require(&mut self, name: &str) {
        let value = self.values.entry(name).or_insert(Value::Null);
        if value.is_null() {
            // The one value that no property takes.
            *value = Value::Object(Map::new());
        }
    }

    /// Takes a property of any type; `None` if it is left out, or null.
    pub fn take_value(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name).filter(|value| !value.is_null())
    }

    /// Remembers for the answer what is wrong with a property.
    pub fn refuse(&mut self, problem: String) -> Refused {
        self.problems.push(problem);
        Refused
    }

    fn read<T: Form>(values: Map<String, Value>) -> Result<T, Vec<String>> {
        let mut fields = Self { values, problems: Vec::new() };
        let form = T::read(&mut fields);
        let unknown = fields.values.keys().map(|name| format!("property {name} should not exist"));
        let problems: Vec<_> = unknown.chain(fields.problems).collect();
        match form {
            Some(form) if problems.is_empty() => Ok(form),
            _ => Err(problems),
        }
    }
}

impl Property for Text {
    type Problem = std::convert::Infallible;

    const PROBLEMS: &'static [Self::Problem] = &[];

    fn read(text: &str) -> Result<Self, Vec<Self::Problem>> {
        Ok(Self(text.to_owned()))
    }

    fn describe(problem: Self::Problem, _name: &str) -> String {
        match problem {}
    }
}

impl<T, S> FromRequest<S> for Validated<T>
where
    T: Form,
    S: Send + Sync,
    BodyTimeout: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let BodyTimeout(deadline) = BodyTimeout::from_ref(state);
        let body = tokio::time::timeout(deadline, read_body(body))
            .await
            .map_err(|_| ApiError::new(StatusCode::REQUEST_TIMEOUT, "The body took too long"))??;
        let values = parse(&parts.headers, &body)?;
        Fields::read(values).map(Self).map_err(ApiError::validation)
    }
}

async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large"))
        }
        Err(_) => Err(ApiError::bad_request("The body ended early")),
    }
}

/// A body that is absent counts as an empty object.
fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    if !is_json(headers) {
        let message = "The body must be JSON, with Content-Type: application/json";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(values)) => Ok(values),
        Ok(_) => Err(ApiError::bad_request("The body must be a JSON object")),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            Err(ApiError::bad_request(format!("The body is not valid JSON ({place})")))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Anything;

    impl Form for Anything {
        fn read(fields: &mut Fields) -> Option<Self> {
            fields.take::<Text>("a").map(|_| Self)
        }
    }

    async fn read(body: Body) -> Result<Validated<Anything>, ApiError> {
        let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
        let timeout = BodyTimeout(Duration::from_secs(10));
        Validated::from_request(request.body(body).unwrap(), &timeout).await
    }

    /// The clock is virtual, and jumps to the next deadline when nothing else is left to do.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up_at_the_deadline() {
        let started = tokio::time::Instant::now();
        let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let error = read(Body::from_stream(never)).await.unwrap_err();
        assert!(format!("{error:?}").contains("408"));
        assert_eq!(started.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_refused() {
        let pieces = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        assert!(format!("{:?}", read(body).await.unwrap_err()).contains("ended early"));
    }
}
