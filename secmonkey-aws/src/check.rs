//! Checks: what is wrong with a configuration.
//!
//! A check is its page (`check/TECHNOLOGY/NAME.md`: what it finds, why it matters, how to
//! mend it, examples that are its tests), the function beside it with what is declared of
//! it (an `AwsCheck`), and its place in the list of its technology
//! (`check/TECHNOLOGY.rs`). Its id is `TECHNOLOGY.NAME`, for ever. Checks that differ by
//! little are the rows of a table, each with its own page.
//!
//! Checks of policies are written once for all technologies (`resource_policy`,
//! `identity_policy`); which technologies have policies stands in `policy_rows`: a
//! technology more is a row more. All ids, those of the families too, are listed in the
//! snapshot `snapshots/*catalogue.snap`.
//!
//! What several checks of one item need, its policies parsed or its rules with whom they
//! let in, is made once an item and handed to all of them: a `Case`. What names a
//! finding's subject is made in [`subject`].
//!
//! ```
//! let checks = secmonkey_aws::check::checks();
//! let admin = checks
//!     .iter()
//!     .find(|check| check.id == "security_group.admin_port_open_to_internet")
//!     .expect("ids live for ever");
//! assert_eq!(admin.score, 10);
//! assert!(admin.page.contains("**Fix:**"));
//! ```

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use secmonkey_core::check::page::{Example, Page};
use secmonkey_core::check::{Auditor, Check, Findings, Parameter, Undecided, World, reads};
use secmonkey_core::item::Item;
use serde_json::Value;

use self::case::{Case, Shared};

mod acm_certificate;
mod balancer;
mod case;
mod cloudfront_distribution;
mod cloudtrail;
mod cloudwatch_log_group;
mod config_recorder;
mod database;
mod document;
mod dynamodb_table;
mod ebs_snapshot;
mod ebs_volume;
mod ec2_image;
mod ec2_instance;
mod ecr_repository;
mod ecs_service;
mod effective;
mod eks_cluster;
mod elastic_ip;
mod elasticsearch_domain;
mod elb;
mod elbv2;
mod expiry;
mod iam_account;
mod iam_group;
mod iam_managed_policy;
mod iam_role;
mod iam_server_certificate;
mod iam_user;
mod identity_policy;
mod key_pair;
mod kms_key;
mod lambda_function;
mod network_acl;
mod policy;
mod policy_rows;
mod rds_cluster;
mod rds_instance;
mod rds_security_group;
mod rds_snapshot;
mod reachable;
mod redshift_cluster;
mod resource_policy;
mod route53_domain;
mod route53_record;
mod s3_access_point;
mod s3_account;
mod s3_bucket;
mod secretsmanager_secret;
mod security_group;
mod ses_identity;
mod sharing;
mod sns_topic;
mod sqs_queue;
pub mod subject;
mod subnet;
#[cfg(test)]
#[cfg(all(
    feature = "acm",
    feature = "ec2",
    feature = "elb",
    feature = "elbv2",
    feature = "iam",
    feature = "s3",
    feature = "ses"
))]
mod tests;
mod tls;
mod vpc;
mod vpc_peering_connection;
mod vpn_connection;
mod way_in;
mod x509;

pub use document::Document;

/// A check, and the function that runs it.
#[derive(Clone)]
struct AwsCheck {
    check: Check,
    run: Run,
}

/// Adds what a check finds, or says that it cannot know.
type Run = fn(&Case<'_>, &mut Findings) -> Result<(), Undecided>;

/// Every check, in the order of the ids.
#[must_use]
pub fn checks() -> &'static [Check] {
    &ALL.checks
}

/// The auditor that runs every check.
#[must_use]
pub fn catalogue() -> Catalogue {
    Catalogue::default()
}

/// The auditor that runs every check.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Catalogue;

impl Auditor for Catalogue {
    fn checks(&self) -> &[Check] {
        checks()
    }

    fn audit(&self, item: &Item, world: &World<'_>, found: &mut Findings) {
        let technology = item.key.technology.as_str();
        let shared = Shared {
            resource_policy: policy_rows::resource(technology),
            identity_policies: policy_rows::identity(technology),
            ..Shared::default()
        };
        let case = Case::new(item, *world, &shared);
        let idle = shared.resource_policy.and_then(|row| Some((row.at, row.idle.as_ref()?)));
        for (check, run) in ALL.checks.iter().zip(&ALL.runs) {
            if check.technology == technology {
                found.run(check, |found| {
                    run(&case.for_check(check), found)?;
                    if let Some((at, idle)) = idle
                        && reads(check, at)
                    {
                        idle.weigh(item, found);
                    }
                    Ok(())
                });
            }
        }
    }
}

