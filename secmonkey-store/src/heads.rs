//! `heads.log`: where the log's head was, line by line, beside the log it is about.
//!
//! The hash chain tells if the past was edited, but not if the last events were cut
//! off. A head that was written down before tells; better still one kept elsewhere.
//!
//! A line is a JSON object, a space, and the first eight digits of the object's SHA-256.
//! It says how many scans had ended by then, and by the line before: the log knows how many
//! there were, so that the loss of lines is seen, too, be it in the middle, at the end or of
//! all. Scans that end at the same time may have one line.

use std::fs;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use secmonkey_core::log::Head;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::private;

/// The name of the file in a store.
pub const FILE: &str = "heads.log";

/// Held by who writes the file: two at once would cut each other's lines. It knows how many
/// scans had ended by the last line, whatever became of the file since; `None` where nobody
/// knows.
#[derive(Default)]
pub struct Turn(Mutex<Option<u64>>);

impl Turn {
    /// The last line is of after so many scans.
    pub const fn after(scans: u64) -> Self {
        Self(Mutex::new(Some(scans)))
    }
}

/// A head that was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// How many scans had ended by then; `None` in lines of before it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scans: Option<u64>,
    /// How many had ended by the line before; `None` where that was not known, and in lines
    /// of before it was written down: then it is one less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Somebody knows that lines before this one are lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renewed: bool,
}

impl Line {
    fn parse(text: &str) -> Option<Self> {
        if let Some((json, sum)) = text.rsplit_once("} ") {
            let json = format!("{json}}}");
            return if sum == self::sum(&json) { serde_json::from_str(&json).ok() } else { None };
        }
        let line: Self = serde_json::from_str(text).ok()?;
        // Only those of before had no sum.
        line.scans.is_none().then_some(line)
    }

    fn text(&self) -> io::Result<String> {
        let json = serde_json::to_string(self)?;
        let sum = sum(&json);
        Ok(format!("{json} {sum}\n"))
    }
}

fn sum(json: &str) -> String {
    hex::encode(&Sha256::digest(json)[..4])
}

/// What the file holds.
#[derive(Debug, Default)]
pub struct Heads {
    /// The heads in the order they were written; an `Err` holds a line that is none.
    pub lines: Vec<Result<Line, String>>,
}

impl Heads {
    /// Reads the file; one that is not there holds nothing.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(Self::parse(&read_text(path)?))
    }

    fn parse(text: &str) -> Self {
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let lines = text[..whole].lines();
        Self { lines: lines.map(|it| Line::parse(it).ok_or_else(|| it.to_owned())).collect() }
    }

    fn known(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter().flatten()
    }

    /// The furthest head.
    pub fn last(&self) -> Option<Head> {
        self.known().map(|line| line.head).max_by_key(|head| head.position)
    }

    /// How many of the last scans of a log with so many have no head here.
    pub fn behind(&self, scans: u64) -> u64 {
        match self.known().next_back() {
            Some(Line { scans: Some(last), .. }) => scans.saturating_sub(*last),
            // Of before they were counted.
            Some(_) => 0,
            None => scans,
        }
    }

    /// The scans, by their number in the log, whose heads are lost: runs of first and last.
    /// The last scan of all is not missed: its process may have died before it wrote.
    pub fn lost(&self, scans: u64) -> Vec<(u64, u64)> {
        let mut gaps = Vec::new();
        let mut last = Some(0);
        for line in self.known() {
            let since = line.since.or(line.scans.map(|now| now.saturating_sub(1)));
            if let (Some(before), Some(since), false) = (last, since, line.renewed)
                && since > before
            {
                gaps.push((before + 1, since));
            }
            last = line.scans;
        }
        if let Some(last) = last
            && scans > last + 1
        {
            gaps.push((last + 1, scans));
        }
        gaps
    }
}

/// Adds a head, durably: what `line` makes once it is its turn. A line that a crash cut short
/// goes.
pub fn publish(path: &Path, line: impl FnOnce() -> Line, turn: &Turn) -> io::Result<()> {
    let mut last = turn.0.lock().unwrap_or_else(PoisonError::into_inner);
    let line = line();
    // A line that is copied knows what was before it.
    let line = Line { since: line.since.or(*last), ..line };
    let known = fs::read(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(Vec::new()),
        _ => Err(error),
    })?;
    let whole = known.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut file = private::file().open(path)?;
    if whole < known.len() {
        file.set_len(whole as u64)?;
    }
    file.seek(SeekFrom::End(0))?;
    file.write_all(line.text()?.as_bytes())?;
    file.sync_all()?;
    *last = line.scans;
    path.parent().map_or(Ok(()), crate::disk::sync)
}

