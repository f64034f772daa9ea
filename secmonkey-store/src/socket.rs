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
/// Where nobody does.
pub fn connect(store: &Path, name: &str) -> io::Result<UnixStream> {
    named(store, name, |path| UnixStream::connect(path))
}

/// The user of this process: whoever else connects is refused, but root.
#[must_use]
pub fn owner() -> u32 {
    rustix::process::geteuid().as_raw()
}
