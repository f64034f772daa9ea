//! The signals that ask a process to end.

use std::io;

/// A signal that asks a process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What `kill` and init systems send.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has it"))]
    Terminate,
    /// The terminal is gone.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has it"))]
    HangUp,
}

impl Signal {
    /// The exit code of a process that it ended.
    pub fn code(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Signals as they come; while there is one of these, none of them kills the process.
pub struct Signals {
    #[cfg(unix)]
    all: [(Signal, tokio::signal::unix::Signal); 3],
}

impl Signals {
    /// Listens from now on.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            all: [
                (Signal::Interrupt, signal(SignalKind::interrupt())?),
                (Signal::Terminate, signal(SignalKind::terminate())?),
                (Signal::HangUp, signal(SignalKind::hangup())?),
            ],
        })
    }

    /// Listens from now on.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "the signature that Unix needs")]
    pub fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// The next signal.
    #[cfg(unix)]
    pub async fn next(&mut self) -> Signal {
        let [interrupt, terminate, hang_up] = &mut self.all;
        tokio::select! {
            _ = interrupt.1.recv() => interrupt.0,
            _ = terminate.1.recv() => terminate.0,
            _ = hang_up.1.recv() => hang_up.0,
        }
    }

    /// The next signal.
    #[cfg(not(unix))]
    pub async fn next(&mut self) -> Signal {
        // Where Ctrl-C cannot be listened to, it ends the process itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
