//! Rules: what AWS Config holds the resources of a region against.

use aws_sdk_config::Client;
use aws_sdk_config::types::{ConfigRule, Tag};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::found;
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, all, known, pages_of, required};

/// Rules of AWS Config with their parameters and tags. The tags of rules that a service of
/// AWS made, such as Security Hub's hundreds, are the service's and are not asked for.
pub const RULE: Facts = Facts {
    id: "config_rule",
    title: "AWS Config rule",
    operations: &[TAGS],
    structures: &[Structure::new("ConfigRule", ""), Structure::new("Tag", "/Tags/*")],
    events: &[
        Events::new("/requestParameters/configRule/configRuleName", &["PutConfigRule"]),
        Events::new("/requestParameters/configRuleName", &["DeleteConfigRule"]),
        Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]),
    ],
    sets: &[
        Set::new("/EvaluationModes", &["Mode"]),
        Set::new("/Scope/ComplianceResourceTypes", &[]),
        Set::new("/Source/SourceDetails", &[]),
        Set::new("/Tags", &["Key"]),
    ],
    dropped: &[
        // The ARN of the item.
        "/ConfigRuleArn",
        // How the evaluation or the deletion goes.
        "/ConfigRuleState",
    ],
    ..Facts::of(&service::CONFIG, LIST)
};

const LIST: Operation =
    Operation::new("config:DescribeConfigRules").absent(&["NoSuchConfigRuleException"]);
const TAGS: Operation =
    Operation::new("config:ListTagsForResource").absent(&["ResourceNotFoundException"]);

/// How many rules AWS Config answers at once: nobody can ask for more.
const PAGE: usize = 25;

/// The most tags of one answer.
const TAGS_PAGE: i32 = 100;

/// The fewest calls that read one region: `⌈rules / 25⌉`, one at least, and one for each rule
/// that no service of AWS made.
#[must_use]
pub const fn fewest_calls(rules: usize, own: usize) -> usize {
    pages_of(rules, PAGE) + own
}

impl Described for ConfigRule {
    const FACTS: &'static Facts = &RULE;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.config(&scope.account, &scope.region)
    }

    async fn page(
        config: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let answer = config.describe_config_rules().set_next_token(token).send().await;
            let page = found(LIST, answer)?;
            return Ok(page.map_or_else(
                || Listed::page(None, None),
                |page| Listed::page(page.config_rules, page.next_token),
            ));
        };
        // One by one: asked by a name that is not there, AWS Config answers nothing about the
        // others.
        let mut there = Vec::new();
        for one in wanted {
            let answer = config.describe_config_rules().config_rule_names(&one.id).send().await;
            there.extend(
                found(LIST, answer)?.and_then(|page| page.config_rules).unwrap_or_default(),
            );
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        config: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let name = required(LIST, "ConfigRuleName", self.config_rule_name.clone())?;
        let arn = required(LIST, "ConfigRuleArn", self.config_rule_arn.clone())?;
        let tags = match self.created_by() {
            Some(_) => Part::Absent,
            None => match tags(config, &arn).await {
                Ok(Some(tags)) => known(tags.to_json()),
                Ok(None) => return Ok(None),
                Err(error) => Part::Failed(error),
            },
        };
        let rule = RULE.observed(&name, self.to_json()).named(name).with_arn(arn);
        Ok(Some(rule.with("/Tags", tags)))
    }
}

/// The tags of a rule; `None` where it is gone by now.
async fn tags(config: &Client, arn: &str) -> Result<Option<Vec<Tag>>, Error> {
    all(TAGS, |token| {
        let call = config.list_tags_for_resource().resource_arn(arn).limit(TAGS_PAGE);
        async move {
            let page = found(TAGS, call.set_next_token(token).send().await)?;
            Ok(page.map(|page| Listed::page(page.tags, page.next_token)))
        }
    })
    .await
}
