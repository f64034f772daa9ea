//! What servers, proxies and other programs say, before anybody hears it.
//!
//! A server answers what it likes: AWS itself repeats all headers of a request whose
//! signature is wrong, session token included, and a connection error may name a proxy with
//! its password. So whatever comes from outside is made a [`line()`] before it is logged,
//! recorded or shown: [`watch::Error`](crate::watch::Error) does it with every reason, the
//! pipeline with what notifiers complain of.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The longest line, in bytes.
pub const LONGEST: usize = 400;
/// No more than this of a text is looked at: it may be as long as an answer.
const LOOKED_AT: usize = 64 * 1024;
/// What stands where a secret stood.
const MASK: &str = "***";

/// The secrets that are kept out of every line, the newest last: each as it is, as it stands in
/// a query, and as it stands between quotation marks.
static SECRETS: Mutex<VecDeque<[String; 3]>> = Mutex::new(VecDeque::new());
/// So many are remembered; roles get new ones every hour.
const REMEMBERED: usize = 4096;
/// Shorter ones are words, which would be masked wherever they stand.
const SHORTEST: usize = 8;
/// What stands for itself in a query.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Keeps a secret out of every line from now on: the secret key and the session token of
/// credentials, as soon as somebody has them. One list for the whole process, because a
/// text from outside does not say whose secret is in it. What has fewer than eight
/// characters is not kept out.
pub fn keep_out(secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    // Whole after every step: a panic elsewhere does not harm it.
    let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    if secrets.iter().any(|[known, ..]| known == secret) {
        return;
    }
    if secrets.len() >= REMEMBERED {
        secrets.pop_front();
    }
    let encoded = utf8_percent_encode(secret, UNRESERVED).to_string();
    let quoted = format!("{secret:?}");
    secrets.push_back([secret.to_owned(), encoded, quoted[1..quoted.len() - 1].to_owned()]);
}

/// A text from outside as one line of at most [`LONGEST`] bytes, without the secrets that
/// are [kept out](keep_out) and without the passwords and parameters of URLs.
///
/// ```
/// use secmonkey_core::outside::line;
///
/// let said = line("no answer from\n  https://me:secret@proxy:3128/x?token=abc");
/// assert_eq!(said, "no answer from https://***@proxy:3128/x?***");
/// ```
#[must_use]
pub fn line(text: &str) -> String {
    let looked_at = &text[..boundary(text, LOOKED_AT)];
    let mut line = redacted(looked_at).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() > LONGEST || looked_at.len() < text.len() {
        line.truncate(boundary(&line, LONGEST - '…'.len_utf8()));
        line.push('…');
    }
    line
}

/// The last place at or before `at` where a text can be cut.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A text without the secrets that are [kept out](keep_out), and without the passwords and
/// parameters of URLs.
#[must_use]
pub fn redacted(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    let secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut held: Vec<_> = secrets.iter().flatten().filter(|one| text.contains(*one)).collect();
    // Where one secret begins another, masking it first would leave the end of the other.
    held.sort_by_key(|one| Reverse(one.len()));
    for form in held {
        text = Cow::Owned(text.replace(form.as_str(), MASK));
    }
    drop(secrets);
    if !text.contains(['@', '?', '#']) && !text.contains(JWT) {
        return text;
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    Cow::Owned(text.split_inclusive(ends).map(word).collect())
}

/// How the tokens of web identities begin: a JSON object in base64.
const JWT: &str = "eyJ";

/// A word without what is secret in it.
fn word(word: &str) -> String {
    let without = match word.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", url(rest)),
        None => match word.rsplit_once('@') {
            // A proxy may be named without its scheme. An ARN ends in a name of any form.
            Some((user, host))
                if user.contains(':') && !user.contains('/') && !user.contains("arn:") =>
            {
                format!("{MASK}@{host}")
            }
            _ => word.to_owned(),
        },
    };
    match without.split_once(JWT) {
        Some((before, token)) => {
            let end = token
                .find(|c: char| !matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.'));
            let (token, after) = token.split_at(end.unwrap_or(token.len()));
            if token.matches('.').count() >= 2 { format!("{before}{MASK}{after}") } else { without }
        }
        None => without,
    }
}

/// What follows the scheme of a URL, without password and parameters.
fn url(rest: &str) -> String {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // An `@` behind a whole host is no password; else a password may hold any sign.
    let (mask, rest) = match rest.rsplit_once('@') {
        Some((_, host)) if !is_host(authority) => ("***@", host),
        _ => ("", rest),
    };
    match rest.find(['?', '#']) {
        Some(at) => {
            let (place, parameters) = rest.split_at(at + 1);
            let after = parameters.trim_end_matches(|c: char| {
                c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | ':' | ',')
            });
            format!("{mask}{place}{MASK}{}", &parameters[after.len()..])
        }
        None => format!("{mask}{rest}"),
    }
}

