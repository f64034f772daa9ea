//! Technologies that the configuration file declares: resources that Cloud Control reads.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use secmonkey_aws::AWS;
use secmonkey_aws::session::Sessions;
use secmonkey_aws::watch;
use secmonkey_aws::watch::cloudcontrol::{self, Resources};
use secmonkey_core::config::Digest;
use secmonkey_core::technology::{Reach, Set, Technology, Texts};
use secmonkey_core::watch::Watcher;
use serde::Deserialize;
use serde_json::json;

/// A technology of one's own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The id, which no other technology has: `kinesis_stream`.
    pub id: Id,
    /// CloudFormation's name of the type: `AWS::Kinesis::Stream`.
    pub r#type: TypeName,
    /// What people call it; the id if nobody says.
    pub title: Option<String>,
    /// Where in the configuration the name that people use stands; the identifier is the
    /// name if nobody says.
    pub name: Option<Pointer>,
    /// Lists whose order means nothing, each with the members that tell its elements apart;
    /// none where only the whole element does.
    #[serde(default)]
    pub sets: Sets,
    /// Lists whose order decides, as that of all does which are no sets: said for who reads
    /// the file.
    #[serde(default)]
    pub ordered: Vec<Pointer>,
    /// Members left out.
    #[serde(default)]
    pub dropped: Vec<Pointer>,
    /// Times that count by their UTC day only.
    #[serde(default)]
    pub daily: Vec<Pointer>,
    /// Members whose values are secret: recorded as keyed digests.
    #[serde(default)]
    pub secret: Vec<Pointer>,
    /// What the resource is attached to: a difference here is no change.
    #[serde(default)]
    pub relations: Vec<Pointer>,
    /// Whether one listing covers all regions.
    #[serde(default)]
    pub global: bool,
    /// The permissions that the type's handlers `list` and `read` take.
    #[serde(default)]
    pub permissions: Vec<String>,
}

impl Declared {
    /// What the core has to know.
    pub fn technology(&self) -> Technology {
        let permissions = cloudcontrol::permissions().into_iter().map(str::to_owned);
        let lists = [&self.daily, &self.dropped, &self.relations, &self.secret];
        Technology {
            reach: if self.global { Reach::Global } else { Reach::Regional },
            listed_by: [cloudcontrol::permissions()[0]].into_iter().collect(),
            permissions: permissions.chain(self.permissions.iter().cloned()).collect(),
            ..made(&self.id, self.title.as_deref(), &self.r#type.0, &self.sets, lists)
        }
    }

    /// What reads it.
    pub fn watcher(&self, sessions: &Sessions) -> Arc<dyn Watcher> {
        let name = self.name.as_ref().map_or_else(String::new, |name| name.0.clone());
        Arc::new(Resources::of(sessions, self.technology(), self.r#type.0.clone(), name))
    }

    /// What is wrong with it.
    pub fn fault(&self) -> Option<String> {
        twice(&self.id, &self.sets, &self.ordered)
    }
}

/// Lists whose order means nothing, with what tells their elements apart.
pub type Sets = BTreeMap<Pointer, Vec<String>>;

/// What is wrong where a list is a set and is not.
pub fn twice(id: &Id, sets: &Sets, ordered: &[Pointer]) -> Option<String> {
    let both = ordered.iter().find(|at| sets.contains_key(at))?;
    Some(format!("`{}` of `{id}` is in `sets` and in `ordered`", both.0))
}

/// What the core has to know of a technology that is read as `of` says; the lists are those
/// of what is daily, dropped, a relation and secret. The number of its shape follows from all
/// of it: where it is another one, the next scan reports no change that nobody made.
pub fn made(
    id: &Id,
    title: Option<&str>,
    of: &str,
    sets: &Sets,
    lists: [&Vec<Pointer>; 4],
) -> Technology {
    let lists = lists.map(|all| all.iter().map(|one| one.0.clone()).collect::<Vec<_>>());
    let keys: Vec<_> = sets.iter().map(|(at, key)| (&at.0, key)).collect();
    let digest = Digest::of(&json!([of, keys, lists])).to_string();
    let number = digest.get(..8).and_then(|text| u32::from_str_radix(text, 16).ok());
    let set = |(at, key): (&Pointer, &Vec<String>)| Set {
        at: Cow::Owned(at.0.clone()),
        key: key.clone().into(),
    };
    let [daily, dropped, relations, secret] = lists.map(Texts::from);
    Technology {
        provider: AWS,
        id: Cow::Owned(id.0.clone()),
        title: Cow::Owned(title.map_or_else(|| id.0.replace('_', " "), str::to_owned)),
        shape: number.unwrap_or_default().max(1),
        sets: sets.iter().map(set).collect(),
        daily,
        dropped,
        relations,
        secret,
        ..Technology::DEFAULT
    }
}

/// The id of a technology that secmonkey does not read by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Id(String);

impl Id {
    /// As it stands in the file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Id {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.chars().all(fits) {
            return Err(format!(
                "`{id}` is no id of a technology: small letters, digits and `_`, a letter first"
            ));
        }
        if watch::facts().any(|facts| facts.id == id) {
            return Err(format!("there is a technology `{id}` already: take another id"));
        }
        Ok(Self(id))
    }
}

/// CloudFormation's name of a type of resource.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct TypeName(String);

impl TryFrom<String> for TypeName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let fits = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric());
        let parts: Vec<_> = name.split("::").collect();
        if parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && fits(part)) {
            Ok(Self(name))
        } else {
            Err(format!("`{name}` is no type of CloudFormation, such as `AWS::SNS::Topic`"))
        }
    }
}

/// A place in a configuration, `*` for every member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Pointer(String);

impl Pointer {
    /// As it stands in the file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Pointer {
    type Error = String;

    fn try_from(at: String) -> Result<Self, String> {
        if at.starts_with('/') {
            Ok(Self(at))
        } else {
            Err(format!("`{at}` is no place in a configuration: it begins with `/`, as `/{at}`"))
        }
    }
}
