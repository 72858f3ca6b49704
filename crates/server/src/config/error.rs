//! What is wrong with the settings, in one line: the key, where it was set, its value, and what is
//! allowed.

use figment::Figment;
use figment::error::Kind;
use figment::value::Value;

/// The settings cannot be used. The process ends with exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// An error that is not about the value of one key.
    pub fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }

    /// A value that was read but is not allowed.
    pub(crate) fn value(figment: &Figment, key: &str, allowed: &str) -> Self {
        let value = figment.find_value(key).ok();
        let shown = value.map_or_else(|| "nothing".to_owned(), |value| show(key, &value));
        Self(format!("{key} is {shown}{}; allowed: {allowed}", origin(figment, key)))
    }

    /// The first of what figment found.
    pub(crate) fn from_figment(figment: &Figment, error: figment::Error) -> Self {
        let key = error.path.join(".");
        match error.kind {
            Kind::UnknownField(field, known) => {
                // Figment has already put the field at the end of the path.
                let key = if key.is_empty() { field } else { key };
                let from = origin(figment, &key);
                Self(format!("unknown key {key}{from}; allowed: {}", known.join(", ")))
            }
            Kind::MissingField(field) => Self(format!("{key}.{field} is missing")),
            Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
                Self::value(figment, &key, &in_words(&expected))
            }
            Kind::UnknownVariant(_, allowed) => Self::value(figment, &key, &allowed.join(", ")),
            Kind::Message(allowed) if figment.find_value(&key).is_ok() && !key.is_empty() => {
                Self::value(figment, &key, &allowed)
            }
            kind => {
                let line = kind.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
                let from = error.metadata.map(|metadata| source(&metadata)).unwrap_or_default();
                Self(format!("{line}{from}"))
            }
        }
    }
}

/// Rust's names for types, as people would say them.
fn in_words(expected: &str) -> String {
    match expected {
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number",
        "a boolean" | "bool" => "true or false",
        other => other,
    }
    .to_owned()
}

/// The value, unless it is secret.
fn show(key: &str, value: &Value) -> String {
    if key.contains("secret") {
        return "***".to_owned();
    }
    match value {
        // What stands before the @ of an address may be a password.
        Value::String(_, text) if text.contains('@') => "***".to_owned(),
        Value::String(_, text) => format!("{text:?}"),
        other => serde_json::to_string(other).unwrap_or_else(|_| "unreadable".to_owned()),
    }
}

/// Where the value of a key came from.
fn origin(figment: &Figment, key: &str) -> String {
    figment.find_metadata(key).map(source).unwrap_or_default()
}

fn source(metadata: &figment::Metadata) -> String {
    match &metadata.source {
        Some(source) => format!(" (in {source})"),
        None => format!(" (in {})", metadata.name),
    }
}
