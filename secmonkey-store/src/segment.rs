//! A segment: events of a log in a file, for keeping and for moving them.
//!
//! It is a zstd frame; inflated, it is lines that end in a line feed:
//!
//! | line | what |
//! |---|---|
//! | first | the [`Header`], a JSON object |
//! | two an event | its header and its body as the log stores them: what the hash chain covers |
//! | last | a JSON object with the `digest`, SHA-256 over all lines before it |
//!
//! A file may hold several, one behind the other. The header names the hash chain before and
//! after the events and the digest of the segment before, so that none can be left out, put
//! elsewhere or come from another log.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::path::{Path, PathBuf};

use secmonkey_core::event::{Hash, Position, Stored};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zstd::stream::{read::Decoder, write::Encoder};

use crate::error::{Error, failed};

/// What a header begins with. Another layout gets another number, and this one is read for
/// ever.
const FORMAT: &str = "secmonkey-segment/1";

/// No line is longer: no event is, and a damaged file must not ask for all memory.
const LARGEST: u64 = 256 << 20;

/// No segment inflates to more.
const WHOLE: u64 = 4 * LARGEST;

/// Written once and read seldom, so that size counts for more than speed.
const LEVEL: i32 = 9;

/// What a segment says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    format: String,
    /// The log's name in checkpoints, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The position of its first event, and of its last.
    pub first: Position,
    pub last: Position,
    /// How many there are.
    pub count: u64,
    /// The hash chain before the first event, and after the last.
    pub before: Hash,
    pub after: Hash,
    /// The last position of the export that it was made for: where it is not this segment's,
    /// others have to follow.
    pub through: Position,
    /// The digest of the segment before it; none where the export begins with this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Hash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    digest: Hash,
}

/// Events that follow each other, with what is said of them.
#[derive(Debug)]
pub struct Segment {
    pub header: Header,
    pub events: Vec<Stored>,
    /// SHA-256 over its lines but the last.
    pub digest: Hash,
}

/// Where a segment stands.
pub struct Place {
    pub origin: Option<String>,
    /// The last position before it, and the hash chain up to there.
    pub behind: (Position, Hash),
    pub through: Position,
    pub previous: Option<Hash>,
}

/// Writes the lines and computes their digest.
struct Lines<W> {
    to: W,
    digest: Sha256,
}

impl<W: Write> Lines<W> {
    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        for part in [line, b"\n"] {
            self.digest.update(part);
            self.to.write_all(part)?;
        }
        Ok(())
    }
}

/// Writes events as a segment; gives its digest.
pub fn write(to: impl Write, place: Place, after: Hash, events: &[Stored]) -> io::Result<Hash> {
    let (behind, before) = place.behind;
    let count = events.len() as u64;
    let header = Header {
        format: FORMAT.to_owned(),
        origin: place.origin,
        first: Position(behind.0 + 1),
        last: Position(behind.0 + count),
        count,
        before,
        after,
        through: place.through,
        previous: place.previous,
    };
    let mut lines = Lines { to: Encoder::new(to, LEVEL)?, digest: Sha256::new() };
    lines.line(&serde_json::to_vec(&header)?)?;
    for event in events {
        lines.line(&event.header)?;
        lines.line(&event.body)?;
    }
    let digest = Hash(lines.digest.clone().finalize().into());
    lines.line(&serde_json::to_vec(&Footer { digest })?)?;
    lines.to.finish()?;
    Ok(digest)
}

/// Reads the segments of a file, each held against its digest and the hash chain.
pub struct Reader {
    path: PathBuf,
    lines: BufReader<Decoder<'static, BufReader<File>>>,
    /// The position that is to come, where it is known: of what cannot be read.
    at: Position,
}

impl Reader {
    pub fn open(path: &Path, first: Position) -> Result<Self, Error> {
        let file = File::open(path).map_err(failed("open", path))?;
        let decoder = Decoder::new(file).map_err(failed("read", path))?;
        Ok(Self { path: path.to_owned(), lines: BufReader::new(decoder), at: first })
    }

