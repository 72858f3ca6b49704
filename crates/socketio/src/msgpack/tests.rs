use bytes::Bytes;
use bytestring::ByteString;
use proptest::prelude::*;
use rmp::encode as write;
use serde::Deserialize;
use serde_json::{Value, json};

use super::decode;
use crate::args::RawArgs;
use crate::decode::{self as default_parser, Bounds, DecodeError, Incoming, Kind};
use crate::encode::Encoder;
use crate::parser::Parser;
use crate::socket_id::SocketId;

const BOUNDS: Bounds = Bounds { attachments: 64, nesting: 64, bytes: 1 << 20 };

/// A packet as both npm parsers encode it: `e2e/stock/vectors.mjs` has made it.
#[derive(Deserialize)]
struct Vector {
    name: String,
    from: String,
    msgpack: String,
    text: String,
    attachments: Vec<String>,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    assert_eq!(hex.len() % 2, 0);
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

impl Vector {
    fn message(&self) -> Vec<u8> {
        bytes(&self.msgpack)
    }

    /// What it is to the default parser.
    fn incoming(&self) -> Incoming {
        let mut packet = default_parser::decode(&ByteString::from(&*self.text), BOUNDS).unwrap();
        packet.kind.attach(self.attachments.iter().map(|hex| bytes(hex).into()).collect());
        // There is nothing that is still to come.
        if let Kind::Event { attachments, .. } | Kind::Ack { attachments, .. } = &mut packet.kind {
            *attachments = 0;
        }
        packet
    }
}

fn encoder(namespace: &str) -> Encoder {
    Encoder::new(Parser::MsgPack, namespace)
}

/// The one message that a packet is, in bytes.
fn message(packet: &engineio::Packet) -> &[u8] {
    match packet.messages() {
        [engineio::Message::Binary(message)] => message,
        other => panic!("not one binary message: {other:?}"),
    }
}

#[test]
fn packets_are_received_as_from_the_default_parser() {
    for vector in vectors().iter().filter(|vector| vector.from != "server") {
        assert_eq!(decode(&vector.message(), BOUNDS), Ok(vector.incoming()), "{}", vector.name);
    }
}

#[test]
fn packets_are_sent_as_by_the_npm_parser() {
    for vector in vectors().iter().filter(|vector| vector.from == "both") {
        let Incoming { namespace, kind } = vector.incoming();
        let encoder = encoder(&namespace);
        let packet = match kind {
            Kind::Event { id: None, name, args, .. } => {
                encoder.draft(&name, &args).unwrap().packet()
            }
            Kind::Event { id: Some(id), name, args, .. } => {
                encoder.draft(&name, &args).unwrap().with_ack(id)
            }
            Kind::Ack { id, args, .. } => encoder.ack(id, &args).unwrap(),
            Kind::Disconnect => engineio::Packet::new(encoder.disconnect()),
            Kind::Connect { .. } => panic!("{} is for clients only", vector.name),
        };
        assert_eq!(message(&packet), vector.message(), "{}", vector.name);
    }
}

#[test]
fn answers_to_a_connect_are_sent_as_by_the_npm_parser() {
    let id = SocketId::from_other_node("j4JiE888f3Ra_KPQAAAA");
    let data = json!({ "code": 1, "why": ["x"] });
    // Its keys are in order already.
    for (name, sent) in [
        ("connect reply", encoder("/").connect(&id, None)),
        ("connect reply with a pid", encoder("/admin").connect(&id, Some("qr7ZgHcbqLPhXd1kAAAB"))),
        ("connect error", encoder("/").connect_error("Not authorized", None)),
        ("connect error with data", encoder("/admin").connect_error("no", Some(&data))),
    ] {
        let vector = vectors().into_iter().find(|vector| vector.name == name).unwrap();
        assert_eq!(sent, engineio::Message::Binary(vector.message().into()), "{name}");
        if name.starts_with("connect error") {
            assert_eq!(decode(&vector.message(), BOUNDS), Err(DecodeError), "no client may");
        }
    }
}

/// An event named `e` with one argument, which is given in MessagePack.
fn event_of(argument: &[u8]) -> Vec<u8> {
    let mut packet = bytes("83a47479706502a36e7370a12fa46461746192a165");
    packet.extend_from_slice(argument);
    packet
}

fn received(argument: &[u8]) -> Result<RawArgs, DecodeError> {
    match decode(&event_of(argument), BOUNDS)?.kind {
        Kind::Event { args, .. } => Ok(args),
        other => panic!("not an event: {other:?}"),
    }
}

#[test]
fn what_json_has_no_word_for() {
    for (what, argument, expected) in [
        ("an integer that no double is", "cfffffffffffffffff", "18446744073709551615"),
        ("the least integer", "d38000000000000000", "-9223372036854775808"),
        ("a fraction of 32 bits", "ca3fc00000", "1.5"),
        ("NaN of 32 bits", "ca7fc00000", "null"),
        ("a date after the year 9999", "d7000000e677d21fdc00", "null"),
        ("a date before the year 0", "d700ffffc77590fb9fff", "null"),
        ("no date", "d7007fffffffffffffff", "null"),
        ("no date either", "d7008000000000000000", "null"),
        ("undefined", "d40000", "null"),
        ("undefined with any content", "d400ff", "null"),
        (
            "keys that are numbers",
            "8300c0d0d6c2cfffffffffffffffffc3",
            r#"{"0":null,"-42":false,"18446744073709551615":true}"#,
        ),
        ("only keys without values", "82a161d40000a162d40000", "{}"),
        ("a key without a value between others", "83a16101a162d40000a16303", r#"{"a":1,"c":3}"#),
        (
            "a false placeholder alone",
            "82ac5f706c616365686f6c646572c3a36e756d00",
            r#"{"_placeholder":true,"num":0}"#,
        ),
    ] {
        let args = received(&bytes(argument)).unwrap();
        assert_eq!((args.json(), args.attachments()), (expected, &[][..]), "{what}");
    }
}

#[test]
fn extensions_are_arrays_and_buffers_binary() {
    for (what, argument, number, content) in [
        ("a time of the specification", "d6ff65b0c1d2", Some(-1), "65b0c1d2"),
        ("one byte", "d40507", Some(5), "07"),
        ("two bytes of type 0", "d5000102", Some(0), "0102"),
        (
            "16 bytes",
            "d87f000102030405060708090a0b0c0d0e0f",
            Some(127),
            "000102030405060708090a0b0c0d0e0f",
        ),
        ("three bytes", "c70380010203", Some(-128), "010203"),
        ("undefined, if it had another type", "d40100", Some(1), "00"),
        ("an empty ArrayBuffer", "c70000", None, ""),
        ("an ArrayBuffer of one byte", "c8000100aa", None, "aa"),
        ("a Buffer", "c50001aa", None, "aa"),
    ] {
        let args = received(&bytes(argument)).unwrap();
        let placeholder = r#"{"_placeholder":true,"num":0}"#;
        let expected = match number {
            Some(number) => format!("[{number},{placeholder}]"),
            None => placeholder.to_owned(),
        };
        assert_eq!(args.json(), expected, "{what}");
        assert_eq!(args.attachments(), [bytes(content)], "{what}");
    }
}

#[test]
fn values_that_are_malformed_are_refused() {
    for (what, argument) in [
        ("nothing", ""),
        ("what is reserved", "c1"),
        ("text that is not UTF-8", "a2c328"),
        ("a surrogate", "a3eda080"),
        ("a key that is not UTF-8", "81a1ffc0"),
        ("a key that is nil", "81c0c0"),
        ("a key that is true", "81c3c0"),
        ("a key that is a fraction", "81cb3ff8000000000000c0"),
        ("a key that is binary", "81c40161c0"),
        ("a key that is an array", "8190c0"),
        ("a key that is undefined", "81d40000c0"),
        ("text that is longer than the message", "dbffffffff61"),
        ("bytes that are longer than the message", "c6ffffffff61"),
        ("an extension that is longer than the message", "c9ffffffff0061"),
        ("an array that is longer than the message", "ddffffffff01"),
        ("a map that is longer than the message", "dfffffffffa16101"),
        ("a key and no value", "81a161"),
        ("half a number", "cd01"),
        ("half a date", "d70000000000"),
        ("half of undefined", "d400"),
        ("more than one value", "0101"),
        ("a false placeholder and a true one", "9282ac5f706c616365686f6c646572c3a36e756d00c40101"),
        ("a true placeholder and a false one", "92c4010181ac5f706c616365686f6c646572c3"),
    ] {
        assert_eq!(received(&bytes(argument)), Err(DecodeError), "{what}");
    }
}

/// A packet with these keys, whose values are given in MessagePack.
fn packet(keys: &[(&str, &str)]) -> Vec<u8> {
    let mut packet = Vec::new();
    write::write_map_len(&mut packet, u32::try_from(keys.len()).unwrap()).unwrap();
    for (key, value) in keys {
        write::write_str(&mut packet, key).unwrap();
        packet.extend(bytes(value));
    }
    packet
}

#[test]
fn packets_that_are_malformed_are_refused() {
    let (ty, nsp, data, id) = ("type", "nsp", "data", "id");
    let root = (nsp, "a12f");
    let foo = (data, "91a3666f6f");
    let event = |more| packet(&[(ty, "02"), root, foo, more]);
    assert!(decode(&event(("x", "c0")), BOUNDS).is_ok(), "a key without meaning");
    assert!(decode(&event((id, "c0")), BOUNDS).is_ok(), "an id that is nil");
    assert!(decode(&event((id, "cf001fffffffffffff")), BOUNDS).is_ok(), "the largest id");
    assert!(
        decode(&packet(&[(ty, "01"), root, (data, "c0")]), BOUNDS).is_ok(),
        "data that are nil"
    );
    for (what, packet) in [
        ("nothing", Vec::new()),
        ("no map", bytes("93")),
        ("an array", bytes("93a12f0290")),
        ("an empty map", packet(&[])),
        ("no type", packet(&[root, foo])),
        ("a type that is text", packet(&[(ty, "a132"), root, foo])),
        ("a type that is a fraction", packet(&[(ty, "cb4000000000000000"), root, foo])),
        ("a type below 0", packet(&[(ty, "ff"), root, foo])),
        ("CONNECT_ERROR", packet(&[(ty, "04"), root, (data, "80")])),
        ("BINARY_EVENT", packet(&[(ty, "05"), root, foo])),
        ("BINARY_ACK", packet(&[(ty, "06"), root, foo, (id, "00")])),
        ("a type that there is not", packet(&[(ty, "07"), root, foo])),
        ("no namespace", packet(&[(ty, "02"), foo])),
        ("a namespace that is a number", packet(&[(ty, "02"), (nsp, "01"), foo])),
        ("a namespace that is nil", packet(&[(ty, "02"), (nsp, "c0"), foo])),
        ("an id below 0", event((id, "ff"))),
        ("an id that is text", event((id, "a130"))),
        ("an id that is a fraction", event((id, "cb3ff0000000000000"))),
        ("an id that is too large", event((id, "cf0020000000000000"))),
        ("two ids", packet(&[(ty, "02"), root, foo, (id, "00"), (id, "00")])),
        ("an event without data", packet(&[(ty, "02"), root])),
        ("an event with undefined data", packet(&[(ty, "02"), root, (data, "d40000")])),
        ("an event that is an object", packet(&[(ty, "02"), root, (data, "80")])),
        ("an event without a name", packet(&[(ty, "02"), root, (data, "90")])),
        ("an event whose name is true", packet(&[(ty, "02"), root, (data, "91c3")])),
        ("an event whose name is binary", packet(&[(ty, "02"), root, (data, "91c40161")])),
        ("a name that is reserved", packet(&[(ty, "02"), root, (data, "91a7636f6e6e656374")])),
        ("an ack without an id", packet(&[(ty, "03"), root, (data, "90")])),
        ("an ack without data", packet(&[(ty, "03"), root, (id, "00")])),
        ("an ack that is an object", packet(&[(ty, "03"), root, (id, "00"), (data, "80")])),
        ("a DISCONNECT with data", packet(&[(ty, "01"), root, (data, "80")])),
        ("a CONNECT with an array", packet(&[(ty, "00"), root, (data, "90")])),
        ("a CONNECT with bytes", packet(&[(ty, "00"), root, (data, "c40161")])),
        ("a CONNECT with text", packet(&[(ty, "00"), root, (data, "a161")])),
    ] {
        assert_eq!(decode(&packet, BOUNDS), Err(DecodeError), "{what}");
    }
}

#[test]
fn a_part_of_a_packet_is_none_and_neither_is_more() {
    for vector in vectors() {
        let mut message = vector.message();
        for length in 0..message.len() {
            assert_eq!(decode(&message[..length], BOUNDS), Err(DecodeError), "{}", vector.name);
        }
        message.push(0xc0);
        assert_eq!(decode(&message, BOUNDS), Err(DecodeError), "{}", vector.name);
    }
}

#[test]
fn what_is_received_is_bounded() {
    let nested = |depth: usize| event_of(&[vec![0x91; depth], vec![0xc0]].concat());
    let bounds = Bounds { attachments: 2, nesting: 8, bytes: 1000 };
    assert!(decode(&nested(7), bounds).is_ok());
    assert_eq!(decode(&nested(8), bounds), Err(DecodeError));
    assert_eq!(decode(&nested(400_000), bounds), Err(DecodeError));
    let mut options =
        packet(&[("type", "02"), ("nsp", "a12f"), ("data", "91a165"), ("options", "c0")]);
    options.pop();
    options.extend(vec![0x91; 400_000]);
    assert_eq!(decode(&options, bounds), Err(DecodeError), "also where it has no meaning");

    assert!(decode(&event_of(&bytes("92c400c400")), bounds).is_ok());
    assert_eq!(decode(&event_of(&bytes("93c400c400c400")), bounds), Err(DecodeError));

    let sized = |length: u16, byte: u8| {
        let mut array = vec![0xdc];
        array.extend(length.to_be_bytes());
        array.extend(vec![byte; usize::from(length)]);
        event_of(&array)
    };
    assert!(decode(&sized(150, 0xc0), bounds).is_ok());
    assert_eq!(decode(&sized(200, 0xc0), bounds), Err(DecodeError), "as JSON it is too long");
    let text = |length: u16, byte: u8| {
        let head = [&[0xda][..], &length.to_be_bytes()].concat();
        event_of(&[head, vec![byte; usize::from(length)]].concat())
    };
    assert!(decode(&text(900, b'a'), bounds).is_ok());
    assert_eq!(decode(&text(900, 0), bounds), Err(DecodeError), "with its escapes it is too long");
    let binary = |length: u16| {
        let head = [&[0xc5][..], &length.to_be_bytes()].concat();
        event_of(&[head, vec![0; usize::from(length)]].concat())
    };
    assert!(decode(&binary(900), bounds).is_ok());
    assert_eq!(decode(&binary(1000), bounds), Err(DecodeError));
}

/// What is kept of a packet keeps nothing else of it in memory.
#[test]
fn padding_is_not_kept() {
    let mut padded = packet(&[
        ("type", "02"),
        ("nsp", "a12f"),
        ("data", "93a165c40107a178"),
        ("padding", "da1000"),
    ]);
    padded.extend(vec![b'x'; 0x1000]);
    let Kind::Event { name, args, .. } = decode(&padded, BOUNDS).unwrap().kind else {
        panic!("it is an event")
    };
    let [attachment] = args.attachments() else { panic!("it has one") };
    drop(padded);
    assert!(attachment.is_unique());
    let whole = name.as_bytes().as_ptr_range().start as usize - 2;
    assert!(args.json().as_ptr() as usize - whole < 16, "they are parts of the same small text");
}

#[test]
fn each_binary_value_is_sent_once() {
    let placeholder = r#"{"_placeholder":true,"num":0}"#;
    let json = format!("{placeholder},[{placeholder}],{{\"_placeholder\":true,\"num\":1}}");
    let args = RawArgs::new(ByteString::from(json), vec![Bytes::from_static(&[7])]);
    let sent = encoder("/").draft("e", &args).unwrap().packet();
    let false_one =
        |num: u8| [&bytes("82ac5f706c616365686f6c646572c3a36e756d")[..], &[num]].concat();
    let expected = [
        &bytes("83a47479706502a36e7370a12fa46461746194a165c4010791")[..],
        &false_one(0),
        &false_one(1),
    ];
    assert_eq!(message(&sent), expected.concat());
}

#[test]
fn what_is_nested_too_deep_is_not_sent() {
    let nested = |depth: usize| {
        let json = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        RawArgs::new(ByteString::from(json), Vec::new())
    };
    let encoder = encoder("/");
    assert!(encoder.draft("e", &nested(126)).is_ok());
    assert!(encoder.ack(1, &nested(126)).is_ok());
    assert!(encoder.draft("e", &nested(128)).is_err());
    assert!(encoder.ack(1, &nested(128)).is_err());
    let deep = (0..200).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let error = encoder.connect_error("no", Some(&deep));
    assert_eq!(error, encoder.connect_error("no", None), "the message is more than nothing");
}

#[test]
fn an_offset_is_one_more_argument() {
    let raw = |json: &str| RawArgs::new(ByteString::from(json), Vec::new());
    for args in ["", "1", r#"1,"a""#, "1,2,3,4,5,6,7,8,9,10,11,12,13,14"] {
        let draft = encoder("/").draft("e", &raw(args)).unwrap();
        assert_eq!(draft.ends_in_string(), args.ends_with('"'));
        let sealed = draft.seal("offset");
        let more =
            if args.is_empty() { r#""offset""#.to_owned() } else { format!(r#"{args},"offset""#) };
        let expected = encoder("/").draft("e", &raw(&more)).unwrap().packet();
        assert_eq!(message(&sealed), message(&expected));
    }
}

/// A value, and binary ones inside it.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        (-300_i64..300).prop_map(Into::into),
        any::<f64>().prop_map(|number| if number.is_finite() { number.into() } else { json!(0.5) }),
        ".{0,40}".prop_map(Into::into),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| json!({ "$": bytes })),
    ];
    leaf.prop_recursive(4, 32, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Into::into),
            prop::collection::btree_map(".{0,40}", inner, 0..20)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Puts placeholders where the binary values are, in the order of the text.
fn take_binary(value: &mut Value, attachments: &mut Vec<Bytes>) {
    if let Some(bytes) = value.get("$").filter(|bytes| bytes.is_array()) {
        let bytes: Vec<u8> = serde_json::from_value(bytes.clone()).unwrap_or_default();
        attachments.push(bytes.into());
        *value = json!({ "_placeholder": true, "num": attachments.len() - 1 });
        return;
    }
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| take_binary(value, attachments)),
        Value::Object(map) => map.values_mut().for_each(|value| take_binary(value, attachments)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(
        namespace in "/[a-zñ]{0,40}",
        id in prop::option::of(0_u64..1 << 53),
        name in "[a-z\"\\\\é]{1,40}x",
        values in prop::collection::vec(value(), 0..4),
    ) {
        let (mut values, mut attachments) = (Value::Array(values), Vec::new());
        take_binary(&mut values, &mut attachments);
        let json = values.to_string();
        let json = ByteString::from(&json[1..json.len() - 1]);
        let args = RawArgs::new(json, attachments);
        let bounds = Bounds { attachments: args.attachments().len(), ..BOUNDS };

        let draft = encoder(&namespace).draft(&name, &args).unwrap();
        let sent = match id {
            Some(id) => draft.with_ack(id),
            None => draft.packet(),
        };
        let name = ByteString::from(name);
        let kind = Kind::Event { id, name, args: args.clone(), attachments: 0 };
        let namespace = ByteString::from(namespace);
        let event = Incoming { namespace: namespace.clone(), kind };
        prop_assert_eq!(decode(message(&sent), bounds), Ok(event));

        let id = id.unwrap_or(7);
        let sent = encoder(&namespace).ack(id, &args).unwrap();
        let ack = Incoming { namespace, kind: Kind::Ack { id, args, attachments: 0 } };
        prop_assert_eq!(decode(message(&sent), bounds), Ok(ack));
    }

    #[test]
    fn no_input_panics(input in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(decode(&input, BOUNDS));
        drop(received(&input));
    }

    #[test]
    fn no_damage_panics(
        vector in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let vectors = vectors();
        let mut message = vectors[vector.index(vectors.len())].message();
        for (at, byte) in damage {
            let at = at.index(message.len());
            message[at] = byte;
        }
        drop(decode(&message, BOUNDS));
    }
}
