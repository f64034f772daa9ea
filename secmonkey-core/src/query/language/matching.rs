//! Whether an item or an issue is meant.

use jiff::Timestamp;
use serde_json::Value;

use super::value::{Pattern, Severity, Standing};
use super::{Query, Term, read};
use crate::account::Account;
use crate::issue::{Issue, Status};
use crate::query::Match;
use crate::replay::ItemRow;

/// What a query is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// An item, with all its issues.
    Item,
    /// One issue, with its item.
    Issue(&'a Issue),
}

/// What is known of an item, read when a term asks for it.
pub trait Facts {
    /// Why something cannot be read.
    type Error;

    /// What the query is asked about.
    fn subject(&self) -> Subject<'_>;

    /// The item.
    fn row(&self) -> &ItemRow;

    /// Its account, where it is registered.
    fn account(&self) -> Option<&Account>;

    /// The moment of asking, against which ages are held.
    fn now(&self) -> Timestamp;

    /// The (last) configuration of the item.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn config(&self) -> Result<&Value, Self::Error>;

    /// Every issue that the item ever had.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn issues(&self) -> Result<&[Issue], Self::Error>;

    /// What the open issues of the item add up to.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn score(&self) -> Result<u32, Self::Error>;

    /// Whether a rule ignores the item.
    ///
    /// # Errors
    /// Where that cannot be read.
    fn is_ignored(&self) -> Result<bool, Self::Error>;

    /// Whether scans look at the item, or it is gone.
    ///
    /// # Errors
    /// Where that cannot be read.
    fn is_watched(&self) -> Result<bool, Self::Error>;
}

/// What it takes to judge a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cost {
    Row,
    Issues,
    Config,
}

impl Query {
    /// Whether an item or an issue is meant.
    ///
    /// Of an issue, its item and itself are asked. Of an item, terms that speak of issues hold
    /// where it has such an issue, one that stands open unless the query says `status`; those
    /// that stand side by side are asked of one and the same issue.
    ///
    /// # Errors
    /// Where something that a term asks for cannot be read. Terms that need less are asked
    /// first.
    pub fn matches<F: Facts>(&self, facts: &F) -> Result<bool, F::Error> {
        let says_status = self.terms().any(|term| matches!(term, Term::Status(_)));
        Matching { facts, subject: facts.subject(), says_status }.query(self)
    }

    /// Where addresses stand that it asks for, the narrowest block first; each once.
    pub(in crate::query) fn addresses<F: Facts>(&self, facts: &F) -> Result<Vec<Match>, F::Error> {
        let matching = Matching { facts, subject: facts.subject(), says_status: false };
        let mut found: Vec<Match> = Vec::new();
        for term in self.wanted() {
            for one in matching.addresses(term)? {
                if !found.contains(&one) {
                    found.push(one);
                }
            }
        }
        found.sort_by_key(|one| std::cmp::Reverse(one.block.prefix_len()));
        Ok(found)
    }

    fn cost(&self) -> Cost {
        self.terms().map(Term::cost).max().unwrap_or(Cost::Row)
    }

    /// Whether all of it speaks of an issue.
    fn is_of_issue(&self) -> bool {
        match self {
            Self::Term(term) => term.is_of_issue(),
            Self::And(all) | Self::Or(all) => all.iter().all(Self::is_of_issue),
            Self::All | Self::Not(_) => false,
        }
    }
}

impl Term {
    fn cost(&self) -> Cost {
        match self {
            Self::Text(_)
            | Self::Tag(..)
            | Self::Cidr { .. }
            | Self::Principal(_)
            | Self::Ref(_)
            | Self::Path(..) => Cost::Config,
            Self::Score(..) | Self::Watched(_) | Self::Ignored(_) => Cost::Issues,
            term if term.is_of_issue() => Cost::Issues,
            _ => Cost::Row,
        }
    }
}

struct Matching<'a, F> {
    facts: &'a F,
    subject: Subject<'a>,
    says_status: bool,
}

