//! What has to be set up so that changes are seen as they happen: as Terraform, or as a
//! CloudFormation template.
//!
//! Two parts. The *hub*, once: an event bus, the queue behind it, and a queue for what nobody can
//! read. The *rule*, in every watched account and region, and in the home region of global
//! services for each account: IAM, Route 53 and CloudFront tell their events there alone. It
//! passes calls that change something on to the hub. A trail has to exist in each account, as
//! `EventBridge` wants for events of CloudTrail.

use std::collections::BTreeSet;

use crate::watch;

/// What is set up, under which names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The name of the bus, the queue and the rules: letters, digits, `-` and `_`.
    pub name: String,
    /// The organisation whose accounts may pass events on; `None` for the hub's account alone.
    pub organization: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { name: "secmonkey-events".to_owned(), organization: None }
    }
}

/// Why something cannot be set up so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that AWS does not take.
    #[error("`{0}` is no name for a queue and a bus: 1 to 40 letters, digits, `-` and `_`")]
    Name(String),
    /// No organisation.
    #[error("`{0}` is no organization's id, as `o-a1b2c3d4e5` is one")]
    Organization(String),
}

impl Setup {
    /// The setup as Terraform: the modules `hub` and `rule` in one file, commented.
    ///
    /// # Errors
    /// Where a name is none.
    pub fn terraform(&self) -> Result<String, Error> {
        self.filled(include_str!("setup/events.tf"))
    }

    /// The setup as a CloudFormation template, for a stack of the hub and a stack set of the
    /// rules: the parameter `HubBusArn` says which.
    ///
    /// # Errors
    /// Where a name is none.
    pub fn cloudformation(&self) -> Result<String, Error> {
        self.filled(include_str!("setup/events.yaml"))
    }

    fn filled(&self, template: &str) -> Result<String, Error> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 40 || !self.name.chars().all(is_word) {
            return Err(Error::Name(self.name.clone()));
        }
        if let Some(id) = &self.organization
            && !id.strip_prefix("o-").is_some_and(|id| {
                (10..=32).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric())
            })
        {
            return Err(Error::Organization(id.clone()));
        }
        let sources: Vec<_> = sources().into_iter().collect();
        let listed = |before: &str, around: &str, after: &str| {
            let lines = sources.iter().map(|one| format!("{before}{around}{one}{around}{after}"));
            lines.collect::<Vec<_>>().join("\n")
        };
        Ok(template
            .replace("@NAME@", &self.name)
            .replace("@ORGANIZATION@", self.organization.as_deref().unwrap_or_default())
            .replace("@SOURCES_TERRAFORM@", &listed("        ", "\"", ","))
            .replace("@SOURCES_YAML@", &listed("            - ", "", "")))
    }
}

/// The services whose calls change what is watched, as events name them.
fn sources() -> BTreeSet<String> {
    let host = |facts: &'static watch::Facts| match facts.events_of() {
        "cloudwatch" => "monitoring.amazonaws.com".to_owned(),
        service => format!("{service}.amazonaws.com"),
    };
    watch::facts().map(host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(feature = "ec2", feature = "iam", feature = "s3", feature = "organizations"))]
    fn what_has_to_be_set_up() {
        let organization = Some("o-a1b2c3d4e5".to_owned());
        let setup = Setup { organization, ..Setup::default() };
        insta::assert_snapshot!("terraform", setup.terraform().unwrap());
        insta::assert_snapshot!("cloudformation", setup.cloudformation().unwrap());
    }

    #[test]
    fn the_rule_sees_what_changes_and_fits_into_a_pattern() {
        let text = Setup::default().terraform().unwrap();
        assert!(!text.contains('@'), "{text}");
        // It would flood the queue with reads, ours among them.
        assert!(!text.contains("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS\""));
        // A pattern takes 2048 characters.
        let sources: usize = sources().iter().map(|one| one.len() + 3).sum();
        assert!(sources < 1_700, "{sources}");
    }

    #[test]
    fn names_that_aws_does_not_take_are_refused() {
        for name in ["", "a b", "a\"", "ä", &"a".repeat(41)] {
            let setup = Setup { name: name.to_owned(), ..Setup::default() };
            assert_eq!(setup.terraform(), Err(Error::Name(name.to_owned())));
        }
        let setup = Setup { organization: Some("123456789012".to_owned()), ..Setup::default() };
        assert!(matches!(setup.cloudformation(), Err(Error::Organization(_))));
    }
}
