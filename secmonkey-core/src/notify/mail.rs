//! Messages as mail: what every way of sending mail has in common.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{Message, MessageKind, html, text};
use crate::render::short;

/// A mail with both its parts takes no more than this, encoded as mail is: programs cut what
/// is longer, and one that everybody uses does so at 102 KB.
pub const LONGEST: usize = 100_000;
/// What of it the rich part may take.
pub(super) const PAGE: usize = 68_000;
/// What of it the plain part may take.
const TEXT: usize = 26_000;
/// The longest subject that mail programs show whole, in characters.
const SUBJECT: usize = 200;

/// A message as mail, without what depends on who sends it: everything in it is safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The subject: one line.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The rich part.
    pub html: String,
    id: String,
    threads: Vec<String>,
    account: String,
}

impl Mail {
    /// The message as mail of at most [`LONGEST`] bytes; what does not fit is counted in it.
    ///
    /// # Errors
    /// Where the page cannot be made, which would be a mistake in its template.
    pub fn of(message: &Message) -> Result<Self, askama::Error> {
        let subject = format!("[secmonkey] {}", text::subject(message));
        Ok(Self {
            subject: short(&subject, SUBJECT).into_owned(),
            text: plain(message),
            html: html::page(message)?,
            id: slug(&message.id),
            threads: threads(message),
            account: account(message),
        })
    }

    /// What names the mail for ever: who gets it twice can tell. Without angle brackets.
    #[must_use]
    pub fn message_id(&self, domain: &str) -> String {
        format!("{}@{domain}", self.id)
    }

    /// What it belongs to, for programs that show together what belongs together: its account
    /// and, where it is about one item alone, that item. The nearest comes last. Without angle
    /// brackets.
    #[must_use]
    pub fn references(&self, domain: &str) -> Vec<String> {
        self.threads.iter().map(|thread| format!("{thread}@{domain}")).collect()
    }

    /// The list that it is sent to, one for each account: what filters sort by. Without angle
    /// brackets.
    #[must_use]
    pub fn list_id(&self, domain: &str) -> String {
        format!("{}.secmonkey.{domain}", self.account)
    }
}

/// The plain part, as far as it fits.
fn plain(message: &Message) -> String {
    let end = text::footer(message).into_iter().chain([format!("message {}", message.id)]);
    let end: Vec<_> = end.collect();
    let lines: Vec<_> = text::said(message).iter().map(ToString::to_string).collect();
    // One encoding is for all of it: what it takes is counted in both.
    let (mut quoted, mut encoded) = (0, 0);
    let mut add = |line: &String| {
        quoted += as_quoted(line) + LINE_END;
        encoded += as_base64(line) + LINE_END;
        quoted.min(encoded)
    };
    for line in &end {
        add(line);
    }
    let fits = lines.iter().take_while(|line| add(line) <= TEXT);
    let fits = fits.count();
    let mut all = lines[..fits].join("\n");
    if fits < lines.len() {
        // A `String` takes all that is written to it.
        let _ = write!(all, "\n\n... and {} more lines than fit here", lines.len() - fits);
    }
    format!("{all}\n\n{}", end.join("\n"))
}

/// What the end of a line takes, whatever the encoding.
const LINE_END: usize = 3;

/// What a text takes in a mail, in bytes: as quoted-printable or as base64, whichever is
/// shorter.
pub(super) fn encoded(text: &str) -> usize {
    as_quoted(text).min(as_base64(text))
}

fn as_quoted(text: &str) -> usize {
    let quoted: usize = text
        .bytes()
        .map(|byte| match byte {
            b'\n' => 2,
            b'=' => 3,
            b' '..=b'~' => 1,
            _ => 3,
        })
        .sum();
    // Lines of 76 characters, and what ends them.
    quoted + quoted / 24
}

const fn as_base64(text: &str) -> usize {
    text.len() * 3 / 2
}

