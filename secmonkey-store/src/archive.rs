//! A store in one file: a tar archive, compressed where its name says so.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zstd::stream::write::Encoder;

use crate::error::{Error, failed};
use crate::salvage::beside;
use crate::{disk, private};

/// The form of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `.tar`
    Tar,
    /// `.tar.zst`
    TarZst,
}

impl Form {
    /// What a name asks for; `None` for a directory.
    pub fn of(path: &Path) -> Option<Self> {
        let is = |path: &Path, wanted: &str| {
            path.extension().is_some_and(|found| found.eq_ignore_ascii_case(wanted))
        };
        if is(path, "zst") && is(Path::new(path.file_stem()?), "tar") {
            Some(Self::TarZst)
        } else {
            is(path, "tar").then_some(Self::Tar)
        }
    }

    /// Packs a directory. The file gets its name when it is whole, and durable.
    pub fn pack(self, directory: &Path, to: &Path) -> Result<(), Error> {
        let part = beside(to, "part");
        let packed = self.write(directory, to, &part).map_err(failed("write", &part));
        packed.inspect_err(|_| {
            // What cannot be removed either says so when it is in the way.
            let _ = fs::remove_file(&part);
        })?;
        disk::give_name(&part, to)
    }

    fn write(self, directory: &Path, to: &Path, part: &Path) -> io::Result<()> {
        let file = private::fresh(part)?;
        let name = inner_name(to);
        let mut file = match self {
            Self::Tar => append(file, &name, directory)?,
            Self::TarZst => append(Encoder::new(file, 3)?, &name, directory)?.finish()?,
        };
        file.flush()?;
        file.sync_all()
    }
}

fn append<W: io::Write>(to: W, name: &Path, directory: &Path) -> io::Result<W> {
    let mut archive = tar::Builder::new(to);
    // sled's file has holes; not every program that unpacks knows them.
    archive.sparse(false);
    archive.append_dir_all(name, directory)?;
    archive.into_inner()
}

/// What an archive unpacks to: its own name without the ending.
fn inner_name(to: &Path) -> PathBuf {
    let stem = |path: &Path| PathBuf::from(path.file_stem().unwrap_or_default());
    match Form::of(to) {
        Some(Form::TarZst) => stem(&stem(to)),
        _ => stem(to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_becomes_of_it() {
        for (name, form, inner) in [
            ("b/store.tar", Some(Form::Tar), "store"),
            ("store-1.TAR.ZST", Some(Form::TarZst), "store-1"),
            ("store", None, "store"),
            ("tar", None, "tar"),
            (".tar", None, ".tar"),
            ("a.zst", None, "a"),
        ] {
            assert_eq!(Form::of(Path::new(name)), form, "{name}");
            assert_eq!(inner_name(Path::new(name)), Path::new(inner), "{name}");
        }
    }
}
