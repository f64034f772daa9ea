//! The functions that rules may call, and what to use instead of the others.

use jiff::Timestamp;
use regorus::Value;
use secmonkey_core::nearest::Nearest;

/// The name of [`days`] in rules.
pub(crate) const DAYS: &str = "secmonkey.days";

/// Functions that answer the same whenever and wherever they are asked, in about the size of
/// what they are given: whatever a rule may call beside its own functions.
pub(crate) const ALLOWED: &[&str] = &[
    "abs",
    "array.concat",
    "array.reverse",
    "array.slice",
    "bits.and",
    "bits.negate",
    "bits.or",
    "bits.rsh",
    "bits.xor",
    "ceil",
    "concat",
    "contains",
    "count",
    "endswith",
    "floor",
    "format_int",
    "indexof",
    "indexof_n",
    "intersection",
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "json.filter",
    "json.is_valid",
    "json.marshal",
    "json.remove",
    "json.unmarshal",
    "lower",
    "max",
    "min",
    "net.cidr_contains",
    "net.cidr_is_valid",
    "object.filter",
    "object.get",
    "object.keys",
    "object.remove",
    "object.subset",
    "object.union",
    "object.union_n",
    "product",
    "regex.find_n",
    "regex.is_valid",
    "regex.match",
    "regex.replace",
    "regex.split",
    "replace",
    "round",
    DAYS,
    "sort",
    "split",
    "sprintf",
    "startswith",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.count",
    "strings.replace_n",
    "strings.reverse",
    "substring",
    "sum",
    "to_number",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "type_name",
    "union",
    "units.parse",
    "units.parse_bytes",
    "upper",
    "walk",
];

/// Functions of Rego that a rule may not call, by name or by the beginning of it, and what
/// to do instead.
const REFUSED: &[(&str, &str)] = &[
    ("time.", "the time is `input.as_of`, and `secmonkey.days(a, b)` counts days"),
    ("rand.", "a rule answers the same whenever it is asked"),
    ("uuid.", "a rule answers the same whenever it is asked"),
    ("http.", "a rule asks nobody: put what it has to know into a file `NAME.json` beside it"),
    ("net.lookup_ip_addr", "a rule asks nobody: compare with `net.cidr_contains`"),
    ("opa.", "a rule does not see the machine it runs on"),
    ("print", "what a rule has to say is the `detail` of a finding"),
    ("trace", "what a rule has to say is the `detail` of a finding"),
    ("net.cidr_expand", "a block may hold any number of addresses: use `net.cidr_contains`"),
    ("numbers.", "a range may be of any length: compare with `<=` and `>=`"),
    ("bits.lsh", "the number may be of any length: multiply"),
];

/// Why a function may not be called: what to use instead, or what it may have meant.
pub(crate) fn refusal<'a>(name: &'a str, own: impl Iterator<Item = &'a str>) -> String {
    let is = |one: &str| name == one || one.ends_with('.') && name.starts_with(one);
    if let Some((_, instead)) = REFUSED.iter().find(|(one, _)| is(one)) {
        return format!("`{name}` may not be called: {instead}");
    }
    let nearest = Nearest::of(name, ALLOWED.iter().copied().chain(own));
    format!("unknown function `{name}`{nearest}")
}

/// Whole days from one time to another, both RFC 3339; negative where the second is before
/// the first. A day that has begun is not whole.
pub(crate) fn days(from: &str, to: &str) -> Result<i64, String> {
    let time = |text: &str| {
        text.parse::<Timestamp>().map_err(|_| format!("{DAYS}: `{text}` is no RFC 3339 time"))
    };
    let (from, to) = (time(from)?, time(to)?);
    Ok((to.as_second() - from.as_second()) / (24 * 60 * 60))
}

/// [`days`] as the engine calls it.
pub(crate) fn days_of(arguments: &[Value]) -> Result<Value, String> {
    let [Value::String(from), Value::String(to)] = arguments else {
        return Err(format!("{DAYS} takes two RFC 3339 times"));
    };
    days(from, to).map(Value::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_whole_and_have_a_direction() {
        for (from, to, count) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T23:59:59Z", 0),
            ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", 1),
            ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", -1),
            ("2026-01-02T00:00:00Z", "2026-01-01T00:00:01Z", 0),
            ("2025-10-03T09:00:00Z", "2026-01-01T00:00:00Z", 89),
            ("2026-03-28T12:00:00+01:00", "2026-03-29T13:00:00+02:00", 1),
        ] {
            assert_eq!(days(from, to), Ok(count), "{from} {to}");
        }
        let said = days("yesterday", "2026-01-01T00:00:00Z").unwrap_err();
        assert_eq!(said, "secmonkey.days: `yesterday` is no RFC 3339 time");
    }

    proptest! {
        #[test]
        fn days_there_and_back_are_the_same(a in 0..4_000_000_000_i64, b in 0..4_000_000_000_i64) {
            let time = |second| Timestamp::from_second(second).unwrap().to_string();
            let there = days(&time(a), &time(b)).unwrap();
            prop_assert_eq!(there, -days(&time(b), &time(a)).unwrap());
            prop_assert!((b - a - there * 86_400).abs() < 86_400);
        }
    }

    #[test]
    fn what_may_not_be_called_is_told_with_what_to_use() {
        let none = std::iter::empty;
        for (name, said) in [
            ("time.now_ns", "`time.now_ns` may not be called: the time is `input.as_of`, and"),
            ("rand.intn", "`rand.intn` may not be called: a rule answers the same"),
            ("uuid.rfc4122", "`uuid.rfc4122` may not be called"),
            ("http.send", "`http.send` may not be called: a rule asks nobody"),
            ("opa.runtime", "`opa.runtime` may not be called"),
            ("print", "`print` may not be called: what a rule has to say"),
            ("numbers.range_step", "`numbers.range_step` may not be called: a range"),
            ("printf", "unknown function `printf`; nearest: `sprintf`"),
            ("days", "unknown function `days`; nearest: `secmonkey.days`"),
        ] {
            assert!(refusal(name, none()).starts_with(said), "{}", refusal(name, none()));
        }
        assert!(refusal("is_ownn", ["is_own"].into_iter()).contains("`is_own`"));
    }
}
