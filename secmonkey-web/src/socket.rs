//! The Unix socket of a store: the same routes, for the owner of the store alone.

use std::io;
use std::os::unix::net::{UnixListener as Listening, UnixStream as Connected};

use axum::serve::Listener;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::{UnixListener, UnixStream, unix::SocketAddr};
use tokio::task::JoinSet;

/// A connection to whoever answers on the socket of a store.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    /// Ends with whoever asks.
    _driver: JoinSet<hyper::Result<()>>,
}

impl Client {
    /// Speaks HTTP over a connected socket.
    ///
    /// # Errors
    /// Where the runtime cannot take the socket over.
    pub async fn over(socket: Connected) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let stream = TokioIo::new(UnixStream::from_std(socket)?);
        let (sender, connection) = http1::handshake(stream).await.map_err(io::Error::other)?;
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Ok(Self { sender, _driver: driver })
    }

    /// Asks, and answers with what comes back, while it comes.
    ///
    /// # Errors
    /// Where the connection ends before that.
    pub async fn send(&mut self, mut request: Request<Bytes>) -> io::Result<Response<Incoming>> {
        let host = header::HeaderValue::from_static("localhost");
        request.headers_mut().insert(header::HOST, host);
        self.sender.send_request(request.map(Full::new)).await.map_err(io::Error::other)
    }
}

/// A Unix socket that takes connections of one user only: of this process's own, and of root.
pub struct Owners {
    listener: UnixListener,
    owner: u32,
}

impl Owners {
    /// Takes the connections of a user to a socket.
    ///
    /// # Errors
    /// Where the runtime cannot take the socket over.
    pub fn new(socket: Listening, owner: u32) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { listener: UnixListener::from_std(socket)?, owner })
    }

    fn is_owners(&self, stream: &UnixStream) -> bool {
        stream.peer_cred().is_ok_and(|peer| peer.uid() == self.owner || peer.uid() == 0)
    }
}

impl Listener for Owners {
    type Io = UnixStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (UnixStream, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if self.is_owners(&stream) {
                return (stream, address);
            }
            tracing::warn!("another user tried to use the socket of the daemon");
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
