//! What of a query the terms of items can answer: never less than it means.

use crate::account::Accounts;
use crate::query::Query;
use crate::query::language::{Names, Operator, Path, Pattern, Segment as Step, Term};

use super::segment::{Segment, Set};
use super::terms::{
    ACCOUNT, LONG, LONGEST, PRINCIPAL, REGION, TAG, TECHNOLOGY, block, is_inside, pair, tag,
    whole_words,
};
use crate::view::Error;

use ipnet::IpNet;

/// Which items may be meant.
pub enum Plan {
    /// Any.
    All,
    /// Those of this term.
    Term(String),
    /// Those of the terms between two.
    Between(String, String),
    /// Those of the terms that begin so and fit.
    Under(String, Box<dyn Fn(&str) -> bool + Send>),
    /// Those of the words that hold this.
    Holding(String),
    /// Those that all of these mean.
    And(Vec<Plan>),
    /// Those that any of these means.
    Or(Vec<Plan>),
    /// Those that this does not mean, which has to be exact.
    Not(Box<Plan>),
}

impl Plan {
    /// What an item that a query means has to have.
    pub fn of_item(query: &Query, accounts: &Accounts) -> Self {
        Self::of(query, &|one| term(one, accounts), true)
    }

    /// What the item of an issue that a query means has to have: a text may also stand in the
    /// issue.
    pub fn of_issue(query: &Query, accounts: &Accounts) -> Self {
        let term = |one: &Term| match one {
            Term::Text(_) => Self::All,
            one => term(one, accounts),
        };
        // What an item names, an issue of it need not.
        Self::of(query, &term, false)
    }

    fn of(query: &Query, term: &dyn Fn(&Term) -> Self, is_of_item: bool) -> Self {
        let of = |one| Self::of(one, term, is_of_item);
        match query {
            Query::Not(_) if is_of_item => Self::exactly(query).unwrap_or(Self::All),
            Query::All | Query::Not(_) => Self::All,
            Query::Term(one) => term(one),
            Query::And(all) => Self::and(all.iter().map(of)),
            Query::Or(all) => Self::or(all.iter().map(of)),
        }
    }

    /// What means the very items that a query does, and no others: terms of blocks are made of
    /// all that is held against a block.
    fn exactly(query: &Query) -> Option<Self> {
        let all = |all: &[Query]| all.iter().map(Self::exactly).collect::<Option<Vec<_>>>();
        Some(match query {
            Query::Term(Term::Cidr { block, is_exact, below }) if below.is_empty() => {
                addresses(*block, *is_exact)
            }
            Query::Not(one) => Self::Not(Box::new(Self::exactly(one)?)),
            Query::And(some) => Self::And(all(some)?),
            Query::Or(some) => Self::Or(all(some)?),
            Query::All | Query::Term(_) => return None,
        })
    }

    pub const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    fn and(all: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<_> = all.into_iter().filter(|one| !one.is_all()).collect();
        // What needs least is asked first.
        all.sort_by_key(Self::cost);
        match all.len() {
            0 => Self::All,
            1 => all.remove(0),
            _ => Self::And(all),
        }
    }

    fn or(all: impl IntoIterator<Item = Self>) -> Self {
        let all: Vec<_> = all.into_iter().collect();
        if all.iter().any(Self::is_all) { Self::All } else { Self::Or(all) }
    }

    fn cost(&self) -> usize {
        match self {
            Self::All => 0,
            Self::Term(_) => 1,
            Self::Under(..) | Self::Between(..) => 2,
            Self::Holding(_) => 10,
            Self::And(all) | Self::Or(all) => all.iter().map(Self::cost).sum(),
            Self::Not(one) => one.cost(),
        }
    }

