//! Every example of the Socket.IO protocol document, byte for byte, in each direction in which a
//! server has it. Its sample session stands in `tests/it`.
//!
//! <https://socket.io/docs/v4/socket-io-protocol/>

use bytes::Bytes;
use bytestring::ByteString;
use engineio::{Message, Packet};

use crate::Binary;
use crate::args::RawArgs;
use crate::arguments::Arguments;
use crate::decode::{self, Bounds, DecodeError, Incoming, Kind};
use crate::encode::Encoder;
use crate::parser::Parser;
use crate::socket_id::SocketId;

const BOUNDS: Bounds = Bounds { attachments: 10, nesting: 10, bytes: 1000 };

fn encoder(namespace: &str) -> Encoder {
    Encoder::new(Parser::Default, namespace)
}

fn binary(bytes: &'static [u8]) -> Binary {
    Binary(Bytes::from_static(bytes))
}

fn decoded(text: &str) -> Result<Incoming, DecodeError> {
    decode::decode(&ByteString::from(text), BOUNDS)
}

/// A text message, and its attachments.
fn messages(text: &str, attachments: &[Binary]) -> Vec<Message> {
    let attachments = attachments.iter().map(|Binary(bytes)| Message::Binary(bytes.clone()));
    std::iter::once(Message::from(text)).chain(attachments).collect()
}

fn event(namespace: &str, id: Option<u64>, name: &str, args: &impl Arguments) -> Packet {
    let draft = encoder(namespace).draft(name, args).unwrap();
    match id {
        Some(id) => draft.with_ack(id),
        None => draft.packet(),
    }
}

/// An event as it is received, before its attachments.
fn received_event(text: &str, namespace: &str, id: Option<u64>, name: &str, args: &str) -> usize {
    let Incoming { namespace: path, kind } = decoded(text).unwrap();
    let Kind::Event { id: number, name: called, args: raw, attachments } = kind else {
        panic!("{text} is an event")
    };
    let expected = (namespace, id, name, args);
    assert_eq!((&*path, number, &*called, raw.json()), expected, "{text}");
    attachments
}

/// An ack as it is received, before its attachments.
fn received_ack(text: &str, namespace: &str, id: u64, args: &str) -> usize {
    let Incoming { namespace: path, kind } = decoded(text).unwrap();
    let Kind::Ack { id: number, args: raw, attachments } = kind else { panic!("{text} is an ack") };
    assert_eq!((&*path, number, raw.json()), (namespace, id, args), "{text}");
    attachments
}

