//! What another program prints is what a watcher sees: items as lines of JSON.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Cause, Error, Observed};
use crate::technology::Technology;

/// The members of a line about an item.
const ITEM: [&str; 6] = ["technology", "id", "name", "arn", "region", "config"];

/// Reads what a program prints about one region, line by line:
/// `{"technology": "queue", "id": "q-1", "name": "jobs", "config": {...}}` for each item,
/// with `arn` and `region` where it says them, and `{"complete": "queue"}` once all items of
/// a technology are printed. Without that line nothing is concluded to be gone.
///
/// ```
/// use std::borrow::Cow;
/// use secmonkey_core::technology::Technology;
/// use secmonkey_core::watch::Lines;
///
/// let queue = Technology { id: Cow::Borrowed("queue"), ..Technology::DEFAULT };
/// let mut lines = Lines::new("queues", &[queue], "global");
/// let item = lines.read(br#"{"technology":"queue","id":"q-1","config":{"Size":1}}"#)?;
/// assert_eq!(item.unwrap().config["Size"], 1);
/// lines.read(br#"{"complete":"queue"}"#)?;
/// assert!(lines.is_complete("queue"));
/// let wrong = lines.read(b"all done").unwrap_err();
/// assert_eq!(wrong.to_string(), "queues: line 3: it is no JSON object");
/// # Ok::<_, secmonkey_core::watch::Error>(())
/// ```
#[derive(Debug)]
pub struct Lines {
    program: Cow<'static, str>,
    technologies: Vec<Technology>,
    region: String,
    number: usize,
    complete: BTreeSet<String>,
}

impl Lines {
    /// The lines of a program, named as an operation is, that reads these technologies in a
    /// region.
    #[must_use]
    pub fn new(
        program: impl Into<Cow<'static, str>>,
        technologies: &[Technology],
        region: impl Into<String>,
    ) -> Self {
        Self {
            program: program.into(),
            technologies: technologies.to_vec(),
            region: region.into(),
            number: 0,
            complete: BTreeSet::new(),
        }
    }

    /// The next line: an item, or `None` where it is empty or says that a technology is
    /// complete.
    ///
    /// # Errors
    /// Where it is something else. What it says is not repeated: it may be secret.
    pub fn read(&mut self, line: &[u8]) -> Result<Option<Observed>, Error> {
        self.number += 1;
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        self.parse(line).map_err(|reason| {
            let reason = format!("line {}: {reason}", self.number);
            Error::new(self.program.clone(), Cause::Garbled, reason)
        })
    }

    /// How many lines were read.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// Whether all items of a technology were printed.
    #[must_use]
    pub fn is_complete(&self, technology: &str) -> bool {
        self.complete.contains(technology)
    }

    fn parse(&mut self, line: &[u8]) -> Result<Option<Observed>, String> {
        let Ok(Value::Object(mut members)) = serde_json::from_slice(line) else {
            return Err("it is no JSON object".to_owned());
        };
        if members.contains_key("complete") {
            let technology = self.technology(&mut members, "complete")?.id.clone().into_owned();
            return match members.keys().next() {
                None => {
                    self.complete.insert(technology);
                    Ok(None)
                }
                Some(other) => Err(format!("`{other}` stands beside `complete`")),
            };
        }
        let technology = match members.get("technology") {
            Some(_) => Some(self.technology(&mut members, "technology")?.clone()),
            None => None,
        };
        let told = Told::read(members)?;
        let technology = technology.ok_or("it has no `technology`")?;
        if self.is_complete(&technology.id) {
            return Err(format!("`{}` was complete before", technology.id));
        }
        if let Some(other) = told.region.as_ref().filter(|region| **region != self.region) {
            return Err(format!("it is of the region `{other}`, asked for was `{}`", self.region));
        }
        Ok(Some(told.observed(&technology)))
    }

    /// The technology that a member names.
    fn technology(
        &self,
        members: &mut Map<String, Value>,
        member: &str,
    ) -> Result<&Technology, String> {
        let id = text(members, member)?.ok_or_else(|| format!("it has no `{member}`"))?;
        let known = self.technologies.iter().find(|one| one.id == id);
        known.ok_or_else(|| format!("the program does not declare the technology `{id}`"))
    }
}

