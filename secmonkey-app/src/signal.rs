//! The signals that ask a process to end, and one that would kill it for no reason.

use std::io;

/// A signal that asks a process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What `kill` and init systems send.
    Terminate,
    /// The terminal is gone.
    HangUp,
}

impl Signal {
    /// The exit code of a process that it ended.
    #[must_use]
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
    all: Vec<(Signal, tokio::signal::unix::Signal)>,
}

impl Signals {
    /// Listens from now on. What whoever started us wants ignored stays ignored: `nohup`
    /// does that with the end of the terminal, a shell with Ctrl-C for what it runs in the
    /// background.
    ///
    /// # Errors
    /// Where they cannot be listened to.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = ignored();
        let mut all = Vec::new();
        for (one, kind) in [
            (Signal::Interrupt, SignalKind::interrupt()),
            (Signal::Terminate, SignalKind::terminate()),
            (Signal::HangUp, SignalKind::hangup()),
        ] {
            if ignored & bit(kind.as_raw_value()) == 0 {
                all.push((one, signal(kind)?));
            }
        }
        Ok(Self { all })
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
        use std::task::Poll;
        std::future::poll_fn(|context| {
            for (signal, stream) in &mut self.all {
                if let Poll::Ready(Some(())) = stream.poll_recv(context) {
                    return Poll::Ready(*signal);
                }
            }
            Poll::Pending
        })
        .await
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

/// The signals that this process ignores, a bit each. Only Linux tells without unsafe code;
/// elsewhere none is known to be.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_by(&status).unwrap_or(0)
}

#[cfg(unix)]
fn ignored_by(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

/// The bit of a signal.
#[cfg(unix)]
fn bit(signal: i32) -> u64 {
    u32::try_from(signal - 1).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0)
}

/// Makes a write beyond the limit of files (`ulimit -f`) an error like any other: without
/// a handler, the signal that comes with it kills the process in the middle of a batch.
/// Needs a runtime.
///
/// # Errors
/// Where the signal cannot be listened to.
#[cfg(unix)]
pub fn outlive_limit_of_files() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    // The handler stays when the stream is dropped.
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop)
}

/// There is no such signal.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the signature that Unix needs")]
pub fn outlive_limit_of_files() -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_status_of_the_process() {
        let status = "Name:\tsecmonkey\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        let ignored = ignored_by(status).unwrap();
        assert_ne!(ignored & bit(libc::SIGHUP), 0);
        assert_ne!(ignored & bit(libc::SIGPIPE), 0);
        assert_eq!(ignored & bit(libc::SIGINT), 0);
        assert_eq!(ignored_by("Name:\tsecmonkey\n"), None);
        assert_eq!((bit(0), bit(65), bit(64)), (0, 0, 1 << 63));
    }
}
