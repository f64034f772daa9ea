use std::collections::BTreeSet;
use std::convert::Infallible;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::account::Account;
use crate::config::Digest;
use crate::event::{Actor, IssueId, Opened, Position, Version};
use crate::governance::Ruling;
use crate::issue::{Issue, Justification, Status};
use crate::item::Key;
use crate::provider::Provider;
use crate::replay::ItemRow;

/// The manual, which is also the test.
const PAGE: &str = include_str!("../../../../docs/query.md");

/// An item with everything that is known of it.
#[derive(Clone)]
struct Known {
    /// The issue that is asked about; `None` for the item.
    asked: Option<Issue>,
    row: ItemRow,
    account: Option<Account>,
    is_ignored: bool,
    config: Value,
    issues: Vec<Issue>,
}

impl Known {
    /// As the manual writes one.
    fn read(told: &Value) -> Self {
        let text = |name: &str| told[name].as_str().map(str::to_owned);
        let time = |name: &str| told[name].as_str().unwrap().parse::<Timestamp>().unwrap();
        let key: Key = told["key"].as_str().unwrap().parse().unwrap();
        let former: BTreeSet<String> =
            serde_json::from_value(told["former"].clone()).unwrap_or_default();
        let issues = told["issues"].as_array().unwrap().iter();
        let row = ItemRow {
            name: text("name").unwrap(),
            arn: text("arn"),
            former,
            version: Version(1),
            revision: 1,
            digest: Digest::of(&told["config"]),
            shape: 1,
            first_seen: time("first_seen"),
            appeared: Position(1),
            last_changed: time("last_changed"),
            changed_in: None,
            deleted: told["deleted"] == true,
            never_read: BTreeSet::new(),
            stale: std::collections::BTreeMap::new(),
            too_large: None,
            undecided: std::collections::BTreeMap::new(),
            replayed: 0,
            replayed_bytes: 0,
            key: key.clone(),
        };
        let issues = issues.map(|told| issue(&key, told)).collect();
        let account = text("account").map(|name| {
            let account = Account::new(Provider::named("aws"), key.account.clone(), name);
            Account { notes: text("account_notes").unwrap_or_default(), ..account }
        });
        let (config, is_ignored) = (told["config"].clone(), told["ignored"] == true);
        Self { asked: None, row, account, is_ignored, config, issues }
    }

    fn is_found(&self, query: &str) -> bool {
        let query: Query = query.parse().unwrap_or_else(|error: QueryError| panic!("{error}"));
        let Ok(found) = query.matches(self);
        found
    }
}

fn issue(key: &Key, told: &Value) -> Issue {
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    let at = text("opened_at").parse().unwrap();
    let justification = (told["justified"] == true).then(|| Justification {
        note: "by design".to_owned(),
        until: None,
        by: Actor::from("cli"),
        at,
    });
    Issue {
        key: key.clone(),
        finding: Opened {
            issue: IssueId::of(key, &text("check"), ""),
            check: text("check"),
            subject: String::new(),
            score: u8::try_from(told["score"].as_u64().unwrap()).unwrap(),
            detail: text("detail"),
            evidence: serde_json::from_value(told["evidence"].clone()).unwrap_or_default(),
            grounds: BTreeSet::new(),
            doubt: BTreeSet::new(),
            parameters: std::collections::BTreeMap::new(),
        },
        opened_at: at,
        reopened_at: None,
        resolved_at: None,
        resolved_reason: None,
        justification,
        brought_by: None,
        ruling: Ruling::default(),
    }
}

impl Facts for Known {
    type Error = Infallible;

    fn subject(&self) -> Subject<'_> {
        self.asked.as_ref().map_or(Subject::Item, Subject::Issue)
    }

    fn row(&self) -> &ItemRow {
        &self.row
    }

    fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    fn is_ignored(&self) -> Result<bool, Infallible> {
        Ok(self.is_ignored)
    }

    fn now(&self) -> Timestamp {
        "2026-03-31T12:00:00Z".parse().unwrap()
    }

    fn config(&self) -> Result<&Value, Infallible> {
        Ok(&self.config)
    }

    fn issues(&self) -> Result<&[Issue], Infallible> {
        Ok(&self.issues)
    }

    fn score(&self) -> Result<u32, Infallible> {
        let open = self.issues.iter().filter(|one| one.status(self.now()) == Status::Open);
        Ok(open.map(|one| u32::from(one.finding.score)).sum())
    }

    fn is_watched(&self) -> Result<bool, Infallible> {
        Ok(true)
    }
}

