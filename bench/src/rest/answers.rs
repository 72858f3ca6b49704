//! What servers answer, and whether it is the same.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::request::Line;
use crate::load::{Fault, next_response};

const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest answer that is read: ten times what a page of products takes.
const LONGEST: u64 = 100_000;

/// The body with which a server answers a request, which it must answer well.
pub(super) fn ask(server: SocketAddr, line: &Line) -> Result<Value, Fault> {
    let mut stream = TcpStream::connect_timeout(&server, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let path = &line.path;
    let token = line.token.as_ref();
    let token = token.map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n"));
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n{token}\r\n")?;
    let mut input = Vec::new();
    stream.take(LONGEST).read_to_end(&mut input)?;
    let response = next_response(&input)?.ok_or_else(|| Fault::wrong(&input))?;
    if response.status != 200 {
        let body = String::from_utf8_lossy(response.body);
        return Err(Fault::Wrong(format!("{} for GET {path}: {body}", response.status)));
    }
    let mut body = serde_json::from_slice(response.body)
        .map_err(|error| Fault::Wrong(format!("GET {path}: {error}")))?;
    hide_token(&mut body);
    Ok(body)
}

/// The bodies with which it answers all of them.
pub(super) fn ask_all(server: SocketAddr, lines: &[Line]) -> Result<Vec<Value>, Fault> {
    lines.iter().map(|line| ask(server, line)).collect()
}

/// A token is fresh each time: all that can be compared is whether there is one.
fn hide_token(body: &mut Value) {
    if let Some(token) = body.get_mut("token").filter(|token| token.is_string()) {
        *token = Value::from("a token");
    }
}

/// Fails with the first thing in which the answers of two servers differ.
pub(super) fn compare(lines: &[Line], expected: &[Value], answers: &[Value]) -> Result<(), Fault> {
    for ((Line { path, .. }, expected), answer) in lines.iter().zip(expected).zip(answers) {
        if let Some(difference) = difference(expected, answer) {
            return Err(Fault::Wrong(format!("GET {path}: {difference}")));
        }
    }
    Ok(())
}

/// Where two bodies differ: `[0].price: 1 instead of 2`.
fn difference(one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(at, (one, other))| {
                difference(one, other).map(|found| format!("[{at}]{found}"))
            })
        }
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            let mut pairs = one.iter().zip(other.values());
            pairs.find_map(|((key, one), other)| {
                difference(one, other).map(|found| format!(".{key}{found}"))
            })
        }
        // 1 and 1.0 are one number.
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        (one, other) if one == other => None,
        (one, other) => Some(format!(": {other} instead of {one}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_are_compared_as_json() {
        let body = json!([{ "a": 1, "b": ["x"] }]);
        assert_eq!(difference(&body, &json!([{ "b": ["x"], "a": 1.0 }])), None);
        let said = |other: &Value| difference(&body, other).unwrap();
        assert_eq!(said(&json!([{ "a": 2, "b": ["x"] }])), "[0].a: 2 instead of 1");
        assert_eq!(said(&json!([{ "a": 1, "b": [] }])), "[0].b: [] instead of [\"x\"]");
        assert!(said(&json!([{ "a": 1 }])).starts_with("[0]: {\"a\":1} instead of {"));
        assert!(said(&json!([])).starts_with(": [] instead of ["));
    }

    #[test]
    fn tokens_differ() {
        let mut body = json!({ "id": 1, "token": "a.b.c" });
        hide_token(&mut body);
        assert_eq!(body, json!({ "id": 1, "token": "a token" }));
        let mut body = json!({ "token": null });
        hide_token(&mut body);
        assert_eq!(body, json!({ "token": null }));
    }
}
