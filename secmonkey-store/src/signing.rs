//! The keys that checkpoints are signed with: `keys/NAME.key` in the store, or files
//! elsewhere. They never enter the log, an export or a backup; their public halves do.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use secmonkey_core::tlog::SigningKey;

use crate::error::{Error, failed};
use crate::{disk, private};

/// The name of the folder in a store.
pub const FOLDER: &str = "keys";

/// What the names of the files end with.
const ENDING: &str = "key";

/// A name for a log that no other has: what its keys sign for, where nobody chose another.
///
/// # Errors
/// Where the system has no random numbers.
pub fn new_origin() -> Result<String, Error> {
    let mut random = [0; 16];
    let place = Path::new("a key");
    getrandom::fill(&mut random)
        .map_err(|error| failed("make a name for", place)(io::Error::other(error)))?;
    Ok(format!("secmonkey.local/log/{}", hex::encode(random)))
}

/// The file of a key of the store.
pub fn path(store: &Path, name: &str) -> PathBuf {
    store.join(FOLDER).join(format!("{name}.{ENDING}"))
}

/// Makes a key, for its owner alone, in a file that is not there yet.
///
/// # Errors
/// Where the file exists or cannot be made, or the name of who signs is none.
pub fn make(path: &Path, signer: &str) -> Result<SigningKey, Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| failed("make a key for", path)(io::Error::other(error)))?;
    let invalid = |error| failed("make", path)(io::Error::new(io::ErrorKind::InvalidInput, error));
    let key = SigningKey::new(signer, seed).map_err(invalid)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        private::create_dir(folder).map_err(failed("create", folder))?;
    }
    let mut file = match private::file().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(Error::Exists(path.to_owned()));
        }
        opened => opened.map_err(failed("create", path))?,
    };
    let text = key.secret_text() + "\n";
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(failed("write", path))?;
    let folder = folder.unwrap_or(Path::new("."));
    disk::sync(folder).map_err(failed("sync", folder))?;
    Ok(key)
}

/// Reads the key in a file.
///
/// # Errors
/// Where it cannot be read or holds no key.
pub fn load(path: &Path) -> Result<SigningKey, Error> {
    let mut text = String::new();
    let file = fs::File::open(path).map_err(failed("read", path))?;
    // A key is a line; whatever is longer is something else.
    file.take(4096).read_to_string(&mut text).map_err(failed("read", path))?;
    SigningKey::parse(text.trim()).map_err(|error| Error::Corrupt {
        path: path.to_owned(),
        reason: format!("it holds no signing key: {error}"),
    })
}

/// The names of the keys in a store, in order.
///
/// # Errors
/// Where the folder cannot be read.
pub fn names(store: &Path) -> Result<Vec<String>, Error> {
    let folder = store.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed("read", &folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed("read", &folder))?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        if path.extension().is_some_and(|ending| ending == ENDING) {
            names.extend(name);
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_read_again() {
        let store = tempfile::tempdir().unwrap();
        assert_eq!(names(store.path()).unwrap(), [""; 0]);
        let path = path(store.path(), "auditors");
        let made = make(&path, "secmonkey.example/log").unwrap();
        assert_eq!(load(&path).unwrap().verifier(), made.verifier());
        assert!(matches!(make(&path, "secmonkey.example/log"), Err(Error::Exists(_))));
        assert_eq!(names(store.path()).unwrap(), ["auditors"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let access = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(access(&path), 0o600);
            assert_eq!(access(path.parent().unwrap()), 0o700);
        }
        fs::write(&path, "PRIVATE+KEY+").unwrap();
        assert!(matches!(load(&path), Err(Error::Corrupt { .. })));
    }
}
