//! The names that a mistyped one may have meant.

/// How much alike names have to be, from 0 to 1.
const ALIKE: f64 = 0.8;
/// This many names are all shown where none is alike.
const FEW: usize = 10;

/// ``unknown region `us-esat-1`; nearest: `us-east-1` ``, for use in an error.
pub fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    format!("unknown {what} `{name}`{}", hint(name, known))
}

/// The nearest names, or all where they are few and none is near; as the end of a sentence.
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    let wanted = name.to_lowercase();
    let mut near: Vec<(f64, &str)> = known
        .iter()
        .map(|known| (strsim::jaro_winkler(&wanted, &known.to_lowercase()), *known))
        .filter(|(alike, known)| {
            *alike >= ALIKE || (wanted.len() > 2 && known.to_lowercase().contains(&wanted))
        })
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let quoted = |names: Vec<&str>| {
        names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    if !near.is_empty() {
        format!("; nearest: {}", quoted(near.into_iter().take(3).map(|(_, name)| name).collect()))
    } else if (1..=FEW).contains(&known.len()) {
        format!("; there is {}", quoted(known))
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: [&str; 11] = [
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-central-1",
        "eu-north-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "sa-east-1",
        "global",
    ];

    #[test]
    fn the_nearest_come_first_and_are_few() {
        assert_eq!(
            unknown("region", "us-esat-1", MANY),
            "unknown region `us-esat-1`; nearest: `us-east-1`, `us-west-1`, `us-east-2`",
        );
    }

    #[test]
    fn a_part_of_a_name_finds_it() {
        let hint = hint("bucket", ["iam_user", "s3_bucket", "security_group"]);
        assert_eq!(hint, "; nearest: `s3_bucket`");
    }

    #[test]
    fn where_none_is_near_all_are_shown_if_they_are_few() {
        assert_eq!(hint("x", ["a", "b"]), "; there is `a`, `b`");
        assert_eq!(hint("x", MANY), "");
        assert_eq!(hint("x", []), "");
    }
}
