//! The power goes: what a disk may then hold is rebuilt from a recording of every
//! write and sync of a real run, and opened.
//!
//! The model is strict. What was written to a file after its last `fsync` or
//! `fdatasync` is lost, or kept in part (any 4 KB pages, in any state they had since),
//! or kept whole; the file's length with it. `sync_file_range`, which sled trusts, is
//! not counted as a sync. Names (creating, renaming, removing) take effect in order,
//! and are durable with the next sync of anything, as on ext4.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Random;
use crate::writer::{Acknowledged, acknowledged, arguments, check, environment};

const CUTS: usize = 36;
const BATCHES: usize = 250;
const PAGE: usize = 4_096;

/// What is traced: all that changes files or makes them durable. Those of the second
/// line nothing here uses; a recording with one of them is refused, not misread.
const CALLS: &str = "openat,write,pwrite64,ftruncate,lseek,fsync,fdatasync,mkdir,rename,unlink,\
    open,creat,writev,pwritev,pwritev2,truncate,fallocate,copy_file_range,sendfile,mkdirat,\
    renameat,renameat2,unlinkat,rmdir,link,linkat,symlink,sync,syncfs,msync";

#[test]
fn power_cuts_lose_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    let recording = record(&path, &directory.path().join("trace"));
    let acknowledged_in_all = recording.iter().filter(|call| matches!(call.what, What::Said(_)));
    assert!(acknowledged_in_all.count() >= BATCHES, "the recording is not whole");

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut random = Random(0xca7);
    let mut with_losses = 0;
    for cut in 0..CUTS {
        // The first cuts hit the creation of the store, the others anything.
        let range = if cut < CUTS / 5 { 120 } else { recording.len() };
        let calls = &recording[..random.below(range)];
        for kept in [Kept::Nothing, Kept::Pages, Kept::Everything] {
            let (image, promised, lost) = rebuild(&path, calls, kept, &mut random);
            with_losses += usize::from(lost);
            if let Err(reason) = runtime.block_on(check(image.path(), &promised)) {
                let place = image.keep();
                panic!(
                    "cut after {} of {} calls, {kept:?} kept: {reason} ({})",
                    calls.len(),
                    recording.len(),
                    place.display()
                );
            }
        }
    }
    assert!(with_losses > CUTS, "only {with_losses} images lost anything: nothing was shown");
}

/// One call of the recording.
struct Call {
    what: What,
    /// Everything written by then is covered, where this is a sync.
    began: u64,
    ended: u64,
}

