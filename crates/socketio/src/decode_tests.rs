use proptest::prelude::*;

use super::*;
use crate::encode::Encoder;
use crate::parser::Parser;

const BOUNDS: Bounds = Bounds { attachments: 4, nesting: 8, bytes: 1000 };

fn parse(text: &str) -> Result<Incoming, DecodeError> {
    decode(&ByteString::from(text), BOUNDS)
}

fn event(namespace: &str, id: Option<u64>, name: &str, args: &str, attachments: usize) -> Incoming {
    let args = RawArgs::new(ByteString::from(args), Vec::new());
    let kind = Kind::Event { id, name: ByteString::from(name), args, attachments };
    Incoming { namespace: ByteString::from(namespace), kind }
}

#[test]
fn names_may_have_escapes_or_be_numbers() {
    assert_eq!(parse(r#"2["a\"b", 1 , 2]"#), Ok(event("/", None, "a\"b", "1 , 2", 0)));
    assert_eq!(parse("2[ 5 ,true]"), Ok(event("/", None, "5", "true", 0)));
}

#[test]
fn malformed_packets_are_refused() {
    for text in [
        "",
        "7",
        "9x",
        "a",
        "2",
        "2[]",
        "2{}",
        "2[",
        r#"2["a""#,
        r#"2["a"]]"#,
        r#"2["a"] x"#,
        "2[true]",
        "2[null]",
        "2[[]]",
        "0[]",
        r#"0"x""#,
        "0null",
        "1x",
        "1{}",
        "3[]",
        "31",
        "3a[]",
        r#"5["a"]"#,
        r#"5-["a"]"#,
        r#"5x-["a"]"#,
        r#"50-["a"]"#,
        r#"55-["a"]"#,
        r#"599999999999999999999-["a"]"#,
        r#"4{"message":"x"}"#,
        r#"299999999999999999999["a"]"#,
        r#"2["a",01]"#,
        r#"2["a",'b']"#,
        r#"2["connect"]"#,
        r#"2["disconnect",1]"#,
        r#"2["newListener"]"#,
        r#"2["conn\u0065ct"]"#,
        "é",
    ] {
        assert_eq!(parse(text), Err(DecodeError), "{text:?}");
    }
}

#[test]
fn nesting_is_bounded_and_strings_do_not_count() {
    let nested = |depth: usize| format!(r#"2["a",{}{}]"#, "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(7)).is_ok());
    assert_eq!(parse(&nested(8)), Err(DecodeError));
    assert_eq!(parse(&nested(400_000)), Err(DecodeError));
    assert!(parse(r#"2["a","[[[[[[[[[[\"[[[["]"#).is_ok());
    let auth = format!(r#"0{{"a":{}{}}}"#, "[".repeat(8), "]".repeat(8));
    assert_eq!(parse(&auth), Err(DecodeError));
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(
        namespace in "/[a-z]{0,5}",
        id in prop::option::of(0_u64..1 << 53),
        name in "[a-z\"\\\\é]{1,10}x",
        args in prop::collection::vec(json(), 0..4),
    ) {
        let args = args.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let raw = RawArgs::new(ByteString::from(args.as_str()), Vec::new());
        let packet = Encoder::new(Parser::Default, &namespace).draft(&name, &raw).unwrap();
        let packet = match id {
            Some(id) => packet.with_ack(id),
            None => packet.packet(),
        };
        let engineio::Message::Text(text) = packet.messages()[0].clone() else {
            panic!("the first message of a packet is text");
        };
        let decoded = decode(&text, BOUNDS);
        prop_assert_eq!(decoded, Ok(event(&namespace, id, &name, &args, 0)));
    }

    #[test]
    fn no_input_panics(text in "[0-6]?[0-9/a,\\-\\[\\]{}\"\\\\ é]{0,40}") {
        drop(parse(&text));
    }
}
