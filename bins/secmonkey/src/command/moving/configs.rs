//! `secmonkey export --configs`: a folder with a file for each item, which a version control
//! system may keep.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Component, Path, PathBuf};

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::Timestamp;
use secmonkey_core::event::Hash;
use secmonkey_core::log;
use secmonkey_core::query::{self, configuration};
use secmonkey_core::record::configuration_path;
use serde::Serialize;

use crate::console::count;
use crate::context::Context;
use crate::output::{self, GREEN};
use crate::time;

/// Which files are ours: a line that says so and whose they are, then a path a line.
const MANIFEST: &str = "secmonkey.manifest";
const FORMAT: &str = "secmonkey-configs/1";

/// A path, as it is remembered: a million of them take few megabytes.
type Name = [u8; 16];

fn name_of(path: &str) -> Name {
    let mut name = Name::default();
    name.copy_from_slice(&Hash::START.next(path.as_bytes(), b"").0[..16]);
    name
}

#[derive(Serialize)]
struct Written<'a> {
    path: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Default, Clone, Copy, Serialize)]
struct Counts {
    /// Files with what was not there before.
    written: u64,
    /// Files that were as they are.
    unchanged: u64,
    /// Files of what is gone.
    removed: u64,
}

/// Writes the configurations of all items, as they are or were at a time.
pub async fn export(context: &Context, path: &Path, at: Option<Timestamp>) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let log = opened.log.as_ref();
    let Some(first) = log::first_hash(log).await? else {
        return Err(Error::usage("nothing was recorded yet: see `secmonkey scan`"));
    };
    let position = match at {
        Some(time) => Some(query::position_then(log, time, Timestamp::now()).await?),
        None => None,
    };
    let mut folder = Folder::open(path, first)?;
    for row in opened.views.items() {
        let row = row?;
        if let Some(record) = configuration(log, &opened.views, &row, position).await? {
            folder.put(&configuration_path(&record.key), &record.text()?)?;
        }
    }
    let counts = folder.finish()?;
    if !context.output.is_table() {
        context.output.object(&Written { path, at, counts })?;
        return Ok(Exit::Done);
    }
    let at = at.map_or_else(String::new, |at| format!(" as of {}", time::short(at)));
    output::print(&format!(
        "{GREEN}Exported{GREEN:#}: {}{at} in {}: {} written, {} unchanged, {} removed.\n",
        count(counts.written + counts.unchanged, "configuration"),
        path.display(),
        counts.written,
        counts.unchanged,
        counts.removed,
    ))?;
    Ok(Exit::Done)
}

/// The folder. What is in it and not ours is never touched.
struct Folder {
    root: PathBuf,
    /// The first line of the manifest.
    title: String,
    /// What was ours before, and what of it is still there.
    before: HashSet<Name>,
    kept: HashSet<Name>,
    /// The digest of the manifest as it was; `None` where there is none, or it was added to.
    manifest: Option<Hash>,
    /// The next manifest.
    next: BufWriter<File>,
    digest: Hash,
    counts: Counts,
}

fn cannot(action: &str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let text = format!("cannot {action} {}", path.display());
    move |error| Error::usage(format!("{text}: {error}"))
}

/// A line of a manifest as a path below the folder.
fn ours(line: &str) -> Option<&str> {
    let path = Path::new(line);
    let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
    (is_below && path.extension().is_some_and(|ending| ending == "json")).then_some(line)
}

impl Folder {
    /// Opens a folder, which is made where there is none, for the items of the log with this
    /// first hash.
    fn open(root: &Path, log: Hash) -> Result<Self, Error> {
        make_folder(root).map_err(cannot("create", root))?;
        let title = format!("{FORMAT} {log}");
        let mut folder = Self {
            root: root.to_owned(),
            before: HashSet::new(),
            kept: HashSet::new(),
            manifest: None,
            next: {
                let part = root.join(format!("{MANIFEST}.part"));
                BufWriter::new(fresh(&part).map_err(cannot("create", &part))?)
            },
            digest: Hash::START,
            counts: Counts::default(),
            title,
        };
        folder.read_manifest()?;
        let title = folder.title.clone();
        folder.list(&title)?;
        Ok(folder)
    }

    fn read_manifest(&mut self) -> Result<(), Error> {
        let (mut digest, mut before, title) = (Hash::START, HashSet::new(), self.title.clone());
        let there = self.each_of_manifest(|number, line| {
            digest = digest.next(line.as_bytes(), b"\n");
            if number == 0 {
                return match line.split_once(' ') {
                    _ if line == title => Ok(()),
                    Some((FORMAT, _)) => Err("it is of another log: name another folder"),
                    _ => Err("it is none that this release reads"),
                };
            }
            before.insert(name_of(ours(line).ok_or("it names a path that is none of ours")?));
            Ok(())
        })?;
        self.before = before;
        self.manifest = there.then_some(digest);
        Ok(())
    }

