//! Lambda.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{AliasConfiguration, FunctionUrlConfig};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted, pages};
use serde_json::{Value, json};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{
    Described, Entry, Events, Facts, Structure, Writes, all, known, pages_of, required,
};

pub(super) const READS: &[Entry] = &[Entry::described::<Function>()];

/// Lambda functions: their configuration, who may call them and each of their aliases, their
/// URLs, what feeds them, and their tags.
///
/// The values of environment variables are secrets whatever they are called. Policies of
/// published versions would take a call for every version that was ever published, and are
/// left out, as are the signing of code and reserved concurrency, at a call a function. Tags
/// are listed, because the call that answers with them also hands out the code.
pub const FUNCTION: Facts = Facts {
    id: "lambda_function",
    title: "Lambda function",
    operations: &[ALIASES, CONFIGURATION, MAPPINGS, POLICY, TAGS, URLS],
    structures: &[
        Structure::new("AliasConfiguration", "/Aliases/*"),
        Structure::new("EventSourceMappingConfiguration", "/EventSourceMappings/*"),
        Structure::new("FunctionConfiguration", ""),
        Structure::new("FunctionUrlConfig", "/FunctionUrlConfigs/*"),
        Structure::new("GetFunctionConfigurationOutput", ""),
    ],
    // The names carry the version of the API.
    events: &[
        Events::new(
            "/requestParameters/functionName",
            &[
                "AddPermission20150331v2",
                "CreateAlias20150331",
                "CreateEventSourceMapping20150331",
                "CreateFunction20150331",
                "CreateFunctionUrlConfig",
                "DeleteAlias20150331",
                "DeleteFunction20150331",
                "DeleteFunctionUrlConfig",
                "RemovePermission20150331v2",
                "UpdateAlias20150331",
                "UpdateFunctionCode20150331v2",
                "UpdateFunctionConfiguration20150331v2",
                "UpdateFunctionUrlConfig",
            ],
        ),
        Events::new(
            "/requestParameters/resource",
            &["TagResource20170331v2", "UntagResource20170331v2"],
        ),
        Events::new(
            "/responseElements/functionArn",
            &["DeleteEventSourceMapping20150331", "UpdateEventSourceMapping20150331"],
        ),
    ],
    sets: &[
        Set::new("/Aliases", &["Name"]),
        Set::new("/Architectures", &[]),
        Set::new("/EventSourceMappings", &["UUID"]),
        Set::new(
            "/EventSourceMappings/*/AmazonManagedKafkaEventSourceConfig/SchemaRegistryConfig/AccessConfigs",
            &["Type", "URI"],
        ),
        Set::new(
            "/EventSourceMappings/*/AmazonManagedKafkaEventSourceConfig/SchemaRegistryConfig/SchemaValidationConfigs",
            &["Attribute"],
        ),
        Set::new("/EventSourceMappings/*/FilterCriteria/Filters", &["Pattern"]),
        Set::new("/EventSourceMappings/*/FunctionResponseTypes", &[]),
        Set::new("/EventSourceMappings/*/MetricsConfig/Metrics", &[]),
        Set::new("/EventSourceMappings/*/Queues", &[]),
        Set::new(
            "/EventSourceMappings/*/SelfManagedEventSource/Endpoints/KAFKA_BOOTSTRAP_SERVERS",
            &[],
        ),
        Set::new(
            "/EventSourceMappings/*/SelfManagedKafkaEventSourceConfig/SchemaRegistryConfig/AccessConfigs",
            &["Type", "URI"],
        ),
        Set::new(
            "/EventSourceMappings/*/SelfManagedKafkaEventSourceConfig/SchemaRegistryConfig/SchemaValidationConfigs",
            &["Attribute"],
        ),
        Set::new("/EventSourceMappings/*/SourceAccessConfigurations", &["Type", "URI"]),
        Set::new("/EventSourceMappings/*/Topics", &[]),
        Set::new("/FileSystemConfigs", &["LocalMountPath"]),
        Set::new("/FunctionUrlConfigs", &["FunctionArn"]),
        Set::new("/FunctionUrlConfigs/*/Cors/AllowHeaders", &[]),
        Set::new("/FunctionUrlConfigs/*/Cors/AllowMethods", &[]),
        Set::new("/FunctionUrlConfigs/*/Cors/AllowOrigins", &[]),
        Set::new("/FunctionUrlConfigs/*/Cors/ExposeHeaders", &[]),
        Set::new("/VpcConfig/SecurityGroupIds", &[]),
        Set::new("/VpcConfig/SubnetIds", &[]),
    ],
    ordered: &[
        // Words of a command line.
        "/ImageConfigResponse/ImageConfig/Command",
        "/ImageConfigResponse/ImageConfig/EntryPoint",
        // Files of later layers hide those of earlier ones.
        "/Layers",
    ],
    documents: &["/Policies/*"],
    dropped: &[
        // They change with every change, which they do not tell.
        "/Aliases/*/RevisionId",
        "/EventSourceMappings/*/LastModified",
        "/FunctionUrlConfigs/*/LastModifiedTime",
        "/LastModified",
        "/RevisionId",
        // How the last call or the last change went.
        "/Environment/Error",
        "/Environment/Error/Message",
        "/EventSourceMappings/*/LastProcessingResult",
        "/EventSourceMappings/*/StateTransitionReason",
        "/ImageConfigResponse/Error",
        "/ImageConfigResponse/Error/Message",
        "/LastUpdateStatus",
        "/LastUpdateStatusReason",
        "/LastUpdateStatusReasonCode",
        "/State",
        "/StateReason",
        "/StateReasonCode",
        // AWS moves functions to new builds of their runtime, and only some calls tell it.
        "/RuntimeVersionConfig",
        "/RuntimeVersionConfig/Error/Message",
    ],
    secret: &["/Environment/Variables/*"],
    // What the variables are called, so that it shows which one changed: their values are
    // secret.
    plain: &["/Environment/Variables"],
    ids: "arn:{partition}:lambda:{region}:{account}:function:{name}",
    writes: &[
        Writes::new("", &["CreateFunction", "DeleteFunction"]),
        Writes::new("/Aliases", &["CreateAlias", "DeleteAlias", "UpdateAlias"]),
        Writes::new("/CodeSha256", &["UpdateFunctionCode"]),
        Writes::new("/CodeSize", &["UpdateFunctionCode"]),
        Writes::new(
            "/EventSourceMappings",
            &["CreateEventSourceMapping", "DeleteEventSourceMapping", "UpdateEventSourceMapping"],
        ),
        Writes::new(
            "/FunctionUrlConfigs",
            &["CreateFunctionUrlConfig", "DeleteFunctionUrlConfig", "UpdateFunctionUrlConfig"],
        ),
        Writes::new("/Policies", &["AddPermission", "RemovePermission"]),
    ],
    ..Facts::of(&service::LAMBDA, LIST)
};