fn read_text(path: &Path) -> io::Result<String> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use secmonkey_core::event::{Hash, Position};

    use super::*;

    fn line(scans: u64) -> Line {
        let head = Head { position: Position(scans * 10), hash: Hash::START, recorded_at: None };
        Line { scans: Some(scans), since: None, head, renewed: false }
    }

    fn text(scans: &[u64]) -> String {
        scans.iter().map(|scans| line(*scans).text().unwrap()).collect()
    }

    #[test]
    fn lines_that_are_lost_are_missed_wherever_they_were() {
        for (kept, lost, behind) in [
            (&[1, 2, 3, 4][..], vec![], 0),
            // The last process died before it wrote.
            (&[1, 2, 3], vec![], 1),
            (&[1, 2], vec![(3, 4)], 2),
            (&[1, 4], vec![(2, 3)], 0),
            (&[3, 4], vec![(1, 2)], 0),
            (&[], vec![(1, 4)], 4),
            // Written down more than once a scan.
            (&[1, 1, 2, 2, 3, 4], vec![], 0),
        ] {
            let heads = Heads::parse(&text(kept));
            assert_eq!((heads.lost(4), heads.behind(4)), (lost, behind), "{kept:?}");
        }
    }

    #[test]
    fn scans_that_end_at_the_same_time_are_not_missed_and_lines_that_go_are() {
        let folder = tempfile::tempdir().unwrap();
        let (path, turn) = (folder.path().join(FILE), Turn::after(0));
        let read = || Heads::read(&path).unwrap();
        // Two scans ended before the first of them wrote, then one, then three.
        for scans in [2, 2, 3, 6, 6, 6] {
            publish(&path, || line(scans), &turn).unwrap();
        }
        assert_eq!((read().lost(6), read().behind(6)), (vec![], 0));

        // Somebody takes lines away: the next one tells, from the same process and from another.
        let whole = fs::read_to_string(&path).unwrap();
        let two: String = whole.split_inclusive('\n').take(2).collect();
        for turn in [turn, Turn::after(6)] {
            fs::write(&path, &two).unwrap();
            publish(&path, || line(7), &turn).unwrap();
            assert_eq!(read().lost(7), [(3, 6)]);
        }
    }

    #[test]
    fn a_changed_line_is_none() {
        let whole = line(7).text().unwrap();
        assert_eq!(Heads::parse(&whole).lines, [Ok(line(7))]);
        let end = whole.len() - 1;
        for at in 0..end {
            let mut bytes = whole.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = Heads::parse(&String::from_utf8_lossy(&bytes));
            assert!(changed.lines.iter().all(Result::is_err), "byte {at}: {changed:?}");
        }
        for cut in 1..end {
            // A line feed behind a cut line.
            let changed = Heads::parse(&format!("{}\n", &whole[..cut]));
            assert!(changed.lines.iter().all(Result::is_err), "cut at {cut}: {changed:?}");
        }
    }

    #[test]
    fn lines_of_before_they_were_counted_are_heads_and_nothing_is_missed_among_them() {
        let old = r#"{"position":3,"hash":"0000000000000000000000000000000000000000000000000000000000000000","recorded_at":null}"#;
        let heads = Heads::parse(&format!("{old}\n{old}\n"));
        assert_eq!(heads.last().map(|head| head.position), Some(Position(3)));
        assert_eq!((heads.lost(9), heads.behind(9)), (vec![], 0));
        let heads = Heads::parse(&format!("{old}\n{}", text(&[9, 10])));
        assert_eq!((heads.lost(10), heads.behind(10)), (vec![], 0));
    }

    #[test]
    fn a_renewed_line_ends_the_search_for_those_before() {
        let renewed = Line { renewed: true, ..line(8) };
        let heads = Heads::parse(&format!("{}{}", text(&[1, 2]), renewed.text().unwrap()));
        assert_eq!((heads.lost(8), heads.behind(8)), (vec![], 0));
    }
}