    /// Hands each line of the manifest on; says whether there is one.
    fn each_of_manifest(
        &self,
        mut line: impl FnMut(usize, &str) -> Result<(), &'static str>,
    ) -> Result<bool, Error> {
        let path = self.root.join(MANIFEST);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            opened => opened.map_err(cannot("open", &path))?,
        };
        for (number, text) in BufReader::new(file).lines().enumerate() {
            let text = text.map_err(cannot("read", &path))?;
            line(number, &text).map_err(|reason| {
                Error::usage(format!("{}: line {}: {reason}", path.display(), number + 1))
            })?;
        }
        Ok(true)
    }

    /// A line of the next manifest.
    fn list(&mut self, line: &str) -> Result<(), Error> {
        self.digest = self.digest.next(line.as_bytes(), b"\n");
        writeln!(self.next, "{line}").map_err(cannot("write to", &self.root))
    }

    /// Writes a file, where it does not hold this text.
    fn put(&mut self, path: &str, text: &str) -> Result<(), Error> {
        let (name, file) = (name_of(path), self.root.join(path));
        let is_ours = self.before.contains(&name);
        match fs::read(&file) {
            Ok(there) if there == text.as_bytes() => self.counts.unchanged += 1,
            Ok(_) if !is_ours => {
                return Err(Error::usage(format!(
                    "{} exists and is not in {MANIFEST}: nothing is written over that we did not \
                     write",
                    file.display()
                )));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(cannot("read", &file)(error));
            }
            _ => {
                if !is_ours {
                    // First: what we made is ours, also if we do not get to the end.
                    self.claim(path)?;
                }
                write(&file, text).map_err(cannot("write", &file))?;
                self.counts.written += 1;
            }
        }
        self.kept.insert(name);
        self.list(path)
    }

    /// Adds a path to the manifest as it is.
    fn claim(&mut self, path: &str) -> Result<(), Error> {
        let manifest = self.root.join(MANIFEST);
        let mut line = format!("{path}\n");
        if self.before.is_empty() && !manifest.exists() {
            line.insert_str(0, &format!("{}\n", self.title));
        }
        let added = File::options().append(true).create(true).open(&manifest);
        let added = added.and_then(|mut file| file.write_all(line.as_bytes()));
        added.map_err(cannot("write", &manifest))?;
        self.manifest = None;
        self.before.insert(name_of(path));
        Ok(())
    }

    /// Removes what is ours and no longer there.
    fn finish(mut self) -> Result<Counts, Error> {
        let mut gone = Vec::new();
        self.each_of_manifest(|number, line| {
            if number > 0 && !self.kept.contains(&name_of(line)) {
                gone.extend(ours(line).map(str::to_owned));
            }
            Ok(())
        })?;
        for path in gone {
            let file = self.root.join(&path);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(cannot("remove", &file)(error));
                }
                removed => self.counts.removed += u64::from(removed.is_ok()),
            }
            // Folders that are empty now; the others stay.
            let above = Path::new(&path).ancestors().skip(1);
            for folder in above.filter(|folder| !folder.as_os_str().is_empty()) {
                if fs::remove_dir(self.root.join(folder)).is_err() {
                    break;
                }
            }
        }
        self.next.flush().map_err(cannot("write to", &self.root))?;
        let part = self.root.join(format!("{MANIFEST}.part"));
        let done = if self.manifest == Some(self.digest) {
            fs::remove_file(&part)
        } else {
            fs::rename(&part, self.root.join(MANIFEST))
        };
        done.map_err(cannot("write", &part))?;
        Ok(self.counts)
    }
}

/// Makes a folder for its owner alone: configurations are nobody else's business.
fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file: it holds what it held, or all of this.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(above) = path.parent() {
        make_folder(above)?;
    }
    let part = path.with_extension("json.part");
    fresh(&part)?.write_all(text.as_bytes())?;
    fs::rename(&part, path)
}