const GONE: &[&str] = &["ResourceNotFoundException"];
const LIST: Operation = Operation::new("lambda:ListFunctions");
const MAPPINGS: Operation = Operation::new("lambda:ListEventSourceMappings");
const ALIASES: Operation = Operation::new("lambda:ListAliases").absent(GONE);
const CONFIGURATION: Operation = Operation::new("lambda:GetFunctionConfiguration").absent(GONE);
const POLICY: Operation = Operation::new("lambda:GetPolicy").absent(GONE);
const TAGS: Operation = Operation::new("lambda:ListTags").absent(GONE);
const URLS: Operation = Operation::new("lambda:ListFunctionUrlConfigs").absent(GONE);

/// The largest page of functions, and of URLs.
const PAGE: i32 = 50;
/// The largest page of event source mappings, and one that no aliases fill.
const HUNDRED: i32 = 100;

/// The fewest calls that read one region, by the number of aliases of each function:
/// `⌈functions / 50⌉` and `⌈event source mappings / 100⌉`, one at least of each, four a
/// function, and one an alias.
#[must_use]
pub fn fewest_calls(mappings: usize, aliases: &[usize]) -> usize {
    pages_of(aliases.len(), PAGE as usize)
        + pages_of(mappings, HUNDRED as usize)
        + aliases.iter().map(|count| 4 + count).sum::<usize>()
}

/// A function with its configuration.
#[derive(Debug)]
pub struct Function {
    arn: Option<String>,
    name: Option<String>,
    config: Value,
}

/// The event source mappings of a region by the ARN of their function.
#[derive(Debug)]
pub struct Mappings(Result<HashMap<String, Vec<Value>>, Error>);

impl Default for Mappings {
    fn default() -> Self {
        Self(Ok(HashMap::new()))
    }
}

