//! Mounted into an axum application that has routes and state of its own: an order that comes by
//! HTTP is told to those who watch, and those who watch ask for the same orders that HTTP shows.
//!
//! Run: `cargo run -p socketio --example axum`, connect to `http://127.0.0.1:3000/orders`, and
//! `curl -d '{"dish":"sopa"}' -H 'content-type: application/json' http://127.0.0.1:3000/api/orders`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{env, io};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::map_request;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use socketio::{Ack, Namespace, Socket, SocketIo};
use tokio::net::TcpListener;

#[derive(Clone, Serialize, Deserialize)]
struct Order {
    dish: String,
}

/// What both halves of the application share.
#[derive(Clone, Default)]
struct Orders(Arc<Mutex<Vec<Order>>>);

impl Orders {
    fn add(&self, order: Order) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(order);
    }

    fn all(&self) -> Vec<Order> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The state of the application: what it had before, and the way to those who are connected.
#[derive(Clone)]
struct Kitchen {
    orders: Orders,
    io: SocketIo,
}

async fn list_orders(State(kitchen): State<Kitchen>) -> Json<Vec<Order>> {
    Json(kitchen.orders.all())
}

async fn take_order(State(kitchen): State<Kitchen>, Json(order): Json<Order>) -> StatusCode {
    kitchen.orders.add(order.clone());
    if let Some(watchers) = kitchen.io.of("/orders") {
        watchers.broadcast().emit("ordered", &order).await.ok();
    }
    StatusCode::CREATED
}

/// The same over Socket.IO. `State` is the namespace's here.
async fn list(socketio::State(orders): socketio::State<Orders>, ack: Ack) {
    ack.send(&orders.all()).await.ok();
}

async fn tell_address(socket: Socket, ack: Ack) {
    ack.send(&socket.handshake().client_addr).await.ok();
}

/// Tells `handshake().client_addr` where a request comes from. Behind a proxy, insert what its
/// headers say, as a `socketio::ClientAddr`.
async fn with_address(
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request,
) -> Request {
    request.extensions_mut().insert(address);
    request
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let orders = Orders::default();
    let watching =
        Namespace::open("/orders", orders.clone()).on("list", list).on("address", tell_address);
    let io = SocketIo::builder().namespace(watching).build();
    let app = Router::new()
        .route("/api/orders", get(list_orders).post(take_order))
        .route_service("/socket.io/", io.clone())
        .layer(map_request(with_address))
        .with_state(Kitchen { orders, io: io.clone() });
    let port = env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stopped(io)).await
}

/// Ctrl-C ends the sessions first: a request that polls would keep the server waiting.
async fn stopped(io: SocketIo) {
    tokio::signal::ctrl_c().await.ok();
    io.shutdown(Duration::from_secs(10)).await;
}
