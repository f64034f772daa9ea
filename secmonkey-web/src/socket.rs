//! The Unix socket of a store: the same routes, for the owner of the store alone.

use std::io;
use std::os::unix::net::UnixListener as Listening;

use axum::serve::Listener;
use tokio::net::{UnixListener, UnixStream, unix::SocketAddr};

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
