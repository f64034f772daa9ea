//! `secmonkey policy`

use std::collections::BTreeSet;
use std::path::Path;

use secmonkey_app::error::{Error, Exit};
use secmonkey_aws::{check, kind, settings};
use secmonkey_core::Timestamp;
use secmonkey_core::account::{AccountId, Accounts};
use secmonkey_core::audit::{self, Verdict};
use secmonkey_core::check::{Check, Findings, Undecided, World, reads};
use secmonkey_core::item::Item;
use secmonkey_core::view::Views;
use secmonkey_policy::Policy;

use self::around::Around;
use self::read::{Document, Of};
use self::record::PolicyFinding;
use self::resource::Setting;
use self::subject::Resource;
use self::text::Text;
use crate::args;
use crate::context::{self, Context};
use crate::output;

mod around;
mod identity;
mod item;
mod limits;
mod read;
mod record;
mod resource;
mod subject;
mod text;
mod unknown;

pub async fn run(context: &Context, command: args::Policy) -> Result<Exit, Error> {
    let args::Policy::Explain(args) = command;
    match args.policies.as_slice() {
        [one] if !is_file(one) => item::explain(context, one, &args).await?,
        _ => explain_files(context, &args).await?,
    }
    Ok(Exit::Done)
}

/// Whether a name means a file: whatever exists, and standard input.
fn is_file(path: &Path) -> bool {
    path == Path::new("-") || path.exists()
}

/// Explains what stands in files.
async fn explain_files(context: &Context, args: &args::Explain) -> Result<(), Error> {
    let documents = args.policies.iter().map(|path| Document::read(path));
    let documents = documents.collect::<Result<Vec<_>, _>>()?;
    let policies = documents.iter().map(Document::policy).collect::<Result<Vec<_>, _>>()?;
    for (document, policy) in documents.iter().zip(&policies) {
        note_unknown(policy, &document.name);
        unknown::note(policy, &document.name);
    }
    let boundary = args.boundary.as_deref().map(Document::read).transpose()?;
    let given = match (args.identity || boundary.is_some(), &args.resource, &args.resource_type) {
        (true, ..) => Some(Of::Identity),
        (_, Some(_), _) | (.., Some(_)) => Some(Of::Resource),
        _ => None,
    };
    let mut of = documents
        .iter()
        .zip(&policies)
        .map(|(document, policy)| given.or(document.of).unwrap_or_else(|| subject::shown(policy)));
    let (Some(document), Some(policy)) = (documents.first(), policies.first()) else {
        return Ok(());
    };
    for ((document, policy), of) in documents.iter().zip(&policies).zip(of.clone()) {
        complete(document, policy, of)?;
    }
    if of.clone().all(|of| of == Of::Identity) {
        return explain_identity(context, &documents, &policies, boundary.as_ref());
    }
    if documents.len() > 1 {
        return Err(Error::usage(
            "several policies are explained together only where all are those of one identity: \
             name one file, or add --identity",
        ));
    }
    let is_role = of.next() == Some(Of::Role);
    explain_resource(context, args, document, policy, is_role).await
}

/// Refuses a policy without the element that AWS demands of its kind.
fn complete(document: &Document, policy: &Policy<'_>, of: Of) -> Result<(), Error> {
    let (missing, of) = match of {
        Of::Identity => ("Resource", "the policy of an identity"),
        Of::Role | Of::Resource => ("Principal", "the policy of a resource"),
    };
    let lacks = |one: &&secmonkey_policy::Statement<'_>| match missing {
        "Resource" => one.resources.is_none(),
        _ => one.principals.is_none(),
    };
    match policy.statements.iter().find(lacks) {
        Some(statement) => Err(Error::usage(format!(
            "{}: not {of}: {}: {missing} is missing",
            document.name, statement.pointer
        ))),
        None => Ok(()),
    }
}

