//! Lists of texts that stand in a constant or are made at run time.

use serde::{Serialize, Serializer};

/// A list of texts, for facts that are written as constants beside the code and that can
/// just as well be read from a file at run time.
///
/// ```
/// use secmonkey_core::texts::Texts;
///
/// const READS: Texts = Texts::new(&["/Policy", "/Tags"]);
/// let made = Texts::from(vec!["/Policy".to_owned(), "/Tags".to_owned()]);
/// assert!(READS.contains("/Tags"));
/// assert_eq!(READS, made);
/// ```
#[derive(Debug, Clone)]
pub enum Texts {
    /// Those of a constant.
    Fixed(&'static [&'static str]),
    /// Those made at run time.
    Made(Vec<String>),
}

impl Texts {
    /// No texts.
    pub const NONE: Self = Self::Fixed(&[]);

    /// The texts of a constant.
    #[must_use]
    pub const fn new(texts: &'static [&'static str]) -> Self {
        Self::Fixed(texts)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (fixed, made): (&[&str], &[String]) = match self {
            Self::Fixed(texts) => (texts, &[]),
            Self::Made(texts) => (&[], texts),
        };
        fixed.iter().copied().chain(made.iter().map(String::as_str))
    }

    /// The first of them.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.iter().next()
    }

    /// Whether `text` is one of them.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.iter().any(|one| one == text)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Fixed(texts) => texts.len(),
            Self::Made(texts) => texts.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::Fixed(texts) => texts.is_empty(),
            Self::Made(texts) => texts.is_empty(),
        }
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self::NONE
    }
}

/// The same texts in the same order are the same list, wherever they stand.
impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Texts {}

impl From<Vec<String>> for Texts {
    fn from(texts: Vec<String>) -> Self {
        Self::Made(texts)
    }
}

impl<T: Into<String>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        Self::Made(texts.into_iter().map(Into::into).collect())
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
