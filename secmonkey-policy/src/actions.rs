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
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn matching(pattern: &str) -> Set {
        Set::matching(&Pattern::plain(pattern))
    }

    /// What the pattern matches, action by action.
    fn naive(pattern: &str) -> Set {
        let pattern = Pattern::plain(pattern);
        let texts = all().map(|action| action.to_string()).enumerate();
        texts
            .filter(|(_, text)| pattern.matches_ignoring_case(text))
            .map(|(index, _)| ActionId::at(index))
            .collect()
    }

    fn texts(set: &Set) -> Vec<String> {
        set.iter().map(|id| id.action().to_string()).collect()
    }

    proptest! {
        #[test]
        fn a_set_meets_what_matches_something_in_it(
            pattern in "(s3|iam|ec2|\\*|)(:|)[*?]{0,2}(get|put|list|pass)?[*?a-d]{0,3}",
            other in "(s3|iam|\\*):(get|create|[a-d])\\*",
        ) {
            let set = matching(&other);
            let met = !matching(&pattern).intersection(&set).is_empty();
            prop_assert_eq!(set.meets(&Pattern::plain(&pattern)), met);
        }
    }

    #[test]
    fn actions_have_the_level_that_aws_gives_them() {
        for (text, level) in [
            ("apigateway:GET", AccessLevel::Read),
            ("bedrock:InvokeModel", AccessLevel::Read),
            ("bedrock-agentcore:InvokeAgentRuntime", AccessLevel::Write),
            ("ec2:AuthorizeSecurityGroupIngress", AccessLevel::Write),
            ("ec2:CreateTags", AccessLevel::Tagging),
            ("ec2:DescribeInstances", AccessLevel::List),
            ("ec2:ModifySnapshotAttribute", AccessLevel::PermissionsManagement),
            ("iam:AttachUserPolicy", AccessLevel::PermissionsManagement),
            ("iam:CreatePolicyVersion", AccessLevel::PermissionsManagement),
            ("iam:PassRole", AccessLevel::Write),
            ("kinesis:CreateChannel", AccessLevel::Write),
            ("kms:CreateGrant", AccessLevel::PermissionsManagement),
            ("kms:Decrypt", AccessLevel::Write),
            ("lambda:AddPermission", AccessLevel::PermissionsManagement),
            ("s3:GetObject", AccessLevel::Read),
            ("s3:ListAllMyBuckets", AccessLevel::List),
            ("s3:ListBucket", AccessLevel::List),
            ("s3:PutBucketPolicy", AccessLevel::PermissionsManagement),
            ("s3:PutObjectTagging", AccessLevel::Tagging),
            ("s3tables:PutTableBucketPolicy", AccessLevel::PermissionsManagement),
            ("secretsmanager:GetSecretValue", AccessLevel::Read),
            ("sqs:AddPermission", AccessLevel::PermissionsManagement),
            ("sts:AssumeRole", AccessLevel::Write),
        ] {
            let action = find(text).unwrap_or_else(|| panic!("no {text}"));
            assert_eq!((action.to_string().as_str(), action.level), (text, level));
        }
    }

    #[test]
    fn levels_are_written_as_aws_and_our_records_write_them() {
        let level = AccessLevel::PermissionsManagement;
        assert_eq!(level.to_string(), "Permissions management");
        assert_eq!(serde_json::to_string(&level).unwrap(), "\"permissions_management\"");
        assert!(AccessLevel::List < AccessLevel::Read && AccessLevel::Write < level);
    }

    #[test]
    fn the_table_is_small_and_says_where_it_comes_from() {
        assert!(TEXT.len() < 300_000, "{} bytes", TEXT.len());
        assert!(source().starts_with("iam-floyd "), "{}", source());
        let parts: Vec<_> = date().split('-').map(|part| part.parse::<u16>().unwrap()).collect();
        assert!(matches!(parts[..], [2026..=2099, 1..=12, 1..=31]), "{}", date());
    }

    #[test]
    fn every_action_is_found_where_it_stands() {
        let table = table();
        assert!((20_000..usize::from(u16::MAX)).contains(&table.entries.len()));
        let lower: Vec<_> = all().map(|action| action.to_string().to_ascii_lowercase()).collect();
        assert!(lower.is_sorted_by(|a, b| a < b));
        for (index, lower) in lower.iter().enumerate() {
            let id = ActionId::find(&lower.to_ascii_uppercase());
            assert_eq!(id, Some(ActionId::at(index)), "{lower}");
            assert!(lower.is_ascii() && lower.len() < 127, "a Glob would not read {lower}");
        }
    }

    #[test]
    fn what_is_no_action_is_not_found() {
        for text in ["", "s3", "s3:", "s3:Get", "s3:GetObjects", "S3GetObject", "s3:Gét", "*"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn wildcards_match_what_a_scan_matches() {
        for pattern in [
            "*",
            "**",
            "*:*",
            "*:Get*",
            "*GET*",
            "?3:*",
            "s3:*",
            "S3:get*",
            "s3:Get?bject",
            "s3:Get??ject*",
            "s3:*Object",
            "s3:*Object*Acl",
            "s3*",
            "s3:*:*",
            "s3:",
            "s3:GetObject*",
            "s3:GetObject?*",
            "iam:PassRole",
            "iam:*pass*role*",
            "*?",
            "???:*e*e*",
            "a*",
            "z*",
            "xray:*",
            "",
            "?",
            "nosuch:*",
            "s3:Gét*",
            "s3:*é*",
            "s3:${*}",
        ] {
            assert_eq!(matching(pattern), naive(pattern), "{pattern}");
        }
        assert_eq!(matching("*").len(), all().len());
        assert_eq!(texts(&matching("S3:getbucketa*")), ["s3:GetBucketAbac", "s3:GetBucketAcl"]);
        let own = ["s3:GetObject"];
        assert_eq!(texts(&matching("s3:GetObject")), own);
        assert_eq!(texts(&matching("S3:GETOBJECT")), own);
    }

    #[test]
    fn a_wildcard_that_is_built_to_explode_does_not() {
        let many = 1 << 20;
        assert_eq!(matching(&"*".repeat(many)), Set::all());
        assert!(matching(&"?".repeat(many)).is_empty());
        assert!(matching(&"*a".repeat(many)).is_empty());
        assert!(matching(&"a".repeat(many)).is_empty());
        assert_eq!(matching(&format!("s{}:GetObject", "*".repeat(many))), naive("s*:GetObject"));
        assert!(matching(&"*e?".repeat(30)).len() < 100);
    }

    #[test]
    fn not_action_is_the_complement() {
        let named = matching("iam:*").union(&matching("sts:*"));
        let others = named.complement();
        assert!(!others.is_empty() && named.intersection(&others).is_empty());
        assert_eq!(named.union(&others), Set::all());
        assert_eq!(others.complement(), named);
        assert!(others.iter().all(|id| !["iam", "sts"].contains(&id.action().service)));
        assert_eq!(Set::all().complement(), Set::new());
    }

    /// A text of an action in which something became a wildcard.
    fn pattern() -> impl Strategy<Value = String> {
        let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, 0..4), 1..4);
        (0..all().len(), edits).prop_map(|(action, edits)| {
            let mut text = all().nth(action).unwrap().to_string();
            for (at, length, kind) in edits {
                let from = at.index(text.len() + 1);
                let to = (from + length).min(text.len());
                let new = match kind {
                    0 => "*".to_owned(),
                    1 => "?".repeat(to - from),
                    2 => text[from..to].to_ascii_uppercase(),
                    _ => "?*".to_owned(),
                };
                text.replace_range(from..to, &new);
            }
            text
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_pattern_matches_what_a_scan_matches(pattern in pattern()) {
            prop_assert_eq!(matching(&pattern), naive(&pattern));
        }
    }

    proptest! {
        #[test]
        fn a_glob_matches_as_a_pattern(pattern in "[ab?*]{0,12}", text in "[abAB]{0,12}") {
            let expected = Pattern::plain(&pattern).matches_ignoring_case(&text);
            prop_assert_eq!(Glob::new(&pattern).unwrap().matches(&text), expected);
        }

        #[test]
        fn sets_are_sets(
            a in prop::collection::btree_set(0..all().len(), 0..200),
            b in prop::collection::btree_set(0..all().len(), 0..200),
        ) {
            let set = |of: &BTreeSet<usize>| of.iter().map(|&id| ActionId::at(id)).collect::<Set>();
            let (x, y) = (set(&a), set(&b));
            prop_assert_eq!(x.union(&y), set(&(&a | &b)));
            prop_assert_eq!(x.intersection(&y), set(&(&a & &b)));
            prop_assert_eq!(x.difference(&y), set(&(&a - &b)));
            prop_assert_eq!(x.len(), a.len());
            prop_assert_eq!(x.is_empty(), a.is_empty());
            prop_assert!(x.iter().map(|id| usize::from(id.0)).eq(a.iter().copied()));
            prop_assert!(y.iter().all(|id| x.contains(id) == a.contains(&usize::from(id.0))));
        }

        #[test]
        fn a_range_fills_its_bits(from in 0..400_usize, length in 0..400_usize) {
            let mut set = Set::new();
            set.fill(from..from + length);
            prop_assert!(set.iter().eq((from..from + length).map(ActionId::at)));
        }
    }
}
