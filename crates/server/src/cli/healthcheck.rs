//! `tertulia healthcheck`, for whoever restarts a server that is not well.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use http::{Request, StatusCode, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Failure, Settings};

/// A server that does not answer within this time is not well.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    #[command(flatten)]
    settings: Settings,
}

/// Asks the server that these settings are for. Exit code 0: it is well; 1: it is not, or there is
/// none.
pub(super) fn run(Healthcheck { settings }: Healthcheck) -> Result<(), Failure> {
    let config = settings.load([]);
    let config = config.map_err(|error| Failure { exit_code: 2, message: error.to_string() })?;
    let address = config.server.reachable_address();
    check(address).map_err(|problem| Failure {
        exit_code: 1,
        message: format!("the server on {address} is not well: {problem}"),
    })
}

fn check(address: SocketAddr) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let asked = runtime.block_on(async { tokio::time::timeout(PATIENCE, ask(address)).await });
    match asked {
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(StatusCode::OK)) => Ok(()),
        Ok(Ok(status)) => Err(format!("it answers {status}")),
    }
}

async fn ask(address: SocketAddr) -> Result<StatusCode, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get("/healthz").header(header::HOST, address.to_string());
    let answer = sender.send_request(request.body(Empty::<Bytes>::new())?);
    tokio::select! {
        answer = answer => Ok(answer?.status()),
        ended = connection => Err(ended.err().map_or("it hung up".into(), Into::into)),
    }
}