/// Whether this is a host, with or without a port.
fn is_host(text: &str) -> bool {
    let (host, port) = text.rsplit_once(':').unwrap_or((text, "0"));
    !text.contains('@')
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && (host.starts_with('[') || !host.contains(':'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_secrets_that_begin_alike_none_shows() {
        keep_out("lighthouse-one");
        keep_out("lighthouse-one-and-more");
        assert_eq!(redacted("it is lighthouse-one-and-more"), format!("it is {MASK}"));
        assert_eq!(redacted("it is lighthouse-one"), format!("it is {MASK}"));
    }

    #[test]
    fn urls_lose_passwords_and_parameters_and_nothing_else() {
        for (said, kept) in [
            ("https://user:password@host", "https://***@host"),
            ("https://token@host:8443/a/b", "https://***@host:8443/a/b"),
            (
                "proxy http://u:p@ss:w/rd?@proxy:3128: refused",
                "proxy http://***@proxy:3128: refused",
            ),
            ("invalid proxy `u:p@proxy:3128`", "invalid proxy `***@proxy:3128`"),
            ("(https://sts.aws/?X-Amz-Security-Token=abc): no", "(https://sts.aws/?***): no"),
            ("\"http://a:b@c\",\"http://d:e@f\"", "\"http://***@c\",\"http://***@f\""),
            ("http://a:b@c,http://d:e@f", "http://***@f"),
            ("https://host#access_token=abc", "https://host#***"),
            ("https://[::1]:80/x", "https://[::1]:80/x"),
            // No passwords.
            ("https://host:443/of/me@example.org", "https://host:443/of/me@example.org"),
            ("mail of me@example.org? really", "mail of me@example.org? really"),
            (
                "arn:aws:sts::123456789012:assumed-role/R/me@example.org is not authorized",
                "arn:aws:sts::123456789012:assumed-role/R/me@example.org is not authorized",
            ),
            ("token eyJhbGciOi.eyJzdWIi.c2ln-_ is no good", "token *** is no good"),
            ("eyJ alone", "eyJ alone"),
        ] {
            assert_eq!(line(said), kept);
        }
    }

    #[test]
    fn secrets_are_kept_out_whatever_form_they_have() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        keep_out(secret);
        keep_out("the");
        assert_eq!(line(&format!("a {secret}b")), "a ***b");
        let encoded = "wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY";
        assert_eq!(line(&format!("key={encoded}&the=1")), "key=***&the=1");
        keep_out(r#"horse"battery\staple"#);
        let json = serde_json::json!({ "sent": r#"horse"battery\staple"# }).to_string();
        assert_eq!(line(&json), r#"{"sent":"***"}"#);
        // Before it is cut: half a secret is one, too.
        let late = line(&format!("{} {secret}", "x".repeat(380)));
        assert!(late.ends_with("x ***"), "{late}");
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_of_bounded_length(text in any::<String>(), times in 1_usize..40) {
            let line = line(&text.repeat(times));
            prop_assert!(line.len() <= LONGEST);
            prop_assert!(line.lines().count() <= 1);
        }

        #[test]
        fn no_password_of_a_url_survives(
            user in "[a-z]{0,5}", password in "[!-~&&[^\"'`<>]]{8,20}", place in "(/[a-z]{0,3})?",
        ) {
            // What a text begins with by chance is no leak.
            prop_assume!(!"cannot reach http://*** proxy".contains(&password));
            let said = line(&format!("cannot reach http://{user}:#{password}@proxy{place}: no"));
            prop_assert_eq!(said, format!("cannot reach http://***@proxy{place}: no"));
        }
    }

    #[test]
    fn what_has_no_end_is_not_looked_at_to_its_end() {
        let line = line(&"\u{fc} ".repeat(10_000_000));
        assert!(line.len() <= LONGEST && line.ends_with('…'));
    }
}
