//! The answer to an event: who gets it, and how.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::value::RawValue;
use socketio::{Ack, EmitError, LatestKey, RawArgs, Socket};

use super::client_event::ClientEvent;
use super::problem::{EXCEPTION, Exception, FailedAck, Problem};
use crate::sessions::Client;

/// The way back to whoever sent an event: an ack if one was asked for. Without one only a problem is
/// told, by `exception`.
pub(crate) struct Reply<A> {
    socket: Socket<Client>,
    event: &'static str,
    latest: Option<LatestKey>,
    back: Back,
    answer: PhantomData<fn(&A)>,
}

enum Back {
    Ack(Ack<Client>),
    /// With what an exception repeats of the event.
    Exception(Option<RawArgs>),
}

/// The ack of an event that was done.
#[derive(Serialize)]
struct Done<'a, T> {
    ok: bool,
    #[serde(flatten)]
    answer: &'a T,
}

impl<A: Serialize + Sync> Reply<A> {
    pub(super) fn to<E: ClientEvent<Answer = A>>(
        socket: Socket<Client>,
        ack: Ack<Client>,
        args: &RawArgs,
    ) -> Self {
        let back = if ack.is_asked() {
            Back::Ack(ack)
        } else {
            Back::Exception(E::ECHOES.then(|| args.clone()))
        };
        Self { socket, event: E::NAME, latest: E::LATEST, back, answer: PhantomData }
    }

    /// Who sent the event.
    pub(crate) fn socket(&self) -> &Socket<Client> {
        &self.socket
    }

    /// The same, to be kept for a while: it holds a copy of what may be repeated, and not what else
    /// came with it.
    pub(crate) fn keep(self) -> Self {
        let Back::Exception(Some(args)) = &self.back else { return self };
        let data = args.first().filter(|data| Exception::repeats(data)).map(RawValue::get);
        let copy = data.and_then(|data| RawArgs::from_parts(data, Vec::new()).ok());
        Self { back: Back::Exception(copy), ..self }
    }

    /// Answers. Waits while the server's queue is full.
    pub(crate) async fn send(self, answer: Result<A, Problem>) {
        let sent = match (self.back, &answer) {
            (Back::Ack(ack), Ok(answer)) => {
                let done = Done { ok: true, answer };
                match self.latest {
                    None => ack.send(&done).await,
                    Some(key) => ack.send_latest(key, &done).await,
                }
            }
            (Back::Ack(ack), Err(problem)) => ack.send(&FailedAck::from(problem)).await,
            (Back::Exception(_), Ok(_)) => Ok(()),
            (Back::Exception(args), Err(problem)) => {
                let data = args.as_ref().and_then(RawArgs::first);
                let exception = Exception::new(problem, self.event, data);
                self.socket.emit(EXCEPTION, &exception).await
            }
        };
        match sent {
            // Whoever asked may have gone.
            Ok(()) | Err(EmitError::Disconnected) => {}
            Err(error) => {
                tracing::error!(%error, event = self.event, "an answer cannot be encoded");
            }
        }
    }
}

impl<A> fmt::Debug for Reply<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("event", &self.event).finish_non_exhaustive()
    }
}
