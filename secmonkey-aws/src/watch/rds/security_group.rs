//! DB security groups.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbSecurityGroup;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::rds::{PAGE, TAGS, identifier, observed};
use crate::watch::{Described, Events, Facts, Structure, pages_of};

/// DB security groups, which let in to databases outside of any VPC.
///
/// AWS closed EC2-Classic in 2023, and with it the last place for such databases; accounts
/// that had them still list the groups. Their tags, a call for each, are not read.
pub const SECURITY_GROUP: Facts = Facts {
    id: "rds_security_group",
    title: "DB security group",
    structures: &[Structure::new("DBSecurityGroup", "")],
    events: &[
        Events::new(
            "/requestParameters/dBSecurityGroupName",
            &[
                "AuthorizeDBSecurityGroupIngress",
                "CreateDBSecurityGroup",
                "DeleteDBSecurityGroup",
                "RevokeDBSecurityGroupIngress",
            ],
        ),
        TAGS,
    ],
    sets: &[
        Set::new(
            "/EC2SecurityGroups",
            &["EC2SecurityGroupOwnerId", "EC2SecurityGroupId", "EC2SecurityGroupName"],
        ),
        Set::new("/IPRanges", &["CIDRIP"]),
    ],
    dropped: &[
        // The ARN of the item.
        "/DBSecurityGroupArn",
        // How a change goes: what it changed shows.
        "/EC2SecurityGroups/*/Status",
        "/IPRanges/*/Status",
    ],
    ..Facts::of(&service::RDS, GROUPS)
};

const GROUPS: Operation = Operation::new("rds:DescribeDBSecurityGroups");
/// The same for one group: this listing knows no filters.
const LOOK: Operation = GROUPS.absent(&["DBSecurityGroupNotFound"]);

/// The fewest calls that read one region: `⌈groups / 100⌉`, one at least.
#[must_use]
pub const fn fewest_calls(groups: usize) -> usize {
    pages_of(groups, PAGE as usize)
}

impl Described for DbSecurityGroup {
    const FACTS: &'static Facts = &SECURITY_GROUP;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.rds(&scope.account, &scope.region)
    }

    async fn page(
        rds: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let page = rds.describe_db_security_groups().max_records(PAGE).set_marker(token).send();
            let page = page.await.map_err(|error| failed(GROUPS, &error))?;
            return Ok(Listed::page(page.db_security_groups, page.marker));
        };
        let mut there = Vec::new();
        for one in wanted {
            let name = identifier(&one.id);
            let answer = rds.describe_db_security_groups().db_security_group_name(name).send();
            let answer = found(LOOK, answer.await)?.and_then(|answer| answer.db_security_groups);
            there.extend(answer.unwrap_or_default());
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        _rds: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let arn = ("DBSecurityGroupArn", self.db_security_group_arn.clone());
        let name = ("DBSecurityGroupName", self.db_security_group_name.clone());
        observed(&SECURITY_GROUP, arn, name, self.to_json()).map(Some)
    }
}
