//! Attributions in words.

use jiff::Timestamp;

use super::{Attribution, Call, Confidence, Who};
use crate::render::{short, visible};

/// The longest name, in columns.
const NAME: usize = 128;
/// So many of several calls are named.
const NAMED: usize = 3;

impl Attribution {
    /// Who changed it, in one sentence: `by alice (role Admin, session alice@example.com) with
    /// ec2:AuthorizeSecurityGroupIngress from 203.0.113.7, 14:02 UTC; through CloudFormation`.
    ///
    /// `at` is when the change was recorded: a call of the same day is told by its hour.
    #[must_use]
    pub fn sentence(&self, at: Timestamp) -> String {
        match (self.confidence, self.calls.as_slice()) {
            (Confidence::Exact, [call]) => format!("by {}", call.sentence(at)),
            (_, [call]) => format!("probably by {}", call.sentence(at)),
            (_, calls) => {
                // The last are the likeliest.
                let mut told: Vec<(String, usize)> = Vec::new();
                for sentence in calls.iter().rev().map(|call| call.sentence(at)) {
                    match told.iter_mut().find(|(known, _)| *known == sentence) {
                        Some((_, times)) => *times += 1,
                        None => told.push((sentence, 1)),
                    }
                }
                let all = count(calls.len(), self.more);
                if let ([(sentence, _)], false) = (told.as_slice(), self.more) {
                    return format!("by one of {all}, each by {sentence}");
                }
                let left: usize = told.iter().skip(NAMED).map(|(_, times)| times).sum();
                let left = match left {
                    _ if self.more => " or others".to_owned(),
                    0 => String::new(),
                    left => format!(" or {left} more"),
                };
                let told = told.into_iter().take(NAMED).map(|(sentence, times)| match times {
                    1 => sentence,
                    times => format!("{sentence} ({times} of them)"),
                });
                format!("by one of {all}: {}{left}", told.collect::<Vec<_>>().join(" or "))
            }
        }
    }

    /// Who changed it, in a word or two, for where there is little room: `alice`, `alice?`,
    /// `alice or bob`.
    #[must_use]
    pub fn short(&self) -> String {
        let mut people: Vec<String> = Vec::new();
        for call in self.calls.iter().rev() {
            let person = call.who.person();
            if !people.contains(&person) {
                people.push(person);
            }
        }
        let is_sure = self.confidence != Confidence::Likely && !self.more;
        let doubt = if is_sure { "" } else { "?" };
        match people.as_slice() {
            [] => String::new(),
            [one] => format!("{one}{doubt}"),
            [one, other] if !self.more => format!("{one} or {other}"),
            [one, rest @ ..] => format!("{one} or {} more", rest.len()),
        }
    }
}

fn count(calls: usize, more: bool) -> String {
    if more { format!("more than {calls} calls") } else { format!("{calls} calls") }
}

/// What others named, as it is shown.
fn shown(text: &str) -> String {
    short(&visible(text), NAME).into_owned()
}

impl Call {
    /// What was called, as policies name it: `ec2:AuthorizeSecurityGroupIngress`.
    #[must_use]
    pub fn action(&self) -> String {
        let service = self.event_source.split('.').next().unwrap_or_default();
        format!("{service}:{}", self.event_name)
    }

    fn sentence(&self, at: Timestamp) -> String {
        let mut text = format!("{} with {}", self.who, shown(&self.action()));
        if let Some(from) = &self.source_ip {
            text.extend([" from ", &shown(from)]);
        }
        let day = |time: Timestamp| time.strftime("%F").to_string();
        let is_same = day(self.event_time) == day(at);
        let format = if is_same { "%H:%M" } else { "%F %H:%M" };
        text.extend([", ", &self.event_time.strftime(format).to_string(), " UTC"]);
        if let Some(via) = &self.via {
            text.extend(["; through ", &shown(via)]);
        }
        text
    }
}

impl Who {
    /// The person, as near as that is known: who the session is of, who took on the role, the
    /// session, the user; a service or an account else.
    #[must_use]
    pub fn person(&self) -> String {
        let first = self.chain.first().map(|arn| last(arn));
        let known = self.source_identity.as_deref().or(first).or(self.session.as_deref());
        let name = known.or(self.name.as_deref()).unwrap_or_else(|| last(&self.principal));
        shown(name)
    }
}

/// The name in an ARN.
fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

impl std::fmt::Display for Who {
    /// The person, and in what role.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let person = self.person();
        let mut more = Vec::new();
        match (self.kind.as_str(), &self.name) {
            ("user", Some(name)) if shown(name) == person => {}
            ("service", _) => {}
            (kind, Some(name)) if shown(name) != person => {
                more.push(format!("{} {}", shown(kind), shown(name)));
            }
            ("root" | "role" | "user", _) => {}
            (kind, _) => more.push(shown(kind)),
        }
        if let Some(session) = self.session.as_deref().map(shown)
            && session != person
        {
            more.push(format!("session {session}"));
        }
        f.write_str(&person)?;
        if more.is_empty() { Ok(()) } else { write!(f, " ({})", more.join(", ")) }
    }
}
