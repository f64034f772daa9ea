//! Operations of AWS, as constants beside the calls that use them.

use std::borrow::Cow;

/// An operation, named as its permission.
///
/// ```
/// use secmonkey_aws::operation::Operation;
///
/// const POLICY: Operation =
///     Operation::new("s3:GetBucketPolicy").absent(&["NoSuchBucketPolicy"]);
/// assert!(POLICY.says_absent("NoSuchBucketPolicy"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The permission that it needs: `s3:GetBucketPolicy`.
    pub permission: &'static str,
    /// The codes of errors by which it says that there is none. Any other error says
    /// nothing, and what was known stays.
    pub absent: &'static [&'static str],
}

impl Operation {
    /// An operation that never says that there is none.
    #[must_use]
    pub const fn new(permission: &'static str) -> Self {
        Self { permission, absent: &[] }
    }

    /// The same, which says that there is none by these codes.
    #[must_use]
    pub const fn absent(self, codes: &'static [&'static str]) -> Self {
        Self { absent: codes, ..self }
    }

    /// Whether the code of an error says that there is none.
    #[must_use]
    pub fn says_absent(&self, code: &str) -> bool {
        self.absent.contains(&code)
    }
}

impl From<Operation> for Cow<'static, str> {
    fn from(operation: Operation) -> Self {
        Cow::Borrowed(operation.permission)
    }
}
