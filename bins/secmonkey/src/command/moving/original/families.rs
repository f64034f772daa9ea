//! The original's words for what is wrong, and our checks.
//!
//! A word of the original stands for many checks, of which we ask one thing each. Only words
//! that tell which check it was lead to one: a justification must not cover what nobody saw.

/// The original's technologies that have another name here.
const TECHNOLOGIES: [(&str, &str); 26] = [
    ("acm", "acm_certificate"),
    ("alb", "elbv2"),
    ("cloudtrail", "cloudtrail"),
    ("ebssnapshot", "ebs_snapshot"),
    ("ebsvolume", "ebs_volume"),
    ("ec2image", "ec2_image"),
    ("elasticsearchservice", "elasticsearch_domain"),
    ("elb", "elb"),
    ("glacier", "glacier_vault"),
    ("iamgroup", "iam_group"),
    ("iamrole", "iam_role"),
    ("iamssl", "iam_server_certificate"),
    ("iamuser", "iam_user"),
    ("kms", "kms_key"),
    ("lambda", "lambda_function"),
    ("managedpolicy", "iam_managed_policy"),
    ("policy", "iam_managed_policy"),
    ("rdsclustersnapshot", "rds_cluster_snapshot"),
    ("rdsdbcluster", "rds_cluster"),
    ("rdsdbinstance", "rds_instance"),
    ("rdssnapshot", "rds_snapshot"),
    ("redshift", "redshift_cluster"),
    ("s3", "s3_bucket"),
    ("securitygroup", "security_group"),
    ("sns", "sns_topic"),
    ("sqs", "sqs_queue"),
];

/// Our technology of one of the original's.
pub fn technology_of(original: &str) -> Option<&'static str> {
    TECHNOLOGIES.iter().find(|(name, _)| *name == original).map(|(_, ours)| *ours)
}

/// Our checks, by the end of their ids, that ask what a word of the original tells.
const FAMILIES: [(&str, &[&str]); 7] = [
    ("Internet Accessible", &["internet_accessible", "public", "publicly_accessible"]),
    ("Friendly Cross Account", &["friendly_cross_account", "friendly_access"]),
    ("Thirdparty Cross Account", &["thirdparty_cross_account", "thirdparty_access"]),
    ("Unknown Access", &["unknown_cross_account", "unknown_access"]),
    ("Cross-Account Root IAM", &["cross_account_root"]),
    ("Administrator Access", &["policy_full_admin"]),
    ("Parse Error", &["policy_arn_unparseable"]),
];

/// The same for the rules of a security group, by direction.
const RULES: [(&str, &str, &str); 4] = [
    ("Internet Accessible", "ingress_from_internet", "egress_to_internet"),
    ("Friendly Cross Account", "ingress_friendly_cross_account", "egress_friendly_cross_account"),
    (
        "Thirdparty Cross Account",
        "ingress_thirdparty_cross_account",
        "egress_thirdparty_cross_account",
    ),
    ("Unknown Access", "ingress_unknown_access", "egress_unknown_access"),
];

/// The same for the grantees of a bucket's ACL.
const GRANTS: [(&str, &str); 4] = [
    ("Internet Accessible", "acl_internet_accessible"),
    ("Friendly Cross Account", "acl_friendly_canonical"),
    ("Thirdparty Cross Account", "acl_thirdparty_canonical"),
    ("Unknown Access", "acl_unknown"),
];

/// What a statement is built with that is awkward.
const CONSTRUCTS: [(&str, &str); 2] =
    [("NotAction", "policy_allow_not_action"), ("NotResource", "policy_allow_not_resource")];

/// The checks that an issue of the original may have become.
#[derive(Debug, PartialEq)]
pub struct Family {
    checks: Vec<&'static str>,
    /// Whom it was about, where it says so.
    pub entity: Option<Entity>,
}

/// Whom an issue is about: `Entity: [cidr:0.0.0.0/0] Access: [ingress:tcp:22]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    kind: String,
    value: String,
    /// Direction, protocol and ports of a rule.
    access: Option<(String, String, String)>,
}

