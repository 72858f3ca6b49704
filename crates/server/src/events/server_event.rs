//! Events that the server sends: what each has to say of itself.

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// An event that the server sends.
pub(crate) trait ServerEvent: 'static {
    /// Its name.
    const NAME: &'static str;

    /// What it says, in a sentence or two for whoever writes a client.
    const ABOUT: &'static str;

    /// Who gets it.
    const TO: &'static str;

    /// What its arguments are called.
    const NAMES: &'static [&'static str];

    /// Its arguments, as a tuple of types that are written in the same way.
    type Arguments: Schemas;
}

/// A tuple of types with schemas.
pub(crate) trait Schemas {
    /// The schema of each.
    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema>;
}

impl<A: JsonSchema> Schemas for (A,) {
    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
        vec![generator.subschema_for::<A>()]
    }
}

impl<A: JsonSchema, B: JsonSchema> Schemas for (A, B) {
    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
        vec![generator.subschema_for::<A>(), generator.subschema_for::<B>()]
    }
}
