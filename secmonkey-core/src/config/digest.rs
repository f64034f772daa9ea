//! The digest of a configuration.

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The first half of SHA-256 over the canonical text of a configuration.
///
/// It tells two configurations of one item apart and finds accidents: a patch that
/// was applied to the wrong state, a bug in a fold. 128 bits are plenty for that,
/// and every event carries them. Whether somebody edited the log is the hash
/// chain's business ([`Hash`](crate::event::Hash)), which covers these bytes too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of a configuration, computed while it is serialised: the text
    /// never exists as a whole.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "a `Value` has text keys and the sink takes all"
    )]
    pub fn of(config: &Value) -> Self {
        let mut sink = Sink(Sha256::new());
        serde_json::to_writer(&mut sink, config).expect("a JSON value always serialises");
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&sink.0.finalize()[..16]);
        Self(bytes)
    }
}

impl Digest {
    /// A digest that does not depend on the order of lists: for configurations that are too
    /// large to be put into canonical form.
    #[must_use]
    pub fn of_unordered(config: &Value) -> Self {
        let mut sha = Sha256::new();
        match config {
            Value::Array(elements) => {
                let mut all: Vec<_> = elements.iter().map(Self::of_unordered).collect();
                all.sort_unstable();
                sha.update(b"[");
                for one in all {
                    sha.update(one.0);
                }
            }
            Value::Object(members) => {
                sha.update(b"{");
                for (name, member) in members {
                    sha.update(Self::of(&Value::String(name.clone())).0);
                    sha.update(Self::of_unordered(member).0);
                }
            }
            scalar => return Self::of(scalar),
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&sha.finalize()[..16]);
        Self(bytes)
    }
}

/// Hashes what is written to it. The hasher gathers blocks of its own: a buffer
/// before it only costs time.
struct Sink(Sha256);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest: expected 32 hexadecimal digits")]
pub struct InvalidDigest(String);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `from_str_radix` alone would take a leading `+`.
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidDigest(text.to_owned()));
        }
        u128::from_str_radix(text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| InvalidDigest(text.to_owned()))
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_digest_is_the_first_half_of_sha_256_over_the_text() {
        // printf '{"a":[1,"b"]}' | sha256sum
        let digest = Digest::of(&json!({"a": [1, "b"]}));
        assert_eq!(digest.to_string(), "ee70aef572200b15408cec63724334e0");
        let long = Value::from(vec!["x".repeat(700); 9]);
        let whole = Sha256::digest(long.to_string());
        assert_eq!(Digest::of(&long).0, whole[..16]);
    }

    #[test]
    fn the_order_of_lists_makes_no_difference_to_an_unordered_digest() {
        let digest = |value| Digest::of_unordered(&value);
        let one = digest(json!({"a": [1, {"b": ["x", "y"]}], "c": null}));
        assert_eq!(one, digest(json!({"c": null, "a": [{"b": ["y", "x"]}, 1]})));
        for other in [
            json!({"a": [1, {"b": ["x", "z"]}], "c": null}),
            json!({"a": [1, 1, {"b": ["x", "y"]}], "c": null}),
            json!({"a": {"b": ["x", "y"]}, "c": null}),
            json!([]),
            json!({}),
        ] {
            assert_ne!(one, digest(other));
        }
        assert_ne!(digest(json!([])), digest(json!({})));
    }

    #[test]
    fn a_digest_reads_back_what_it_prints() {
        let digest = Digest([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 254, 255]);
        assert_eq!(digest.to_string(), "000102030405060708090a0b0c0dfeff");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        for text in
            ["", "00", "+00102030405060708090a0b0c0dfeff", "zz0102030405060708090a0b0c0dfeff"]
        {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