impl Family {
    /// The family of an issue, by its text and its notes; `None` where they do not tell.
    pub fn of(issue: &str, notes: &str) -> Option<Self> {
        let entity = Entity::of(notes);
        let is = |word: &str| word == issue;
        let mut checks = Vec::new();
        if issue == "Awkward Statement Construction" {
            let built = CONSTRUCTS.iter().filter(|(with, _)| notes.contains(with));
            checks.extend(built.map(|(_, check)| *check));
        } else if let Some((direction, ..)) = entity.as_ref().and_then(|one| one.access.as_ref()) {
            let rule = RULES.iter().find(|(word, ..)| is(word));
            checks.extend(rule.map(
                |(_, ingress, egress)| {
                    if direction == "egress" { *egress } else { *ingress }
                },
            ));
        } else if entity.as_ref().is_some_and(|one| one.kind.eq_ignore_ascii_case("acl")) {
            checks.extend(GRANTS.iter().filter(|(word, _)| is(word)).map(|(_, check)| *check));
        } else {
            let family = FAMILIES.iter().filter(|(word, _)| is(word));
            checks.extend(family.flat_map(|(_, checks)| checks.iter().copied()));
        }
        (!checks.is_empty()).then_some(Self { checks, entity })
    }

    /// Whether a check of a technology is one of them.
    pub fn has(&self, technology: &str, check: &str) -> bool {
        let name = check.strip_prefix(technology).and_then(|rest| rest.strip_prefix('.'));
        name.is_some_and(|name| self.checks.contains(&name))
    }
}

impl Entity {
    fn of(notes: &str) -> Option<Self> {
        let within = |start: &str| {
            let (_, rest) = notes.split_once(start)?;
            rest.split_once(']').map(|(within, _)| within)
        };
        let (kind, value) = within("Entity: [")?.split_once(':')?;
        let access = within("Access: [").and_then(|access| {
            let mut parts = access.splitn(3, ':').map(str::to_owned);
            Some((parts.next()?, parts.next()?, parts.next()?))
        });
        Some(Self { kind: kind.to_owned(), value: value.to_owned(), access })
    }