    /// The items of a segment that may be meant; `None` for all of them.
    pub fn of_segment(&self, segment: &Segment<'_>) -> Result<Option<Set>, Error> {
        Ok(Some(match self {
            Self::All => return Ok(None),
            Self::Term(term) => segment.term(term)?,
            Self::Between(from, to) => segment.range(from, to, &|_| true)?,
            Self::Under(start, fits) => segment.under(start, fits.as_ref())?,
            Self::Holding(text) => segment.holding(text)?,
            Self::And(all) => {
                let mut found: Option<Set> = None;
                for one in all {
                    let Some(more) = one.of_segment(segment)? else { continue };
                    match &mut found {
                        None => found = Some(more),
                        Some(found) => found.and(&more),
                    }
                    if found.as_ref().is_some_and(Set::is_empty) {
                        break;
                    }
                }
                return Ok(found);
            }
            Self::Or(all) => {
                let mut found = segment.none();
                for one in all {
                    match one.of_segment(segment)? {
                        None => return Ok(None),
                        Some(more) => found.or(&more),
                    }
                }
                found
            }
            Self::Not(one) => match one.of_segment(segment)? {
                None => segment.none(),
                Some(mut found) => {
                    found.not(segment.size());
                    found
                }
            },
        }))
    }
}

fn term(term: &Term, accounts: &Accounts) -> Plan {
    match term {
        // An ARN may be written without its start.
        Term::Text(text) | Term::Arn(text) => or_long(pattern(text, false)),
        Term::Name(text) | Term::Id(text) => or_long(pattern(text, true)),
        Term::Technology(wanted) => under(TECHNOLOGY, wanted.clone()),
        Term::Region(wanted) => under(REGION, wanted.clone()),
        Term::Account(wanted) => {
            let named = accounts.iter().filter(|one| wanted.fits(&one.name));
            let ids: Vec<_> = named.map(|one| one.id.as_str().to_lowercase()).collect();
            let wanted = wanted.clone();
            let fits = move |id: &str| wanted.fits(id) || ids.iter().any(|one| one == id);
            Plan::Under(ACCOUNT.into(), Box::new(fits))
        }
        Term::Tag(name, value) => or_long(tagged(name, value.as_ref())),
        Term::Cidr { block, is_exact, .. } => addresses(*block, *is_exact),
        Term::Principal(who) => or_long(principal(who)),
        Term::Ref(other) => or_long(match other {
            Names::Word(word) => {
                let lower = word.to_lowercase();
                Plan::and(whole_words(&lower).map(|word| bounded(word, false, false)))
            }
            Names::Fitting(text) => pattern(text, true),
            Names::Exactly(text) => pattern(&Pattern::literal(text), true),
        }),
        Term::Path(path, wanted) => {
            let value = wanted.as_ref().filter(|wanted| wanted.operator == Operator::Equal);
            or_long(place(path, value.map(|wanted| &wanted.value)))
        }
        _ => Plan::All,
    }
}

/// What is too long to be a term may be anything.
fn or_long(plan: Plan) -> Plan {
    Plan::or([plan, Plan::Term(LONG.to_owned())])
}

fn under(kind: char, wanted: Pattern) -> Plan {
    Plan::Under(kind.into(), Box::new(move |text| wanted.fits(text)))
}

/// Texts that hold what stands between the stars; or that are it from end to end.
fn pattern(pattern: &Pattern, is_whole: bool) -> Plan {
    let last = pattern.pieces().len().saturating_sub(1);
    Plan::and(pattern.pieces().iter().enumerate().map(|(number, piece)| {
        let lower = piece.to_lowercase();
        let (starts, ends) = (is_whole && number == 0, is_whole && number == last);
        let words: Vec<_> = lower.split(|c: char| !is_inside(c)).collect();
        let end = words.len() - 1;
        // What stands between two separators is a word from end to end.
        let word = |(at, word): (usize, &&str)| bounded(word, starts || at > 0, ends || at < end);
        Plan::and(words.iter().enumerate().filter(|(_, word)| !word.is_empty()).map(word))
    }))
}

