//! CloudWatch Logs.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::LogGroup;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Scope, Wanted};

use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, Writes, pages_of, required};
use crate::{service, settings};

pub(super) const READS: &[Entry] = &[Entry::described::<LogGroup>()];

/// Log groups of CloudWatch: how long they keep what, how it is encrypted and protected.
///
/// There are thousands of them, so that only the listing is read: tags, subscriptions and
/// the policies that protect data would take a call a group each. The resource policies of
/// a region are another thing.
pub const GROUP: Facts = Facts {
    id: "cloudwatch_log_group",
    title: "log group",
    structures: &[Structure::new("LogGroup", "")],
    events: &[
        Events::new(
            "/requestParameters/logGroupIdentifier",
            &[
                "DeleteDataProtectionPolicy",
                "PutBearerTokenAuthentication",
                "PutDataProtectionPolicy",
                "PutLogGroupDeletionProtection",
            ],
        ),
        Events::new(
            "/requestParameters/logGroupName",
            &[
                "AssociateKmsKey",
                "CreateLogGroup",
                "DeleteLogGroup",
                "DeleteMetricFilter",
                "DeleteRetentionPolicy",
                "DisassociateKmsKey",
                "PutMetricFilter",
                "PutRetentionPolicy",
            ],
        ),
    ],
    sets: &[Set::new("/inheritedProperties", &[])],
    dropped: &[
        // The ARN of the item, once with `:*` for its streams.
        "/arn",
        "/logGroupArn",
        // It grows with every entry.
        "/storedBytes",
    ],
    ids: "arn:{partition}:logs:{region}:{account}:log-group:{name}",
    writes: &[Writes::new("", &["CreateLogGroup", "DeleteLogGroup"])],
    ..Facts::of(&service::LOGS, LIST)
};

const LIST: Operation = Operation::new("logs:DescribeLogGroups");

/// The largest page of the listing.
const PAGE: i32 = 50;

/// The fewest calls that read one region: `⌈groups / 50⌉`, one at least.
#[must_use]
pub const fn fewest_calls(groups: usize) -> usize {
    pages_of(groups, PAGE as usize)
}

impl Described for LogGroup {
    const FACTS: &'static Facts = &GROUP;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.logs(&scope.account, &scope.region)
    }

    async fn page(
        logs: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let page = logs.describe_log_groups().limit(PAGE).set_next_token(token).send().await;
            let page = page.map_err(|error| failed(LIST, &error))?;
            return Ok(Listed::page(page.log_groups, page.next_token));
        };
        let mut there = Vec::new();
        for one in wanted {
            let name = one.id.split_once(SEPARATOR).map_or(one.id.as_str(), |(_, name)| name);
            // Groups are listed in the order of their names: the one that is called so comes
            // before all whose names go on.
            let call = logs.describe_log_groups().log_group_name_prefix(name).limit(1);
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            there.extend(page.log_groups.unwrap_or_default());
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        _logs: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let name = required(LIST, "logGroupName", self.log_group_name.clone())?;
        let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
        let arn = format!("arn:{partition}:logs:{}:{account}{SEPARATOR}{name}", scope.region);
        Ok(Some(GROUP.observed(arn.as_str(), self.to_json()).named(name).with_arn(arn)))
    }
}

/// What stands before the name in the ARN of a group.
const SEPARATOR: &str = ":log-group:";
