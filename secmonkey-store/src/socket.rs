//! The Unix sockets in the directory of a store, which are for its owner alone. Where a name
//! would be too long for the system, the directory is reached by an open file.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// The name of the socket on which the log and the rows of a store are served.
pub const STORE: &str = "socket";
/// The name of the socket on which the daemon is asked, over HTTP.
pub const DAEMON: &str = "daemon.socket";

/// The system takes no longer names of sockets, the zero behind them included.
const LONGEST: usize = 107;

/// Runs something on the name of a socket. Where that is too long, its directory is named by an
/// open file.
fn named<T>(store: &Path, name: &str, run: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let path = store.join(name);
    if path.as_os_str().len() < LONGEST {
        return run(&path);
    }
    let directory = File::open(store)?;
    run(&PathBuf::from(format!("/proc/self/fd/{}/{name}", directory.as_raw_fd())))
}

/// Listens, for the owner alone. Only for who holds the store: a socket that is there was left
/// by one who died.
///
/// # Errors
/// Where the socket cannot be made, or be closed to others.
pub fn listen(store: &Path, name: &str) -> io::Result<UnixListener> {
    match fs::remove_file(store.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Until it is closed to others, the directory is.
    let listener = named(store, name, |path| UnixListener::bind(path))?;
    crate::private::tighten(&store.join(name))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Connects to who listens.
///
/// # Errors
/// Where nobody does, or somebody whom the store does not belong to: where others may write to
/// its directory, they may have put a socket of theirs in it.
pub fn connect(store: &Path, name: &str) -> io::Result<UnixStream> {
    let stream = named(store, name, |path| UnixStream::connect(path))?;
    if is_holders(store, &stream)? {
        return Ok(stream);
    }
    let text = format!("another user listens on {}", store.join(name).display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
}

/// Whether the other side may hold the store.
#[cfg(target_os = "linux")]
fn is_holders(store: &Path, stream: &UnixStream) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let peer = rustix::net::sockopt::socket_peercred(stream)?.uid.as_raw();
    let folder = fs::metadata(store)?;
    Ok(may_hold(peer, owner(), folder.uid(), folder.mode()))
}

/// Whether a user is this one, root, or whom a folder belongs to that nobody else may write to.
#[cfg(target_os = "linux")]
const fn may_hold(user: u32, own: u32, folders: u32, mode: u32) -> bool {
    let is_closed = mode & 0o022 == 0;
    user == own || user == 0 || (is_closed && user == folders)
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn is_holders(_: &Path, _: &UnixStream) -> io::Result<bool> {
    Ok(true)
}

/// The user of this process: whoever else connects is refused, but root.
#[must_use]
pub fn owner() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn who_listens_is_this_user_root_or_the_owner_of_a_closed_store() {
        const SELF: u32 = 1000;
        const OWNER: u32 = 1001;
        const STRANGER: u32 = 1002;
        for mode in [0o40_700, 0o40_755, 0o41_777, 0o40_770] {
            let is_closed = mode & 0o022 == 0;
            for (user, may) in [(SELF, true), (0, true), (OWNER, is_closed), (STRANGER, false)] {
                assert_eq!(may_hold(user, SELF, OWNER, mode), may, "{user} {mode:o}");
            }
        }
    }

    #[test]
    fn who_listens_himself_is_connected_to() {
        let store = tempfile::tempdir().unwrap();
        assert!(connect(store.path(), STORE).is_err());
        let _listener = listen(store.path(), STORE).unwrap();
        connect(store.path(), STORE).unwrap();
    }
}
