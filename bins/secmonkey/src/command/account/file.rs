//! Files that are read whole.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use secmonkey_app::error::Error;

/// The largest file that is read, in bytes: what the AWS CLI prints of a whole account is
/// smaller.
const LARGEST: u64 = 64 << 20;

/// The text of a file; `-` is standard input.
pub fn read(file: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().take(LARGEST + 1).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|opened| opened.take(LARGEST + 1).read_to_string(&mut text))
    };
    match read {
        Ok(bytes) if bytes as u64 <= LARGEST => Ok(text),
        Ok(_) => Err(Error::usage(format!(
            "{} holds more than {} MiB: give it in parts",
            file.display(),
            LARGEST >> 20
        ))),
        Err(error) => Err(Error::usage(format!("cannot read {}: {error}", file.display()))),
    }
}