/// An item as programs print it and files hold it: `id` and `config`, and what else is known.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Told {
    /// The technology's id, where it says one.
    pub technology: Option<String>,
    /// The provider's unique id, else the ARN.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// Its ARN, where it has one.
    pub arn: Option<String>,
    /// The region, where it says one.
    pub region: Option<String>,
    /// Its configuration: a JSON object.
    pub config: Value,
}

impl Told {
    /// Reads the members of an item.
    ///
    /// # Errors
    /// Where one is missing, unknown, or no text; says which. What it says is not repeated: it
    /// may be secret.
    pub fn read(mut members: Map<String, Value>) -> Result<Self, String> {
        if let Some(unknown) = members.keys().find(|name| !ITEM.contains(&name.as_str())) {
            return Err(format!("an item has no member `{unknown}`"));
        }
        let technology = text(&mut members, "technology")?;
        let id = text(&mut members, "id")?.ok_or("it has no `id`")?;
        let name = text(&mut members, "name")?;
        let arn = text(&mut members, "arn")?;
        let region = text(&mut members, "region")?;
        let Some(config @ Value::Object(_)) = members.remove("config") else {
            return Err("its `config` is no JSON object".to_owned());
        };
        Ok(Self { technology, id, name, arn, region, config })
    }

    /// The item as a watcher of the technology sees it.
    #[must_use]
    pub fn observed(self, technology: &Technology) -> Observed {
        let item = Observed::new(technology, self.id, self.config).with_arn(self.arn);
        match self.name {
            Some(name) => item.named(name),
            None => item,
        }
    }
}

/// A member that is text, and says something.
fn text(members: &mut Map<String, Value>, member: &str) -> Result<Option<String>, String> {
    match members.remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(format!("its `{member}` is no text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Lines {
        let queue = Technology { id: Cow::Borrowed("queue"), ..Technology::DEFAULT };
        Lines::new("it", &[queue], "r-1")
    }

    #[test]
    fn an_item_has_what_its_line_says() {
        let line = br#"{"technology":"queue","id":"q","name":"jobs","arn":"a:q","region":"r-1","config":{}}"#;
        let item = lines().read(line).unwrap().unwrap();
        assert_eq!((&*item.technology, &*item.id, &*item.name), ("queue", "q", "jobs"));
        assert_eq!(item.arn.as_deref(), Some("a:q"));
        let bare = br#"{"technology":"queue","id":"q","config":{}}"#;
        assert_eq!(lines().read(bare).unwrap().unwrap().name, "q");
    }

    #[test]
    fn a_line_that_says_something_else_is_told_by_its_number() {
        for (line, said) in [
            ("[]", "it is no JSON object"),
            (r#"{"technology":"queue","id":"q","config":{}"#, "it is no JSON object"),
            (r#"{"technology":"topic"}"#, "the program does not declare the technology `topic`"),
            (r#"{"id":"q","config":{}}"#, "it has no `technology`"),
            (r#"{"technology":"queue","config":{}}"#, "it has no `id`"),
            (r#"{"technology":"queue","id":7,"config":{}}"#, "its `id` is no text"),
            (r#"{"technology":"queue","id":"q"}"#, "its `config` is no JSON object"),
            (
                r#"{"technology":"queue","id":"q","config":"s3cret"}"#,
                "its `config` is no JSON object",
            ),
            (r#"{"technology":"queue","idd":"q"}"#, "an item has no member `idd`"),
            (r#"{"complete":"topic"}"#, "the program does not declare the technology `topic`"),
            (r#"{"complete":"queue","id":"q"}"#, "`id` stands beside `complete`"),
            (
                r#"{"technology":"queue","id":"q","region":"r-2","config":{}}"#,
                "it is of the region `r-2`, asked for was `r-1`",
            ),
        ] {
            let mut lines = lines();
            assert_eq!(lines.read(b" \n"), Ok(None));
            let error = lines.read(line.as_bytes()).unwrap_err();
            assert_eq!((error.cause, error.reason), (Cause::Garbled, format!("line 2: {said}")));
            assert!(!lines.is_complete("queue"));
        }
    }

    #[test]
    fn what_follows_the_end_is_refused() {
        let mut lines = lines();
        lines.read(br#"{"complete":"queue"}"#).unwrap();
        let error = lines.read(br#"{"technology":"queue","id":"q","config":{}}"#).unwrap_err();
        assert_eq!(error.reason, "line 2: `queue` was complete before");
    }
}
