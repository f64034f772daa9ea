//! The variables of AWS's SDK, before it reads them: for some malformed ones it has no words.

use std::env;

use crate::error::Error;

/// A variable, whether it holds what it has to, and what that is.
type Expected = (&'static str, fn(&str) -> bool, &'static str);

const EXPECTED: [Expected; 5] = [
    ("AWS_ENDPOINT_URL", is_url, "a URL such as https://sts.eu-west-1.amazonaws.com"),
    ("AWS_REGION", is_region, "a region such as eu-west-1"),
    ("AWS_DEFAULT_REGION", is_region, "a region such as eu-west-1"),
    ("AWS_MAX_ATTEMPTS", is_count, "a number from 1 on"),
    ("AWS_RETRY_MODE", is_mode, "`standard` or `adaptive`"),
];

/// Refuses what the SDK could not read.
///
/// # Errors
/// Which variable holds what it cannot, and what it should hold.
pub fn require_readable() -> Result<(), Error> {
    require(|name| env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
}

fn require(value: impl Fn(&str) -> Option<String>) -> Result<(), Error> {
    for (name, fits, expected) in EXPECTED {
        if let Some(value) = value(name).filter(|value| !value.is_empty() && !fits(value)) {
            return Err(Error::usage(format!("{name} is `{value}`: set it to {expected}")));
        }
    }
    Ok(())
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    !host.is_empty() && !host.starts_with(':') && !text.contains(char::is_whitespace)
}

/// A label of a host name, as it becomes one.
fn is_region(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.len() <= 63 && text.chars().all(fits) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_count(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|number| number > 0)
}

fn is_mode(text: &str) -> bool {
    ["standard", "adaptive"].contains(&text.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_sdk_cannot_read_is_refused_by_name() {
        for (name, wrong) in [
            ("AWS_ENDPOINT_URL", "foo"),
            ("AWS_ENDPOINT_URL", "http://"),
            ("AWS_ENDPOINT_URL", "http://:80"),
            ("AWS_REGION", "not a region!"),
            ("AWS_DEFAULT_REGION", "eu_west_1"),
            ("AWS_MAX_ATTEMPTS", "many"),
            ("AWS_MAX_ATTEMPTS", "0"),
            ("AWS_RETRY_MODE", "often"),
        ] {
            let said = require(|one| (one == name).then(|| wrong.to_owned())).unwrap_err();
            let start = format!("{name} is `{wrong}`: ");
            assert!(said.code() == 2 && said.to_string().starts_with(&start), "{said}");
        }
    }

    #[test]
    fn what_it_reads_goes_through() {
        for (name, right) in [
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:5000"),
            ("AWS_ENDPOINT_URL", "https://[::1]:5000/path"),
            ("AWS_ENDPOINT_URL", ""),
            ("AWS_REGION", "us-gov-west-1"),
            ("AWS_RETRY_MODE", "Standard"),
            ("AWS_MAX_ATTEMPTS", "3"),
        ] {
            assert!(require(|one| (one == name).then(|| right.to_owned())).is_ok(), "{right}");
        }
    }
}
