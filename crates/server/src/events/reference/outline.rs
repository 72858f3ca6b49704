//! What is to be written down, gathered from the catalogue.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::events::catalogue::{FROM_CLIENTS, FROM_SERVER, FromClients, FromServer};
use crate::events::{AckError, RefusalData};

/// Everything that is to be written down.
pub(super) struct Outline {
    pub(super) from_clients: Vec<(&'static FromClients, Schema, Schema)>,
    pub(super) from_server: Vec<(&'static FromServer, Vec<Schema>)>,
    /// The types that these refer to, by their names.
    pub(super) types: BTreeMap<String, Value>,
}

/// A property of a type.
pub(super) struct Property<'a> {
    pub(super) name: &'a str,
    pub(super) schema: &'a Value,
    pub(super) is_required: bool,
}

impl Outline {
    pub(super) fn of_catalogue() -> Self {
        let mut read = SchemaSettings::draft2020_12().for_deserialize().into_generator();
        let mut written = SchemaSettings::draft2020_12().for_serialize().into_generator();
        let from_clients = FROM_CLIENTS
            .iter()
            .map(|event| (event, (event.payload)(&mut read), (event.answer)(&mut written)));
        let from_clients = from_clients.collect();
        let from_server = FROM_SERVER.iter().map(|event| (event, (event.arguments)(&mut written)));
        let from_server = from_server.collect();
        written.subschema_for::<AckError<'_>>();
        written.subschema_for::<RefusalData>();
        let mut types = BTreeMap::new();
        for (name, schema) in definitions(read).chain(definitions(written)) {
            let before = types.insert(name.clone(), schema.clone());
            assert!(before.is_none_or(|before| before == schema), "two types are called {name}");
        }
        types.retain(|_, schema| !is_empty(schema));
        Self { from_clients, from_server, types }
    }

    /// Whether a schema is of an object that has nothing in it.
    pub(super) fn is_nothing(&self, schema: &Schema) -> bool {
        referred(schema.as_value()).is_some_and(|name| !self.types.contains_key(name))
    }
}

fn is_empty(schema: &Value) -> bool {
    let has = |key| schema.get(key).is_some();
    schema.get("type").is_some_and(|kind| kind == "object")
        && !has("properties")
        && !has("additionalProperties")
}

fn definitions(mut generator: SchemaGenerator) -> impl Iterator<Item = (String, Value)> {
    generator.take_definitions(true).into_iter()
}

/// What the documentation of a type or a property says, on one line.
pub(super) fn description(schema: &Value) -> Option<String> {
    let text = schema.get("description")?.as_str()?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The properties of an object, if the schema is of one.
pub(super) fn properties(schema: &Value) -> Option<impl Iterator<Item = Property<'_>>> {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = move |name: &str| required.is_some_and(|all| all.iter().any(|r| r == name));
    let properties = schema.get("properties")?.as_object()?;
    Some(properties.iter().map(move |(name, schema)| {
        let is_required = is_required(name);
        Property { name, schema, is_required }
    }))
}

/// The name of the type that a schema refers to.
pub(super) fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.rsplit('/').next()
}

/// What a schema may be, if that is one of several.
pub(super) fn alternatives(schema: &Value) -> Option<Vec<Value>> {
    if let Some(schemas) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
        return schemas.as_array().cloned();
    }
    let kinds = schema.get("type")?.as_array()?;
    Some(kinds.iter().map(|kind| with_type(schema, kind)).collect())
}

fn with_type(schema: &Value, kind: &Value) -> Value {
    let mut schema = schema.clone();
    schema["type"] = kind.clone();
    schema
}
