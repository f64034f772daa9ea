//! AWS's actions with their access levels, and sets of them.
//!
//! ```
//! use secmonkey_policy::Pattern;
//! use secmonkey_policy::actions::{self, AccessLevel, Set};
//!
//! let put = actions::find("s3:putbucketpolicy").expect("S3 has it");
//! assert_eq!(put.to_string(), "s3:PutBucketPolicy");
//! assert_eq!(put.level, AccessLevel::PermissionsManagement);
//!
//! let allowed = Set::matching(&Pattern::plain("s3:*"));
//! let denied = Set::matching(&Pattern::plain("s3:Put*"));
//! let effective = allowed.difference(&denied);
//! assert!(effective.iter().all(|id| !id.action().name.starts_with("Put")));
//! ```
//!
//! What AWS has brought out since [`date`] is not in the table: that a set is empty means
//! that no *known* action is in it.

use std::cmp::Ordering;
use std::fmt;
use std::iter;
use std::ops::Range;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::pattern::Pattern;

/// What an action does, as AWS classifies it, the least harmful first.
///
/// Source: *Actions, resources, and condition keys for AWS services*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessLevel {
    /// Tells which resources there are, not what they hold: `s3:ListBucket`.
    List,
    /// Reads what a resource holds: `s3:GetObject`.
    Read,
    /// Changes tags, nothing else: `s3:PutObjectTagging`.
    Tagging,
    /// Makes, changes or deletes resources: `s3:DeleteBucket`. `iam:PassRole` is one of
    /// them, too.
    Write,
    /// Grants or changes permissions: `s3:PutBucketPolicy`.
    PermissionsManagement,
}

impl AccessLevel {
    /// By its letter in the table.
    fn of(letter: &str) -> Option<Self> {
        Some(match letter {
            "L" => Self::List,
            "R" => Self::Read,
            "T" => Self::Tagging,
            "W" => Self::Write,
            "P" => Self::PermissionsManagement,
            _ => return None,
        })
    }
}

/// As AWS prints it.
impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Tagging => "Tagging",
            Self::Write => "Write",
            Self::PermissionsManagement => "Permissions management",
        })
    }
}

/// Something that a policy can allow or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Action {
    /// The prefix of the service, in lower case: `s3`.
    pub service: &'static str,
    /// Its name as AWS writes it: `GetObject`.
    pub name: &'static str,
    /// What it does.
    pub level: AccessLevel,
}

impl Action {
    /// Whether it grants or changes permissions.
    ///
    /// As AWS's access levels say, but for what only reads, signs in or uses what was
    /// granted, and with the lists of permissions that services keep on their own.
    #[must_use]
    pub fn manages_permissions(&self) -> bool {
        let is = |list: &[&str]| {
            list.iter().any(|known| {
                known.split_once(':').is_some_and(|it| it == (self.service, self.name))
            })
        };
        if self.level == AccessLevel::PermissionsManagement {
            !READING.iter().any(|verb| self.name.starts_with(verb)) && !is(USING)
        } else {
            is(LISTS_OF_THEIR_OWN)
        }
    }
}

/// How the names of actions begin that only read, whatever their access level.
const READING: &[&str] =
    &["BatchGet", "Describe", "Get", "List", "Preview", "Search", "Validate", "View"];

/// What AWS calls management of permissions and is none: it signs in, or uses what others
/// granted. Source: *Actions, resources, and condition keys for AWS services* (2026-10-26).
const USING: &[&str] = &[
    "bedrock-agentcore:AuthorizeAction",
    "bedrock-agentcore:InvokeGateway",
    "bedrock-agentcore:InvokeWebSearch",
    "bedrock-agentcore:PartiallyAuthorizeActions",
    "cloudwatch:AssumeAccessProfile",
    "ds:AccessDSData",
    "entityresolution:UseIdNamespace",
    "entityresolution:UseWorkflow",
    "glue:DeregisterDataPreview",
    "glue:GlueNotebookAuthorize",
    "glue:GlueNotebookRefreshCredentials",
    "glue:RefreshOAuth2Tokens",
    "glue:RequestLogParsing",
    "glue:RunDataPreviewStatement",
    "glue:SendRecipeAction",
    "glue:StartNotebook",
    "glue:TerminateNotebook",
    "glue:TestConnection",
    "glue:UseGlueStudio",
    "managedblockchain:GET",
    "managedblockchain:Invoke",
    "managedblockchain:POST",
    "opensearch:ApplicationAccessAll",
    "rds-db:connect",
    "redshift:JoinGroup",
];

