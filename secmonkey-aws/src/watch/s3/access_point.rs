//! Access points: further names of buckets, each with a policy of its own.

use aws_sdk_s3control::Client;
use aws_sdk_s3control::config::{Builder, Region};
use aws_sdk_s3control::operation::get_access_point::GetAccessPointOutput as Detail;
use futures::join;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::json;

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, known, pages_of};
use crate::{service, settings};

/// Access points of buckets and file systems in one region, with who may use them and their
/// tags. Those of directory buckets, and of S3 on Outposts, are left out.
pub const ACCESS_POINT: Facts = Facts {
    id: "s3_access_point",
    title: "S3 access point",
    operations: &[GET, POLICY, TAGS],
    structures: &[
        Structure::new("GetAccessPointOutput", "/AccessPoint"),
        Structure::new("Tag", "/Tags/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/name",
            &[
                "CreateAccessPoint",
                "DeleteAccessPoint",
                "DeleteAccessPointPolicy",
                "PutAccessPointPolicy",
            ],
        ),
        Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]),
    ],
    sets: &[Set::new("/Tags", &["Key"])],
    documents: &["/Policy"],
    dropped: &[
        // They stand in the item itself.
        "/AccessPoint/AccessPointArn",
        "/AccessPoint/Name",
    ],
    ..Facts::of(&service::S3_CONTROL, LIST)
};

const LIST: Operation = Operation::new("s3:ListAccessPoints");
const GET: Operation = Operation::new("s3:GetAccessPoint").absent(&["NoSuchAccessPoint"]);
const POLICY: Operation = Operation::new("s3:GetAccessPointPolicy")
    .absent(&["NoSuchAccessPointPolicy", "NoSuchAccessPoint"]);
const TAGS: Operation = Operation::new("s3:ListTagsForResource").absent(&["NoSuchAccessPoint"]);

/// The largest page of the listing.
const PAGE: i32 = 1000;

/// The fewest calls that read one region: `⌈access points / 1000⌉`, one at least, and three an
/// access point. The listing lacks what blocks public access.
#[must_use]
pub const fn fewest_calls(access_points: usize) -> usize {
    pages_of(access_points, PAGE as usize) + 3 * access_points
}

/// An access point by its name, with what is known of it where it was looked for.
#[derive(Debug)]
pub struct AccessPoint {
    name: String,
    detail: Option<Detail>,
}

/// S3 Control is one client an account: each call is sent to the region of the scope.
fn here(scope: &Scope) -> Builder {
    Builder::new().region(Region::new(scope.region.clone()))
}

impl Described for AccessPoint {
    const FACTS: &'static Facts = &ACCESS_POINT;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.s3control(&scope.account)
    }

    async fn page(
        s3control: &Client,
        scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let account = scope.account.id.as_str();
        let mut there = Vec::new();
        let Some(wanted) = wanted else {
            let call = s3control.list_access_points().account_id(account).max_results(PAGE);
            let call = call.set_next_token(token).customize().config_override(here(scope));
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            let all = page.access_point_list.unwrap_or_default().into_iter();
            there.extend(all.map(|one| Self { name: one.name, detail: None }));
            return Ok(Listed::page(there, page.next_token));
        };
        for one in wanted {
            let name = one.id.rsplit('/').next().unwrap_or_default().to_owned();
            let detail = detail(s3control, scope, &name).await?;
            there.extend(detail.map(|detail| Self { name, detail: Some(detail) }));
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        s3control: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { name, detail: before } = self;
        let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
        let arn = format!("arn:{partition}:s3:{}:{account}:accesspoint/{name}", scope.region);
        let policy = s3control.get_access_point_policy().account_id(account.as_str()).name(&name);
        let tags = s3control.list_tags_for_resource().account_id(account.as_str());
        let (detail, policy, tags) = join!(
            async {
                match before {
                    Some(detail) => Ok(Some(detail)),
                    None => detail(s3control, scope, &name).await,
                }
            },
            policy.customize().config_override(here(scope)).send(),
            tags.resource_arn(&arn).customize().config_override(here(scope)).send(),
        );
        let detail = match detail {
            Ok(Some(detail)) => known(detail.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let policy = match found(POLICY, policy) {
            Ok(answer) => known(answer.and_then(|answer| answer.policy).to_json()),
            Err(error) => Part::Failed(error),
        };
        let tags = match found(TAGS, tags) {
            Ok(Some(answer)) => known(answer.tags.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let item = ACCESS_POINT.observed(&arn, json!({ "Name": name })).named(name).with_arn(arn);
        Ok(Some(item.with("/AccessPoint", detail).with("/Policy", policy).with("/Tags", tags)))
    }
}

/// What an access point is of; `None` where there is none.
async fn detail(s3control: &Client, scope: &Scope, name: &str) -> Result<Option<Detail>, Error> {
    let call = s3control.get_access_point().account_id(scope.account.id.as_str()).name(name);
    found(GET, call.customize().config_override(here(scope)).send().await)
}
