//! Multi-Region Access Points: one name for buckets in several regions.

use aws_sdk_s3control::Client;
use aws_sdk_s3control::config::{Builder, Region};
use aws_sdk_s3control::types::MultiRegionAccessPointReport;
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, known, pages_of, required};
use crate::{service, settings};

/// Multi-Region Access Points with who may use them.
///
/// AWS keeps them all in one region. Only its first partition has any.
pub const ACCESS_POINT: Facts = Facts {
    id: "s3_multi_region_access_point",
    title: "S3 Multi-Region Access Point",
    reach: Reach::Global,
    operations: &[GET, POLICY],
    structures: &[
        Structure::new("MultiRegionAccessPointPolicyDocument", "/PolicyDocument"),
        Structure::new("MultiRegionAccessPointReport", ""),
    ],
    events: &[
        Events::new(
            "/requestParameters/CreateMultiRegionAccessPointRequest/Details/Name",
            &["CreateMultiRegionAccessPoint"],
        ),
        Events::new(
            "/requestParameters/DeleteMultiRegionAccessPointRequest/Details/Name",
            &["DeleteMultiRegionAccessPoint"],
        ),
        Events::new(
            "/requestParameters/PutMultiRegionAccessPointPolicyRequest/Details/Name",
            &["PutMultiRegionAccessPointPolicy"],
        ),
    ],
    sets: &[Set::new("/Regions", &["Bucket"])],
    documents: &["/PolicyDocument/Established/Policy", "/PolicyDocument/Proposed/Policy"],
    dropped: &[
        // How its making or its end goes.
        "/Status",
    ],
    ..Facts::of(&service::S3_CONTROL, LIST)
};

const LIST: Operation = Operation::new("s3:ListMultiRegionAccessPoints");
const GET: Operation =
    Operation::new("s3:GetMultiRegionAccessPoint").absent(&["NoSuchMultiRegionAccessPoint"]);
const POLICY: Operation = Operation::new("s3:GetMultiRegionAccessPointPolicy")
    .absent(&["NoSuchMultiRegionAccessPointPolicy", "NoSuchMultiRegionAccessPoint"]);

/// Where AWS keeps them.
const HOME: &str = "us-west-2";

/// The partition that has them.
const PARTITION: &str = "aws";

/// The largest page of the listing.
const PAGE: i32 = 1000;

/// The fewest calls that read an account: `⌈access points / 1000⌉`, one at least, and one an
/// access point.
#[must_use]
pub const fn fewest_calls(access_points: usize) -> usize {
    pages_of(access_points, PAGE as usize) + access_points
}

/// S3 Control is one client an account, and has its home elsewhere.
fn home() -> Builder {
    Builder::new().region(Region::from_static(HOME))
}

impl Described for MultiRegionAccessPointReport {
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
        if settings::partition(&scope.account) != PARTITION {
            return Ok(Listed::page(None, None));
        }
        let Some(wanted) = wanted else {
            let call = s3control.list_multi_region_access_points().account_id(account);
            let call = call.max_results(PAGE).set_next_token(token).customize();
            let page = call.config_override(home()).send().await;
            let page = page.map_err(|error| failed(LIST, &error))?;
            return Ok(Listed::page(page.access_points, page.next_token));
        };
        let mut there = Vec::new();
        for one in wanted {
            let call = s3control.get_multi_region_access_point().account_id(account).name(&one.id);
            let answer = found(GET, call.customize().config_override(home()).send().await)?;
            there.extend(answer.and_then(|answer| answer.access_point));
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        s3control: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let account = scope.account.id.as_str();
        let name = required(LIST, "Name", self.name.clone())?;
        let call = s3control.get_multi_region_access_point_policy().account_id(account);
        let call = call.name(&name).customize().config_override(home());
        let policy = match found(POLICY, call.send().await) {
            Ok(answer) => known(answer.and_then(|answer| answer.policy).to_json()),
            Err(error) => Part::Failed(error),
        };
        let alias = self.alias.as_deref().filter(|alias| !alias.is_empty());
        let arn = alias.map(|alias| format!("arn:{PARTITION}:s3::{account}:accesspoint/{alias}"));
        let item = ACCESS_POINT.observed(name, self.to_json()).with_arn(arn);
        Ok(Some(item.with("/PolicyDocument", policy)))
    }
}
