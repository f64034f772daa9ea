//! Comments on items, their revisions and their issues.

use super::{Decided, Decisions, Error};
use crate::event::{Event, StreamId};
use crate::governance::Comment;
use crate::item::Key;
use crate::query;

impl Decisions {
    /// Says something about the item of a key, ARN, id or name; or about one of its revisions.
    /// Returns the item's key.
    ///
    /// # Errors
    /// Where there is no such item or revision, or nothing would be said.
    pub async fn comment(
        &self,
        item: &str,
        text: &str,
        revision: Option<u64>,
    ) -> Result<Key, Error> {
        let text = said(text)?;
        self.decided(|| {
            let row = query::item(&self.views, item)?;
            if let Some(revision) = revision {
                query::revision_at(&self.views, &row, revision)?;
            }
            let comment = Comment { text: text.clone(), issue: None, revision };
            let decided = Decided {
                stream: StreamId::item(&row.key),
                version: Some(row.version),
                event: Event::Commented(comment),
            };
            Ok((row.key, vec![decided]))
        })
        .await
    }

    /// Says something about the issue whose id starts so. Returns the key of its item.
    ///
    /// # Errors
    /// Where there is no such issue, or nothing would be said.
    pub async fn comment_issue(&self, issue: &str, text: &str) -> Result<Key, Error> {
        let text = said(text)?;
        let about = |issue: &crate::issue::Issue| {
            let issue = Some(issue.finding.issue.clone());
            Ok(Event::Commented(Comment { text: text.clone(), issue, revision: None }))
        };
        Ok(self.about(issue, about).await?.issue.key)
    }
}

fn said(text: &str) -> Result<String, Error> {
    match text.trim() {
        "" => Err(Error::EmptyComment),
        text => Ok(text.to_owned()),
    }
}
