//! Identity providers: whom the account lets vouch for who assumes its roles.

use std::fmt::Debug;
use std::future::Future;
use std::marker::PhantomData;

use aws_sdk_iam::Client;
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::{Value, json};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, known, required};

/// SAML providers with their metadata: whose signatures count, and until when.
pub const SAML_PROVIDER: Facts = Facts {
    id: "iam_saml_provider",
    title: "IAM SAML provider",
    reach: Reach::Global,
    operations: &[GET_SAML],
    structures: &[Structure::new("GetSAMLProviderOutput", "/SAMLProvider")],
    events: &[
        Events::new(
            "/requestParameters/sAMLProviderArn",
            &["DeleteSAMLProvider", "TagSAMLProvider", "UntagSAMLProvider", "UpdateSAMLProvider"],
        ),
        Events::new("/responseElements/sAMLProviderArn", &["CreateSAMLProvider"]),
    ],
    sets: &[
        Set::new("/SAMLProvider/PrivateKeyList", &["KeyId"]),
        Set::new("/SAMLProvider/Tags", &["Key"]),
    ],
    ..Facts::of(&service::IAM, LIST_SAML)
};

const LIST_SAML: Operation = Operation::new("iam:ListSAMLProviders");
const GET_SAML: Operation = Operation::new("iam:GetSAMLProvider").absent(&["NoSuchEntity"]);

/// OpenID Connect providers: whose tokens count, for which audiences.
pub const OIDC_PROVIDER: Facts = Facts {
    id: "iam_oidc_provider",
    title: "IAM OpenID Connect provider",
    reach: Reach::Global,
    operations: &[GET_OIDC],
    structures: &[Structure::new("GetOpenIDConnectProviderOutput", "/OpenIDConnectProvider")],
    events: &[
        Events::new(
            "/requestParameters/openIDConnectProviderArn",
            &[
                "AddClientIDToOpenIDConnectProvider",
                "DeleteOpenIDConnectProvider",
                "RemoveClientIDFromOpenIDConnectProvider",
                "TagOpenIDConnectProvider",
                "UntagOpenIDConnectProvider",
                "UpdateOpenIDConnectProviderThumbprint",
            ],
        ),
        Events::new("/responseElements/openIDConnectProviderArn", &["CreateOpenIDConnectProvider"]),
    ],
    sets: &[
        Set::new("/OpenIDConnectProvider/ClientIDList", &[]),
        Set::new("/OpenIDConnectProvider/Tags", &["Key"]),
        Set::new("/OpenIDConnectProvider/ThumbprintList", &[]),
    ],
    ..Facts::of(&service::IAM, LIST_OIDC)
};

const LIST_OIDC: Operation = Operation::new("iam:ListOpenIDConnectProviders");
const GET_OIDC: Operation =
    Operation::new("iam:GetOpenIDConnectProvider").absent(&["NoSuchEntity"]);

/// The calls that read the providers of one kind: the listing, which has no pages, and one
/// a provider.
#[must_use]
pub const fn fewest_calls(providers: usize) -> usize {
    1 + providers
}

/// A kind of provider, by the calls that read it.
pub trait Kind: Debug + Send + 'static {
    /// What is known of it.
    const FACTS: &'static Facts;
    /// Where its description stands.
    const AT: &'static str;

    /// The ARNs of all there are, as the answer has them.
    fn list(iam: &Client) -> impl Future<Output = Result<Vec<Option<String>>, Error>> + Send;

    /// What describes one; `None` where there is none of this ARN.
    fn get(iam: &Client, arn: &str) -> impl Future<Output = Result<Option<Value>, Error>> + Send;
}

/// Providers that speak SAML.
#[derive(Debug)]
pub struct Saml;

impl Kind for Saml {
    const FACTS: &'static Facts = &SAML_PROVIDER;
    const AT: &'static str = "/SAMLProvider";

    async fn list(iam: &Client) -> Result<Vec<Option<String>>, Error> {
        let answer = iam.list_saml_providers().send().await;
        let answer = answer.map_err(|error| failed(LIST_SAML, &error))?;
        let all = answer.saml_provider_list.unwrap_or_default().into_iter();
        Ok(all.map(|one| one.arn).collect())
    }

    async fn get(iam: &Client, arn: &str) -> Result<Option<Value>, Error> {
        let answer = iam.get_saml_provider().saml_provider_arn(arn).send().await;
        Ok(found(GET_SAML, answer)?.map(|provider| provider.to_json()))
    }
}

/// Providers that speak OpenID Connect.
#[derive(Debug)]
pub struct Oidc;

impl Kind for Oidc {
    const FACTS: &'static Facts = &OIDC_PROVIDER;
    const AT: &'static str = "/OpenIDConnectProvider";

    async fn list(iam: &Client) -> Result<Vec<Option<String>>, Error> {
        let answer = iam.list_open_id_connect_providers().send().await;
        let answer = answer.map_err(|error| failed(LIST_OIDC, &error))?;
        let all = answer.open_id_connect_provider_list.unwrap_or_default().into_iter();
        Ok(all.map(|one| one.arn).collect())
    }

    async fn get(iam: &Client, arn: &str) -> Result<Option<Value>, Error> {
        let call = iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn);
        Ok(found(GET_OIDC, call.send().await)?.map(|provider| provider.to_json()))
    }
}

/// A provider, by its ARN, with what describes it where it was looked for.
#[derive(Debug)]
pub struct Provider<K> {
    arn: String,
    detail: Option<Value>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Described for Provider<K> {
    const FACTS: &'static Facts = K::FACTS;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.iam(&scope.account)
    }

    async fn page(
        iam: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        _token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let mut there = Vec::new();
        if let Some(wanted) = wanted {
            for one in wanted {
                let detail = K::get(iam, &one.id).await?;
                let arn = one.id.clone();
                there.extend(detail.map(|it| Self { arn, detail: Some(it), kind: PhantomData }));
            }
        } else {
            for arn in K::list(iam).await? {
                let arn = required(K::FACTS.list, "Arn", arn)?;
                there.push(Self { arn, detail: None, kind: PhantomData });
            }
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        iam: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { arn, detail, .. } = self;
        let detail = match detail {
            Some(detail) => Ok(Some(detail)),
            None => K::get(iam, &arn).await,
        };
        let detail = match detail {
            Ok(Some(detail)) => known(detail),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        // `token.actions.githubusercontent.com` of
        // `arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com`.
        let name = arn.split_once('/').map_or(arn.as_str(), |(_, name)| name).to_owned();
        let item = K::FACTS.observed(arn.as_str(), json!({ "Arn": arn })).named(name);
        Ok(Some(item.with_arn(arn).with(K::AT, detail)))
    }
}
