//! Why an account cannot be entered.

use secmonkey_core::account::AccountId;

/// Why an account cannot be accessed. One line each: what failed, on what, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody provides credentials.
    #[error("no AWS credentials; looked for them in {0}")]
    Missing(String),
    /// Credentials are configured and cannot be used.
    #[error("the AWS credentials cannot be used: {0}")]
    Unusable(String),
    /// Credentials had a time and it is over.
    #[error("the AWS credentials have expired: {0}")]
    Expired(String),
    /// AWS does not accept the credentials.
    #[error("AWS does not accept the credentials: {0}")]
    Refused(String),
    /// The role of the account cannot be assumed.
    #[error("cannot assume {role}: {reason}")]
    Role {
        /// The role's ARN.
        role: String,
        /// What AWS said.
        reason: String,
    },
    /// What would be read belongs to another account.
    #[error("the credentials for account {expected} are of account {actual}")]
    OtherAccount {
        /// The account that is meant.
        expected: AccountId,
        /// The account the credentials are of.
        actual: String,
    },
    /// The variable of this name is to hold an endpoint and is empty.
    #[error("{0} is empty: name an endpoint, or unset it")]
    Endpoint(String),
    /// AWS could not be asked who we are.
    #[error("cannot ask AWS whose credentials these are: {0}")]
    Unreachable(String),
}
