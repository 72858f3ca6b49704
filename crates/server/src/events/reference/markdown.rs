//! Markdown: what people look up.

use serde_json::Value;

use super::outline::{Outline, alternatives, description, properties, referred};
use crate::code::{Code, Occasion, Retry};

const HEAD: &str = "\
# Events

<!-- Written by `make generate` from the server's catalogue of events (crates/server/src/events). Changes are made there. -->

Every event of the gateway, in both directions. For TypeScript, copy [events.ts](events.ts) into your project: `Socket<ServerToClientEvents, ClientToServerEvents>`.

Of several arguments that a client sends, the first counts. A client that asks for an ack gets `{ok: true, …}` with what stands below under *Answer*, or `{ok: false, error: {code, message, retryAfter?}}`. Without an ack it gets nothing if the event was done, and an `exception` if it was not. Events that are not listed here are ignored. An event that comes more often than its limit allows is not done (`rate_limited`, with the seconds to wait in `retryAfter`).

The last argument of what the server sends may be a string that is not described here: stock clients need it for [connection state recovery](https://socket.io/docs/v4/connection-state-recovery).
";

pub(super) fn of(outline: &Outline) -> String {
    let mut text = HEAD.to_owned();
    let mut told = Vec::new();
    text += "\n## From clients\n";
    for (event, payload, answer) in &outline.from_clients {
        text += &format!("\n### `{}`\n\n{}\n", event.name, event.about);
        text += &if outline.is_nothing(payload) {
            "\n*Payload* an empty object\n".to_owned()
        } else {
            format!("\n*Payload* {}", in_full(outline, payload.as_value(), &mut told))
        };
        text += &if outline.is_nothing(answer) {
            "\n*Answer* nothing beside `ok`\n".to_owned()
        } else {
            format!("\n*Answer* {}", in_full(outline, answer.as_value(), &mut told))
        };
        text += &format!("\n*Limit* `rate_limits.{}`\n", event.limit.setting());
    }
    text += "\n## From the server\n";
    for (event, arguments) in &outline.from_server {
        text += &format!("\n### `{}`\n\n{}\n", event.name, event.about);
        text += &format!("\n*To* {}\n", event.to);
        for (name, schema) in event.argument_names.iter().zip(arguments) {
            text += &format!(
                "\n*Argument `{name}`* {}",
                in_full(outline, schema.as_value(), &mut told)
            );
        }
    }
    text += "\n## Types that these refer to\n";
    for (name, schema) in &outline.types {
        if name != CODE && !told.contains(&name.as_str()) {
            let about =
                description(schema).map_or_else(String::new, |about| format!("{about}\n\n"));
            text += &format!("\n### {name}\n\n{about}{}", table(schema));
        }
    }
    text + &codes()
}

/// The type of the codes, which have a table of their own.
const CODE: &str = "Code";

/// A type with all that it has, if it is told for the first time.
fn in_full<'a>(outline: &'a Outline, schema: &'a Value, told: &mut Vec<&'a str>) -> String {
    let Some(name) = referred(schema) else { return format!("{}\n", words(schema)) };
    let Some(schema) = outline.types.get(name).filter(|_| !told.contains(&name)) else {
        return format!("{}\n", link(name));
    };
    told.push(name);
    let about = description(schema).unwrap_or_default();
    format!("`{name}`: {about}\n\n{}", table(schema))
}

/// The properties of a type.
fn table(schema: &Value) -> String {
    let Some(properties) = properties(schema) else { return format!("{}\n", words(schema)) };
    let mut text = "| Property | Type | |\n|---|---|---|\n".to_owned();
    for property in properties {
        let mark = if property.is_required { "" } else { "?" };
        let about = description(property.schema).unwrap_or_default();
        text += &format!("| `{}{mark}` | {} | {about} |\n", property.name, words(property.schema));
    }
    text
}

/// A type in words. That an optional property may also be null goes without saying.
fn words(schema: &Value) -> String {
    if let Some(name) = referred(schema) {
        return link(name);
    }
    if let Some(value) = schema.get("const") {
        return format!("`{value}`");
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ");
    }
    if let Some(schemas) = alternatives(schema) {
        let is_null = |schema: &&Value| schema.get("type").is_some_and(|kind| kind == "null");
        let parts = schemas.iter().filter(|schema| !is_null(schema)).map(words);
        return parts.collect::<Vec<_>>().join(" or ");
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => {
            format!("array of {}", schema.get("items").map_or_else(String::new, words))
        }
        Some("integer") => format!("whole number{}", between(schema, "imum", "")),
        Some("string") => format!("string{}", between(schema, "Length", " characters")),
        Some("object") => object(schema),
        Some(kind) => kind.to_owned(),
        None => "anything".to_owned(),
    }
}

fn object(schema: &Value) -> String {
    if let Some(properties) = properties(schema) {
        let parts = properties.map(|part| format!("`{}`: {}", part.name, words(part.schema)));
        return format!("object with {}", parts.collect::<Vec<_>>().join(", "));
    }
    let values = schema.get("additionalProperties").filter(|values| values.is_object());
    format!("object of {}", values.map_or_else(|| "anything".to_owned(), words))
}

/// The bounds of a number or a length.
fn between(schema: &Value, of: &str, unit: &str) -> String {
    let bound = |end| schema.get(format!("{end}{of}")).filter(|bound| **bound != 0);
    match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => format!(", {min} to {max}{unit}"),
        (Some(min), None) => format!(", {min}{unit} or more"),
        (None, Some(max)) => format!(", at most {max}{unit}"),
        (None, None) => String::new(),
    }
}

fn link(name: &str) -> String {
    let anchor = if name == CODE { "codes".to_owned() } else { name.to_lowercase() };
    format!("[{name}](#{anchor})")
}

fn codes() -> String {
    let mut text = "\n## Codes\n\nIn `exception`, in the `error` of an ack, and in the `data` of a `connect_error`. The list is closed.\n\n\
        | Code | What it means | When | Try again |\n|---|---|---|---|\n"
        .to_owned();
    for code in Code::ALL {
        let occasions = code.occasions().iter().map(|occasion| match occasion {
            Occasion::Refusal => "not let in",
            Occasion::Ending => "disconnected",
            Occasion::Answer => "event not done",
        });
        let retry = match code.retry() {
            Retry::No => "no",
            Retry::WithNewToken => "with a new token",
            Retry::Later => "after `retryAfter` seconds, else with pauses that grow",
        };
        let occasions = occasions.collect::<Vec<_>>().join(", ");
        text += &format!("| `{}` | {} | {occasions} | {retry} |\n", code.as_str(), code.about());
    }
    text
}