impl Described for Function {
    const FACTS: &'static Facts = &FUNCTION;
    type Client = Client;
    type Beside = Mappings;

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.lambda(&scope.account, &scope.region)
    }

    async fn beside(lambda: &Client, _wanted: Option<&[Wanted]>) -> Mappings {
        Mappings(mappings(lambda).await)
    }

    async fn page(
        lambda: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        if let Some(wanted) = wanted {
            let mut there = Vec::new();
            for one in wanted {
                let name = one.id.rsplit(':').next().unwrap_or_default();
                let answer = lambda.get_function_configuration().function_name(name).send().await;
                there.extend(found(CONFIGURATION, answer)?.map(|function| Self {
                    config: function.to_json(),
                    arn: function.function_arn,
                    name: function.function_name,
                }));
            }
            return Ok(Listed::page(there, None));
        }
        let page = lambda.list_functions().max_items(PAGE).set_marker(token).send().await;
        let page = page.map_err(|error| failed(LIST, &error))?;
        let all = page.functions.unwrap_or_default().into_iter().map(|function| Self {
            config: function.to_json(),
            arn: function.function_arn,
            name: function.function_name,
        });
        Ok(Listed::page(all.collect::<Vec<_>>(), page.next_marker))
    }

    async fn observe(
        self,
        lambda: &Client,
        _scope: &Scope,
        Mappings(mappings): &Mappings,
    ) -> Result<Option<Observed>, Error> {
        let arn = required(LIST, "FunctionArn", self.arn)?;
        let name = required(LIST, "FunctionName", self.name)?;
        let fed = match mappings {
            Ok(all) => known(json!(all.get(&arn).cloned().unwrap_or_default())),
            Err(error) => Part::Failed(error.clone()),
        };
        let (aliases, policies) = match aliases(lambda, &name).await {
            Ok(Some(all)) => {
                let policies = policies(lambda, &name, &arn, &all).await;
                (known(all.to_json()), policies.map_or_else(Part::Failed, known))
            }
            Ok(None) => return Ok(None),
            // Without the aliases only some of the policies would be known.
            Err(error) => (Part::Failed(error.clone()), Part::Failed(error)),
        };
        let urls = match urls(lambda, &name).await {
            Ok(Some(all)) => known(all.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let tags = match found(TAGS, lambda.list_tags().resource(&arn).send().await) {
            Ok(Some(answer)) => known(answer.tags.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let function = FUNCTION.observed(arn.as_str(), self.config).named(name).with_arn(arn);
        let function = function
            .with("/Aliases", aliases)
            .with("/EventSourceMappings", fed)
            .with("/FunctionUrlConfigs", urls)
            .with("/Policies", policies)
            .with("/Tags", tags);
        Ok(Some(function))
    }
}

/// What feeds the functions of the region, by function: a mapping may name an alias of it.
async fn mappings(lambda: &Client) -> Result<HashMap<String, Vec<Value>>, Error> {
    let mut listing = pages(MAPPINGS, |token| {
        let call = lambda.list_event_source_mappings().max_items(HUNDRED).set_marker(token);
        async move {
            let page = call.send().await.map_err(|error| failed(MAPPINGS, &error))?;
            Ok(Listed::page(page.event_source_mappings, page.next_marker))
        }
    });
    let mut all = HashMap::<_, Vec<_>>::new();
    while let Some(page) = listing.next().await? {
        for mapping in page {
            let function = mapping.function_arn.as_deref().unwrap_or_default();
            let function: Vec<_> = function.split(':').take(UNQUALIFIED).collect();
            all.entry(function.join(":")).or_default().push(mapping.to_json());
        }
    }
    listing.end()?;
    Ok(all)
}

/// How many parts the ARN of a function has without a version or an alias.
const UNQUALIFIED: usize = 7;

/// The aliases of a function; `None` where it is gone by now.
async fn aliases(lambda: &Client, name: &str) -> Result<Option<Vec<AliasConfiguration>>, Error> {
    let aliases = all(ALIASES, |token| {
        let call = lambda.list_aliases().function_name(name).max_items(HUNDRED);
        async move {
            let page = found(ALIASES, call.set_marker(token).send().await)?;
            Ok(page.map(|page| Listed::page(page.aliases, page.next_marker)))
        }
    });
    aliases.await
}

/// The URLs of a function and its aliases; `None` where it is gone by now.
async fn urls(lambda: &Client, name: &str) -> Result<Option<Vec<FunctionUrlConfig>>, Error> {
    let urls = all(URLS, |token| {
        let call = lambda.list_function_url_configs().function_name(name).max_items(PAGE);
        async move {
            let page = found(URLS, call.set_marker(token).send().await)?;
            Ok(page.map(|page| Listed::page(page.function_url_configs, page.next_marker)))
        }
    });
    urls.await
}

/// The policies of a function and of its aliases, by the ARN of what they are of.
async fn policies(
    lambda: &Client,
    name: &str,
    arn: &str,
    aliases: &[AliasConfiguration],
) -> Result<Value, Error> {
    let qualifiers = aliases.iter().filter_map(AliasConfiguration::name).map(Some);
    let mut documents = BTreeMap::new();
    for qualifier in [None].into_iter().chain(qualifiers) {
        let call = lambda.get_policy().function_name(name);
        let answer = call.set_qualifier(qualifier.map(str::to_owned)).send().await;
        if let Some(document) = found(POLICY, answer)?.and_then(|answer| answer.policy) {
            let of = qualifier.map_or_else(|| arn.to_owned(), |alias| format!("{arn}:{alias}"));
            documents.insert(of, document);
        }
    }
    Ok(json!(documents))
}