#[test]
fn connection_to_a_namespace() {
    let connect = |namespace: &str, auth: Option<&str>| {
        let auth = auth.map(|json| RawArgs::new(ByteString::from(json), Vec::new()));
        let kind = Kind::Connect { auth };
        Ok(Incoming { namespace: ByteString::from(namespace), kind })
    };
    assert_eq!(decoded("0"), connect("/", None));
    assert_eq!(decoded("0/admin,"), connect("/admin", None));
    assert_eq!(
        decoded(r#"0/admin,{"token":"123"}"#),
        connect("/admin", Some(r#"{"token":"123"}"#))
    );
    for (namespace, sid, text) in [
        ("/", "wZX3oN0bSVIhsaknAAAI", r#"0{"sid":"wZX3oN0bSVIhsaknAAAI"}"#),
        ("/admin", "oSO0OpakMV_3jnilAAAA", r#"0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}"#),
        ("/admin", "iLnRaVGHY4B75TeVAAAB", r#"0/admin,{"sid":"iLnRaVGHY4B75TeVAAAB"}"#),
    ] {
        let reply = encoder(namespace).connect(&SocketId::from_other_node(sid), None);
        assert_eq!(reply, Message::from(text));
    }
}

#[test]
fn a_connection_that_is_refused() {
    assert_eq!(
        encoder("/").connect_error("Not authorized", None),
        Message::from(r#"4{"message":"Not authorized"}"#)
    );
    assert_eq!(decoded(r#"4{"message":"Not authorized"}"#), Err(DecodeError), "no client may");
}

#[test]
fn events() {
    for (namespace, name, text) in [
        ("/", "foo", r#"2["foo"]"#),
        ("/", "bar", r#"2["bar"]"#),
        ("/admin", "bar", r#"2/admin,["bar"]"#),
    ] {
        assert_eq!(event(namespace, None, name, &()).messages(), messages(text, &[]));
        assert_eq!(received_event(text, namespace, None, name, ""), 0);
    }
}

#[test]
fn an_event_without_a_name_is_refused() {
    assert_eq!(decoded("2"), Err(DecodeError));
    assert_eq!(decoded("2[]"), Err(DecodeError));
}

#[test]
fn events_with_attachments() {
    let one = [binary(&[1, 2, 3, 4])];
    let text = r#"51-["baz",{"_placeholder":true,"num":0}]"#;
    assert_eq!(event("/", None, "baz", &(&one[0],)).messages(), messages(text, &one));
    assert_eq!(received_event(text, "/", None, "baz", r#"{"_placeholder":true,"num":0}"#), 1);

    let two = [binary(&[1, 2]), binary(&[3, 4])];
    let text = r#"52-/admin,["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    assert_eq!(event("/admin", None, "baz", &(&two[0], &two[1])).messages(), messages(text, &two));
    let args = r#"{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}"#;
    assert_eq!(received_event(text, "/admin", None, "baz", args), 2);
}

#[test]
fn events_that_ask_for_an_ack() {
    for (namespace, id, text) in [
        ("/", 12, r#"212["foo"]"#),
        ("/admin", 13, r#"2/admin,13["foo"]"#),
        ("/", 15, r#"215["foo"]"#),
    ] {
        assert_eq!(event(namespace, Some(id), "foo", &()).messages(), messages(text, &[]));
        assert_eq!(received_event(text, namespace, Some(id), "foo", ""), 0);
    }
    let buffer = [binary(&[1, 2, 3, 4])];
    let text = r#"51-14["foo",{"_placeholder":true,"num":0}]"#;
    assert_eq!(event("/", Some(14), "foo", &(&buffer[0],)).messages(), messages(text, &buffer));
    assert_eq!(received_event(text, "/", Some(14), "foo", r#"{"_placeholder":true,"num":0}"#), 1);
}

#[test]
fn acks() {
    let ack = |namespace, id, args: &RawArgs| encoder(namespace).ack(id, args).unwrap();
    for (namespace, id, args, text) in [
        ("/", 12, "", "312[]"),
        ("/admin", 13, r#""bar""#, r#"3/admin,13["bar"]"#),
        ("/", 14, r#""bar""#, r#"314["bar"]"#),
    ] {
        let raw = RawArgs::new(ByteString::from(args), Vec::new());
        assert_eq!(ack(namespace, id, &raw).messages(), messages(text, &[]));
        assert_eq!(received_ack(text, namespace, id, args), 0);
    }
    let buffer = [binary(&[1, 2, 3, 4])];
    let text = r#"61-15["bar",{"_placeholder":true,"num":0}]"#;
    let packet = encoder("/").ack(15, &("bar", &buffer[0])).unwrap();
    assert_eq!(packet.messages(), messages(text, &buffer));
    assert_eq!(received_ack(text, "/", 15, r#""bar",{"_placeholder":true,"num":0}"#), 1);
}

#[test]
fn disconnection_from_a_namespace() {
    for (namespace, text) in [("/", "1"), ("/admin", "1/admin,")] {
        assert_eq!(encoder(namespace).disconnect(), Message::from(text));
        let namespace = ByteString::from(namespace);
        assert_eq!(decoded(text), Ok(Incoming { namespace, kind: Kind::Disconnect }));
    }
}
