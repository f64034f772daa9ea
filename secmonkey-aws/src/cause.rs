//! Chains of causes, as one line.

use std::error::Error as StdError;

use secmonkey_core::outside::line;

/// The first error of a type in a chain of causes.
pub fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// A chain of causes in one line; what only repeats its cause is said once.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let word = error.to_string();
        words.retain(|before| !word.contains(before.as_str()));
        if !words.iter().any(|before| before.contains(&word)) {
            words.push(word);
        }
        next = error.source();
    }
    line(&words.join(": "))
}
