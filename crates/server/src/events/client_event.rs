//! Events that clients send: what each has to say of itself, and the way that all of them go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketio::{Ack, EmitError, LatestKey, RawArgs, Socket, State};

use super::limit::Limit;
use super::payload;
use super::problem::{EXCEPTION, Exception, FailedAck, Problem};
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
    type Payload<'a>: Deserialize<'a> + JsonSchema;

    /// What is answered, beside `ok`, to whoever asks for an ack. An object.
    type Answer: Serialize + JsonSchema + Send + Sync;

    /// What a first argument counts as that is no object. `None`: there is none, or it is null.
    /// Unless an event says otherwise, that counts as an empty object, and anything else is refused.
    fn without_object<'a>(argument: Option<&str>) -> Result<Self::Payload<'a>, Problem> {
        let empty = argument.is_none().then(|| payload::read("{}"));
        empty.unwrap_or_else(|| Err(Problem::invalid("the payload must be an object")))
    }

    /// Does it. Only events of this socket wait for it.
    fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        payload: Self::Payload<'a>,
    ) -> impl Future<Output = Result<Self::Answer, Problem>> + Send + 'a;
}

/// The payload or the answer of an event that has nothing to tell.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct Nothing {}

/// The ack of an event that was done.
#[derive(Serialize)]
struct Done<'a, T> {
    ok: bool,
    #[serde(flatten)]
    answer: &'a T,
}

/// The way of every event: it is counted, read, done and answered. Without an ack only a problem is
/// answered, by `exception`. A connection that goes on although it is told to wait is ended.
pub(super) async fn receive<E: ClientEvent>(
    socket: Socket<Client>,
    State(gateway): State<Gateway>,
    args: RawArgs,
    ack: Ack<Client>,
) {
    let answer = answer::<E>(&gateway, &socket, &args).await;
    if answer.as_ref().is_err_and(|problem| goes_on(&gateway, &socket, problem)) {
        return gateway.sessions().expel(&socket, Ending::Flooding);
    }
    let answered = match answer {
        Ok(answer) if ack.is_asked() => {
            let done = Done { ok: true, answer: &answer };
            match E::LATEST {
                None => ack.send(&done).await,
                Some(key) => ack.send_latest(key, &done).await,
            }
        }
        Ok(_) => Ok(()),
        Err(problem) if ack.is_asked() => ack.send(&FailedAck::from(&problem)).await,
        Err(problem) => {
            let data = args.first().filter(|_| E::ECHOES);
            socket.emit(EXCEPTION, &Exception::new(&problem, E::NAME, data)).await
        }
    };
    match answered {
        // Whoever asked may have gone.
        Ok(()) | Err(EmitError::Disconnected) => {}
        Err(error) => tracing::error!(%error, event = E::NAME, "an answer cannot be encoded"),
    }
}

async fn answer<E: ClientEvent>(
    gateway: &Gateway,
    socket: &Socket<Client>,
    args: &RawArgs,
) -> Result<E::Answer, Problem> {
    gateway.limits().count(E::LIMIT, socket.data().user_id())?;
    let payload = payload_of::<E>(args.json())?;
    E::handle(gateway, socket, payload).await
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
