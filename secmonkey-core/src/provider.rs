//! Providers: who runs accounts.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Who runs an account: `aws`, `gcp`, `github`.
///
/// The crate that reads a provider's accounts declares it as a constant. Only watchers of
/// a provider meet its accounts, and only its crate reads their settings.
///
/// ```
/// use secmonkey_core::provider::Provider;
///
/// const AWS: Provider = Provider::named("aws");
/// assert_eq!(AWS.as_str(), "aws");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Provider(Cow<'static, str>);

impl Provider {
    /// Nobody: what [`Technology::DEFAULT`](crate::technology::Technology::DEFAULT) says.
    pub const NOBODY: Self = Self(Cow::Borrowed(""));

    /// The provider of this name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Provider {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