impl<F: Facts> Matching<'_, F> {
    fn query(&self, query: &Query) -> Result<bool, F::Error> {
        match query {
            Query::All => Ok(true),
            Query::Not(one) => Ok(!self.query(one)?),
            Query::Or(all) => self.until(true, all),
            Query::And(all) => match self.subject {
                Subject::Issue(_) => Ok(!self.until(false, all)?),
                Subject::Item => self.both(all),
            },
            Query::Term(term) => match self.subject {
                Subject::Item if term.is_of_issue() => self.has_issue(&[query]),
                _ => self.term(term),
            },
        }
    }

    /// Whether one of these is so, the cheapest first.
    fn until(&self, wanted: bool, all: &[Query]) -> Result<bool, F::Error> {
        for cost in [Cost::Row, Cost::Issues, Cost::Config] {
            for one in all.iter().filter(|one| one.cost() == cost) {
                if self.query(one)? == wanted {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether an item is all of these, what is said of issues by one of them.
    fn both(&self, all: &[Query]) -> Result<bool, F::Error> {
        for cost in [Cost::Row, Cost::Issues, Cost::Config] {
            if cost == Cost::Issues {
                let of_issue: Vec<_> = all.iter().filter(|one| one.is_of_issue()).collect();
                if !of_issue.is_empty() && !self.has_issue(&of_issue)? {
                    return Ok(false);
                }
            }
            for one in all.iter().filter(|one| one.cost() == cost && !one.is_of_issue()) {
                if !self.query(one)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Whether the item has an issue that is all of these.
    fn has_issue(&self, all: &[&Query]) -> Result<bool, F::Error> {
        let now = self.facts.now();
        for issue in self.facts.issues()? {
            if !self.says_status && issue.status(now) != Status::Open {
                continue;
            }
            let one = Matching { subject: Subject::Issue(issue), ..*self };
            let mut is_all = true;
            for query in all {
                is_all = is_all && one.query(query)?;
            }
            if is_all {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn term(&self, term: &Term) -> Result<bool, F::Error> {
        let Self { facts, .. } = self;
        let (row, now) = (facts.row(), facts.now());
        if let Some(found) = row_term(row, facts.account(), term) {
            return Ok(found);
        }
        if let Subject::Issue(issue) = self.subject
            && let Some(found) = term.of_issue(issue, now)
        {
            return Ok(found);
        }
        Ok(match term {
            Term::Text(pattern) => read::any(facts.config()?, &|text| pattern.is_within(text)),
            Term::Tag(key, value) => read::is_tagged(facts.config()?, key, value.as_ref()),
            Term::Cidr { .. } => !self.addresses(term)?.is_empty(),
            Term::Principal(who) => read::names(facts.config()?, who),
            Term::Ref(other) => read::any(facts.config()?, &|text| other.fits(text)),
            Term::Path(path, wanted) => path.is_in(facts.config()?, wanted.as_ref()),
            Term::Ignored(flag) => flag.holds(facts.is_ignored()?),
            Term::Watched(flag) => flag.holds(facts.is_watched()?),
            Term::Changed(operator, when) => when.holds(*operator, row.last_changed, now),
            Term::FirstSeen(operator, when) => when.holds(*operator, row.first_seen, now),
            Term::Score(operator, score) => operator.holds(facts.score()?.cmp(score)),
            // What is said of an issue holds of none.
            _ => false,
        })
    }

    /// Where the addresses stand that a term asks for: of an issue, in what it rests on, or in
    /// its item where it points nowhere.
    fn addresses(&self, term: &Term) -> Result<Vec<Match>, F::Error> {
        let Term::Cidr { block, is_exact, below } = term else { return Ok(Vec::new()) };
        let config = self.facts.config()?;
        let wanted = (*block, *is_exact, below.as_str());
        let mut found = Vec::new();
        match self.subject {
            Subject::Issue(issue) if !issue.finding.evidence.is_empty() => {
                for at in &issue.finding.evidence {
                    if let Some(value) = config.pointer(at) {
                        read::addresses(value, at, wanted, &mut found);
                    }
                }
            }
            _ => read::addresses(config, "", wanted, &mut found),
        }
        Ok(found)
    }
}

/// What the row of an item says of a term; `None` where that does not decide.
pub(in crate::query) fn row_term(
    row: &ItemRow,
    account: Option<&Account>,
    term: &Term,
) -> Option<bool> {
    Some(match term {
        Term::Text(pattern) => {
            let is_said = pattern.is_within(&row.name)
                || row.arn.as_deref().is_some_and(|arn| pattern.is_within(arn))
                || pattern.is_within(&row.key.id)
                || row.former.iter().any(|once| pattern.is_within(once));
            return is_said.then_some(true);
        }
        Term::Ref(other) => {
            // What it is itself is no mention of something else.
            let is_itself =
                other.fits(&row.key.id) || row.arn.as_deref().is_some_and(|arn| other.fits(arn));
            return is_itself.then_some(false);
        }
        Term::Name(pattern) => is_called(row, Some(&row.name), pattern),
        Term::Arn(pattern) => {
            let is_whole = ["arn:", "*"].iter().any(|start| pattern.starts_with(start));
            let pattern = if is_whole { pattern.clone() } else { pattern.behind("arn:") };
            is_called(row, row.arn.as_deref(), &pattern)
        }
        Term::Id(pattern) => pattern.fits(&row.key.id),
        Term::Key(pattern) => pattern.fits(&row.key.to_string()),
        Term::Account(pattern) => {
            pattern.fits(row.key.account.as_str())
                || account.is_some_and(|account| pattern.fits(&account.name))
        }
        Term::AccountMember(name, pattern) => {
            account.is_some_and(|account| account.has(name, |text| pattern.fits(text)))
        }
        Term::Technology(pattern) => pattern.fits(&row.key.technology),
        Term::Region(pattern) => pattern.fits(&row.key.region),
        Term::Deleted(flag) => flag.holds(row.deleted),
        _ => return None,
    })
}

impl Term {
    /// What an issue alone says of it; `None` where that does not decide.
    pub(in crate::query) fn of_issue(&self, issue: &Issue, now: Timestamp) -> Option<bool> {
        let finding = &issue.finding;
        Some(match self {
            Self::Text(pattern) => {
                let starts =
                    |start: &str| finding.issue.as_str().starts_with(&start.to_lowercase());
                let is_said = pattern.is_within(&finding.check)
                    || pattern.is_within(&finding.detail)
                    || pattern.as_literal().is_some_and(starts);
                return is_said.then_some(true);
            }
            Self::Score(operator, score) => operator.holds(u32::from(finding.score).cmp(score)),
            Self::Check(pattern) => pattern.fits(&finding.check),
            Self::Severity(operator, severity) => {
                operator.holds(Severity::of(finding.score).cmp(severity))
            }
            Self::Status(Standing::Any) => true,
            Self::Status(Standing::Is(status)) => issue.status(now) == *status,
            Self::Opened(operator, when) => when.holds(*operator, issue.stands_since(), now),
            Self::Resolved(operator, when) => {
                issue.resolved_at.is_some_and(|at| when.holds(*operator, at, now))
            }
            Self::Since(when) => issue.moved(now) >= when.since(now),
            _ => return None,
        })
    }
}

/// Whether it is called so, now or once.
fn is_called(row: &ItemRow, now: Option<&str>, pattern: &Pattern) -> bool {
    now.is_some_and(|now| pattern.fits(now)) || row.former.iter().any(|once| pattern.fits(once))
}

impl Pattern {
    /// Whether it begins so; with a star, where that is asked.
    fn starts_with(&self, start: &str) -> bool {
        match self.pieces() {
            [first, _, ..] if start == "*" => first.is_empty(),
            [first, ..] => first.to_lowercase().starts_with(start),
            [] => false,
        }
    }

    /// The same behind a text.
    fn behind(&self, text: &str) -> Self {
        let mut pieces = self.pieces().to_vec();
        if let Some(first) = pieces.first_mut() {
            first.insert_str(0, text);
        }
        Self::of(pieces)
    }
}