    fn damaged(&self, reason: impl Into<String>) -> Error {
        let (path, position) = (self.path.clone(), self.at);
        Error::Segment { path, position, reason: reason.into() }
    }

    /// The next segment; `None` behind the last.
    pub fn next(&mut self) -> Result<Option<Segment>, Error> {
        let mut left = WHOLE;
        let mut digest = Sha256::new();
        let mut line = |reader: &mut Self| -> Result<Option<Vec<u8>>, Error> {
            let line = reader.line(left.min(LARGEST))?;
            left = left.saturating_sub(line.as_ref().map_or(0, |line| line.len() as u64 + 1));
            Ok(line)
        };
        let mut hashed = |line: &[u8]| {
            digest.update(line);
            digest.update(b"\n");
        };
        let Some(first) = line(self)? else { return Ok(None) };
        let header = self.parse_header(&first)?;
        hashed(&first);
        let (mut events, mut hash) = (Vec::new(), header.before);
        while self.at <= header.last {
            let (Some(header), Some(body)) = (line(self)?, line(self)?) else {
                return Err(self.damaged("it is cut short"));
            };
            let stored = Stored { header, body };
            let envelope = stored.decode(&hash).map_err(|error| self.damaged(error.to_string()))?;
            // Nobody has to sign what he wants to have imported.
            envelope.stream.check().map_err(|error| self.damaged(error.to_string()))?;
            if envelope.position != self.at {
                return Err(self.damaged(format!("the event of {} is here", envelope.position)));
            }
            hash = envelope.hash;
            hashed(&stored.header);
            hashed(&stored.body);
            events.push(stored);
            self.at.0 += 1;
        }
        let footer = line(self)?.ok_or_else(|| self.damaged("its digest is missing"))?;
        // Whatever is wrong with the whole is told of its first event.
        let next = std::mem::replace(&mut self.at, header.first);
        let Ok(Footer { digest: written }) = serde_json::from_slice(&footer) else {
            return Err(self.damaged("more stands in it than its header says"));
        };
        let digest = Hash(digest.finalize().into());
        if written != digest {
            return Err(self.damaged("its digest is not the one of its events"));
        }
        if hash != header.after {
            return Err(self.damaged("its events do not lead to the hash in its header"));
        }
        self.at = next;
        Ok(Some(Segment { header, events, digest }))
    }

    fn parse_header(&mut self, line: &[u8]) -> Result<Header, Error> {
        #[derive(Deserialize)]
        struct Format {
            format: String,
        }
        let format = serde_json::from_slice(line).map(|Format { format }| format);
        match format {
            Ok(format) if format == FORMAT => {}
            Ok(format) if format.starts_with("secmonkey-segment/") => {
                return Err(self.damaged(format!(
                    "it is a `{format}`, this release reads `{FORMAT}`: use a newer one"
                )));
            }
            _ => return Err(self.damaged("it does not begin as a segment does")),
        }
        let header: Header =
            serde_json::from_slice(line).map_err(|error| self.damaged(error.to_string()))?;
        let Header { first, last, count, through, .. } = header;
        if first.0 == 0 || last < first || count != last.0 - first.0 + 1 || through < last {
            return Err(self.damaged("its header contradicts itself"));
        }
        self.at = first;
        Ok(header)
    }

    /// The next line, which ends in a line feed and is no longer than this.
    fn line(&mut self, longest: u64) -> Result<Option<Vec<u8>>, Error> {
        let mut line = Vec::new();
        let read = self.lines.by_ref().take(longest + 1).read_until(b'\n', &mut line);
        read.map_err(|error| match error.raw_os_error() {
            Some(_) => failed("read", &self.path)(error),
            // What zstd says.
            None => self.damaged(format!("it is cut or damaged: {error}")),
        })?;
        match line.pop() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(line)),
            Some(_) => Err(self.damaged("a line is cut short, or longer than any event")),
        }
    }
}
