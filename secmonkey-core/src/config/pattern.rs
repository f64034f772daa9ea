//! Pointer patterns: the paths a [`Technology`](crate::technology::Technology)
//! declares.
//!
//! A pattern is an RFC 6901 pointer. A segment that ends in `*` stands for every
//! member whose name begins with what is before the star; `*` alone stands for
//! every member of an object and is the only way into an array.

use std::borrow::Cow;
use std::ops::Range;

/// Whether `pointer` is one of those that `pattern` stands for.
///
/// ```
/// use secmonkey_core::config::pattern::matches;
///
/// assert!(matches("/Rules/*/Name", "/Rules/3/Name"));
/// assert!(matches("/Attributes/Approximate*", "/Attributes/ApproximateAge"));
/// assert!(!matches("/Rules/*", "/Rules/3/Name"));
/// ```
#[must_use]
pub fn matches(pattern: &str, pointer: &str) -> bool {
    pattern.split('/').count() == pointer.split('/').count() && meets(pattern, pointer)
}

/// Whether `pointer` is one of those that `pattern` stands for, or lies within or
/// around one of them.
///
/// ```
/// use secmonkey_core::config::pattern::meets;
///
/// assert!(meets("/Rules/*", "/Rules/3/Name"));
/// assert!(meets("/Rules/*", "/Rules"));
/// assert!(!meets("/Rules/*", "/Tags"));
/// ```
#[must_use]
pub fn meets(pattern: &str, pointer: &str) -> bool {
    // Both sides are escaped in the same way, and an escape never holds a `/`.
    pattern.split('/').zip(pointer.split('/')).all(|(segment, name)| is_named(segment, name))
}

/// What is left of a pattern on the way down through a value, and what to do where
/// it ends.
#[derive(Debug, Clone, Copy)]
struct Rule<'p, T> {
    /// The segment that must match next; `None` where the pattern ends.
    segment: Option<&'p str>,
    /// The segments after that, each with its `/` before it.
    rest: &'p str,
    /// Whether any segment is written with escapes. Hardly one is, and looking for
    /// them costs as much as the comparison.
    escaped: bool,
    action: T,
}

impl<'p, T> Rule<'p, T> {
    fn new(pattern: &'p str, escaped: bool, action: T) -> Self {
        let (segment, rest) = match pattern.strip_prefix('/') {
            None => (None, ""),
            Some(inner) => {
                let (segment, rest) = inner.split_at(inner.find('/').unwrap_or(inner.len()));
                (Some(segment), rest)
            }
        };
        Self { segment, rest, escaped, action }
    }
}

/// The rules that still apply at one place of a value: a range of [`Rules`].
#[derive(Debug, Clone)]
pub(crate) struct Here(Range<usize>);

/// Patterns with an action each, followed down through a value without looking
/// twice at what cannot match and without allocating for each node: the rules of
/// a child are pushed behind those of its parents, and taken off again.
#[derive(Debug)]
pub(crate) struct Rules<'p, T>(Vec<Rule<'p, T>>);

