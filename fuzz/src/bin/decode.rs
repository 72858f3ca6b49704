//! Decodes what the differential checks of `e2e/parsers` write to it: each line is a JSON array of
//! `"packet"`, `"payload"` or `"msgpack"` and a text, or base64; each is answered with a line, `null`
//! if it is refused.

use std::io::{self, BufRead, Write};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use engineio::Message;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
struct Payload {
    packets: Vec<Packet>,
    again: String,
}

#[derive(Serialize)]
struct Packet {
    kind: &'static str,
    text: Option<String>,
    base64: Option<String>,
}

fn decode_payload(body: &str) -> Option<Payload> {
    let decoded = engineio::fuzzing::decode_payload(body)?;
    let packets = decoded.packets.into_iter().map(|(kind, message)| match message {
        None => Packet { kind, text: None, base64: None },
        Some(Message::Text(text)) => Packet { kind, text: Some(text.to_string()), base64: None },
        Some(Message::Binary(bytes)) => {
            Packet { kind, text: None, base64: Some(STANDARD.encode(bytes)) }
        }
    });
    let again = String::from_utf8_lossy(&decoded.again).into_owned();
    Some(Payload { packets: packets.collect(), again })
}

fn answer(what: &str, text: &str) -> serde_json::Result<Value> {
    match what {
        "packet" => serde_json::to_value(socketio::fuzzing::decode_packet(text)),
        "payload" => serde_json::to_value(decode_payload(text)),
        "msgpack" => {
            let message = STANDARD.decode(text).unwrap_or_default();
            serde_json::to_value(socketio::fuzzing::decode_msgpack(&message))
        }
        _ => Ok(Value::Null),
    }
}

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let (what, text): (String, String) = serde_json::from_str(&line?)?;
        serde_json::to_writer(&mut out, &answer(&what, &text)?)?;
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}
