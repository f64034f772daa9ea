//! Texts from outside, made safe to look at.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

/// Whether a character shows as nothing, as a blank that is none, as something else in
/// every font, or moves what stands around it.
///
/// That is what Unicode calls *default ignorable* (joiners, fillers, tags, variation
/// selectors), *other* (controls, changes of direction, annotations, private use, not
/// assigned) or a *separator*; the one blank that everybody means is none of them.
fn hides(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    // Braille without a dot is a symbol by its properties and a blank to everybody.
    c == '\u{2800}'
        || GeneralCategoryGroup::Other
            .union(GeneralCategoryGroup::Separator)
            .contains(CodePointMapData::<GeneralCategory>::new().get(c))
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// A text in which every character that would show as none, or move others, is written
/// as its escape.
///
/// Safety goes before beauty: what joins the parts of an emoji, or parts the letters of
/// a Persian word, is used to hide things as well, and shows as an escape, too.
///
/// ```
/// use secmonkey_core::render::visible;
///
/// assert_eq!(visible("a\u{1b}[31m"), r"a\u{1b}[31m");
/// assert_eq!(visible("ad\u{200b}min"), r"ad\u{200b}min");
/// assert_eq!(visible("größe, 大きさ"), "größe, 大きさ");
/// ```
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |c, out| {
        // A `String` takes all that is written to it.
        let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
    })
}

/// A text in one line, as far as a terminal has room, and below it a line with a caret under
/// each column of a range of its bytes.
///
/// ```
/// use secmonkey_core::render::pointed;
///
/// assert_eq!(pointed("x := y", 5..6), "x := y\n     ^");
/// ```
#[must_use]
pub fn pointed(text: &str, range: Range<usize>) -> String {
    /// So much of the text is shown before the place, and so much of the place and behind it.
    const AROUND: usize = 32;
    let part = |range: Option<&str>| {
        let blank = |c: char| if c.is_control() && c.is_whitespace() { ' ' } else { c };
        visible(&range.unwrap_or_default().chars().map(blank).collect::<String>()).into_owned()
    };
    let mut before = part(text.get(..range.start));
    let (mut at, mut after) = (part(text.get(range.clone())), part(text.get(range.end..)));
    if let Some((cut, _)) = before.char_indices().rev().nth(AROUND) {
        before = format!("...{}", &before[cut..]);
    }
    let room = AROUND.saturating_sub(at.chars().count());
    for (part, room) in [(&mut at, AROUND), (&mut after, room)] {
        if let Some((cut, _)) = part.char_indices().nth(room) {
            part.replace_range(cut.., "...");
        }
    }
    let (blanks, carets) = (" ".repeat(before.width()), "^".repeat(at.width().max(1)));
    format!("{before}{}\n{blanks}{carets}", format!("{at}{after}").trim_end())
}

/// As [`visible`] for JSON, in JSON's own escapes: it means what it meant. Such characters stand
/// only in its strings.
///
/// ```
/// use secmonkey_core::render::visible_json;
///
/// assert_eq!(visible_json("\"\u{e0041}\""), r#""\udb40\udc41""#);
/// ```
#[must_use]
pub fn visible_json(json: &str) -> Cow<'_, str> {
    escaped(json, |c, out| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

/// A value as JSON in one line, in which nothing hides and nothing steers a terminal: whoever
/// writes JSON to where people may look, writes this.
///
/// ```
/// use secmonkey_core::render::json;
///
/// assert_eq!(json(&["a\u{9b}31m", "\u{202e}b"])?, r#"["a\u009b31m","\u202eb"]"#);
/// # Ok::<_, serde_json::Error>(())
/// ```
///
/// # Errors
/// Where the value is none in JSON: a map whose keys are no texts, or what it says itself.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(value)?;
    // Most of it is as it should be.
    let escaped = match visible_json(&json) {
        Cow::Owned(escaped) => Some(escaped),
        Cow::Borrowed(_) => None,
    };
    Ok(escaped.unwrap_or(json))
}

fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(hides) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hides(c) {
            escape(c, &mut out);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A text that takes no more than `columns` of a terminal, nor more characters; what is
/// cut ends with an ellipsis.
///
/// ```
/// assert_eq!(secmonkey_core::render::short("a long name", 7), "a long…");
/// ```
#[must_use]
pub fn short(text: &str, columns: usize) -> Cow<'_, str> {
    // What combines takes no column, and can be piled up without end.
    let Some((longest, _)) = text.char_indices().nth(columns) else {
        if text.width() <= columns {
            return Cow::Borrowed(text);
        }
        return Cow::Owned(cut(text, columns));
    };
    Cow::Owned(cut(&text[..longest], columns))
}