/// What changes who may do what by a list that the service keeps on its own, and which AWS
/// calls writing. Source: *Grant IAM users access to Kubernetes with EKS access entries*,
/// *IAM Identity Center: assign user access*.
const LISTS_OF_THEIR_OWN: &[&str] = &[
    "eks:AssociateAccessPolicy",
    "eks:CreateAccessEntry",
    "eks:UpdateAccessEntry",
    "sso:CreateAccountAssignment",
    "sso:PutInlinePolicyToPermissionSet",
];

/// As in a policy: `s3:GetObject`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.name)
    }
}

/// Every known action, sorted by its text in lower case.
#[must_use]
pub fn all() -> impl ExactSizeIterator<Item = Action> {
    let table = table();
    table.entries.iter().map(|entry| table.action(entry))
}

/// The action that a policy calls `text`, in whatever case.
#[must_use]
pub fn find(text: &str) -> Option<Action> {
    ActionId::find(text).map(ActionId::action)
}

/// The day of the data: what AWS brought out later is not known. `2026-10-26`.
#[must_use]
pub fn date() -> &'static str {
    table().date
}

/// The published data that the table is made of: `iam-floyd 0.851.0`.
#[must_use]
pub fn source() -> &'static str {
    table().source
}

/// Which action of the table, while the program runs: the next release counts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(u16);

impl ActionId {
    /// The action that a policy calls `text`, in whatever case.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let table = table();
        let found = table.entries.binary_search_by(|entry| ordered(table.text(entry), text));
        found.ok().map(Self::at)
    }

    /// The action itself.
    #[must_use]
    pub fn action(self) -> Action {
        let table = table();
        table.action(&table.entries[usize::from(self.0)])
    }

    #[expect(clippy::expect_used, reason = "a test counts the table")]
    fn at(index: usize) -> Self {
        Self(index.try_into().expect("the table is shorter"))
    }
}

/// A set of known actions: a bit for each.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Set {
    /// Beyond the last action all bits are zero.
    words: Box<[u64]>,
}

impl Set {
    /// No action.
    #[must_use]
    pub fn new() -> Self {
        Self { words: vec![0; table().entries.len().div_ceil(BITS)].into() }
    }

    /// Every known action.
    #[must_use]
    pub fn all() -> Self {
        let mut set = Self::new();
        set.fill(0..table().entries.len());
        set
    }

    /// The actions that a pattern of a policy's `Action` element matches.
    ///
    /// An action has no variables: `${` are two characters like any others.
    #[must_use]
    pub fn matching(pattern: &Pattern<'_>) -> Self {
        let mut set = Self::new();
        set.add_matching(pattern);
        set
    }

    /// Adds what a pattern matches.
    pub(crate) fn add_matching(&mut self, pattern: &Pattern<'_>) {
        let table = table();
        let text = pattern.as_str();
        let head = text.find(['*', '?']).unwrap_or(text.len());
        let (head, tail) = text.split_at(head);
        // All that start with the same text stand together, the shortest first.
        let range = table.starting_with(head);
        if tail.is_empty() {
            let first = table.entries[range.clone()].first();
            if first.is_some_and(|entry| usize::from(entry.length) == head.len()) {
                self.fill(range.start..range.start + 1);
            }
        } else if tail.bytes().all(|byte| byte == b'*') {
            self.fill(range);
        } else if !range.is_empty()
            && let Some(glob) = Glob::new(tail)
        {
            for index in range {
                if glob.matches(&table.text(&table.entries[index])[head.len()..]) {
                    self.insert(ActionId::at(index));
                }
            }
        }
    }

    /// Whether a pattern, as in [`matching`](Self::matching), matches an action that is in it.
    #[must_use]
    pub fn meets(&self, pattern: &Pattern<'_>) -> bool {
        let table = table();
        let text = pattern.as_str();
        let head = text.split(['*', '?']).next().unwrap_or(text);
        if head.len() == text.len() {
            return ActionId::find(text).is_some_and(|id| self.contains(id));
        }
        // Whichever is less to go through.
        if table.starting_with(head).len() <= self.len() {
            return !Self::matching(pattern).intersection(self).is_empty();
        }
        let Some(glob) = Glob::new(text) else { return false };
        self.iter().any(|id| glob.matches(table.text(&table.entries[usize::from(id.0)])))
    }