/// Explains the policies of one identity.
fn explain_identity(
    context: &Context,
    documents: &[Document],
    policies: &[Policy<'_>],
    boundary: Option<&Document>,
) -> Result<(), Error> {
    let bounding = boundary.map(Document::policy).transpose()?;
    if let (Some(policy), Some(document)) = (&bounding, boundary) {
        note_unknown(policy, &document.name);
    }
    let attached: Vec<_> = documents
        .iter()
        .zip(policies)
        .map(|(document, policy)| identity::Attached { label: &document.short, at: "", policy })
        .collect();
    let bounding = bounding.as_ref().zip(boundary);
    let bounding = bounding.map(|(policy, document)| identity::Attached {
        label: &document.short,
        at: "",
        policy,
    });
    let judged = identity::judge(&attached, bounding.as_ref());

    let accounts = Accounts::default();
    let around = Around::default();
    let world = World::new(Timestamp::now(), &accounts, &around);
    let nobody = nobody()?;
    let mut findings = Vec::new();
    for document in documents {
        let policy = check::Document {
            value: &document.value,
            technology: "iam_managed_policy",
            account: &nobody,
            name: &document.short,
            arn: None,
        };
        let mut found = found(policy.judge(&world));
        if documents.len() > 1 {
            for evidence in found.iter_mut().flat_map(|one| &mut one.evidence) {
                *evidence = format!("{}#{evidence}", document.name);
            }
        }
        findings.append(&mut found);
    }
    sort(&mut findings);
    if !context.output.is_table() {
        return context.output.object(&identity::record(&judged, findings));
    }
    let mut text = Text::default();
    identity::explain(&mut text, &judged);
    resource::findings(&mut text, &findings);
    output::print(&text.finish())
}

/// Explains the policy of a resource.
async fn explain_resource(
    context: &Context,
    args: &args::Explain,
    document: &Document,
    policy: &Policy<'_>,
    is_role: bool,
) -> Result<(), Error> {
    let opened = context.open_if_there().await?;
    let views = opened.as_ref().map(|opened| &opened.views);
    let accounts = views.map(Views::accounts).transpose()?.unwrap_or_default();
    let mut resource = resource_of(args, document, policy, is_role)?;
    if let Some(account) = &args.account {
        let id = account_of(&accounts, account)?;
        match &resource.owner {
            Some(owner) if args.resource.is_some() && *owner != id => {
                return Err(Error::usage(format!(
                    "the resource is in account {owner}, and --account says {id}: leave one out"
                )));
            }
            _ => resource.owner = Some(id),
        }
    }
    if let (None, Some(bucket), Some(views)) = (&resource.owner, resource.bucket(), views) {
        // Names of buckets are unique.
        resource.owner = views.owners(&kind::BUCKET, bucket)?.pop_first();
    }
    let around = Around { views };
    let world = World::new(Timestamp::now(), &accounts, &around);
    let setting = Setting { resource: &resource, restricted: false };
    let nobody = nobody()?;
    let judged = resource::judge("", policy, setting, &nobody, &world).map_err(undecided)?;
    let policy = check::Document {
        value: &document.value,
        technology: resource.kind.map_or("resource", |kind| kind.id),
        account: resource.owner.as_ref().unwrap_or(&nobody),
        name: &document.short,
        arn: resource.arn.as_deref(),
    };
    let mut findings = found(policy.judge(&world));
    sort(&mut findings);
    let all = [judged];
    if !context.output.is_table() {
        return context.output.object(&resource::record(&all, findings));
    }
    let owner = resource.owner.as_ref().and_then(|id| accounts.get(id.as_str()));
    let mut text = Text::default();
    resource::explain(&mut text, &all, setting);
    resource::findings(&mut text, &findings);
    context.output.note(resource::taken_for(&resource, owner.map(|owner| owner.name.as_str())));
    output::print(&text.finish())
}

/// What resource a policy is of: what the options say, what stands beside it in the file,
/// what it says itself.
fn resource_of(
    args: &args::Explain,
    document: &Document,
    policy: &Policy<'_>,
    is_role: bool,
) -> Result<Resource, Error> {
    if let Some(arn) = &args.resource {
        return Resource::read(arn);
    }
    let named = match &document.arn {
        Some(arn) => Resource::read(arn).unwrap_or_default(),
        None => Resource::named_in(policy),
    };
    let kind = match &args.resource_type {
        Some(id) => Some(subject::of_id(id)?),
        None if is_role => Some(subject::of_id("iam_role")?),
        None => return Ok(named),
    };
    Ok(if named.kind == kind { named } else { Resource { kind, ..Resource::default() } })
}

/// The account of an id or a registered name.
fn account_of(accounts: &Accounts, name: &str) -> Result<AccountId, Error> {
    if settings::is_account_id(name)
        && let Ok(id) = name.parse()
    {
        return Ok(id);
    }
    Ok(accounts.require(name)?.id.clone())
}

/// An account that nobody has, where it is not known who owns the resource.
fn nobody() -> Result<AccountId, Error> {
    "000000000000".parse().map_err(|error| Error::usage(format!("{error}")))
}

/// The findings of a verdict.
fn found(verdict: Verdict) -> Vec<PolicyFinding> {
    verdict.findings.into_values().map(Into::into).collect()
}

/// What the checks say of an item's members at some pointers.
fn findings(item: &Item, world: &World<'_>, members: &[&str]) -> Vec<PolicyFinding> {
    let auditors = context::auditors();
    let nothing = BTreeSet::new();
    let members: Vec<String> = members.iter().map(|&member| member.to_owned()).collect();
    let about = move |check: &Check| members.iter().any(|member| reads(check, member));
    found(audit::judge_into(Findings::only(about), &auditors, item, world, &nothing, &nothing))
}

/// The strongest first.
fn sort(findings: &mut [PolicyFinding]) {
    findings.sort_by(|a, b| {
        let place = |one: &PolicyFinding| (std::cmp::Reverse(one.score), one.check.clone());
        place(a).cmp(&place(b)).then_with(|| a.subject.cmp(&b.subject))
    });
}

/// Says which members of a policy are none of the language.
fn note_unknown(policy: &Policy<'_>, name: &str) {
    if let Some(first) = policy.unknown.first() {
        let more = match policy.unknown.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        output::warn(&format!(
            "{name}: {first}{more}: no element of the language, so AWS refuses the policy"
        ));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that `map_err` asks for")]
fn undecided(why: Undecided) -> Error {
    Error::Store(why.to_string())
}
