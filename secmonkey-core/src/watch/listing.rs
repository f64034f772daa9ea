//! Listings, page by page, and the proof that one came to its end.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::{self, Debug, Write as _};
use std::future::Future;
use std::hash::{DefaultHasher, Hasher as _};

use super::{Cause, Error};

/// A listing of more elements than this is taken for one without an end, where nobody says
/// otherwise.
pub const MOST: usize = 1_000_000;
/// So many pages in a row may bring nothing new. AWS does answer with empty pages where it
/// looks through much to find little.
const BARREN: usize = 1_000;

/// Proof that a listing came to its end. Only [`Pages::end`] makes it, and it names what
/// was listed.
#[derive(Debug)]
pub struct Complete {
    operation: Cow<'static, str>,
    listed: usize,
}

impl Complete {
    /// The operation that listed.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// How many were listed.
    #[must_use]
    pub fn listed(&self) -> usize {
        self.listed
    }

    /// The proof for what is listed within each of several resources, such as the records
    /// of every zone: there has to be one for each resource that `outer` listed.
    ///
    /// # Errors
    /// Where one is missing: whose listing failed must not complete the others.
    pub fn within(
        outer: &Self,
        operation: impl Into<Cow<'static, str>>,
        inner: impl IntoIterator<Item = Self>,
    ) -> Result<Self, Error> {
        let operation = operation.into();
        let (mut proofs, mut listed) = (0, 0);
        for proof in inner.into_iter().filter(|proof| proof.operation == operation) {
            proofs += 1;
            listed += proof.listed;
        }
        if proofs == outer.listed {
            return Ok(Self { operation, listed });
        }
        let reason = format!("{proofs} of {} listings were read to their end", outer.listed);
        Err(Error::new(operation, Cause::Garbled, reason))
    }
}

/// One page of a listing.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page starts.
    pub next: Option<String>,
    /// Whether the provider said that there is more; `None` where it does not say.
    pub truncated: Option<bool>,
}

impl<T> Listed<T> {
    /// A page of a listing that names the next page wherever there is one.
    #[must_use]
    pub fn page(items: impl Into<Option<Vec<T>>>, next: Option<String>) -> Self {
        Self { items: items.into().unwrap_or_default(), next, truncated: None }
    }
}

/// Reads a listing page by page: `fetch` gets the token of the page it is to read.
///
/// ```
/// use secmonkey_core::watch::{Error, Listed, pages};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut listing = pages("ec2:DescribeThings", |token: Option<String>| async move {
///     Ok::<_, Error>(match token {
///         None => Listed::page(vec![1, 2], Some("more".into())),
///         Some(_) => Listed::page(vec![3], None),
///     })
/// });
/// let mut all = Vec::new();
/// while let Some(page) = listing.next().await? {
///     all.extend(page);
/// }
/// let proof = listing.end()?;
/// assert_eq!((all.as_slice(), proof.listed()), ([1, 2, 3].as_slice(), 3));
/// # Ok::<_, Error>(()) }).unwrap();
/// ```
pub fn pages<T, F, Fut>(operation: impl Into<Cow<'static, str>>, fetch: F) -> Pages<F>
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Listed<T>, Error>>,
{
    Pages {
        operation: operation.into(),
        fetch,
        place: Next::Start,
        seen: HashSet::new(),
        listed: 0,
        most: MOST,
        begun: HashSet::new(),
        barren: 0,
    }
}

/// A listing that is being read.
#[derive(Debug)]
pub struct Pages<F> {
    operation: Cow<'static, str>,
    fetch: F,
    place: Next,
    seen: HashSet<String>,
    listed: usize,
    most: usize,
    /// How the pages began so far, and how many of the last brought nothing new.
    begun: HashSet<u64>,
    barren: usize,
}

/// Where a listing goes on.
#[derive(Debug)]
enum Next {
    Start,
    At(String),
    End,
    Failed,
}

impl<F> Pages<F> {
    /// The same listing, of at most so many elements; [`MOST`] if nobody says.
    #[must_use]
    pub fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// Where the page could not be read, a token came twice, the provider said that there
    /// is more without saying where, or the listing seems to have no end.
    pub async fn next<T, Fut>(&mut self) -> Result<Option<Vec<T>>, Error>
    where
        F: FnMut(Option<String>) -> Fut,
        Fut: Future<Output = Result<Listed<T>, Error>>,
        T: Debug,
    {
        let token = match std::mem::replace(&mut self.place, Next::Failed) {
            Next::Start => None,
            Next::At(token) => Some(token),
            Next::End => {
                self.place = Next::End;
                return Ok(None);
            }
            Next::Failed => return Err(self.broken("the listing has failed before")),
        };
        let page = (self.fetch)(token).await?;
        self.place = match page.next.filter(|token| !token.is_empty()) {
            Some(_) if page.truncated == Some(false) => Next::End,
            Some(token) if self.seen.insert(token.clone()) => Next::At(token),
            Some(_) => return Err(self.broken("the same page token was returned twice")),
            None if page.truncated == Some(true) => {
                return Err(self.broken("the listing is truncated and names no next page"));
            }
            None => Next::End,
        };
        self.listed += page.items.len();
        self.bound(page.items.first())?;
        Ok(Some(page.items))
    }

    /// Whether the listing may still come to an end, as far as its pages tell.
    fn bound<T: Debug>(&mut self, first: Option<&T>) -> Result<(), Error> {
        let is_new = first.is_some_and(|first| self.begun.insert(beginning(first)));
        self.barren = if is_new { 0 } else { self.barren + 1 };
        let reason = if self.listed > self.most {
            format!("the listing has more than {} elements", self.most)
        } else if self.barren >= BARREN {
            format!("{BARREN} pages in a row brought nothing new")
        } else {
            return Ok(());
        };
        self.place = Next::Failed;
        Err(self.broken(&reason))
    }

    /// The proof that the listing came to its end.
    ///
    /// # Errors
    /// Where it did not.
    pub fn end(self) -> Result<Complete, Error> {
        match self.place {
            Next::End => Ok(Complete { operation: self.operation, listed: self.listed }),
            _ => Err(self.broken("the listing was not read to its end")),
        }
    }

    fn broken(&self, reason: &str) -> Error {
        Error::new(self.operation.clone(), Cause::Garbled, reason)
    }
}

/// A number for how the text of a value begins: enough to know a page again, for what a
/// few kilobytes cost.
fn beginning(value: &impl Debug) -> u64 {
    struct First(DefaultHasher, usize);

    impl fmt::Write for First {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            self.1 = self.1.checked_sub(text.len()).ok_or(fmt::Error)?;
            Ok(())
        }
    }

    let mut first = First(DefaultHasher::new(), 4_096);
    // An error says that there was enough.
    let _ = write!(first, "{value:?}");
    first.0.finish()
}
