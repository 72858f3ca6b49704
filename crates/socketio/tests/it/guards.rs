//! Arguments of handlers that are the application's own types, and say no.

use socketio::{
    ConnectRequest, Context, Data, FromContext, Invalid, Namespace, Rejection, Socket, SocketIo,
};
use tokio_util::task::TaskTracker;

use crate::client::Client;

struct User {
    is_admin: bool,
}

struct Admin(Socket<User>);

impl<S> FromContext<User, S> for Admin {
    fn from_context(context: &Context<'_, User, S>) -> Result<Self, Rejection> {
        let socket = Socket::<User>::from_context(context)?;
        if socket.data().is_admin { Ok(Self(socket)) } else { Err(Rejection::other("not yours")) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_is_called_for_those_only_whom_its_arguments_accept() {
    let sign_in = |request: ConnectRequest, ()| async move {
        Ok(User { is_admin: request.auth::<serde_json::Value>().unwrap()["admin"] == true })
    };
    let namespace = Namespace::guarded("/", (), sign_in)
        .on("close", async |Admin(socket): Admin, Data(when): Data<String>| {
            socket.emit("closed", &when).await.unwrap();
        })
        .on_invalid(async |socket: Socket<User>, Invalid(why): Invalid| {
            socket.emit("exception", &why).await.unwrap();
        });
    let (io, tasks) = (SocketIo::builder().namespace(namespace).build(), TaskTracker::new());
    let mut admin = Client::connect(&io, &tasks, r#"40{"admin":true}"#).await;
    let mut other = Client::connect(&io, &tasks, r#"40{"admin":false}"#).await;
    for client in [&mut admin, &mut other] {
        client.send(r#"42["close","now"]"#).await;
    }
    assert_eq!(admin.text().await, r#"42["closed","now"]"#);
    assert_eq!(other.text().await, r#"42["exception","not yours"]"#);
}
