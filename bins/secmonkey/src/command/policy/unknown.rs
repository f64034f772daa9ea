//! Actions that the table of AWS's actions does not hold.

use std::collections::BTreeSet;

use secmonkey_core::nearest::Nearest;
use secmonkey_policy::actions::{self, Set};
use secmonkey_policy::{Pattern, Policy};

use crate::output;

/// What policies name that matches no known action, each once.
pub struct Unknown {
    /// The first of them, with the nearest that is known.
    pub told: Vec<String>,
    /// How many there are besides.
    pub more: usize,
}

/// What a policy names that matches no known action.
pub fn of(policy: &Policy<'_>) -> Unknown {
    let named = policy.statements.iter().flat_map(|one| one.actions.named());
    let all: BTreeSet<&str> = named
        .filter(|it| !it.is_everything() && Set::matching(it).is_empty())
        .map(Pattern::as_str)
        .collect();
    let told = all.iter().take(MOST).map(|text| say(text)).collect();
    Unknown { told, more: all.len().saturating_sub(MOST) }
}

fn say(text: &str) -> String {
    let services: BTreeSet<&str> = actions::all().map(|action| action.service).collect();
    let service = text.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_wild = |text: &str| text.contains(['*', '?']);
    if !is_wild(&service) && !services.contains(service.as_str()) {
        let nearest = Nearest::of(&service, services.iter().copied());
        return format!("`{text}`: the service `{service}` is not known{nearest}");
    }
    let known: Vec<String> = actions::all()
        .filter(|action| action.service == service)
        .map(|action| action.to_string())
        .collect();
    let nearest = Nearest::of(text, known.iter().map(String::as_str));
    format!("`{text}` is no action that is known{nearest}")
}

/// Says it beside the explanation.
pub fn note(policy: &Policy<'_>, name: &str) {
    let Unknown { told, more } = of(policy);
    for said in told {
        output::warn(&format!("{name}: {said} (as of {})", actions::date()));
    }
    if more > 0 {
        output::warn(&format!("{name}: and {more} more that are not known"));
    }
}

/// More are only counted.
const MOST: usize = 8;

#[cfg(test)]
mod tests {
    use secmonkey_core::render::visible;
    use serde_json::json;

    use super::*;

    fn told(actions: &[&str]) -> Vec<String> {
        let json = json!({ "Statement": [
            { "Effect": "Allow", "Action": actions, "Resource": "*" }] });
        of(&Policy::read(&json).unwrap()).told
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest_that_is_known() {
        insta::assert_snapshot!(
            told(&[
                "s3:GetObjekt",
                "s3:ListBukets",
                "iam:PasRole",
                "s4:GetObject",
                "dynamobd:GetItem",
                "teapot:Brew",
                "s3:Gett*",
            ])
            .join("\n"),
            @r"
        `dynamobd:GetItem`: the service `dynamobd` is not known; nearest: `dynamodb`
        `iam:PasRole` is no action that is known; nearest: `iam:PassRole`, `iam:TagRole`, `iam:UntagRole`
        `s3:GetObjekt` is no action that is known; nearest: `s3:GetObject`, `s3:GetObjectAcl`, `s3:GetObjectTagging`
        `s3:Gett*` is no action that is known; nearest: `s3:GetObject`, `s3:GetBucketAcl`, `s3:GetObjectAcl`
        `s3:ListBukets` is no action that is known; nearest: `s3:ListBucket`, `s3:ListAllMyBuckets`, `s3:ListBucketVersions`
        `s4:GetObject`: the service `s4` is not known
        `teapot:Brew`: the service `teapot` is not known
        "
        );
    }

    #[test]
    fn what_is_known_is_not_told() {
        assert!(
            told(&["*", "s3:*", "s3:Get*", "S3:GETOBJECT", "*:Get*", "iam:PassRole"]).is_empty()
        );
    }

    #[test]
    fn an_invisible_character_makes_another_name_and_is_shown() {
        for hidden in ['\u{200b}', '\u{feff}', '\u{ad}', '\u{2060}', '\u{202e}'] {
            let told = told(&[&format!("s3:Get{hidden}Object")]);
            let [said] = told.as_slice() else { panic!("{hidden:?}: {told:?}") };
            assert!(said.contains("nearest: `s3:GetObject`,"), "{said}");
            assert!(!visible(said).contains(hidden), "{said}");
        }
        // A letter of another alphabet is seen, and is another letter all the same.
        assert_eq!(told(&["s3:GetОbject"]).len(), 1);
    }

    #[test]
    fn many_are_counted() {
        let names: Vec<String> = (0..=MOST).map(|number| format!("s3:Teapot{number}")).collect();
        let json = json!({ "Statement": [
            { "Effect": "Allow", "Action": names, "Resource": "*" }] });
        let Unknown { told, more } = of(&Policy::read(&json).unwrap());
        assert_eq!((told.len(), more), (MOST, 1));
    }
}
