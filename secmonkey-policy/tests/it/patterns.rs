//! Wildcards against their definition, and the laws of one pattern within another.

use proptest::prelude::*;
use secmonkey_policy::Pattern;

use crate::naive;

fn naively(pattern: &str, text: &str) -> bool {
    naive::matches(&naive::pieces(pattern), &text.chars().collect::<Vec<_>>())
}

/// Few letters, so that they meet; one of several bytes.
fn pattern() -> impl Strategy<Value = String> {
    "[abÜ*?]{0,9}"
}

fn text() -> impl Strategy<Value = String> {
    "[abÜ]{0,9}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_pattern_matches_what_its_definition_says(pattern in pattern(), text in text()) {
        let ours = Pattern::plain(&pattern);
        prop_assert_eq!(ours.matches(&text), naively(&pattern, &text));
        prop_assert_eq!(ours.surely_matches(&text), naively(&pattern, &text));
        prop_assert_eq!(Pattern::new(&pattern).matches(&text), naively(&pattern, &text));
    }

    #[test]
    fn actions_match_whatever_their_case(pattern in "[aAbB*?]{0,9}", text in "[aAbB]{0,9}") {
        prop_assert_eq!(
            Pattern::plain(&pattern).matches_ignoring_case(&text),
            naively(&pattern.to_lowercase(), &text.to_lowercase())
        );
    }

    #[test]
    fn what_covers_matches_all_that_is_covered(a in pattern(), b in pattern(), text in text()) {
        if Pattern::plain(&a).covers(&Pattern::plain(&b)) && naively(&b, &text) {
            prop_assert!(naively(&a, &text), "`{}` covers `{}`, not `{}`", a, b, text);
        }
    }

    #[test]
    fn patterns_that_share_a_text_overlap(a in pattern(), b in pattern(), text in text()) {
        let (one, other) = (Pattern::plain(&a), Pattern::plain(&b));
        prop_assert_eq!(one.overlaps(&other), other.overlaps(&one));
        prop_assert!(one.overlaps(&one));
        if naively(&a, &text) && naively(&b, &text) {
            prop_assert!(one.overlaps(&other), "`{}` and `{}` share `{}`", a, b, text);
        }
    }

    #[test]
    fn a_pattern_covers_itself_and_what_it_matches(a in pattern(), text in text()) {
        let (ours, fixed) = (Pattern::plain(&a), Pattern::plain(&text));
        prop_assert!(ours.covers(&ours));
        prop_assert_eq!(ours.covers(&fixed), naively(&a, &text));
        prop_assert_eq!(ours.overlaps(&fixed), naively(&a, &text));
        prop_assert!(Pattern::plain("*").covers(&ours));
    }

    #[test]
    fn covering_goes_on(a in pattern(), b in pattern(), c in pattern()) {
        let (a, b, c) = (Pattern::plain(&a), Pattern::plain(&b), Pattern::plain(&c));
        if a.covers(&b) && b.overlaps(&c) {
            prop_assert!(a.overlaps(&c));
        }
    }

    #[test]
    fn no_text_makes_it_panic(pattern in any::<String>(), text in any::<String>()) {
        let (ours, other) = (Pattern::new(&pattern), Pattern::new(&text));
        let _ = ours.matches(&text);
        let _ = ours.covers(&other);
        let _ = ours.overlaps(&other);
        prop_assert!(!ours.surely_matches(&text) || ours.matches(&text));
        prop_assert_eq!(ours.to_string(), pattern);
    }
}

#[test]
fn variables_may_be_anything_and_surely_are_nothing() {
    let home = Pattern::new("home/${aws:username}/*");
    assert!(home.has_variables() && !home.is_fixed());
    assert!(home.matches("home/alice/x") && home.matches("home//x"));
    assert!(!home.matches("work/alice/x"));
    assert!(!home.surely_matches("home/alice/x"));
    let default = Pattern::new("${aws:PrincipalTag/team, 'none'}/x");
    assert!(default.has_variables() && default.matches("none/x") && default.matches("red/x"));
    // The same variable has the same value, another may have another.
    let user = |text| Pattern::new(text);
    assert!(user("a/${aws:username}*").covers(&user("a/${aws:username}")));
    assert!(!user("a/${aws:username}").covers(&user("a/${aws:userid}")));
    assert!(user("a/*").covers(&user("a/${aws:username}")));
    assert!(!user("a/${aws:username}").covers(&user("a/alice")));
    assert!(user("a/${aws:username}").overlaps(&user("a/alice")));
    assert!(!user("b/${aws:username}").overlaps(&user("a/alice")));
}

#[test]
fn wildcards_can_be_meant_as_they_stand() {
    let star = Pattern::new("a${*}b${?}${$}");
    assert!(star.is_fixed() && !star.has_variables());
    assert!(star.surely_matches("a*b?$"));
    assert!(!star.matches("axb?$"));
    assert!(Pattern::plain("a${*}").matches("a${anything}"));
    // What is not closed is no variable.
    assert!(Pattern::new("a${b*").matches("a${bc"));
    assert!(Pattern::new("$a$").is_fixed());
}

#[test]
fn everything_is_stars_only() {
    assert!(Pattern::new("*").is_everything() && Pattern::new("***").is_everything());
    assert!(!Pattern::new("").is_everything() && !Pattern::new("*?").is_everything());
    assert!(Pattern::new("").matches("") && !Pattern::new("").matches("a"));
}
