//! The key that secret values are digested with: `digest.key` beside the log, or a file
//! that somebody named. It never enters the log, an export or a backup of the log.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use secmonkey_core::secret::DigestKey;

use crate::error::{Error, failed};
use crate::{disk, private};

/// The name of the key's file in a store.
pub const FILE: &str = "digest.key";

/// Reads the key in a file; makes a new one where there is none and `create` says so.
///
/// # Errors
/// Where the file cannot be read or made, or holds no key.
pub fn load(path: &Path, create: bool) -> Result<DigestKey, Error> {
    match fs::File::open(path) {
        Ok(mut file) => {
            let mut text = String::new();
            // A key is 64 digits; whatever is longer is something else.
            (&mut file).take(1024).read_to_string(&mut text).map_err(failed("read", path))?;
            parse(text.trim()).ok_or_else(|| Error::Corrupt {
                path: path.to_owned(),
                reason: "it holds no key: expected 64 hexadecimal digits".to_owned(),
            })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && create => make(path),
        Err(error) => Err(failed("read", path)(error)),
    }
}

fn make(path: &Path) -> Result<DigestKey, Error> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| failed("make a key for", path)(io::Error::other(error)))?;
    let mut file = private::file().create_new(true).open(path).map_err(failed("create", path))?;
    let written = file.write_all(hex::encode(key).as_bytes()).and_then(|()| file.sync_all());
    written.map_err(failed("write", path))?;
    if let Some(folder) = path.parent() {
        disk::sync(folder).map_err(failed("sync", folder))?;
    }
    Ok(DigestKey::new(key))
}

fn parse(text: &str) -> Option<DigestKey> {
    let mut key = [0; 32];
    hex::decode_to_slice(text, &mut key).ok()?;
    Some(DigestKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        assert!(matches!(load(&path, false), Err(Error::Io { .. })));
        let made = load(&path, true).unwrap();
        assert_eq!(load(&path, false).unwrap().id(), made.id());
        assert_eq!(load(&path, true).unwrap().id(), made.id());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let other = load(&folder.path().join("other"), true).unwrap();
        assert_ne!(other.id(), made.id());
    }

    #[test]
    fn what_is_no_key_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for text in ["", "00", &"x".repeat(64), &"0".repeat(65)] {
            fs::write(&path, text).unwrap();
            assert!(matches!(load(&path, true), Err(Error::Corrupt { .. })), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
