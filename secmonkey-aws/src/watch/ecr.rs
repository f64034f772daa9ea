//! ECR.

use std::collections::{HashMap, HashSet};

use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::{
    Repository, RepositoryScanningConfiguration, ScanningConfigurationFailureCode,
};
use futures::join;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found, part};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, known, pages_of, required};

pub(super) const READS: &[Entry] = &[Entry::described::<Scanned>()];

/// Private repositories of ECR: whether their tags may change, how they are encrypted, who
/// may use them, how their images are scanned and when they are thrown away, and their tags.
///
/// How a repository is scanned follows from its own setting and the rules of the registry;
/// recorded is what AWS says comes of them.
pub const REPOSITORY: Facts = Facts {
    id: "ecr_repository",
    title: "ECR repository",
    operations: &[LIFECYCLE, POLICY, SCANNING, TAGS],
    structures: &[
        Structure::new("Repository", ""),
        Structure::new("RepositoryScanningConfiguration", "/scanningConfiguration"),
        Structure::new("Tag", "/tags/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/repositoryName",
            &[
                "CreateRepository",
                "DeleteLifecyclePolicy",
                "DeleteRepository",
                "DeleteRepositoryPolicy",
                "PutImageScanningConfiguration",
                "PutImageTagMutability",
                "PutLifecyclePolicy",
                "SetRepositoryPolicy",
            ],
        ),
        Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]),
    ],
    sets: &[
        Set::new("/imageTagMutabilityExclusionFilters", &["filterType", "filter"]),
        Set::new("/scanningConfiguration/appliedScanFilters", &["filterType", "filter"]),
        Set::new("/tags", &["Key"]),
    ],
    // What is thrown away is JSON as text, too.
    documents: &["/lifecyclePolicyText", "/policyText"],
    dropped: &[
        // The repository itself.
        "/repositoryArn",
        "/scanningConfiguration/repositoryArn",
        "/scanningConfiguration/repositoryName",
    ],
    ids: "arn:{partition}:ecr:{region}:{account}:repository/{name}",
    ..Facts::of(&service::ECR, LIST)
};

const GONE: &[&str] = &["RepositoryNotFoundException"];
const LIST: Operation = Operation::new("ecr:DescribeRepositories");
/// The same, asked for one by its name.
const DESCRIBE: Operation = LIST.absent(GONE);
const LIFECYCLE: Operation = Operation::new("ecr:GetLifecyclePolicy")
    .absent(&["LifecyclePolicyNotFoundException", "RepositoryNotFoundException"]);
const POLICY: Operation = Operation::new("ecr:GetRepositoryPolicy")
    .absent(&["RepositoryNotFoundException", "RepositoryPolicyNotFoundException"]);
const SCANNING: Operation = Operation::new("ecr:BatchGetRepositoryScanningConfiguration");
const TAGS: Operation = Operation::new("ecr:ListTagsForResource").absent(GONE);

/// The largest page of the listing.
const PAGE: i32 = 1000;

/// Of how many repositories one call tells how they are scanned.
const AT_A_TIME: usize = 25;

/// The fewest calls that read one region: `⌈repositories / 1000⌉`, one at least,
/// `⌈repositories / 25⌉`, and three a repository.
#[must_use]
pub const fn fewest_calls(repositories: usize) -> usize {
    pages_of(repositories, PAGE as usize) + repositories.div_ceil(AT_A_TIME) + 3 * repositories
}

/// A repository, and how it is scanned: `None` where AWS does not know the repository.
#[derive(Debug)]
pub struct Scanned {
    repository: Repository,
    scanning: Result<Option<RepositoryScanningConfiguration>, Error>,
}

impl Described for Scanned {
    const FACTS: &'static Facts = &REPOSITORY;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.ecr(&scope.account, &scope.region)
    }

    async fn page(
        ecr: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let page = ecr.describe_repositories().max_results(PAGE).set_next_token(token);
            let page = page.send().await.map_err(|error| failed(LIST, &error))?;
            let all = scanned(ecr, page.repositories.unwrap_or_default()).await;
            return Ok(Listed::page(all, page.next_token));
        };
        let mut there = Vec::new();
        for one in wanted {
            let name = one.id.split_once(":repository/").map_or("", |(_, name)| name);
            let name = if name.is_empty() { one.id.as_str() } else { name };
            let answer = ecr.describe_repositories().repository_names(name).send().await;
            there.extend(
                found(DESCRIBE, answer)?
                    .and_then(|answer| answer.repositories)
                    .into_iter()
                    .flatten(),
            );
        }
        Ok(Listed::page(scanned(ecr, there).await, None))
    }

    async fn observe(
        self,
        ecr: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { repository, scanning } = self;
        let arn = required(LIST, "repositoryArn", repository.repository_arn.clone())?;
        let name = required(LIST, "repositoryName", repository.repository_name.clone())?;
        let scanning = match scanning {
            Ok(Some(scanning)) => known(scanning.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let (policy, lifecycle, tags) = join!(
            ecr.get_repository_policy().repository_name(&name).send(),
            ecr.get_lifecycle_policy().repository_name(&name).send(),
            ecr.list_tags_for_resource().resource_arn(&arn).send(),
        );
        let tags = match found(TAGS, tags) {
            Ok(Some(answer)) => known(answer.tags.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let policy = policy.map(|answer| answer.policy_text.to_json());
        let lifecycle = lifecycle.map(|answer| answer.lifecycle_policy_text.to_json());
        let item = REPOSITORY.observed(arn.as_str(), repository.to_json());
        let item = item.named(name).with_arn(arn);
        let item = item
            .with("/lifecyclePolicyText", part(LIFECYCLE, lifecycle))
            .with("/policyText", part(POLICY, policy))
            .with("/scanningConfiguration", scanning)
            .with("/tags", tags);
        Ok(Some(item))
    }
}

/// Repositories with how they are scanned.
async fn scanned(ecr: &Client, repositories: Vec<Repository>) -> Vec<Scanned> {
    let mut all = Vec::with_capacity(repositories.len());
    for some in repositories.chunks(AT_A_TIME) {
        let names: Vec<_> = some.iter().filter_map(|one| one.repository_name.clone()).collect();
        let call = ecr.batch_get_repository_scanning_configuration();
        let answer = call.set_repository_names(Some(names)).send().await;
        let answer = answer.map_err(|error| failed(SCANNING, &error)).map(|answer| {
            let of =
                |one: RepositoryScanningConfiguration| Some((one.repository_name.clone()?, one));
            let known = answer.scanning_configurations.unwrap_or_default().into_iter();
            let failures = answer.failures.unwrap_or_default().into_iter();
            let gone = failures.filter(|one| {
                one.failure_code == Some(ScanningConfigurationFailureCode::RepositoryNotFound)
            });
            let gone: HashSet<_> = gone.filter_map(|one| one.repository_name).collect();
            (known.filter_map(of).collect::<HashMap<_, _>>(), gone)
        });
        all.extend(some.iter().map(|repository| {
            let name = repository.repository_name.as_deref().unwrap_or_default();
            let scanning = match &answer {
                Ok((known, gone)) => match known.get(name) {
                    None if gone.contains(name) => Ok(None),
                    known => required(SCANNING, "configuration of the repository", known.cloned())
                        .map(Some),
                },
                Err(error) => Err(error.clone()),
            };
            Scanned { repository: repository.clone(), scanning }
        }));
    }
    all
}
