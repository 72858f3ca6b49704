//! Whether the placeholders of a packet stand for attachments that it has.
//!
//! Stock clients close their transport on one that does not, so that an event which is passed on
//! unchecked would let one client disconnect all others.

/// Whether every placeholder in `json`, which is valid JSON, has the number of one of
/// `attachments`. It looks at objects as JavaScript does: of equal keys the last one counts, and
/// escapes in keys are nothing to hide behind.
pub(crate) fn are_valid(json: &str, attachments: usize) -> bool {
    let mut open: Vec<Container> = Vec::new();
    let mut rest = json;
    while let Some(first) = rest.bytes().next() {
        let length = match first {
            b'"' => string_length(rest),
            b'{' | b'[' | b'}' | b']' | b':' | b',' => 1,
            _ => rest.find(['{', '[', '}', ']', ':', ',', '"']).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        match first {
            b'{' | b'[' => {
                begin_value(&mut open, token, attachments);
                let object = (first == b'{').then(Object::default);
                open.push(Container { object });
            }
            b'}' | b']' => {
                if open.pop().is_some_and(|closed| closed.is_dangling()) {
                    return false;
                }
            }
            b':' | b',' => {}
            _ if token.trim_ascii().is_empty() => {}
            _ => begin_value(&mut open, token.trim_ascii(), attachments),
        }
    }
    true
}

/// An array or object that is open.
struct Container {
    object: Option<Object>,
}

/// What is known of an object so far.
#[derive(Default)]
struct Object {
    /// The key whose value comes next.
    key: Option<Key>,
    is_placeholder: bool,
    has_number: bool,
}

enum Key {
    Placeholder,
    Number,
    Other,
}

impl Container {
    fn is_dangling(&self) -> bool {
        self.object.as_ref().is_some_and(|object| object.is_placeholder && !object.has_number)
    }
}

impl Key {
    fn of(token: &str) -> Self {
        // What cannot be decoded (half a surrogate pair) is neither of the two.
        let escaped = token.contains('\\').then(|| serde_json::from_str::<String>(token).ok());
        let plain = escaped.flatten();
        match plain.as_deref().unwrap_or_else(|| token.trim_matches('"')) {
            "_placeholder" => Self::Placeholder,
            "num" => Self::Number,
            _ => Self::Other,
        }
    }
}

/// A key, or the beginning of a value, is met inside the innermost container.
fn begin_value(open: &mut [Container], token: &str, attachments: usize) {
    let Some(Container { object: Some(object) }) = open.last_mut() else { return };
    match object.key.take() {
        None => object.key = Some(Key::of(token)),
        Some(Key::Placeholder) => object.is_placeholder = token == "true",
        Some(Key::Number) => object.has_number = is_index(token, attachments),
        Some(Key::Other) => {}
    }
}

/// Whether it is the number of an attachment, written as JavaScript writes it.
fn is_index(token: &str, attachments: usize) -> bool {
    token.parse::<usize>().is_ok_and(|index| index < attachments)
}

/// The length of the string that `json` begins with, its quotes included.
fn string_length(json: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn placeholders_of_attachments() {
        for valid in [
            "[]",
            "[1,true,null,\"_placeholder\"]",
            r#"["a",{"_placeholder":true,"num":0}]"#,
            r#"["a",{"num":1 , "_placeholder" : true}]"#,
            r#"["a",[{"b":{"_placeholder":true,"num":1}}],{"c":"{\"_placeholder\":true}"}]"#,
            r#"[{"_placeholder":false,"num":7}]"#,
            r#"[{"_placeholder":"true","num":7}]"#,
            r#"[{"_placeholder":true,"_placeholder":1}]"#,
            r#"[{"_placeholder":[true]},{"\ud800":1,"num":{"a":1}}]"#,
        ] {
            assert!(are_valid(valid, 2), "{valid}");
        }
        for wrong in [
            r#"[{"_placeholder":true}]"#,
            r#"[{"_placeholder":true,"num":2}]"#,
            r#"[{"_placeholder":true,"num":-1}]"#,
            r#"[{"_placeholder":true,"num":0.5}]"#,
            r#"[{"_placeholder":true,"num":1.0}]"#,
            r#"[{"_placeholder":true,"num":"0"}]"#,
            r#"[{"_placeholder":true,"num":[0]}]"#,
            r#"[{"_placeholder":true,"num":0,"num":9}]"#,
            r#"[{"_placeholder":false,"_placeholder":true}]"#,
            r#"[{"\u005fplaceholder":true,"num":9}]"#,
            r#"[[[{"a":{"_placeholder": true ,"x":[{}]}}]]]"#,
            r#"[{"num":0,"_placeholder":true},{"_placeholder":true}]"#,
        ] {
            assert!(!are_valid(wrong, 2), "{wrong}");
        }
    }

    /// The same over a tree of values, which knows every key once.
    fn expected(value: &Value, attachments: u64) -> bool {
        match value {
            Value::Array(values) => values.iter().all(|value| expected(value, attachments)),
            Value::Object(map) => {
                let dangling = map.get("_placeholder") == Some(&Value::Bool(true))
                    && map.get("num").and_then(Value::as_u64).is_none_or(|num| num >= attachments);
                !dangling && map.values().all(|value| expected(value, attachments))
            }
            _ => true,
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-1_i64..4).prop_map(Value::from),
            prop_oneof!["_placeholder", "num", "[\"\\\\{}\\[\\],:é ]{0,6}"].prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let key = prop_oneof![Just("_placeholder"), Just("num"), Just("a\"\\"), Just("é{")];
            let object =
                prop::collection::btree_map(key.prop_map(str::to_owned), inner.clone(), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                object.prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_same_as_over_a_tree(value in json(), attachments in 0_u32..3) {
            let expected = expected(&value, u64::from(attachments));
            prop_assert_eq!(are_valid(&value.to_string(), attachments as usize), expected);
            let spaced = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(are_valid(&spaced, attachments as usize), expected);
        }

        #[test]
        fn no_input_panics(text in "[\"\\\\{}\\[\\],:0-9a-zé ]{0,40}") {
            let _valid = are_valid(&text, 1);
        }
    }
}
