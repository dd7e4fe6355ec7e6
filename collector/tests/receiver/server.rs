//! A server on a loopback port that answers one thing, and keeps what it is asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// One request, as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Answers everything so.
    pub(crate) async fn answers(status: u16, headers: &[(&str, &str)], body: &str) -> Server {
        let status = StatusCode::from_u16(status).unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            map.insert(name, HeaderValue::from_str(value).unwrap());
        }
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (kept, body) = (Arc::clone(&requests), body.to_owned());
        let handler = move |uri: Uri, asked: HeaderMap, came: Bytes| {
            kept.lock().unwrap().push(Request {
                target: uri.to_string(),
                headers: asked,
                body: came.to_vec(),
            });
            let answer = (status, map.clone(), body.clone());
            async move { answer }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let served = axum::serve(listener, Router::new().fallback(handler));
            tokio::select! {
                _ = served => {}
                _ = stopped => {}
            }
        });
        Server {
            address,
            requests,
            stop,
            serving,
        }
    }

    /// Takes connections and never answers.
    pub(crate) async fn hangs() -> Server {
        Server::raw(false).await
    }

    /// Takes connections and closes them once something came.
    pub(crate) async fn breaks() -> Server {
        Server::raw(true).await
    }

    async fn raw(breaks: bool) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let mut held = Vec::new();
            let serving = async {
                loop {
                    let (socket, _) = listener.accept().await.unwrap();
                    if breaks {
                        let _ = socket.readable().await;
                    } else {
                        held.push(socket);
                    }
                }
            };
            tokio::select! {
                () = serving => {}
                _ = stopped => {}
            }
        });
        Server {
            address,
            requests: Arc::default(),
            stop,
            serving,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    pub(crate) fn last(&self) -> Request {
        self.requests.lock().unwrap().last().unwrap().clone()
    }

    /// Nobody listens any more.
    pub(crate) async fn close(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}
