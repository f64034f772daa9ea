//! What an item is found by: the terms of its name, its ARN, its id and its configuration.
//!
//! A text is in lower case and cut into words of letters, digits, `.`, `-` and `_`, so that ids
//! and addresses stay whole. What is asked for by more than a text has terms of its own, each
//! kind behind a control character, which no word holds.

use std::cell::RefCell;
use std::collections::BTreeSet;

use ipnet::IpNet;
use serde_json::Value;

use crate::network;
use crate::query::language::read;
use crate::replay::ItemRow;

/// Member and scalar: `fromport=22`.
pub const PAIR: char = '\u{1}';
/// A block: its family, its first address and the length of its prefix, in hexadecimal.
pub const BLOCK: char = '\u{2}';
/// A word of what a policy names.
pub const PRINCIPAL: char = '\u{3}';
/// A tag, and a tag with its value.
pub const TAG: char = '\u{4}';
/// The technology, the region and the account.
pub const TECHNOLOGY: char = '\u{5}';
pub const REGION: char = '\u{6}';
pub const ACCOUNT: char = '\u{7}';
/// Something of it is too long to be a term: it may hold anything.
pub const LONG: &str = "\u{8}";

/// Longer words are no terms.
pub const LONGEST: usize = 128;

/// Words of a text in lower case, which may be pieces of an id or an address.
pub fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower.split(|c: char| !is_inside(c)).filter(|word| !word.is_empty())
}

/// Whether a character stands inside words.
pub fn is_inside(c: char) -> bool {
    c.is_alphanumeric() || c == '.' || c == '-' || c == '_'
}

/// Words as [`Names::Word`](crate::query::language::Names) means them.
pub fn whole_words(lower: &str) -> impl Iterator<Item = &str> {
    let joins = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    lower.split(move |c: char| !joins(c)).filter(|word| !word.is_empty())
}

/// A member with a scalar in it, both in lower case, where the scalar is one of few: what is
/// long or full of digits is found by itself.
pub fn pair(name: &str, value: &str) -> Option<String> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    (name.len() + value.len() <= 64 && value.len() <= 24 && digits <= 5)
        .then(|| format!("{PAIR}{name}={value}"))
}

/// A tag with its value, both in lower case.
pub fn tag(name: &str, value: &str) -> Option<String> {
    (name.len() + value.len() <= LONGEST).then(|| format!("{TAG}{name}={value}"))
}

/// The term of a block; terms of blocks sort as their first addresses do.
pub fn block(block: IpNet) -> String {
    match block.trunc() {
        IpNet::V4(net) => {
            format!("{BLOCK}4{:08x}{:02x}", net.network().to_bits(), net.prefix_len())
        }
        IpNet::V6(net) => {
            format!("{BLOCK}6{:032x}{:02x}", net.network().to_bits(), net.prefix_len())
        }
    }
}

/// Every term of an item.
pub fn terms(row: &ItemRow, config: &Value) -> BTreeSet<String> {
    let mut all = Terms(BTreeSet::new());
    let key = &row.key;
    for (kind, text) in
        [(TECHNOLOGY, &key.technology), (REGION, &key.region), (ACCOUNT, &key.account.to_string())]
    {
        all.0.insert(format!("{kind}{}", text.to_lowercase()));
    }
    all.text(&row.name);
    all.text(&key.id);
    row.arn.iter().chain(&row.former).for_each(|text| all.text(text));
    all.value("", config);
    let all = RefCell::new(all);
    read::each_tag(config, &|name, value| {
        let (name, value) = (name.to_lowercase(), value.to_lowercase());
        let mut all = all.borrow_mut();
        match tag(&name, &value) {
            Some(tag) => all.0.extend([tag, format!("{TAG}{name}")]),
            None => all.long(),
        }
    });
    read::each_principal(config, &|text| all.borrow_mut().principal(text));
    all.into_inner().0
}

struct Terms(BTreeSet<String>);

impl Terms {
    fn long(&mut self) {
        self.0.insert(LONG.to_owned());
    }

    fn insert(&mut self, word: &str) {
        if word.len() > LONGEST {
            self.long();
        } else if !self.0.contains(word) {
            self.0.insert(word.to_owned());
        }
    }

    fn text(&mut self, text: &str) {
        words(&text.to_lowercase()).for_each(|word| self.insert(word));
    }

    /// A value, and the name of the member it is, or is an element of.
    fn value(&mut self, name: &str, value: &Value) {
        let text = match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.text(name);
                    self.value(name, value);
                }
                return;
            }
            Value::Array(elements) => {
                return elements.iter().for_each(|element| self.value(name, element));
            }
            Value::String(text) => {
                if let Some(found) = network::block(text) {
                    self.0.insert(block(found));
                }
                text.clone()
            }
            Value::Null => return,
            other => other.to_string(),
        };
        self.text(&text);
        if let Some(pair) = pair(&name.to_lowercase(), &text.to_lowercase()) {
            self.0.insert(pair);
        }
    }

    fn principal(&mut self, text: &str) {
        let lower = text.to_lowercase();
        let mut is_wordless = true;
        for word in whole_words(&lower) {
            is_wordless = false;
            if word.len() > LONGEST {
                self.long();
            } else {
                self.0.insert(format!("{PRINCIPAL}{word}"));
            }
        }
        // `*`: everybody.
        if is_wordless {
            if lower.len() > LONGEST {
                self.long();
            } else {
                self.0.insert(format!("{PRINCIPAL}={lower}"));
            }
        }
    }
}
