//! TypeScript: an interface for each type, and the two maps of events that Socket.IO's types take.

use serde_json::Value;

use super::outline::{Outline, alternatives, description, properties, referred};
use crate::code::{Code, Occasion};

const HEAD: &str = "\
// Written by `make generate` from the server's catalogue of events (crates/server/src/events). Changes
// are made there. To use it: copy it into your project, and
// `const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(url, { auth: { token } });`
";

const ACK: &str = "
/** What an ack is called with. */
export type Ack<Answer> = ({ ok: true } & Answer) | { ok: false; error: AckError };
";

pub(super) fn of(outline: &Outline) -> String {
    let mut text = HEAD.to_owned();
    for (name, schema) in &outline.types {
        text += &declaration(name, schema);
    }
    text += ACK;
    text += &from_server(outline);
    text += &from_clients(outline);
    text += &codes();
    text
}

fn declaration(name: &str, schema: &Value) -> String {
    let about = comment("", description(schema));
    match properties(schema) {
        Some(_) => format!("\n{about}export interface {name} {}\n", expression(schema, "")),
        None => format!("\n{about}export type {name} ={};\n", on_lines(&expression(schema, ""))),
    }
}

/// A union that is too long for one line takes one for each part.
fn on_lines(expression: &str) -> String {
    if expression.len() < 80 {
        return format!(" {expression}");
    }
    expression.split(" | ").fold(String::new(), |lines, part| lines + "\n  | " + part)
}

fn from_server(outline: &Outline) -> String {
    let mut text =
        "\n/** What the server sends. */\nexport interface ServerToClientEvents {\n".to_owned();
    for (event, schemas) in &outline.from_server {
        let arguments = event.argument_names.iter().zip(schemas);
        let arguments = arguments
            .map(|(name, schema)| format!("{name}: {}", expression(schema.as_value(), "  ")))
            .collect::<Vec<_>>();
        text += &comment("  ", Some(format!("{} To {}.", event.about, event.to)));
        text += &format!("  {}: ({}) => void;\n", quoted(event.name), arguments.join(", "));
    }
    text + "}\n"
}

/// An ack that may be left out would lose its type in `emitWithAck`, so only those that tell nothing
/// may be.
fn from_clients(outline: &Outline) -> String {
    let mut text =
        "\n/** What clients send. */\nexport interface ClientToServerEvents {\n".to_owned();
    for (event, payload, answer) in &outline.from_clients {
        let payload = if outline.is_nothing(payload) {
            "Record<string, never>".to_owned()
        } else {
            expression(payload.as_value(), "  ")
        };
        let ack = if outline.is_nothing(answer) {
            "ack?: (answer: Ack<object>) => void".to_owned()
        } else {
            format!("ack: (answer: Ack<{}>) => void", expression(answer.as_value(), "  "))
        };
        text += &comment("  ", Some(event.about.to_owned()));
        text += &format!("  {}: (payload: {payload}, {ack}) => void;\n", quoted(event.name));
    }
    text + "}\n"
}

fn codes() -> String {
    let mut text = String::new();
    for (name, about, occasion) in [
        ("REFUSALS", "Why a connection is not let in.", Occasion::Refusal),
        ("ENDINGS", "Why the server ends a connection that it had let in.", Occasion::Ending),
        ("ANSWERS", "Why an event is not done; the connection goes on.", Occasion::Answer),
    ] {
        let codes = Code::ALL.into_iter().filter(|code| code.occasions().contains(&occasion));
        text += &format!("\n/** {about} */\nexport const {name} = [\n");
        for code in codes {
            text += &format!("  '{}',\n", code.as_str());
        }
        text += "] as const satisfies readonly Code[];\n";
    }
    let about = "Whether it makes sense to try again: not as it is, with a token that was issued \
        since, or after `retryAfter` seconds (without that: with pauses that grow).";
    text += &format!("\n{}export const RETRY = {{\n", comment("", Some(about.to_owned())));
    for code in Code::ALL {
        text += &format!("  {}: '{}',\n", code.as_str(), code.retry().as_str());
    }
    text + "} as const satisfies Record<Code, 'no' | 'with-new-token' | 'later'>;\n"
}

/// The type that a schema describes.
fn expression(schema: &Value, indent: &str) -> String {
    if let Some(name) = referred(schema) {
        return name.to_owned();
    }
    if let Some(value) = schema.get("const") {
        return literal(value);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(literal).collect::<Vec<_>>().join(" | ");
    }
    if let Some(schemas) = alternatives(schema) {
        let parts: Vec<_> = schemas.iter().map(|schema| expression(schema, indent)).collect();
        return parts.join(" | ");
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => "string".to_owned(),
        Some("integer" | "number") => "number".to_owned(),
        Some("boolean") => "boolean".to_owned(),
        Some("null") => "null".to_owned(),
        Some("array") => array(schema, indent),
        Some("object") => object(schema, indent),
        _ => "unknown".to_owned(),
    }
}

fn array(schema: &Value, indent: &str) -> String {
    let items = schema.get("items").map_or_else(|| "unknown".to_owned(), |s| expression(s, indent));
    if items.contains([' ', '|']) { format!("({items})[]") } else { format!("{items}[]") }
}

fn object(schema: &Value, indent: &str) -> String {
    let Some(properties) = properties(schema) else {
        let values = schema.get("additionalProperties").filter(|values| values.is_object());
        let values = values.map_or_else(|| "unknown".to_owned(), |s| expression(s, indent));
        return format!("Record<string, {values}>");
    };
    let deeper = format!("{indent}  ");
    let mut text = "{\n".to_owned();
    for property in properties {
        text += &comment(&deeper, description(property.schema));
        let mark = if property.is_required { "" } else { "?" };
        let value = expression(property.schema, &deeper);
        text += &format!("{deeper}{}{mark}: {value};\n", property.name);
    }
    text + indent + "}"
}

fn literal(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("'{text}'"))
}

/// A name as the key of an interface.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|char| char.is_ascii_alphanumeric());
    if is_plain { name.to_owned() } else { format!("'{name}'") }
}

/// A comment of lines that are not longer than those of the code around it.
fn comment(indent: &str, text: Option<String>) -> String {
    const WIDTH: usize = 100;
    let Some(text) = text else { return String::new() };
    if indent.len() + text.chars().count() + "/**  */".len() <= WIDTH {
        return format!("{indent}/** {text} */\n");
    }
    let mut comment = format!("{indent}/**\n{indent} *");
    let mut column = indent.len() + 2;
    for word in text.split(' ') {
        let length = word.chars().count() + 1;
        if column + length > WIDTH {
            comment += &format!("\n{indent} *");
            column = indent.len() + 2;
        }
        comment = comment + " " + word;
        column += length;
    }
    format!("{comment}\n{indent} */\n")
}
