//! Secret values: what the log holds in their place.
//!
//! A password in an environment variable must not stand in a log that is kept for ever,
//! yet whether it changed is worth knowing. So the log gets a digest under a key that
//! never enters it: equal values of one member of one item have equal digests, and nobody
//! without the key can try values.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::config::pattern::{Here, Rules};
use crate::item::Key;
use crate::technology::Technology;
use crate::watch::{Observed, Part};

/// The key under which secret values are digested.
///
/// Keep it beside the store or elsewhere, never in the log: without it, digests of new
/// readings cannot be compared with those that are recorded.
#[derive(Clone)]
pub struct DigestKey {
    id: String,
    key: [u8; 32],
}

impl DigestKey {
    /// The key of these bytes, which are to be random.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        // The id tells keys apart and says nothing about the key: a hash of it, cut.
        let hash = Sha256::new().chain_update(b"secmonkey digest key\0").chain_update(key);
        Self { id: hex::encode(&hash.finalize()[..4]), key }
    }

    /// What names the key in the log and in digests: eight hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The digest of the value that stands at `pointer` in an item: `hmac-sha256:ID:HEX`.
    /// Indexes of arrays stand as `*` in `pointer`: where a value moves it stays equal.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "HMAC takes keys of any length"
    )]
    pub fn digest(&self, item: &Key, pointer: &str, value: &Value) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        let value = value.to_string();
        for part in [item.to_string().as_str(), pointer, &value] {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let mut text = format!("hmac-sha256:{}:", self.id);
        text.push_str(&hex::encode(mac.finalize().into_bytes()));
        text
    }

    /// Puts digests in the place of what is secret in a resource.
    pub fn conceal(&self, item: &Key, technology: &Technology, observed: &mut Observed) {
        if technology.secret.is_empty() {
            return;
        }
        self.conceal_at("", item, technology, &mut observed.config);
        for (pointer, part) in &mut observed.parts {
            if let Part::Known(value) = part {
                self.conceal_at(pointer, item, technology, value);
            }
        }
    }

    /// The same in the value that stands at a pointer without indexes.
    fn conceal_at(&self, at: &str, item: &Key, technology: &Technology, value: &mut Value) {
        let (mut rules, mut here) = Rules::new(technology.secret.iter().map(|at| (at, ())));
        for segment in at.split('/').skip(1) {
            here = rules.enter_member(&here, segment);
        }
        let mut pointer = at.to_owned();
        self.walk(item, value, &mut rules, &here, &mut pointer);
    }

    fn walk(
        &self,
        item: &Key,
        value: &mut Value,
        rules: &mut Rules<'_, ()>,
        here: &Here,
        pointer: &mut String,
    ) {
        if rules.actions(here).next().is_some() {
            if !value.is_null() {
                *value = self.digest(item, pointer, value).into();
            }
            return;
        }
        if !rules.lead_to(here, |()| true) {
            return;
        }
        let length = pointer.len();
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let child = rules.enter_member(here, name);
                    pointer.push('/');
                    pointer.push_str(name);
                    self.walk(item, member, rules, &child, pointer);
                    pointer.truncate(length);
                    rules.leave(&child);
                }
            }
            Value::Array(elements) => {
                let child = rules.enter_element(here);
                pointer.push_str("/*");
                for element in elements {
                    self.walk(item, element, rules, &child, pointer);
                }
                pointer.truncate(length);
                rules.leave(&child);
            }
            _ => {}
        }
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::technology::Texts;

    const FUNCTION: Technology = Technology {
        secret: Texts::new(&["/Environment/Variables/*", "/Layers/*/Token"]),
        ..Technology::DEFAULT
    };

    fn key(id: &str) -> Key {
        format!("123456789012/function/eu-west-1/{id}").parse().unwrap()
    }

    fn concealed(digest: &DigestKey, id: &str, config: Value) -> Value {
        let mut observed = Observed::new(&FUNCTION, id, config)
            .with("/Environment", Part::Known(json!({ "Variables": { "PASSWORD": "hunter2" } })));
        digest.conceal(&key(id), &FUNCTION, &mut observed);
        let (_, Part::Known(part)) = observed.parts.remove(0) else { panic!("it was known") };
        observed.config["Environment"] = part;
        observed.config
    }

    #[test]
    fn secrets_are_digests_wherever_they_stand() {
        let digest = DigestKey::new([7; 32]);
        let config = json!({ "Name": "f", "Layers": [{ "Token": "a" }, { "Token": "a" }] });
        let shown = concealed(&digest, "f", config);
        let text = shown.to_string();
        assert!(!text.contains("hunter2"), "{text}");
        // Where a value moves it stays equal, so that a set keeps its order.
        assert_eq!(shown["Layers"][0]["Token"], shown["Layers"][1]["Token"]);
        assert_eq!(shown["Name"], "f");
        let password = shown["Environment"]["Variables"]["PASSWORD"].as_str().unwrap();
        assert!(password.starts_with(&format!("hmac-sha256:{}:", digest.id())), "{password}");
    }

    #[test]
    fn equal_values_elsewhere_have_other_digests() {
        let digest = DigestKey::new([7; 32]);
        let value = json!("hunter2");
        let one = digest.digest(&key("f"), "/A", &value);
        assert_eq!(one, digest.digest(&key("f"), "/A", &value));
        assert_ne!(one, digest.digest(&key("g"), "/A", &value));
        assert_ne!(one, digest.digest(&key("f"), "/B", &value));
        assert_ne!(one, digest.digest(&key("f"), "/A", &json!("hunter3")));
        assert_ne!(one, DigestKey::new([8; 32]).digest(&key("f"), "/A", &value));
    }

    #[test]
    fn the_key_itself_is_never_shown() {
        let shown = format!("{:?}", DigestKey::new([0xab; 32]));
        assert!(!shown.to_lowercase().contains("abab") && !shown.contains("171"), "{shown}");
    }
}
