//! A store is its owner's alone: configurations are nobody else's business.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::Error;
use crate::error::failed;

/// Makes a directory for its owner alone, and those above it.
pub fn create_dir(path: &Path) -> io::Result<()> {
    builder().recursive(true).create(path)
}

fn builder() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// How to write a file that becomes its owner's alone where it is made.
pub fn file() -> fs::OpenOptions {
    let mut options = fs::File::options();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A new file in place of whatever is there: what somebody put there before would keep its owner
/// and its mode, and a link would lead elsewhere.
pub fn fresh(path: &Path) -> io::Result<fs::File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    file().create_new(true).open(path)
}

/// A new directory for its owner alone, and those above it. One that is there is refused: it may
/// be somebody else's.
pub fn fresh_dir(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), create_dir)?;
    builder().create(path)
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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_was_there_before_neither_opens_nor_redirects_a_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("log.part"), folder.path().join("other"));
        fresh(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::write(&path, "theirs").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        fresh(&path).unwrap();
        assert_eq!((mode(&path), fs::read(&path).unwrap()), (0o600, Vec::new()));
        fs::write(&other, "theirs").unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&other, &path).unwrap();
        fresh(&path).unwrap();
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
        assert_eq!(fs::read_to_string(&other).unwrap(), "theirs");
    }

    #[test]
    fn a_new_directory_is_none_that_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        fresh_dir(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert_eq!(fresh_dir(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