/// A new file in place of whatever is there, where a link would lead elsewhere.
fn fresh(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => File::create_new(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: Hash = Hash([7; 32]);

    /// Writes these files; says how many were written, unchanged and removed.
    fn export(root: &Path, files: &[(&str, &str)]) -> Result<(u64, u64, u64), String> {
        let export = || -> Result<Counts, Error> {
            let mut folder = Folder::open(root, LOG)?;
            files.iter().try_for_each(|(path, text)| folder.put(path, text))?;
            folder.finish()
        };
        let counts = export().map_err(|error| error.to_string())?;
        Ok((counts.written, counts.unchanged, counts.removed))
    }

    fn read(root: &Path, path: &str) -> String {
        fs::read_to_string(root.join(path)).unwrap()
    }

    #[test]
    fn only_what_changed_is_written_and_only_ours_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("configs");
        let (a, b, c) = ("1/group/r/a.json", "1/group/r/b.json", "1/user/global/c.json");
        assert_eq!(export(&root, &[(a, "1"), (b, "2"), (c, "3")]), Ok((3, 0, 0)));
        let modified = |path| fs::metadata(root.join(path)).unwrap().modified().unwrap();
        let times = [a, b, MANIFEST].map(modified);
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert_eq!(export(&root, &[(a, "1"), (b, "2"), (c, "3")]), Ok((0, 3, 0)));
        assert_eq!([a, b, MANIFEST].map(modified), times);
        // Somebody else's, beside ours.
        fs::write(root.join("README.md"), "notes").unwrap();
        fs::write(root.join("1/group/r/notes.json"), "notes").unwrap();
        assert_eq!(export(&root, &[(a, "1"), (b, "4")]), Ok((1, 1, 1)));
        assert_eq!((read(&root, a), read(&root, b)), ("1".to_owned(), "4".to_owned()));
        assert_eq!(modified(a), times[0]);
        assert!(!root.join("1/user").exists());
        assert_eq!(export(&root, &[]), Ok((0, 0, 2)));
        assert_eq!(read(&root, "README.md"), "notes");
        assert_eq!(read(&root, "1/group/r/notes.json"), "notes");
        assert_eq!(read(&root, MANIFEST), format!("{FORMAT} {LOG}\n"));
    }

    #[test]
    fn what_we_did_not_write_is_not_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join("a.json"), "theirs").unwrap();
        let refused = export(root, &[("a.json", "ours")]).unwrap_err();
        assert!(refused.contains("a.json exists"), "{refused}");
        assert_eq!(read(root, "a.json"), "theirs");
        // The same text is as good as ours.
        assert_eq!(export(root, &[("a.json", "theirs")]), Ok((0, 1, 0)));
        assert_eq!(export(root, &[("a.json", "ours")]), Ok((1, 0, 0)));
    }

    #[test]
    fn an_export_that_did_not_end_is_continued() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        assert_eq!(export(root, &[("a.json", "1")]), Ok((1, 0, 0)));
        let mut folder = Folder::open(root, LOG).unwrap();
        folder.put("b.json", "1").unwrap();
        drop(folder);
        // What it made is ours: changed, or removed.
        assert_eq!(export(root, &[("b.json", "2")]), Ok((1, 0, 1)));
        assert_eq!(read(root, MANIFEST), format!("{FORMAT} {LOG}\nb.json\n"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_written_goes_where_no_link_leads() {
        let directory = tempfile::tempdir().unwrap();
        let (root, outside) = (directory.path().join("configs"), directory.path().join("outside"));
        fs::create_dir(&root).unwrap();
        fs::write(&outside, "theirs").unwrap();
        for part in ["a.json.part", &format!("{MANIFEST}.part")] {
            std::os::unix::fs::symlink(&outside, root.join(part)).unwrap();
        }
        assert_eq!(export(&root, &[("a.json", "ours")]), Ok((1, 0, 0)));
        assert_eq!(
            (read(&root, "a.json"), fs::read_to_string(&outside).unwrap()),
            ("ours".to_owned(), "theirs".to_owned())
        );
    }

    #[test]
    fn a_manifest_leads_nowhere_else_and_belongs_to_one_log() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("configs");
        fs::create_dir(&root).unwrap();
        let outside = directory.path().join("outside.json");
        fs::write(&outside, "theirs").unwrap();
        for path in ["../outside.json", outside.to_str().unwrap(), "notes.txt", ""] {
            fs::write(root.join(MANIFEST), format!("{FORMAT} {LOG}\n{path}\n")).unwrap();
            let refused = export(&root, &[]).unwrap_err();
            assert!(refused.contains("line 2: it names a path"), "{path}: {refused}");
        }
        assert!(outside.exists());
        for (title, said) in
            [(format!("{FORMAT} {}", Hash::START), "another log"), ("x".to_owned(), "none that")]
        {
            fs::write(root.join(MANIFEST), title + "\n").unwrap();
            let refused = export(&root, &[]).unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
    }
}