    /// Adds an action; `false` where it was in it.
    pub fn insert(&mut self, id: ActionId) -> bool {
        let (word, bit) = place(id);
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        new
    }

    /// Whether an action is in it.
    #[must_use]
    pub fn contains(&self, id: ActionId) -> bool {
        let (word, bit) = place(id);
        self.words[word] & bit != 0
    }

    /// What is in this, in the other, or in both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.with(other, |a, b| a | b)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.with(other, |a, b| a & !b)
    }

    /// Every known action that is not in it: what a `NotAction` names.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self::all().difference(self)
    }

    /// Whether no action is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// How many actions are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// What is in it, in the order of [`all`].
    pub fn iter(&self) -> impl Iterator<Item = ActionId> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let bits = iter::successors(Some(*word), |word| Some(word & word.wrapping_sub(1)));
            bits.take_while(|word| *word != 0)
                .map(move |word| ActionId::at(at * BITS + word.trailing_zeros() as usize))
        })
    }

    fn with(&self, other: &Self, both: impl Fn(u64, u64) -> u64) -> Self {
        Self { words: self.words.iter().zip(&other.words).map(|(a, b)| both(*a, *b)).collect() }
    }

    fn fill(&mut self, range: Range<usize>) {
        for word in range.start / BITS..range.end.div_ceil(BITS) {
            let from = range.start.saturating_sub(word * BITS);
            let to = (range.end - word * BITS).min(BITS);
            self.words[word] |= (u64::MAX >> (BITS - to)) & (u64::MAX << from);
        }
    }
}

impl Default for Set {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|id| id.action().to_string())).finish()
    }
}

impl Extend<ActionId> for Set {
    fn extend<I: IntoIterator<Item = ActionId>>(&mut self, ids: I) {
        for id in ids {
            self.insert(id);
        }
    }
}

impl FromIterator<ActionId> for Set {
    fn from_iter<I: IntoIterator<Item = ActionId>>(ids: I) -> Self {
        let mut set = Self::new();
        set.extend(ids);
        set
    }
}

/// How many bits a word of a set has.
const BITS: usize = u64::BITS as usize;

fn place(id: ActionId) -> (usize, u64) {
    let index = usize::from(id.0);
    (index / BITS, 1 << (index % BITS))
}

/// A pattern with wildcards, for many short ASCII texts.
///
/// All ways to match go through a text at once, a bit for each: bit `i` is set where the
/// first `i` characters of the pattern, its `*` left out, match what was read. So the time
/// is that of reading the text, whatever the pattern is.
struct Glob {
    /// Bit `i`: after `i` characters comes a `*`.
    stars: u128,
    /// By byte in lower case. Bit `i`: the next character matches it.
    next: [u128; 128],
    /// The bit of the whole pattern.
    whole: u128,
}

impl Glob {
    /// `None` where it is too long for any text, or holds what is not ASCII: then it
    /// matches none of the table.
    fn new(pattern: &str) -> Option<Self> {
        let mut glob = Self { stars: 0, next: [0; 128], whole: 1 };
        let mut any = 0;
        for byte in pattern.bytes() {
            if byte == b'*' {
                glob.stars |= glob.whole;
                continue;
            }
            if byte == b'?' {
                any |= glob.whole;
            } else {
                *glob.next.get_mut(usize::from(byte.to_ascii_lowercase()))? |= glob.whole;
            }
            glob.whole = glob.whole.checked_shl(1).filter(|whole| *whole != 0)?;
        }
        for next in &mut glob.next {
            *next |= any;
        }
        Some(glob)
    }

    fn matches(&self, text: &str) -> bool {
        let mut ways = 1;
        for byte in text.bytes() {
            let Some(next) = self.next.get(usize::from(byte.to_ascii_lowercase())) else {
                return false;
            };
            ways = (ways & next) << 1 | ways & self.stars;
            if ways == 0 {
                return false;
            }
        }
        ways & self.whole != 0
    }
}

