//! What a page declares of a check that no program does.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Check, Parameter};

/// The facts of a check as its page holds them, in a `json check` block: what stands in a
/// constant beside the function of a check that is written in Rust.
///
/// ```
/// use secmonkey_core::check::page::Page;
///
/// let page = "# User is no employee\n\
///     ```json check\n\
///     { \"id\": \"iam_user.no_employee\", \"technology\": \"iam_user\", \"score\": 5,\n\
///       \"reads\": [\"/UserName\"] }\n\
///     ```\n";
/// let declared = Page::parse(page)?.check.expect("it declares a check");
/// let check = declared.check(page, 1);
/// assert_eq!((&*check.id, check.title()), ("iam_user.no_employee", "User is no employee"));
/// # Ok::<_, secmonkey_core::check::page::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// As [`Check::id`].
    pub id: String,
    /// As [`Check::technology`].
    pub technology: String,
    /// As [`Check::score`].
    pub score: u8,
    /// As [`Check::reads`].
    #[serde(default)]
    pub reads: Vec<String>,
    /// As [`Check::world`].
    #[serde(default)]
    pub world: Vec<String>,
    /// As [`Check::doubts`].
    #[serde(default)]
    pub doubts: Vec<String>,
    /// As [`Check::timed`].
    #[serde(default)]
    pub timed: bool,
    /// As [`Check::part_of`].
    #[serde(default)]
    pub part_of: Option<String>,
    /// As [`Check::parameters`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
}

impl Declared {
    /// The check of which this is declared, with all of its page.
    #[must_use]
    pub fn check(self, page: &str, version: u32) -> Check {
        Check {
            id: self.id.into(),
            technology: self.technology.into(),
            version,
            score: self.score,
            reads: self.reads.into(),
            world: self.world.into(),
            doubts: self.doubts.into(),
            timed: self.timed,
            part_of: self.part_of.map(Cow::Owned),
            parameters: self.parameters.into(),
            page: Cow::Owned(page.to_owned()),
        }
    }
}
