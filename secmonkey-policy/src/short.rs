//! Texts of a policy, at a length that a line bears.

use std::borrow::Cow;

/// No ARN that AWS accepts is longer, but any text may stand in a policy.
const LONG: usize = 256;

/// A text, cut where it is long.
pub fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONG) {
        Some((end, _)) => Cow::Owned(format!("{}...", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "ü".repeat(300);
        assert_eq!(short(&text).chars().count(), LONG + 3);
    }
}