/// The account as a word; `all` where a message is about several.
fn account(message: &Message) -> String {
    match message.account.as_str() {
        Message::SEVERAL => "all".to_owned(),
        account => slug(account),
    }
}

/// The threads that a message belongs to, the widest first.
fn threads(message: &Message) -> Vec<String> {
    let kind = match message.kind {
        MessageKind::Changes => "account",
        MessageKind::Decisions => "decisions",
        MessageKind::Daily => "daily",
        MessageKind::Test => "test",
    };
    let mut threads = vec![format!("{kind}-{}", account(message))];
    let mut keys: Vec<_> = message.changes.iter().map(|change| &change.key).collect();
    keys.extend(message.issues.iter().map(|issue| &issue.key));
    if let [first, rest @ ..] = &keys[..]
        && rest.iter().all(|key| key == first)
        && message.omitted == 0
    {
        threads.push(format!("item-{}", slug(&first.to_string())));
    }
    threads
}

/// A text as a word of letters, digits and hyphens: the readable part of it and, where that
/// is not all, a digest of the whole.
fn slug(text: &str) -> String {
    /// So much of the text is kept.
    const READABLE: usize = 48;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let readable: String =
        text.chars().take(READABLE).map(|c| if is_plain(c) { c } else { '-' }).collect();
    if readable == text && !text.is_empty() {
        return readable;
    }
    let digest = hex::encode(&Sha256::digest(text.as_bytes())[..8]);
    format!("{readable}-{digest}").trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::message;
    use super::*;

    #[test]
    fn names_of_mail_are_words_whatever_they_are_made_of() {
        assert_eq!(slug("111122223333"), "111122223333");
        for text in ["", "a b", "a\r\nBcc: x@y", "größe", "20260101T000000000Z/1/12", "a/b", "a.b"]
        {
            let word = slug(text);
            assert!(
                word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && word.len() < 70,
                "{text:?}: {word}",
            );
        }
        assert_ne!(slug("a/b"), slug("a.b"));
        assert_ne!(slug("a/b"), slug("a-b"));
    }

    #[test]
    fn mail_about_one_item_has_a_thread_of_its_own() {
        let mut message = message();
        message.omitted = 0;
        let mail = Mail::of(&message).unwrap();
        let [account, item] = &mail.references("example.org")[..] else { panic!("{mail:?}") };
        assert_eq!(account, "account-111122223333@example.org");
        assert!(item.starts_with("item-111122223333-security-group-eu-west-1-sg-1-"), "{item}");
        assert_eq!(mail.list_id("example.org"), "111122223333.secmonkey.example.org");

        message.changes[0].key.id = "sg-2".to_owned();
        assert_eq!(Mail::of(&message).unwrap().references("example.org").len(), 1);
    }

    #[test]
    fn mail_is_never_longer_than_programs_show() {
        let mut message = message();
        for one in [&"a", &"=", &"ü", &"大", &"🐒", &"<&"] {
            for issue in &mut message.issues {
                issue.finding.detail = one.repeat(2000);
                issue.fix = one.repeat(2000);
            }
            for change in &mut message.changes {
                change.summary = vec![one.repeat(2000); 9];
            }
            let mut many = message.clone();
            for number in 0..120 {
                let mut change = message.changes[0].clone();
                change.key.id = format!("sg-{number}");
                many.changes.push(change);
                let mut issue = message.issues[1].clone();
                issue.finding.subject = number.to_string();
                issue.key.id = format!("sg-{number}");
                many.issues.push(issue);
            }
            for message in [&message, &many] {
                let mail = Mail::of(message).unwrap();
                let (text, html) = (encoded(&mail.text), encoded(&mail.html));
                assert!(text <= TEXT + 200 && html <= PAGE, "{one}: {text}, {html}");
                assert!(mail.html.ends_with("</html>"));
                assert!(mail.text.ends_with(&message.id));
            }
        }
    }
}
