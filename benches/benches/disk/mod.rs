//! What lies on disk.

use std::path::Path;

/// Bytes that a directory takes on disk.
pub fn size(path: &Path) -> std::io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = 0;
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        bytes += match entry.metadata()? {
            found if found.is_dir() => size(&entry.path())?,
            found => found.blocks() * 512,
        };
    }
    Ok(bytes)
}
