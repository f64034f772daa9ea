//! A store is its owner's alone: configurations are nobody else's business.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::Error;
use crate::error::failed;

/// Makes a directory for its owner alone, and those above it.
pub fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// How to write a file that becomes its owner's alone where it is made.
pub fn file() -> fs::OpenOptions {
    let mut options = fs::File::options();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A directory for a while that is its owner's alone, whatever the umask.
pub fn temporary() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("secmonkey-");
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700));
    builder.tempdir()
}

/// Closes a store's directory to others. One of another user, to which others may write,
/// is refused: they could put anything in the record's place.
pub fn claim(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let found = fs::metadata(path).map_err(failed("open", path))?;
        let (ours, others) =
            (found.uid() == rustix::process::geteuid().as_raw(), found.mode() & 0o022);
        if !ours && others != 0 {
            return Err(Error::OpenToOthers(path.to_owned()));
        }
        if ours {
            // A link leads to what is to be closed. Where that cannot be, it can be read all the
            // same.
            let _ = fs::canonicalize(path).and_then(|real| tighten(&real));
        }
    }
    Ok(())
}

/// Takes from a file or a directory what others may do with it.
pub fn tighten(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let found = fs::symlink_metadata(path)?;
        let wanted = if found.is_dir() { 0o700 } else { 0o600 };
        if !found.is_symlink() && found.permissions().mode() & 0o777 != wanted {
            fs::set_permissions(path, fs::Permissions::from_mode(wanted))?;
        }
    }
    Ok(())
}

/// The same for the files of a directory.
pub fn tighten_files(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = tighten(&entry.path());
        }
    }
}

/// The same for all that is in a directory, and for itself. What cannot be changed stays:
/// the directories above close it.
pub fn tighten_all(path: &Path) {
    let _ = tighten(path);
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            tighten_all(&entry.path());
        } else {
            let _ = tighten(&entry.path());
        }
    }
}