impl<'p, T: Copy> Rules<'p, T> {
    /// The rules at the root.
    pub(crate) fn new(patterns: impl IntoIterator<Item = (&'p str, T)>) -> (Self, Here) {
        let rules: Vec<_> = patterns
            .into_iter()
            .map(|(pattern, action)| Rule::new(pattern, pattern.contains('~'), action))
            .collect();
        let here = Here(0..rules.len());
        (Self(rules), here)
    }

    /// The actions of the patterns that end here.
    pub(crate) fn actions(&self, here: &Here) -> impl Iterator<Item = T> {
        self.0[here.0.clone()].iter().filter(|rule| rule.segment.is_none()).map(|rule| rule.action)
    }

    /// Whether a pattern ends here or below whose action is `wanted`.
    pub(crate) fn lead_to(&self, here: &Here, wanted: impl Fn(T) -> bool) -> bool {
        self.0[here.0.clone()].iter().any(|rule| wanted(rule.action))
    }

    /// Goes down to the member of an object; [`Rules::leave`] comes back.
    pub(crate) fn enter_member(&mut self, here: &Here, name: &str) -> Here {
        self.enter(here, |segment, escaped| {
            if escaped { is_named(&unescaped(segment), name) } else { is_named(segment, name) }
        })
    }

    /// Goes down to an element of an array, whichever; [`Rules::leave`] comes back.
    pub(crate) fn enter_element(&mut self, here: &Here) -> Here {
        self.enter(here, |segment, _| segment == "*")
    }

    fn enter(&mut self, here: &Here, applies: impl Fn(&str, bool) -> bool) -> Here {
        let start = self.0.len();
        for at in here.0.clone() {
            let Rule { segment, rest, escaped, action } = self.0[at];
            if segment.is_some_and(|segment| applies(segment, escaped)) {
                self.0.push(Rule::new(rest, escaped, action));
            }
        }
        Here(start..self.0.len())
    }

    /// Comes back from a child.
    pub(crate) fn leave(&mut self, child: &Here) {
        self.0.truncate(child.0.start);
    }
}

/// Whether a segment of a pattern stands for `name`.
fn is_named(segment: &str, name: &str) -> bool {
    match segment.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => segment == name,
    }
}

/// The member name that a segment of a pointer writes.
pub(crate) fn unescaped(segment: &str) -> Cow<'_, str> {
    if segment.contains('~') {
        Cow::Owned(segment.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_whole_segment_or_the_end_of_one() {
        for (pattern, pointer, expected) in [
            ("", "", true),
            ("", "/a", false),
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("/a", "/a/b", false),
            ("/a/b", "/a", false),
            ("/*", "/a", true),
            ("/*", "", false),
            ("/*", "/a/b", false),
            ("/*/b", "/a/b", true),
            ("/a*", "/a", true),
            ("/a*", "/abc", true),
            ("/a*", "/ba", false),
            ("/a~1b", "/a~1b", true),
            ("/a~1b", "/a/b", false),
        ] {
            assert_eq!(matches(pattern, pointer), expected, "{pattern} {pointer}");
        }
    }

    #[test]
    fn places_meet_where_one_lies_within_the_other() {
        for (pattern, pointer, expected) in [
            ("", "/a/b", true),
            ("/a/b", "", true),
            ("/a/*/c", "/a/1", true),
            ("/a", "/a/1/c", true),
            ("/a/b", "/a/c", false),
            ("/a", "/ab", false),
        ] {
            assert_eq!(meets(pattern, pointer), expected, "{pattern} {pointer}");
        }
    }

    #[test]
    fn rules_follow_their_patterns_down_and_come_back() {
        let (mut rules, root) = Rules::new([("/a/*/b", 1), ("/a/*", 2), ("/x~1y~01", 3), ("", 4)]);
        assert_eq!(rules.actions(&root).collect::<Vec<_>>(), [4]);
        let a = rules.enter_member(&root, "a");
        assert!(
            rules.lead_to(&a, |action| action == 2) && !rules.lead_to(&a, |action| action == 3)
        );
        assert_eq!(rules.actions(&a).count(), 0);
        let element = rules.enter_element(&a);
        assert_eq!(rules.actions(&element).collect::<Vec<_>>(), [2]);
        let b = rules.enter_member(&element, "b");
        assert_eq!(rules.actions(&b).collect::<Vec<_>>(), [1]);
        rules.leave(&b);
        let c = rules.enter_member(&element, "c");
        assert!(!rules.lead_to(&c, |_| true));
        rules.leave(&element);
        rules.leave(&a);
        let escaped = rules.enter_member(&root, "x/y~1");
        assert_eq!(rules.actions(&escaped).collect::<Vec<_>>(), [3]);
        rules.leave(&escaped);
        let element = rules.enter_element(&root);
        assert!(!rules.lead_to(&element, |_| true));
    }
}