/// The examples of a page that are about a check. Those of a family are policies alone, which
/// each technology has elsewhere, unless they are of one technology.
///
/// ```
/// use secmonkey_aws::check;
/// use secmonkey_core::check::page::Page;
///
/// let checks = check::checks();
/// let public = checks.iter().find(|check| check.id == "sqs_queue.internet_accessible").unwrap();
/// let examples = check::examples(public, Page::parse(&public.page)?);
/// assert!(examples[0].config["Attributes"]["Policy"].is_object());
/// # Ok::<_, secmonkey_core::check::page::Invalid>(())
/// ```
#[must_use]
pub fn examples(check: &Check, page: Page) -> Vec<Example> {
    let examples = page.examples.into_iter();
    let ours = examples.filter_map(|mut example| match &example.technology {
        Some(technology) if *technology != check.technology => None,
        Some(_) => Some(example),
        None => {
            let families = [resource_policy::wrap, identity_policy::wrap];
            let wrapped = families.iter().find_map(|wrap| wrap(check, &example.config));
            example.config = wrapped.unwrap_or(example.config);
            Some(example)
        }
    });
    ours.collect()
}

/// The checks, and the function of each.
struct All {
    checks: Vec<Check>,
    runs: Vec<Run>,
}

static ALL: LazyLock<All> = LazyLock::new(|| {
    let own = [
        acm_certificate::CHECKS,
        cloudfront_distribution::CHECKS,
        cloudtrail::CHECKS,
        cloudwatch_log_group::CHECKS,
        config_recorder::CHECKS,
        dynamodb_table::CHECKS,
        ebs_snapshot::CHECKS,
        ebs_volume::CHECKS,
        ec2_image::CHECKS,
        ec2_instance::CHECKS,
        ecr_repository::CHECKS,
        ecs_service::CHECKS,
        eks_cluster::CHECKS,
        elastic_ip::CHECKS,
        elasticsearch_domain::CHECKS,
        elb::CHECKS,
        elb::TLS_CHECKS,
        elbv2::CHECKS,
        iam_account::CHECKS,
        iam_group::CHECKS,
        iam_managed_policy::CHECKS,
        iam_role::CHECKS,
        iam_server_certificate::CHECKS,
        iam_user::CHECKS,
        key_pair::CHECKS,
        kms_key::CHECKS,
        lambda_function::CHECKS,
        network_acl::CHECKS,
        rds_cluster::CHECKS,
        rds_instance::CHECKS,
        rds_security_group::CHECKS,
        rds_snapshot::CHECKS,
        rds_snapshot::CLUSTER_CHECKS,
        redshift_cluster::CHECKS,
        route53_domain::CHECKS,
        route53_record::CHECKS,
        s3_account::CHECKS,
        s3_bucket::ACL_CHECKS,
        s3_bucket::CHECKS,
        secretsmanager_secret::CHECKS,
        security_group::CHECKS,
        ses_identity::CHECKS,
        sns_topic::CHECKS,
        sqs_queue::CHECKS,
        subnet::CHECKS,
        vpc::CHECKS,
        vpc_peering_connection::CHECKS,
        vpn_connection::CHECKS,
    ];
    let mut all: Vec<AwsCheck> = own.into_iter().flatten().cloned().collect();
    all.extend(policy_rows::IDENTITY.iter().flat_map(identity_policy::checks));
    all.extend(policy_rows::RESOURCE.iter().flat_map(resource_policy::checks));
    all.sort_unstable_by(|a, b| a.check.id.cmp(&b.check.id));
    let (checks, runs) = all.into_iter().map(|one| (one.check, one.run)).unzip();
    All { checks, runs }
});

/// The elements of an array, none where it is absent.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text, empty where it is absent.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A time, `None` where it is absent.
fn time(item: &Item, pointer: &str) -> Result<Option<Timestamp>, Undecided> {
    let Some(value) = item.config.pointer(pointer) else { return Ok(None) };
    match value.as_str().map(str::parse) {
        Some(Ok(time)) => Ok(Some(time)),
        _ => Err(Undecided::Failed(format!("{pointer} is no time: {value}"))),
    }
}

/// The UTC day of a time: details state dates.
fn day(time: Timestamp) -> impl std::fmt::Display {
    time.strftime("%Y-%m-%d")
}

/// How many days a parameter may be: a day to ten years.
const DAYS: (i64, i64) = (1, 3650);

/// How many days something may go unused.
const fn max_idle(about: &'static str) -> Parameter {
    Parameter::number("max_idle_days", 90, DAYS, "days", about)
}

/// The time before the one the check is asked for by as many days as a parameter says.
fn days_ago(world: &World<'_>, days: &Parameter) -> Result<Timestamp, Undecided> {
    before(world, world.number(&days.name)?)
}

/// The time `days` days before the one the check is asked for.
fn before(world: &World<'_>, days: i64) -> Result<Timestamp, Undecided> {
    let now = world.now()?;
    now.checked_sub(SignedDuration::from_hours(24 * days))
        .map_err(|error| Undecided::Failed(error.to_string()))
}

/// Texts as a person lists them: `a`, `a and b`, `a, b and c`.
fn listed<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut texts: Vec<&str> = texts.into_iter().collect();
    match texts.pop() {
        Some(last) if texts.is_empty() => last.to_owned(),
        Some(last) => format!("{} and {last}", texts.join(", ")),
        None => String::new(),
    }
}
