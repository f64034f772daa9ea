//! What a layer holds.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tar::{Builder, EntryType, Header};

/// Files by where they are, without the first slash: in order, a folder before what is in it.
#[derive(Default)]
pub struct Tree(BTreeMap<String, Entry>);

struct Entry {
    mode: u32,
    /// User and group.
    owner: u32,
    content: Content,
}

enum Content {
    Folder,
    Bytes(Vec<u8>),
    File(PathBuf),
    Link(PathBuf),
}

impl Tree {
    /// A folder; those above it are root's and open to all.
    pub fn folder(&mut self, path: &str, mode: u32, owner: u32) {
        self.insert(path, Entry { mode, owner, content: Content::Folder });
    }

    /// A file that holds this.
    pub fn text(&mut self, path: &str, text: impl Into<Vec<u8>>) {
        let content = Content::Bytes(text.into());
        self.insert(path, Entry { mode: 0o644, owner: 0, content });
    }

    /// A copy of a file.
    ///
    /// # Errors
    /// Where there is no such file.
    pub fn copy(&mut self, path: &str, mode: u32, file: &Path) -> anyhow::Result<()> {
        ensure!(file.is_file(), "there is no file {}", file.display());
        let content = Content::File(file.to_owned());
        self.insert(path, Entry { mode, owner: 0, content });
        Ok(())
    }

    /// A copy of all that is in a folder but what is named; links that lead out of it are left out.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn copy_all(&mut self, path: &str, folder: &Path, but: &[&str]) -> anyhow::Result<()> {
        let unread = || format!("cannot read {}", folder.display());
        for entry in fs::read_dir(folder).with_context(unread)? {
            let entry = entry.with_context(unread)?;
            let name = entry.file_name().into_string().ok().context("a name is no text")?;
            if but.contains(&&*name) {
                continue;
            }
            let (path, from) = (format!("{path}/{name}"), entry.path());
            let kind = entry.file_type().with_context(unread)?;
            if kind.is_dir() {
                self.copy_all(&path, &from, &[])?;
            } else if kind.is_symlink() {
                let target = fs::read_link(&from).with_context(unread)?;
                if target.is_relative() && from.exists() {
                    let content = Content::Link(target);
                    self.insert(&path, Entry { mode: 0o777, owner: 0, content });
                }
            } else {
                self.copy(&path, 0o644, &from)?;
            }
        }
        Ok(())
    }

    fn insert(&mut self, path: &str, entry: Entry) {
        let mut above = path;
        while let Some((folder, _)) = above.rsplit_once('/') {
            let open = Entry { mode: 0o755, owner: 0, content: Content::Folder };
            self.0.entry(folder.to_owned()).or_insert(open);
            above = folder;
        }
        self.0.insert(path.to_owned(), entry);
    }

    /// Writes it as an archive. Times are none, so that a layer of the same files has the same
    /// digest in every release.
    ///
    /// # Errors
    /// Where a file cannot be read, or the archive not be written.
    pub fn archive<W: Write>(&self, out: W) -> anyhow::Result<W> {
        let mut archive = Builder::new(out);
        for (path, entry) in &self.0 {
            let mut header = Header::new_gnu();
            header.set_mode(entry.mode);
            header.set_uid(entry.owner.into());
            header.set_gid(entry.owner.into());
            header.set_mtime(0);
            header.set_size(0);
            let appended = match &entry.content {
                Content::Folder => {
                    header.set_entry_type(EntryType::Directory);
                    archive.append_data(&mut header, format!("{path}/"), io::empty())
                }
                Content::Bytes(bytes) => {
                    header.set_size(bytes.len() as u64);
                    archive.append_data(&mut header, path, &**bytes)
                }
                Content::File(file) => File::open(file).and_then(|file| {
                    header.set_size(file.metadata()?.len());
                    archive.append_data(&mut header, path, file)
                }),
                Content::Link(target) => {
                    header.set_entry_type(EntryType::Symlink);
                    archive.append_link(&mut header, path, target)
                }
            };
            appended.with_context(|| format!("cannot put {path} into the image"))?;
        }
        Ok(archive.into_inner()?)
    }
}