/// Words that begin and end as a text does, or only hold it.
fn bounded(text: &str, starts: bool, ends: bool) -> Plan {
    match (starts, ends) {
        _ if text.len() > LONGEST => Plan::Term(LONG.to_owned()),
        (true, true) => Plan::Term(text.to_owned()),
        (true, false) if text.len() >= 2 => Plan::Under(text.to_owned(), Box::new(|_| true)),
        _ if text.len() >= 3 => Plan::Holding(text.to_owned()),
        // Nearly everything holds it.
        _ => Plan::All,
    }
}

fn tagged(name: &Pattern, value: Option<&Pattern>) -> Plan {
    let literal = |pattern: &Pattern| pattern.as_literal().map(str::to_lowercase);
    match (literal(name), value.map(literal)) {
        (Some(name), Some(Some(value))) => {
            Plan::Term(tag(&name, &value).unwrap_or_else(|| LONG.to_owned()))
        }
        (Some(name), value_literal) if name.len() <= LONGEST => {
            let named = Plan::Term(format!("{TAG}{name}"));
            match value_literal {
                None => named,
                Some(_) => Plan::and([named, value.map_or(Plan::All, |text| pattern(text, true))]),
            }
        }
        _ => {
            Plan::and([pattern(name, true), value.map_or(Plan::All, |value| pattern(value, true))])
        }
    }
}

fn addresses(wanted: IpNet, is_exact: bool) -> Plan {
    if is_exact {
        return Plan::Term(block(wanted));
    }
    let around = (0..wanted.prefix_len()).filter_map(|length| {
        let net = IpNet::new(wanted.network(), length).ok()?;
        Some(Plan::Term(block(net)))
    });
    // The terms of blocks end in the two digits of the length.
    let first = |address| block(IpNet::from(address));
    let cut = |term: String| term[..term.len() - 2].to_owned();
    let (from, to) = (cut(first(wanted.network())), cut(first(wanted.broadcast())));
    let within = Plan::Between(format!("{from}00"), format!("{to}ff"));
    Plan::or(around.chain([within]))
}

fn principal(who: &Names) -> Plan {
    let named = |text: &str| {
        let lower = text.to_lowercase();
        let words = whole_words(&lower).map(|word| match word.len() {
            0..=LONGEST => Plan::Term(format!("{PRINCIPAL}{word}")),
            _ => Plan::Term(LONG.to_owned()),
        });
        (Plan::and(words), lower)
    };
    match who {
        Names::Word(word) => named(word).0,
        // In quotes or not, a policy holds it as a text.
        Names::Fitting(text) => pattern(text, true),
        Names::Exactly(text) => match named(text) {
            (Plan::All, lower) if lower.len() <= LONGEST => {
                Plan::Term(format!("{PRINCIPAL}={lower}"))
            }
            (plan, _) => plan,
        },
    }
}

/// Members on the way to a place, and what stands there.
fn place(path: &Path, value: Option<&Pattern>) -> Plan {
    // A number may be that of an element.
    let is_name = |text: &&str| !text.bytes().all(|byte| byte.is_ascii_digit());
    let steps = path.0.iter().map(|step| match step {
        Step::Named(one) if one.as_literal().is_none_or(|name| is_name(&name)) => {
            match one.as_literal() {
                Some(_) => pattern(one, true),
                // It may be a pattern for numbers.
                None => Plan::All,
            }
        }
        _ => Plan::All,
    });
    let steps = Plan::and(steps);
    let Some(value) = value else { return steps };
    let last = match path.0.last() {
        Some(Step::Named(one)) => one.as_literal().filter(is_name),
        _ => None,
    };
    let known = last.zip(value.as_literal());
    let both = known.and_then(|(name, value)| pair(&name.to_lowercase(), &value.to_lowercase()));
    Plan::and([steps, both.map_or_else(|| pattern(value, true), Plan::Term)])
}
