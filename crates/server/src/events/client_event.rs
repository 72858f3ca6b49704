//! Events that clients send: what each has to say of itself, and the way that all of them go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketio::{Ack, LatestKey, RawArgs, Socket, State};

use super::limit::Limit;
use super::payload;
use super::problem::Problem;
use super::reply::Reply;
use crate::code::Code;
use crate::messages::Gateway;
use crate::sessions::{Client, Ending};

/// An event that clients send.
pub(crate) trait ClientEvent: 'static {
    /// Its name.
    const NAME: &'static str;

    /// What it does, in a sentence or two for whoever writes a client.
    const ABOUT: &'static str;

    /// Which limit it counts against.
    const LIMIT: Limit;

    /// Given if the answer may be large: then it never makes a client too slow, and while it waits
    /// it is replaced by a newer answer with the same key.
    const LATEST: Option<LatestKey> = None;

    /// Whether an `exception` may repeat what was sent.
    const ECHOES: bool = true;

    /// Its first argument. The schema that is published is made from this type, and so is the check.
    type Payload<'a>: Deserialize<'a> + JsonSchema + Send;

    /// What is answered, beside `ok`, to whoever asks for an ack. An object.
    type Answer: Serialize + JsonSchema + Send + Sync;

    /// What a first argument counts as that is no object. `None`: there is none, or it is null.
    /// Unless an event says otherwise, that counts as an empty object, and anything else is refused.
    fn without_object<'a>(argument: Option<&str>) -> Result<Self::Payload<'a>, Problem> {
        let empty = argument.is_none().then(|| payload::read("{}"));
        empty.unwrap_or_else(|| Err(Problem::invalid("the payload must be an object")))
    }
}

/// An event that is answered when its handler ends.
pub(crate) trait Handle: ClientEvent {
    /// Does it. Only events of this socket wait for it.
    fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        payload: Self::Payload<'a>,
    ) -> impl Future<Output = Result<Self::Answer, Problem>> + Send + 'a;
}

/// An event that others do, and answer: its handler ends when they have taken it, and the next event
/// of the socket begins.
pub(crate) trait HandOver: ClientEvent {
    /// Whether its client has named it, and may send it again. Then a problem that may pass is not
    /// answered: any answer would keep a client with `retries` from doing so.
    fn comes_again(payload: &Self::Payload<'_>) -> bool;

    /// Checks it and hands it over, with the reply. A problem that is found before is answered here.
    fn hand_over<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        payload: Self::Payload<'a>,
        reply: Reply<Self::Answer>,
    ) -> impl Future<Output = Result<(), (Problem, Reply<Self::Answer>)>> + Send + 'a;
}

/// The payload or the answer of an event that has nothing to tell.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct Nothing {}

/// The way of an event that is answered at once: it is let in, done and answered.
pub(super) async fn receive<E: Handle>(
    socket: Socket<Client>,
    State(gateway): State<Gateway>,
    args: RawArgs,
    ack: Ack<Client>,
) {
    if let Some((payload, reply)) = let_in::<E>(&gateway, &socket, &args, ack).await {
        reply.send(E::handle(&gateway, &socket, payload).await).await;
    }
}

/// The way of an event that is answered later: it is let in and handed over.
pub(super) async fn pass_on<E: HandOver>(
    socket: Socket<Client>,
    State(gateway): State<Gateway>,
    args: RawArgs,
    ack: Ack<Client>,
) {
    let Some((payload, reply)) = let_in::<E>(&gateway, &socket, &args, ack).await else { return };
    let comes_again = E::comes_again(&payload);
    match E::hand_over(&gateway, &socket, payload, reply).await {
        Err((problem, _unanswered)) if comes_again && problem.code == Code::Unavailable => {}
        Err((problem, reply)) => reply.send(Err(problem)).await,
        Ok(()) => {}
    }
}

/// Counts an event and reads it. One that is not let in is answered here; a connection that goes on
/// although it is told to wait is ended.
async fn let_in<'a, E: ClientEvent>(
    gateway: &Gateway,
    socket: &Socket<Client>,
    args: &'a RawArgs,
    ack: Ack<Client>,
) -> Option<(E::Payload<'a>, Reply<E::Answer>)> {
    let counted = gateway.limits().count(E::LIMIT, socket.data().user_id());
    let reply = Reply::to::<E>(socket.clone(), ack, args);
    match counted.and_then(|()| payload_of::<E>(args.json())) {
        Ok(payload) => return Some((payload, reply)),
        Err(problem) if goes_on(gateway, socket, &problem) => {
            gateway.sessions().expel(socket, Ending::Flooding);
        }
        Err(problem) => reply.send(Err(problem)).await,
    }
    None
}

/// Whether a problem is the one refusal too many.
fn goes_on(gateway: &Gateway, socket: &Socket<Client>, problem: &Problem) -> bool {
    let patience = gateway.limits().patience().filter(|_| problem.code == Code::RateLimited);
    patience.is_some_and(|patience| socket.data().was_refused_too_often(patience))
}

/// Reads the first of the arguments, which stand in `json` with commas between them.
pub(crate) fn payload_of<E: ClientEvent>(json: &str) -> Result<E::Payload<'_>, Problem> {
    let json = json.trim_ascii_start();
    match json.bytes().next() {
        Some(b'{') => payload::read(json),
        // Nothing else in JSON begins as `null` does.
        None | Some(b'n') => E::without_object(None),
        Some(_) => E::without_object(Some(json)),
    }
}
