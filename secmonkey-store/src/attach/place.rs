//! Where the socket of a store is.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// The name of the socket in a store.
pub const FILE: &str = "socket";

/// The system takes no longer names of sockets, the zero behind them included.
const LONGEST: usize = 107;

/// Runs something on the name of a socket. Where that is too long, its directory is named by an
/// open file.
fn named<T>(store: &Path, run: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let path = store.join(FILE);
    if path.as_os_str().len() < LONGEST {
        return run(&path);
    }
    let directory = File::open(store)?;
    run(&PathBuf::from(format!("/proc/self/fd/{}/{FILE}", directory.as_raw_fd())))
}

/// Listens, for the owner alone. Only for who holds the store: a socket that is there was left
/// by one who died.
pub fn listen(store: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(store.join(FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Until it is closed to others, the directory is.
    let listener = named(store, |path| UnixListener::bind(path))?;
    crate::private::tighten(&store.join(FILE))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Connects to who listens.
pub fn connect(store: &Path) -> io::Result<UnixStream> {
    named(store, |path| UnixStream::connect(path))
}
