//! Notifiers on AWS services.

#[cfg(feature = "ses")]
pub mod ses;
#[cfg(feature = "sns")]
pub mod sns;

use secmonkey_core::notify::Error;
use secmonkey_core::watch::{self, Cause};

/// What of a call that failed means for the message: whether it may be delivered later.
fn undelivered(error: &watch::Error) -> Error {
    match error.cause {
        Cause::Throttled | Cause::Unreachable | Cause::Garbled => {
            Error::Unavailable(error.to_string())
        }
        _ => Error::Refused(error.to_string()),
    }
}