/// What is read from the text in the program, once.
struct Table {
    source: &'static str,
    date: &'static str,
    /// `s3:GetObject` and so on, one after the other.
    texts: String,
    /// Sorted by the text in lower case.
    entries: Vec<Entry>,
}

struct Entry {
    /// Where its text starts.
    start: u32,
    /// How long the text is.
    length: u8,
    /// Where the colon is in it.
    colon: u8,
    level: AccessLevel,
}

/// Written by `cargo xtask actions`.
static TEXT: &str = include_str!("actions/table.txt");

#[expect(clippy::expect_used, reason = "the text is part of the program, every test reads it")]
fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table::read(TEXT).expect("the table is as its generator writes it"))
}

impl Table {
    /// The head of the text says how it is made.
    fn read(text: &'static str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n")?;
        let mut head = head.lines().filter(|line| !line.starts_with('#'));
        let (source, date) = head.next()?.rsplit_once(' ')?;
        let mut verbs = [None; 128];
        for line in head {
            let (letter, meaning) = line.split_once(' ')?;
            let (verb, level) = meaning.split_once(' ')?;
            *verbs.get_mut(usize::from(letter.bytes().next()?))? =
                Some((verb, AccessLevel::of(level)?));
        }

        let mut table = Self { source, date, texts: String::new(), entries: Vec::new() };
        let (mut service, mut first) = ("", 0);
        for line in body.lines() {
            if line.ends_with(':') {
                table.sort_from(first);
                (service, first) = (line, table.entries.len());
            } else if let Some((name, level)) = line.split_once('=') {
                table.add(service, [name, "", ""], AccessLevel::of(level)?)?;
            } else {
                let (thing, letters) = line.split_once(' ')?;
                let mut letters = letters.bytes().peekable();
                while let Some(letter) = letters.next() {
                    let (verb, level) = (*verbs.get(usize::from(letter))?)?;
                    let plural = if letters.next_if_eq(&b'+').is_some() { "s" } else { "" };
                    table.add(service, [verb, thing, plural], level)?;
                }
            }
        }
        table.sort_from(first);
        Some(table)
    }

    fn add(&mut self, service: &str, name: [&str; 3], level: AccessLevel) -> Option<()> {
        let start = self.texts.len();
        self.texts.push_str(service);
        self.texts.extend(name);
        self.entries.push(Entry {
            start: start.try_into().ok()?,
            length: (self.texts.len() - start).try_into().ok()?,
            colon: service.len().checked_sub(1)?.try_into().ok()?,
            level,
        });
        Some(())
    }

    /// Sorts the actions of a service; the services are in order.
    fn sort_from(&mut self, first: usize) {
        let entries = &mut self.entries[first..];
        let start = entries.first().map_or(0, |entry| entry.range().start);
        let lower = self.texts[start..].to_ascii_lowercase();
        let text = |entry: &Entry| &lower[entry.range().start - start..entry.range().end - start];
        entries.sort_unstable_by(|a, b| text(a).cmp(text(b)));
    }

    fn text(&self, entry: &Entry) -> &str {
        &self.texts[entry.range()]
    }

    fn action(&'static self, entry: &Entry) -> Action {
        let (service, name) = self.text(entry).split_at(usize::from(entry.colon));
        Action { service, name: &name[1..], level: entry.level }
    }

    /// The actions whose text starts so, in whatever case.
    fn starting_with(&self, head: &str) -> Range<usize> {
        let ordered = |entry: &Entry| {
            let text = self.text(entry);
            ordered(&text[..text.len().min(head.len())], head)
        };
        let start = self.entries.partition_point(|entry| ordered(entry).is_lt());
        let length = self.entries[start..].partition_point(|entry| ordered(entry).is_eq());
        start..start + length
    }
}

impl Entry {
    fn range(&self) -> Range<usize> {
        let start = self.start as usize;
        start..start + usize::from(self.length)
    }
}

/// The order of two texts in lower case.
fn ordered(a: &str, b: &str) -> Ordering {
    for (a, b) in a.bytes().zip(b.bytes()) {
        let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
        if a != b {
            return a.cmp(&b);
        }
    }
    a.len().cmp(&b.len())
}

#[cfg(test)]
mod tests;