/// The items of the manual.
fn items() -> Vec<Known> {
    let block = PAGE.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    serde_json::from_str::<Vec<Value>>(block).unwrap().iter().map(Known::read).collect()
}

/// The rows of the manual's last table: a query and what it finds.
fn examples() -> Vec<(&'static str, &'static str)> {
    let table = PAGE.split("| query | finds |\n").nth(1).unwrap().lines().skip(1);
    let row = |line: &'static str| {
        let (query, found) = line.trim_matches('|').split_once(" | ").unwrap();
        (query.trim().trim_matches('`'), found.trim())
    };
    table.map(row).collect()
}

#[test]
fn every_example_of_the_manual_finds_what_it_says() {
    let items = items();
    for (query, said) in examples() {
        let found: Vec<_> = items.iter().filter(|one| one.is_found(query)).collect();
        let names: Vec<_> = found.iter().map(|one| one.row.name.as_str()).collect();
        let found = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        assert_eq!(found, said, "{query}");
    }
}

#[test]
fn the_manual_and_its_examples_know_every_field() {
    for field in FIELDS {
        let written = match field.name {
            "account." => field.name.to_owned(),
            name => format!("{name}:"),
        };
        assert!(PAGE.contains(&format!("`{written}")), "{written}");
        assert!(examples().iter().any(|(query, _)| query.contains(&written)), "{written}");
    }
    assert!(FIELDS.is_sorted_by_key(|field| field.name));
}

#[test]
fn an_issue_is_asked_with_its_item() {
    let item = items().remove(0);
    let key = &item.row.key;
    let told = json!({
        "check": "security_group.admin_port", "score": 8, "detail": "SSH",
        "opened_at": "2026-03-30T09:00:00Z", "evidence": ["/IpPermissions/0"],
    });
    let asked = Known { asked: Some(issue(key, &told)), ..item.clone() };
    let id = asked.asked.as_ref().unwrap().finding.issue.to_string();
    let is_found = |query: &str| {
        let Ok(found) = query.parse::<Query>().unwrap().matches(&asked);
        found
    };
    for query in ["ssh", &id[..6], "score:8", "name:web*", "cidr:10.0.3.1", "-check:*.wide_range"] {
        assert!(is_found(query), "{query}");
    }
    for query in ["score:12", "check:*.wide_range", "cidr:192.0.2.1", "status:resolved"] {
        assert!(!is_found(query), "{query}");
    }
    assert!(is_found("cidr:10.0.3.1@/IpPermissions") && !is_found("cidr:10.0.3.1@/Policy"));
}

#[test]
fn what_binds_closer_stands_closer() {
    for (text, printed) in [
        ("a b OR c", "a b OR c"),
        ("a (b OR c)", "a (b OR c)"),
        ("(a b) c", "a b c"),
        ("a AND b AND NOT c", "a b -c"),
        ("NOT (a OR b)", "-(a OR b)"),
        ("-(-a)", "a"),
        ("(((a)))", "a"),
        ("changed:7d", "changed:<7d"),
        ("score:7", "score:=7"),
        ("Name:Web", "name:Web"),
        ("cidr:10.1.2.3/8", "cidr:10.0.0.0/8"),
        ("2001:db8::1", "text:2001:db8::1"),
        ("web-1", "web-1"),
        ("\"OR\"", "text:OR"),
        ("a\"b c\"d", "text:\"ab cd\""),
        ("name:\"*\"*", "name:\"*\"*"),
        ("name:a**b", "name:a*b"),
        ("tag:\"a=b\"=c", "tag:\"a=b\"=c"),
        ("tag:env=\"\"", "tag:env=\"\""),
        ("name:a=", "name:\"a=\""),
        ("path:/a~1b/\"**\"/**/x", "path:/a~1b/\"**\"/**/x"),
        ("", ""),
    ] {
        let query: Query = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(query.to_string(), printed);
        assert_eq!(printed.parse::<Query>().unwrap(), query);
    }
}

