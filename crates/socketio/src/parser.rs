//! Which of socket.io's two encodings the packets have.

/// How packets are encoded. A server and all its clients have the same parser: one that does not
/// understand a client ends its session.
///
/// Handlers see no difference. What they receive and emit is what JSON can say, and [`Binary`]
/// values inside it, whichever parser carries it.
///
/// [`Binary`]: crate::Binary
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Parser {
    /// JSON text, and binary values in messages of their own: what a client has unless it is told
    /// otherwise (`socket.io-parser` 4).
    #[default]
    Default,
    /// MessagePack, one binary message for each packet, binary values included: what a client has
    /// with the option `parser` set to `socket.io-msgpack-parser` 3, or with the bundle
    /// `socket.io.msgpack.min.js`.
    ///
    /// What JSON has no word for arrives as JavaScript would write it with the other parser:
    ///
    /// - a `Date` as text (`2024-02-29T12:00:00.000Z`), one outside the years 0 to 9999 as `null`;
    /// - `NaN` and the infinities as `null`;
    /// - `undefined` as `null`; in an object its key is left out;
    /// - `ArrayBuffer`s and views of them as [`Binary`](crate::Binary) values, like `Buffer`s;
    /// - a key that is a whole number as text;
    /// - integers as they are, as large as 64 bits can say; the client has doubles.
    ///
    /// Other extension types arrive as an array of their number and their bytes, as with socket.io.
    /// A packet ends the session if it is cut off, or followed by anything; if it has other keys
    /// than those, text that is not UTF-8, or an object that looks like the placeholder of a binary
    /// value (`{"_placeholder":true}`) beside a real one; and past the bounds of
    /// [`Builder`](crate::Builder), as JSON.
    ///
    /// Payloads that are emitted may be nested 127 deep; a deeper one is an error.
    MsgPack,
}