    /// Whether a subject of ours is about it.
    pub fn is(&self, subject: &str) -> bool {
        if let Some((_, protocol, ports)) = &self.access {
            let ports = match ports.split_once('-') {
                Some((from, to)) if from == to => from,
                _ => ports.as_str(),
            };
            // `ingress tcp/22 0.0.0.0/0`, `ingress all 0.0.0.0/0`
            let mut words = subject.split(' ').skip(1);
            let rule = match protocol.as_str() {
                "all_protocols" => "all".to_owned(),
                protocol => format!("{protocol}/{ports}"),
            };
            let same_rule = words.next() == Some(rule.as_str());
            // A group of another account is named with its account.
            let is_source = |source: &str| {
                source == self.value
                    || self.value.starts_with("sg-")
                        && source.rsplit('/').next() == Some(&self.value)
            };
            return same_rule && words.next().is_some_and(is_source);
        }
        // An account is named by its number or by the ARN of its root.
        let account = |text: &str| {
            let number = text.split(':').nth(4).filter(|_| text.ends_with(":root"));
            number.unwrap_or(text).to_owned()
        };
        subject == self.value || account(subject) == account(&self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_leads_to_the_checks_that_ask_the_same() {
        for (issue, notes, technology, check, is_it) in [
            (
                "Internet Accessible",
                "Entity: [principal:*] Actions: [\"s3:*\"]",
                "s3_bucket",
                "s3_bucket.internet_accessible",
                true,
            ),
            (
                "Internet Accessible",
                "Entity: [principal:*] Actions: [\"s3:*\"]",
                "s3_bucket",
                "s3_bucket.acl_internet_accessible",
                false,
            ),
            (
                "Internet Accessible",
                "Entity: [ACL:AllUsers] Actions: [\"FULL_CONTROL\"]",
                "s3_bucket",
                "s3_bucket.acl_internet_accessible",
                true,
            ),
            (
                "Internet Accessible",
                "Entity: [cidr:0.0.0.0/0] Access: [ingress:tcp:22]",
                "security_group",
                "security_group.ingress_from_internet",
                true,
            ),
            (
                "Internet Accessible",
                "Entity: [cidr:0.0.0.0/0] Access: [egress:tcp:22]",
                "security_group",
                "security_group.ingress_from_internet",
                false,
            ),
            (
                "Unknown Access",
                "Account: [1/x] Entity: [account:1] Actions: []",
                "sqs_queue",
                "sqs_queue.unknown_cross_account",
                true,
            ),
            (
                "Awkward Statement Construction",
                "Construct: [\"NotAction\"]",
                "iam_role",
                "iam_role.policy_allow_not_action",
                true,
            ),
            (
                "Administrator Access",
                "Actions: [\"*\"] Resources: [\"*\"]",
                "iam_role",
                "iam_role.policy_full_admin",
                true,
            ),
        ] {
            let family = Family::of(issue, notes).unwrap();
            assert_eq!(family.has(technology, check), is_it, "{issue} {notes} {check}");
        }
        // What does not tell which check it was.
        for issue in ["Insecure Configuration", "Informational", "Sensitive Permissions", "", "x"] {
            assert_eq!(Family::of(issue, "S3 Bucket has no policy"), None);
        }
    }

    #[test]
    fn an_entity_is_the_subject_that_names_the_same() {
        for (notes, subject, is_it) in [
            ("Entity: [cidr:0.0.0.0/0] Access: [ingress:tcp:22]", "ingress tcp/22 0.0.0.0/0", true),
            (
                "Entity: [cidr:0.0.0.0/0] Access: [ingress:tcp:22-22]",
                "ingress tcp/22 0.0.0.0/0",
                true,
            ),
            (
                "Entity: [cidr:0.0.0.0/0] Access: [ingress:tcp:22-23]",
                "ingress tcp/22 0.0.0.0/0",
                false,
            ),
            (
                "Entity: [cidr:0.0.0.0/0] Access: [ingress:tcp:22]",
                "ingress tcp/3389 0.0.0.0/0",
                false,
            ),
            (
                "Entity: [cidr:::/0] Access: [ingress:all_protocols:all_ports]",
                "ingress all ::/0",
                true,
            ),
            ("Entity: [cidr:::/0] Access: [ingress:tcp:22]", "ingress tcp/22 0.0.0.0/0", false),
            (
                "Entity: [cidr:0.0.0.0/8] Access: [ingress:tcp:22]",
                "ingress tcp/22 10.0.0.0/8",
                false,
            ),
            (
                "Entity: [security_group:sg-2] Access: [ingress:tcp:22]",
                "ingress tcp/22 1/sg-2",
                true,
            ),
            ("Entity: [principal:*] Actions: []", "*", true),
            ("Entity: [principal:*] Actions: []", "111122223333", false),
            ("Entity: [arn:arn:aws:iam::111122223333:root] Actions: []", "111122223333", true),
            ("Entity: [arn:arn:aws:iam::111122223333:role/a] Actions: []", "111122223333", false),
        ] {
            assert_eq!(Entity::of(notes).unwrap().is(subject), is_it, "{notes} {subject}");
        }
        assert_eq!(Entity::of("no entity"), None);
    }

    #[test]
    fn every_technology_and_check_that_is_named_is_one_of_ours() {
        let registry = crate::context::registry();
        for (original, ours) in TECHNOLOGIES {
            assert!(registry.find_technology(ours).is_ok(), "{original}: {ours}");
        }
        let rules = RULES.iter().flat_map(|(_, ingress, egress)| [*ingress, *egress]);
        let all = FAMILIES.iter().flat_map(|(_, checks)| checks.iter().copied());
        let all = all.chain(rules).chain(GRANTS.map(|(_, check)| check));
        for name in all.chain(CONSTRUCTS.map(|(_, check)| check)) {
            let is_it = registry
                .checks()
                .any(|check| check.id.split_once('.').is_some_and(|(_, own)| own == name));
            assert!(is_it, "{name}");
        }
    }
}
