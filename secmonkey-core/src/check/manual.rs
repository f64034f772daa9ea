//! What the page of a check tells people.

use super::Check;
use super::page::Page;

/// What the page of a check tells people, as Markdown without the examples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manual {
    /// What it finds and why that matters.
    pub why: String,
    /// How to mend it.
    pub fix: String,
}

impl Check {
    /// What its page tells people.
    #[must_use]
    pub fn manual(&self) -> Manual {
        Manual::of(&self.page)
    }
}

impl Manual {
    /// The manual in a page, whose words `**Fix:**` part why from how.
    #[must_use]
    pub fn of(page: &str) -> Self {
        let text = Page::parse(page).map_or_else(|_| page.to_owned(), |page| page.text);
        let (why, fix) = text.split_once("**Fix:**").unwrap_or((&text, ""));
        Self { why: told(why), fix: told(fix) }
    }

    /// How to mend it, in one line: the first sentence.
    #[must_use]
    pub fn short_fix(&self) -> String {
        let words: Vec<_> = self.fix.split_whitespace().collect();
        let text = words.join(" ");
        match text.find(". ") {
            Some(end) => text[..end].to_owned(),
            None => text.trim_end_matches('.').to_owned(),
        }
    }
}

/// The paragraphs without those that lead over to an example.
fn told(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim);
    let kept: Vec<_> = paragraphs.filter(|text| !text.is_empty() && !text.ends_with(':')).collect();
    kept.join("\n\n").replace("**", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Queue is not encrypted\n\nMessages rest in the **clear**.\n\n\
                        **Fix:** turn on\nSSE-SQS. It is free.\n\nThis passes:\n\n\
                        ```json pass\n{}\n```\n";

    #[test]
    fn a_page_says_why_and_how() {
        let manual = Manual::of(PAGE);
        assert_eq!(manual.why, "Messages rest in the clear.");
        assert_eq!(manual.fix, "turn on\nSSE-SQS. It is free.");
        assert_eq!(manual.short_fix(), "turn on SSE-SQS");
    }

    #[test]
    fn a_page_without_a_fix_has_none() {
        let manual = Manual::of("# Open\n\nIt is open.\n");
        assert_eq!((manual.fix.as_str(), manual.short_fix().as_str()), ("", ""));
    }
}