/// The start of a text, with an ellipsis, in `columns`.
fn cut(text: &str, columns: usize) -> String {
    if columns == 0 {
        return String::new();
    }
    let mut ends: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
    // The width of a text is not the sum of its characters', and may shrink as it grows.
    loop {
        let end = ends.pop().unwrap_or_default();
        let start = format!("{}…", &text[..end]);
        let surplus = start.width().saturating_sub(columns);
        if end == 0 || surplus == 0 {
            return start;
        }
        // None takes more than two columns: as many have to go before it can fit.
        ends.truncate(ends.len().saturating_sub(surplus / 2));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_hides_is_shown() {
        let cases = [
            ("tags", "a\u{e0041}\u{e007f}", r"a\u{e0041}\u{e007f}"),
            ("fillers", "\u{3164}\u{115f}\u{ffa0}\u{180e}", r"\u{3164}\u{115f}\u{ffa0}\u{180e}"),
            ("annotation", "\u{fff9}a\u{fffb}", r"\u{fff9}a\u{fffb}"),
            ("joiners", "a\u{200d}b\u{200c}c\u{2060}", r"a\u{200d}b\u{200c}c\u{2060}"),
            ("direction", "\u{202e}gnp\u{2066}\u{61c}", r"\u{202e}gnp\u{2066}\u{61c}"),
            ("hyphen", "ad\u{ad}min", r"ad\u{ad}min"),
            ("selectors", "a\u{fe0f}\u{e0100}", r"a\u{fe0f}\u{e0100}"),
            ("blanks", "a\u{a0}b\u{3000}c\u{2800}", r"a\u{a0}b\u{3000}c\u{2800}"),
            ("lines", "a\u{2028}b\u{85}c\nd\te", r"a\u{2028}b\u{85}c\u{a}d\u{9}e"),
            ("controls", "\u{1b}[2J\u{9b}m\u{7f}\0", r"\u{1b}[2J\u{9b}m\u{7f}\u{0}"),
            ("nobody's", "\u{e000}\u{ffff}", r"\u{e000}\u{ffff}"),
            ("family", "👨\u{200d}👩", r"👨\u{200d}👩"),
        ];
        for (what, text, shown) in cases {
            assert_eq!(visible(text), shown, "{what}");
        }
        for text in ["größe", "大きさ", "مرحبا", "नमस्ते", "🐒", "e\u{301}", "a b", "→ ·"]
        {
            assert_eq!(visible(text), text);
        }
    }

    /// What Unicode leaves out of everything that shows, by the standard library alone.
    fn is_plain(c: char) -> bool {
        !c.is_control() && (c == ' ' || !c.is_whitespace())
    }

    proptest! {
        #[test]
        fn nothing_that_hides_leaves(text in any::<String>()) {
            for shown in [visible(&text), visible_json(&text)] {
                prop_assert!(!shown.contains(hides), "{shown:?}");
                prop_assert!(shown.chars().all(is_plain), "{shown:?}");
                // What is safe is left alone.
                prop_assert_eq!(visible(&shown), shown.as_ref());
            }
        }

        #[test]
        fn every_character_alone_leaves_visible(c in any::<char>()) {
            prop_assert!(!visible(c.encode_utf8(&mut [0; 4])).contains(hides));
        }

        #[test]
        fn json_means_what_it_meant(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let shown = visible_json(&json);
            prop_assert_eq!(shown.lines().count(), 1);
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text.as_str());
            prop_assert_eq!(super::json(&text).unwrap(), shown.as_ref());
        }

        #[test]
        fn a_cut_text_fits_and_begins_as_the_whole(
            text in any::<String>(), columns in 0_usize..40,
        ) {
            let cut = short(&text, columns);
            prop_assert!(cut.width() <= columns && cut.chars().count() <= columns, "{cut:?}");
            if let Some(start) = cut.strip_suffix('…') {
                prop_assert!(text.starts_with(start));
            } else {
                prop_assert!(columns == 0 || cut == text);
            }
        }
    }

    #[test]
    fn json_escapes_names_and_values_and_leaves_what_stands_around_them() {
        let value = serde_json::json!({
            "\u{9b}name": ["\u{202e}", "\u{2066}\u{2069}", "\u{7f}", "\u{e0041}", "ü \" \\ /", 1.5, null],
        });
        let shown = json(&value).unwrap();
        assert_eq!(
            shown,
            r#"{"\u009bname":["\u202e","\u2066\u2069","\u007f","\udb40\udc41","ü \" \\ /",1.5,null]}"#
        );
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        assert!(json(&std::collections::BTreeMap::from([((), 1)])).is_err());
    }

    #[test]
    fn a_place_is_marked_wherever_it_is_in_its_line() {
        assert_eq!(pointed("\tx := y", 6..7), " x := y\n      ^");
        assert_eq!(pointed("", 0..0), "\n^");
        assert_eq!(pointed("a\u{1b}[2J", 0..1), "a\\u{1b}[2J\n^");
        let line = format!("{}here{}", "a".repeat(200), "b".repeat(200));
        let shown = pointed(&line, 200..204);
        let [text, mark] = shown.lines().collect::<Vec<_>>()[..] else { panic!("{shown}") };
        assert!(text.len() < 78 && mark.ends_with("^^^^"), "{shown}");
        assert!(text[mark.len() - 4..].starts_with("here"), "{shown}");
    }
}