enum What {
    Create(PathBuf),
    Truncate(PathBuf, usize),
    Write(PathBuf, usize, Vec<u8>),
    Sync(PathBuf),
    MakeDirectory(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    /// The writer told of these.
    Said(Vec<Acknowledged>),
}

fn record(store: &Path, trace: &Path) -> Vec<Call> {
    fs::create_dir(trace).expect("a directory");
    let mut command = Command::new("strace");
    command.args(["-f", "-ff", "-qq", "-y", "-xx", "-s", "4000000"]);
    command.args(["--absolute-timestamps=format:unix,precision:ns", "--syscall-times=ns"]);
    command.args(["-e", "signal=none", "-e", &format!("trace={CALLS}")]);
    command.arg("-o").arg(trace.join("thread")).args(arguments());
    environment(&mut command, store, 0, 1, BATCHES);
    let done =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap_or_else(|error| {
            panic!("this test needs `strace` (Debian: apt-get install strace): {error}")
        });
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    let mut calls = Vec::new();
    for entry in fs::read_dir(trace).expect("a directory") {
        let text = fs::read_to_string(entry.expect("a file").path()).expect("a file");
        for line in text.lines() {
            calls.extend(parse(line));
        }
    }
    calls.sort_by_key(|call| call.began);
    let mut calls = place(store, calls);
    // What a call does is done when it ends.
    calls.sort_by_key(|call| call.ended);
    calls
}

/// A call as strace writes it: when, what, with which arguments and result.
struct Line {
    began: u64,
    ended: u64,
    name: String,
    arguments: Vec<String>,
    result: String,
}

fn parse(line: &str) -> Option<Line> {
    let nanoseconds = |text: &str| -> Option<u64> {
        let (seconds, rest) = text.split_once('.')?;
        Some(seconds.parse::<u64>().ok()? * 1_000_000_000 + rest.parse::<u64>().ok()?)
    };
    let (time, call) = line.split_once(' ')?;
    let (name, rest) = call.split_once('(')?;
    let (arguments, rest) = rest.rsplit_once(") = ").or_else(|| {
        // strace aligns short calls.
        let (arguments, rest) = rest.rsplit_once(" = ")?;
        Some((arguments.trim_end().strip_suffix(')')?, rest))
    })?;
    let (result, took) = rest.rsplit_once(" <")?;
    let began = nanoseconds(time)?;
    Some(Line {
        began,
        ended: began + nanoseconds(took.strip_suffix('>')?)?,
        name: name.to_owned(),
        arguments: arguments.split(", ").map(str::to_owned).collect(),
        result: result.trim().to_owned(),
    })
}

/// `\x2f\x72` between the first and the last mark of a kind.
fn bytes(text: &str, open: char, close: char) -> Option<Vec<u8>> {
    let text = &text[text.find(open)? + 1..text.rfind(close)?];
    text.split("\\x").skip(1).map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// The calls that concern the store, with paths and offsets.
fn place(store: &Path, lines: Vec<Line>) -> Vec<Call> {
    let path = |text: &str, open, close| -> Option<PathBuf> {
        let path = PathBuf::from(String::from_utf8(bytes(text, open, close)?).ok()?);
        path.starts_with(store).then_some(path)
    };
    // Where `write` goes on, by descriptor; and who appends.
    let mut offsets: BTreeMap<String, usize> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in lines {
        let argument = |n: usize| line.arguments.get(n).map_or("", String::as_str);
        let number = |text: &str| text.parse::<usize>().expect("a number");
        let descriptor = |text: &str| text.split('<').next().unwrap_or_default().to_owned();
        let failed = line.result.starts_with('-');
        let opened = path(argument(0), '<', '>');
        let named = [0, 1].map(|n| path(argument(n), '"', '"'));
        let mut what = Vec::new();
        match line.name.as_str() {
            "write" if descriptor(argument(0)) == "1" => {
                let said = bytes(argument(1), '"', '"').expect("what it said");
                let said = acknowledged(&String::from_utf8_lossy(&said));
                if !said.is_empty() {
                    what.push(What::Said(said));
                }
            }
            _ if opened.is_none() && named == [None, None] => {}
            _ if failed => {}
            "openat" => {
                let file = path(argument(1), '"', '"').expect("a path");
                let flags = argument(2);
                assert!(!flags.contains("O_APPEND"), "the model does not know O_APPEND");
                offsets.insert(descriptor(&line.result), 0);
                if flags.contains("O_CREAT") {
                    what.push(What::Create(file.clone()));
                }
                if flags.contains("O_TRUNC") {
                    what.push(What::Truncate(file, 0));
                }
            }
            "write" => {
                let data = bytes(argument(1), '"', '"').expect("data");
                let offset = offsets.get_mut(&descriptor(argument(0))).expect("an open file");
                assert_eq!(data.len(), number(&line.result), "a write was cut short");
                what.push(What::Write(opened.expect("a file"), *offset, data.clone()));
                *offset += data.len();
            }
            "pwrite64" => {
                let data = bytes(argument(1), '"', '"').expect("data");
                assert_eq!(data.len(), number(&line.result), "a write was cut short");
                what.push(What::Write(opened.expect("a file"), number(argument(3)), data));
            }
            "lseek" => {
                offsets.insert(descriptor(argument(0)), number(&line.result));
            }
            "ftruncate" => {
                what.push(What::Truncate(opened.expect("a file"), number(argument(1))));
            }
            "fsync" | "fdatasync" => what.push(What::Sync(opened.expect("a file"))),
            "mkdir" => what.extend(named[0].clone().map(What::MakeDirectory)),
            "unlink" => what.extend(named[0].clone().map(What::Remove)),
            "rename" => {
                let [from, to] = named.clone().map(|path| path.expect("a path"));
                what.push(What::Rename(from, to));
            }
            other => panic!("the model does not know {other}"),
        }
        let (began, ended) = (line.began, line.ended);
        calls.extend(what.into_iter().map(|what| Call { what, began, ended }));
    }
    calls
}

#[derive(Debug, Clone, Copy)]
enum Kept {
    Nothing,
    Pages,
    Everything,
}

/// A file's content, as the last sync left it and with what came since.
#[derive(Debug, Default, Clone)]
struct File {
    durable: Vec<u8>,
    since: Vec<(u64, Change)>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Truncate(length) => content.resize(*length, 0),
            Self::Write(offset, data) => {
                let end = offset + data.len();
                content.resize(content.len().max(end), 0);
                content[*offset..end].copy_from_slice(data);
            }
        }
    }
}

