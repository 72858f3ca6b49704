//! Reading payloads. One that is right is read straight into its type; only one that is wrong is
//! held against the schema of the type, to say in words what it should have been.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::problem::Problem;

/// Reads the object at the start of `json`; what follows it is other arguments.
pub(super) fn read<'a, T>(json: &'a str) -> Result<T, Problem>
where
    T: Deserialize<'a> + JsonSchema,
{
    T::deserialize(&mut serde_json::Deserializer::from_str(json))
        .map_err(|_| Problem::invalid(fault::<T>(json)))
}

/// What is wrong with a payload that cannot be read.
fn fault<'a, T>(json: &'a str) -> String
where
    T: Deserialize<'a> + JsonSchema,
{
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) else {
        return "the payload cannot be read".to_owned();
    };
    let mut path: Vec<Segment> = error.path().iter().cloned().collect();
    let error = error.into_inner();
    if !error.is_data() {
        // That it is JSON was checked before, but not that escapes stand for characters.
        return format!("{} must be valid Unicode", Subject(&path));
    }
    let text = without_place(&error);
    if let Some(demand) = text.strip_prefix("must ") {
        return format!("{} must {demand}", Subject(&path));
    }
    if text.starts_with("duplicate field") {
        return format!("{} has a property twice", Subject(&path));
    }
    if let Some((name, _)) = text.strip_prefix("missing field `").and_then(|t| t.split_once('`')) {
        path.push(Segment::Map { key: name.to_owned() });
    }
    let schema = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    let schema = schema.into_generator().into_root_schema_for::<T>();
    let demand = at(&schema, &path).map_or_else(|| "of another type".to_owned(), demand);
    format!("{} must be {demand}", Subject(&path))
}

/// What the error says, without the line and the column that serde adds.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// Where something is wrong, as the first words of a sentence.
struct Subject<'a>(&'a [Segment]);

impl std::fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the payload");
        }
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Seq { index } => write!(f, "[{index}]")?,
                other if at == 0 => write!(f, "{other}")?,
                other => write!(f, ".{other}")?,
            }
        }
        Ok(())
    }
}

/// The part of a schema that describes what is at a path.
fn at<'a>(schema: &'a Schema, path: &[Segment]) -> Option<&'a Value> {
    path.iter().try_fold(schema.as_value(), |schema, segment| match segment {
        Segment::Map { key } => {
            let known = schema.get("properties").and_then(|known| known.get(key));
            known.or_else(|| schema.get("additionalProperties"))
        }
        Segment::Seq { .. } => schema.get("items"),
        Segment::Enum { .. } | Segment::Unknown => None,
    })
}

/// What a schema asks for, as the end of a sentence.
fn demand(schema: &Value) -> String {
    let one_of = |key| schema.get(key).and_then(Value::as_array);
    let mut demands: Vec<String> = Vec::new();
    if let Some(values) = one_of("enum") {
        let known = values.iter().filter(|value| !value.is_null()).map(Value::to_string);
        demands.push(format!("one of {}", known.collect::<Vec<_>>().join(", ")));
    } else if let Some(schemas) = one_of("anyOf").or_else(|| one_of("oneOf")) {
        demands.extend(schemas.iter().filter(|schema| !is_null(schema)).map(demand));
    } else {
        let types = schema.get("type").into_iter();
        let types = types.flat_map(|t| t.as_array().map_or(std::slice::from_ref(t), Vec::as_slice));
        demands.extend(types.filter_map(Value::as_str).filter_map(kind).map(str::to_owned));
    }
    demands.dedup();
    if demands.is_empty() { "of another type".to_owned() } else { demands.join(" or ") }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

fn kind(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "an array",
        "object" => "an object",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::events::Text;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Sample<'a> {
        #[serde(borrow)]
        needed: Text<'a, 1, 5>,
        #[serde(borrow, default)]
        bare_text: Option<Text<'a>>,
        limit: Option<u8>,
        ways: Option<Vec<Way>>,
        seen: Option<BTreeMap<String, u64>>,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Way {
        Up,
        Down,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Inner {
        flag: bool,
    }

    fn problem(json: &str) -> String {
        read::<Sample<'_>>(json).unwrap_err().message
    }

    #[test]
    fn what_is_right_is_read_and_other_arguments_do_not_matter() {
        read::<Sample<'_>>(r#"{"needed":"x","id":[1,{}]}"#).unwrap();
        read::<Sample<'_>>(r#"{"needed":"ñañañ","bareText":null,"limit":3},{"needed":4},5"#)
            .unwrap();
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        for (json, expected) in [
            (r"{}", "needed must be a string"),
            (r#"{"needed":5}"#, "needed must be a string"),
            (r#"{"needed":null}"#, "needed must be a string"),
            (r#"{"needed":""}"#, "needed must be 1 to 5 characters long"),
            (r#"{"needed":"123456"}"#, "needed must be 1 to 5 characters long"),
            (r#"{"needed":"\ud800"}"#, "needed must be valid Unicode"),
            (r#"{"needed":"x","needed":"y"}"#, "the payload has a property twice"),
            (r#"{"needed":"x","bareText":{}}"#, "bareText must be a string"),
            (r#"{"needed":"x","limit":"3"}"#, "limit must be a whole number"),
            (r#"{"needed":"x","limit":-1}"#, "limit must be a whole number"),
            (r#"{"needed":"x","ways":{}}"#, "ways must be an array"),
            (r#"{"needed":"x","ways":["up","x"]}"#, r#"ways[1] must be one of "up", "down""#),
            (r#"{"needed":"x","seen":{"a":"b"}}"#, "seen.a must be a whole number"),
            (r#"{"needed":"x","inner":{"flag":1}}"#, "inner.flag must be true or false"),
            (r#"{"needed":"x","inner":{}}"#, "inner.flag must be true or false"),
        ] {
            assert_eq!(problem(json), expected, "{json}");
        }
    }

    proptest! {
        /// Whatever stands where something else should: it is refused, in one short sentence.
        #[test]
        fn nothing_passes_for_what_it_is_not(value in any_json(), name in "[a-zA-Z]{1,8}") {
            for known in [name.as_str(), "needed", "limit", "ways", "seen", "inner"] {
                let json = serde_json::json!({ known: value }).to_string();
                match read::<Sample<'_>>(&json) {
                    Ok(_) => prop_assert!(known == "needed" && value.is_string()),
                    Err(problem) => {
                        prop_assert!(problem.message.contains(" must be "), "{}", problem.message);
                        prop_assert!(problem.message.len() < 100, "{}", problem.message);
                    }
                }
            }
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{0,3}", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