#[test]
fn what_does_not_parse_is_pointed_at() {
    let wrong = [
        "regoin:eu-west-1",
        "web s3:GetObject",
        "name: web",
        "name:web tag:\"env",
        "(web OR db",
        "web) db",
        "()",
        "web OR",
        "OR web",
        "a AND OR b",
        "-",
        "NOT",
        "score:high",
        "severity:grave",
        "status:done",
        "changed:soon",
        "changed:=7d",
        "changed:<2026-02-31",
        "changed:<99999999999d",
        "cidr:10.0.0.0/33",
        "cidr:>10.0.0.0/8",
        "deleted:maybe",
        "path:IpPermissions",
        "path:/A/B=",
        "tag:env=",
        "ref:\"\"",
        "web --technology s3_bucket",
        "name:\"\u{1b}[2J\" foo:bar",
    ];
    let told = wrong.map(|text| {
        let error = text.parse::<Query>().unwrap_err();
        format!("{}\n{error}\n", error.pointed())
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_value_alone_needs_no_quotes() {
    for (field, value, printed) in [
        ("name", "my web (1)*", "name:\"my web (1)\"*"),
        ("path", "/Tags/*/Value=Web team", "path:/Tags/*/Value=\"Web team\""),
        ("ref", "sg-0ab", "ref:sg-0ab"),
        ("principal", "=*", "principal:=\"*\""),
    ] {
        assert_eq!(Term::of(field, value).unwrap().to_string(), printed);
    }
    for (field, value) in [("path", "IpPermissions"), ("ref", ""), ("name", "\"a"), ("nam", "a")] {
        let error = Term::of(field, value).unwrap_err();
        assert!(error.text.get(error.span.clone()).is_some(), "{error}");
    }
}

#[test]
fn no_text_is_too_deep_or_too_long_to_be_refused() {
    for deep in ["(", "-(", "NOT ", "- "] {
        let text = deep.repeat(100_000) + "a";
        let error = text.parse::<Query>().unwrap_err();
        assert_eq!(error.reason, Reason::TooDeep, "{deep}");
        assert!(error.pointed().len() < 1_000);
    }
    let long = "a ".repeat(100_000).parse::<Query>().unwrap();
    assert_eq!(long.terms().count(), 100_000);
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9:/._-]{1,6}", "[ ()\"\\\\*=<>@~a-zäÖ'\n-]{0,5}", Just("OR".to_owned())]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    vec(word(), 1..4).prop_map(Pattern::of)
}

fn names() -> impl Strategy<Value = Names> {
    let word = || word().prop_filter("is something", |text| !text.is_empty());
    prop_oneof![
        word().prop_map(Names::Word),
        word().prop_map(Names::Exactly),
        vec(super::tests::word(), 2..4).prop_map(|pieces| Names::Fitting(Pattern::of(pieces))),
    ]
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::{AtLeast, AtMost, Equal, Less, More};
    proptest::sample::select(vec![Equal, Less, AtMost, More, AtLeast])
}

fn when() -> impl Strategy<Value = When> {
    let seconds = -10_000_000_000_i64..10_000_000_000;
    let day = (2020..2030_i16, 1..13_i8, 1..29_i8);
    prop_oneof![
        (any::<u32>(), proptest::sample::select(Unit::ALL.to_vec()))
            .prop_map(|(number, unit)| When::Age(number, unit)),
        day.prop_map(|(y, m, d)| When::Day(jiff::civil::date(y, m, d))),
        seconds.prop_map(|at| When::At(Timestamp::from_second(at).unwrap())),
    ]
}

fn time() -> impl Strategy<Value = (Operator, When)> {
    (operator(), when()).prop_filter("an age is never equal", |(operator, when)| {
        !matches!((operator, when), (Operator::Equal, When::Age(..)))
    })
}

fn path() -> impl Strategy<Value = Path> {
    use value::Segment;
    let segment = prop_oneof![Just(Segment::Deep), pattern().prop_map(Segment::Named)];
    vec(segment, 1..4).prop_map(Path)
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![
        pattern().prop_map(|value| Comparison { operator: Operator::Equal, value }),
        (operator(), word()).prop_map(|(operator, text)| {
            Comparison { operator, value: Pattern::literal(text) }
        }),
    ]
}

fn block() -> impl Strategy<Value = IpNet> {
    let four = (any::<u32>(), 0..=32_u8)
        .prop_map(|(bits, length)| ipnet::Ipv4Net::new(bits.into(), length).unwrap().into());
    let six = (any::<u128>(), 0..=128_u8)
        .prop_map(|(bits, length)| ipnet::Ipv6Net::new(bits.into(), length).unwrap().into());
    prop_oneof![four, six].prop_map(|block: IpNet| block.trunc())
}

fn flag() -> impl Strategy<Value = Flag> {
    proptest::sample::select(vec![Flag::True, Flag::False, Flag::Any])
}

fn term() -> impl Strategy<Value = Term> {
    let severity = proptest::sample::select(Severity::ALL.to_vec());
    let standing = proptest::sample::select(vec![
        Standing::Is(Status::Open),
        Standing::Is(Status::Justified),
        Standing::Is(Status::Suppressed),
        Standing::Is(Status::Resolved),
        Standing::Any,
    ]);
    let below = prop_oneof![Just(String::new()), word().prop_map(|text| format!("/{text}"))];
    let texts = prop_oneof![
        pattern().prop_map(Term::Text),
        pattern().prop_map(Term::Name),
        pattern().prop_map(Term::Arn),
        pattern().prop_map(Term::Id),
        pattern().prop_map(Term::Key),
        pattern().prop_map(Term::Account),
        ("[a-z][a-z_]{0,8}", pattern()).prop_map(|(name, is)| Term::AccountMember(name, is)),
        pattern().prop_map(Term::Technology),
        pattern().prop_map(Term::Region),
        pattern().prop_map(Term::Check),
        (pattern(), proptest::option::of(pattern())).prop_map(|(key, value)| Term::Tag(key, value)),
    ];
    let values = prop_oneof![
        (block(), any::<bool>(), below).prop_map(|(block, is_exact, below)| Term::Cidr {
            block,
            is_exact,
            below
        }),
        names().prop_map(Term::Principal),
        names().prop_map(Term::Ref),
        (path(), proptest::option::of(comparison())).prop_map(|(at, is)| Term::Path(at, is)),
        flag().prop_map(Term::Deleted),
        flag().prop_map(Term::Watched),
        flag().prop_map(Term::Ignored),
        (operator(), any::<u32>()).prop_map(|(operator, score)| Term::Score(operator, score)),
        (operator(), severity).prop_map(|(operator, one)| Term::Severity(operator, one)),
        standing.prop_map(Term::Status),
    ];
    let times = prop_oneof![
        time().prop_map(|(operator, when)| Term::Changed(operator, when)),
        time().prop_map(|(operator, when)| Term::FirstSeen(operator, when)),
        time().prop_map(|(operator, when)| Term::Opened(operator, when)),
        time().prop_map(|(operator, when)| Term::Resolved(operator, when)),
        when().prop_map(Term::Since),
    ];
    prop_oneof![texts, values, times]
}

fn query() -> impl Strategy<Value = Query> {
    term().prop_map(Query::Term).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| one.and(other)),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| one.or(other)),
            inner.prop_map(|one| !one),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(query in query()) {
        let printed = query.to_string();
        let read = printed.parse::<Query>();
        prop_assert_eq!(read.as_ref(), Ok(&query), "{}", printed);
    }

    #[test]
    fn any_text_is_a_query_or_an_error_that_points_into_it(text in "[a-z:*/()\"\\\\<>= OR-]{0,24}|.{0,24}") {
        match text.parse::<Query>() {
            Ok(query) => prop_assert_eq!(query.to_string().parse::<Query>(), Ok(query)),
            Err(error) => {
                prop_assert!(text.get(error.span.clone()).is_some());
                prop_assert_eq!(error.pointed().lines().count(), 2);
            }
        }
    }

    #[test]
    fn not_is_the_opposite_and_lists_are_what_they_say(one in query(), other in query()) {
        for item in items() {
            let holds = |query: &Query| {
                let Ok(found) = query.matches(&item);
                found
            };
            let (a, b) = (holds(&one), holds(&other));
            // What a list says of status holds in all of it, and what is said of issues side
            // by side is asked of one issue.
            let speaks = |query: &Query| query.terms().any(Term::is_of_issue);
            if !speaks(&one) && !speaks(&other) {
                prop_assert_eq!(holds(&one.clone().and(other.clone())), a && b);
                prop_assert_eq!(holds(&one.clone().or(other.clone())), a || b);
            }
            prop_assert_eq!(holds(&!one.clone()), !a);
        }
    }
}
