//! DB subnet groups.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbSubnetGroup;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::rds::{PAGE, TAGS, identifier, observed};
use crate::watch::{Described, Events, Facts, Structure, known, pages_of};

/// DB subnet groups, the subnets in which databases may be placed, with their tags. Neptune
/// and DocumentDB use them, too.
pub const SUBNET_GROUP: Facts = Facts {
    id: "rds_subnet_group",
    title: "DB subnet group",
    operations: &[LIST_TAGS],
    structures: &[Structure::new("DBSubnetGroup", ""), Structure::new("Tag", "/TagList/*")],
    events: &[
        Events::new(
            "/requestParameters/dBSubnetGroupName",
            &["CreateDBSubnetGroup", "DeleteDBSubnetGroup", "ModifyDBSubnetGroup"],
        ),
        TAGS,
    ],
    sets: &[
        Set::new("/Subnets", &["SubnetIdentifier"]),
        Set::new("/SupportedNetworkTypes", &[]),
        Set::new("/TagList", &["Key"]),
    ],
    dropped: &[
        // The ARN of the item.
        "/DBSubnetGroupArn",
        // How a change goes: what it changed shows.
        "/SubnetGroupStatus",
        "/Subnets/*/SubnetStatus",
    ],
    ..Facts::of(&service::RDS, GROUPS)
};

/// The code by which it says that there is no such group.
const GONE: &[&str] = &["DBSubnetGroupNotFoundFault"];
const GROUPS: Operation = Operation::new("rds:DescribeDBSubnetGroups");
/// The same for one group: this listing knows no filters.
const LOOK: Operation = GROUPS.absent(GONE);
const LIST_TAGS: Operation = Operation::new("rds:ListTagsForResource").absent(GONE);

/// The fewest calls that read one region: `⌈groups / 100⌉`, one at least, and one a group.
#[must_use]
pub const fn fewest_calls(groups: usize) -> usize {
    pages_of(groups, PAGE as usize) + groups
}

impl Described for DbSubnetGroup {
    const FACTS: &'static Facts = &SUBNET_GROUP;
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
            let page = rds.describe_db_subnet_groups().max_records(PAGE).set_marker(token).send();
            let page = page.await.map_err(|error| failed(GROUPS, &error))?;
            return Ok(Listed::page(page.db_subnet_groups, page.marker));
        };
        let mut there = Vec::new();
        for one in wanted {
            let name = identifier(&one.id);
            let answer = rds.describe_db_subnet_groups().db_subnet_group_name(name).send().await;
            let answer = found(LOOK, answer)?.and_then(|answer| answer.db_subnet_groups);
            there.extend(answer.unwrap_or_default());
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        rds: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let arn = ("DBSubnetGroupArn", self.db_subnet_group_arn.clone());
        let name = ("DBSubnetGroupName", self.db_subnet_group_name.clone());
        let group = observed(&SUBNET_GROUP, arn, name, self.to_json())?;
        let answer = rds.list_tags_for_resource().resource_name(group.id.as_str()).send().await;
        let tags = match found(LIST_TAGS, answer) {
            Ok(Some(answer)) => known(answer.tag_list.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        Ok(Some(group.with("/TagList", tags)))
    }
}
