//! Wrong names in files, with what they may have meant.

use secmonkey_core::nearest::Nearest;

/// ``unknown setting `stroe`; nearest: `store` ``, for use in an error.
pub fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    format!("unknown {what} `{name}`{}", Nearest::of(name, known))
}

/// What serde says, with the nearest name for one it does not know.
pub fn explain(what: &str, said: &str) -> String {
    // serde words it so: unknown field `a`, expected one of `b`, `c`.
    let mut names = said.split('`').skip(1).step_by(2);
    match names.next() {
        Some(name) if said.starts_with("unknown field") => unknown(what, name, names),
        _ => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_serde_does_not_know_is_told_with_the_nearest() {
        let said = "unknown field `nme`, expected one of `id`, `name`";
        assert_eq!(explain("field", said), "unknown field `nme`; nearest: `name`");
        assert_eq!(explain("field", "missing field `name`"), "missing field `name`");
    }
}
