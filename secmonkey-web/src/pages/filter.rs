//! Filters: links that put a term into a query, or take it out.

/// A link of a filter.
pub struct Choice {
    pub name: String,
    pub path: String,
    /// Whether it is what is looked at.
    pub is_on: bool,
}

/// Filters of one kind.
pub struct Filter {
    pub name: &'static str,
    pub choices: Vec<Choice>,
}

/// A query with this as the only term of a field, or with none of it.
pub fn with_term(query: &str, field: &str, value: Option<&str>) -> String {
    let start = format!("{field}:");
    let words = words(query);
    let depths = words.iter().scan(0_i32, |depth, word| {
        let before = *depth;
        for sign in bare(word) {
            *depth += i32::from(sign == '(') - i32::from(sign == ')');
        }
        Some(before.max(*depth))
    });
    let depths: Vec<_> = depths.collect();
    let has_or = words.iter().zip(&depths).any(|(word, depth)| *depth == 0 && *word == "OR");
    // In a choice no term stands for all of it.
    if has_or {
        return match value {
            Some(value) => format!("({query}) {start}{value}"),
            None => query.trim().to_owned(),
        };
    }
    let kept =
        words.iter().zip(&depths).filter(|(word, depth)| **depth > 0 || !word.starts_with(&start));
    let kept = kept.map(|(word, _)| (*word).to_owned());
    let term = value.map(|value| format!("{start}{value}"));
    kept.chain(term).collect::<Vec<_>>().join(" ")
}

/// What a query says of a field, where it is one term that stands for all of it.
pub fn term_of<'a>(query: &'a str, field: &str) -> Option<&'a str> {
    let words = words(query);
    let mut found = words.iter().filter_map(|word| word.strip_prefix(field)?.strip_prefix(':'));
    let first = found.next()?;
    (found.next().is_none() && !words.contains(&"OR")).then_some(first)
}

/// The words of a query; what stands in quotation marks is one.
fn words(query: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let split = move |c: char| {
        is_quoted ^= c == '"';
        c.is_whitespace() && !is_quoted
    };
    query.split(split).filter(|word| !word.is_empty()).collect()
}

/// The letters of a word that stand in no quotation marks.
fn bare(word: &str) -> impl Iterator<Item = char> + '_ {
    let mut is_quoted = false;
    word.chars().filter(move |c| {
        is_quoted ^= *c == '"';
        !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_replaces_its_own_term_alone() {
        for (query, value, with) in [
            ("", Some("open"), "status:open"),
            ("web", Some("open"), "web status:open"),
            ("status:any web", Some("open"), "web status:open"),
            ("status:any web", None, "web"),
            ("name:\"a status:x b\"", Some("open"), "name:\"a status:x b\" status:open"),
            ("(status:any OR web)", Some("open"), "(status:any OR web) status:open"),
            ("a OR b", Some("open"), "(a OR b) status:open"),
            ("a OR b", None, "a OR b"),
            ("-status:open", None, "-status:open"),
        ] {
            assert_eq!(with_term(query, "status", value), with, "{query}");
            assert!(with.parse::<secmonkey_core::query::Query>().is_ok(), "{with}");
        }
        assert_eq!(term_of("web status:any", "status"), Some("any"));
        assert_eq!(term_of("status:any OR status:open", "status"), None);
        assert_eq!(term_of("web", "status"), None);
    }
}
