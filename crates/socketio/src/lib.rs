//! A Socket.IO v5 server.
//!
//! ```no_run
//! use socketio::{Data, Namespace, Socket, SocketIo};
//!
//! # async fn example() {
//! async fn say(socket: Socket, Data(text): Data<String>) {
//!     // Everyone in the namespace, the sender included.
//!     socket.namespace().broadcast().emit("said", &text).await.expect("text is JSON");
//! }
//!
//! let io = SocketIo::builder().namespace(Namespace::open("/", ()).on("say", say)).build();
//! // `io` is a tower service for `/socket.io/`: mount it into axum, or call `io.handle(request)`.
//! # drop(io);
//! # }
//! ```
//!
//! Guarantees: what a handler sends in order arrives in order; of two broadcasts, all who get both
//! get the same one first; the events of one client are handled in order, one at a time; nothing
//! happens for a client before its namespace has accepted it.
//!
//! Protocol: <https://socket.io/docs/v4/socket-io-protocol/>.

mod acks;
mod adapter;
mod args;
mod arguments;
mod binary;
mod bundles;
mod clock;
mod connection;
mod decode;
mod encode;
mod event_name;
mod guard;
mod handler;
mod msgpack;
mod namespace;
mod operator;
mod parser;
mod placeholders;
#[cfg(test)]
mod protocol_examples;
mod reason;
mod recovery;
mod refusal;
mod remote_socket;
mod server;
mod socket;
mod socket_id;

pub use adapter::{Adapter, AdapterError, Answers, Broadcasting, Local, RoomChange, Selection};
pub use args::{ArgsError, RawArgs};
pub use arguments::Arguments;
pub use binary::Binary;
pub use bundles::{Bundle, Bundles};
pub use encode::Draft;
pub use engineio::{
    ClientAddr, CloseReason, Config, Cookie, Delivery, Forbidden, Handshake, Headers, LatestKey,
    Message, Observer, Packet, RequestRefusal, RoomName, SameSite, SessionKey, Share, SlowConsumer,
    TransportKind,
};
pub use handler::{
    Ack, Args, BoxFuture, Context, Data, EventName, FromContext, Handler, Invalid, Rejection, State,
};
pub use namespace::{ConnectRequest, Namespace, NamespaceRef};
pub use operator::{BroadcastAnswers, BroadcastError, Operator};
pub use parser::Parser;
pub use reason::DisconnectReason;
pub use recovery::RecoveryBounds;
pub use refusal::{LastEvent, Refusal};
pub use remote_socket::RemoteSocket;
pub use server::{Builder, SocketIo};
pub use socket::{AckError, EmitError, Socket};
pub use socket_id::SocketId;
