//! Serves the one listener: a bounded number of connections, none of which may dawdle.
//!
//! In: a listener and what answers. Out: answers, until it is told to stop; then open
//! requests are finished. Knows nothing of what is asked.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower_service::Service;

/// Connections at once, where the system gives so many files: an agent each, and people.
const CONNECTIONS_MAX: usize = 60_000;
/// Files that are not connections: the store, receivers, watches.
const OTHER_FILES: u64 = 256;
/// How long a connection may be idle, or take for the headers of a request.
const HEADERS_WITHIN: Duration = Duration::from_secs(75);
/// After the system refuses a connection (no more files), the next try waits this long.
const PAUSE: Duration = Duration::from_millis(100);

/// How much is given to strangers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Connections at once.
    connections: usize,
    /// How long a connection may be idle, or take for the headers of a request.
    headers_within: Duration,
}

impl Bounds {
    /// As much as this process may have.
    pub(super) fn of_this_process() -> Bounds {
        Bounds {
            connections: connections(),
            headers_within: HEADERS_WITHIN,
        }
    }
}

/// Serves until told to stop, then finishes what is being answered.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let open = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            // Everybody who could stop it is gone: that is a stop, too.
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, from, permit)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let connection = open.watch(connection(stream, &bounds, Answers::new(&router, from)));
        tokio::spawn(async move {
            // A peer that hung up, or dawdled, is no news.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    open.shutdown().await;
}

/// Waits for room first: past the bound, the system's queue holds newcomers.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, from)) => Some((stream, from, permit)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be taken");
            None
        }
    }
}

type Connection = http1::Connection<TokioIo<TcpStream>, Answers>;

fn connection(stream: TcpStream, bounds: &Bounds, answers: Answers) -> Connection {
    // Answers are small; without this they wait for an acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.headers_within)
        .serve_connection(TokioIo::new(stream), answers)
}

/// The router, which is told who asks.
struct Answers {
    router: Router,
    from: SocketAddr,
}

impl Answers {
    fn new(router: &Router, from: SocketAddr) -> Answers {
        Answers {
            router: router.clone(),
            from,
        }
    }
}

impl hyper::service::Service<Request<Incoming>> for Answers {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = axum::routing::future::RouteFuture<Infallible>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.from));
        // A router is always ready.
        self.router.clone().call(request)
    }
}

/// As many as fit into the files this process may have open, which is raised as far as allowed.
fn connections() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it is not allowed, what there is must do.
    let _ = setrlimit(Resource::Nofile, limit);
    let files = getrlimit(Resource::Nofile).current;
    let most = u64::try_from(CONNECTIONS_MAX).unwrap_or(u64::MAX);
    let room = files.map_or(most, |files| files.saturating_sub(OTHER_FILES));
    usize::try_from(room.clamp(16, most)).unwrap_or(CONNECTIONS_MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

    async fn start(connections: usize) -> (SocketAddr, watch::Sender<bool>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let answer = |ConnectInfo(from): ConnectInfo<SocketAddr>| async move { from.to_string() };
        let bounds = Bounds {
            connections,
            headers_within: Duration::from_millis(50),
        };
        let router = Router::new().route("/", get(answer));
        tokio::spawn(serve(listener, router, bounds, stopping));
        (address, stop)
    }

    async fn answer(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn who_asks_is_told_to_what_answers() {
        let (address, _stop) = start(8).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let from = stream.local_addr().unwrap().to_string();
        stream.write_all(ASK).await.unwrap();
        let text = answer(&mut stream).await;
        assert!(
            text.starts_with("HTTP/1.1 200") && text.ends_with(&from),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_connection_that_dawdles_is_closed_and_makes_room() {
        let (address, _stop) = start(1).await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        let mut next = TcpStream::connect(address).await.unwrap();
        next.write_all(ASK).await.unwrap();
        assert!(answer(&mut next).await.starts_with("HTTP/1.1 200"));
        assert!(!answer(&mut slow).await.contains("200"));
    }
}
