//! CloudTrail: the trails that record who did what.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{ResourceTag, Trail};
use futures::join;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, Writes, all, known, required};

pub(super) const READS: &[Entry] = &[Entry::described::<Trail>()];

/// Trails with what they record, where to, and whether they do. A trail of all regions is
/// read in its home region only; it is one trail.
pub const TRAIL: Facts = Facts {
    id: "cloudtrail",
    title: "CloudTrail trail",
    operations: &[STATUS, SELECTORS, INSIGHTS, TAGS],
    structures: &[
        Structure::new("AdvancedEventSelector", "/AdvancedEventSelectors/*"),
        Structure::new("EventSelector", "/EventSelectors/*"),
        Structure::new("GetTrailStatusOutput", "/Status"),
        Structure::new("InsightSelector", "/InsightSelectors/*"),
        Structure::new("Tag", "/Tags/*"),
        Structure::new("Trail", ""),
    ],
    events: &[
        Events::new(
            "/requestParameters/name",
            &["CreateTrail", "DeleteTrail", "StartLogging", "StopLogging", "UpdateTrail"],
        ),
        Events::new("/requestParameters/resourceId", &["AddTags", "RemoveTags"]),
        Events::new("/requestParameters/trailName", &["PutEventSelectors", "PutInsightSelectors"]),
    ],
    sets: &[
        Set::new("/AdvancedEventSelectors", &["Name"]),
        Set::new("/AdvancedEventSelectors/*/FieldSelectors", &["Field"]),
        Set::new("/AdvancedEventSelectors/*/FieldSelectors/*/EndsWith", &[]),
        Set::new("/AdvancedEventSelectors/*/FieldSelectors/*/Equals", &[]),
        Set::new("/AdvancedEventSelectors/*/FieldSelectors/*/NotEndsWith", &[]),
        Set::new("/AdvancedEventSelectors/*/FieldSelectors/*/NotEquals", &[]),
        Set::new("/AdvancedEventSelectors/*/FieldSelectors/*/NotStartsWith", &[]),
        Set::new("/AdvancedEventSelectors/*/FieldSelectors/*/StartsWith", &[]),
        Set::new("/EventSelectors", &[]),
        Set::new("/EventSelectors/*/DataResources", &["Type"]),
        Set::new("/EventSelectors/*/DataResources/*/Values", &[]),
        Set::new("/EventSelectors/*/ExcludeManagementEventSources", &[]),
        Set::new("/InsightSelectors", &["InsightType"]),
        Set::new("/InsightSelectors/*/EventCategories", &[]),
        Set::new("/Tags", &["Key"]),
    ],
    dropped: &[
        // When something was last delivered, or tried to be: telemetry. Why the last one
        // failed is kept.
        "/Status/LatestCloudWatchLogsDeliveryTime",
        "/Status/LatestDeliveryAttemptSucceeded",
        "/Status/LatestDeliveryAttemptTime",
        "/Status/LatestDeliveryTime",
        "/Status/LatestDigestDeliveryTime",
        "/Status/LatestNotificationAttemptSucceeded",
        "/Status/LatestNotificationAttemptTime",
        "/Status/LatestNotificationTime",
        // `StartLoggingTime` and `StopLoggingTime` in other words.
        "/Status/TimeLoggingStarted",
        "/Status/TimeLoggingStopped",
        // The ARN of the item.
        "/TrailARN",
    ],
    ids: "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}",
    writes: &[
        Writes::new("", &["CreateTrail", "DeleteTrail"]),
        Writes::new("/AdvancedEventSelectors", &["PutEventSelectors"]),
        Writes::new("/EventSelectors", &["PutEventSelectors"]),
        Writes::new("/HasCustomEventSelectors", &["PutEventSelectors"]),
        Writes::new("/HasInsightSelectors", &["PutInsightSelectors"]),
        Writes::new("/InsightSelectors", &["PutInsightSelectors"]),
        Writes::new("/Status", &["StartLogging", "StopLogging"]),
    ],
    ..Facts::of(&service::CLOUDTRAIL, LIST)
};

const LIST: Operation = Operation::new("cloudtrail:DescribeTrails");
const STATUS: Operation = Operation::new("cloudtrail:GetTrailStatus").absent(GONE);
const SELECTORS: Operation = Operation::new("cloudtrail:GetEventSelectors").absent(GONE);
const INSIGHTS: Operation = Operation::new("cloudtrail:GetInsightSelectors")
    .absent(&["InsightNotEnabledException", "TrailNotFoundException"]);
const TAGS: Operation = Operation::new("cloudtrail:ListTags");

const GONE: &[&str] = &["TrailNotFoundException"];

/// The calls that read one region: the listing, which has no pages, and four a trail.
#[must_use]
pub const fn fewest_calls(trails: usize) -> usize {
    1 + 4 * trails
}

impl Described for Trail {
    const FACTS: &'static Facts = &TRAIL;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.cloudtrail(&scope.account, &scope.region)
    }

    async fn page(
        cloudtrail: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        _token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        // Of names that no trail has, the answer says nothing.
        let names = wanted.map(|wanted| wanted.iter().map(|one| one.id.clone()).collect());
        // What it calls shadows are the trails of other regions that record this one, too.
        let call = cloudtrail.describe_trails().include_shadow_trails(false);
        let answer = call.set_trail_name_list(names).send().await;
        let answer = answer.map_err(|error| failed(LIST, &error))?;
        Ok(Listed::page(answer.trail_list, None))
    }

    async fn observe(
        self,
        cloudtrail: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let arn = required(LIST, "TrailARN", self.trail_arn.clone())?;
        let name = self.name.clone().unwrap_or_else(|| arn.clone());
        let (status, selectors, insights, tags) = join!(
            cloudtrail.get_trail_status().name(&arn).send(),
            cloudtrail.get_event_selectors().trail_name(&arn).send(),
            cloudtrail.get_insight_selectors().trail_name(&arn).send(),
            tags(cloudtrail, &arn),
        );
        let status = match found(STATUS, status) {
            Ok(Some(status)) => known(status.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        // An answer has one kind of selectors or the other.
        let (basic, advanced) = match found(SELECTORS, selectors) {
            Ok(Some(all)) => (
                known(all.event_selectors.to_json()),
                known(all.advanced_event_selectors.to_json()),
            ),
            Ok(None) => return Ok(None),
            Err(error) => (Part::Failed(error.clone()), Part::Failed(error)),
        };
        let insights = match found(INSIGHTS, insights) {
            Ok(Some(all)) => known(all.insight_selectors.to_json()),
            Ok(None) => Part::Absent,
            Err(error) => Part::Failed(error),
        };
        let trail = TRAIL.observed(arn.as_str(), self.to_json()).named(name).with_arn(arn);
        Ok(Some(
            trail
                .with("/Status", status)
                .with("/EventSelectors", basic)
                .with("/AdvancedEventSelectors", advanced)
                .with("/InsightSelectors", insights)
                .with("/Tags", tags),
        ))
    }
}

async fn tags(cloudtrail: &Client, arn: &str) -> Part {
    let tags = all(TAGS, |token| {
        let call = cloudtrail.list_tags().resource_id_list(arn).set_next_token(token);
        async move {
            let page = found(TAGS, call.send().await)?;
            Ok(page.map(|page| Listed::page(page.resource_tag_list, page.next_token)))
        }
    });
    let of =
        |sets: Vec<ResourceTag>| sets.iter().flat_map(ResourceTag::tags_list).cloned().collect();
    match tags.await {
        Ok(sets) => known(sets.map_or_else(Vec::new, of).to_json()),
        Err(error) => Part::Failed(error),
    }
}
