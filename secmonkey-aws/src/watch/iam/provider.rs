//! Identity providers: whom the account lets vouch for who assumes its roles.

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput;
use aws_sdk_iam::operation::get_saml_provider::GetSamlProviderOutput;
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::json;

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

/// A SAML provider, by its ARN, with what is known of it where it was looked for.
#[derive(Debug)]
pub struct Saml {
    arn: String,
    detail: Option<GetSamlProviderOutput>,
}

impl Described for Saml {
    const FACTS: &'static Facts = &SAML_PROVIDER;
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
        if let Some(wanted) = wanted {
            let mut there = Vec::new();
            for arn in arns(wanted) {
                let detail = saml(iam, &arn).await?;
                there.extend(detail.map(|detail| Self { arn, detail: Some(detail) }));
            }
            return Ok(Listed::page(there, None));
        }
        let answer = iam.list_saml_providers().send().await;
        let answer = answer.map_err(|error| failed(LIST_SAML, &error))?;
        let all = answer.saml_provider_list.unwrap_or_default().into_iter();
        let all = all.map(|one| {
            let arn = required(LIST_SAML, "Arn", one.arn)?;
            Ok(Self { arn, detail: None })
        });
        Ok(Listed::page(all.collect::<Result<Vec<_>, Error>>()?, None))
    }

    async fn observe(
        self,
        iam: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { arn, detail } = self;
        let detail = match detail {
            Some(detail) => Ok(Some(detail)),
            None => saml(iam, &arn).await,
        };
        let provider = match detail {
            Ok(Some(provider)) => known(provider.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        Ok(Some(observed(&SAML_PROVIDER, arn).with("/SAMLProvider", provider)))
    }
}

/// An OpenID Connect provider, by its ARN, with what is known of it where it was looked for.
#[derive(Debug)]
pub struct Oidc {
    arn: String,
    detail: Option<GetOpenIdConnectProviderOutput>,
}

impl Described for Oidc {
    const FACTS: &'static Facts = &OIDC_PROVIDER;
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
        if let Some(wanted) = wanted {
            let mut there = Vec::new();
            for arn in arns(wanted) {
                let detail = oidc(iam, &arn).await?;
                there.extend(detail.map(|detail| Self { arn, detail: Some(detail) }));
            }
            return Ok(Listed::page(there, None));
        }
        let answer = iam.list_open_id_connect_providers().send().await;
        let answer = answer.map_err(|error| failed(LIST_OIDC, &error))?;
        let all = answer.open_id_connect_provider_list.unwrap_or_default().into_iter();
        let all = all.map(|one| {
            let arn = required(LIST_OIDC, "Arn", one.arn)?;
            Ok(Self { arn, detail: None })
        });
        Ok(Listed::page(all.collect::<Result<Vec<_>, Error>>()?, None))
    }

    async fn observe(
        self,
        iam: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { arn, detail } = self;
        let detail = match detail {
            Some(detail) => Ok(Some(detail)),
            None => oidc(iam, &arn).await,
        };
        let provider = match detail {
            Ok(Some(provider)) => known(provider.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        Ok(Some(observed(&OIDC_PROVIDER, arn).with("/OpenIDConnectProvider", provider)))
    }
}

/// A SAML provider; `None` where there is none of this ARN.
async fn saml(iam: &Client, arn: &str) -> Result<Option<GetSamlProviderOutput>, Error> {
    found(GET_SAML, iam.get_saml_provider().saml_provider_arn(arn).send().await)
}

/// An OpenID Connect provider; `None` where there is none of this ARN.
async fn oidc(iam: &Client, arn: &str) -> Result<Option<GetOpenIdConnectProviderOutput>, Error> {
    let call = iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn);
    found(GET_OIDC, call.send().await)
}

/// Providers are asked for by their ARNs, which are their ids.
fn arns(wanted: &[Wanted]) -> impl Iterator<Item = String> {
    wanted.iter().map(|one| one.id.clone())
}

/// A provider by its ARN, called as its end says: `token.actions.githubusercontent.com` of
/// `arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com`.
fn observed(facts: &Facts, arn: String) -> Observed {
    let name = arn.split_once('/').map_or(arn.as_str(), |(_, name)| name).to_owned();
    facts.observed(arn.as_str(), json!({ "Arn": arn })).named(name).with_arn(arn)
}
