//! Texts with wildcards and variables, matched as AWS does.

use std::fmt;

/// A text in which `*` stands for any run of characters, none included, and `?` for any
/// one character.
///
/// Since version 2012-10-17 of the language, a policy variable such as
/// `${aws:username}` or `${aws:PrincipalTag/team, 'none'}` may stand in it too, and
/// `${*}`, `${?}` and `${$}` are the characters themselves.
///
/// Source: *IAM JSON policy elements: Resource*, *IAM policy elements: Variables and
/// tags*.
///
/// ```
/// use secmonkey_policy::Pattern;
///
/// let objects = Pattern::new("arn:aws:s3:::logs/*");
/// assert!(objects.matches("arn:aws:s3:::logs/2026/01"));
/// assert!(!objects.matches("arn:aws:s3:::logs"));
/// assert!(Pattern::plain("s3:get*").matches_ignoring_case("s3:GetObject"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern<'a> {
    text: &'a str,
    variables: bool,
}

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Literal(char),
    One,
    Any,
    /// What stands between `${` and `}`.
    Variable(&'a str),
}

/// What a variable is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variables {
    /// Whatever is needed.
    Anything,
    /// Nothing that can be relied upon.
    Nothing,
}

impl<'a> Pattern<'a> {
    /// A pattern of the language's version 2012-10-17, where variables count.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, variables: text.contains("${") }
    }

    /// A pattern of wildcards only: `${` is two characters like any others.
    #[must_use]
    pub const fn plain(text: &'a str) -> Self {
        Self { text, variables: false }
    }

    /// As it is written.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether it holds neither wildcard nor variable, so that it matches one text only.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.tokens().all(|token| matches!(token, Token::Literal(_)))
    }

    /// Whether it holds a variable, so that what it matches depends on the request.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.variables && self.tokens().any(|token| matches!(token, Token::Variable(_)))
    }

    /// Whether it matches every text.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        !self.text.is_empty() && self.text.bytes().all(|byte| byte == b'*')
    }

    /// Whether it may match: a variable stands for whatever makes it match.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.run(text, Variables::Anything, |a, b| a == b)
    }

    /// As [`matches`](Self::matches), where ASCII letters are equal in both cases, as in
    /// actions.
    #[must_use]
    pub fn matches_ignoring_case(&self, text: &str) -> bool {
        self.run(text, Variables::Anything, |a, b| a.eq_ignore_ascii_case(&b))
    }

    /// Whether it matches whatever the variables are: one that holds a variable never
    /// does.
    #[must_use]
    pub fn surely_matches(&self, text: &str) -> bool {
        self.run(text, Variables::Nothing, |a, b| a == b)
    }

    /// Whether every text that `other` may match is surely matched by this one.
    ///
    /// `true` is certain; `false` may be wrong where the two use variables, where `?`
    /// stands beside `*` (`?*` and `*a`), and for texts far longer than AWS takes.
    #[must_use]
    pub fn covers(&self, other: &Pattern<'_>) -> bool {
        self.covers_by(other, |a, b| a == b)
    }

    /// As [`covers`](Self::covers), where ASCII letters are equal in both cases.
    #[must_use]
    pub fn covers_ignoring_case(&self, other: &Pattern<'_>) -> bool {
        self.covers_by(other, |a, b| a.eq_ignore_ascii_case(&b))
    }

    /// Whether there may be a text that both match: a variable stands for whatever makes
    /// it so.
    #[must_use]
    pub fn overlaps(&self, other: &Pattern<'_>) -> bool {
        let (ours, theirs) = (self.normal(), other.normal());
        if ours.len().saturating_mul(theirs.len()) > MOST_STEPS {
            return true;
        }
        // `row[j]`: whether what is left of ours and theirs from `j` on has a common text.
        let open = |token: &Token<'_>| matches!(token, Token::Any | Token::Variable(_));
        let mut row = vec![false; theirs.len() + 1];
        row[theirs.len()] = true;
        for j in (0..theirs.len()).rev() {
            row[j] = open(&theirs[j]) && row[j + 1];
        }
        for one in ours.iter().rev() {
            let mut next = vec![false; theirs.len() + 1];
            next[theirs.len()] = open(one) && row[theirs.len()];
            for (j, other) in theirs.iter().enumerate().rev() {
                next[j] = if open(one) || open(other) {
                    row[j] || next[j + 1]
                } else {
                    row[j + 1]
                        && match (one, other) {
                            (Token::Literal(a), Token::Literal(b)) => a == b,
                            _ => true,
                        }
                };
            }
            row = next;
        }
        row[0]
    }

    fn tokens(&self) -> Tokens<'a> {
        Tokens { rest: self.text, variables: self.variables }
    }

    /// Its pieces, the wildcards of a run in one order: first what stands for one
    /// character, then at most one that stands for any.
    fn normal(&self) -> Vec<Token<'a>> {
        let mut normal: Vec<Token<'a>> = Vec::with_capacity(self.text.len());
        for token in self.tokens() {
            match (normal.last(), token) {
                (Some(Token::Any), Token::Any) => {}
                (Some(Token::Any), Token::One) => {
                    let last = normal.len() - 1;
                    normal.insert(last, token);
                }
                _ => normal.push(token),
            }
        }
        normal
    }

    /// Goes through text and pattern side by side, and back to the last `*` where they
    /// part: at most their lengths multiplied.
    fn run(&self, text: &str, variables: Variables, equal: fn(char, char) -> bool) -> bool {
        let mut pattern = self.tokens();
        let mut rest = text.chars();
        let mut retry: Option<(Tokens<'a>, std::str::Chars<'_>)> = None;
        loop {
            match pattern.next() {
                None if rest.as_str().is_empty() => return true,
                Some(Token::Any) => {
                    retry = Some((pattern.clone(), rest.clone()));
                    continue;
                }
                Some(Token::Variable(_)) if variables == Variables::Anything => {
                    retry = Some((pattern.clone(), rest.clone()));
                    continue;
                }
                Some(Token::Literal(wanted)) => match rest.next() {
                    Some(found) if equal(wanted, found) => continue,
                    Some(_) => {}
                    // Going back leaves even less of the text.
                    None => return false,
                },
                Some(Token::One) => match rest.next() {
                    Some(_) => continue,
                    None => return false,
                },
                Some(Token::Variable(_)) | None => {}
            }
            let Some((after, from)) = &mut retry else { return false };
            if from.next().is_none() {
                return false;
            }
            pattern = after.clone();
            rest = from.clone();
        }
    }

    fn covers_by(&self, other: &Pattern<'_>, equal: fn(char, char) -> bool) -> bool {
        if self.is_everything() {
            return true;
        }
        let (ours, theirs) = (self.normal(), other.normal());
        if ours.len().saturating_mul(theirs.len()) > MOST_STEPS {
            return false;
        }
        let (mut i, mut j) = (0, 0);
        let mut retry = None;
        loop {
            let goes = match (ours.get(i), theirs.get(j)) {
                (None, None) => return true,
                (Some(Token::Any), _) => {
                    i += 1;
                    retry = Some((i, j));
                    continue;
                }
                (Some(Token::One), Some(Token::Literal(_) | Token::One)) => true,
                (Some(Token::Literal(a)), Some(Token::Literal(b))) => equal(*a, *b),
                (Some(Token::Variable(a)), Some(Token::Variable(b))) => a == b,
                _ => false,
            };
            if goes {
                (i, j) = (i + 1, j + 1);
                continue;
            }
            let Some((after, from)) = retry else { return false };
            if from >= theirs.len() {
                return false;
            }
            retry = Some((after, from + 1));
            (i, j) = (after, from + 1);
        }
    }
}

/// How many steps a comparison of two patterns may take: those of AWS are far below.
const MOST_STEPS: usize = 16_000_000;

impl fmt::Display for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// The pieces of a pattern, one after the other.
#[derive(Debug, Clone)]
struct Tokens<'a> {
    rest: &'a str,
    variables: bool,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let mut chars = self.rest.chars();
        let token = match chars.next()? {
            '*' => Token::Any,
            '?' => Token::One,
            '$' if self.variables && chars.as_str().starts_with('{') => {
                let inside = &chars.as_str()[1..];
                if let Some((name, rest)) = inside.split_once('}') {
                    self.rest = rest;
                    return Some(match name {
                        "*" => Token::Literal('*'),
                        "?" => Token::Literal('?'),
                        "$" => Token::Literal('$'),
                        name => Token::Variable(name),
                    });
                }
                // Nor will it be closed for a later one: else each would look to the end.
                self.variables = false;
                Token::Literal('$')
            }
            other => Token::Literal(other),
        };
        self.rest = chars.as_str();
        Some(token)
    }
}
