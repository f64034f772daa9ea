//! Laws of the scores of a bucket: wider is never milder, a part is never stronger than its
//! whole.

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use secmonkey_core::check::page::{Page, Surroundings};
use secmonkey_core::check::{Auditor as _, Findings, Merged, World};
use secmonkey_core::item::Item;
use serde_json::{Value, json};
use std::sync::LazyLock;

use super::SETTINGS;
use crate::check::{Catalogue, checks};

static AROUND: LazyLock<Surroundings> = LazyLock::new(|| {
    let page = Page::parse(include_str!("../resource_policy/unknown_cross_account.md")).unwrap();
    (*page.examples[0].world.clone().unwrap()).clone()
});

const GRANTEES: &[(&str, &str)] = &[
    ("URI", "http://acs.amazonaws.com/groups/global/AllUsers"),
    ("URI", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"),
    ("URI", "http://acs.amazonaws.com/groups/s3/LogDelivery"),
    ("ID", "1111aaaa"),
    ("ID", "2222bbbb"),
    ("ID", "9999ffff"),
];

fn grants() -> impl Strategy<Value = Value> {
    (select(GRANTEES), select(&["READ", "WRITE", "READ_ACP", "FULL_CONTROL"][..])).prop_map(
        |((kind, id), permission)| json!({ "Grantee": { kind: id }, "Permission": permission }),
    )
}

fn statements() -> impl Strategy<Value = Value> {
    let principals = &["*", "222233334444", "210987654321", "123456789012"][..];
    let conditions = select(vec![
        json!({}),
        json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-other00000" } }),
    ]);
    (select(principals), conditions).prop_map(|(principal, condition)| {
        json!({
            "Effect": "Allow",
            "Principal": { "AWS": principal },
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::it/*",
            "Condition": condition,
        })
    })
}

fn buckets() -> impl Strategy<Value = Value> {
    (
        prop::collection::vec(grants(), 0..4),
        prop::collection::vec(statements(), 0..3),
        subsequence(&SETTINGS[..], 0..=4),
        any::<(bool, bool)>(),
    )
        .prop_map(|(grants, statements, settings, (enforced, is_public))| {
            let mut config = json!({ "Owner": { "ID": "1111aaaa" }, "Grants": grants });
            if !statements.is_empty() {
                config["Policy"] = json!({ "Version": "2012-10-17", "Statement": statements });
                config["PolicyStatus"]["IsPublic"] = is_public.into();
            }
            for setting in SETTINGS {
                config["PublicAccessBlockConfiguration"][setting] =
                    settings.contains(&setting).into();
            }
            if enforced {
                let rule = json!({ "ObjectOwnership": "BucketOwnerEnforced" });
                config["OwnershipControls"]["Rules"] = json!([rule]);
            }
            config
        })
}

fn judged(config: &Value) -> Merged {
    let item = Item {
        key: "123456789012/s3_bucket/global/it".parse().unwrap(),
        name: "it".to_owned(),
        arn: None,
        config: config.clone(),
    };
    let world = World::new(Timestamp::UNIX_EPOCH, &AROUND.accounts, &*AROUND);
    let mut found = Findings::default();
    Catalogue.audit(&item, &world, &mut found);
    assert!(found.undecided().is_empty(), "{:?}", found.undecided());
    found.merged()
}

fn strongest(config: &Value) -> u8 {
    judged(config).values().map(|finding| finding.score).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn a_wider_bucket_is_never_milder(config in buckets(), grant in grants(), more in statements()) {
        let before = strongest(&config);
        let mut wider = Vec::new();
        let mut with = |change: &dyn Fn(&mut Value)| {
            let mut config = config.clone();
            change(&mut config);
            wider.push(config);
        };
        with(&|it| it["Grants"].as_array_mut().unwrap().push(grant.clone()));
        with(&|it| drop(it.as_object_mut().unwrap().remove("OwnershipControls")));
        with(&|it| it["PolicyStatus"]["IsPublic"] = true.into());
        for setting in SETTINGS {
            with(&|it| it["PublicAccessBlockConfiguration"][setting] = false.into());
        }
        if config.get("Policy").is_some() {
            with(&|it| it["Policy"]["Statement"].as_array_mut().unwrap().push(more.clone()));
            // What makes a policy public in the eyes of S3 keeps strangers out where it
            // restricts public buckets.
            if config["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"] == false {
                let first = |it: &mut Value| it["Policy"]["Statement"][0]["Condition"] = json!({});
                with(&first);
            }
        }
        for wider in wider {
            let after = strongest(&wider);
            prop_assert!(after >= before, "{before}, then {after}:\n{config}\n{wider}");
        }
    }

    #[test]
    fn a_part_is_never_stronger_than_its_whole(config in buckets()) {
        let found = judged(&config);
        for part in found.values() {
            let check = checks().iter().find(|check| check.id == part.check).unwrap();
            let Some(whole) = &check.part_of else { continue };
            let of_whole = found.values().filter(|it| it.check == *whole).map(|it| it.score).max();
            // What a block keeps shut at present has no whole, and is hygiene.
            let most = of_whole.unwrap_or(3);
            prop_assert!(part.score <= most, "{}: {} of {most}: {config}", part.check, part.score);
        }
    }
}