impl File {
    /// What was written before `time` is durable.
    fn sync(&mut self, time: u64) {
        let (covered, since) =
            std::mem::take(&mut self.since).into_iter().partition(|(ended, _)| *ended <= time);
        self.since = since;
        let covered: Vec<_> = covered;
        for (_, change) in covered {
            change.apply(&mut self.durable);
        }
    }

    fn after(&self, changes: usize) -> Vec<u8> {
        let mut content = self.durable.clone();
        for (_, change) in &self.since[..changes] {
            change.apply(&mut content);
        }
        content
    }

    /// What is left of it when the power goes.
    fn left(&self, kept: Kept, random: &mut Random) -> Vec<u8> {
        match kept {
            Kept::Nothing => self.durable.clone(),
            Kept::Everything => self.after(self.since.len()),
            Kept::Pages => {
                // A length, and for each page a state, that it had at some time.
                let mut states = BTreeMap::new();
                let mut state =
                    |count: usize| states.entry(count).or_insert_with(|| self.after(count)).clone();
                let mut content = state(random.below(self.since.len() + 1));
                let length = content.len();
                for page in (0..length).step_by(PAGE) {
                    let end = length.min(page + PAGE);
                    let other = state(match random.below(3) {
                        0 => 0,
                        1 => self.since.len(),
                        _ => random.below(self.since.len() + 1),
                    });
                    let known = other.get(page..end.min(other.len())).unwrap_or_default();
                    content[page..end].fill(0);
                    content[page..page + known.len()].copy_from_slice(known);
                }
                content
            }
        }
    }
}

/// A disk after the given calls, what was promised by then, and whether it lost
/// anything that was written.
fn rebuild(
    store: &Path,
    calls: &[Call],
    kept: Kept,
    random: &mut Random,
) -> (tempfile::TempDir, Vec<Acknowledged>, bool) {
    let mut files: Vec<File> = Vec::new();
    let mut now = Names::default();
    let mut promised = Vec::new();
    // The names after each change that no sync has made durable yet.
    let mut names = vec![Names::default()];
    for call in calls {
        match &call.what {
            What::Said(told) => promised.extend(told.iter().cloned()),
            What::Write(path, offset, data) => {
                let change = Change::Write(*offset, data.clone());
                files[now.files[path]].since.push((call.ended, change));
            }
            What::Truncate(path, length) => {
                files[now.files[path]].since.push((call.ended, Change::Truncate(*length)));
            }
            What::Sync(path) => {
                if let Some(file) = now.files.get(path) {
                    files[*file].sync(call.began);
                }
                names = vec![now.clone()];
            }
            What::Create(path) => {
                if !now.files.contains_key(path) {
                    now.files.insert(path.clone(), files.len());
                    files.push(File::default());
                    names.push(now.clone());
                }
            }
            What::MakeDirectory(path) => {
                now.directories.push(path.clone());
                names.push(now.clone());
            }
            What::Remove(path) => {
                now.files.remove(path);
                names.push(now.clone());
            }
            What::Rename(from, to) => {
                now.rename(from, to);
                names.push(now.clone());
            }
        }
    }

    let names = match kept {
        Kept::Nothing => &names[0],
        Kept::Pages => &names[random.below(names.len())],
        Kept::Everything => &names[names.len() - 1],
    };
    let image = tempfile::tempdir().expect("a directory");
    let at = |path: &Path| image.path().join(path.strip_prefix(store).expect("in the store"));
    for directory in &names.directories {
        fs::create_dir_all(at(directory)).expect("a directory");
    }
    let mut lost = false;
    for (path, file) in &names.files {
        let content = files[*file].left(kept, random);
        lost |= content != files[*file].after(files[*file].since.len());
        fs::write(at(path), content).expect("a file");
    }
    // The machine starts again.
    let mark = image.path().join("views.open");
    if mark.exists() {
        fs::write(mark, "the boot before").expect("a file");
    }
    (image, promised, lost)
}

/// What is where: files by their number.
#[derive(Debug, Default, Clone)]
struct Names {
    files: BTreeMap<PathBuf, usize>,
    directories: Vec<PathBuf>,
}

impl Names {
    fn rename(&mut self, from: &Path, to: &Path) {
        let renamed = |path: &Path| match path.strip_prefix(from) {
            Ok(rest) if rest.as_os_str().is_empty() => to.to_owned(),
            Ok(rest) => to.join(rest),
            Err(_) => path.to_owned(),
        };
        self.files = std::mem::take(&mut self.files)
            .into_iter()
            // What had the name before is gone.
            .filter(|(path, _)| path != to)
            .map(|(path, file)| (renamed(&path), file))
            .collect();
        for path in &mut self.directories {
            *path = renamed(path);
        }
    }
}
